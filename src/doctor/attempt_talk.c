/*
 * attempt_talk.c - after the handshake: a moment of grace, the harmless request, and the wait for an answer or a refusal.
 *
 * In TLS 1.3 the server judges the client's certificate after the client is done [RFC 8446 4.4.4]. Therefore the grace: a
 * request that lies unread at a server that refuses would turn its clean end into a reset.
 */
#include "base/clock.h"
#include "doctor/attempt_inside.h"

#define GRACE_MS 250  /* after the handshake, before the request: some round trips */
#define SETTLE_MS 300 /* of silence after an answer whose end cannot be told */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void take(struct hc_attempt_run *r, struct hc_bytes got)
{
    if (r->a->tls)
        hc_attempt_run_feed(r, got);
    else
        hc_attempt_run_said(r, got, got.n);
}

/* A ticket, or a word of the application: the server has accepted what this side proved. */
static bool went_on(const struct hc_attempt *a)
{
    struct hc_bytes body;

    return a->n_said > 0 || hc_attempt_message(a, HC_TLS_NEW_SESSION_TICKET, false, &body);
}

static void grace(struct hc_attempt_run *r, uint64_t until)
{
    struct hc_bytes got;
    bool is_13 = r->a->agreed.version >= HC_TLS_1_3; /* in TLS 1.2 a ticket comes before Finished */

    until = sooner(until, hc_mono_us() + GRACE_MS * 1000);
    while (!r->over && !(is_13 ? went_on(r->a) : r->a->n_said > 0) && hc_attempt_run_read(r, until, &got))
        take(r, got);
}

static struct hc_rc ask(struct hc_attempt_run *r, struct hc_err *e)
{
    HC_BUF_AUTO(words, HC_TLS_PROBE_APPLICATION);
    struct hc_attempt *a = r->a;

    if (r->over || r->plan->ask == HC_ASK_NOTHING || (a->agreed.alpn && strcmp(a->agreed.alpn, "h2") == 0))
        return HC_OK;
    hc_attempt_ask_emit(r->plan, &words);
    if (words.failed == HC_E_TOO_BIG) /* a path that no server would read */
        return HC_OK;
    HC_TRY(e, hc_buf_check(&words, e));
    a->ask = r->plan->ask;
    a->us_asked = hc_attempt_run_since(r);
    if (!a->tls) {
        hc_buf_add(&r->io.out, hc_buf_view(&words));
        return hc_buf_check(&r->io.out, e);
    }
    if (hc_failed(hc_tls_probe_write(a->tls, hc_buf_view(&words), &a->error))) { /* a renegotiation came in between */
        a->ask = HC_ASK_NOTHING;
        a->error = (struct hc_err){0};
    }
    hc_tls_probe_drain(a->tls, &r->io.out);
    return HC_OK;
}

/* Nothing more is needed, or comes: until when is it worth waiting? */
static uint64_t patience(const struct hc_attempt_run *r, const struct hc_attempt_answer *answer, uint64_t until)
{
    if (r->a->n_said == 0 || (r->a->ask == HC_ASK_HTTP && answer->status != 0 && !answer->whole))
        return until;
    return sooner(until, hc_mono_us() + SETTLE_MS * 1000);
}

static void listen_for_answer(struct hc_attempt_run *r, uint64_t until)
{
    struct hc_attempt *a = r->a;
    struct hc_attempt_answer answer;
    struct hc_bytes got;

    hc_attempt_answer_read(hc_buf_view(&a->said), &answer);
    while (!r->over && !answer.whole && hc_attempt_run_read(r, patience(r, &answer, until), &got)) {
        take(r, got);
        hc_attempt_answer_read(hc_buf_view(&a->said), &answer);
    }
    a->status = answer.status;
    a->date = answer.date;
    a->ref = answer.ref;
    hc_attempt_run_end(r, !a->tls && a->n_said == 0 ? HC_END_TIMEOUT : HC_END_OPEN);
}

struct hc_rc hc_attempt_talk(struct hc_attempt_run *r, struct hc_err *e)
{
    uint64_t until = hc_attempt_run_until(r->plan->wait_ms, HC_ATTEMPT_WAIT_MS);

    if (r->a->tls)
        grace(r, until);
    HC_TRY(e, ask(r, e));
    listen_for_answer(r, until);
    return HC_OK;
}
