/*
 * gateconf_check.c - what a table cannot say: names that are taken, addresses that clash, rules that contradict each
 * other.
 *
 * Each check looks only at values that were bound; a value that is missing or wrong has been reported already.
 */
#include "gate/gateconf_internal.h"

#include "policy/pattern.h"

struct check {
    struct hc_gateconf *conf;
    struct hc_config_problems *problems;
};

#define ADD(c, mark, code, ...) hc_config_problems_add((c)->problems, (mark), (code), __VA_ARGS__)

/* A sentence from elsewhere becomes a problem; only a lack of memory goes on as a failure. */
static struct hc_rc report(const struct check *c, struct hc_mark mark, struct hc_rc rc, struct hc_err *e)
{
    if (hc_failed(rc) && rc.code != HC_E_NOMEM) {
        ADD(c, mark, rc.code, "%s", e->text);
        return HC_OK;
    }
    return rc;
}

/* Relative paths mean something on a command line, and nothing in a file that a service reads. */
static void check_path(const struct check *c, const struct hc_conf_string *path, const char *key)
{
    if (path->s != NULL && path->s[0] != '/' && path->mark.option == NULL)
        ADD(c, path->mark, HC_E_CONFIG_VALUE, "'%s' must be an absolute path, which '%.*s' is not", key,
            HC_CONFIG_SHOWN, path->s);
}

static bool is_gate_name(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= HC_GATE_NAME_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static void check_name(const struct check *c, const struct hc_gate_conf *gate)
{
    char where[HC_MARK_TEXT];

    if (gate->name.s == NULL)
        return;
    if (!is_gate_name(gate->name.s)) {
        ADD(c, gate->name.mark, HC_E_CONFIG_VALUE,
            "a gate's name has 1 to %d lower-case letters, digits and hyphens, which '%.*s' does not", HC_GATE_NAME_MAX,
            HC_CONFIG_SHOWN, gate->name.s);
        return;
    }
    for (const struct hc_gate_conf *other = c->conf->gates.v; other < gate; other++) {
        if (other->name.s == NULL || strcmp(other->name.s, gate->name.s) != 0)
            continue;
        ADD(c, gate->name.mark, HC_E_CONFIG_CONTRADICTION, "the name '%s' is taken already (%s)", gate->name.s,
            hc_mark_text(other->name.mark, where));
        return;
    }
}

static struct hc_rc check_listen(const struct check *c, struct hc_gate_conf *gate, struct hc_err *e)
{
    char where[HC_MARK_TEXT];

    if (gate->listen_text.s == NULL)
        return HC_OK;
    HC_TRY(e,
           report(c, gate->listen_text.mark, hc_listen_parse(hc_bytes_str(gate->listen_text.s), &gate->listen, e), e));
    for (const struct hc_gate_conf *other = c->conf->gates.v; other < gate; other++) {
        if (!hc_listen_clashes(&other->listen, &gate->listen))
            continue;
        ADD(c, gate->listen_text.mark, HC_E_CONFIG_CONTRADICTION,
            "'%s' clashes with '%s' (%s); every gate listens on an address of its own", gate->listen_text.s,
            other->listen_text.s, hc_mark_text(other->listen_text.mark, where));
        break;
    }
    return HC_OK;
}

static struct hc_rc check_back_end(const struct check *c, struct hc_gate_conf *gate, struct hc_err *e)
{
    bool forward = hc_mark_said(gate->forward_text.mark);
    bool serve = hc_mark_said(gate->serve.mark);
    char where[HC_MARK_TEXT];

    check_path(c, &gate->serve, "serve");
    if (forward && serve)
        ADD(c, gate->serve.mark, HC_E_CONFIG_CONTRADICTION,
            "a gate either forwards or serves; 'forward' is said, too (%s): keep one of the two",
            hc_mark_text(gate->forward_text.mark, where));
    if (!forward && !serve)
        ADD(c, gate->mark, HC_E_CONFIG_MISSING,
            "nothing says what is behind the gate; for instance forward: http://127.0.0.1:8080, or serve: /srv/www");
    if (gate->forward_text.s == NULL)
        return HC_OK;
    return report(c, gate->forward_text.mark, hc_forward_parse(hc_bytes_str(gate->forward_text.s), &gate->forward, e),
                  e);
}

static void check_method(const struct check *c, const struct hc_conf_string *method)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /* The registered ones; RFC 9110 9.1 permits more, and tells small letters from capitals, so `get` never matches. */
    if (strlen(method->s) <= 32 && strspn(method->s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(method->s) &&
        strchr(letters, method->s[0]) != NULL)
        return;
    ADD(c, method->mark, HC_E_CONFIG_VALUE, "'%.*s' is not a method; methods are words in capitals such as GET or POST",
        HC_CONFIG_SHOWN, method->s);
}

static struct hc_rc check_pattern(const struct check *c, const struct hc_gate_conf *gate,
                                  const struct hc_conf_string *text, bool allow, struct hc_err *e)
{
    HC_AUTO(hc_pattern) pattern = NULL;
    char where[HC_MARK_TEXT];
    bool anyone;

    HC_TRY(e, report(c, text->mark, hc_pattern_parse(text->s, &pattern, e), e));
    if (pattern == NULL || !hc_mark_said(gate->clients.mark))
        return HC_OK;
    anyone = hc_pattern_is_anyone(pattern);
    hc_mark_text(gate->clients.mark, where);
    if (anyone && allow && gate->clients.v == HC_CLIENTS_REQUIRED)
        ADD(c, text->mark, HC_E_CONFIG_CONTRADICTION,
            "'anyone' needs no certificate, but this gate's clients are 'required' to have one (%s); write "
            "'authenticated' here, or "
            "'optional' there",
            where);
    if (!anyone && gate->clients.v == HC_CLIENTS_NONE)
        ADD(c, text->mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' can never match, because this gate asks clients for no certificate: 'none' (%s); write 'optional' "
            "or 'required' "
            "there",
            HC_CONFIG_SHOWN, text->s, where);
    return HC_OK;
}

static struct hc_rc check_patterns(const struct check *c, const struct hc_gate_conf *gate,
                                   const struct hc_route_conf *route, struct hc_err *e)
{
    for (size_t i = 0; i < route->allow.n; i++)
        HC_TRY(e, check_pattern(c, gate, &route->allow.v[i], true, e));
    for (size_t i = 0; i < route->deny.n; i++)
        HC_TRY(e, check_pattern(c, gate, &route->deny.v[i], false, e));
    return HC_OK;
}

/* A route below one that takes all its requests is a rule that its author believes in and nobody applies. */
static void check_reached(const struct check *c, const struct hc_gate_conf *gate, const struct hc_route_conf *route)
{
    char where[HC_MARK_TEXT];

    for (const struct hc_route_conf *above = gate->routes.v; above < route; above++) {
        if (above->path.s == NULL || (strcmp(above->path.s, route->path.s) != 0 && strcmp(above->path.s, "/**") != 0))
            continue;
        ADD(c, route->path.mark, HC_E_CONFIG_CONTRADICTION,
            "this route is never reached: '%.*s' above decides alone (%s); put it below, or make one route of both",
            HC_CONFIG_SHOWN, above->path.s, hc_mark_text(above->path.mark, where));
        return;
    }
}

static struct hc_rc check_request_route(const struct check *c, const struct hc_gate_conf *gate,
                                        const struct hc_route_conf *route, struct hc_err *e)
{
    HC_AUTO(hc_path_pattern) pattern = NULL;

    for (size_t i = 0; i < route->methods.n; i++)
        check_method(c, &route->methods.v[i]);
    if (!hc_mark_said(route->path.mark))
        ADD(c, route->mark, HC_E_CONFIG_MISSING,
            "'path' is missing here: which requests the route decides; for instance path: /**");
    if (route->path.s == NULL)
        return HC_OK;
    check_reached(c, gate, route);
    return report(c, route->path.mark, hc_path_pattern_parse(route->path.s, &pattern, e), e);
}

/* A relay sees bytes: no paths, no methods, one decision for the whole connection. */
static void check_relay_route(const struct check *c, const struct hc_gate_conf *gate, const struct hc_route_conf *route)
{
    char where[HC_MARK_TEXT];

    hc_mark_text(gate->forward_text.mark, where);
    if (route > gate->routes.v) {
        ADD(c, route->mark, HC_E_CONFIG_CONTRADICTION,
            "a relay has one route for the whole connection, because '%.*s' (%s) sees no requests", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
        return;
    }
    if (hc_mark_said(route->path.mark))
        ADD(c, route->path.mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' (%s) relays bytes and sees no paths; remove 'path', or forward to http://", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
    if (hc_mark_said(route->methods.mark))
        ADD(c, route->methods.mark, HC_E_CONFIG_CONTRADICTION,
            "'%.*s' (%s) relays bytes and sees no methods; remove 'methods', or forward to http://", HC_CONFIG_SHOWN,
            gate->forward_text.s, where);
}

static struct hc_rc check_routes(const struct check *c, const struct hc_gate_conf *gate, struct hc_err *e)
{
    bool forward = hc_mark_said(gate->forward_text.mark);
    bool serve = hc_mark_said(gate->serve.mark);
    bool kind_known = forward != serve && (serve || gate->forward.kind != HC_FORWARD_NONE);

    for (size_t i = 0; i < gate->routes.n; i++) {
        const struct hc_route_conf *route = &gate->routes.v[i];

        if (!hc_mark_said(route->mark)) /* not a block; reported */
            continue;
        if (kind_known && hc_forward_is_relay(gate->forward.kind))
            check_relay_route(c, gate, route);
        else if (kind_known)
            HC_TRY(e, check_request_route(c, gate, route, e));
        HC_TRY(e, check_patterns(c, gate, route, e));
    }
    return HC_OK;
}

/* Whether the gate judges certificates although no home is known that has the bundle and the CRLs. */
static bool needs_bundle(const struct hc_gate_conf *gate)
{
    bool files = hc_mark_said(gate->identity.certificate.mark) || hc_mark_said(gate->identity.key.mark);
    bool clients = hc_mark_said(gate->clients.mark) && gate->clients.v != HC_CLIENTS_NONE;

    return files && (clients || hc_forward_is_tls(gate->forward.kind));
}

static void check_trust(const struct check *c)
{
    const struct hc_gateconf *conf = c->conf;
    bool flags = conf->mark.option != NULL;
    struct hc_mark bundle = flags ? (struct hc_mark){.option = "--bundle"} : conf->mark;
    struct hc_mark crl = flags ? (struct hc_mark){.option = "--crl"} : conf->mark;
    const struct hc_gate_conf *gate = NULL;
    char where[HC_MARK_TEXT];

    for (size_t i = 0; i < conf->gates.n && gate == NULL; i++)
        gate = needs_bundle(&conf->gates.v[i]) ? &conf->gates.v[i] : NULL;
    if (gate == NULL)
        return;
    hc_mark_text(gate->identity.mark, where);
    if (!hc_mark_said(conf->bundle.mark))
        ADD(c, bundle, HC_E_CONFIG_MISSING,
            "%s is missing: the identity of a gate is given by files (%s), so no home tells which authority to trust; "
            "for instance "
            "%s/var/lib/handclasp/publish/bundle.pem",
            flags ? "it" : "'bundle'", where, flags ? "--bundle " : "bundle: ");
    if (!hc_mark_said(conf->revocation.mark))
        ADD(c, crl, HC_E_REVOCATION_UNSAID,
            "nothing says how revocation is checked, and the identity of a gate is given by files (%s), so no home "
            "tells; write %s",
            where,
            flags ? "--crl DIRECTORY, or --no-revocation"
                  : "revocation: {crl: [DIRECTORY], stale: refuse}, or revocation: none");
}

static void check_revocation(const struct check *c)
{
    struct hc_revocation_conf *revocation = &c->conf->revocation;

    for (size_t i = 0; i < revocation->crl.n; i++)
        check_path(c, &revocation->crl.v[i], "crl");
    if (!hc_mark_said(revocation->check.mark))
        revocation->check.v = HC_CONF_CHECK_CHAIN;
    if (!hc_mark_said(revocation->stale.mark))
        revocation->stale.v = HC_CONF_STALE_REFUSE;
}

struct hc_rc hc_gateconf_check(struct hc_gateconf *conf, struct hc_config_problems *problems, struct hc_err *e)
{
    const struct check c = {.conf = conf, .problems = problems};

    for (size_t i = 0; i < conf->gates.n; i++) {
        struct hc_gate_conf *gate = &conf->gates.v[i];

        if (!hc_mark_said(gate->mark)) /* not a block; reported */
            continue;
        check_name(&c, gate);
        HC_TRY(e, check_listen(&c, gate, e));
        check_path(&c, &gate->identity.certificate, "certificate");
        check_path(&c, &gate->identity.key, "key");
        HC_TRY(e, check_back_end(&c, gate, e));
        HC_TRY(e, check_routes(&c, gate, e));
    }
    check_path(&c, &conf->bundle, "bundle");
    check_revocation(&c);
    check_trust(&c);
    return HC_OK;
}
