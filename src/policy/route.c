/* route.c - building a policy: every route is made whole before the policy gets it. */
#include "policy/route.h"

#include <stdlib.h>

#include "base/buf.h"
#include "policy/route_parts.h"

/* A path, a word and a pattern. */
#define RULE_TEXT_MAX (8 * 1024 + HC_PATTERN_MAX + 16)

static void rules_fini(struct hc_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        hc_pattern_free(rules->at[i].pattern);
        free(rules->at[i].text);
    }
    free(rules->at);
}

static void route_fini(struct hc_route *route)
{
    hc_path_pattern_free(route->path);
    free(route->title);
    for (size_t i = 0; i < route->n_methods; i++)
        free(route->methods[i]);
    free(route->methods);
    rules_fini(&route->allow);
    rules_fini(&route->deny);
    hc_issuers_fini(&route->issued_by);
}

struct hc_rc hc_policy_new(struct hc_policy **out, struct hc_err *e)
{
    struct hc_policy *policy = calloc(1, sizeof *policy);

    if (!policy)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a policy");
    *out = policy;
    return HC_OK;
}

void hc_policy_free(struct hc_policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->n; i++)
        route_fini(&policy->routes[i]);
    free(policy->routes);
    free(policy);
}

static struct hc_rc copy_text(struct hc_bytes text, char **out, struct hc_err *e)
{
    char *copy = malloc(text.n + 1);

    if (!copy)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a text of a route");
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    *out = copy;
    return HC_OK;
}

/* RFC 9110 9.1: a method is a token, and case-sensitive. */
static bool is_method(const char *s)
{
    for (size_t i = 0; s[i]; i++)
        if (!hc_ascii_is_alpha((uint8_t)s[i]) && !hc_ascii_is_digit((uint8_t)s[i]) && !strchr("!#$%&'*+-.^_`|~", s[i]))
            return false;
    return s[0] != 0;
}

static struct hc_rc add_methods(struct hc_route *route, struct hc_texts methods, struct hc_err *e)
{
    if (methods.n > HC_ROUTE_METHODS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "route %.200s lists more than %d methods", route->title, HC_ROUTE_METHODS_MAX);
    if (methods.n == 0)
        return HC_OK;
    route->methods = calloc(methods.n, sizeof *route->methods);
    if (!route->methods)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the methods of a route");
    for (size_t i = 0; i < methods.n; i++) {
        if (!is_method(methods.at[i]))
            return HC_FAIL(e, HC_E_CONFIG_VALUE, "route %.200s: \"%.100s\" is not a method; write GET, POST, ...",
                           route->title, methods.at[i]);
        HC_TRY(e, copy_text(hc_bytes_str(methods.at[i]), &route->methods[i], e));
        route->n_methods++;
    }
    return HC_OK;
}

static struct hc_rc add_rules(const struct hc_route *route, struct hc_texts texts, const char *verb,
                              struct hc_rules *rules, struct hc_err *e)
{
    HC_BUF_AUTO(text, RULE_TEXT_MAX);

    if (texts.n > HC_ROUTE_PATTERNS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "route %.200s lists more than %d patterns", route->title,
                       HC_ROUTE_PATTERNS_MAX);
    if (texts.n == 0)
        return HC_OK;
    rules->at = calloc(texts.n, sizeof *rules->at);
    if (!rules->at)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the rules of a route");
    for (size_t i = 0; i < texts.n; i++) {
        struct hc_rule *rule = &rules->at[rules->n++]; /* zeroed: safe to release half made */

        HC_TRY(e, hc_pattern_parse(texts.at[i], &rule->pattern, e));
        hc_buf_clear(&text);
        hc_buf_addf(&text, "%s %s %s", route->title, verb, texts.at[i]);
        HC_TRY(e, hc_buf_check(&text, e));
        HC_TRY(e, copy_text(hc_buf_view(&text), &rule->text, e));
    }
    return HC_OK;
}

static struct hc_rc make_route(const struct hc_route_spec *spec, struct hc_route *route, struct hc_err *e)
{
    const char *title = spec->path ? spec->path : "connection";

    route->allow_semicolon = spec->allow_semicolon;
    if (spec->path)
        HC_TRY(e, hc_path_pattern_parse(spec->path, &route->path, e));
    HC_TRY(e, copy_text(hc_bytes_str(title), &route->title, e));
    HC_TRY(e, add_methods(route, spec->methods, e));
    HC_TRY(e, add_rules(route, spec->allow, "allow", &route->allow, e));
    HC_TRY(e, add_rules(route, spec->deny, "deny", &route->deny, e));
    return hc_issuers_make(route->title, spec->issued_by, &route->issued_by, e);
}

static struct hc_rc append(struct hc_policy *policy, const struct hc_route *route, struct hc_err *e)
{
    struct hc_route *routes;

    if (policy->n == HC_ROUTES_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d routes", HC_ROUTES_MAX);
    routes = realloc(policy->routes, (policy->n + 1) * sizeof *routes);
    if (!routes)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a route");
    policy->routes = routes;
    policy->routes[policy->n++] = *route;
    return HC_OK;
}

struct hc_rc hc_policy_add_route(struct hc_policy *policy, const struct hc_route_spec *spec, struct hc_err *e)
{
    struct hc_route route = {0};
    struct hc_rc rc = make_route(spec, &route, e);

    if (hc_ok(rc))
        rc = append(policy, &route, e);
    if (hc_failed(rc))
        route_fini(&route);
    return rc;
}

bool hc_policy_allows_semicolon(const struct hc_policy *policy)
{
    for (size_t i = 0; i < policy->n; i++)
        if (policy->routes[i].allow_semicolon)
            return true;
    return false;
}

/* `anyone` in a deny closes a route under any mode, so it contradicts nothing. */
static struct hc_rc check_rules(const struct hc_rules *rules, bool is_allow, enum hc_clients clients, struct hc_err *e)
{
    for (size_t i = 0; i < rules->n; i++) {
        bool anyone = hc_pattern_is_anyone(rules->at[i].pattern);

        if (clients == HC_CLIENTS_REQUIRED && is_allow && anyone)
            return HC_FAIL(
                e, HC_E_CONFIG_CONTRADICTION,
                "\"%.300s\" but clients: required lets nobody in without a certificate; write authenticated, or "
                "clients: optional",
                rules->at[i].text);
        if (clients == HC_CLIENTS_NONE && !anyone)
            return HC_FAIL(
                e, HC_E_CONFIG_CONTRADICTION,
                "\"%.300s\" but clients: none never asks for a certificate; write clients: required or optional",
                rules->at[i].text);
    }
    return HC_OK;
}

/* Who shows no certificate has nothing above it. */
static struct hc_rc check_issued_by(const struct hc_route *route, enum hc_clients clients, struct hc_err *e)
{
    if (route->issued_by.n == 0)
        return HC_OK;
    if (clients == HC_CLIENTS_NONE)
        return HC_FAIL(e, HC_E_CONFIG_CONTRADICTION,
                       "\"%.300s\" but clients: none never asks for a certificate; write clients: required or optional",
                       route->issued_by.text);
    for (size_t i = 0; i < route->allow.n; i++)
        if (hc_pattern_is_anyone(route->allow.at[i].pattern))
            return HC_FAIL(e, HC_E_CONFIG_CONTRADICTION,
                           "\"%.300s\" but \"%.300s\": whoever has no certificate was issued by nobody; write "
                           "authenticated",
                           route->allow.at[i].text, route->issued_by.text);
    return HC_OK;
}

struct hc_rc hc_policy_check_clients(const struct hc_policy *policy, enum hc_clients clients, struct hc_err *e)
{
    for (size_t i = 0; i < policy->n; i++) {
        HC_TRY(e, check_issued_by(&policy->routes[i], clients, e));
        HC_TRY(e, check_rules(&policy->routes[i].allow, true, clients, e));
        HC_TRY(e, check_rules(&policy->routes[i].deny, false, clients, e));
    }
    return HC_OK;
}
