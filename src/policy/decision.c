/*
 * decision.c - who may do what, and the proof of it.
 *
 * A decision begins as a refusal and is made an approval in one place, at the end of `judge_route`.
 */
#include "policy/decision.h"

#include <stdlib.h>

#include "policy/route_parts.h"

struct hc_grant {
    size_t route;
    const char *rule;
    const struct hc_name *identity;
};

/* The rule of the list that matches the peer, or NULL. */
static const struct hc_rule *find_rule(const struct hc_rules *rules, enum hc_pattern_use use,
                                       const struct hc_peer_view *peer, const struct hc_name **name)
{
    for (size_t i = 0; i < rules->n; i++)
        if (hc_pattern_matches(rules->at[i].pattern, use, peer, name))
            return &rules->at[i];
    return NULL;
}

static bool has_semicolon(struct hc_bytes path)
{
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == ';')
            return true;
        if (path.p[i] == '%' && hc_bytes_eq_nocase(hc_bytes_head(hc_bytes_skip(path, i), 3), HC_BYTES("%3B")))
            return true;
    }
    return false;
}

static bool lists_method(const struct hc_route *route, const struct hc_request_view *request)
{
    if (route->n_methods == 0)
        return true;
    for (size_t i = 0; request && i < route->n_methods; i++)
        if (hc_bytes_eq_str(request->method, route->methods[i]))
            return true;
    return false;
}

static void judge_route(const struct hc_route *route, const struct hc_peer_view *peer,
                        const struct hc_request_view *request, struct hc_decision *out)
{
    const struct hc_rule *rule;

    out->rule = route->title;
    if (request && !route->allow_semicolon && has_semicolon(request->path)) {
        out->why = HC_E_HTTP_PATH;
        return;
    }
    rule = find_rule(&route->deny, HC_PATTERN_DENY, peer, &out->identity);
    if (rule) {
        out->why = HC_E_DENIED;
        out->rule = rule->text;
        return;
    }
    if (!lists_method(route, request)) {
        out->why = HC_E_METHOD_NOT_ALLOWED;
        return;
    }
    rule = find_rule(&route->allow, HC_PATTERN_ALLOW, peer, &out->identity);
    if (!rule) {
        out->why = route->allow.n > 0 && !peer->verified ? HC_E_NO_IDENTITY_FOR_RULE : HC_E_NO_RULE;
        return;
    }
    if (!hc_issuers_match(&route->issued_by, peer)) { /* the same as if no allow had matched */
        out->why = peer->verified ? HC_E_NO_RULE : HC_E_NO_IDENTITY_FOR_RULE;
        out->rule = route->issued_by.text;
        out->identity = NULL;
        return;
    }
    out->why = HC_OK_CODE;
    out->rule = rule->text;
}

static bool route_matches(const struct hc_route *route, const struct hc_request_view *request)
{
    return !route->path || (request && hc_path_pattern_matches(route->path, request->path));
}

void hc_policy_decide(const struct hc_policy *policy, const struct hc_peer_view *peer,
                      const struct hc_request_view *request, struct hc_decision *out)
{
    *out = (struct hc_decision){.why = HC_E_NO_ROUTE, .route = HC_NO_ROUTE_INDEX, .judge = policy};
    for (size_t i = 0; i < policy->n; i++) {
        if (!route_matches(&policy->routes[i], request))
            continue;
        out->route = i;
        judge_route(&policy->routes[i], peer, request, out);
        return;
    }
}

bool hc_policy_admits(const struct hc_policy *policy, const struct hc_peer_view *peer)
{
    const struct hc_name *name;

    for (size_t i = 0; i < policy->n; i++) {
        const struct hc_route *route = &policy->routes[i];

        if (!find_rule(&route->deny, HC_PATTERN_DENY, peer, &name) && hc_issuers_match(&route->issued_by, peer) &&
            find_rule(&route->allow, HC_PATTERN_ALLOW, peer, &name))
            return true;
    }
    return false;
}

struct hc_rc hc_grant_from(const struct hc_decision *decision, struct hc_grant **out, struct hc_err *e)
{
    struct hc_grant *grant;

    if (!decision->judge) /* a zeroed decision would otherwise read as an approval */
        return HC_FAIL(e, HC_E_INTERNAL, "a grant was asked for without a decision");
    if (decision->why != HC_OK_CODE)
        return HC_FAIL(e, decision->why, "refused by %.200s", decision->rule ? decision->rule : "the lack of a route");
    grant = malloc(sizeof *grant);
    if (!grant)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a grant");
    *grant = (struct hc_grant){decision->route, decision->rule, decision->identity};
    *out = grant;
    return HC_OK;
}

void hc_grant_free(struct hc_grant *grant)
{
    free(grant);
}

size_t hc_grant_route(const struct hc_grant *grant)
{
    return grant->route;
}

const char *hc_grant_rule(const struct hc_grant *grant)
{
    return grant->rule;
}

const struct hc_name *hc_grant_identity(const struct hc_grant *grant)
{
    return grant->identity;
}
