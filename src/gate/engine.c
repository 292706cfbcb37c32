/* engine.c - the shared part: limits, and the newest snapshot behind a lock. */
#include "gate/engine.h"

#include <sys/resource.h>

#define FILES_PER_CONNECTION 2 /* the peer and the back end */
#define FILES_RESERVED 128     /* listeners, logs, configuration files */
#define CONNECTIONS_MAX 1000000

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

struct hc_rc hc_engine_init(struct hc_engine *engine, struct hc_crypto *crypto, const struct hc_log *log,
                            struct hc_metrics *metrics, struct hc_err *e)
{
    *engine = (struct hc_engine){.crypto = crypto, .log = log, .metrics = metrics};
    if (pthread_mutex_init(&engine->lock, NULL) != 0)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot make a lock");
    return HC_OK;
}

void hc_engine_fini(struct hc_engine *engine)
{
    hc_snapshot_free(engine->current);
    engine->current = NULL;
    pthread_mutex_destroy(&engine->lock);
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
