/*
 * issuer_constraints.c - a name space "within which all subject names in subsequent certificates in a certification
 * path MUST be located".
 */
#include "pki/constraints.h"
#include "pki/lint/rule.h"
#include "pki/report.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_report report;
    hc_report_init(&report, false);
    for (size_t i = 0; i < j->rules->n_issuers; i++)
        hc_constraints_check(j->rules->issuers[i], j->cert, &report, 0);
    for (size_t i = 0; i < report.n; i++)
        hc_lint_found_as(j, HC_E_OUTSIDE_CONSTRAINTS, "%s", report.finding[i].text);
    for (size_t i = 0; i < report.lost; i++)
        hc_lint_found_as(j, HC_E_OUTSIDE_CONSTRAINTS, "one more name is outside the constraints");
}

const struct hc_lint_rule hc_lint_rule_issuer_constraints = {
    .row =
        {
            .id = "issuer-constraints",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "Every name lies within the constraints of every CA above.",
        },
    .applies = hc_lint_when_issuer,
    .judge = judge,
};
