/* why_both.c - the two ends of one handshake, side by side. */
#include <inttypes.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/text.h"
#include "doctor/why.h"

#define NAME_COLUMNS 23 /* and two spaces */
#define LAST_COLUMNS 26
#define WORDS_MAX (8 * 1024)

bool hc_why_both_match(const struct hc_why_probe *p, const struct hc_why *w)
{
    if (p->has_random && w->has_random)
        return memcmp(p->random_hash, w->random_hash, sizeof p->random_hash) == 0;
    return p->ref.text[0] && strcmp(p->ref.text, w->ref.text) == 0;
}

/* --- the messages ------------------------------------------------------------------------------------------------- */

static bool is_same(const struct hc_why_probe_message *a, const struct hc_why_message *b)
{
    return a->sent != b->sent && a->alert == b->alert && a->number == b->number;
}

/* Which message of the gate's is which of the probe's: the first of its kind that has none yet. */
struct pairs {
    bool has[HC_WHY_MESSAGES];
    size_t of[HC_WHY_PROBE_MESSAGES]; /* HC_WHY_MESSAGES: none */
};

static void pair_up(const struct hc_why_probe *p, const struct hc_why *w, struct pairs *out)
{
    *out = (struct pairs){.has = {false}};
    for (size_t i = 0; i < p->n_messages; i++) {
        out->of[i] = HC_WHY_MESSAGES;
        for (size_t k = 0; k < w->n_messages && out->of[i] == HC_WHY_MESSAGES; k++)
            if (!out->has[k] && is_same(&p->message[i], &w->message[k])) {
                out->of[i] = k;
                out->has[k] = true;
            }
    }
}

/* One end's part of a row: when, and what. An end that saw nothing says so. */
static void half(struct hc_buf *out, bool seen, uint64_t at_us, struct hc_bytes name, bool last)
{
    if (!seen)
        hc_buf_addf(out, "%13s", "");
    else
        hc_buf_addf(out, "%6" PRIu64 ".%" PRIu64 " ms  ", at_us / 1000, at_us / 100 % 10);
    hc_text_cell(out, seen ? name : HC_BYTES("not seen"), last ? LAST_COLUMNS : NAME_COLUMNS, last);
}

static void row(struct hc_buf *out, const struct hc_why_probe_message *p, const struct hc_why_message *w)
{
    HC_BUF_AUTO(name, 64);
    bool to_gate = p ? p->sent : !w->sent;

    hc_why_message(p ? p->alert : w->alert, p ? p->number : w->number, &name);
    name.n = hc_bytes_find(hc_buf_view(&name), '('); /* an alert's number is in the words below */
    half(out, p != NULL, p ? p->at_us : 0, hc_bytes_trim(hc_buf_view(&name)), false);
    hc_buf_addf(out, "%s", to_gate ? "-->" : "<--");
    half(out, w != NULL, w ? w->at_us : 0, hc_bytes_trim(hc_buf_view(&name)), true);
}

/* In the probe's order; what only the gate saw stands before what it saw next. */
static void add_messages(const struct hc_why_probe *p, const struct hc_why *w, struct hc_buf *out)
{
    struct pairs pairs;
    size_t next = 0;

    pair_up(p, w, &pairs);
    hc_buf_addf(out, "\n%13s%-*s   %13s%s\n", "", NAME_COLUMNS + 2, "AS THE PROBE SAW IT", "", "AS THE GATE SAW IT");
    for (size_t i = 0; i < p->n_messages; i++) {
        size_t k = pairs.of[i];

        for (; k < HC_WHY_MESSAGES && next < k; next++)
            if (!pairs.has[next])
                row(out, NULL, &w->message[next]);
        row(out, &p->message[i], k < HC_WHY_MESSAGES ? &w->message[k] : NULL);
    }
    for (; next < w->n_messages; next++)
        if (!pairs.has[next])
            row(out, NULL, &w->message[next]);
    hc_buf_add_str(out, "Each end counts from its own beginning: the probe from when it began to\n"
                        "connect, the gate from when it accepted.\n");
}

/* --- what each of them says --------------------------------------------------------------------------------------- */

static void add_heads(const struct hc_why_probe *p, const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, WORDS_MAX);
    char at[HC_TIME_TEXT], text[256];

    hc_why_sentence(w, &words);
    hc_buf_add_str(out, "One handshake from both ends.\n\n");
    snprintf(text, sizeof text, "%s of %.200s", hc_time_text(p->time, at), p->target);
    hc_why_field(out, "probe", text);
    hc_why_field(out, "", p->end);
    hc_why_field(out, "", p->verdict);
    snprintf(text, sizeof text, "%s at %s, from %s", hc_time_text(w->time, at), w->gate, w->peer);
    hc_why_field(out, "gate", text);
    hc_buf_addf(out, "%14s", "");
    hc_text_wrap(out, 14, 14, hc_buf_view(&words));
}

static void add_agreed(const struct hc_why_probe *p, const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(theirs, 256);
    char ours[128];

    snprintf(ours, sizeof ours, "%s%s%s", p->tls[0] ? p->tls : "nothing agreed", p->suite[0] ? " " : "", p->suite);
    if (w->tls[0])
        hc_why_agreed(w, &theirs);
    else
        hc_buf_add_str(&theirs, "nothing agreed");
    hc_why_field(out, "TLS, probe", ours);
    hc_why_field(out, "TLS, gate", hc_buf_cstr(&theirs));
}

void hc_why_both(const struct hc_why_probe *p, const struct hc_why *w, struct hc_buf *out)
{
    add_heads(p, w, out);
    add_agreed(p, w, out);
    add_messages(p, w, out);
}
