/*
 * tls_sessions.c - the store of sessions: a table by id, and an order of age in each part and for each certificate.
 *
 * A session lies here as bytes, encoded and without certificates: what libssl has in use is never shared between
 * connections, because it writes into it (into the cipher, and "not resumable" when a connection breaks off).
 *
 * Invariants, under the lock: every entry is in one bucket and in one part's order; an entry with a chain is also in
 * the order of its owner, the certificate; an owner has at least one entry and at most `share`; no part has more than
 * its room. Memory is got before the lock is taken and given back after it was left.
 */
#include "net/tls_sessions.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/secret.h"
#include "net/tls_internal.h"

#define SWEEP 4 /* ended sessions that are dropped each time one is kept: more than come */

struct owner;

struct entry {
    LIST_ENTRY(entry) in_bucket;
    TAILQ_ENTRY(entry) in_part;
    TAILQ_ENTRY(entry) in_owner;
    struct owner *owner; /* NULL: a stranger's */
    struct hc_checked_chain *chain;
    struct hc_secret *session;
    int64_t end;
    uint8_t id[HC_TLS_SESSION_ID];
    uint8_t domain[HC_TLS_DOMAIN];
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(order, entry); /* the oldest first */

/* A certificate that sessions are kept of. */
struct owner {
    LIST_ENTRY(owner) in_bucket;
    uint8_t sha256[32];
    struct order entries;
    size_t n;
};

LIST_HEAD(owners, owner);

struct part {
    struct order entries;
    size_t n, room;
};

struct hc_tls_sessions {
    pthread_mutex_t lock;
    struct part friends, strangers;
    size_t share;
    size_t mask; /* both tables have mask + 1 buckets */
    struct bucket *buckets;
    struct owners *owners;
    struct hc_tls_sessions_counts counts;
};

/* What was taken out under the lock and is freed after it. */
struct dropped {
    struct order entries;
    LIST_HEAD(, owner) owners;
};

static size_t buckets_for(size_t n)
{
    size_t size = 16;

    while (size < n && size < SIZE_MAX / 64)
        size *= 2;
    return size;
}

struct hc_rc hc_tls_sessions_new(size_t friends, size_t strangers, struct hc_tls_sessions **out, struct hc_err *e)
{
    struct hc_tls_sessions *s = calloc(1, sizeof *s);
    size_t n = buckets_for(friends + strangers);

    if (s) {
        s->buckets = calloc(n, sizeof *s->buckets);
        s->owners = calloc(n, sizeof *s->owners);
    }
    if (!s || !s->buckets || !s->owners || pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s ? s->buckets : NULL);
        free(s ? s->owners : NULL);
        free(s);
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu TLS sessions", friends + strangers);
    }
    s->mask = n - 1;
    s->friends.room = friends;
    s->strangers.room = strangers;
    s->share = friends / HC_TLS_SESSIONS_SHARE > 0 ? friends / HC_TLS_SESSIONS_SHARE : 1;
    TAILQ_INIT(&s->friends.entries);
    TAILQ_INIT(&s->strangers.entries);
    *out = s;
    return HC_OK;
}

/* --- taking out --------------------------------------------------------------------------------------------------- */

static void dropped_init(struct dropped *d)
{
    TAILQ_INIT(&d->entries);
    LIST_INIT(&d->owners);
}

static void entry_free(struct entry *it)
{
    if (!it)
        return;
    hc_checked_chain_free(it->chain);
    hc_secret_free(it->session);
    free(it);
}

static void dropped_free(struct dropped *d)
{
    struct entry *it;
    struct owner *owner;

    while ((it = TAILQ_FIRST(&d->entries))) {
        TAILQ_REMOVE(&d->entries, it, in_part);
        entry_free(it);
    }
    while ((owner = LIST_FIRST(&d->owners))) {
        LIST_REMOVE(owner, in_bucket);
        free(owner);
    }
}

static struct part *part_of(struct hc_tls_sessions *s, bool is_friend)
{
    return is_friend ? &s->friends : &s->strangers;
}

static void drop_locked(struct hc_tls_sessions *s, struct entry *it, struct dropped *d)
{
    struct part *part = part_of(s, it->owner != NULL);

    LIST_REMOVE(it, in_bucket);
    TAILQ_REMOVE(&part->entries, it, in_part);
    part->n--;
    if (it->owner) {
        TAILQ_REMOVE(&it->owner->entries, it, in_owner);
        if (--it->owner->n == 0) {
            LIST_REMOVE(it->owner, in_bucket);
            LIST_INSERT_HEAD(&d->owners, it->owner, in_bucket);
        }
    }
    TAILQ_INSERT_TAIL(&d->entries, it, in_part);
}

void hc_tls_sessions_free(struct hc_tls_sessions *s)
{
    struct dropped d;

    if (!s)
        return;
    dropped_init(&d);
    while (!TAILQ_EMPTY(&s->friends.entries))
        drop_locked(s, TAILQ_FIRST(&s->friends.entries), &d);
    while (!TAILQ_EMPTY(&s->strangers.entries))
        drop_locked(s, TAILQ_FIRST(&s->strangers.entries), &d);
    dropped_free(&d);
    pthread_mutex_destroy(&s->lock);
    free(s->buckets);
    free(s->owners);
    free(s);
}

/* --- putting in --------------------------------------------------------------------------------------------------- */

/* Ids are our own random numbers and fingerprints are hashes: their first bytes are as good as any. */
static size_t bucket_of(const struct hc_tls_sessions *s, const uint8_t random[32])
{
    uint64_t hash;

    memcpy(&hash, random, sizeof hash);
    return (size_t)hash & s->mask;
}

static struct entry *lookup_locked(struct hc_tls_sessions *s, const uint8_t id[HC_TLS_SESSION_ID])
{
    struct entry *it;

    for (it = LIST_FIRST(&s->buckets[bucket_of(s, id)]); it; it = LIST_NEXT(it, in_bucket))
        if (hc_bytes_eq_ct(hc_bytes_of(it->id, sizeof it->id), hc_bytes_of(id, HC_TLS_SESSION_ID)))
            break;
    return it;
}

static struct entry *entry_new(const struct hc_tls_kept *kept)
{
    struct entry *it = calloc(1, sizeof *it);
    struct hc_err e;

    if (!it || hc_failed(hc_secret_copy(kept->session, &it->session, &e))) {
        free(it);
        return NULL;
    }
    memcpy(it->id, kept->id, sizeof it->id);
    memcpy(it->domain, kept->domain, sizeof it->domain);
    it->end = kept->end;
    it->chain = kept->chain ? hc_checked_chain_ref(kept->chain) : NULL;
    return it;
}

/* A new owner in case the certificate has none yet. */
static struct owner *owner_new(const struct hc_checked_chain *chain)
{
    struct owner *owner = calloc(1, sizeof *owner);

    if (!owner)
        return NULL;
    memcpy(owner->sha256, hc_checked_chain_leaf(chain)->sha256, sizeof owner->sha256);
    TAILQ_INIT(&owner->entries);
    return owner;
}

static struct owner *owner_locked(struct hc_tls_sessions *s, const uint8_t sha256[32])
{
    struct owner *owner;

    for (owner = LIST_FIRST(&s->owners[bucket_of(s, sha256)]); owner; owner = LIST_NEXT(owner, in_bucket))
        if (memcmp(owner->sha256, sha256, sizeof owner->sha256) == 0)
            break;
    return owner;
}

static void evict_locked(struct hc_tls_sessions *s, struct entry *it, struct dropped *d)
{
    if (!it)
        return;
    drop_locked(s, it, d);
    s->counts.evicted++;
}

/* Room for one more in the part; the new one's own certificate gives way first when it has its share. */
static void make_room_locked(struct hc_tls_sessions *s, struct part *part, struct owner *owner, int64_t now,
                             struct dropped *d)
{
    struct entry *oldest;

    for (int i = 0; i < SWEEP && (oldest = TAILQ_FIRST(&part->entries)) && oldest->end <= now; i++)
        drop_locked(s, oldest, d);
    if (owner && owner->n >= s->share)
        evict_locked(s, TAILQ_FIRST(&owner->entries), d);
    if (part->n >= part->room)
        evict_locked(s, TAILQ_FIRST(&part->entries), d);
}

/* Takes `it` and, when it is a friend's, `spare`. */
static void insert_locked(struct hc_tls_sessions *s, struct entry *it, struct owner *spare, int64_t now,
                          struct dropped *d)
{
    struct part *part = part_of(s, spare != NULL);
    struct owner *owner;

    make_room_locked(s, part, spare ? owner_locked(s, spare->sha256) : NULL, now, d);
    owner = spare ? owner_locked(s, spare->sha256) : NULL; /* again: its last entry may just have gone, and it too */
    if (spare && !owner) {
        owner = spare;
        LIST_INSERT_HEAD(&s->owners[bucket_of(s, owner->sha256)], owner, in_bucket);
    } else if (spare) {
        LIST_INSERT_HEAD(&d->owners, spare, in_bucket);
    }
    it->owner = owner;
    LIST_INSERT_HEAD(&s->buckets[bucket_of(s, it->id)], it, in_bucket);
    TAILQ_INSERT_TAIL(&part->entries, it, in_part);
    part->n++;
    if (owner) {
        TAILQ_INSERT_TAIL(&owner->entries, it, in_owner);
        owner->n++;
    }
}

bool hc_tls_sessions_keep(struct hc_tls_sessions *s, const struct hc_tls_kept *kept, int64_t now)
{
    struct entry *it;
    struct owner *spare = NULL;
    struct dropped d;
    bool is_new;

    if (part_of(s, kept->chain != NULL)->room == 0 || kept->session.n > HC_TLS_SESSION_MAX || kept->end <= now)
        return false;
    it = entry_new(kept);
    if (it && kept->chain)
        spare = owner_new(kept->chain);
    if (!it || (kept->chain && !spare)) {
        entry_free(it);
        return false;
    }
    dropped_init(&d);
    pthread_mutex_lock(&s->lock);
    is_new = lookup_locked(s, it->id) == NULL;
    if (is_new)
        insert_locked(s, it, spare, now, &d);
    pthread_mutex_unlock(&s->lock);
    dropped_free(&d);
    if (!is_new) {
        entry_free(it);
        free(spare);
    }
    return is_new;
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

bool hc_tls_sessions_find(struct hc_tls_sessions *s, const uint8_t id[HC_TLS_SESSION_ID],
                          const uint8_t domain[HC_TLS_DOMAIN], int64_t now, struct hc_tls_found *out)
{
    struct entry *it;
    struct hc_bytes session;
    bool found;

    pthread_mutex_lock(&s->lock);
    it = lookup_locked(s, id);
    found = it && it->end > now && memcmp(it->domain, domain, sizeof it->domain) == 0; /* T1, T2 */
    if (found) {
        session = hc_secret_view(it->session);
        memcpy(out->session, session.p, session.n);
        out->n = session.n;
        out->chain = it->chain ? hc_checked_chain_ref(it->chain) : NULL;
        out->end = it->end;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

void hc_tls_sessions_refuse(struct hc_tls_sessions *s, const uint8_t id[HC_TLS_SESSION_ID])
{
    struct entry *it;
    struct dropped d;

    dropped_init(&d);
    pthread_mutex_lock(&s->lock);
    s->counts.refused++;
    it = lookup_locked(s, id);
    if (it)
        drop_locked(s, it, &d);
    pthread_mutex_unlock(&s->lock);
    dropped_free(&d);
}

void hc_tls_sessions_count_resumed(struct hc_tls_sessions *s)
{
    pthread_mutex_lock(&s->lock);
    s->counts.resumed++;
    pthread_mutex_unlock(&s->lock);
}

/* --- purging ------------------------------------------------------------------------------------------------------ */

/* The chains that sessions are kept of, each once, with an owner. */
struct chains {
    struct hc_checked_chain **at;
    size_t n;
};

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (struct hc_checked_chain *const *)a;
    uintptr_t y = (uintptr_t) * (struct hc_checked_chain *const *)b;

    return x < y ? -1 : x > y;
}

/* In order of address. False when there is no memory. */
static bool chains_take(struct hc_tls_sessions *s, struct chains *out)
{
    size_t n = 0;

    out->at = calloc(s->friends.room + 1, sizeof *out->at);
    if (!out->at)
        return false;
    pthread_mutex_lock(&s->lock);
    for (struct entry *it = TAILQ_FIRST(&s->friends.entries); it; it = TAILQ_NEXT(it, in_part))
        out->at[n++] = hc_checked_chain_ref(it->chain);
    pthread_mutex_unlock(&s->lock);
    qsort(out->at, n, sizeof *out->at, by_address);
    for (size_t i = 0; i < n; i++) {
        if (out->n > 0 && out->at[out->n - 1] == out->at[i])
            hc_checked_chain_free(out->at[i]);
        else
            out->at[out->n++] = out->at[i];
    }
    return true;
}

static void chains_fini(struct chains *c)
{
    for (size_t i = 0; i < c->n; i++)
        hc_checked_chain_free(c->at[i]);
    free(c->at);
}

/* Leaves those that `gone` says yes to. Without the lock: judging thousands takes longer than a handshake may wait. */
static void chains_judge(struct chains *c, bool (*gone)(void *ctx, const struct hc_checked_chain *chain), void *ctx)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (gone(ctx, c->at[i]))
            c->at[n++] = c->at[i];
        else
            hc_checked_chain_free(c->at[i]);
    }
    c->n = n;
}

size_t hc_tls_sessions_purge(struct hc_tls_sessions *s, bool (*gone)(void *ctx, const struct hc_checked_chain *chain),
                             void *ctx)
{
    __attribute__((cleanup(chains_fini))) struct chains chains = {0};
    struct entry *next;
    struct dropped d;
    size_t n = 0;

    if (!chains_take(s, &chains))
        return 0; /* whoever resumes is judged again all the same */
    chains_judge(&chains, gone, ctx);
    dropped_init(&d);
    pthread_mutex_lock(&s->lock);
    for (struct entry *it = TAILQ_FIRST(&s->friends.entries); it && chains.n > 0; it = next) {
        next = TAILQ_NEXT(it, in_part);
        if (bsearch(&it->chain, chains.at, chains.n, sizeof *chains.at, by_address)) {
            drop_locked(s, it, &d);
            n++;
        }
    }
    pthread_mutex_unlock(&s->lock);
    dropped_free(&d);
    return n;
}

struct hc_tls_sessions_counts hc_tls_sessions_counts(struct hc_tls_sessions *s)
{
    struct hc_tls_sessions_counts counts;

    pthread_mutex_lock(&s->lock);
    counts = s->counts;
    counts.friends = s->friends.n;
    counts.strangers = s->strangers.n;
    pthread_mutex_unlock(&s->lock);
    return counts;
}
