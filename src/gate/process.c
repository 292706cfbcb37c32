/*
 * process.c - the main thread: signals, control socket, loopback listener, workers.
 */
#include "gate/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/process_internal.h"
#include "gate/selfcheck.h"
#include "gate/state.h"
#include "observe/event.h"
#include "observe/metrics.h"
#include "observe/ring.h"
#include "observe/spool.h"

#define SELFCHECK_MS 10000 /* a CRL that goes stale is told within this */
#define UNEASY_MS 3000     /* files that are wrong and change all the time are told as wrong after this */
#define TICK_MS 200        /* a changed CRL judges new handshakes within two of these */

static void process_fini(struct hc_process *p)
{
    hc_control_free(p->control);
    p->control = NULL;
    hc_ops_free(p->ops);
    atomic_store(&p->engine.draining, true);
    hc_process_wake(p);
    for (unsigned i = 0; p->workers && i < p->n_workers; i++)
        hc_worker_free(p->workers[i]);
    free(p->workers);
    hc_process_job_fini(p);
    if (p->floor_due && p->floor)
        hc_process_note(p);
    hc_file_watch_free(p->watch);
    hc_gateconf_free(p->conf);
    hc_gateconf_free(p->refused);
    hc_ring_free(p->ring); /* after the workers, who put into it */
    if (p->engine_made)
        hc_engine_fini(&p->engine);
    hc_floor_free(p->floor); /* after the last set of CRLs, which asks it */
    hc_metrics_free(p->metrics);
    hc_crypto_free(p->crypto);
    hc_fd_close(&p->signals.fd);
    hc_loop_free(p->loop);
}

/* --- while it runs ------------------------------------------------------------------------------------------------ */

static void begin_drain(struct hc_process *p)
{
    if (p->draining)
        return;
    p->draining = true;
    hc_log_say(p->opt->log, HC_LEVEL_INFO, "stopping", "no new connections; those that are open may finish");
    atomic_store(&p->engine.draining, true);
    hc_process_wake(p);
}

/* After a change the first try is a quiet one: what belongs together may still be coming. But files that change again
 * and again must not keep it quiet for ever. */
static void look_again(struct hc_process *p, bool changed)
{
    bool second = p->retry && !changed;
    bool enough = p->uneasy_ms && hc_mono_ms() - p->uneasy_ms >= UNEASY_MS;
    bool quiet = !second && !enough;
    struct hc_err e = {0};

    hc_ignore(hc_process_look_again(p, quiet, &e)); /* what is wrong has been told as an alarm */
    p->retry = p->complained && quiet;
    if (!p->retry)
        p->uneasy_ms = 0;
    else if (!p->uneasy_ms)
        p->uneasy_ms = hc_mono_ms();
}

/* A flood, or a full disk. The log has them all the same. */
static void tell_lost(struct hc_process *p)
{
    uint64_t lost = p->ring ? hc_ring_lost(p->ring) : 0;
    char text[96];

    if (lost == p->ring_told)
        return;
    snprintf(text, sizeof text, "%llu records of refusals were lost: too many at once, or the disk is full",
             (unsigned long long)(lost - p->ring_told));
    p->ring_told = lost;
    hc_process_alarm(p, HC_E_WHY_STORE, "state", text);
}

static void ticked(struct hc_timer *t)
{
    struct hc_process *p = HC_CONTAINER(t, struct hc_process, tick);
    struct hc_err e = {0};
    bool changed = !p->draining && hc_file_watch_changed(p->watch);

    if (p->draining && atomic_load(&p->engine.running) == 0) {
        hc_loop_stop(p->loop);
        return;
    }
    if (p->floor_due)
        hc_process_note(p);
    if (!p->draining && (changed || p->retry))
        look_again(p, changed);
    if (!p->draining && !p->retry && hc_mono_ms() - p->checked_ms >= SELFCHECK_MS) {
        p->quiet = false;
        tell_lost(p);
        hc_process_check(p);
        hc_process_note(p); /* of a CRL whose issuer was met meanwhile, too */
        hc_process_wake(p); /* one that could not take a snapshot over tries again */
    }
    if (hc_failed(hc_loop_timer(p->loop, t, hc_loop_now_ms(p->loop) + TICK_MS, &e)))
        hc_process_alarm(p, e.code, "timer", e.text);
}

static void signalled(struct hc_watch *w, unsigned what)
{
    struct hc_process *p = HC_CONTAINER(w, struct hc_process, signals);
    struct signalfd_siginfo info;
    struct hc_err e = {0};

    (void)what;
    while (read(w->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            begin_drain(p);
        else if (!p->draining)                              /* a listener opened now would have nobody to serve it */
            hc_ignore(hc_process_look_again(p, false, &e)); /* told as alarms */
    }
}

static void emit_metrics(void *ctx, struct hc_buf *out)
{
    struct hc_process *p = ctx;
    HC_AUTO(hc_snapshot) s = hc_engine_take(&p->engine);
    struct hc_gauges gauges = {
        .start_time = p->start_time,
        .alarms = p->alarms,
        .reloads = p->reloads,
        .certificate_not_after = s ? s->not_after : 0,
        .ready = s && !p->draining,
    };

    hc_engine_gauges(&p->engine, &gauges);
    hc_metrics_emit(p->metrics, &gauges, out);
}

static bool is_ready(void *ctx, struct hc_buf *why_not)
{
    struct hc_process *p = ctx;

    if (p->draining)
        hc_buf_add_str(why_not, "stopping\n");
    return !p->draining;
}

/* --- the start ---------------------------------------------------------------------------------------------------- */

static unsigned worker_count(const struct hc_gate_options *opt)
{
    long n = opt->workers ? (long)opt->workers : sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > HC_WORKERS_MAX ? HC_WORKERS_MAX : (unsigned)n;
}

static struct hc_rc take_signals(struct hc_process *p, struct hc_err *e)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot set the signal mask");
    p->signals = (struct hc_watch){.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .ready = signalled};
    if (p->signals.fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot receive signals");
    return hc_loop_watch(p->loop, &p->signals, HC_READ, e);
}

static struct hc_rc start_workers(struct hc_process *p, struct hc_err *e)
{
    unsigned n = worker_count(p->opt);

    p->workers = calloc(n, sizeof *p->workers);
    if (!p->workers)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %u workers", n);
    for (p->n_workers = 0; p->n_workers < n; p->n_workers++)
        HC_TRY(e, hc_worker_start(&p->engine, p->n_workers, &p->workers[p->n_workers], e));
    return HC_OK;
}

/* A user without a runtime directory (cron, su) still gets a gate, and is told what is missing. */
static struct hc_rc start_control(struct hc_process *p, struct hc_err *e)
{
    const char *name = p->conf->gates.v[0].name.s;
    char path[HC_PATH];
    struct hc_err none = {0};

    if (p->opt->no_control)
        return HC_OK;
    if (hc_failed(hc_control_path(name, path, &none))) {
        hc_log_say(p->opt->log, HC_LEVEL_WARNING, "control", "no control socket, so no reload and no status: %s",
                   none.text);
        return HC_OK;
    }
    return hc_control_open(p->loop, name, hc_process_asked, p, &p->control, e);
}

/* Without a place to remember in, the gate is as good as any other until it is started again. */
static struct hc_rc open_floor(struct hc_process *p, struct hc_err *e)
{
    struct hc_err none = {0};
    struct hc_rc rc =
        hc_floor_path(p->opt->state, p->conf->gates.v[0].name.s, p->floor_path, sizeof p->floor_path, &none);

    if (hc_failed(rc)) {
        hc_err_prefix(&none, "CRLs cannot be remembered beyond a restart");
        hc_process_alarm(p, rc.code, "state", none.text);
    }
    HC_TRY(e, hc_floor_open(p->floor_path, hc_process_alarm, p, &p->floor, e));
    hc_engine_raise_floor(&p->engine, hc_floor_time(p->floor));
    hc_process_check_clock(
        p); /* before the first judgement: as of that time even the gate's own files may have ended */
    return HC_OK;
}

/* Nor is a gate worse that cannot tell later why it refused somebody: its log tells. */
static void open_ring(struct hc_process *p)
{
    char path[HC_PATH];
    struct hc_err e = {0};

    if (hc_ok(hc_state_path(p->opt->state, p->conf->gates.v[0].name.s, "why", path, &e)) &&
        hc_ok(hc_ring_open(path, &p->ring, &e))) {
        p->engine.ring = p->ring;
        return;
    }
    hc_err_prefix(&e, "refusals cannot be recorded");
    hc_process_alarm(p, HC_E_WHY_STORE, "state", e.text);
}

static void woken(void *ctx)
{
    hc_process_job_answer(ctx);
}

static struct hc_rc start_doors(struct hc_process *p, struct hc_err *e)
{
    struct hc_ops_source source = {.metrics = emit_metrics, .ready = is_ready, .ctx = p};

    HC_TRY(e, start_control(p, e));
    if (p->opt->ops)
        HC_TRY(e, hc_ops_open(p->loop, p->opt->ops, &source, &p->ops, e));
    return HC_OK;
}

static const char *clients_word(enum hc_clients clients)
{
    return clients == HC_CLIENTS_NONE ? "none" : clients == HC_CLIENTS_OPTIONAL ? "optional" : "required";
}

static void say_started(const struct hc_process *p, const struct hc_snapshot *s)
{
    char text[HC_ADDR_TEXT];

    for (size_t i = 0; i < s->n_gates; i++) {
        struct hc_line line;

        hc_line_begin(&line, p->opt->log, HC_LEVEL_INFO, "listening", hc_time_now());
        hc_line_str(&line, "gate", s->gates[i].name);
        hc_line_str(&line, "address", hc_addr_text(hc_port_addr(s->gates[i].port), true, text));
        hc_line_str(&line, "clients", clients_word(s->gates[i].clients));
        hc_line_str(&line, "revocation", s->trusts[s->gates[i].trust].mode == HC_REVOCATION_NONE ? "none" : "checked");
        hc_line_end(&line);
    }
    if (p->ops)
        hc_log_say(p->opt->log, HC_LEVEL_INFO, "metrics", "http://%s/metrics",
                   hc_addr_text(hc_ops_addr(p->ops), true, text));
}

static struct hc_rc start(struct hc_process *p, struct hc_config_problems *problems, struct hc_err *e)
{
    HC_AUTO(hc_snapshot) s = NULL;

    HC_TRY(e, hc_process_read(p->opt, &p->conf, p->conf_hash, problems, e));
    HC_TRY(e, hc_crypto_new(&p->crypto, e));
    HC_TRY(e, hc_metrics_new(&p->metrics, e));
    HC_TRY(e, hc_file_watch_new(&p->watch, e));
    HC_TRY(e, hc_engine_init(&p->engine, p->crypto, p->opt->log, p->metrics, e));
    p->engine_made = true;
    p->engine.limits = hc_gate_limits_default(worker_count(p->opt));
    HC_TRY(e, hc_loop_new(woken, p, &p->loop, e));
    HC_TRY(e, open_floor(p, e));
    p->n_workers = worker_count(p->opt);
    HC_TRY(e, hc_process_build(p, p->conf, false, &s, e));
    p->n_workers = 0;
    HC_TRY(e, take_signals(p, e));
    HC_TRY(e, start_doors(p, e));
    open_ring(p); /* behind the control socket: of two gates of one name, the second has given up there */
    hc_process_adopt(p, hc_snapshot_ref(s));
    HC_TRY(e, start_workers(p, e));
    p->tick.fire = ticked;
    HC_TRY(e, hc_loop_timer(p->loop, &p->tick, hc_mono_ms() + TICK_MS, e));
    say_started(p, s);
    hc_process_check(p);
    hc_process_note(p);
    return HC_OK;
}

struct hc_rc hc_gate_run(const struct hc_gate_options *options, struct hc_config_problems *problems, struct hc_err *e)
{
    HC_AUTO(hc_spool) spool = NULL;
    struct hc_log log = *options->log;
    struct hc_gate_options spooled = *options;
    struct hc_process p = {.opt = &spooled, .signals.fd = -1, .start_time = hc_time_now()};
    struct hc_rc rc;

    HC_TRY(e, hc_spool_new(log.fd, log.form, &spool, e));
    log.sink = hc_spool_sink(spool);
    spooled.log = &log;
    rc = start(&p, problems, e);
    if (hc_ok(rc)) {
        if (options->started)
            options->started(options->ctx, p.conf);
        hc_loop_run(p.loop);
        hc_log_say(&log, HC_LEVEL_INFO, "stopped", "the gate has ended");
    }
    process_fini(&p);
    return rc;
}

static void warn(void *ctx, enum hc_code code, const char *source, const char *text)
{
    const struct hc_gate_options *options = ctx;

    if (options->warn && code != HC_E_CRL_UNKNOWN_ISSUER) /* as hc_process_alarm */
        options->warn(options->ctx, code, source, text);
}

struct hc_rc hc_gate_check(const struct hc_gate_options *options, struct hc_config_problems *problems, struct hc_err *e)
{
    HC_AUTO(hc_gateconf) conf = NULL;
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_snapshot) s = NULL;
    uint8_t hash[HC_SHA256_SIZE];
    struct hc_gate_options asked = *options;
    struct hc_snapshot_input input = {
        .home = options->home, .workers = 0, .now = hc_time_now(), .alarm = warn, .alarm_ctx = &asked};

    HC_TRY(e, hc_process_read(options, &conf, hash, problems, e));
    HC_TRY(e, hc_crypto_new(&crypto, e));
    input.crypto = crypto;
    input.conf = conf;
    HC_TRY(e, hc_snapshot_build(&input, &s, e));
    (void)hc_selfcheck(s, input.now, warn, &asked);
    return HC_OK;
}
