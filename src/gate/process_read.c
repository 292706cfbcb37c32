/*
 * process_read.c - reading, and reading again.
 *
 * Looking again: the new text of the configuration is tried first, whole; if anything in it or in what it names is
 * wrong, the configuration that runs stays. Then every file that the running configuration names is read anew, and a
 * file that cannot be used leaves its last good state in place. A first failure is tried once more a moment later
 * before anybody is woken: two files that belong together are not replaced in one instant.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/process_internal.h"
#include "gate/selfcheck.h"
#include "observe/event.h"

void hc_process_alarm(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct hc_process *p = ctx;

    if (code == HC_E_CRL_UNKNOWN_ISSUER) /* ordinary: peers present their issuing CA, and then its CRL is verified */
        return;
    p->complained = true;
    if (p->quiet)
        return;
    p->alarms++;
    hc_event_alarm(p->opt->log, code, source, text, hc_time_now());
}

void hc_process_wake(struct hc_process *p)
{
    for (unsigned i = 0; p->workers && i < p->n_workers; i++)
        if (p->workers[i])
            hc_worker_wake(p->workers[i]);
}

#define CONF_MAX (1024 * 1024)

struct hc_rc hc_process_read(const struct hc_gate_options *opt, struct hc_gateconf **out, uint8_t hash[HC_SHA256_SIZE],
                             struct hc_config_problems *problems, struct hc_err *e)
{
    HC_BUF_AUTO(text, CONF_MAX);

    if (!opt->file)
        return hc_gateconf_from_flags(opt->flags, out, problems, e);
    HC_TRY(e, hc_file_check_not_shared(opt->file, e));
    HC_TRY(e, hc_file_read(opt->file, &text, e));
    hc_sha256(hc_buf_view(&text), hash);
    return hc_gateconf_parse(hc_buf_view(&text), opt->file, out, problems, e);
}

struct watching {
    struct hc_file_watch *watch;
    struct hc_err *e;
    struct hc_rc rc;
};

static void watch_one(void *ctx, const char *path)
{
    struct watching *w = ctx;

    if (hc_ok(w->rc))
        w->rc = hc_file_watch_add(w->watch, path, w->e);
}

static struct hc_rc watch_conf(struct hc_process *p, const struct hc_gateconf *conf, struct hc_err *e)
{
    struct watching w = {p->watch, e, HC_OK};

    HC_TRY(e, hc_snapshot_paths(conf, p->opt->home, watch_one, &w, e));
    return w.rc;
}

static struct hc_rc watch_all(struct hc_process *p, const struct hc_gateconf *conf, struct hc_err *e)
{
    if (p->opt->file)
        HC_TRY(e, hc_file_watch_add(p->watch, p->opt->file, e));
    return watch_conf(p, conf, e);
}

/* Before the files are read: a change while they are read is then seen at the next tick. What a refused configuration
 * names stays watched, for it may be waiting for a file that only it names. */
static struct hc_rc watch_files(struct hc_process *p, const struct hc_gateconf *conf, struct hc_err *e)
{
    struct hc_err none = {0};
    struct hc_rc rc = watch_all(p, conf, e);

    if (rc.code == HC_E_TOO_BIG) { /* two configurations of the largest size do not fit: the one that runs does */
        hc_file_watch_clear(p->watch);
        rc = watch_all(p, conf, e);
    }
    if (hc_ok(rc) && p->refused && p->refused != conf)
        hc_ignore(watch_conf(p, p->refused, &none));
    return rc;
}

struct hc_rc hc_process_build(struct hc_process *p, const struct hc_gateconf *conf, bool same_conf,
                              struct hc_snapshot **out, struct hc_err *e)
{
    HC_AUTO(hc_snapshot) previous = hc_engine_take(&p->engine);
    struct hc_snapshot_input input = {
        .crypto = p->crypto,
        .conf = conf,
        .home = p->opt->home,
        .workers = p->n_workers,
        .previous = previous,
        .keep_broken = same_conf,
        .now = hc_engine_now(&p->engine),
        .older_than_known = hc_floor_knows_newer,
        .known_ctx = p->floor,
        .alarm = hc_process_alarm,
        .alarm_ctx = p,
    };

    HC_TRY(e, watch_files(p, conf, e));
    return hc_snapshot_build(&input, out, e);
}

void hc_process_adopt(struct hc_process *p, struct hc_snapshot *s)
{
    hc_engine_give(&p->engine, s);
    hc_process_wake(p);
    p->floor_due = true; /* and is written after that: nobody waits for the disk to have a revoked peer closed */
}

void hc_process_note(struct hc_process *p)
{
    HC_AUTO(hc_snapshot) s = hc_engine_take(&p->engine);
    struct hc_err e = {0};
    struct hc_rc rc = HC_OK;

    p->floor_due = false;
    for (size_t i = 0; s && i < s->n_trusts; i++) {
        struct hc_rc one = hc_floor_note(p->floor, s->trusts[i].revocation, &e);

        rc = hc_failed(one) ? one : rc;
    }
    hc_engine_raise_floor(&p->engine, hc_floor_time(p->floor));
    if (hc_failed(rc) && !p->floor_told) {
        hc_err_prefix(&e, "the newest CRLs cannot be remembered beyond a restart");
        hc_process_alarm(p, rc.code, p->floor_path, e.text);
    }
    p->floor_told = hc_failed(rc);
}

/* The floor itself may be wrong: a CRL was accepted while the clock ran ahead, or somebody wrote the file. */
void hc_process_check_clock(struct hc_process *p)
{
    int64_t clock = hc_time_now(), floor = hc_floor_time(p->floor);
    bool behind = floor > clock + HC_REVOCATION_SKEW; /* so far ahead may a CRL be dated by another machine's clock */
    char now[HC_TIME_TEXT], then[HC_TIME_TEXT], text[HC_PATH + 256];

    if (behind && !p->behind_told) {
        snprintf(text, sizeof text,
                 "the clock says %s, and a CRL of %s was accepted before; certificates are judged as of that time. If "
                 "that CRL was wrong and the clock is right: stop the gate, remove %s, start it",
                 hc_time_text(clock, now), hc_time_text(floor, then), p->floor_path[0] ? p->floor_path : "nothing");
        hc_process_alarm(p, HC_E_CLOCK_BEHIND, "clock", text);
    }
    if (!p->quiet)
        p->behind_told = behind;
}

void hc_process_check(struct hc_process *p)
{
    HC_AUTO(hc_snapshot) s = hc_engine_take(&p->engine);
    int64_t now = hc_engine_now(&p->engine);
    uint64_t faults = hc_selfcheck(s, now, NULL, NULL);

    p->checked_ms = hc_mono_ms();
    hc_process_check_clock(p);
    if (faults == p->faults)
        return;
    (void)hc_selfcheck(s, now, hc_process_alarm, p);
    if (!p->quiet)
        p->faults = faults;
}

/* A configuration whose text changed, with everything that it names: all of it or nothing. */
static struct hc_rc try_new_conf(struct hc_process *p, bool *changed, struct hc_config_problems *problems,
                                 struct hc_err *e)
{
    HC_AUTO(hc_gateconf) conf = NULL;
    HC_AUTO(hc_snapshot) s = NULL;
    uint8_t hash[HC_SHA256_SIZE];

    *changed = false;
    if (!p->opt->file)
        return HC_OK;
    HC_TRY(e, hc_process_read(p->opt, &conf, hash, problems, e));
    hc_gateconf_free(p->refused);
    p->refused = NULL;
    if (memcmp(hash, p->conf_hash, sizeof hash) == 0)
        return HC_OK;
    p->refused = HC_GIVE(conf); /* unless all goes well */
    HC_TRY(e, hc_process_build(p, p->refused, false, &s, e));
    hc_gateconf_free(p->conf);
    p->conf = HC_GIVE(p->refused);
    memcpy(p->conf_hash, hash, sizeof hash);
    hc_process_adopt(p, HC_GIVE(s));
    p->reloads++;
    *changed = true;
    return HC_OK;
}

static struct hc_rc refresh(struct hc_process *p, struct hc_err *e)
{
    HC_AUTO(hc_snapshot) s = NULL;

    HC_TRY(e, hc_process_build(p, p->conf, true, &s, e));
    hc_process_adopt(p, HC_GIVE(s));
    return HC_OK;
}

struct hc_rc hc_process_look_again(struct hc_process *p, bool quiet, struct hc_err *e)
{
    struct hc_config_problems *problems = calloc(1, sizeof *problems);
    struct hc_err other = {0};
    struct hc_rc rc;
    bool changed;

    if (!problems)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    p->quiet = quiet;
    p->complained = false;
    hc_file_watch_clear(p->watch);
    rc = try_new_conf(p, &changed, problems, e);
    if (hc_failed(rc)) {
        for (size_t i = 0; i < problems->n; i++)
            hc_process_alarm(p, problems->v[i].code, p->opt->file, problems->v[i].text);
        hc_process_alarm(p, rc.code, p->opt->file ? p->opt->file : "flags", e->text);
    }
    if (!changed && hc_failed(refresh(p, &other)))
        hc_process_alarm(p, other.code, "snapshot", other.text);
    hc_process_check(p);
    free(problems);
    return rc;
}
