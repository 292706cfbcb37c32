/*
 * path.h - proposes chains: which presented certificates, in which order, lead from the leaf to an anchor?
 *
 * A bounded, backtracking, depth-first search from the leaf upwards. A candidate issuer is a certificate whose
 * subject is the issuer wanted [RFC 5280 6.1.3 (a)(4)]; anchors are tried before presented ones, and those whose key
 * identifier fits before those where one is missing, before those where they differ (RFC 5280 makes identifiers a
 * help, not a rule; libcrypto refuses a mismatch afterwards). No certificate comes twice in a chain, nor the same
 * name with the same key, so loops cannot be built.
 *
 * Nothing is judged here but names: every proposal must be checked, and the caller reports a link that can never hold
 * with hc_path_refuse_link, so that no other proposal contains it.
 */
#ifndef HC_PKI_PATH_H
#define HC_PKI_PATH_H

#include "base/err.h"
#include "pki/bundle.h"
#include "pki/cert.h"

#define HC_PATH_PRESENTED 64  /* what a peer may present, the leaf too; real chains have 2 to 4, meshes 40 */
#define HC_PATH_DEPTH 8       /* certificates in a chain, leaf and anchor included */
#define HC_PATH_STEPS 50000   /* issuers considered for one leaf: a few milliseconds at worst */
#define HC_PATH_CANDIDATES 64 /* chains proposed for one leaf */

/* One proposal: leaf first, anchor last. Borrowed from what was presented and from the bundle. */
struct hc_path {
    size_t n;
    const struct hc_cert *cert[HC_PATH_DEPTH];
    size_t index[HC_PATH_DEPTH]; /* where each came from: its index in the presented list; of the last, in the bundle */
};

enum hc_path_step {
    HC_PATH_FOUND,  /* a proposal was given */
    HC_PATH_END,    /* there are no more */
    HC_PATH_BUDGET, /* the search was given up at its limit */
};

/* A search; caller's storage, no fini. */
struct hc_path_search {
    const struct hc_bundle *bundle;
    const struct hc_cert *const *presented; /* [0] is the leaf */
    size_t n_presented;
    size_t steps;
    size_t candidates;
    size_t most;  /* candidates; HC_PATH_CANDIDATES unless the caller lowers it after hc_path_begin */
    size_t depth; /* certificates on the stack below, the leaf included */
    struct {
        size_t index; /* in the presented list */
        size_t next;  /* the next candidate to consider as its issuer */
    } stack[HC_PATH_DEPTH];
    /* What was found out about two of the presented, so that it is asked once: names may be long. */
    struct hc_path_pairs {
        uint64_t asked[HC_PATH_PRESENTED], yes[HC_PATH_PRESENTED];
    } issued, same; /* bit p of [c]: p bears the name of the issuer of c; p and c are one, or have one name and key */
    uint64_t refused[HC_PATH_PRESENTED]; /* bit p of [c]: presented p did not sign presented c */
    uint8_t anchors_refused[HC_PATH_PRESENTED][HC_BUNDLE_ANCHORS / 8];
};

/*
 * Begins a search; what is given is borrowed until the last hc_path_next.
 * Fails with HC_E_NO_CERTIFICATE (n is 0), HC_E_CHAIN_TOO_LONG (more than HC_PATH_PRESENTED).
 */
struct hc_rc hc_path_begin(struct hc_path_search *s, const struct hc_bundle *bundle,
                           const struct hc_cert *const presented[], size_t n, struct hc_err *e);

/* The next proposal. `out` is written only when HC_PATH_FOUND is returned. */
enum hc_path_step hc_path_next(struct hc_path_search *s, struct hc_path *out);

/* The certificate at `depth` of `path` was not signed by the one above it: propose nothing with that link again. */
void hc_path_refuse_link(struct hc_path_search *s, const struct hc_path *path, size_t depth);

#endif
