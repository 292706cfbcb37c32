/* taken.h - is a name free to be issued to. Private to this module. */
#ifndef HC_AUTHORITY_TAKEN_H
#define HC_AUTHORITY_TAKEN_H

#include "authority/job.h"

/* Fails with HC_E_IDENTITY_EXISTS when a certificate of this name and label is neither expired nor revoked, or its
 * directory is there and the ledger does not know it. */
struct hc_rc hc_taken_check(const struct hc_job *job, struct hc_err *e);

#endif
