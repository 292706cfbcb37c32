/*
 * gateconf_check.c - what a table cannot say: names that are taken, addresses that clash, rules that contradict each
 * other.
 *
 * Each check looks only at values that were bound; a value that is missing or wrong has been reported already.
 */
#include "gate/gateconf_internal.h"

#include "policy/pattern.h"

#define ADD HC_GATECONF_ADD

struct hc_rc hc_gateconf_report(const struct hc_gateconf_work *w, struct hc_mark mark, struct hc_rc rc,
                                struct hc_err *e)
{
    if (hc_failed(rc) && rc.code != HC_E_NOMEM) {
        ADD(w, mark, rc.code, "%s", e->text);
        return HC_OK;
    }
    return rc;
}

void hc_gateconf_check_path(const struct hc_gateconf_work *w, const struct hc_conf_string *path, const char *key)
{
    if (path->s != NULL && path->s[0] != '/' && path->mark.option == NULL)
        ADD(w, path->mark, HC_E_CONFIG_VALUE, "'%s' must be an absolute path, which '%.*s' is not", key,
            HC_CONFIG_SHOWN, path->s);
}

static bool is_gate_name(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= HC_GATE_NAME_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static void check_name(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate)
{
    char where[HC_MARK_TEXT];

    if (gate->name.s == NULL)
        return;
    if (!is_gate_name(gate->name.s)) {
        ADD(w, gate->name.mark, HC_E_CONFIG_VALUE,
            "a gate's name has 1 to %d lower-case letters, digits and hyphens, which '%.*s' does not", HC_GATE_NAME_MAX,
            HC_CONFIG_SHOWN, gate->name.s);
        return;
    }
    for (const struct hc_gate_conf *other = w->conf->gates.v; other < gate; other++) {
        if (other->name.s == NULL || strcmp(other->name.s, gate->name.s) != 0)
            continue;
        ADD(w, gate->name.mark, HC_E_CONFIG_CONTRADICTION, "the name '%s' is taken already (%s)", gate->name.s,
            hc_mark_text(other->name.mark, where));
        return;
    }
}

static struct hc_rc check_back_end(const struct hc_gateconf_work *w, struct hc_gate_conf *gate, struct hc_err *e)
{
    bool forward = hc_mark_said(gate->forward_text.mark);
    bool serve = hc_mark_said(gate->serve.mark);
    char where[HC_MARK_TEXT];

    hc_gateconf_check_path(w, &gate->serve, "serve");
    if (forward && serve)
        ADD(w, gate->serve.mark, HC_E_CONFIG_CONTRADICTION,
            "a gate either forwards or serves; 'forward' is said, too (%s): keep one of the two",
            hc_mark_text(gate->forward_text.mark, where));
    if (!forward && !serve)
        ADD(w, gate->mark, HC_E_CONFIG_MISSING,
            "nothing says what is behind the gate; for instance forward: http://127.0.0.1:8080, or serve: /srv/www");
    if (gate->forward_text.s == NULL)
        return HC_OK;
    return hc_gateconf_report(w, gate->forward_text.mark,
                              hc_forward_parse(hc_bytes_str(gate->forward_text.s), &gate->forward, e), e);
}

static void check_method(const struct hc_gateconf_work *w, const struct hc_conf_string *method)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /* The registered ones; RFC 9110 9.1 permits more, and tells small letters from capitals, so `get` never matches. */
    if (strlen(method->s) <= 32 && strspn(method->s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(method->s) &&
        strchr(letters, method->s[0]) != NULL)
        return;
    ADD(w, method->mark, HC_E_CONFIG_VALUE, "'%.*s' is not a method; methods are words in capitals such as GET or POST",
        HC_CONFIG_SHOWN, method->s);
}

/* One pattern of a list, and where it stands. */
struct rule {
    const struct hc_gate_conf *gate;
    const struct hc_route_conf *route;
    const struct hc_conf_string *text;
    bool allow; /* or deny */
};

static void check_anyone(const struct hc_gateconf_work *w, const struct rule *rule)
{
    char where[HC_MARK_TEXT];

    if (!rule->allow) /* closes a route, whoever asks */
        return;
    if (hc_mark_said(rule->gate->clients.mark) && rule->gate->clients.v == HC_CLIENTS_REQUIRED)
        ADD(w, rule->text->mark, HC_E_CONFIG_CONTRADICTION,
            "'anyone' needs no certificate, but this gate's clients are 'required' to have one (%s); write "
            "'authenticated' here, or 'optional' there",
            hc_mark_text(rule->gate->clients.mark, where));
    else if (hc_mark_said(rule->route->issued_by.mark))
        ADD(w, rule->text->mark, HC_E_CONFIG_CONTRADICTION,
            "'anyone' needs no certificate, and whoever has none was issued by nobody ('issued-by', %s); write "
            "'authenticated' here",
            hc_mark_text(rule->route->issued_by.mark, where));
}

static struct hc_rc check_pattern(const struct hc_gateconf_work *w, const struct rule *rule, struct hc_err *e)
{
    const struct hc_conf_string *text = rule->text;
    const struct hc_conf_word *clients = &rule->gate->clients;
    HC_AUTO(hc_pattern) pattern = NULL;
    char where[HC_MARK_TEXT];

    HC_TRY(e, hc_gateconf_report(w, text->mark, hc_pattern_parse(text->s, &pattern, e), e));
    if (pattern == NULL)
        return HC_OK;
    if (hc_pattern_is_anyone(pattern))
        check_anyone(w, rule);
    else if (hc_mark_said(clients->mark) && clients->v == HC_CLIENTS_NONE)
        ADD(w, text->mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' can never match, because this gate asks clients for no certificate: 'none' (%s); write 'optional' "
            "or 'required' there",
            HC_CONFIG_SHOWN, text->s, hc_mark_text(clients->mark, where));
    return HC_OK;
}

static struct hc_rc check_patterns(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                                   const struct hc_route_conf *route, struct hc_err *e)
{
    for (size_t i = 0; i < route->allow.n; i++)
        HC_TRY(e, check_pattern(w, &(struct rule){gate, route, &route->allow.v[i], true}, e));
    for (size_t i = 0; i < route->deny.n; i++)
        HC_TRY(e, check_pattern(w, &(struct rule){gate, route, &route->deny.v[i], false}, e));
    return HC_OK;
}

/* A route below one that takes all its requests is a rule that its author believes in and nobody applies. */
static void check_reached(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                          const struct hc_route_conf *route)
{
    char where[HC_MARK_TEXT];

    for (const struct hc_route_conf *above = gate->routes.v; above < route; above++) {
        if (above->path.s == NULL || (strcmp(above->path.s, route->path.s) != 0 && strcmp(above->path.s, "/**") != 0))
            continue;
        ADD(w, route->path.mark, HC_E_CONFIG_CONTRADICTION,
            "this route is never reached: '%.*s' above decides alone (%s); put it below, or make one route of both",
            HC_CONFIG_SHOWN, above->path.s, hc_mark_text(above->path.mark, where));
        return;
    }
}

static struct hc_rc check_request_route(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                                        const struct hc_route_conf *route, struct hc_err *e)
{
    HC_AUTO(hc_path_pattern) pattern = NULL;

    for (size_t i = 0; i < route->methods.n; i++)
        check_method(w, &route->methods.v[i]);
    if (!hc_mark_said(route->path.mark))
        ADD(w, route->mark, HC_E_CONFIG_MISSING,
            "'path' is missing here: which requests the route decides; for instance path: /**");
    if (route->path.s == NULL)
        return HC_OK;
    check_reached(w, gate, route);
    return hc_gateconf_report(w, route->path.mark, hc_path_pattern_parse(route->path.s, &pattern, e), e);
}

/* A relay sees bytes: no paths, no methods, one decision for the whole connection. */
static void check_relay_route(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                              const struct hc_route_conf *route)
{
    char where[HC_MARK_TEXT];

    hc_mark_text(gate->forward_text.mark, where);
    if (route > gate->routes.v) {
        ADD(w, route->mark, HC_E_CONFIG_CONTRADICTION,
            "a relay has one route for the whole connection, because '%.*s' (%s) sees no requests", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
        return;
    }
    if (hc_mark_said(route->path.mark))
        ADD(w, route->path.mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' (%s) relays bytes and sees no paths; remove 'path', or forward to http://", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
    if (hc_mark_said(route->methods.mark))
        ADD(w, route->methods.mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' (%s) relays bytes and sees no methods; remove 'methods', or forward to http://", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
}

static struct hc_rc check_routes(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate, struct hc_err *e)
{
    bool forward = hc_mark_said(gate->forward_text.mark);
    bool serve = hc_mark_said(gate->serve.mark);
    bool kind_known = forward != serve && (serve || gate->forward.kind != HC_FORWARD_NONE);

    for (size_t i = 0; i < gate->routes.n; i++) {
        const struct hc_route_conf *route = &gate->routes.v[i];

        if (!hc_mark_said(route->mark)) /* not a block; reported */
            continue;
        if (kind_known && hc_forward_is_relay(gate->forward.kind))
            check_relay_route(w, gate, route);
        else if (kind_known)
            HC_TRY(e, check_request_route(w, gate, route, e));
        HC_TRY(e, check_patterns(w, gate, route, e));
    }
    return HC_OK;
}

struct hc_rc hc_gateconf_check(const struct hc_gateconf_work *w, struct hc_err *e)
{
    for (size_t i = 0; i < w->conf->gates.n; i++) {
        struct hc_gate_conf *gate = &w->conf->gates.v[i];

        if (!hc_mark_said(gate->mark)) /* not a block; reported */
            continue;
        check_name(w, gate);
        HC_TRY(e, hc_gateconf_check_hosts(w, gate, e));
        hc_gateconf_check_path(w, &gate->identity.certificate, "certificate");
        hc_gateconf_check_path(w, &gate->identity.key, "key");
        HC_TRY(e, check_back_end(w, gate, e));
        HC_TRY(e, check_routes(w, gate, e));
    }
    return hc_gateconf_check_trusts(w, e);
}
