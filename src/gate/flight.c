/*
 * flight.c - a table of the last handshakes.
 *
 * Invariant: an entry with a record is a refused handshake and has no chain; one without is a finished one. Sequence 0 is
 * a free place, and older than any.
 */
#include "gate/flight.h"

#include <stdlib.h>

#include "base/clock.h"
#include "gate/conn.h"
#include "gate/record.h"
#include "observe/why_json.h"

/* Who fills a place. Compared whole: nothing rests on a hash. */
struct filler {
    bool proven;
    uint8_t at[32]; /* the leaf's fingerprint; or the address, zeros after it */
};

struct entry {
    uint64_t sequence;
    struct filler filler;
    struct hc_checked_chain *chain; /* owned; NULL: no certificate */
    struct hc_cert *leaf;           /* owned; that was presented and refused */
    struct hc_buf record;           /* of a refused one */

    /* of a finished one */
    int64_t time;
    uint32_t took_us;
    bool resumed;
    char gate[sizeof((struct hc_why){0}).gate];
    char server_name[HC_WHY_TEXT];
    const char *tls, *suite; /* static */
    struct hc_addr peer;
    struct hc_tls_trace trace;
};

struct hc_flight {
    uint64_t sequence;
    struct entry entry[HC_FLIGHT_KEPT];
};

struct hc_rc hc_flight_new(struct hc_flight **out, struct hc_err *e)
{
    struct hc_flight *f = calloc(1, sizeof *f);

    if (!f)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the flight recorder");
    *out = f;
    return HC_OK;
}

static void drop(struct entry *it)
{
    hc_checked_chain_free(it->chain);
    hc_cert_free(it->leaf);
    hc_buf_fini(&it->record);
    *it = (struct entry){.sequence = 0};
}

void hc_flight_free(struct hc_flight *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < HC_FLIGHT_KEPT; i++)
        drop(&f->entry[i]);
    free(f);
}

/* --- keeping ------------------------------------------------------------------------------------------------------ */

static struct filler filler_of(const struct hc_conn *c)
{
    struct filler who = {.proven = c->peer != NULL};
    struct hc_source source;

    if (c->peer) {
        memcpy(who.at, hc_checked_chain_leaf(hc_verified_peer_chain(c->peer))->sha256, sizeof who.at);
        return who;
    }
    source = hc_flood_source(&c->peer_addr);
    memcpy(who.at, source.at, source.n);
    return who;
}

static bool is_same(const struct filler *a, const struct filler *b)
{
    return a->proven == b->proven && memcmp(a->at, b->at, sizeof a->at) == 0;
}

/* A free place for this handshake: its filler's oldest when that has its share, else the oldest of all. */
static struct entry *make_place(struct hc_flight *f, const struct hc_conn *c)
{
    struct filler who = filler_of(c);
    struct entry *oldest = &f->entry[0], *own = NULL;
    size_t n_own = 0;

    for (size_t i = 0; i < HC_FLIGHT_KEPT; i++) {
        struct entry *it = &f->entry[i];

        if (it->sequence < oldest->sequence)
            oldest = it;
        if (it->sequence == 0 || !is_same(&it->filler, &who))
            continue;
        n_own++;
        if (!own || it->sequence < own->sequence)
            own = it;
    }
    if (n_own >= HC_FLIGHT_KEPT / HC_FLIGHT_SHARE)
        oldest = own;
    drop(oldest);
    oldest->sequence = ++f->sequence;
    oldest->filler = who;
    return oldest;
}

void hc_flight_finished(struct hc_flight *f, const struct hc_conn *c)
{
    const struct hc_tls_trace *trace = hc_tls_trace(c->tls);
    uint64_t us = hc_mono_us() - c->began_us;
    struct entry *it;

    if (!f)
        return;
    it = make_place(f, c);
    if (c->peer) /* only its count changes */
        it->chain = hc_checked_chain_ref((struct hc_checked_chain *)hc_verified_peer_chain(c->peer));
    it->time = hc_time_now();
    it->took_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    it->resumed = hc_tls_resumed(c->tls);
    hc_why_put(it->gate, sizeof it->gate, hc_bytes_str(c->svc->gate->name));
    hc_why_put(it->server_name, sizeof it->server_name, hc_bytes_str(hc_tls_server_name(c->tls)));
    it->tls = hc_tls_version(c->tls);
    it->suite = hc_tls_cipher(c->tls);
    it->peer = c->peer_addr;
    if (trace)
        it->trace = *trace;
}

void hc_flight_refused(struct hc_flight *f, const struct hc_conn *c, const struct hc_why *why)
{
    const struct hc_cert *leaf = c->tls ? hc_tls_presented(c->tls) : NULL;
    HC_BUF_AUTO(record, HC_WHY_BYTES);
    struct entry *it;

    hc_why_emit(why, &record);
    if (record.failed != HC_OK_CODE)
        return;
    it = make_place(f, c);
    it->record = record;
    record = HC_BUF(0);
    it->leaf = leaf ? hc_cert_ref((struct hc_cert *)leaf) : NULL; /* only its count changes */
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static void tell_finished(const struct entry *it, struct hc_why *out)
{
    char addr[HC_ADDR_TEXT];

    memset(out, 0, sizeof *out);
    out->time = it->time;
    out->stage = HC_WHY_HANDSHAKE;
    out->took_us = it->took_us;
    out->resumed = it->resumed;
    out->proven = it->chain != NULL;
    memcpy(out->gate, it->gate, sizeof out->gate);
    memcpy(out->server_name, it->server_name, sizeof out->server_name);
    hc_why_put(out->tls, sizeof out->tls, hc_bytes_str(it->tls));
    hc_why_put(out->suite, sizeof out->suite, hc_bytes_str(it->suite));
    hc_why_put(out->peer, sizeof out->peer, hc_bytes_str(hc_addr_text(&it->peer, true, addr)));
    hc_record_trace(out, &it->trace);
    if (it->trace.has_random)
        hc_record_random(out, it->trace.random);
    if (!it->chain)
        return;
    hc_record_identity(out, hc_checked_chain_leaf(it->chain));
    hc_record_chain(out, it->chain);
}

/* False for a record that cannot be read; this program has written it. */
static bool tell(const struct entry *it, struct hc_why *out)
{
    struct hc_err e;

    if (it->record.n > 0)
        return hc_ok(hc_why_parse(hc_buf_view(&it->record), out, &e));
    tell_finished(it, out);
    return true;
}

static bool matches(const struct hc_pattern *who, const struct hc_cert *leaf, bool verified)
{
    struct hc_peer_view view = {.verified = verified};
    const struct hc_name *name;

    if (leaf) {
        view.names = leaf->names;
        view.n = leaf->n_names;
    }
    return hc_pattern_matches(who, HC_PATTERN_DENY, &view, &name);
}

static bool is_meant(const struct entry *it, const struct hc_order *order)
{
    if (it->sequence == 0 || (order->kind == HC_ORDER_REFUSED && it->record.n == 0))
        return false;
    if (!order->who)
        return true;
    if (it->chain)
        return matches(order->who, hc_checked_chain_leaf(it->chain), true);
    if (matches(order->who, NULL, true)) /* the pattern asks for no name: then it asks whether any was proven */
        return matches(order->who, NULL, false);
    return it->leaf && matches(order->who, it->leaf, true);
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;

    return x->sequence < y->sequence ? 1 : x->sequence > y->sequence ? -1 : 0;
}

void hc_flight_list(const struct hc_flight *f, unsigned worker, struct hc_order *order)
{
    const struct entry *meant[HC_FLIGHT_KEPT];
    HC_BUF_AUTO(line, HC_WHY_JSON);
    struct hc_why why;
    size_t n = 0;

    for (size_t i = 0; f && i < HC_FLIGHT_KEPT; i++)
        if (is_meant(&f->entry[i], order))
            meant[n++] = &f->entry[i];
    qsort(meant, n, sizeof meant[0], newest_first);
    for (size_t i = 0; i < n; i++) {
        if (!tell(meant[i], &why))
            continue;
        hc_buf_clear(&line);
        hc_why_json_open(&why, &line);
        hc_buf_addf(&line, ",\"worker\":%u}\n", worker);
        hc_order_put(order, &line);
    }
}
