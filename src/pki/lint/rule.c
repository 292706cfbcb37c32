/* rule.c - the list of rules, who is judged by them, and what they note. */
#include "pki/lint/rule.h"

#include <stdarg.h>
#include <stdio.h>

static const struct hc_lint_rule *const RULES[] = {
#define HC_LINT_RULE(name) &hc_lint_rule_##name,
#include "pki/lint/rules.def"
#undef HC_LINT_RULE
};

const struct hc_lint_rule_row *hc_lint_rule(size_t i)
{
    return i < HC_COUNT(RULES) ? &RULES[i]->row : NULL;
}

void hc_lint_judge(const struct hc_profile_row *profile, const struct hc_lint_rules *rules, const struct hc_cert *cert,
                   struct hc_lint_report *out)
{
    static const struct hc_lint_rules none = {.n_issuers = 0};
    struct hc_lint_judging j = {.cert = cert, .profile = profile, .rules = rules ? rules : &none, .report = out};
    j.issuer = j.rules->n_issuers ? j.rules->issuers[0] : NULL;
    out->n = out->lost = out->n_errors = out->n_warnings = out->n_notes = 0;
    for (size_t i = 0; i < HC_COUNT(RULES); i++) {
        j.rule = RULES[i];
        if (!j.rule->applies || j.rule->applies(&j))
            j.rule->judge(&j);
    }
}

static __attribute__((format(printf, 3, 0))) void note(struct hc_lint_judging *j, enum hc_code code, const char *fmt,
                                                       va_list args)
{
    struct hc_lint_report *r = j->report;
    enum hc_lint_level level = j->rule->row.level;
    ++*(level == HC_LINT_ERROR ? &r->n_errors : level == HC_LINT_WARNING ? &r->n_warnings : &r->n_notes);
    if (r->n == HC_LINT_FINDINGS_MAX) {
        r->lost++;
        return;
    }
    struct hc_lint_finding *f = &r->finding[r->n++];
    f->rule = &j->rule->row;
    f->code = code;
    vsnprintf(f->text, sizeof f->text, fmt, args); /* longer ones are cut */
}

void hc_lint_found(struct hc_lint_judging *j, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note(j, HC_E_LINT, fmt, args);
    va_end(args);
}

void hc_lint_found_as(struct hc_lint_judging *j, enum hc_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note(j, code, fmt, args);
    va_end(args);
}

bool hc_lint_when_ca(const struct hc_lint_judging *j)
{
    return j->cert->is_ca;
}

bool hc_lint_when_leaf(const struct hc_lint_judging *j)
{
    return !j->cert->is_ca;
}

bool hc_lint_when_profile(const struct hc_lint_judging *j)
{
    return j->profile != NULL;
}

bool hc_lint_when_issuer(const struct hc_lint_judging *j)
{
    return j->issuer != NULL;
}

bool hc_lint_when_spiffe(const struct hc_lint_judging *j)
{
    return hc_lint_spiffe_id(j->cert).n > 0;
}

bool hc_lint_when_spiffe_leaf(const struct hc_lint_judging *j)
{
    return !j->cert->is_ca && hc_lint_when_spiffe(j);
}

bool hc_lint_when_spiffe_ca(const struct hc_lint_judging *j)
{
    return j->cert->is_ca && hc_lint_when_spiffe(j);
}
