/* ocsp_answers.c - the answers in an OCSP response. */
#include "pki/ocsp_answers.h"

#include "pki/ocsp_parts.h"

size_t hc_ocsp_answers_count(const struct hc_ocsp *o)
{
    return o->n_answers;
}

struct hc_ocsp_said hc_ocsp_answers_at(const struct hc_ocsp *o, size_t i)
{
    static const char *const WORDS[] = {
        [HC_OCSP_GOOD] = "good", [HC_OCSP_REVOKED] = "revoked", [HC_OCSP_UNKNOWN] = "unknown"};
    const struct hc_ocsp_answer *a = &o->answer[i];

    return (struct hc_ocsp_said){
        .status = WORDS[a->status],
        .serial = a->serial,
        .this_update = a->this_update,
        .next_update = a->next_update,
        .revoked = a->status == HC_OCSP_REVOKED,
        .revoked_at = a->revoked_at,
        .reason = a->reason,
    };
}
