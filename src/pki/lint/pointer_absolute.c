/* pointer_absolute.c - "The name MUST NOT be a relative URI, and it MUST follow the URI syntax"; in ASCII. */
#include "pki/lint/rule.h"

static void pointer(struct hc_lint_judging *j, const char *where, struct hc_bytes uri)
{
    bool ascii = true;
    for (size_t i = 0; i < uri.n; i++)
        ascii = ascii && uri.p[i] > 0x20 && uri.p[i] < 0x7f;
    if (!ascii || !hc_lint_is_absolute(uri))
        hc_lint_found(j, "%s has a URI that is %s", where, ascii ? "relative" : "not printable ASCII");
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_pointer(j, pointer);
}

const struct hc_lint_rule hc_lint_rule_pointer_absolute = {
    .row =
        {
            .id = "pointer-absolute",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.6",
            .level = HC_LINT_ERROR,
            .sentence = "A URI in an extension is absolute.",
        },
    .judge = judge,
};
