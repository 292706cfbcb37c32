/*
 * attempt.c - one connection of a probe, step by step.
 *
 *     connect ─► (PROXY header) ─► (STARTTLS) ─► handshake ─► grace ─► request ─► wait ─► close
 *
 * Each step either goes on or ends the attempt, and the end that is told is the first that happened on the wire: bytes
 * are read before the end that follows them, so an alert that came before a RST is an alert.
 */
#include "doctor/attempt.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "doctor/attempt_inside.h"

#define DIALOGUE_MAX (64 * 1024) /* four times what STARTTLS lets come in */

static void run_fini(struct hc_attempt_run *r)
{
    hc_attempt_io_fini(&r->io);
    hc_tls_probe_free(r->tls);
}

/* --- TCP, and what comes before TLS ------------------------------------------------------------------------------- */

static void connect_tcp(struct hc_attempt_run *r)
{
    const struct hc_attempt_plan *plan = r->plan;
    char text[HC_ADDR_TEXT];
    int sys = hc_attempt_io_connect(&r->io, plan->addr, hc_attempt_run_until(plan->connect_ms, HC_ATTEMPT_CONNECT_MS));

    if (sys == 0) {
        r->a->stage = HC_STAGE_CONNECTED;
        r->a->us_connected = hc_attempt_run_since(r);
        return;
    }
    r->a->sys = sys;
    hc_ignore(HC_FAIL_SYS(&r->a->error, HC_E_CONNECT, sys, "cannot connect to %s",
                          hc_addr_text(plan->addr, true, text))); /* told in the attempt */
    hc_attempt_run_end(r, HC_END_UNREACHED);
}

struct hc_bytes hc_attempt_last_words(const struct hc_attempt *a)
{
    struct hc_bytes dialogue = hc_buf_view(&a->dialogue), words = {NULL, 0};

    while (dialogue.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&dialogue);

        if (hc_bytes_starts(line, HC_BYTES("S: ")))
            words = hc_bytes_skip(line, 3);
    }
    return words;
}

static void tell_prelude(struct hc_attempt_run *r)
{
    static const char *const what[] = {
        [HC_STARTTLS_NOT_OFFERED] = "the server speaks the protocol and offers no TLS",
        [HC_STARTTLS_DENIED] = "the server refused to begin TLS",
        [HC_STARTTLS_OTHER] = "the server does not speak the protocol",
    };
    struct hc_bytes words = hc_bytes_head(hc_attempt_last_words(r->a), 256);
    const char *protocol = hc_starttls_text(r->plan->starttls);

    if (words.n > 0)
        hc_ignore(
            HC_FAIL(&r->a->error, HC_E_STARTTLS, "%s: %s: %.*s", protocol, what[r->a->starttls], HC_BYTES_FMT(words)));
    else
        hc_ignore(HC_FAIL(&r->a->error, HC_E_STARTTLS, "%s: %s", protocol, what[r->a->starttls]));
    hc_attempt_run_end(r, HC_END_PRELUDE); /* that it was not agreed is told in the attempt, not as a failure */
}

static struct hc_rc take_dialogue(struct hc_attempt_run *r, const struct hc_starttls *s, struct hc_err *e)
{
    struct hc_attempt *a = r->a;

    a->starttls = s->state;
    a->injected = s->injected;
    HC_TRY(e, hc_buf_check(&s->said, e));
    hc_attempt_run_keep(&a->dialogue, hc_buf_view(&s->said));
    if (s->state == HC_STARTTLS_GOES_ON)
        hc_attempt_run_end(r, HC_END_TIMEOUT); /* unless the connection ended */
    else if (s->state != HC_STARTTLS_AGREED)
        tell_prelude(r);
    return HC_OK;
}

static struct hc_rc prelude(struct hc_attempt_run *r, uint64_t until, struct hc_err *e)
{
    struct hc_starttls s;
    struct hc_bytes got;
    struct hc_rc rc;

    if (r->plan->starttls == HC_STARTTLS_NONE)
        return HC_OK;
    hc_starttls_init(&s, r->plan->starttls, &r->io.out);
    while (s.state == HC_STARTTLS_GOES_ON && !r->over && hc_attempt_run_read(r, until, &got))
        hc_starttls_feed(&s, got, &r->io.out);
    rc = take_dialogue(r, &s, e);
    hc_starttls_fini(&s);
    return rc;
}

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

static void shake(struct hc_attempt_run *r, uint64_t until)
{
    struct hc_attempt *a = r->a;
    struct hc_bytes got;

    a->tls = r->tls;
    r->tls = NULL;
    a->stage = HC_STAGE_HELLO;
    hc_attempt_run_feed(r, (struct hc_bytes){NULL, 0});
    while (!r->over && a->us_finished == 0 && hc_attempt_run_read(r, until, &got))
        hc_attempt_run_feed(r, got);
    if (a->us_finished != 0)
        return;
    hc_attempt_run_end(r, HC_END_TIMEOUT);
    if ((a->end == HC_END_TIMEOUT || a->end == HC_END_EOF || a->end == HC_END_RESET) &&
        hc_attempt_run_is_no_tls(r, HC_OK_CODE))
        a->end = HC_END_NOT_TLS; /* too little for libssl to say so: "hi" */
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static struct hc_rc make_tls(struct hc_attempt_run *r, struct hc_err *e)
{
    const struct hc_attempt_plan *plan = r->plan;
    struct hc_tls_probe_spec spec = {
        .crypto = plan->crypto,
        .identity = plan->identity ? *plan->identity : (struct hc_tls_identity){.n = 0},
        .server_name = plan->name,
        .min = plan->min,
        .max = plan->max,
        .alpn = plan->alpn,
        .anything = plan->anything,
        .suites = plan->suites,
        .groups = plan->groups,
    };

    if (plan->plain)
        return HC_OK;
    HC_TRY(e, hc_tls_probe_new(&spec, &r->tls, e)); /* before anything is sent: an unusable identity ends here */
    r->a->us_tls = hc_attempt_run_since(r);
    return HC_OK;
}

static struct hc_rc go(struct hc_attempt_run *r, struct hc_err *e)
{
    uint64_t until;

    HC_TRY(e, make_tls(r, e));
    connect_tcp(r);
    if (r->over)
        return HC_OK;
    until = hc_attempt_run_until(r->plan->patience_ms, HC_ATTEMPT_PATIENCE_MS);
    if (r->plan->proxy_header)
        hc_buf_add_str(&r->io.out, "PROXY UNKNOWN\r\n");
    HC_TRY(e, prelude(r, until, e));
    if (!r->over && !r->plan->plain)
        shake(r, until);
    return r->over ? HC_OK : hc_attempt_talk(r, e);
}

static void part(struct hc_attempt_run *r)
{
    if (!r->a->tls || r->io.fd < 0 || r->a->end == HC_END_RESET)
        return;
    hc_tls_probe_close(r->a->tls);
    hc_tls_probe_drain(r->a->tls, &r->io.out);
    hc_attempt_io_flush(&r->io);
}

static struct hc_rc finish(struct hc_attempt_run *r, struct hc_err *e)
{
    struct hc_attempt *a = r->a;

    a->us_end = hc_attempt_run_since(r);
    part(r);
    a->sniff = hc_sniff(hc_buf_view(&a->first));
    if (a->error.code == HC_E_NOMEM) {
        *e = a->error;
        return (struct hc_rc){HC_E_NOMEM};
    }
    HC_TRY(e, hc_buf_check(&a->first, e));
    HC_TRY(e, hc_buf_check(&a->said, e));
    HC_TRY(e, hc_buf_check(&a->dialogue, e));
    HC_TRY(e, hc_buf_check(&r->io.out, e));
    return a->tls ? hc_attempt_seen_all(a, e) : HC_OK;
}

struct hc_rc hc_attempt_make(const struct hc_attempt_plan *plan, struct hc_attempt *out, struct hc_err *e)
{
    __attribute__((cleanup(run_fini))) struct hc_attempt_run r = {
        .plan = plan, .a = out, .io = {.fd = -1}, .born = hc_mono_us()};

    *out = (struct hc_attempt){
        .addr = *plan->addr,
        .first = HC_BUF(HC_ATTEMPT_FIRST),
        .dialogue = HC_BUF(DIALOGUE_MAX),
        .said = HC_BUF(HC_TLS_PROBE_APPLICATION),
    };
    HC_TRY(e, go(&r, e));
    return finish(&r, e);
}

void hc_attempt_fini(struct hc_attempt *a)
{
    hc_cert_list_fini(&a->presented);
    free(a->request);
    hc_buf_fini(&a->first);
    hc_buf_fini(&a->dialogue);
    hc_buf_fini(&a->said);
    hc_tls_probe_free(a->tls);
    *a = (struct hc_attempt){0};
}
