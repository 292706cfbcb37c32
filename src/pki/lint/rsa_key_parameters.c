/* rsa_key_parameters.c - "The parameters field MUST have ASN.1 type NULL for this algorithm identifier". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_lint_algorithm a = hc_lint_algorithm(j->cert->spki_alg);
    if (hc_bytes_eq(a.oid, HC_OID_RSA_ENCRYPTION) && !hc_bytes_eq(a.parameters, HC_BYTES("\x05\x00")))
        hc_lint_found(j, "the parameters of the key's algorithm are %s", a.parameters.n ? "not NULL" : "absent");
}

const struct hc_lint_rule hc_lint_rule_rsa_key_parameters = {
    .row =
        {
            .id = "rsa-key-parameters",
            .source = "RFC 3279",
            .clause = "RFC 3279 2.3.1",
            .level = HC_LINT_ERROR,
            .sentence = "The parameters of an RSA key are NULL.",
        },
    .judge = judge,
};
