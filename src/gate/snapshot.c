/* snapshot.c - from a configuration's words to what a gate runs on. */
#include "gate/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/place.h"
#include "pki/pem.h"

#define CHAIN_MAX 8    /* certificates that a gate presents */
#define ISSUERS_MAX 64 /* issuing CAs whose CRLs are verified before a peer presents them */

struct shared { /* in front of the snapshot that everyone sees */
    atomic_uint owners;
    atomic_uint keepers; /* all owners together count as one */
    struct hc_snapshot s;
};

static void hc_own_free(struct hc_own *own)
{
    if (!own || atomic_fetch_sub_explicit(&own->refs, 1, memory_order_acq_rel) > 1)
        return;
    hc_cert_list_fini(&own->chain);
    hc_key_free(own->key);
    free(own);
}
HC_DEFINE_AUTO(hc_own)

static void gate_fini(struct hc_snapshot_gate *g)
{
    hc_policy_free(g->policy);
    hc_own_free(g->own);
    hc_fd_close(&g->serve);
}

static struct shared *shared_of(struct hc_snapshot *s)
{
    return HC_CONTAINER(s, struct shared, s);
}

struct hc_snapshot *hc_snapshot_ref(struct hc_snapshot *s)
{
    atomic_fetch_add_explicit(&shared_of(s)->owners, 1, memory_order_relaxed);
    return s;
}

struct hc_snapshot *hc_snapshot_keep(struct hc_snapshot *s)
{
    atomic_fetch_add_explicit(&shared_of(s)->keepers, 1, memory_order_relaxed);
    return s;
}

void hc_snapshot_let_go(struct hc_snapshot *s)
{
    if (!s || atomic_fetch_sub_explicit(&shared_of(s)->keepers, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < s->n_gates; i++)
        gate_fini(&s->gates[i]);
    free(s->gates);
    free(shared_of(s));
}

void hc_snapshot_free(struct hc_snapshot *s)
{
    if (!s || atomic_fetch_sub_explicit(&shared_of(s)->owners, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < s->n_gates; i++) {
        hc_port_free(s->gates[i].port);
        s->gates[i].port = NULL;
    }
    hc_bundle_free(s->bundle);
    s->bundle = NULL;
    hc_revocation_free(s->revocation);
    s->revocation = NULL;
    hc_snapshot_let_go(s);
}

const struct hc_snapshot_gate *hc_snapshot_gate(const struct hc_snapshot *s, const char *name)
{
    for (size_t i = 0; s && i < s->n_gates; i++)
        if (strcmp(s->gates[i].name, name) == 0)
            return &s->gates[i];
    return NULL;
}

/* Broken now, good before, and nobody asked for anything new: the good one stays, and somebody is told. */
static bool keep_old(const struct hc_snapshot_input *in, const char *source, const struct hc_err *e)
{
    if (!in->keep_broken || !in->previous)
        return false;
    if (in->alarm)
        in->alarm(in->alarm_ctx, e->code, source, e->text);
    return true;
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
    *out = HC_GIVE(own);
    return HC_OK;
}

static struct hc_rc set_identity(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                                 struct hc_snapshot_gate *g, struct hc_err *e)
{
    const struct hc_snapshot_gate *old = hc_snapshot_gate(in->previous, g->name);
    struct hc_rc rc = load_identity(in, &conf->identity, &g->own, e);

    if (hc_ok(rc) || !old || !keep_old(in, "identity", e))
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
    const char **room = calloc(n + 1, sizeof *room);
    struct hc_route_spec spec;
    struct hc_rc rc;

    if (!room)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a route");
    spec = (struct hc_route_spec){
        .path = conf->path.s,
        .methods = texts(&conf->methods, room),
        .allow = texts(&conf->allow, room + conf->methods.n),
        .deny = texts(&conf->deny, room + conf->methods.n + conf->allow.n),
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

static struct hc_rc set_port(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                             struct hc_snapshot_gate *g, struct hc_err *e)
{
    if (in->workers == 0)
        return HC_OK;
    for (size_t i = 0; in->previous && i < in->previous->n_gates; i++) {
        struct hc_port *old = in->previous->gates[i].port;
        const struct hc_listen *listen = hc_port_listen(old);

        if (strcmp(listen->host, conf->listen.host) == 0 && listen->port == conf->listen.port &&
            (listen->port != 0 || strcmp(in->previous->gates[i].name, g->name) == 0)) {
            g->port = hc_port_ref(old);
            return HC_OK;
        }
    }
    return hc_port_open(&conf->listen, in->workers, &g->port, e);
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
    if (hc_ok(rc) || !old || !keep_old(in, "back end", e))
        return rc;
    g->upstream = old->upstream;
    if (old->serve >= 0)
        g->serve = fcntl(old->serve, F_DUPFD_CLOEXEC, 0);
    if (old->serve >= 0 && g->serve < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot duplicate a descriptor");
    return HC_OK;
}

static struct hc_rc build_gate(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                               struct hc_snapshot_gate *g, struct hc_err *e)
{
    HC_TRY(e, set_policy(conf, g, e));
    HC_TRY(e, set_identity(in, conf, g, e));
    HC_TRY(e, set_back_end(in, conf, g, e));
    return set_port(in, conf, g, e);
}

static struct hc_rc add_gate(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf, struct hc_snapshot *s,
                             struct hc_err *e)
{
    struct hc_snapshot_gate *g = &s->gates[s->n_gates++];
    struct hc_rc rc;

    g->serve = -1;
    g->clients = (enum hc_clients)conf->clients.v;
    memcpy(g->name, conf->name.s, strlen(conf->name.s) + 1); /* the parser bounds it */
    rc = build_gate(in, conf, g, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "gate %s", g->name);
        return rc;
    }
    if (g->own->chain.cert[0]->not_after < s->not_after)
        s->not_after = g->own->chain.cert[0]->not_after;
    return HC_OK;
}

/* --- trust -------------------------------------------------------------------------------------------------------- */

static struct hc_rc load_bundle(const struct hc_snapshot_input *in, const char *path, struct hc_bundle **out,
                                struct hc_err *e)
{
    HC_TRY(e, hc_file_check_not_shared(path, e));
    return hc_bundle_load(in->crypto, path, in->now, out, e);
}

static struct hc_rc set_bundle(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_place_bundle(in->home, in->conf, path, e));
    if (!path[0])
        return HC_OK;
    rc = load_bundle(in, path, &s->bundle, e);
    if (hc_failed(rc) && in->previous && in->previous->bundle && keep_old(in, path, e)) {
        s->bundle = hc_bundle_ref(in->previous->bundle);
        return HC_OK;
    }
    return rc;
}

/* The CRLs in a directory. What is gone by now or cannot be read is for the loader to tell: the others count all the
 * same. */
static struct hc_rc check_crl_directory(const char *dir, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};
    struct hc_rc rc = hc_dir_list(dir, "", HC_REVOCATION_NAMES, &names, e);
    char path[HC_PATH];

    if (rc.code == HC_E_NOMEM)
        return rc;
    for (size_t i = 0; i < names.n; i++) {
        if (!hc_revocation_load_takes(names.name[i]))
            continue;
        HC_TRY(e, hc_path_join(path, dir, names.name[i], e));
        rc = hc_file_check_not_shared(path, e);
        if (hc_failed(rc) && rc.code != HC_E_FILE_MISSING && rc.code != HC_E_FILE_UNREADABLE)
            return rc;
    }
    return HC_OK;
}

static struct hc_rc check_crl_paths(const char *const *paths, size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++) {
        HC_TRY(e, hc_file_check_not_shared(paths[i], e));
        HC_TRY(e, check_crl_directory(paths[i], e));
    }
    return HC_OK;
}

/* The issuing CAs of the gates' own chains: their CRLs can then be verified at once, not only when a peer presents
 * them. */
struct issuers {
    const struct hc_cert *cert[ISSUERS_MAX];
    size_t n;
};

static void own_issuers(const struct hc_snapshot *s, struct issuers *out)
{
    out->n = 0;
    for (size_t i = 0; i < s->n_gates; i++)
        for (size_t d = 1; d < s->gates[i].own->chain.n && out->n < ISSUERS_MAX; d++)
            out->cert[out->n++] = s->gates[i].own->chain.cert[d];
}

static struct hc_rc set_revocation(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e)
{
    const struct hc_revocation_conf *conf = &in->conf->revocation;
    struct hc_place_crls crls;
    struct issuers issuers;
    struct hc_revocation_input input = {
        .previous = in->previous ? in->previous->revocation : NULL,
        .bundle = s->bundle,
        .now = in->now,
        .alarm = in->alarm,
        .alarm_ctx = in->alarm_ctx,
    };
    struct hc_rc rc;

    s->mode = conf->none.v ? HC_REVOCATION_NONE
                           : (conf->check.v == HC_CONF_CHECK_LEAF ? HC_REVOCATION_LEAF : HC_REVOCATION_CHAIN);
    if (s->mode == HC_REVOCATION_NONE || !s->bundle)
        return HC_OK;
    own_issuers(s, &issuers);
    input.issuer = issuers.cert;
    input.n_issuers = issuers.n;
    HC_TRY(e, hc_place_crls(in->home, in->conf, &crls, e));
    rc = check_crl_paths(crls.path, crls.n, e);
    if (hc_ok(rc))
        rc = hc_revocation_load(in->crypto, crls.path, crls.n, &input, &s->revocation, e);
    if (hc_failed(rc) && in->previous && in->previous->revocation && keep_old(in, "revocation", e)) {
        s->revocation = hc_revocation_ref(in->previous->revocation);
        return HC_OK;
    }
    return rc;
}

struct hc_rc hc_snapshot_build(const struct hc_snapshot_input *in, struct hc_snapshot **out, struct hc_err *e)
{
    HC_AUTO(hc_snapshot) s = NULL;
    struct shared *shared = calloc(1, sizeof *shared);

    if (!shared)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a snapshot");
    atomic_init(&shared->owners, 1);
    atomic_init(&shared->keepers, 1);
    s = &shared->s;
    s->generation = in->previous ? in->previous->generation + 1 : 1;
    s->crypto = in->crypto;
    s->not_after = HC_TIME_MAX;
    s->gates = calloc(in->conf->gates.n, sizeof *s->gates);
    if (!s->gates)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu gates", in->conf->gates.n);
    HC_TRY(e, set_bundle(in, s, e));
    for (size_t i = 0; i < in->conf->gates.n; i++)
        HC_TRY(e, add_gate(in, &in->conf->gates.v[i], s, e));
    HC_TRY(e, set_revocation(in, s, e));
    *out = HC_GIVE(s);
    return HC_OK;
}

struct hc_rc hc_snapshot_paths(const struct hc_gateconf *conf, const char *home,
                               void (*each)(void *ctx, const char *path), void *ctx, struct hc_err *e)
{
    char a[HC_PATH];
    char b[HC_PATH];
    struct hc_place_crls crls;

    HC_TRY(e, hc_place_bundle(home, conf, a, e));
    if (a[0])
        each(ctx, a);
    if (a[0] && !conf->revocation.none.v) {
        HC_TRY(e, hc_place_crls(home, conf, &crls, e));
        for (size_t i = 0; i < crls.n; i++)
            each(ctx, crls.path[i]);
    }
    for (size_t i = 0; i < conf->gates.n; i++) {
        HC_TRY(e, hc_place_identity(home, &conf->gates.v[i].identity, a, b, e));
        each(ctx, a);
        each(ctx, b);
    }
    return HC_OK;
}
