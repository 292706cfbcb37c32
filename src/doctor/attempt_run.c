/*
 * attempt_run.c - an attempt under way: bytes that are read, handed to the TLS client, kept, and how they end.
 */
#include "base/clock.h"
#include "doctor/attempt_inside.h"

#define BANNER_MS 300 /* for the rest of a line that is no TLS, and may come byte by byte */

uint64_t hc_attempt_run_since(const struct hc_attempt_run *r)
{
    return hc_mono_us() - r->born;
}

uint64_t hc_attempt_run_until(unsigned ms, unsigned usual)
{
    return hc_mono_us() + (uint64_t)(ms ? ms : usual) * 1000;
}

void hc_attempt_run_end(struct hc_attempt_run *r, enum hc_attempt_end how)
{
    if (r->over)
        return;
    r->over = true;
    r->a->end = how;
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

void hc_attempt_run_keep(struct hc_buf *buf, struct hc_bytes more)
{
    hc_buf_add(buf, hc_bytes_head(more, buf->max - buf->n));
}

bool hc_attempt_run_read(struct hc_attempt_run *r, uint64_t until, struct hc_bytes *got)
{
    switch (hc_attempt_io_read(&r->io, until, got)) {
    case HC_GOT_BYTES:
        hc_attempt_run_keep(&r->a->first, *got);
        if (r->io.total > HC_ATTEMPT_NETWORK)
            hc_attempt_run_end(r, HC_END_FLOOD);
        return true;
    case HC_GOT_TIMEOUT:
        return false;
    case HC_GOT_EOF:
        hc_attempt_run_end(r, HC_END_EOF);
        return false;
    case HC_GOT_ERROR:
        r->a->sys = r->io.sys;
        hc_attempt_run_end(r, HC_END_RESET);
        return false;
    }
    return false;
}

void hc_attempt_run_said(struct hc_attempt_run *r, struct hc_bytes fresh, size_t n)
{
    struct hc_attempt *a = r->a;

    if (n == 0)
        return;
    if (a->n_said == 0) {
        a->us_first_byte = hc_attempt_run_since(r);
        a->date_heard = hc_time_now();
    }
    a->stage = HC_STAGE_SERVED;
    hc_attempt_run_keep(&a->said, fresh);
    a->n_said += n;
}

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

/* The rest of a banner that libssl stopped at, so that it can be named. */
static void hear_banner(struct hc_attempt_run *r)
{
    uint64_t until = hc_attempt_run_until(BANNER_MS, 0);
    struct hc_bytes got;

    while (r->a->first.n < r->a->first.max && hc_attempt_io_read(&r->io, until, &got) == HC_GOT_BYTES)
        hc_attempt_run_keep(&r->a->first, got);
}

static bool looks_like_tls(const struct hc_attempt_run *r)
{
    enum hc_sniff sniff = hc_sniff(hc_buf_view(&r->a->first));

    return sniff == HC_SNIFF_TLS || sniff == HC_SNIFF_NOTHING;
}

/* After STARTTLS the first bytes are those of the other protocol, and libssl's word is what there is. */
bool hc_attempt_run_is_no_tls(const struct hc_attempt_run *r, enum hc_code why)
{
    if (r->a->stage != HC_STAGE_HELLO)
        return false;
    return r->plan->starttls == HC_STARTTLS_NONE ? !looks_like_tls(r) : why == HC_E_TLS_NOT_TLS;
}

static void tls_failed(struct hc_attempt_run *r)
{
    struct hc_attempt *a = r->a;
    struct hc_rc rc = hc_tls_probe_error(a->tls, &a->error);

    if (rc.code == HC_E_TLS_PEER_ALERT) {
        a->alert_after_finished = a->stage >= HC_STAGE_FINISHED;
        hc_attempt_run_end(r, HC_END_ALERT);
    } else if (hc_attempt_run_is_no_tls(r, rc.code)) {
        hc_attempt_run_end(r, HC_END_NOT_TLS);
        hc_attempt_io_flush(&r->io);
        hear_banner(r);
    } else {
        hc_attempt_run_end(r, HC_END_OURS);
    }
}

/* A server that asks for answer after answer (KeyUpdate, renegotiation) and reads none of them. */
static void drain(struct hc_attempt_run *r)
{
    hc_tls_probe_drain(r->a->tls, &r->io.out);
    if (r->io.out.failed != HC_E_TOO_BIG)
        return;
    hc_buf_clear(&r->io.out);
    hc_attempt_run_end(r, HC_END_FLOOD);
}

void hc_attempt_run_feed(struct hc_attempt_run *r, struct hc_bytes got)
{
    struct hc_attempt *a = r->a;
    enum hc_tls_probe_state state = hc_tls_probe_feed(a->tls, got);
    size_t all = 0;
    struct hc_bytes kept;

    drain(r);
    a->stage = hc_attempt_seen_stage(a);
    hc_tls_probe_agreed(a->tls, &a->agreed);
    if (a->us_finished == 0 && a->agreed.finished) {
        a->stage = HC_STAGE_FINISHED;
        a->us_finished = hc_attempt_run_since(r);
    }
    kept = hc_tls_probe_application(a->tls, &all);
    hc_attempt_run_said(r, hc_bytes_skip(kept, a->said.n), all - a->n_said);
    if (state == HC_TLS_PROBE_ENDED)
        hc_attempt_run_end(r, HC_END_CLOSE_NOTIFY);
    if (state == HC_TLS_PROBE_FAILED)
        tls_failed(r);
    hc_attempt_io_flush(&r->io);
}
