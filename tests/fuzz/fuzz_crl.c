/*
 * fuzz_crl.c - any bytes as a CRL. The streaming reader must say the same of the input in one piece and in pieces whose
 * lengths the input chooses; hc_crl_parse takes nothing that the reader refuses, and finds every entry that it showed.
 */
#include <assert.h>
#include <stdlib.h>

#include "pki/crl.h"
#include "pki/crl_read.h"
#include "pki/revocation_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t hash;
    size_t n_entries;
    bool partial, delta;
    struct hc_revocation_table table;
    enum hc_code code;
};

static void hear(struct heard *h, struct hc_bytes b)
{
    h->hash = hc_bytes_hash(h->hash, hc_bytes_of(&b.n, sizeof(b.n)));
    h->hash = hc_bytes_hash(h->hash, b);
}

static struct hc_rc head(void *ctx, const struct hc_crl_head *v, struct hc_err *e)
{
    (void)e;
    hear(ctx, v->sig_alg);
    hear(ctx, v->issuer);
    hear(ctx, hc_bytes_of(&v->this_update, sizeof(v->this_update)));
    hear(ctx, hc_bytes_of(&v->next_update, sizeof(v->next_update)));
    return HC_OK;
}

static struct hc_rc entry(void *ctx, const struct hc_crl_read_entry *v, struct hc_err *e)
{
    struct heard *h = ctx;

    h->n_entries++;
    hear(h, v->serial);
    hear(h, hc_bytes_of(&v->time, sizeof(v->time)));
    hear(h, hc_bytes_of(&v->reason, sizeof(v->reason)));
    return hc_revocation_table_add(&h->table, v->serial, (struct hc_crl_entry){v->time, v->reason}, e);
}

static struct hc_rc tail(void *ctx, const struct hc_crl_tail *v, struct hc_err *e)
{
    struct heard *h = ctx;

    (void)e;
    hear(h, v->number);
    hear(h, v->aki);
    hear(h, v->base);
    hear(h, v->idp);
    h->partial = v->idp.n > 0;
    h->delta = v->base.n > 0;
    return HC_OK;
}

/* `split` says how long the pieces are, over and over; empty: all in one. Each piece is a copy of its own, so that the
 * sanitizer sees what is kept too long. */
static struct hc_rc feed(struct hc_crl_read *r, struct hc_bytes in, struct hc_bytes split, struct hc_err *e)
{
    for (size_t i = 0; in.n > 0; i++) {
        size_t n = split.n ? (size_t)split.p[i % split.n] + 1 : in.n;
        struct hc_bytes piece = hc_bytes_head(in, n);
        uint8_t *copy = malloc(piece.n);
        struct hc_rc rc;

        memcpy(copy, piece.p, piece.n);
        rc = hc_crl_read_feed(r, hc_bytes_of(copy, piece.n), e);
        free(copy);
        HC_TRY(e, rc);
        in = hc_bytes_skip(in, n);
    }
    return HC_OK;
}

static struct heard listen(struct hc_bytes in, struct hc_bytes split, bool verify)
{
    struct heard h = {.hash = HC_BYTES_HASH};
    struct hc_crl_read_sink sink = {.head = head, .entry = entry, .tail = tail, .ctx = &h, .verify = verify};
    struct hc_crl_read *r = NULL;
    struct hc_crl_read_end end;
    struct hc_err e;
    struct hc_rc rc = hc_crl_read_new(&sink, &r, &e);

    if (hc_ok(rc))
        rc = feed(r, in, split, &e);
    if (hc_ok(rc))
        rc = hc_crl_read_end(r, &end, &e);
    if (hc_ok(rc)) {
        h.partial = h.partial || end.indirect;
        if (verify)
            hear(&h, hc_bytes_of(end.hash, sizeof(end.hash)));
        else if (split.n)
            hear(&h, end.signature);
    }
    h.code = rc.code;
    hc_crl_read_free(r);
    return h;
}

/* The table and the parsed CRL know the same serials. */
static void compare(const struct hc_crl *crl, struct heard *h)
{
    assert(crl->n_entries == h->n_entries);
    hc_revocation_table_finish(&h->table);
    for (size_t i = 0; i < crl->n_entries; i++) {
        struct hc_bytes serial;
        struct hc_crl_entry found = hc_crl_entry_at(crl, i, &serial);

        assert(hc_crl_find(crl, serial, &found));
        assert(hc_revocation_table_find(&h->table, serial, &found));
        hc_crl_reason_text(found.reason);
    }
    assert(hc_crl_number_cmp(crl->number, crl->number) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_bytes in = hc_bytes_of(data, size), split = hc_bytes_skip(in, size > 8 ? size - 8 : 0);
    struct heard whole = listen(in, (struct hc_bytes){NULL, 0}, true), pieces = listen(in, split, true);
    struct heard plain = listen(in, (struct hc_bytes){NULL, 0}, false);
    struct hc_crl *crl = NULL;
    struct hc_err e;

    assert(whole.code == pieces.code && whole.n_entries == pieces.n_entries && whole.hash == pieces.hash);
    if (hc_ok(hc_crl_parse(in, &crl, &e))) {
        assert(plain.code == HC_OK_CODE && !plain.partial && !plain.delta);
        compare(crl, &plain);
    } else {
        assert(plain.code != HC_OK_CODE || plain.partial || plain.delta);
    }
    hc_crl_free(crl);
    hc_revocation_table_fini(&whole.table);
    hc_revocation_table_fini(&pieces.table);
    hc_revocation_table_fini(&plain.table);
    return 0;
}
