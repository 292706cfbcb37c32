/*
 * chains.h - checked chains that were presented before, so that they need not be checked from their signatures again.
 *
 * A chain is kept only once its bearer finished a handshake with it (T46), under the hash of what was presented and the
 * auth domain it was judged in; only accepted ones; bounded, the one used longest ago goes first. Whoever finds one
 * judges it again by hc_verify_recheck: dates and revocation are never remembered.
 *
 * Shared by all workers: any thread. A lock is held for a table's lookup.
 */
#ifndef HC_GATE_CHAINS_H
#define HC_GATE_CHAINS_H

#include "base/auto.h"
#include "crypto/digest.h"
#include "net/tls.h"
#include "pki/verify.h"

struct hc_chains;

struct hc_chains_key {
    uint8_t hash[HC_SHA256_SIZE];
};

/* Everything that hc_verify would look at but the policy's revocation, time and name. */
struct hc_chains_key hc_chains_key(struct hc_presented presented, const uint8_t domain[HC_TLS_DOMAIN],
                                   enum hc_verify_purpose purpose);

/* Room for `max` chains (some 3 KB each). Fails with HC_E_NOMEM. */
struct hc_rc hc_chains_new(size_t max, struct hc_chains **out, struct hc_err *e);
void hc_chains_free(struct hc_chains *c);
HC_DEFINE_AUTO(hc_chains)

/* The chain, with an owner for the caller; NULL when it is not there. */
struct hc_checked_chain *hc_chains_find(struct hc_chains *c, const struct hc_chains_key *key);

/* Its bearer proved possession. Keeps an owner of its own; a failure to keep it is no loss and is not told. */
void hc_chains_keep(struct hc_chains *c, const struct hc_chains_key *key, struct hc_checked_chain *chain);

/* It was found and is good no more. */
void hc_chains_forget(struct hc_chains *c, const struct hc_chains_key *key);

size_t hc_chains_count(struct hc_chains *c);

#endif
