/* why_tell.c - one record in words. */
#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/text.h"
#include "doctor/why.h"
#include "proto/tls_wire.h"

#define WORDS_MAX (8 * 1024) /* of one sentence, field or row; every text of a record is far shorter, also escaped */
#define INDENT 2
#define DEEPER 6

/* The widths of a table's columns; two spaces between them make 80. */
#define WHEN_COLUMNS 20
#define GATE_COLUMNS 10
#define WHO_COLUMNS 23

/* --- words -------------------------------------------------------------------------------------------------------- */

void hc_why_message(bool alert, unsigned number, struct hc_buf *out)
{
    const struct hc_tls_alert_row *row = alert ? hc_tls_alert((uint8_t)number) : NULL;
    const char *name = alert ? NULL : hc_tls_message_text((uint8_t)number);

    if (alert)
        hc_buf_addf(out, "alert %s%s%u%s", row ? row->name : "", row ? " (" : "", number, row ? ")" : "");
    else if (name)
        hc_buf_add_str(out, name);
    else
        hc_buf_addf(out, "message %u", number);
}

void hc_why_who(const struct hc_why *w, struct hc_buf *out)
{
    struct hc_bytes names = hc_bytes_str(w->n_certs > 0 ? w->cert[0].names : "");
    struct hc_bytes first = hc_bytes_head(names, hc_bytes_find(names, ','));

    if (w->proven && w->identity[0])
        hc_buf_add_str(out, w->identity);
    else if (w->proven)
        hc_buf_add(out, first.n > 0 ? first : hc_bytes_str(w->cert[0].subject));
    else if (w->n_certs > 0)
        hc_buf_addf(out, "presented %.*s", HC_BYTES_FMT(first.n > 0 ? first : hc_bytes_str(w->cert[0].subject)));
    else
        hc_buf_add_str(out, "no certificate");
}

/* The catalogue's sentence without its full stop. */
static void add_sentence(enum hc_code code, struct hc_buf *out)
{
    struct hc_bytes s = hc_bytes_str(hc_row(code)->sentence);

    hc_buf_add(out, hc_bytes_head(s, s.n - hc_bytes_ends(s, HC_BYTES("."))));
}

void hc_why_sentence(const struct hc_why *w, struct hc_buf *out)
{
    hc_buf_add_str(out, "the gate ");
    hc_escape_text(out, hc_bytes_str(w->gate));
    if (w->code == HC_OK_CODE) {
        hc_buf_addf(out, " finished the %s", hc_why_stage_text(w->stage));
        return;
    }
    hc_buf_addf(out, hc_row_is_refusal(w->code) ? " refused the %s: " : " could not finish the %s: ",
                hc_why_stage_text(w->stage));
    add_sentence(w->code, out);
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

void hc_why_field(struct hc_buf *out, const char *label, const char *value)
{
    enum { LABEL = 14 }; /* columns, with those before it */
    HC_BUF_AUTO(words, WORDS_MAX);

    if (!*value)
        return;
    hc_escape_text(&words, hc_bytes_str(value));
    hc_buf_addf(out, "  %-*s", LABEL - 2, label);
    hc_text_wrap(out, LABEL, LABEL, hc_buf_view(&words));
}

static void field_when(const struct hc_why *w, int64_t now, struct hc_buf *out)
{
    char at[HC_TIME_TEXT];

    hc_buf_add_str(out, "  when        ");
    if (w->time < now)
        hc_text_when(out, w->time, now);
    else
        hc_buf_add_str(out, hc_time_text(w->time, at));
    hc_buf_add_str(out, "\n");
}

static void field_who(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(who, WORDS_MAX);

    if (w->n_certs == 0) {
        hc_why_field(out, "who", "nobody in particular: no certificate was presented");
        return;
    }
    hc_why_who(w, &who);
    if (!w->proven)
        hc_buf_add_str(&who, ", and did not prove to have its key: it may be anybody");
    else
        hc_buf_add_str(&who, " (proven)");
    hc_why_field(out, "who", hc_buf_cstr(&who));
}

void hc_why_agreed(const struct hc_why *w, struct hc_buf *out)
{
    bool openssl = strncmp(w->tls, "TLSv", 4) == 0; /* "TLSv1.3" is libssl's spelling of it */

    hc_buf_addf(out, "%s%s%s%s", openssl ? "TLS " : "", openssl ? w->tls + 4 : w->tls, w->suite[0] ? " " : "",
                w->suite);
}

static void field_tls(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);

    hc_why_agreed(w, &words);
    hc_buf_add_str(&words, w->resumed ? ", resumed" : "");
    hc_why_field(out, "TLS",
                 w->tls[0]                      ? hc_buf_cstr(&words)
                 : w->stage == HC_WHY_HANDSHAKE ? "nothing was agreed on"
                                                : "");
}

static void field_request(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);

    if (w->stage != HC_WHY_REQUEST)
        return;
    if (w->method[0])
        hc_buf_addf(&words, "%s %s", w->method, w->path);
    else
        hc_buf_add_str(&words, "it could not be read");
    if (w->status > 0)
        hc_buf_addf(&words, ", answered with %u and the id", w->status);
    hc_why_field(out, "request", hc_buf_cstr(&words));
}

static void field_decision(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);
    char id[HC_ID_TEXT];

    if (w->code == HC_OK_CODE)
        return;
    hc_buf_addf(&words, "%s %s", hc_id_text(w->code, id), w->text[0] ? w->text : hc_row(w->code)->sentence);
    hc_why_field(out, "decision", hc_buf_cstr(&words));
    hc_why_field(out, "rule", w->rule);
}

static void add_stage(const struct hc_why *w, struct hc_buf *out)
{
    char text[64];

    snprintf(text, sizeof text, "%s, %u.%u ms after it began", hc_why_stage_text(w->stage), w->took_us / 1000,
             w->took_us / 100 % 10);
    hc_why_field(out, "stage", text);
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static void line_of(struct hc_buf *out, const char *label, const char *value)
{
    HC_BUF_AUTO(words, WORDS_MAX);

    if (!*value)
        return;
    hc_escape_text(&words, hc_bytes_str(value));
    hc_buf_addf(out, "%*s%-8s", DEEPER, "", label);
    hc_text_wrap(out, DEEPER + 8, DEEPER + 8, hc_buf_view(&words));
}

static void add_cert(const struct hc_why *w, size_t i, struct hc_buf *out)
{
    const struct hc_why_cert *c = &w->cert[i];
    HC_BUF_AUTO(words, WORDS_MAX);
    char from[HC_TIME_TEXT], to[HC_TIME_TEXT];

    hc_escape_text(&words, hc_bytes_str(c->subject[0] ? c->subject : "(no subject)"));
    hc_buf_addf(out, "  %-4zu", i);
    hc_text_wrap(out, DEEPER, DEEPER, hc_buf_view(&words));
    line_of(out, "names", c->names);
    line_of(out, "issuer", c->issuer);
    line_of(out, "serial", c->serial);
    hc_buf_clear(&words);
    hc_buf_addf(&words, "%s to %s%s", hc_time_text(c->not_before, from), hc_time_text(c->not_after, to),
                c->not_after < w->time    ? " (ended)"
                : c->not_before > w->time ? " (not begun)"
                                          : "");
    line_of(out, "valid", hc_buf_cstr(&words));
    hc_buf_clear(&words);
    hc_escape_hex(&words, hc_bytes_of(c->sha256, sizeof c->sha256), 0);
    line_of(out, "sha256", hc_buf_cstr(&words));
}

static void add_more(struct hc_buf *out, size_t more)
{
    if (more > 0)
        hc_buf_addf(out, "%*s... and %zu more that the record has no room for\n", DEEPER, "", more);
}

static void add_chain(const struct hc_why *w, struct hc_buf *out)
{
    if (w->n_certs == 0)
        return;
    hc_buf_addf(out, "\n%s\n",
                w->proven ? "The chain, as it was checked, up to the authority that the gate trusts:"
                          : "The certificates, as they were presented:");
    for (size_t i = 0; i < w->n_certs; i++)
        add_cert(w, i, out);
    add_more(out, w->more_certs);
}

/* A failed rule: its row, the clause that it enforces, and what it said about which certificate. */
static void add_finding(const struct hc_why_finding *f, struct hc_buf *out)
{
    const struct hc_row *row = hc_row(f->code);
    HC_BUF_AUTO(words, WORDS_MAX);
    char id[HC_ID_TEXT];

    hc_buf_addf(&words, "%s %s%s%s%s", hc_id_text(f->code, id), row->sentence, row->clause[0] ? " [" : "", row->clause,
                row->clause[0] ? "]" : "");
    hc_buf_addf(out, "%*s", INDENT, "");
    hc_text_wrap(out, INDENT, DEEPER, hc_buf_view(&words));
    hc_buf_clear(&words);
    if (f->depth >= 0)
        hc_buf_addf(&words, "certificate %d: ", f->depth);
    hc_escape_text(&words, hc_bytes_str(f->text));
    hc_buf_addf(out, "%*s", DEEPER, "");
    hc_text_wrap(out, DEEPER, DEEPER, hc_buf_view(&words));
}

static void add_findings(const struct hc_why *w, struct hc_buf *out)
{
    struct hc_why_finding only = {.code = w->code, .depth = -1};

    if (w->code == HC_OK_CODE)
        return;
    hc_buf_add_str(out, "\nEvery rule that failed:\n");
    for (size_t i = 0; i < w->n_findings; i++)
        add_finding(&w->finding[i], out);
    add_more(out, w->more_findings);
    if (w->n_findings > 0)
        return;
    if (w->text[0] || !w->rule[0])
        hc_why_put(only.text, sizeof only.text, hc_bytes_str(w->text[0] ? w->text : "nothing more was recorded"));
    else
        snprintf(only.text, sizeof only.text, "by the rule %.240s", w->rule);
    add_finding(&only, out);
}

static void add_messages(const struct hc_why *w, struct hc_buf *out)
{
    if (w->n_messages == 0)
        return;
    hc_buf_add_str(out, "\nThe handshake, as the gate saw it:\n");
    for (size_t i = 0; i < w->n_messages; i++) {
        const struct hc_why_message *m = &w->message[i];

        hc_buf_addf(out, "%8u.%u ms  %s  ", m->at_us / 1000, m->at_us / 100 % 10,
                    m->sent ? "client <-- gate" : "client --> gate");
        hc_why_message(m->alert, m->number, out);
        hc_buf_add_str(out, "\n");
    }
    add_more(out, w->more_messages);
}

/* The sentences, and a command whole, so that it can be copied. */
static void add_words(struct hc_bytes words, struct hc_buf *out)
{
    struct hc_bytes sentences = hc_bytes_head(words, hc_bytes_find(words, '\n'));
    struct hc_bytes command = hc_bytes_skip(words, sentences.n + 1);

    hc_buf_addf(out, "%*s", INDENT, "");
    hc_text_wrap(out, INDENT, INDENT, sentences);
    if (command.n > 0)
        hc_buf_addf(out, "%*s%.*s\n", DEEPER, "", HC_BYTES_FMT(command));
}

static void add_fix(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);
    char id[HC_ID_TEXT];

    if (w->code == HC_OK_CODE)
        return;
    hc_why_fix(w, &words);
    hc_buf_add_str(out, "\nWhat to do:\n");
    add_words(hc_buf_view(&words), out);
    hc_buf_addf(out, "\nHow to look further:\n  handclasp explain %s\n", hc_id_text(w->code, id));
    if (w->stage == HC_WHY_HANDSHAKE)
        hc_buf_add_str(out, "  handclasp gate handshakes --refused\n");
    hc_buf_add_str(out, "  from the client's side: handclasp probe HOST:PORT --json >probe.json, then\n"
                        "  handclasp why --probe probe.json shows both ends of that handshake\n");
}

void hc_why_tell(const struct hc_why *w, int64_t now, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);

    hc_buf_addf(&words, "%s%s", w->ref.text, w->ref.text[0] ? ": " : "");
    hc_why_sentence(w, &words);
    hc_buf_add_byte(&words, '.');
    hc_text_wrap(out, 0, 0, hc_buf_view(&words));
    hc_buf_add_str(out, "\n");
    field_when(w, now, out);
    hc_why_field(out, "gate", w->gate);
    hc_why_field(out, "from", w->peer);
    field_who(w, out);
    hc_why_field(out, "asked for", w->server_name);
    field_tls(w, out);
    add_stage(w, out);
    field_request(w, out);
    field_decision(w, out);
    add_chain(w, out);
    add_findings(w, out);
    add_messages(w, out);
    add_fix(w, out);
}

/* --- a table ------------------------------------------------------------------------------------------------------ */

void hc_why_row_head(struct hc_buf *out)
{
    hc_buf_addf(out, "%-12s  %-*s  %-*s  %-*s  %s\n", "ID", WHEN_COLUMNS, "WHEN", GATE_COLUMNS, "GATE", WHO_COLUMNS,
                "WHO", "WHY");
}

void hc_why_row(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(who, WORDS_MAX);
    char when[HC_TIME_TEXT], id[HC_ID_TEXT];

    hc_why_who(w, &who);
    hc_buf_addf(out, "%-12s  ", w->ref.text);
    hc_text_cell(out, hc_bytes_str(hc_time_text(w->time, when)), WHEN_COLUMNS, false);
    hc_text_cell(out, hc_bytes_str(w->gate), GATE_COLUMNS, false);
    hc_text_cell(out, hc_buf_view(&who), WHO_COLUMNS, false);
    hc_text_cell(out, hc_bytes_str(hc_id_text(w->code, id)), 7, true);
}
