/*
 * pointer_plain.c - "CAs SHOULD NOT include URIs that specify https, ldaps, or similar schemes": to check that
 * server one would need the answer.
 */
#include "pki/lint/rule.h"

static void pointer(struct hc_lint_judging *j, const char *where, struct hc_bytes uri)
{
    if (hc_lint_has_scheme(uri, "https") || hc_lint_has_scheme(uri, "ldaps"))
        hc_lint_found(j, "%s has %.*s, which needs TLS to be fetched", where, HC_LINT_SHOWN(uri));
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_pointer(j, pointer);
}

const struct hc_lint_rule hc_lint_rule_pointer_plain = {
    .row =
        {
            .id = "pointer-plain",
            .source = "RFC 5280",
            .clause = "RFC 5280 8",
            .level = HC_LINT_WARNING,
            .sentence = "No CRL and no certificate of a CA is to be fetched by https or ldaps.",
        },
    .judge = judge,
};
