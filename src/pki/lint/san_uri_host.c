/* san_uri_host.c - URIs with an authority "MUST include a fully qualified domain name or IP address as the host". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    for (size_t i = 0; i < j->cert->n_names; i++) {
        const struct hc_name *name = &j->cert->names[i];
        struct hc_bytes host, rest = hc_bytes_skip(name->text, hc_bytes_find(name->text, ':'));
        if (name->type == HC_NAME_URI && hc_bytes_starts(rest, HC_BYTES("://")) && !hc_uri_host(name->text, &host))
            hc_lint_found(j, "uri:%.*s has no host", HC_LINT_SHOWN(name->text));
    }
}

const struct hc_lint_rule hc_lint_rule_san_uri_host = {
    .row =
        {
            .id = "san-uri-host",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.6",
            .level = HC_LINT_ERROR,
            .sentence = "A URI with an authority has a host in it.",
        },
    .judge = judge,
};
