/* checked_chain.c - a chain that passed every check; made by hc_verify and nobody else. */
#include "pki/checked_chain.h"

#include <stdlib.h>

struct hc_checked_chain {
    atomic_uint refs;
    size_t n;
    bool path_only;
    int64_t not_after;
    struct hc_cert *cert[HC_PATH_DEPTH];
    struct hc_checked_signers signers; /* of certificates above; they have none themselves */
    uint8_t hash[HC_SHA256_SIZE];
};

static void hash_chain(struct hc_checked_chain *chain)
{
    uint8_t all[HC_PATH_DEPTH * HC_SHA256_SIZE];
    for (size_t d = 0; d < chain->n; d++)
        memcpy(all + d * HC_SHA256_SIZE, chain->cert[d]->sha256, HC_SHA256_SIZE);
    hc_sha256(hc_bytes_of(all, chain->n * HC_SHA256_SIZE), chain->hash);
}

struct hc_rc hc_checked_chain_new(const struct hc_path *path, const struct hc_checked_signers *signers, bool path_only,
                                  struct hc_checked_chain **out, struct hc_err *e)
{
    struct hc_checked_chain *chain = calloc(1, sizeof(*chain));
    if (chain == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a chain");
    atomic_init(&chain->refs, 1);
    chain->n = path->n;
    chain->path_only = path_only;
    chain->not_after = INT64_MAX;
    for (size_t d = 0; d < path->n; d++) {
        chain->cert[d] = hc_cert_ref((struct hc_cert *)path->cert[d]); /* only its count changes */
        if (chain->cert[d]->not_after < chain->not_after)
            chain->not_after = chain->cert[d]->not_after;
    }
    for (size_t i = 0; i < signers->n; i++)
        chain->signers.chain[chain->signers.n++] = hc_checked_chain_ref(signers->chain[i]);
    hash_chain(chain);
    *out = chain;
    return HC_OK;
}

struct hc_checked_chain *hc_checked_chain_ref(struct hc_checked_chain *chain)
{
    atomic_fetch_add_explicit(&chain->refs, 1, memory_order_relaxed);
    return chain;
}

void hc_checked_chain_free(struct hc_checked_chain *chain)
{
    if (chain == NULL || atomic_fetch_sub_explicit(&chain->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < chain->signers.n; i++) /* one level deep: a signer's chain has no signers */
        hc_checked_chain_free(chain->signers.chain[i]);
    for (size_t d = 0; d < chain->n; d++)
        hc_cert_free(chain->cert[d]);
    free(chain);
}

void hc_checked_chain_path(const struct hc_checked_chain *chain, struct hc_path *out)
{
    *out = (struct hc_path){.n = chain->n};
    for (size_t d = 0; d < chain->n; d++)
        out->cert[d] = chain->cert[d];
}

const struct hc_checked_signers *hc_checked_chain_signers(const struct hc_checked_chain *chain)
{
    return &chain->signers;
}

bool hc_checked_chain_is_path_only(const struct hc_checked_chain *chain)
{
    return chain->path_only;
}

size_t hc_checked_chain_count(const struct hc_checked_chain *chain)
{
    return chain->n;
}

const struct hc_cert *hc_checked_chain_cert(const struct hc_checked_chain *chain, size_t depth)
{
    return chain->cert[depth];
}

const struct hc_cert *hc_checked_chain_leaf(const struct hc_checked_chain *chain)
{
    return chain->cert[0];
}

const struct hc_cert *hc_checked_chain_anchor(const struct hc_checked_chain *chain)
{
    return chain->cert[chain->n - 1];
}

struct hc_bytes hc_checked_chain_hash(const struct hc_checked_chain *chain)
{
    return hc_bytes_of(chain->hash, sizeof(chain->hash));
}

int64_t hc_checked_chain_not_after(const struct hc_checked_chain *chain)
{
    return chain->not_after;
}
