/*
 * tls_sessions.h - the sessions that may be resumed: one bounded store for all workers and all listeners of a process.
 *
 * A session is put here only when its handshake is finished, so that nothing that a stranger replays leaves a trace
 * (T46), with the checked chain of its peer and its auth domain. It is given back only to a context of the same auth
 * domain (T1, T2), only before its end, and only after the judge of the connection accepted the chain again (T5). Who
 * a resumed peer is comes from the chain that lies here, the same object as at the full handshake (T3), never from what
 * the client brings along: its ticket is a random number and nothing else. So a revocation can purge exactly.
 *
 * Friends and strangers do not share room: sessions without a certificate have a part of their own, and one certificate
 * can fill a bounded share of the other. In a full part the oldest goes.
 *
 * TLS 1.2 sessions are kept only with the extended master secret [RFC 7627], so that one cannot be spliced into
 * another. No early data is ever accepted. The mechanism was chosen by measurement: see ARCHITECTURE and bench/README.
 *
 * Threads: all functions from any thread; a lock is held for a table's lookup, never while a chain is judged.
 */
#ifndef HC_NET_TLS_SESSIONS_H
#define HC_NET_TLS_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

struct hc_checked_chain;
struct hc_tls_sessions;

#define HC_TLS_SESSION_SECONDS 3600 /* an hour, as common servers; never beyond the end of the peer's chain */
#define HC_TLS_SESSIONS_SHARE 8     /* one certificate fills at most an eighth of the part for those who have one */

/* Room for `friends` sessions of peers with a certificate and `strangers` without. Fails with HC_E_NOMEM. */
struct hc_rc hc_tls_sessions_new(size_t friends, size_t strangers, struct hc_tls_sessions **out, struct hc_err *e);
/* After the last context that uses it. NULL-safe. */
void hc_tls_sessions_free(struct hc_tls_sessions *s);
HC_DEFINE_AUTO(hc_tls_sessions)

/* Forgets every session whose chain `gone` says yes to; returns how many. `gone` is asked once for each chain, and not
 * under the lock: a session that is kept meanwhile stays, as its peer was judged just now. */
size_t hc_tls_sessions_purge(struct hc_tls_sessions *s, bool (*gone)(void *ctx, const struct hc_checked_chain *chain),
                             void *ctx);

/* How many are kept now, and how often one was resumed, refused and evicted since the start. */
struct hc_tls_sessions_counts {
    size_t friends, strangers;
    uint64_t resumed, refused, evicted;
};
struct hc_tls_sessions_counts hc_tls_sessions_counts(struct hc_tls_sessions *s);

#endif
