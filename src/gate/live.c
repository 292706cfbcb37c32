/*
 * live.c - groups of peers: a table to find one by what it rests on, a heap to find the one that ends first.
 *
 * Invariants: a group has at least one peer, or is in work (`busy`); heap[g->slot] == g for every group; a parent in
 * the heap is due no later than its children; the table holds every group once. Judging a group may end connections,
 * and the end of one may remove peers of other groups: see hc_live_judge_all.
 */
#include "gate/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define BUCKETS_FIRST 64 /* always a power of two; doubled when there are more groups than buckets */

struct hc_live_group {
    struct hc_live_group *next; /* in its bucket */
    struct hc_live_peer *peers;
    struct hc_live_key key; /* the name stands behind the struct; the chain has an owner here */
    uint64_t hash;
    uint64_t walked; /* the walk that came by last */
    int64_t due;     /* the last second at which it need not be judged */
    size_t slot;     /* in the heap */
    bool busy;       /* in work: not freed when its last peer goes */
    char gate[];
};

struct hc_live {
    struct hc_live_group **bucket;
    size_t n_buckets;
    struct hc_live_group **heap; /* from 0 */
    size_t n, cap;
    size_t n_peers;
    uint64_t walk;
};

struct hc_rc hc_live_new(struct hc_live **out, struct hc_err *e)
{
    struct hc_live *live = calloc(1, sizeof *live);
    struct hc_live_group **bucket = calloc(BUCKETS_FIRST, sizeof(struct hc_live_group *));

    if (!live || !bucket) {
        free(live);
        free(bucket);
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the index of connections");
    }
    live->bucket = bucket;
    live->n_buckets = BUCKETS_FIRST;
    *out = live;
    return HC_OK;
}

void hc_live_free(struct hc_live *live)
{
    if (!live)
        return;
    free(live->bucket);
    free(live->heap);
    free(live);
}

/* --- the heap ----------------------------------------------------------------------------------------------------- */

static void place(struct hc_live *live, struct hc_live_group *g, size_t slot)
{
    live->heap[slot] = g;
    g->slot = slot;
}

static void sift_up(struct hc_live *live, struct hc_live_group *g)
{
    size_t i = g->slot;

    while (i > 0 && live->heap[(i - 1) / 2]->due > g->due) {
        place(live, live->heap[(i - 1) / 2], i);
        i = (i - 1) / 2;
    }
    place(live, g, i);
}

static void sift_down(struct hc_live *live, struct hc_live_group *g)
{
    size_t i = g->slot;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < live->n && live->heap[child + 1]->due < live->heap[child]->due)
            child++;
        if (child >= live->n || live->heap[child]->due >= g->due)
            break;
        place(live, live->heap[child], i);
        i = child;
    }
    place(live, g, i);
}

static struct hc_rc heap_reserve(struct hc_live *live, struct hc_err *e)
{
    size_t cap = live->cap ? live->cap * 2 : 16;
    struct hc_live_group **heap;

    if (live->n < live->cap)
        return HC_OK;
    heap = realloc(live->heap, cap * sizeof(struct hc_live_group *));
    if (!heap)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the index of connections");
    live->heap = heap;
    live->cap = cap;
    return HC_OK;
}

static void heap_remove(struct hc_live *live, struct hc_live_group *g)
{
    struct hc_live_group *last = live->heap[--live->n];

    if (last == g)
        return;
    place(live, last, g->slot);
    sift_up(live, last);
    sift_down(live, last);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct hc_live_key *key)
{
    uint64_t h = hc_bytes_hash(HC_BYTES_HASH, hc_bytes_str(key->gate));

    h = hc_bytes_hash(h, hc_checked_chain_hash(key->chain));
    return h ^ (uint64_t)key->purpose;
}

/* The same peer's chain is mostly the very same object, as the cache of chains gives it to every handshake. */
static bool same(const struct hc_live_key *a, const struct hc_live_key *b)
{
    return a->purpose == b->purpose && strcmp(a->gate, b->gate) == 0 &&
           (a->chain == b->chain || hc_bytes_eq(hc_checked_chain_hash(a->chain), hc_checked_chain_hash(b->chain)));
}

static struct hc_live_group **bucket_of(const struct hc_live *live, uint64_t hash)
{
    return &live->bucket[(hash ^ hash >> 32) & (live->n_buckets - 1)];
}

static struct hc_live_group *find(const struct hc_live *live, const struct hc_live_key *key, uint64_t hash)
{
    struct hc_live_group *g = *bucket_of(live, hash);

    while (g && !(g->hash == hash && same(&g->key, key)))
        g = g->next;
    return g;
}

static void table_add(struct hc_live *live, struct hc_live_group *g)
{
    struct hc_live_group **b = bucket_of(live, g->hash);

    g->next = *b;
    *b = g;
}

/* A table that cannot grow is only slower. */
static void table_grow(struct hc_live *live)
{
    struct hc_live_group **bucket;

    if (live->n < live->n_buckets)
        return;
    bucket = calloc(live->n_buckets * 2, sizeof(struct hc_live_group *));
    if (!bucket)
        return;
    free(live->bucket);
    live->bucket = bucket;
    live->n_buckets *= 2;
    for (size_t i = 0; i < live->n; i++)
        table_add(live, live->heap[i]);
}

/* --- groups and peers --------------------------------------------------------------------------------------------- */

static struct hc_rc make_group(struct hc_live *live, const struct hc_live_key *key, uint64_t hash,
                               struct hc_live_group **out, struct hc_err *e)
{
    size_t n = strlen(key->gate) + 1;
    struct hc_live_group *g;

    HC_TRY(e, heap_reserve(live, e));
    g = calloc(1, sizeof *g + n);
    if (!g)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the index of connections");
    memcpy(g->gate, key->gate, n);
    g->key = (struct hc_live_key){g->gate, key->purpose, hc_checked_chain_ref(key->chain)};
    g->hash = hash;
    g->walked = live->walk;
    g->due = hc_checked_chain_not_after(key->chain);
    table_grow(live);
    table_add(live, g);
    place(live, g, live->n++);
    sift_up(live, g);
    *out = g;
    return HC_OK;
}

static void drop_group(struct hc_live *live, struct hc_live_group *g)
{
    struct hc_live_group **at = bucket_of(live, g->hash);

    if (g->peers || g->busy)
        return;
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    heap_remove(live, g);
    hc_checked_chain_free(g->key.chain);
    free(g);
}

struct hc_rc hc_live_add(struct hc_live *live, struct hc_live_peer *peer, const struct hc_live_key *key,
                         struct hc_err *e)
{
    uint64_t hash = hash_of(key);
    struct hc_live_group *g = find(live, key, hash);

    if (!g)
        HC_TRY(e, make_group(live, key, hash, &g, e));
    peer->group = g;
    peer->next = g->peers;
    peer->prev = &g->peers;
    if (peer->next)
        peer->next->prev = &peer->next;
    g->peers = peer;
    live->n_peers++;
    return HC_OK;
}

void hc_live_remove(struct hc_live *live, struct hc_live_peer *peer)
{
    struct hc_live_group *g = peer->group;

    if (!g)
        return;
    *peer->prev = peer->next;
    if (peer->next)
        peer->next->prev = peer->prev;
    peer->group = NULL;
    peer->next = NULL;
    peer->prev = NULL;
    live->n_peers--;
    drop_group(live, g);
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

/* How many were ended. The group is gone afterwards when all were. */
static size_t judge_group(struct hc_live *live, struct hc_live_group *g, hc_live_judge *judge, void *ctx)
{
    struct hc_err e = {0};
    size_t ended = 0;

    if (hc_ok(judge(ctx, &g->key, &e)))
        return 0;
    g->busy = true;
    while (g->peers) {
        struct hc_live_peer *peer = g->peers;

        hc_live_remove(live, peer);
        peer->end(peer, &e);
        ended++;
    }
    g->busy = false;
    drop_group(live, g);
    return ended;
}

/* A judgement may remove groups, and a removal moves another into the place of the one that went: so a place is done
 * only once its group was judged in this walk, and those that moved to a place which was done are found when it begins
 * anew. */
size_t hc_live_judge_all(struct hc_live *live, hc_live_judge *judge, void *ctx)
{
    size_t ended = 0;
    size_t before;

    live->walk++;
    do {
        before = live->n;
        for (size_t i = 0; i < live->n;) {
            struct hc_live_group *g = live->heap[i];

            if (g->walked == live->walk) {
                i++;
            } else {
                g->walked = live->walk;
                ended += judge_group(live, g, judge, ctx);
            }
        }
    } while (live->n < before);
    return ended;
}

size_t hc_live_judge_ended(struct hc_live *live, int64_t now, hc_live_judge *judge, void *ctx)
{
    size_t ended = 0;

    while (live->n > 0 && live->heap[0]->due < now) {
        struct hc_live_group *g = live->heap[0];

        g->due = now; /* whatever becomes of it, it is not the first any more */
        sift_down(live, g);
        ended += judge_group(live, g, judge, ctx);
    }
    return ended;
}

int64_t hc_live_next_end(const struct hc_live *live)
{
    return live->n > 0 ? live->heap[0]->due : INT64_MAX;
}

size_t hc_live_peers(const struct hc_live *live)
{
    return live->n_peers;
}

size_t hc_live_groups(const struct hc_live *live)
{
    return live->n;
}
