/* snapshot.c - from a configuration's words to what a gate runs on. */
#include "gate/snapshot.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gate/place.h"
#include "gate/snapshot_parts.h"

struct shared { /* in front of the snapshot that everyone sees */
    atomic_uint owners;
    atomic_uint keepers; /* all owners together count as one */
    struct hc_snapshot s;
};

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
        hc_snapshot_gate_fini(&s->gates[i]);
    free(s->gates);
    free(s->trusts);
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
    hc_snapshot_drop_trusts(s);
    hc_snapshot_let_go(s);
}

const struct hc_snapshot_gate *hc_snapshot_gate(const struct hc_snapshot *s, const char *name)
{
    for (size_t i = 0; s && i < s->n_gates; i++)
        if (strcmp(s->gates[i].name, name) == 0)
            return &s->gates[i];
    return NULL;
}

const struct hc_trust *hc_snapshot_trust(const struct hc_snapshot *s, const char *name)
{
    const struct hc_snapshot_gate *g = hc_snapshot_gate(s, name);

    return g ? &s->trusts[g->trust] : NULL;
}

/* --- gates at one address ----------------------------------------------------------------------------------------- */

/* `near` may be of an older snapshot. With port 0 each gate has a port of its own. */
static bool at_address(const struct hc_snapshot_gate *g, const struct hc_snapshot_gate *near)
{
    bool both_any = g->listen.port == 0 && near->listen.port == 0;

    return hc_listen_same(&g->listen, &near->listen) || (both_any && strcmp(g->name, near->name) == 0);
}

const struct hc_snapshot_gate *hc_snapshot_at(const struct hc_snapshot *s, const struct hc_snapshot_gate *near,
                                              struct hc_bytes name)
{
    const struct hc_snapshot_gate *only = NULL;
    const struct hc_snapshot_gate *best = NULL;
    enum hc_hosts_fit best_fit = HC_HOSTS_NOT;
    size_t n = 0;

    for (size_t i = 0; i < s->n_gates; i++) {
        const struct hc_snapshot_gate *g = &s->gates[i];
        enum hc_hosts_fit fit;

        if (!at_address(g, near))
            continue;
        only = g;
        n++;
        fit = hc_hosts_fit(g->hosts, name);
        if (fit > best_fit) {
            best = g;
            best_fit = fit;
        }
    }
    return n == 1 ? only : best;
}

static struct hc_rc check_pair(struct hc_snapshot_gate *a, struct hc_snapshot_gate *b, struct hc_err *e)
{
    const struct hc_snapshot_gate *silent = hc_hosts_count(a->hosts) == 0 ? a : b;
    const char *name = hc_hosts_clash(a->hosts, b->hosts);

    a->shares = true;
    b->shares = true;
    if (hc_hosts_count(silent->hosts) == 0)
        return HC_FAIL(e, HC_E_CONFIG_CONTRADICTION,
                       "gates %s and %s share an address, and %s answers to no server name: its certificate has no DNS "
                       "name; give it hosts:",
                       a->name, b->name, silent->name);
    if (name)
        return HC_FAIL(e, HC_E_CONFIG_CONTRADICTION,
                       "gates %s and %s share an address, and both answer to %s; give them hosts: that differ", a->name,
                       b->name, name);
    return HC_OK;
}

static struct hc_rc check_addresses(struct hc_snapshot *s, struct hc_err *e)
{
    for (size_t i = 0; i < s->n_gates; i++)
        for (size_t k = 0; k < i; k++)
            if (hc_listen_same(&s->gates[k].listen, &s->gates[i].listen))
                HC_TRY(e, check_pair(&s->gates[k], &s->gates[i], e));
    return HC_OK;
}

/* --- building ----------------------------------------------------------------------------------------------------- */

bool hc_snapshot_keep_old(const struct hc_snapshot_input *in, const char *source, const struct hc_err *e)
{
    if (!in->keep_broken || !in->previous)
        return false;
    if (in->alarm)
        in->alarm(in->alarm_ctx, e->code, source, e->text);
    return true;
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
    HC_TRY(e, hc_snapshot_set_trusts(in, s, e));
    for (size_t i = 0; i < in->conf->gates.n; i++)
        HC_TRY(e, hc_snapshot_add_gate(in, &in->conf->gates.v[i], s, e));
    HC_TRY(e, check_addresses(s, e));
    HC_TRY(e, hc_snapshot_set_revocation(in, s, e));
    *out = HC_GIVE(s);
    return HC_OK;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

struct paths {
    const struct hc_gateconf *conf;
    const char *home;
    void (*each)(void *ctx, const char *path);
    void *ctx;
};

static struct hc_rc tell_trust(const struct paths *p, const struct hc_trust_use *use, struct hc_err *e)
{
    struct hc_place_crls crls;
    char bundle[HC_PATH];

    HC_TRY(e, hc_place_bundle(p->home, use, bundle, e));
    if (bundle[0])
        p->each(p->ctx, bundle);
    for (size_t i = 0; i < use->bundle->entries.n; i++)
        p->each(p->ctx, use->bundle->entries.v[i].file.s);
    if ((!bundle[0] && use->bundle->entries.n == 0) || use->revocation->none.v)
        return HC_OK;
    HC_TRY(e, hc_place_crls(p->home, use, &crls, e));
    for (size_t i = 0; i < crls.n; i++)
        p->each(p->ctx, crls.path[i]);
    return HC_OK;
}

/* Gates that differ in their profile only name the same files. */
static bool told_before(const struct hc_gateconf *conf, size_t i)
{
    const struct hc_trust_use *use = &conf->trusts[i];

    for (size_t k = 0; k < i; k++)
        if (conf->trusts[k].bundle == use->bundle && conf->trusts[k].revocation == use->revocation &&
            conf->trusts[k].home == use->home)
            return true;
    return false;
}

struct hc_rc hc_snapshot_paths(const struct hc_gateconf *conf, const char *home,
                               void (*each)(void *ctx, const char *path), void *ctx, struct hc_err *e)
{
    const struct paths p = {conf, home, each, ctx};
    char chain[HC_PATH];
    char key[HC_PATH];

    for (size_t i = 0; i < conf->n_trusts; i++)
        if (!told_before(conf, i))
            HC_TRY(e, tell_trust(&p, &conf->trusts[i], e));
    for (size_t i = 0; i < conf->gates.n; i++) {
        HC_TRY(e, hc_place_identity(home, &conf->gates.v[i].identity, chain, key, e));
        each(ctx, chain);
        each(ctx, key);
    }
    return HC_OK;
}
