/* engine.c - the shared part: limits, what is remembered of peers, the time, and the newest snapshot behind a lock. */
#include "gate/engine.h"

#include <sys/resource.h>

#include "base/clock.h"

#define FILES_PER_CONNECTION 2 /* the peer and the back end */
#define FILES_RESERVED 128     /* listeners, logs, configuration files */
#define CONNECTIONS_MAX 1000000

#define CHAINS 4096             /* peers that come back within a working day; some 12 MB when full */
#define SESSIONS_FRIENDS 16384  /* two programs, each with two sessions, for every chain; some 1 KB each */
#define SESSIONS_STRANGERS 2048 /* browsers without a certificate; whoever floods these loses only these */

/* The limit on open files is raised as far as allowed: a gate's connections are descriptors. */
static size_t connections(unsigned workers)
{
    struct rlimit r = {.rlim_cur = 1024, .rlim_max = 1024};
    size_t n;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        rlim_t before = r.rlim_cur;

        r.rlim_cur = r.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &r) != 0)
            r.rlim_cur = before;
    }
    n = r.rlim_cur > CONNECTIONS_MAX * FILES_PER_CONNECTION ? CONNECTIONS_MAX * FILES_PER_CONNECTION
                                                            : (size_t)r.rlim_cur;
    n = n > FILES_RESERVED * 2 ? n - FILES_RESERVED : n / 2;
    n = n / FILES_PER_CONNECTION / workers;
    return n ? n : 1;
}

struct hc_gate_limits hc_gate_limits_default(unsigned workers)
{
    return (struct hc_gate_limits){
        .handshake_ms = 10000,
        .http = {.head_ms = 10000, .idle_ms = 60000, .connect_ms = 5000, .upstream_ms = 60000},
        .relay_idle_ms = UINT64_C(12) * 3600 * 1000,
        .alert_ms = 1000,
        .drain_ms = 30000,
        .connections = connections(workers),
    };
}

static struct hc_rc make_stores(struct hc_engine *engine, struct hc_err *e)
{
    HC_AUTO(hc_tls_sessions) sessions = NULL;
    HC_AUTO(hc_chains) chains = NULL;

    HC_TRY(e, hc_tls_sessions_new(SESSIONS_FRIENDS, SESSIONS_STRANGERS, &sessions, e));
    HC_TRY(e, hc_chains_new(CHAINS, &chains, e));
    if (pthread_mutex_init(&engine->lock, NULL) != 0)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot make a lock");
    engine->sessions = HC_GIVE(sessions);
    engine->chains = HC_GIVE(chains);
    return HC_OK;
}

struct hc_rc hc_engine_init(struct hc_engine *engine, struct hc_crypto *crypto, const struct hc_log *log,
                            struct hc_metrics *metrics, struct hc_err *e)
{
    *engine = (struct hc_engine){.crypto = crypto, .log = log, .metrics = metrics};
    atomic_init(&engine->floor, INT64_MIN);
    return make_stores(engine, e);
}

void hc_engine_fini(struct hc_engine *engine)
{
    hc_snapshot_free(engine->current);
    engine->current = NULL;
    hc_tls_sessions_free(engine->sessions);
    hc_chains_free(engine->chains);
    pthread_mutex_destroy(&engine->lock);
}

int64_t hc_engine_now(const struct hc_engine *engine)
{
    int64_t now = hc_time_now();
    int64_t floor = atomic_load(&engine->floor);

    return now > floor ? now : floor;
}

void hc_engine_raise_floor(struct hc_engine *engine, int64_t seconds)
{
    int64_t floor = atomic_load(&engine->floor);

    while (floor < seconds && !atomic_compare_exchange_weak(&engine->floor, &floor, seconds))
        ;
}

void hc_engine_gauges(struct hc_engine *engine, struct hc_gauges *out)
{
    struct hc_tls_sessions_counts counts = hc_tls_sessions_counts(engine->sessions);

    out->sessions_friends = counts.friends;
    out->sessions_strangers = counts.strangers;
    out->sessions_evicted = counts.evicted;
    out->sessions_refused = counts.refused;
    out->chains = hc_chains_count(engine->chains);
}

enum hc_ended hc_ended_kind(enum hc_code why)
{
    switch (why) {
    case HC_E_REVOKED:
    case HC_E_ISSUER_REVOKED:
        return HC_ENDED_REVOKED;
    case HC_E_CERT_EXPIRED:
    case HC_E_ISSUER_EXPIRED:
        return HC_ENDED_EXPIRED;
    case HC_E_DISCONNECTED:
        return HC_ENDED_DISCONNECTED;
    default:
        return hc_row(why)->class == HC_CLASS_CERTIFICATE ? HC_ENDED_TRUST : HC_ENDED_RULES;
    }
}

void hc_engine_give(struct hc_engine *engine, struct hc_snapshot *s)
{
    struct hc_snapshot *old;

    pthread_mutex_lock(&engine->lock);
    old = engine->current;
    engine->current = s;
    pthread_mutex_unlock(&engine->lock);
    hc_snapshot_free(old);
}

struct hc_snapshot *hc_engine_take(struct hc_engine *engine)
{
    struct hc_snapshot *s;

    pthread_mutex_lock(&engine->lock);
    s = engine->current ? hc_snapshot_ref(engine->current) : NULL;
    pthread_mutex_unlock(&engine->lock);
    return s;
}
