/*
 * name_constraints_ip.c - "the iPAddress field of GeneralName MUST contain eight (8) octets" or thirty-two,
 * "encoded in the style of RFC 4632 (CIDR)".
 */
#include "pki/lint/rule.h"

static bool is_contiguous(struct hc_bytes mask)
{
    bool ended = false;
    for (size_t i = 0; i < 8 * mask.n; i++) {
        bool set = mask.p[i / 8] >> (7 - i % 8) & 1;
        if (set && ended)
            return false;
        ended = ended || !set;
    }
    return true;
}

static void subtree(struct hc_lint_judging *j, const struct hc_lint_subtree *s)
{
    if (s->tag != HC_LINT_GN_IP)
        return;
    if (s->base.n != 8 && s->base.n != 32)
        hc_lint_found(j, "a constraint on addresses has %zu octets instead of 8 or 32", s->base.n);
    else if (!is_contiguous(hc_bytes_skip(s->base, s->base.n / 2)))
        hc_lint_found(j, "the mask of a constraint on addresses is not contiguous");
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_subtree(j, subtree);
}

const struct hc_lint_rule hc_lint_rule_name_constraints_ip = {
    .row =
        {
            .id = "name-constraints-ip",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "A constraint on addresses is an address and a contiguous mask.",
        },
    .judge = judge,
};
