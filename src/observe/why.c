/*
 * why.c - a record as bytes, and back.
 *
 * One byte of version, then the members of struct hc_why in their order: numbers big-endian and of fixed size, a text as
 * two bytes of length and its bytes, a series as a byte of count and one of those left out and its items. Nothing is
 * optional but the hash of the random, which a byte announces. So equal records are equal bytes.
 */
#include "observe/why.h"

#include "base/auto.h"

#define VERSION 1
#define LEFT_OUT_MAX UINT8_MAX /* what is left out is counted so far */

/* What a record keeps when all its texts are as long as they may be: the leaf's side of the chain, and the findings that
 * come first. */
#define CERTS_KEPT 4
#define FINDINGS_KEPT 8

#define CERT_MAX (3 * (2 + HC_WHY_TEXT - 1) + 2 + 47 + 8 + 8 + 32)
#define FINDING_MAX (2 + 1 + 2 + HC_WHY_TEXT - 1)
#define REST_MAX (3 * HC_WHY_TEXT + 4 * HC_WHY_TEXT + 72 + 64 + 16 + 64 + 32 + 256) /* texts and numbers, generously */
_Static_assert(CERTS_KEPT *CERT_MAX + FINDINGS_KEPT * FINDING_MAX + HC_WHY_MESSAGES * 6 + REST_MAX <= HC_WHY_BYTES,
               "what is kept fits");

const char *hc_why_stage_text(enum hc_why_stage stage)
{
    return stage == HC_WHY_HANDSHAKE ? "handshake" : stage == HC_WHY_CONNECTION ? "connection" : "request";
}

void hc_why_put(char out[], size_t size, struct hc_bytes text)
{
    struct hc_bytes kept = hc_bytes_cut(text, size - 1);

    for (size_t i = 0; i < kept.n; i++)
        out[i] = kept.p[i] ? (char)kept.p[i] : ' ';
    out[kept.n] = 0;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void add_number(struct hc_buf *out, uint64_t v, unsigned bytes)
{
    while (bytes-- > 0)
        hc_buf_add_byte(out, (uint8_t)(v >> (8 * bytes)));
}

static void add_text(struct hc_buf *out, const char *text)
{
    struct hc_bytes b = hc_bytes_str(text);

    add_number(out, b.n, 2);
    hc_buf_add(out, b);
}

static void add_count(struct hc_buf *out, size_t n, size_t more)
{
    hc_buf_add_byte(out, (uint8_t)n);
    hc_buf_add_byte(out, (uint8_t)(more < LEFT_OUT_MAX ? more : LEFT_OUT_MAX));
}

static void add_cert(struct hc_buf *out, const struct hc_why_cert *c)
{
    add_text(out, c->subject);
    add_text(out, c->issuer);
    add_text(out, c->names);
    add_text(out, c->serial);
    add_number(out, (uint64_t)c->not_before, 8);
    add_number(out, (uint64_t)c->not_after, 8);
    hc_buf_add(out, hc_bytes_of(c->sha256, sizeof c->sha256));
}

static void add_head(struct hc_buf *out, const struct hc_why *w)
{
    hc_buf_add_byte(out, VERSION);
    add_text(out, w->ref.text);
    add_number(out, (uint64_t)w->time, 8);
    hc_buf_add_byte(out, (uint8_t)w->stage);
    add_number(out, w->code, 2);
    add_text(out, w->text);
    add_text(out, w->gate);
    add_text(out, w->peer);
    add_text(out, w->server_name);
    add_text(out, w->tls);
    add_text(out, w->suite);
    hc_buf_add_byte(out, w->proven);
    hc_buf_add_byte(out, w->resumed);
    add_text(out, w->identity);
    add_text(out, w->rule);
    add_text(out, w->method);
    add_text(out, w->path);
    add_number(out, w->status, 2);
    add_number(out, w->took_us, 4);
    hc_buf_add_byte(out, w->has_random);
    if (w->has_random)
        hc_buf_add(out, hc_bytes_of(w->random_hash, sizeof w->random_hash));
}

/* How much of each series is written. */
struct extent {
    size_t certs, findings;
};

static void add_all(struct hc_buf *out, const struct hc_why *w, struct extent to)
{
    add_head(out, w);
    add_count(out, to.certs, w->n_certs - to.certs + w->more_certs);
    for (size_t i = 0; i < to.certs; i++)
        add_cert(out, &w->cert[i]);
    add_count(out, to.findings, w->n_findings - to.findings + w->more_findings);
    for (size_t i = 0; i < to.findings; i++) {
        add_number(out, w->finding[i].code, 2);
        hc_buf_add_byte(out, (uint8_t)(w->finding[i].depth + 1));
        add_text(out, w->finding[i].text);
    }
    add_count(out, w->n_messages, w->more_messages);
    for (size_t i = 0; i < w->n_messages; i++) {
        add_number(out, w->message[i].at_us, 4);
        hc_buf_add_byte(out, (uint8_t)(w->message[i].sent | w->message[i].alert << 1));
        hc_buf_add_byte(out, w->message[i].number);
    }
}

/* Findings beyond the first ones go before certificates at the end; then either, one by one. */
static void shrink(struct extent *to)
{
    if (to->findings > FINDINGS_KEPT)
        to->findings--;
    else if (to->certs > CERTS_KEPT)
        to->certs--;
    else if (to->findings > 0)
        to->findings--;
}

void hc_why_emit(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(record, HC_WHY_BYTES);
    struct extent to = {w->n_certs, w->n_findings};

    add_all(&record, w, to);
    while (record.failed == HC_E_TOO_BIG && to.findings + to.certs > 0) {
        shrink(&to);
        hc_buf_clear(&record);
        add_all(&record, w, to);
    }
    hc_buf_fail(out, record.failed);
    hc_buf_add(out, hc_buf_view(&record));
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Fails once and stays failed; what it gives then is nothing. */
struct cursor {
    struct hc_bytes left;
    bool failed;
};

static struct hc_bytes take(struct cursor *c, size_t n)
{
    struct hc_bytes b = hc_bytes_head(c->left, n);

    c->failed = c->failed || b.n < n;
    if (c->failed)
        return (struct hc_bytes){NULL, 0};
    c->left = hc_bytes_skip(c->left, n);
    return b;
}

static uint64_t take_number(struct cursor *c, unsigned bytes)
{
    struct hc_bytes b = take(c, bytes);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++)
        v = v << 8 | b.p[i];
    return v;
}

static bool take_bool(struct cursor *c)
{
    uint64_t v = take_number(c, 1);

    c->failed = c->failed || v > 1;
    return v == 1;
}

static void take_text(struct cursor *c, char out[], size_t size)
{
    struct hc_bytes b = take(c, take_number(c, 2));

    c->failed = c->failed || b.n >= size || hc_bytes_find(b, 0) < b.n;
    if (c->failed)
        b.n = 0;
    if (b.n > 0)
        memcpy(out, b.p, b.n);
    out[b.n] = 0;
}

/* Whoever shows an id shows it as it is. */
static void take_ref(struct cursor *c, struct hc_ref *out)
{
    take_text(c, out->text, sizeof out->text);
    if (!out->text[0] || hc_ref_is(out->text))
        return;
    c->failed = true;
    out->text[0] = 0;
}

static void take_hash(struct cursor *c, uint8_t out[32])
{
    struct hc_bytes b = take(c, 32);

    if (b.n == 32)
        memcpy(out, b.p, 32);
}

static size_t take_count(struct cursor *c, size_t max, size_t *more)
{
    size_t n = take_number(c, 1);

    *more = take_number(c, 1);
    c->failed = c->failed || n > max;
    return c->failed ? 0 : n;
}

static enum hc_code take_code(struct cursor *c)
{
    uint64_t v = take_number(c, 2);

    c->failed = c->failed || v > 9999; /* ids have four digits; one that this version does not know is shown as it is */
    return c->failed ? HC_OK_CODE : (enum hc_code)v;
}

static void take_cert(struct cursor *c, struct hc_why_cert *out)
{
    take_text(c, out->subject, sizeof out->subject);
    take_text(c, out->issuer, sizeof out->issuer);
    take_text(c, out->names, sizeof out->names);
    take_text(c, out->serial, sizeof out->serial);
    out->not_before = (int64_t)take_number(c, 8);
    out->not_after = (int64_t)take_number(c, 8);
    take_hash(c, out->sha256);
}

static void take_head(struct cursor *c, struct hc_why *w)
{
    uint64_t stage;

    c->failed = take_number(c, 1) != VERSION || c->failed;
    take_ref(c, &w->ref);
    w->time = (int64_t)take_number(c, 8);
    stage = take_number(c, 1);
    c->failed = c->failed || stage > HC_WHY_REQUEST;
    w->stage = c->failed ? HC_WHY_HANDSHAKE : (enum hc_why_stage)stage;
    w->code = take_code(c);
    take_text(c, w->text, sizeof w->text);
    take_text(c, w->gate, sizeof w->gate);
    take_text(c, w->peer, sizeof w->peer);
    take_text(c, w->server_name, sizeof w->server_name);
    take_text(c, w->tls, sizeof w->tls);
    take_text(c, w->suite, sizeof w->suite);
    w->proven = take_bool(c);
    w->resumed = take_bool(c);
    take_text(c, w->identity, sizeof w->identity);
    take_text(c, w->rule, sizeof w->rule);
    take_text(c, w->method, sizeof w->method);
    take_text(c, w->path, sizeof w->path);
    w->status = (unsigned)take_number(c, 2);
    w->took_us = (uint32_t)take_number(c, 4);
    w->has_random = take_bool(c);
    if (w->has_random)
        take_hash(c, w->random_hash);
}

static void take_finding(struct cursor *c, struct hc_why_finding *out)
{
    out->code = take_code(c);
    out->depth = (int)take_number(c, 1) - 1;
    take_text(c, out->text, sizeof out->text);
}

static void take_message(struct cursor *c, struct hc_why_message *out)
{
    uint64_t how;

    out->at_us = (uint32_t)take_number(c, 4);
    how = take_number(c, 1);
    c->failed = c->failed || how > 3;
    out->sent = how & 1;
    out->alert = how & 2;
    out->number = (uint8_t)take_number(c, 1);
}

struct hc_rc hc_why_parse(struct hc_bytes in, struct hc_why *out, struct hc_err *e)
{
    struct cursor c = {.left = in, .failed = in.n > HC_WHY_BYTES};

    memset(out, 0, sizeof *out);
    take_head(&c, out);
    out->n_certs = take_count(&c, HC_WHY_CERTS, &out->more_certs);
    for (size_t i = 0; i < out->n_certs; i++)
        take_cert(&c, &out->cert[i]);
    out->n_findings = take_count(&c, HC_WHY_FINDINGS, &out->more_findings);
    for (size_t i = 0; i < out->n_findings; i++)
        take_finding(&c, &out->finding[i]);
    out->n_messages = take_count(&c, HC_WHY_MESSAGES, &out->more_messages);
    for (size_t i = 0; i < out->n_messages; i++)
        take_message(&c, &out->message[i]);
    if (c.failed || c.left.n > 0)
        return HC_FAIL(e, HC_E_WHY_RECORD, "the record of %zu bytes is not one that this program writes", in.n);
    return HC_OK;
}
