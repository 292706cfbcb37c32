/* gate_flight.c - gate handshakes. */
#include "cmd/gate_flight.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/gate_many.h"
#include "cmd/json_line.h"
#include "cmd/out.h"
#include "doctor/why.h"
#include "doctor/why_line_json.h"

#define VALUE_MAX 4096

/* The widths of a table's columns; two spaces between them make 80. */
#define WHEN_COLUMNS 8
#define FROM_COLUMNS 15 /* an IPv4 address */
#define WHO_COLUMNS 32
#define TLS_COLUMNS 3
#define VERDICT_COLUMNS 7
#define MS_COLUMNS 5

/* A handshake's rows, which lie in the text of the listing. */
struct shown {
    int64_t time;
    size_t number; /* in the order of the answers: a worker tells its newest first */
    size_t at, n;
};

struct listing {
    struct hc_buf text; /* JSON, or the rows before they are in order */
    struct shown *row;
    size_t n, cap;
    bool json, steps;
    bool unproven; /* a name is listed that was only presented */
    size_t listed, left_out;
};

static void listing_fini(struct listing *l)
{
    hc_buf_fini(&l->text);
    free(l->row);
}

/* --- a row -------------------------------------------------------------------------------------------------------- */

/* The time of day while it is today's, else the date. */
static const char *when(int64_t t, char out[HC_TIME_TEXT])
{
    char text[HC_TIME_TEXT];
    bool today = t / HC_DAY == hc_time_now() / HC_DAY;

    hc_time_text(t, text);
    snprintf(out, HC_TIME_TEXT, "%.*s", today ? 8 : 5, text + (today ? 11 : 5));
    return out;
}

static void cell(struct hc_buf *out, const char *text, size_t width)
{
    hc_text_cell(out, hc_bytes_str(text), width, false);
}

static void add_who(struct listing *l, const struct hc_why *w)
{
    HC_BUF_AUTO(who, VALUE_MAX);
    static const char presented[] = "presented ";

    hc_why_who(w, &who);
    if (w->proven || w->n_certs == 0) {
        hc_text_cell(&l->text, hc_buf_view(&who), WHO_COLUMNS, false);
        return;
    }
    hc_buf_drop(&who, sizeof presented - 1 - 2);
    if (who.n > 2)
        memcpy(who.p, "? ", 2);
    hc_text_cell(&l->text, hc_buf_view(&who), WHO_COLUMNS, false);
    l->unproven = true;
}

/* Without the port: an IPv4 address then fits. */
static void add_from(struct hc_buf *out, const char *peer)
{
    struct hc_bytes all = hc_bytes_str(peer);
    size_t n = all.n;

    while (n > 0 && all.p[n - 1] != ':')
        n--;
    hc_text_cell(out, n > 1 ? hc_bytes_head(all, n - 1) : all, FROM_COLUMNS, false);
}

#define STEPS_INDENT 10 /* as the columns begin */

static void add_words(struct hc_buf *out, struct hc_buf *line)
{
    HC_BUF_AUTO(words, 8 * VALUE_MAX);

    hc_escape_text(&words, hc_buf_view(line));
    hc_buf_addf(out, "%*s", STEPS_INDENT, "");
    hc_text_wrap(out, STEPS_INDENT, STEPS_INDENT, hc_buf_view(&words));
    hc_buf_clear(line);
}

static void add_steps(struct hc_buf *out, const struct hc_why *w)
{
    HC_BUF_AUTO(line, VALUE_MAX);

    hc_buf_addf(&line, "gate %s", w->gate);
    if (w->server_name[0])
        hc_buf_addf(&line, "; asked for %s", w->server_name);
    if (w->suite[0])
        hc_buf_addf(&line, "; %s", w->suite);
    add_words(out, &line);
    if (w->ref.text[0]) {
        hc_buf_addf(&line, "%s: %s", w->ref.text, w->text);
        add_words(out, &line);
    }
    for (size_t i = 0; i < w->n_messages; i++) {
        const struct hc_why_message *m = &w->message[i];

        hc_buf_addf(out, "%14u.%u ms  %s  ", m->at_us / 1000, m->at_us / 100 % 10, m->sent ? "<--" : "-->");
        hc_why_message(m->alert, m->number, out);
        hc_buf_add_str(out, "\n");
    }
}

static void add_row(struct listing *l, const struct hc_why *w)
{
    char text[HC_TIME_TEXT], id[HC_ID_TEXT];
    struct hc_bytes version = hc_bytes_str(w->tls);

    cell(&l->text, when(w->time, text), WHEN_COLUMNS);
    add_from(&l->text, w->peer);
    add_who(l, w);
    hc_text_cell(&l->text, hc_bytes_starts(version, HC_BYTES("TLSv")) ? hc_bytes_skip(version, 4) : version,
                 TLS_COLUMNS, false);
    cell(&l->text, w->code == HC_OK_CODE ? (w->resumed ? "resumed" : "good") : hc_id_text(w->code, id),
         VERDICT_COLUMNS);
    snprintf(text, sizeof text, "%u.%u", w->took_us / 1000, w->took_us / 100 % 10);
    hc_text_cell(&l->text, hc_bytes_str(text), MS_COLUMNS, true);
    if (l->steps)
        add_steps(&l->text, w);
}

/* --- the listing -------------------------------------------------------------------------------------------------- */

static struct hc_rc take_row(struct listing *l, struct hc_bytes line, struct hc_err *e)
{
    struct hc_why w;
    size_t at = l->text.n;

    HC_TRY(e, hc_why_line_read(line, &w, e));
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        struct shown *row = realloc(l->row, cap * sizeof *row);

        if (!row)
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for a list of handshakes");
        l->row = row;
        l->cap = cap;
    }
    add_row(l, &w);
    l->row[l->n] = (struct shown){.time = w.time, .number = l->n, .at = at, .n = l->text.n - at};
    l->n++;
    return HC_OK;
}

static struct hc_rc take_line(struct listing *l, struct hc_bytes line, struct hc_err *e)
{
    l->listed++;
    if (!l->json)
        return take_row(l, line, e);
    hc_buf_add_str(&l->text, l->listed > 1 ? ",\n" : "\n");
    hc_buf_add(&l->text, line);
    return HC_OK;
}

static struct hc_rc take_gate(struct listing *l, struct hc_bytes text, struct hc_err *e)
{
    while (text.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&text);

        if (text.n == 0) /* the last line counts the others */
            l->left_out += hc_json_line_count(line, "left_out");
        else
            HC_TRY(e, take_line(l, line, e));
    }
    return HC_OK;
}

static int oldest_first(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->number > y->number ? -1 : x->number < y->number;
}

static void head(struct hc_buf *out)
{
    cell(out, "WHEN", WHEN_COLUMNS);
    cell(out, "FROM", FROM_COLUMNS);
    cell(out, "WHO", WHO_COLUMNS);
    cell(out, "TLS", TLS_COLUMNS);
    cell(out, "VERDICT", VERDICT_COLUMNS);
    hc_text_cell(out, HC_BYTES("MS"), MS_COLUMNS, true);
}

static void foot(const struct listing *l, struct hc_buf *out)
{
    hc_buf_addf(out, "%zu handshake%s", l->listed, l->listed == 1 ? "" : "s");
    if (l->left_out)
        hc_buf_addf(out, "; %zu older ones are not listed: ask with --who or --refused", l->left_out);
    hc_buf_add_str(out, "\n");
    if (l->unproven)
        hc_buf_add_str(out, "? NAME: that certificate was presented, and nobody proved to have its key\n");
}

static struct hc_rc print_table(struct listing *l, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);

    HC_TRY(e, hc_buf_check(&l->text, e));
    if (l->n > 0)
        qsort(l->row, l->n, sizeof l->row[0], oldest_first);
    head(&out);
    for (size_t i = 0; i < l->n; i++)
        hc_buf_add(&out, hc_bytes_of(l->text.p + l->row[i].at, l->row[i].n));
    foot(l, &out);
    return hc_out_flush(&out, e);
}

static struct hc_rc print(struct listing *l, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);

    if (!l->json)
        return print_table(l, e);
    HC_TRY(e, hc_buf_check(&l->text, e));
    hc_buf_add_str(&out, "{\"handshakes\":[");
    hc_buf_add(&out, hc_buf_view(&l->text));
    hc_buf_addf(&out, "\n],\"listed\":%zu,\"left_out\":%zu}\n", l->listed, l->left_out);
    return hc_out_flush(&out, e);
}

struct hc_rc hc_gate_flight_list(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_GATE_MANY(a);
    __attribute__((cleanup(listing_fini))) struct listing l = {
        .text = HC_BUF(HC_OUT_MAX), .json = hc_opts_flag(in->opts, "json"), .steps = hc_opts_flag(in->opts, "steps")};
    const char *who = hc_opts_value(in->opts, "who");
    bool all = hc_opts_flag(in->opts, "all") || (!hc_opts_arg(in->opts, 1) && !hc_opts_value(in->opts, "name"));
    struct hc_err missed = {0};
    struct hc_bytes text;

    if (who)
        HC_TRY(e, hc_gate_many_pattern(who, e));
    HC_TRY(e, hc_gate_many_find(in, file, all, &a, e));
    HC_TRY(e, hc_gate_many_ask(&a, all, hc_opts_flag(in->opts, "refused") ? "handshakes refused" : "handshakes",
                               who ? who : "", e));
    for (size_t i = 0; i < a.names.n; i++)
        if (hc_gate_many_heard(&a.ask[i], &text, &missed))
            HC_TRY(e, take_gate(&l, text, e));
    HC_TRY(e, print(&l, e));
    return hc_gate_many_missed(&missed, e);
}

/* --- one of them -------------------------------------------------------------------------------------------------- */

bool hc_gate_flight_find(struct hc_invocation *in, bool (*is_it)(void *ctx, const struct hc_why *w), void *ctx,
                         struct hc_why *out)
{
    HC_GATE_MANY(a);
    struct hc_err e = {0};
    struct hc_bytes text;

    if (hc_failed(hc_gate_many_find(in, "", true, &a, &e)) ||
        hc_failed(hc_gate_many_ask(&a, true, "handshakes", "", &e)))
        return false;
    for (size_t i = 0; i < a.names.n; i++) {
        if (!hc_gate_many_heard(&a.ask[i], &text, &e))
            continue;
        while (text.n > 0) {
            struct hc_bytes line = hc_bytes_next_line(&text);

            if (text.n > 0 && hc_ok(hc_why_line_read(line, out, &e)) && is_it(ctx, out))
                return true;
        }
    }
    return false;
}
