/* crl_point_uri.c - DistributionPointName "SHOULD include at least one LDAP or HTTP URI". */
#include "pki/lint/rule.h"

static bool has_fetchable(struct hc_bytes general_names)
{
    for (struct hc_der names = hc_der_init(general_names); !hc_der_at_end(&names);) {
        uint8_t tag;
        struct hc_bytes value = hc_der_value(&names, &tag);
        if (tag == HC_LINT_GN_URI && (hc_lint_has_scheme(value, "http") || hc_lint_has_scheme(value, "ldap") ||
                                      hc_lint_has_scheme(value, "https") || hc_lint_has_scheme(value, "ldaps")))
            return true; /* whether it may be https is the question of pointer-plain */
    }
    return false;
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_point point;
    if (!hc_lint_value(j, HC_OID_CRL_DISTRIBUTION_POINTS, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_point(&all, &point);)
        if (point.full_name.n && !has_fetchable(point.full_name))
            hc_lint_found(j, "a distribution point has no http or ldap URI");
}

const struct hc_lint_rule hc_lint_rule_crl_point_uri = {
    .row =
        {
            .id = "crl-point-uri",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.13",
            .level = HC_LINT_WARNING,
            .sentence = "Each named distribution point has an http or ldap URI.",
        },
    .judge = judge,
};
