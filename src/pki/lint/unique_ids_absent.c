/* unique_ids_absent.c - "CAs conforming to this profile MUST NOT generate certificates with unique identifiers." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d = hc_der_init(j->cert->tbs);
    struct hc_der tbs = hc_der_enter(&d, HC_DER_SEQUENCE);
    for (int i = 0; i < 7; i++) /* version, serial, algorithm, issuer, validity, subject, key */
        hc_der_any(&tbs, NULL);
    if (hc_der_is(&tbs, HC_DER_CONTEXT(1)) || hc_der_is(&tbs, HC_DER_CONTEXT(2)))
        hc_lint_found(j, "there is %s unique identifier",
                      hc_der_is(&tbs, HC_DER_CONTEXT(1)) ? "an issuer" : "a subject");
}

const struct hc_lint_rule hc_lint_rule_unique_ids_absent = {
    .row =
        {
            .id = "unique-ids-absent",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.8",
            .level = HC_LINT_ERROR,
            .sentence = "There are no unique identifiers.",
        },
    .judge = judge,
};
