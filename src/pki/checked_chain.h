/* checked_chain.h - the maker of a checked chain; for verify.c only. Everybody else reads verify.h. */
#ifndef HC_PKI_CHECKED_CHAIN_H
#define HC_PKI_CHECKED_CHAIN_H

#include "pki/path.h"
#include "pki/verify.h"

/* Fails with HC_E_NOMEM. */
struct hc_rc hc_checked_chain_new(const struct hc_path *path, struct hc_checked_chain **out, struct hc_err *e);

#endif
