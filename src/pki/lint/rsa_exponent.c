/* rsa_exponent.c - e is "an integer between 3 and n - 1 satisfying GCD(e, lambda(n)) = 1", and lambda(n) is even. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes n, e;
    if (!hc_lint_key_is(j->cert, HC_OID_RSA_ENCRYPTION))
        return;
    if (!hc_lint_rsa_key(j->cert, &n, &e) || n.p[0] & 0x80 || e.p[0] & 0x80)
        hc_lint_found(j, "the RSA key is not two positive integers in a SEQUENCE");
    else if (!(e.p[e.n - 1] & 1) || (e.n == 1 && e.p[0] < 3))
        hc_lint_found(j, "the RSA exponent is %s", e.p[e.n - 1] & 1 ? "1" : "even");
}

const struct hc_lint_rule hc_lint_rule_rsa_exponent = {
    .row =
        {
            .id = "rsa-exponent",
            .source = "RFC 8017",
            .clause = "RFC 8017 3.1",
            .level = HC_LINT_ERROR,
            .sentence = "An RSA key is two positive numbers, and its exponent is odd and at least 3.",
        },
    .judge = judge,
};
