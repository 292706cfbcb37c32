/*
 * grant.h - the right to have something issued: who asks, by which door, for which profiles.
 *
 * Each door makes its own in exactly one function, after it has found out who is asking; the issuing functions take
 * nothing else, so that no door can forget to (T37).
 */
#ifndef HC_AUTHORITY_GRANT_H
#define HC_AUTHORITY_GRANT_H

#include "base/auto.h"
#include "base/err.h"

struct hc_issue_grant;

/*
 * For the command line only: whoever runs this process with access to the home and, where there is one, the passphrase
 * may have every profile, issuing CAs too. Records the user's name and number. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_issue_grant_cli(struct hc_issue_grant **out, struct hc_err *e);

void hc_issue_grant_free(struct hc_issue_grant *grant);
HC_DEFINE_AUTO(hc_issue_grant)

#endif
