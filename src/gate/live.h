/*
 * live.h - the live index of one worker: which connections rest on which chain, and what ends first.
 *
 * Peers that present the same chain to the same gate are one group, so that a revocation costs one judgement for each
 * distinct chain and not one for each connection. Groups stand in a heap by the end of their chain. When anything that
 * a judgement rests on changes (CRLs, bundle, rules, the clock), the worker has every group judged again and ends the
 * connections of those that have lost their right; the same when a chain ends.
 *
 * A peer is here from the moment its handshake is done (T46) until its connection is closed. Back ends that showed a
 * certificate are peers too.
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_LIVE_H
#define HC_GATE_LIVE_H

#include "base/auto.h"
#include "base/err.h"
#include "pki/verify.h"

struct hc_live;
struct hc_live_group;

/* Embedded in whoever has the connection. */
struct hc_live_peer {
    struct hc_live_peer *next;
    struct hc_live_peer **prev;
    struct hc_live_group *group; /* NULL: not in the index */
    /* Its right has ended: close the connection, now, with this reason. May remove itself; it is removed before the
     * call otherwise. */
    void (*end)(struct hc_live_peer *peer, const struct hc_err *why);
};

/* What a group is. */
struct hc_live_key {
    const char *gate;               /* its name; copied */
    enum hc_verify_purpose purpose; /* HC_VERIFY_CLIENT, or HC_VERIFY_SERVER for a back end */
    struct hc_checked_chain *chain; /* an owner more is kept */
};

struct hc_rc hc_live_new(struct hc_live **out, struct hc_err *e);
/* All peers must have been removed. NULL-safe. */
void hc_live_free(struct hc_live *live);
HC_DEFINE_AUTO(hc_live)

/* Fails with HC_E_NOMEM; then the connection must not go on, as nothing could end it. */
struct hc_rc hc_live_add(struct hc_live *live, struct hc_live_peer *peer, const struct hc_live_key *key,
                         struct hc_err *e);
/* Safe when it is not in the index. */
void hc_live_remove(struct hc_live *live, struct hc_live_peer *peer);

/* HC_OK: the group goes on. Otherwise every peer of it is ended with `e`. */
typedef struct hc_rc hc_live_judge(void *ctx, const struct hc_live_key *key, struct hc_err *e);

/* Has every group judged; returns how many peers were ended. */
size_t hc_live_judge_all(struct hc_live *live, hc_live_judge *judge, void *ctx);

/* Has those groups judged whose chain ended before `now`; returns how many peers were ended. One that the judge lets go
 * on (the clock was set back meanwhile) is asked again a second later. */
size_t hc_live_judge_ended(struct hc_live *live, int64_t now, hc_live_judge *judge, void *ctx);

/* The last second of the chain that ends first; INT64_MAX when there is none. */
int64_t hc_live_next_end(const struct hc_live *live);

/* How many are in it. */
size_t hc_live_peers(const struct hc_live *live);
size_t hc_live_groups(const struct hc_live *live);

#endif
