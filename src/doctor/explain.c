/* explain.c - what a pasted text means: first what it is as a whole, then what its lines are known to say, then what
 * stands inside them. */
#include "doctor/explain.h"

#include "base/auto.h"
#include "doctor/explain_inside.h"

void hc_explain_add(struct hc_explain_found *f, struct hc_explanation what)
{
    const char *id = what.id ? what.id : what.own;
    if (f->n == HC_EXPLAIN_FOUND)
        return;
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->out[i].id, id) == 0 && f->out[i].said == what.said)
            return;
    struct hc_explanation *at = &f->out[f->n++];
    *at = what;
    if (!at->id)
        at->id = at->own;
}

/* ---- Handclasp's own ---- */

static const struct {
    enum hc_code code;
    const char *id;
} ids[] = {
#define HC_ROW(name, number, exit, v_err, alert, status, clause, sentence, fix) {name, "HC-" #number},
#include "base/catalogue.def"
#undef HC_ROW
};

/* The four digits at `digits`, when they are the number of a row. */
static void add_row(struct hc_explain_found *f, struct hc_bytes digits)
{
    for (size_t i = 0; i < HC_COUNT(ids); i++) {
        if (!hc_bytes_eq_str(digits, ids[i].id + strlen("HC-")))
            continue;
        const struct hc_row *row = hc_row(ids[i].code);
        hc_explain_add(f, (struct hc_explanation){
                              .source = "Handclasp",
                              .id = ids[i].id,
                              .means = row->sentence,
                              .causes = "",
                              .fix = row->fix,
                              .code = ids[i].code,
                          });
    }
}

static void add_cause(struct hc_explain_found *f, struct hc_bytes slug)
{
    const struct hc_cause_row *row = hc_cause_find(slug);
    if (row)
        hc_explain_add(f, (struct hc_explanation){
                              .source = "verdict",
                              .id = row->slug,
                              .means = row->sentence,
                              .causes = "",
                              .fix = row->fix,
                              .code = row->code,
                          });
}

/* HC-1201 anywhere. */
static void ids_in(struct hc_explain_found *f, struct hc_bytes text)
{
    for (size_t i = 0; (i = hc_explain_find(text, i, "hc-")) < text.n;) {
        i += strlen("hc-");
        struct hc_bytes digits = hc_bytes_head(hc_bytes_skip(text, i), 4);
        if (i + 4 == text.n || (i + 4 < text.n && !hc_ascii_is_digit(text.p[i + 4])))
            add_row(f, digits);
    }
}

/* ---- lines ---- */

static void whole(struct hc_explain_found *f, struct hc_bytes text)
{
    size_t row;
    add_row(f, text);
    add_cause(f, text);
    if (hc_explain_pattern_named(text, &row))
        hc_explain_pattern_add(f, row);
    hc_explain_alert_whole(f, text);
    hc_explain_verify_whole(f, text);
}

/* Keeps the best matches of all lines, the longest pieces first. */
struct best {
    struct hc_explain_match match[HC_EXPLAIN_FOUND];
    size_t n;
};

static void keep(struct best *b, struct hc_explain_match m)
{
    size_t i = 0;
    for (size_t k = 0; k < b->n; k++)
        if (b->match[k].row == m.row)
            return;
    while (i < b->n && b->match[i].score >= m.score)
        i++;
    if (i == HC_EXPLAIN_FOUND)
        return;
    if (b->n < HC_EXPLAIN_FOUND)
        b->n++;
    memmove(&b->match[i + 1], &b->match[i], (b->n - 1 - i) * sizeof b->match[0]);
    b->match[i] = m;
}

static void patterns_in(struct hc_explain_found *f, struct hc_bytes text)
{
    struct best best = {.n = 0};
    struct hc_explain_match m;
    while (text.n > 0)
        if (hc_explain_pattern_find(hc_bytes_trim(hc_bytes_next_line(&text)), &m))
            keep(&best, m);
    for (size_t i = 0; i < best.n; i++)
        hc_explain_pattern_add(f, best.match[i].row);
}

static void inside(struct hc_explain_found *f, struct hc_bytes text)
{
    while (text.n > 0) {
        struct hc_bytes line = hc_bytes_trim(hc_bytes_next_line(&text));
        hc_explain_alert_in(f, line);
        hc_explain_verify_in(f, line);
    }
}

static void all(struct hc_explain_found *f, struct hc_bytes text)
{
    whole(f, text);
    ids_in(f, text);
    patterns_in(f, text);
    inside(f, text);
}

/* A terminal or a mail may have broken the line. */
static void unbroken(struct hc_explain_text *text)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->p[i] == '\n')
            text->p[i] = ' ';
}

static struct hc_bytes trimmed(const struct hc_explain_text *text)
{
    struct hc_bytes b = {text->p, text->n};
    while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\n'))
        b = hc_bytes_skip(b, 1);
    while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\n'))
        b.n--;
    return b;
}

struct hc_rc hc_explain(struct hc_bytes text, struct hc_explanation out[HC_EXPLAIN_FOUND], size_t *n, struct hc_err *e)
{
    struct hc_explain_found f = {out, 0};
    struct hc_explain_text clean;
    if (text.n > HC_EXPLAIN_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the text is longer than %d bytes; the line with the message is enough",
                       HC_EXPLAIN_MAX);
    if (!hc_explain_clean(text, &clean))
        return HC_FAIL(e, HC_E_EXPLAIN_UNKNOWN, "that is no text; to look into a file: handclasp inspect FILE");
    if (trimmed(&clean).n == 0)
        return HC_FAIL(e, HC_E_EXPLAIN_UNKNOWN, "the text is empty");
    all(&f, trimmed(&clean));
    if (f.n == 0) {
        unbroken(&clean);
        all(&f, trimmed(&clean));
    }
    if (f.n == 0 && hc_explain_find(trimmed(&clean), 0, "-----begin ") < trimmed(&clean).n)
        return HC_FAIL(e, HC_E_EXPLAIN_UNKNOWN, "that is PEM; to look into it: handclasp inspect FILE");
    if (f.n == 0)
        return HC_FAIL(e, HC_E_EXPLAIN_UNKNOWN, "no id, alert or message that is known here is in the text");
    *n = f.n;
    return HC_OK;
}
