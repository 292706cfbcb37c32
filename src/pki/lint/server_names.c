/* server_names.c - a DNS name, an IP address or a URI in subjectAltName; a name elsewhere is not looked at. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!(j->cert->eku & HC_EKU_SERVER))
        return;
    for (size_t i = 0; i < j->cert->n_names; i++)
        if (j->cert->names[i].type != HC_NAME_EMAIL)
            return;
    hc_lint_found(j, "it is for a server, and no DNS name, IP address or URI is in subjectAltName");
}

const struct hc_lint_rule hc_lint_rule_server_names = {
    .row =
        {
            .id = "server-names",
            .source = "RFC 9525",
            .clause = "RFC 9525 4",
            .level = HC_LINT_WARNING,
            .sentence = "A server's certificate carries a name that clients compare.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};
