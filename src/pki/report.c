/* report.c - a bounded list of findings, and which of them names the refusal. */
#include "pki/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"

void hc_report_init(struct hc_report *r, bool steps)
{
    r->steps = steps;
    r->n = 0;
    r->failed = 0;
    r->lost = 0;
    r->effort = HC_REPORT_EFFORT;
}

void hc_report_toil(struct hc_report *r, size_t effort)
{
    r->effort -= effort < r->effort ? effort : r->effort;
}

static void drop_at(struct hc_report *r, size_t i)
{
    memmove(&r->finding[i], &r->finding[i + 1], (r->n - i - 1) * sizeof(r->finding[0]));
    r->n--;
    r->lost++;
}

/* A full report keeps its failures and lets the latest step that passed go. */
static bool make_room(struct hc_report *r)
{
    if (r->n < HC_REPORT_FINDINGS)
        return true;
    for (size_t i = r->n; i-- > 0;) {
        if (r->finding[i].code == HC_OK_CODE) {
            drop_at(r, i);
            return true;
        }
    }
    return false;
}

/* A sentence that was cut inside a UTF-8 character ends before that character. */
static void trim_cut(char text[HC_REPORT_TEXT])
{
    size_t n = strlen(text);
    size_t start = n;
    while (start > 0 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (uint8_t)text[start - 1] < 0xc0)
        return;
    uint8_t lead = (uint8_t)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (n - (start - 1) < want)
        text[start - 1] = '\0';
}

__attribute__((format(printf, 4, 0))) static void add(struct hc_report *r, enum hc_code code, int depth,
                                                      const char *fmt, va_list args)
{
    if (code != HC_OK_CODE) {
        r->failed++;
        hc_report_toil(r, HC_REPORT_EFFORT_FINDING);
    }
    if (code == HC_OK_CODE ? r->n == HC_REPORT_FINDINGS : !make_room(r)) {
        r->lost++;
        return;
    }
    struct hc_finding *f = &r->finding[r->n++];
    f->code = code;
    f->depth = depth;
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    trim_cut(f->text);
}

void hc_report_fail(struct hc_report *r, enum hc_code code, int depth, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(r, code, depth, fmt, args);
    va_end(args);
}

void hc_report_fail_err(struct hc_report *r, int depth, const struct hc_err *e)
{
    HC_BUF_AUTO(text, (size_t)8 * HC_ERR_TEXT); /* every byte of it may become \u{HHHH} */
    hc_escape_text(&text, hc_bytes_str(e->text));
    /* Without memory for the escaped text the code alone has to do. */
    hc_report_fail(r, e->code, depth, "%s", text.failed == HC_OK_CODE ? hc_buf_cstr(&text) : hc_row(e->code)->sentence);
}

void hc_report_pass(struct hc_report *r, int depth, const char *fmt, ...)
{
    if (!r->steps)
        return;
    va_list args;
    va_start(args, fmt);
    add(r, HC_OK_CODE, depth, fmt, args);
    va_end(args);
}

void hc_report_merge(struct hc_report *r, const struct hc_report *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct hc_finding *f = &from->finding[i];
        if (f->code != HC_OK_CODE)
            hc_report_fail(r, f->code, f->depth, "%s", f->text);
        else
            hc_report_pass(r, f->depth, "%s", f->text);
    }
    size_t kept = 0;
    for (size_t i = 0; i < from->n; i++)
        kept += from->finding[i].code != HC_OK_CODE;
    r->failed += from->failed - kept;
    r->lost += from->lost;
}

bool hc_report_ok(const struct hc_report *r)
{
    return r->failed == 0;
}

/* The order that hc_report_first promises: the lower, the more it says about the chain. */
static int rank(enum hc_code code)
{
    switch (code) {
    case HC_E_NOMEM:
    case HC_E_LIBRARY:
    case HC_E_INTERNAL:
        return 0; /* nothing was judged */
    case HC_E_REVOKED:
    case HC_E_ISSUER_REVOKED:
        return 20;
    case HC_E_NAME_NOT_PERMITTED:
    case HC_E_NAME_EXCLUDED:
    case HC_E_NAME_CONSTRAINT_SYNTAX:
    case HC_E_ANCHOR_NAME:
        return 30;
    case HC_E_NAME_MISMATCH:
    case HC_E_NO_IDENTITY:
        return 70;
    case HC_E_LEAF_IS_CA:
    case HC_E_SPIFFE_ID:
        return 50;
    default:
        break;
    }
    int hundreds = (int)code / 100;
    switch (hundreds) {
    case 10:
    case 11:
        return 10;
    case 12:
        return code <= HC_E_ISSUER_NOT_YET_VALID ? 40 : 50;
    case 14:
        return 60;
    default:
        return 80;
    }
}

const struct hc_finding *hc_report_first(const struct hc_report *r)
{
    const struct hc_finding *best = NULL;
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_finding *f = &r->finding[i];
        if (f->code != HC_OK_CODE && (best == NULL || rank(f->code) < rank(best->code)))
            best = f;
    }
    return best;
}

enum hc_code hc_report_code(const struct hc_report *r)
{
    const struct hc_finding *first = hc_report_first(r);
    return first != NULL ? first->code : HC_OK_CODE;
}

bool hc_report_has(const struct hc_report *r, enum hc_code code)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->finding[i].code == code)
            return true;
    }
    return false;
}

static void depth_text(int depth, struct hc_buf *out)
{
    if (depth == 0)
        hc_buf_add_str(out, "leaf: ");
    else if (depth > 0)
        hc_buf_addf(out, "issuer %d: ", depth);
}

void hc_report_text(const struct hc_report *r, struct hc_buf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_finding *f = &r->finding[i];
        char id[HC_ID_TEXT] = "ok";
        if (f->code != HC_OK_CODE)
            hc_id_text(f->code, id);
        hc_buf_addf(out, "%-8s ", id);
        depth_text(f->depth, out);
        hc_buf_addf(out, "%s\n", f->text);
    }
    if (r->lost > 0)
        hc_buf_addf(out, "(%zu more findings did not fit)\n", r->lost);
}

struct hc_rc hc_report_result(const struct hc_report *r, struct hc_err *e)
{
    const struct hc_finding *first = hc_report_first(r);
    if (first == NULL)
        return HC_OK;
    if (r->failed == 1)
        return HC_FAIL(e, first->code, "%s", first->text);
    return HC_FAIL(e, first->code, "%s (and %zu more %s)", first->text, r->failed - 1,
                   r->failed == 2 ? "rule failed" : "rules failed");
}
