/*
 * fuzz_h1.c - heads and bodies of HTTP/1.1. The first byte says which side is read, the second how the bytes are cut.
 *
 * Besides memory errors it finds: an outcome that depends on the cuts; a head that reads differently after it was
 * emitted again (that is smuggling); content that depends on the cuts.
 */
#include <stdlib.h>

#include "proto/h1body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONTENT_MAX (1 << 20)

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum hc_code read_head(struct hc_bytes in, size_t *scanned, unsigned side, struct hc_h1_head *head, bool *done)
{
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_err e;
    struct hc_h1_response_input input = {in, scanned, side == 2};
    struct hc_rc rc = side == 0 ? hc_h1_request_head(in, scanned, head, &progress, &e)
                                : hc_h1_response_head(input, head, &progress, &e);

    *done = hc_ok(rc) && progress == HC_H1_DONE;
    return rc.code;
}

static void same_when_cut(struct hc_bytes in, size_t step, unsigned side, enum hc_code code,
                          const struct hc_h1_head *whole, bool whole_done)
{
    static struct hc_h1_head head;
    size_t scanned = 0, n = 0;
    enum hc_code got = HC_OK_CODE;
    bool done = false;

    while (got == HC_OK_CODE && !done && n < in.n) {
        n = n + step < in.n ? n + step : in.n;
        got = read_head(hc_bytes_head(in, n), &scanned, side, &head, &done);
    }
    must(got == code && done == whole_done);
    if (done)
        must(head.head_bytes == whole->head_bytes && head.n_fields == whole->n_fields && head.body == whole->body &&
             head.content_length == whole->content_length && head.keep_alive == whole->keep_alive);
}

static void same_when_emitted(const struct hc_h1_head *head, unsigned side)
{
    static struct hc_h1_head again;
    HC_BUF_AUTO(out, 2 * HC_H1_HEAD_MAX);
    size_t scanned = 0;
    bool done;
    struct hc_err e;

    if (head->minor == 0) /* the emitter speaks 1.1 only, where other rules hold */
        return;
    if (side == 0)
        hc_h1_emit_request(&out, head->method, head->target);
    else
        hc_h1_emit_status(&out, head->status, head->reason);
    for (size_t i = 0; i < head->n_fields; i++)
        hc_h1_emit_field(&out, head->fields[i].name, head->fields[i].value);
    hc_h1_emit_end(&out);
    must(hc_ok(hc_buf_check(&out, &e)));
    if (out.n > HC_H1_HEAD_MAX)
        return;
    must(read_head(hc_buf_view(&out), &scanned, side, &again, &done) == HC_OK_CODE && done);
    must(again.head_bytes == out.n && again.n_fields == head->n_fields && again.body == head->body);
    must(again.content_length == head->content_length && again.status == head->status);
    must(hc_bytes_eq(again.path, head->path) && hc_bytes_eq(again.host, head->host));
}

static enum hc_code read_body(const struct hc_h1_head *head, struct hc_bytes in, size_t step, struct hc_buf *content)
{
    struct hc_h1_decoder dec;
    struct hc_h1_piece piece = {0};
    struct hc_err e;

    hc_h1_decoder_init_request(&dec, head);
    while (in.n > 0 && piece.progress == HC_H1_MORE) {
        if (hc_failed(hc_h1_decode(&dec, hc_bytes_head(in, step), &piece, &e)))
            return e.code;
        must(piece.consumed > 0 || piece.progress == HC_H1_DONE);
        must(piece.consumed <= in.n);
        hc_buf_add(content, piece.data);
        in = hc_bytes_skip(in, piece.consumed);
    }
    return HC_OK_CODE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hc_h1_head head;
    struct hc_bytes in = hc_bytes_of(data, size), rest;
    HC_BUF_AUTO(whole, CONTENT_MAX);
    HC_BUF_AUTO(parts, CONTENT_MAX);
    size_t scanned = 0, step;
    unsigned side;
    enum hc_code code;
    bool done;

    if (size < 2)
        return 0;
    side = in.p[0] % 3;
    step = 1 + in.p[1] % 64;
    in = hc_bytes_skip(in, 2);
    if (in.n == 0)
        return 0;
    code = read_head(in, &scanned, side, &head, &done);
    same_when_cut(in, step, side, code, &head, done);
    if (!done)
        return 0;
    same_when_emitted(&head, side);
    rest = hc_bytes_skip(in, head.head_bytes);
    must(read_body(&head, rest, SIZE_MAX, &whole) == read_body(&head, rest, step, &parts));
    must(hc_bytes_starts(hc_buf_view(&whole), hc_buf_view(&parts)) ||
         hc_bytes_starts(hc_buf_view(&parts), hc_buf_view(&whole)));
    return 0;
}
