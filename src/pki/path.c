/*
 * path.c - the search behind path.h.
 *
 * The stack holds the chain under construction, the leaf at its bottom and never an anchor: an anchor ends a
 * chain. Each level remembers which candidate issuer it
 * considers next. Candidates of a level are numbered in the order of preference: for each grade of key-identifier fit,
 * first all anchors, then all presented certificates. Invariants, asserted because chains that break them would not
 * end:
 *   1. depth < HC_PATH_DEPTH, so that the anchor has a place;
 *   2. no two certificates of the stack are the same certificate, or have the same name and key;
 *   3. steps and candidates only grow, and bound the search.
 */
#include "pki/path.h"

#include <assert.h>

/* How well the key identifiers fit, best first. */
enum { FIT_EQUAL, FIT_UNSAID, FIT_DIFFERS, FITS };

static int fit(const struct hc_cert *child, const struct hc_cert *issuer)
{
    if (child->aki.n == 0 || issuer->ski.n == 0)
        return FIT_UNSAID;
    return hc_bytes_eq(child->aki, issuer->ski) ? FIT_EQUAL : FIT_DIFFERS;
}

struct hc_rc hc_path_begin(struct hc_path_search *s, const struct hc_bundle *bundle,
                           const struct hc_cert *const presented[], size_t n, struct hc_err *e)
{
    if (n == 0)
        return HC_FAIL(e, HC_E_NO_CERTIFICATE, "nothing was presented");
    if (n > HC_PATH_PRESENTED)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "%zu certificates were presented; %d are accepted", n,
                       HC_PATH_PRESENTED);
    *s = (struct hc_path_search){
        .bundle = bundle, .presented = presented, .n_presented = n, .most = HC_PATH_CANDIDATES, .depth = 1};
    return HC_OK;
}

static const struct hc_cert *cert_at(const struct hc_path_search *s, size_t depth)
{
    return s->presented[s->stack[depth].index];
}

static bool link_refused(const struct hc_path_search *s, size_t child, bool anchor, size_t index)
{
    if (anchor)
        return (s->anchors_refused[child][index / 8] >> (index % 8)) & 1;
    return (s->refused[child] >> index) & 1;
}

/* The usual case is the very same bytes. */
static bool same_name(struct hc_bytes a, struct hc_bytes b)
{
    return hc_bytes_eq(a, b) || hc_dn_eq(a, b);
}

/* RFC 5280 6.1.3 (a)(4): "The certificate issuer name is the working_issuer_name." */
static bool bears_issuer_name(const struct hc_cert *child, const struct hc_cert *issuer)
{
    return same_name(child->issuer, issuer->subject);
}

/* One certificate, or one name with one key [RFC 4158 2.4.2]? */
static bool is_same(const struct hc_cert *have, const struct hc_cert *issuer)
{
    return hc_cert_eq(have, issuer) ||
           (hc_bytes_eq(have->spki, issuer->spki) && same_name(have->subject, issuer->subject));
}

static bool ask(const struct hc_path_search *s, struct hc_path_pairs *pairs, size_t child, size_t issuer,
                bool (*question)(const struct hc_cert *child, const struct hc_cert *issuer))
{
    uint64_t bit = UINT64_C(1) << issuer;
    if ((pairs->asked[child] & bit) == 0) {
        pairs->asked[child] |= bit;
        if (question(s->presented[child], s->presented[issuer]))
            pairs->yes[child] |= bit;
    }
    return (pairs->yes[child] & bit) != 0;
}

/* Would it come twice? */
static bool repeats(struct hc_path_search *s, bool anchor, size_t index)
{
    for (size_t d = 0; d < s->depth; d++) {
        size_t have = s->stack[d].index;
        if (anchor ? is_same(cert_at(s, d), hc_bundle_anchor(s->bundle, index))
                   : ask(s, &s->same, have, index, is_same))
            return true;
    }
    return false;
}

static bool may_follow(struct hc_path_search *s, size_t child, bool anchor, size_t index)
{
    bool named = anchor ? bears_issuer_name(s->presented[child], hc_bundle_anchor(s->bundle, index))
                        : ask(s, &s->issued, child, index, bears_issuer_name);
    return named && !repeats(s, anchor, index);
}

/* Moves the top of the stack on to its next candidate issuer. False when there is none, or the budget is spent. */
static bool next_issuer(struct hc_path_search *s, bool *anchor, size_t *index)
{
    size_t top = s->depth - 1;
    size_t n_anchors = hc_bundle_count(s->bundle);
    size_t round = n_anchors + s->n_presented;
    const struct hc_cert *child = cert_at(s, top);
    while (s->stack[top].next < FITS * round && s->steps < HC_PATH_STEPS) {
        size_t i = s->stack[top].next++;
        s->steps++;
        size_t at = i % round;
        *anchor = at < n_anchors;
        *index = *anchor ? at : at - n_anchors;
        const struct hc_cert *issuer = *anchor ? hc_bundle_anchor(s->bundle, *index) : s->presented[*index];
        if (fit(child, issuer) != (int)(i / round) || link_refused(s, s->stack[top].index, *anchor, *index))
            continue;
        if (may_follow(s, s->stack[top].index, *anchor, *index))
            return true;
    }
    return false;
}

static void propose(const struct hc_path_search *s, size_t anchor, struct hc_path *out)
{
    out->n = s->depth + 1;
    for (size_t d = 0; d < s->depth; d++) {
        out->cert[d] = cert_at(s, d);
        out->index[d] = s->stack[d].index;
    }
    out->cert[s->depth] = hc_bundle_anchor(s->bundle, anchor);
    out->index[s->depth] = anchor;
}

enum hc_path_step hc_path_next(struct hc_path_search *s, struct hc_path *out)
{
    while (s->depth > 0) {
        assert(s->depth < HC_PATH_DEPTH);
        bool anchor = false;
        size_t index = 0;
        if (!next_issuer(s, &anchor, &index)) {
            if (s->steps >= HC_PATH_STEPS)
                return HC_PATH_BUDGET;
            s->depth--;
            continue;
        }
        if (anchor) {
            if (s->candidates == s->most)
                return HC_PATH_BUDGET;
            s->candidates++;
            propose(s, index, out);
            return HC_PATH_FOUND;
        }
        /* The anchor needs a place too. */
        if (s->depth + 1 < HC_PATH_DEPTH) {
            s->stack[s->depth].index = index;
            s->stack[s->depth].next = 0;
            s->depth++;
        }
    }
    return HC_PATH_END;
}

void hc_path_refuse_link(struct hc_path_search *s, const struct hc_path *path, size_t depth)
{
    assert(depth + 1 < path->n);
    size_t child = path->index[depth];
    size_t issuer = path->index[depth + 1];
    if (depth + 2 == path->n)
        s->anchors_refused[child][issuer / 8] |= (uint8_t)(1u << (issuer % 8));
    else
        s->refused[child] |= UINT64_C(1) << issuer;
    /* What stands on the stack above that link can only lead to the same refusal. */
    if (s->depth > depth + 1)
        s->depth = depth + 1;
}
