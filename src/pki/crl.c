/* crl.c - one complete CRL. Invariant: rows[0..n_entries) are sorted by serial_cmp and point into der. */
#include "pki/crl.h"

#include <stdlib.h>

#include "base/file.h"
#include "pki/crl_read.h"
#include "pki/crl_text.h"

#define FILE_MAX (HC_CRL_MAX / 2 * 3) /* base64 and line ends add some 36 per cent */

struct hc_crl_row {
    int64_t time;
    uint32_t at; /* of the serial's contents in der; HC_CRL_MAX fits */
    uint8_t n;   /* bytes of the serial */
    uint8_t reason;
};

/* Any total order will do that is the same for searching. */
static int serial_cmp(struct hc_bytes a, struct hc_bytes b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return memcmp(a.p, b.p, a.n);
}

static struct hc_bytes row_serial(const struct hc_crl *crl, const struct hc_crl_row *row)
{
    return hc_bytes_of(crl->der.p + row->at, row->n);
}

static int row_cmp(const void *a, const void *b, void *crl)
{
    return serial_cmp(row_serial(crl, a), row_serial(crl, b));
}

/* ---- what the reader calls; everything was fed in one piece, so its views may be kept ---- */

struct parse {
    struct hc_crl *crl;
    size_t room;  /* of rows */
    size_t n_alg; /* bytes of the AlgorithmIdentifier */
};

static struct hc_rc unsupported(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CRL_UNSUPPORTED, "it is %s", what);
}

static struct hc_rc take_head(void *ctx, const struct hc_crl_head *head, struct hc_err *e)
{
    struct parse *p = ctx;

    (void)e;
    p->n_alg = head->sig_alg.n;
    p->crl->issuer = head->issuer;
    p->crl->this_update = head->this_update;
    p->crl->next_update = head->next_update;
    return HC_OK;
}

#define ROWS_FIRST 64

static struct hc_rc grow(struct parse *p, struct hc_err *e)
{
    size_t room = p->room ? p->room + p->room / 2 : ROWS_FIRST;
    struct hc_crl_row *rows = realloc(p->crl->rows, room * sizeof *rows);

    if (!rows)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu entries of a CRL", room);
    p->crl->rows = rows;
    p->room = room;
    return HC_OK;
}

static struct hc_rc take_entry(void *ctx, const struct hc_crl_read_entry *entry, struct hc_err *e)
{
    struct parse *p = ctx;

    if (p->crl->n_entries == p->room)
        HC_TRY(e, grow(p, e));
    p->crl->rows[p->crl->n_entries++] = (struct hc_crl_row){
        .time = entry->time,
        .at = (uint32_t)(entry->serial.p - p->crl->der.p),
        .n = (uint8_t)entry->serial.n,
        .reason = (uint8_t)entry->reason,
    };
    return HC_OK;
}

static struct hc_rc take_tail(void *ctx, const struct hc_crl_tail *tail, struct hc_err *e)
{
    struct parse *p = ctx;

    if (tail->base.n > 0)
        return unsupported("a delta CRL", e);
    if (tail->idp.n > 0)
        return unsupported("a CRL for a part of its issuer's certificates only (issuingDistributionPoint)", e);
    p->crl->number = tail->number;
    p->crl->aki = tail->aki;
    return HC_OK;
}

static struct hc_rc read_all(struct parse *p, struct hc_err *e)
{
    HC_AUTO(hc_crl_read) reader = NULL;
    struct hc_crl_read_sink sink = {.head = take_head, .entry = take_entry, .tail = take_tail, .ctx = p};
    struct hc_crl *crl = p->crl;
    struct hc_crl_read_end end;

    HC_TRY(e, hc_crl_read_new(&sink, &reader, e));
    HC_TRY(e, hc_crl_read_feed(reader, crl->der, e));
    HC_TRY(e, hc_crl_read_end(reader, &end, e));
    if (end.indirect)
        return unsupported("an indirect CRL: an entry names its own issuer", e);
    crl->tbs = hc_bytes_of(crl->der.p + end.tbs_at, end.tbs_n);
    crl->sig_alg = hc_bytes_of(crl->tbs.p + crl->tbs.n, p->n_alg);
    crl->signature = end.signature;
    if (crl->n_entries > 0)
        qsort_r(crl->rows, crl->n_entries, sizeof *crl->rows, row_cmp, crl);
    return HC_OK;
}

struct hc_rc hc_crl_parse(struct hc_bytes der, struct hc_crl **out, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;

    if (der.n > HC_CRL_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the CRL has %zu bytes, and at most %d are accepted", der.n, HC_CRL_MAX);
    crl = malloc(sizeof *crl + der.n);
    if (!crl)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a CRL of %zu bytes", der.n);
    memset(crl, 0, sizeof *crl);
    atomic_init(&crl->refs, 1);
    if (der.n)
        memcpy(crl + 1, der.p, der.n);
    crl->der = hc_bytes_of(crl + 1, der.n);
    HC_TRY(e, read_all(&(struct parse){.crl = crl}, e));
    *out = HC_GIVE(crl);
    return HC_OK;
}

/* ---- files ---- */

static struct hc_rc collect(void *ctx, struct hc_bytes der, struct hc_err *e)
{
    struct hc_buf *out = ctx;

    hc_buf_add(out, der);
    return hc_buf_check(out, e);
}

static struct hc_rc parse_file(struct hc_bytes in, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    struct hc_crl_text text = {.out = collect, .ctx = &der};

    HC_TRY(e, hc_crl_text_feed(&text, in, e));
    HC_TRY(e, hc_crl_text_end(&text, e));
    return hc_crl_parse(hc_buf_view(&der), out, e);
}

struct hc_rc hc_crl_load(const char *path, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(file, FILE_MAX);
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(path, &file, e));
    rc = parse_file(hc_buf_view(&file), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

struct hc_crl *hc_crl_ref(struct hc_crl *crl)
{
    atomic_fetch_add_explicit(&crl->refs, 1, memory_order_relaxed);
    return crl;
}

void hc_crl_free(struct hc_crl *crl)
{
    if (!crl || atomic_fetch_sub_explicit(&crl->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(crl->rows);
    free(crl);
}

bool hc_crl_find(const struct hc_crl *crl, struct hc_bytes serial, struct hc_crl_entry *out)
{
    size_t low = 0;
    size_t high = crl->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = serial_cmp(serial, row_serial(crl, &crl->rows[middle]));

        if (order == 0) {
            if (out)
                *out = hc_crl_entry_at(crl, middle, &serial);
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

struct hc_crl_entry hc_crl_entry_at(const struct hc_crl *crl, size_t i, struct hc_bytes *serial)
{
    const struct hc_crl_row *row = &crl->rows[i];

    *serial = row_serial(crl, row);
    return (struct hc_crl_entry){.time = row->time, .reason = (enum hc_crl_reason)row->reason};
}

int hc_crl_number_cmp(struct hc_bytes a, struct hc_bytes b)
{
    while (a.n > 0 && a.p[0] == 0)
        a = hc_bytes_skip(a, 1);
    while (b.n > 0 && b.p[0] == 0)
        b = hc_bytes_skip(b, 1);
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

const char *hc_crl_reason_text(enum hc_crl_reason reason)
{
    switch (reason) {
    case HC_CRL_UNSPECIFIED:
        break;
    case HC_CRL_KEY_COMPROMISE:
        return "keyCompromise";
    case HC_CRL_CA_COMPROMISE:
        return "cACompromise";
    case HC_CRL_AFFILIATION_CHANGED:
        return "affiliationChanged";
    case HC_CRL_SUPERSEDED:
        return "superseded";
    case HC_CRL_CESSATION_OF_OPERATION:
        return "cessationOfOperation";
    case HC_CRL_CERTIFICATE_HOLD:
        return "certificateHold";
    case HC_CRL_PRIVILEGE_WITHDRAWN:
        return "privilegeWithdrawn";
    case HC_CRL_AA_COMPROMISE:
        return "aACompromise";
    }
    return "unspecified";
}
