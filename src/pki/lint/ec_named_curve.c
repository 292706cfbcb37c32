/*
 * ec_named_curve.c - "implicitCurve and specifiedCurve MUST NOT be used in PKIX": a curve written out lets a forger
 * choose its base point.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_lint_algorithm a = hc_lint_algorithm(j->cert->spki_alg);
    if (hc_lint_key_is_ec(j->cert) && (a.parameters.n == 0 || a.parameters.p[0] != HC_DER_OID))
        hc_lint_found(j, "the curve of the key is %s", a.parameters.n ? "written out or implicit" : "missing");
}

const struct hc_lint_rule hc_lint_rule_ec_named_curve = {
    .row =
        {
            .id = "ec-named-curve",
            .source = "RFC 5480",
            .clause = "RFC 5480 2.1.1",
            .level = HC_LINT_ERROR,
            .sentence = "The curve of an elliptic-curve key is named.",
        },
    .judge = judge,
};
