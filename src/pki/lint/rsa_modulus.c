/* rsa_modulus.c - servers "MUST authenticate using certificates with at least a 2048-bit modulus". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes n, e;
    if (!hc_lint_key_is(j->cert, HC_OID_RSA_ENCRYPTION) || !hc_lint_rsa_key(j->cert, &n, &e))
        return;
    size_t size = hc_bytes_bits(n);
    if (size < 2048)
        hc_lint_found(j, "the RSA key has %zu bits", size);
}

const struct hc_lint_rule hc_lint_rule_rsa_modulus = {
    .row =
        {
            .id = "rsa-modulus",
            .source = "RFC 9325",
            .clause = "RFC 9325 4.5",
            .level = HC_LINT_ERROR,
            .sentence = "An RSA key has at least 2048 bits.",
        },
    .judge = judge,
};
