/* profile_key_id.c - method (1) of RFC 5280 4.2.1.2, so that one key has one identifier in every certificate. */
#include "crypto/digest.h"
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint8_t id[HC_SHA1_SIZE];
    hc_sha1(j->cert->spki_key, id);
    if (!hc_bytes_eq(j->cert->ski, hc_bytes_of(id, sizeof id)))
        hc_lint_found(j, "the subject key identifier is %s", j->cert->ski.n ? "not that of the key" : "missing");
}

const struct hc_lint_rule hc_lint_rule_profile_key_id = {
    .row =
        {
            .id = "profile-key-id",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The subject key identifier is the SHA-1 of the key.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};
