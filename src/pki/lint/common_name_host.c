/* common_name_host.c - clients look for a server's name in subjectAltName only. */
#include "pki/lint/rule.h"

/* "Example Corp" and "web" are no hosts, "web.example.com" is one: it is a DNS name that stands for itself. */
static bool is_host(struct hc_bytes text)
{
    return hc_bytes_find(text, '.') < text.n && text.n <= HC_DNS_MAX && hc_dns_matches(text, text);
}

static bool has_name(const struct hc_cert *cert, struct hc_bytes text)
{
    for (size_t i = 0; i < cert->n_names; i++)
        if (cert->names[i].type == HC_NAME_DNS &&
            (hc_bytes_eq_nocase(cert->names[i].text, text) || hc_dns_matches(cert->names[i].text, text)))
            return true;
    return false;
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(j->cert->subject, a, HC_DN_ATTRIBUTES_MAX);
    if (!(j->cert->eku & HC_EKU_SERVER))
        return;
    for (size_t i = 0; i < n && i < HC_DN_ATTRIBUTES_MAX; i++)
        if (hc_bytes_eq(a[i].oid, HC_OID_AT_COMMON_NAME) && is_host(a[i].value) && !has_name(j->cert, a[i].value))
            hc_lint_found(j, "%.*s stands in the common name only, where no client looks", HC_LINT_SHOWN(a[i].value));
}

const struct hc_lint_rule hc_lint_rule_common_name_host = {
    .row =
        {
            .id = "common-name-host",
            .source = "RFC 9525",
            .clause = "RFC 9525 2",
            .level = HC_LINT_WARNING,
            .sentence = "A host in the common name of a server stands in subjectAltName too.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};
