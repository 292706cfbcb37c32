/*
 * subject_email.c - new certificates with addresses "MUST use the rfc822Name in the subject alternative name
 * extension".
 */
#include "pki/lint/rule.h"

static bool has_address(const struct hc_cert *cert, struct hc_bytes address)
{
    for (size_t i = 0; i < cert->n_names; i++)
        if (cert->names[i].type == HC_NAME_EMAIL && hc_bytes_eq_nocase(cert->names[i].text, address))
            return true;
    return false;
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(j->cert->subject, a, HC_DN_ATTRIBUTES_MAX);
    for (size_t i = 0; i < n && i < HC_DN_ATTRIBUTES_MAX; i++)
        if (hc_bytes_eq(a[i].oid, HC_OID_AT_EMAIL) && !has_address(j->cert, a[i].value))
            hc_lint_found(j, "the address %.*s of the subject is not in subjectAltName", HC_LINT_SHOWN(a[i].value));
}

const struct hc_lint_rule hc_lint_rule_subject_email = {
    .row =
        {
            .id = "subject-email",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.6",
            .level = HC_LINT_WARNING,
            .sentence = "An e-mail address of the subject stands in subjectAltName too.",
        },
    .judge = judge,
};
