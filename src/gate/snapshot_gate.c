/* snapshot_gate.c - one gate: its certificate, rules, names, address and back end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/place.h"
#include "gate/snapshot_parts.h"
#include "pki/pem.h"

#define CHAIN_MAX 8 /* certificates that a gate presents */

static void hc_own_free(struct hc_own *own)
{
    if (!own || atomic_fetch_sub_explicit(&own->refs, 1, memory_order_acq_rel) > 1)
        return;
    hc_cert_list_fini(&own->chain);
    hc_key_free(own->key);
    free(own);
}
HC_DEFINE_AUTO(hc_own)

void hc_snapshot_gate_fini(struct hc_snapshot_gate *g)
{
    hc_policy_free(g->policy);
    hc_own_free(g->own);
    hc_hosts_free(g->hosts);
    hc_fd_close(&g->serve);
}

/* --- the gate's own certificate ----------------------------------------------------------------------------------- */

static struct hc_rc load_key(const struct hc_snapshot_input *in, const char *path, struct hc_key **out,
                             struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_rc rc;

    HC_TRY(e, hc_file_check_private(path, e));
    HC_TRY(e, hc_file_read(path, &pem, e));
    rc = hc_key_from_pem(in->crypto, hc_buf_view(&pem), NULL, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

/* OpenSSL has an opinion of its own about certificates (an issuer's hash that is too weak). Asked here, where a
 * configuration can still be refused as a whole, and not in workers that are to take it over. */
static struct hc_rc check_presentable(const struct hc_snapshot_input *in, const struct hc_own *own, const char *path,
                                      struct hc_err *e)
{
    struct hc_tls_spec spec = {
        .crypto = in->crypto,
        .identity = {own->chain.cert, own->chain.n, own->key},
        .ask = HC_TLS_ASK_NOBODY,
    };
    HC_AUTO(hc_tls_context) tls = NULL;
    struct hc_rc rc = hc_tls_server_new(&spec, &tls, e);

    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

static struct hc_rc load_identity(const struct hc_snapshot_input *in, const struct hc_gate_identity *id,
                                  struct hc_own **out, struct hc_err *e)
{
    char chain_path[HC_PATH];
    char key_path[HC_PATH];
    char age[HC_AGE_TEXT];
    HC_AUTO(hc_own) own = calloc(1, sizeof *own);

    if (!own)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for an identity");
    atomic_init(&own->refs, 1);
    HC_TRY(e, hc_place_identity(in->home, id, chain_path, key_path, e));
    HC_TRY(e, hc_pem_load_certs(chain_path, CHAIN_MAX, &own->chain, e));
    HC_TRY(e, load_key(in, key_path, &own->key, e));
    if (!hc_key_matches_spki(own->key, own->chain.cert[0]->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s is not the key of the first certificate in %s", key_path, chain_path);
    if (own->chain.cert[0]->not_after < in->now)
        return HC_FAIL(e, HC_E_CERT_EXPIRED, "the gate's own certificate in %s expired %s ago", chain_path,
                       hc_age_text(in->now - own->chain.cert[0]->not_after, age));
    HC_TRY(e, check_presentable(in, own, chain_path, e));
    *out = HC_GIVE(own);
    return HC_OK;
}

static struct hc_rc set_identity(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                                 struct hc_snapshot_gate *g, struct hc_err *e)
{
    const struct hc_snapshot_gate *old = hc_snapshot_gate(in->previous, g->name);
    struct hc_rc rc = load_identity(in, &conf->identity, &g->own, e);

    if (hc_ok(rc) || !old || !hc_snapshot_keep_old(in, "identity", e))
        return rc;
    atomic_fetch_add_explicit(&old->own->refs, 1, memory_order_relaxed);
    g->own = old->own;
    return HC_OK;
}

/* --- rules, address, back end ------------------------------------------------------------------------------------- */

static struct hc_texts texts(const struct hc_conf_strings *list, const char **room)
{
    for (size_t i = 0; i < list->n; i++)
        room[i] = list->v[i].s;
    return (struct hc_texts){room, list->n};
}

static struct hc_rc add_route(const struct hc_route_conf *conf, struct hc_policy *policy, struct hc_err *e)
{
    size_t n = conf->methods.n + conf->allow.n + conf->deny.n;
    const char **room = calloc(n + conf->issued_by.n + 1, sizeof *room);
    struct hc_route_spec spec;
    struct hc_rc rc;

    if (!room)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a route");
    spec = (struct hc_route_spec){
        .path = conf->path.s,
        .methods = texts(&conf->methods, room),
        .allow = texts(&conf->allow, room + conf->methods.n),
        .deny = texts(&conf->deny, room + conf->methods.n + conf->allow.n),
        .issued_by = texts(&conf->issued_by, room + n),
    };
    rc = hc_policy_add_route(policy, &spec, e);
    free(room);
    return rc;
}

static struct hc_rc set_policy(const struct hc_gate_conf *conf, struct hc_snapshot_gate *g, struct hc_err *e)
{
    HC_TRY(e, hc_policy_new(&g->policy, e));
    for (size_t i = 0; i < conf->routes.n; i++)
        HC_TRY(e, add_route(&conf->routes.v[i], g->policy, e));
    return hc_policy_check_clients(g->policy, g->clients, e);
}

/* Names that stand in the gate's certificate and could stand in a ClientHello. */
static struct hc_rc own_hosts(const struct hc_own *own, struct hc_hosts **out, struct hc_err *e)
{
    const struct hc_cert *leaf = own->chain.cert[0];
    struct hc_host *host = calloc(leaf->n_names + 1, sizeof *host);
    struct hc_rc rc = HC_OK;
    size_t n = 0;

    if (!host)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the names of a gate");
    for (size_t i = 0; i < leaf->n_names && n < HC_HOSTS_MAX && rc.code != HC_E_NOMEM; i++) {
        if (leaf->names[i].type != HC_NAME_DNS)
            continue;
        rc = hc_host_canonical(leaf->names[i].text, HC_HOST_WORD, &host[n], e);
        n += hc_ok(rc); /* what is no host is no way to reach it */
    }
    if (rc.code != HC_E_NOMEM)
        rc = hc_hosts_new(host, n, out, e);
    free(host);
    return rc;
}

static struct hc_rc set_hosts(const struct hc_gate_conf *conf, struct hc_snapshot_gate *g, struct hc_err *e)
{
    if (conf->hosts.n > 0)
        return hc_hosts_new(conf->host, conf->hosts.n, &g->hosts, e);
    return own_hosts(g->own, &g->hosts, e);
}

/* The sockets of that address that somebody has already, or NULL. */
static struct hc_port *find_port(const struct hc_snapshot_input *in, const struct hc_snapshot *s,
                                 const struct hc_snapshot_gate *g)
{
    for (const struct hc_snapshot_gate *other = s->gates; other < g; other++)
        if (hc_listen_same(&other->listen, &g->listen))
            return other->port;
    for (size_t i = 0; in->previous && i < in->previous->n_gates; i++) {
        const struct hc_snapshot_gate *old = &in->previous->gates[i];
        bool both_any = old->listen.port == 0 && g->listen.port == 0 && strcmp(old->listen.host, g->listen.host) == 0;

        if (old->port && (hc_listen_same(&old->listen, &g->listen) || (both_any && strcmp(old->name, g->name) == 0)))
            return old->port;
    }
    return NULL;
}

static struct hc_rc set_port(const struct hc_snapshot_input *in, const struct hc_snapshot *s,
                             struct hc_snapshot_gate *g, struct hc_err *e)
{
    struct hc_port *port = in->workers > 0 ? find_port(in, s, g) : NULL;

    if (port)
        g->port = hc_port_ref(port);
    if (port || in->workers == 0)
        return HC_OK;
    return hc_port_open(&g->listen, in->workers, &g->port, e);
}

static struct hc_rc find_back_end(const struct hc_gate_conf *conf, struct hc_snapshot_gate *g, struct hc_err *e)
{
    if (conf->forward.kind == HC_FORWARD_UNIX)
        return hc_addr_unix(conf->forward.path, &g->upstream, e);
    if (conf->forward.kind != HC_FORWARD_NONE)
        return hc_addr_resolve(conf->forward.host, conf->forward.port, &g->upstream, e);
    g->serve = open(conf->serve.s, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (g->serve < 0)
        return HC_FAIL_SYS(e, errno == ENOENT ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno, "cannot serve %s",
                           conf->serve.s);
    return HC_OK;
}

/* Where requests go has failed, who may make them has not: a new CRL must not wait for a resolver or a directory. */
static struct hc_rc set_back_end(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                                 struct hc_snapshot_gate *g, struct hc_err *e)
{
    const struct hc_snapshot_gate *old = hc_snapshot_gate(in->previous, g->name);
    struct hc_rc rc;

    g->forward = conf->forward;
    if (in->keep_broken && old &&
        conf->forward.host[0]) {     /* the resolver is asked at the start and for a new configuration; */
        g->upstream = old->upstream; /* a slow one must not delay a CRL */
        return HC_OK;
    }
    rc = find_back_end(conf, g, e);
    if (hc_ok(rc) || !old || !hc_snapshot_keep_old(in, "back end", e))
        return rc;
    g->upstream = old->upstream;
    if (old->serve >= 0)
        g->serve = fcntl(old->serve, F_DUPFD_CLOEXEC, 0);
    if (old->serve >= 0 && g->serve < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot duplicate a descriptor");
    return HC_OK;
}

static struct hc_rc build_gate(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                               const struct hc_snapshot *s, struct hc_snapshot_gate *g, struct hc_err *e)
{
    hc_snapshot_domain(g->clients, &s->trusts[g->trust], in->conf->trusts[g->trust].revocation, g->domain);
    HC_TRY(e, set_policy(conf, g, e));
    HC_TRY(e, set_identity(in, conf, g, e));
    HC_TRY(e, set_hosts(conf, g, e));
    HC_TRY(e, set_back_end(in, conf, g, e));
    return set_port(in, s, g, e);
}

struct hc_rc hc_snapshot_add_gate(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                                  struct hc_snapshot *s, struct hc_err *e)
{
    struct hc_snapshot_gate *g = &s->gates[s->n_gates++];
    struct hc_rc rc;

    g->serve = -1;
    g->clients = (enum hc_clients)conf->clients.v;
    g->trust = conf->trust_index;
    g->listen = conf->listen;
    memcpy(g->name, conf->name.s, strlen(conf->name.s) + 1); /* the parser bounds it */
    rc = build_gate(in, conf, s, g, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "gate %s", g->name);
        return rc;
    }
    if (g->own->chain.cert[0]->not_after < s->not_after)
        s->not_after = g->own->chain.cert[0]->not_after;
    return HC_OK;
}
