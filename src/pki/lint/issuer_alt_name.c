/*
 * issuer_alt_name.c - "Issuer alternative names MUST be encoded as in 4.2.1.6": a SEQUENCE SIZE (1..MAX) OF
 * GeneralName.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    size_t n = 0;
    if (!hc_lint_value(j, HC_OID_ISSUER_ALT_NAME, &d))
        return;
    struct hc_der names = hc_der_enter(&d, HC_DER_SEQUENCE);
    for (; !hc_der_at_end(&names); n++) {
        uint8_t tag;
        hc_der_any(&names, &tag);
        if ((tag & 0xc0) != 0x80 || (tag & 0x1f) > 8) /* [0] to [8] */
            hc_der_fail(&names);
    }
    if (names.failed || n == 0)
        hc_lint_found(j, "issuerAltName is %s", names.failed ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_issuer_alt_name = {
    .row =
        {
            .id = "issuer-alt-name",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.7",
            .level = HC_LINT_ERROR,
            .sentence = "IssuerAltName is well-formed and not empty.",
        },
    .judge = judge,
};
