/*
 * judge.h - judges what peers and back ends present, always by the newest trust that the worker has.
 *
 * A chain that was checked before is judged again by everything but its signatures (hc_verify_recheck); dates and
 * revocation are asked at every handshake. Whatever a judgement leaves behind (a chain that is remembered, a place in
 * the live index) comes only after the handshake: T46.
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_JUDGE_H
#define HC_GATE_JUDGE_H

#include "gate/chains.h"
#include "gate/live.h"
#include "gate/worker.h"
#include "net/tls.h"

/* What is known of a judgement until the handshake it belongs to is done. Embedded in whoever has the connection. */
struct hc_judging {
    struct hc_worker *worker;
    const char *gate;               /* whose trust counts; borrowed until the handshake is done */
    enum hc_verify_purpose purpose; /* HC_VERIFY_CLIENT, or HC_VERIFY_SERVER for a back end */
    const struct hc_name *name;     /* that a back end must carry; borrowed; NULL: any */
    uint64_t generation;            /* of the snapshot that the judgement was made by; 0: none was made */
    bool known;                     /* the chain had been checked before */
    struct hc_chains_key key;       /* of what was presented and checked just now */
    bool keep;                      /* `key` is set */
};

/* For a handshake; `j` stays where it is until it is done. */
struct hc_tls_judge hc_judge_of(struct hc_judging *j);

/*
 * The handshake is done and its peer has this chain. Judges it again when a newer snapshot was taken over meanwhile,
 * and remembers it for the next time. Fails with the verdict's code; then nothing may be served.
 */
struct hc_rc hc_judge_proven(struct hc_judging *j, const struct hc_checked_chain *chain, struct hc_err *e);

/* Does a connection that rests on this chain still stand? Fails only with what ends it: hc_verify_ends says yes to the
 * code, its gate is gone (HC_E_NO_RULE), or it cannot be judged (HC_E_NOMEM, HC_E_LIBRARY). For hc_live_judge: ctx is
 * the worker. */
struct hc_rc hc_judge_standing(void *worker, const struct hc_live_key *key, struct hc_err *e);

/* Would any trust of the snapshot still accept this chain of a client? For sessions, which know no gate. */
bool hc_judge_anywhere(struct hc_worker *w, const struct hc_checked_chain *chain);

#endif
