/*
 * chains.c - a table of fixed size under one lock, and a list from the entry used last to the one used longest ago.
 *
 * Invariants: every entry is in its bucket and in the list, once; `n` is their number and never above `max`. Chains are
 * freed outside the lock: the last owner of one frees certificates.
 */
#include "gate/chains.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/path.h"

struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* in the list */
    struct hc_chains_key key;
    struct hc_checked_chain *chain; /* owned */
};

struct hc_chains {
    pthread_mutex_t lock;
    size_t max, n;
    struct entry *newest, *oldest;
    size_t n_buckets; /* a power of two */
    struct entry **bucket;
};

struct hc_chains_key hc_chains_key(struct hc_presented presented, const uint8_t domain[HC_TLS_DOMAIN],
                                   enum hc_verify_purpose purpose)
{
    uint8_t all[HC_TLS_DOMAIN + 2 + HC_PATH_PRESENTED * HC_SHA256_SIZE];
    struct hc_chains_key key;
    size_t n = HC_TLS_DOMAIN;

    memcpy(all, domain, HC_TLS_DOMAIN);
    all[n++] = (uint8_t)purpose;
    all[n++] = (uint8_t)presented.n;
    for (size_t i = 0; i < presented.n && i < HC_PATH_PRESENTED; i++, n += HC_SHA256_SIZE)
        memcpy(all + n, presented.cert[i]->sha256, HC_SHA256_SIZE);
    hc_sha256(hc_bytes_of(all, n), key.hash);
    return key;
}

struct hc_rc hc_chains_new(size_t max, struct hc_chains **out, struct hc_err *e)
{
    HC_AUTO(hc_chains) c = calloc(1, sizeof *c);

    if (!c)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the cache of chains");
    pthread_mutex_init(&c->lock, NULL); /* a plain mutex: cannot fail on Linux */
    c->max = max;
    for (c->n_buckets = 1; c->n_buckets < max;)
        c->n_buckets *= 2;
    c->bucket = calloc(c->n_buckets, sizeof(struct entry *));
    if (!c->bucket)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the cache of chains");
    *out = HC_GIVE(c);
    return HC_OK;
}

static void entry_free(struct entry *x)
{
    if (!x)
        return;
    hc_checked_chain_free(x->chain);
    free(x);
}

void hc_chains_free(struct hc_chains *c)
{
    if (!c)
        return;
    while (c->newest) {
        struct entry *x = c->newest;

        c->newest = x->older;
        entry_free(x);
    }
    free(c->bucket);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* The key is a hash already: any of its bytes will do. */
static struct entry **bucket_of(struct hc_chains *c, const struct hc_chains_key *key)
{
    size_t h;

    memcpy(&h, key->hash, sizeof h);
    return &c->bucket[h & (c->n_buckets - 1)];
}

static struct entry *find_locked(struct hc_chains *c, const struct hc_chains_key *key)
{
    struct entry *x = *bucket_of(c, key);

    while (x && memcmp(x->key.hash, key->hash, sizeof key->hash) != 0)
        x = x->next;
    return x;
}

static void list_remove_locked(struct hc_chains *c, struct entry *x)
{
    *(x->newer ? &x->newer->older : &c->newest) = x->older;
    *(x->older ? &x->older->newer : &c->oldest) = x->newer;
}

static void list_put_first_locked(struct hc_chains *c, struct entry *x)
{
    x->newer = NULL;
    x->older = c->newest;
    *(x->older ? &x->older->newer : &c->oldest) = x;
    c->newest = x;
}

static struct entry *remove_locked(struct hc_chains *c, struct entry *x)
{
    struct entry **at = bucket_of(c, &x->key);

    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    list_remove_locked(c, x);
    c->n--;
    return x;
}

struct hc_checked_chain *hc_chains_find(struct hc_chains *c, const struct hc_chains_key *key)
{
    struct hc_checked_chain *chain = NULL;
    struct entry *x;

    pthread_mutex_lock(&c->lock);
    x = find_locked(c, key);
    if (x) {
        list_remove_locked(c, x);
        list_put_first_locked(c, x);
        chain = hc_checked_chain_ref(x->chain);
    }
    pthread_mutex_unlock(&c->lock);
    return chain;
}

/* Gives back what is to be freed outside the lock: the entry that had to go, or the new one when there is one
 * already. */
static struct entry *put_locked(struct hc_chains *c, struct entry *x)
{
    struct entry **at = bucket_of(c, &x->key);
    struct entry *gone = NULL;

    if (find_locked(c, &x->key))
        return x;
    if (c->n >= c->max)
        gone = remove_locked(c, c->oldest);
    x->next = *at;
    *at = x;
    list_put_first_locked(c, x);
    c->n++;
    return gone;
}

void hc_chains_keep(struct hc_chains *c, const struct hc_chains_key *key, struct hc_checked_chain *chain)
{
    struct entry *x = c->max > 0 ? calloc(1, sizeof *x) : NULL;
    struct entry *gone;

    if (!x)
        return;
    x->key = *key;
    x->chain = hc_checked_chain_ref(chain);
    pthread_mutex_lock(&c->lock);
    gone = put_locked(c, x);
    pthread_mutex_unlock(&c->lock);
    entry_free(gone);
}

void hc_chains_forget(struct hc_chains *c, const struct hc_chains_key *key)
{
    struct entry *x;

    pthread_mutex_lock(&c->lock);
    x = find_locked(c, key);
    if (x)
        remove_locked(c, x);
    pthread_mutex_unlock(&c->lock);
    entry_free(x);
}

size_t hc_chains_count(struct hc_chains *c)
{
    size_t n;

    pthread_mutex_lock(&c->lock);
    n = c->n;
    pthread_mutex_unlock(&c->lock);
    return n;
}
