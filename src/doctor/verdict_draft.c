/* verdict_draft.c - a verdict while it is written: bounded, escaped, the row's words where nothing better is said. */
#include "doctor/verdict_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/text.h"

#define DRAFT_MAX 8192 /* several times what a verdict keeps */
#define QUOTE_MAX 120  /* bytes of a peer's that one quotation keeps: a line of a terminal and a half */

void hc_verdict_draft_init(struct hc_verdict_draft *d, const struct hc_probe *p, struct hc_verdict *out)
{
    *d = (struct hc_verdict_draft){.p = p, .a = &p->main, .out = out};
    hc_buf_init(&d->text, DRAFT_MAX);
    hc_buf_init(&d->fix, DRAFT_MAX);
    hc_buf_init(&d->decide, DRAFT_MAX);
    memset(out, 0, sizeof *out);
}

/* Copies what fits; a character of several bytes is never cut in two. */
static void keep(struct hc_bytes from, char *to, size_t room)
{
    struct hc_bytes kept = hc_bytes_cut(from, room - 1);
    if (kept.n > 0)
        memcpy(to, kept.p, kept.n);
    to[kept.n] = '\0';
}

/* Without memory the row's words have to do. */
static void settle(const struct hc_buf *b, const char *row, char *to, size_t room)
{
    keep(b->n > 0 && b->failed == HC_OK_CODE ? hc_buf_view(b) : hc_bytes_str(row), to, room);
}

void hc_verdict_draft_finish(struct hc_verdict_draft *d)
{
    struct hc_verdict *v = d->out;
    const struct hc_cause_row *row = hc_cause_row(v->cause);
    v->side = row->side;
    settle(&d->text, row->sentence, v->text, sizeof v->text);
    settle(&d->fix, row->fix, v->fix, sizeof v->fix);
    settle(&d->decide, v->n_others > 0 ? "The server's log says which of them it is." : "", v->decide,
           v->n_others > 0 ? sizeof v->decide : 1);
    hc_buf_fini(&d->text);
    hc_buf_fini(&d->fix);
    hc_buf_fini(&d->decide);
}

bool hc_verdict_draft_say(struct hc_verdict_draft *d, enum hc_cause cause)
{
    d->out->cause = cause;
    d->out->n_others = 0;
    hc_buf_clear(&d->text);
    hc_buf_clear(&d->fix);
    hc_buf_clear(&d->decide);
    return true;
}

void hc_verdict_draft_other(struct hc_verdict_draft *d, enum hc_cause cause)
{
    struct hc_verdict *v = d->out;
    bool known = cause == v->cause || v->n_others == HC_VERDICT_OTHERS;
    for (size_t i = 0; i < v->n_others; i++)
        known = known || v->other[i] == cause;
    if (!known)
        v->other[v->n_others++] = cause;
}

static void add(struct hc_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void add(struct hc_buf *b, const char *fmt, va_list ap)
{
    char text[2048]; /* one sentence of ours; what peers say goes another way */
    vsnprintf(text, sizeof text, fmt, ap);
    hc_buf_add_str(b, text);
}

void hc_verdict_draft_text(struct hc_verdict_draft *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(&d->text, fmt, ap);
    va_end(ap);
}

void hc_verdict_draft_fix(struct hc_verdict_draft *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(&d->fix, fmt, ap);
    va_end(ap);
}

void hc_verdict_draft_decide(struct hc_verdict_draft *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(&d->decide, fmt, ap);
    va_end(ap);
}

void hc_verdict_draft_quote(struct hc_verdict_draft *d, struct hc_bytes bytes)
{
    hc_escape_text(&d->text, hc_bytes_head(bytes, QUOTE_MAX));
    if (bytes.n > QUOTE_MAX)
        hc_buf_add_str(&d->text, "...");
}

/* What is escaped already, cut between characters. */
static void add_cut(struct hc_verdict_draft *d, struct hc_buf *from)
{
    char cut[QUOTE_MAX + 1];
    keep(hc_buf_view(from), cut, sizeof cut);
    hc_verdict_draft_text(d, "%s%s", cut, from->n > QUOTE_MAX ? "..." : "");
}

void hc_verdict_draft_dn(struct hc_verdict_draft *d, struct hc_bytes dn)
{
    HC_BUF_AUTO(text, DRAFT_MAX);
    hc_dn_text(dn, &text);
    add_cut(d, &text);
}

void hc_verdict_draft_cert(struct hc_verdict_draft *d, const struct hc_cert *cert)
{
    if (cert->is_ca || cert->n_names == 0) {
        hc_verdict_draft_dn(d, cert->subject);
        return;
    }
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    hc_name_text(&cert->names[0], &name);
    hc_verdict_draft_quote(d, hc_buf_view(&name));
}

void hc_verdict_draft_when(struct hc_verdict_draft *d, int64_t t)
{
    hc_text_when(&d->text, t, d->p->now);
}

void hc_verdict_draft_command(struct hc_verdict_draft *d, const char *command, const char *word)
{
    const char *fix = hc_cause_row(d->out->cause)->fix, *at = strstr(fix, "handclasp ");
    if (at == NULL || strlen(word) > QUOTE_MAX || !hc_escape_is_shell_word(hc_bytes_str(word)))
        return;
    hc_buf_clear(&d->fix);
    hc_buf_add(&d->fix, hc_bytes_of(fix, (size_t)(at - fix)));
    hc_buf_addf(&d->fix, "%s %s", command, word);
    if (strchr(at, ':') != NULL) /* HOST:PORT */
        hc_buf_addf(&d->fix, ":%u", d->p->spec->port);
}

void hc_verdict_draft_alert(struct hc_verdict_draft *d, uint8_t alert)
{
    const struct hc_tls_alert_row *row = hc_tls_alert(alert);
    if (row)
        hc_verdict_draft_text(d, "the alert %s (%u)", row->name, alert);
    else
        hc_verdict_draft_text(d, "an alert of the number %u, which no standard names", alert);
}

const struct hc_attempt *hc_verdict_draft_trial(struct hc_verdict_draft *d, enum hc_trial_kind kind)
{
    for (size_t i = 0; i < d->p->n_trials; i++)
        if (d->p->trial[i].kind == kind)
            return &d->p->trial[i].attempt;
    if (!d->wanting && !d->p->spec->no_trials && d->p->n_trials < HC_PROBE_TRIALS) {
        d->wanting = true;
        d->want = kind;
    }
    return NULL;
}
