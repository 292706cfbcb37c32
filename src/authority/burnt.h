/* burnt.h - is a key known to be in wrong hands. Private to this module. */
#ifndef HC_AUTHORITY_BURNT_H
#define HC_AUTHORITY_BURNT_H

#include "authority/job.h"

/*
 * A key that is certified again (a request's, or one that is kept) must not be one of this identity that was revoked as
 * compromised: whoever has it would be let in once more. Other identities' keys are not looked at. Fails with
 * HC_E_KEY_COMPROMISED. Cost: O(certificates of this identity).
 */
struct hc_rc hc_burnt_check(const struct hc_job *job, struct hc_bytes spki, struct hc_err *e);

#endif
