/* gate_peers.c - gate connections, gate disconnect. */
#include "cmd/gate_peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd/gate_many.h"
#include "cmd/json_line.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"

#define VALUE_MAX 4096 /* of one member of a line */

/* The widths of a table's columns; two spaces between them make 80. */
#define GATE_COLUMNS 10
#define WHO_COLUMNS 26
#define FROM_COLUMNS 21 /* an IPv4 address and a port */
#define SINCE_COLUMNS 7
#define PROTOCOL_COLUMNS 8

/* --- connections -------------------------------------------------------------------------------------------------- */

struct listing {
    struct hc_buf out;
    bool json;
    size_t listed, left_out;
};

static void cell(struct listing *l, struct hc_bytes line, const char *key, size_t width, bool last)
{
    HC_BUF_AUTO(value, VALUE_MAX);

    if (!hc_json_line_get(line, key, &value) && strcmp(key, "who") == 0)
        hc_buf_add_str(&value, "(no certificate)");
    hc_text_cell(&l->out, hc_buf_view(&value), width, last);
}

/* How long it has lasted, in the little room that a table has; what is no date is shown as it is. */
static void cell_age(struct listing *l, struct hc_bytes line)
{
    HC_BUF_AUTO(value, VALUE_MAX);
    struct hc_err none = {0};
    int64_t since, s;

    (void)hc_json_line_get(line, "since", &value);
    if (hc_ok(hc_time_parse(hc_buf_view(&value), &since, &none))) {
        s = hc_time_now() - since;
        s = s < 0 ? 0 : s;
        hc_buf_clear(&value);
        hc_buf_addf(&value, "%lld %s",
                    (long long)(s < 120      ? s
                                : s < 7200   ? s / 60
                                : s < 172800 ? s / 3600
                                             : s / 86400),
                    s < 120      ? "s"
                    : s < 7200   ? "min"
                    : s < 172800 ? "h"
                                 : "d");
    }
    hc_text_cell(&l->out, hc_buf_view(&value), SINCE_COLUMNS, false);
}

static void row(struct listing *l, struct hc_bytes line)
{
    cell(l, line, "gate", GATE_COLUMNS, false);
    cell(l, line, "who", WHO_COLUMNS, false);
    cell(l, line, "from", FROM_COLUMNS, false);
    cell_age(l, line);
    cell(l, line, "protocol", PROTOCOL_COLUMNS, true);
}

static struct hc_rc list_gate(struct listing *l, struct hc_bytes text, struct hc_err *e)
{
    while (text.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&text);

        if (text.n == 0) { /* the last line counts the others */
            l->left_out += hc_json_line_count(line, "left_out");
            break;
        }
        if (!l->json) {
            row(l, line);
        } else {
            hc_buf_add_str(&l->out, l->listed ? ",\n" : "\n");
            hc_buf_add(&l->out, line);
        }
        l->listed++;
        HC_TRY(e, hc_out_stream(&l->out, e));
    }
    return HC_OK;
}

static void list_head(struct listing *l)
{
    if (l->json) {
        hc_buf_add_str(&l->out, "{\"connections\":[");
        return;
    }
    row(l, HC_BYTES(
               "{\"gate\":\"GATE\",\"who\":\"WHO\",\"from\":\"FROM\",\"since\":\"SINCE\",\"protocol\":\"PROTOCOL\"}"));
}

static void list_end(struct listing *l)
{
    if (l->json) {
        hc_buf_addf(&l->out, "\n],\"listed\":%zu,\"left_out\":%zu}\n", l->listed, l->left_out);
        return;
    }
    hc_buf_addf(&l->out, "%zu connection%s", l->listed + l->left_out, l->listed + l->left_out == 1 ? "" : "s");
    if (l->left_out)
        hc_buf_addf(&l->out, "; %zu of them are not listed: ask with --who", l->left_out);
    hc_buf_add_str(&l->out, "\n");
}

struct hc_rc hc_gate_peers_list(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_GATE_MANY(a);
    struct listing l = {.out = HC_BUF(HC_OUT_MAX), .json = hc_opts_flag(in->opts, "json")};
    const char *who = hc_opts_value(in->opts, "who");
    bool all = hc_opts_flag(in->opts, "all") || (!hc_opts_arg(in->opts, 1) && !hc_opts_value(in->opts, "name"));
    struct hc_err missed = {0};
    struct hc_rc rc = HC_OK;
    struct hc_bytes text;

    if (who)
        HC_TRY(e, hc_gate_many_pattern(who, e));
    HC_TRY(e, hc_gate_many_find(in, file, all, &a, e));
    HC_TRY(e, hc_gate_many_ask(&a, all, "connections", who ? who : "", e));
    list_head(&l);
    for (size_t i = 0; i < a.names.n && hc_ok(rc); i++)
        if (hc_gate_many_heard(&a.ask[i], &text, &missed))
            rc = list_gate(&l, text, e);
    list_end(&l);
    if (hc_ok(rc))
        rc = hc_out_flush(&l.out, e);
    hc_buf_fini(&l.out);
    HC_TRY(e, rc);
    return hc_gate_many_missed(&missed, e);
}

/* --- disconnect --------------------------------------------------------------------------------------------------- */

/* How many there are now; the answer to the question takes a moment, and others come and go. */
static struct hc_rc confirm(struct hc_invocation *in, struct hc_gate_many *a, const char *who, struct hc_err *e)
{
    char question[HC_ERR_TEXT];
    struct hc_err missed = {0};
    struct hc_bytes text;
    size_t n = 0, gates = 0;

    if (hc_opts_flag(in->opts, "yes"))
        return HC_OK;
    for (size_t i = 0; i < a->names.n; i++) {
        if (!hc_gate_many_heard(&a->ask[i], &text, &missed))
            continue;
        gates++;
        while (text.n > 0) {
            struct hc_bytes line = hc_bytes_next_line(&text);

            if (text.n == 0)
                n += hc_json_line_count(line, "listed") + hc_json_line_count(line, "left_out");
        }
    }
    HC_TRY(e, hc_gate_many_missed(&missed, e));
    snprintf(question, sizeof question, "End %zu connection%s of %.200s at %zu gate%s?", n, n == 1 ? "" : "s", who,
             gates, gates == 1 ? "" : "s");
    return hc_passphrase_confirm(question, e);
}

static size_t closed_of(struct hc_bytes text)
{
    struct hc_bytes line = hc_bytes_next_line(&text);
    char digits[24];

    snprintf(digits, sizeof digits, "%.*s", HC_BYTES_FMT(hc_bytes_head(hc_bytes_skip(line, 7), 20)));
    return hc_bytes_starts(line, HC_BYTES("closed ")) ? (size_t)strtoull(digits, NULL, 10) : 0;
}

struct hc_rc hc_gate_peers_disconnect(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_GATE_MANY(a);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    const char *who = hc_opts_value(in->opts, "who");
    bool all = hc_opts_flag(in->opts, "all");
    struct hc_err missed = {0};
    struct hc_bytes text;
    size_t n = 0;

    if (!who || !*who)
        return HC_FAIL(e, HC_E_USAGE, "say whose connections to end: --who PATTERN (`authenticated` is everybody)");
    HC_TRY(e, hc_gate_many_pattern(who, e));
    HC_TRY(e, hc_gate_many_find(in, file, all, &a, e));
    HC_TRY(e, hc_gate_many_ask(&a, all, "connections", who, e));
    HC_TRY(e, confirm(in, &a, who, e));
    HC_TRY(e, hc_gate_many_ask(&a, all, "disconnect", who, e));
    for (size_t i = 0; i < a.names.n; i++)
        if (hc_gate_many_heard(&a.ask[i], &text, &missed))
            n += closed_of(text);
    if (hc_opts_flag(in->opts, "json"))
        hc_buf_addf(&out, "{\"closed\":%zu}\n", n);
    else
        hc_buf_addf(&out, "%zu connection%s closed\n", n, n == 1 ? "" : "s");
    HC_TRY(e, hc_out_flush(&out, e));
    return hc_gate_many_missed(&missed, e);
}
