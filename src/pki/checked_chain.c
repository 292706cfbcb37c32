/* checked_chain.c - a chain that passed every check; made by hc_verify and nobody else. */
#include "pki/checked_chain.h"

#include <stdlib.h>

struct hc_checked_chain {
    size_t n;
    int64_t not_after;
    struct hc_cert *cert[HC_PATH_DEPTH];
};

struct hc_rc hc_checked_chain_new(const struct hc_path *path, struct hc_checked_chain **out, struct hc_err *e)
{
    struct hc_checked_chain *chain = calloc(1, sizeof(*chain));
    if (chain == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a chain");
    chain->n = path->n;
    chain->not_after = INT64_MAX;
    for (size_t d = 0; d < path->n; d++) {
        chain->cert[d] = hc_cert_ref((struct hc_cert *)path->cert[d]); /* only its count changes */
        if (chain->cert[d]->not_after < chain->not_after)
            chain->not_after = chain->cert[d]->not_after;
    }
    *out = chain;
    return HC_OK;
}

void hc_checked_chain_free(struct hc_checked_chain *chain)
{
    if (chain == NULL)
        return;
    for (size_t d = 0; d < chain->n; d++)
        hc_cert_free(chain->cert[d]);
    free(chain);
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

int64_t hc_checked_chain_not_after(const struct hc_checked_chain *chain)
{
    return chain->not_after;
}
