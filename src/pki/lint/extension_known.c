/*
 * extension_known.c - "Caution ought to be exercised in adopting any critical extensions in certificates": whoever
 * does not know it refuses.
 */
#include "pki/lint/rule.h"

/* Known, and never to be critical: their own rules say so. */
static bool has_own_rule(struct hc_bytes oid)
{
    return hc_bytes_eq(oid, HC_OID_AUTHORITY_INFO_ACCESS) || hc_bytes_eq(oid, HC_OID_SUBJECT_INFO_ACCESS) ||
           hc_bytes_eq(oid, HC_OID_ISSUER_ALT_NAME) || hc_bytes_eq(oid, HC_OID_FRESHEST_CRL) ||
           hc_bytes_eq(oid, HC_OID_SUBJECT_DIRECTORY_ATTRIBUTES);
}

static void judge(struct hc_lint_judging *j)
{
    HC_BUF_AUTO(text, 128);
    if (j->cert->unknown_critical.n == 0 || has_own_rule(j->cert->unknown_critical))
        return;
    hc_oid_text(j->cert->unknown_critical, &text);
    hc_lint_found(j, "the critical extension %s is known to few", hc_buf_cstr(&text));
}

const struct hc_lint_rule hc_lint_rule_extension_known = {
    .row =
        {
            .id = "extension-known",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2",
            .level = HC_LINT_WARNING,
            .sentence = "Every critical extension is one that programs know.",
        },
    .judge = judge,
};
