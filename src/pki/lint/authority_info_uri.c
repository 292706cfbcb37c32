/*
 * authority_info_uri.c - of caIssuers, "at least one instance SHOULD specify an accessLocation that is an HTTP or
 * LDAP URI".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_access a;
    bool asked = false;
    if (!hc_lint_value(j, HC_OID_AUTHORITY_INFO_ACCESS, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_access(&all, &a);) {
        if (!hc_bytes_eq(a.method, HC_OID_AD_CA_ISSUERS))
            continue;
        asked = true;
        if (a.tag == HC_LINT_GN_URI &&
            (hc_lint_has_scheme(a.location, "http") || hc_lint_has_scheme(a.location, "ldap") ||
             hc_lint_has_scheme(a.location, "https") || hc_lint_has_scheme(a.location, "ldaps")))
            return; /* whether it may be https is the question of pointer-plain */
    }
    if (asked)
        hc_lint_found(j, "caIssuers has no http or ldap URI");
}

const struct hc_lint_rule hc_lint_rule_authority_info_uri = {
    .row =
        {
            .id = "authority-info-uri",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.2.1",
            .level = HC_LINT_WARNING,
            .sentence = "Where the issuer is to be found is an http or ldap URI.",
        },
    .judge = judge,
};
