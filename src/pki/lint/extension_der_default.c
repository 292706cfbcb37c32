/* extension_der_default.c - critical is "DEFAULT FALSE", and DER leaves a default out [X.690 11.5]. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der all = hc_der_init(j->cert->extensions);
    while (!hc_der_at_end(&all)) {
        struct hc_der one = hc_der_enter(&all, HC_DER_SEQUENCE);
        struct hc_bytes oid = hc_der_oid(&one);
        if (!hc_der_is(&one, HC_DER_BOOLEAN) || hc_der_bool(&one))
            continue;
        HC_BUF_AUTO(text, 128);
        hc_oid_text(oid, &text);
        hc_lint_found(j, "the extension %s has its critical FALSE written out", hc_buf_cstr(&text));
    }
}

const struct hc_lint_rule hc_lint_rule_extension_der_default = {
    .row =
        {
            .id = "extension-der-default",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1",
            .level = HC_LINT_ERROR,
            .sentence = "An extension that is not critical does not say so.",
        },
    .judge = judge,
};
