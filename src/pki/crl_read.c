/*
 * crl_read.c - from pieces to elements.
 *
 *   OUTER > TBS > VERSION > ALGORITHM > ISSUER > THIS_UPDATE > NEXT_UPDATE > LIST_OR_EXTENSIONS > (ENTRY)* >
 *   EXTENSIONS > OUTER_ALGORITHM > SIGNATURE > DONE
 *
 * Of OUTER, TBS and the list only the header is consumed; everything else is one whole element, taken from the piece
 * when it lies in it and put together in `carry` when it does not. Invariants: at <= every end that is open;
 * carry.n < the size of the element it begins; every byte of the TBS goes through `digest` once, in order.
 */
#include "pki/crl_read.h"

#include <stdlib.h>

#include "asn1/der.h"
#include "crypto/spki.h"
#include "pki/crl_parts.h"
#include "pki/crl_scope.h"

enum place {
    OUTER,
    TBS,
    VERSION,
    ALGORITHM,
    ISSUER,
    THIS_UPDATE,
    NEXT_UPDATE,
    LIST_OR_EXTENSIONS,
    ENTRY,
    EXTENSIONS,
    OUTER_ALGORITHM,
    SIGNATURE,
    DONE,
};

#define HEADER_MAX 6    /* identifier, and at most five octets of length */
#define VERSION_MAX 16  /* three in truth */
#define TIME_MAX 32     /* 17 in truth */
#define PREFIX_MAX 1024 /* of the TBS before its algorithm is known: two headers, the version and the algorithm */

struct hc_crl_read {
    struct hc_crl_read_sink sink;
    enum place place;
    size_t at; /* of the next element in the whole */
    size_t end, tbs_at, tbs_end, list_end;
    bool failed, removes, indirect;
    struct hc_buf carry;     /* the beginning of an element */
    struct hc_buf algorithm; /* a copy: the outer one is compared with it at the end */
    struct hc_buf issuer;    /* a copy when it did not outlive its piece: head needs it with the dates */
    struct hc_buf signature;
    struct hc_bytes signature_view;
    struct hc_crl_head head;
    struct hc_hash *whole, *signed_part;
    struct hc_buf prefix, message;
    bool digesting;
};

static struct hc_rc malformed(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s is malformed", what);
}

struct hc_rc hc_crl_read_new(const struct hc_crl_read_sink *sink, struct hc_crl_read **out, struct hc_err *e)
{
    HC_AUTO(hc_crl_read) r = calloc(1, sizeof(*r));

    if (r == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to read a CRL");
    r->sink = *sink;
    r->end = HC_CRL_MAX;
    hc_buf_init(&r->carry, HC_CRL_READ_EXTENSIONS + HEADER_MAX);
    hc_buf_init(&r->algorithm, HC_SPKI_ALGORITHM_MAX);
    hc_buf_init(&r->issuer, HC_CRL_READ_NAME);
    hc_buf_init(&r->signature, HC_CRL_READ_SIGNATURE);
    hc_buf_init(&r->prefix, PREFIX_MAX);
    hc_buf_init(&r->message, HC_CRL_READ_MESSAGE);
    if (sink->verify)
        HC_TRY(e, hc_hash_new(HC_HASH_SHA256, &r->whole, e));
    *out = HC_GIVE(r);
    return HC_OK;
}

void hc_crl_read_free(struct hc_crl_read *r)
{
    if (r == NULL)
        return;
    hc_buf_fini(&r->carry);
    hc_buf_fini(&r->algorithm);
    hc_buf_fini(&r->issuer);
    hc_buf_fini(&r->signature);
    hc_buf_fini(&r->prefix);
    hc_buf_fini(&r->message);
    hc_hash_free(r->whole);
    hc_hash_free(r->signed_part);
    free(r);
}

/* ---- what is signed ---- */

static struct hc_rc digest(struct hc_crl_read *r, struct hc_bytes more, struct hc_err *e)
{
    if (!r->sink.verify)
        return HC_OK;
    if (r->signed_part != NULL) {
        hc_hash_add(r->signed_part, more);
        return HC_OK;
    }
    struct hc_buf *to = r->digesting ? &r->message : &r->prefix;
    hc_buf_add(to, more);
    if (to->failed == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_CRL_UNSUPPORTED,
                       "it is signed with Ed25519 and larger than %d MB; sign CRLs of this size with ECDSA or RSA",
                       HC_CRL_READ_MESSAGE / (1024 * 1024));
    return hc_buf_check(to, e);
}

/* The algorithm is known, so what is signed need not be kept any more, or all of it must be. */
static struct hc_rc begin_digest(struct hc_crl_read *r, struct hc_err *e)
{
    enum hc_hash_kind kind;

    if (!r->sink.verify)
        return HC_OK;
    if (hc_failed(hc_spki_hash(hc_buf_view(&r->algorithm), &kind, e))) {
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_CRL_UNSUPPORTED, "%s", why.text);
    }
    if (kind != HC_HASH_NONE)
        HC_TRY(e, hc_hash_new(kind, &r->signed_part, e));
    r->digesting = true;
    return digest(r, hc_buf_view(&r->prefix), e);
}

/* ---- one element at a time ---- */

static struct hc_rc read_algorithm(struct hc_crl_read *r, struct hc_bytes element, struct hc_err *e)
{
    HC_TRY(e, hc_crl_part_algorithm(element, e));
    hc_buf_add(&r->algorithm, element);
    return hc_buf_check(&r->algorithm, e);
}

static struct hc_rc read_issuer(struct hc_crl_read *r, struct hc_bytes element, bool borrowed, struct hc_err *e)
{
    HC_TRY(e, hc_crl_part_issuer(element, e));
    r->head.issuer = element;
    if (borrowed) {
        hc_buf_add(&r->issuer, element);
        HC_TRY(e, hc_buf_check(&r->issuer, e));
        r->head.issuer = hc_buf_view(&r->issuer);
    }
    return HC_OK;
}

static struct hc_rc end_head(struct hc_crl_read *r, struct hc_err *e)
{
    if (r->head.next_update < r->head.this_update)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its next update lies before its own date");
    r->head.sig_alg = hc_buf_view(&r->algorithm);
    return r->sink.head(r->sink.ctx, &r->head, e);
}

static struct hc_rc read_entry(struct hc_crl_read *r, struct hc_bytes element, struct hc_err *e)
{
    struct hc_crl_part_entry part;

    HC_TRY(e, hc_crl_part_entry(element, &part, e));
    r->removes = r->removes || part.entry.reason == HC_CRL_REMOVE_FROM_CRL;
    r->indirect = r->indirect || part.names_issuer;
    return r->sink.entry(r->sink.ctx, &part.entry, e);
}

static struct hc_rc read_extensions(struct hc_crl_read *r, struct hc_bytes element, struct hc_err *e)
{
    struct hc_crl_tail tail;
    struct hc_crl_scope scope;

    HC_TRY(e, hc_crl_part_extensions(element, &tail, e));
    if (tail.idp.n > 0) {
        if (!hc_crl_scope_parse(tail.idp, &scope))
            return malformed("its issuing distribution point", e);
        r->indirect = r->indirect || scope.indirect;
    }
    if (r->removes && tail.base.n == 0) /* [RFC 5280 5.3.1] */
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "an entry says removeFromCRL, which only a delta CRL may say");
    return r->sink.tail(r->sink.ctx, &tail, e);
}

static struct hc_rc read_signature(struct hc_crl_read *r, struct hc_bytes element, bool borrowed, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);

    r->signature_view = hc_der_bitstring_bytes(&d);
    if (d.failed)
        return malformed("its signature", e);
    if (borrowed || r->sink.verify) { /* the signature outlives the piece where it is asked for later */
        hc_buf_add(&r->signature, r->signature_view);
        HC_TRY(e, hc_buf_check(&r->signature, e));
        r->signature_view = hc_buf_view(&r->signature);
    }
    return HC_OK;
}

/* Reads one whole element and moves on; `borrowed` ones do not outlive the call. */
static struct hc_rc read_element(struct hc_crl_read *r, struct hc_bytes element, bool borrowed, struct hc_err *e)
{
    switch (r->place++) {
    case VERSION:
        return hc_crl_part_version(element, e);
    case ALGORITHM:
        HC_TRY(e, read_algorithm(r, element, e));
        return begin_digest(r, e);
    case ISSUER:
        return read_issuer(r, element, borrowed, e);
    case THIS_UPDATE:
        return hc_crl_part_time(element, &r->head.this_update, e);
    case NEXT_UPDATE:
        HC_TRY(e, hc_crl_part_time(element, &r->head.next_update, e));
        return end_head(r, e);
    case ENTRY:
        r->place = ENTRY;
        return read_entry(r, element, e);
    case EXTENSIONS:
        return read_extensions(r, element, e);
    case OUTER_ALGORITHM:
        if (!hc_bytes_eq(element, hc_buf_view(&r->algorithm))) /* [RFC 5280 5.1.1.2] */
            return HC_FAIL(e, HC_E_CRL_MALFORMED, "its two signature algorithms differ");
        return HC_OK;
    case SIGNATURE:
        return read_signature(r, element, borrowed, e);
    case OUTER:
    case TBS:
    case LIST_OR_EXTENSIONS:
    case DONE:
        break;
    }
    return malformed("it", e); /* not reached: these are no elements */
}

/* ---- where elements begin and end ---- */

/* The longest element that is taken at this place. */
static size_t longest(enum place place)
{
    switch (place) {
    case VERSION:
        return VERSION_MAX;
    case ALGORITHM:
    case OUTER_ALGORITHM:
        return HC_SPKI_ALGORITHM_MAX;
    case ISSUER:
        return HC_CRL_READ_NAME;
    case THIS_UPDATE:
    case NEXT_UPDATE:
        return TIME_MAX;
    case ENTRY:
        return HC_CRL_READ_ENTRY;
    case LIST_OR_EXTENSIONS:
    case EXTENSIONS:
        return HC_CRL_READ_EXTENSIONS;
    case SIGNATURE:
        return HC_CRL_READ_SIGNATURE;
    case OUTER:
    case TBS:
    case DONE:
        break;
    }
    return 0;
}

/* The innermost end that is open: nothing that begins at `at` may go beyond it. */
static size_t limit(const struct hc_crl_read *r)
{
    if (r->place == ENTRY)
        return r->list_end;
    return r->place > TBS && r->place <= EXTENSIONS ? r->tbs_end : r->end;
}

struct header {
    size_t n;     /* octets of the header; 0: more input is needed */
    size_t whole; /* of the element, header included */
    uint8_t tag;
};

/* X.690 8.1.2, 8.1.3, 10.1, as asn1/der.c reads it: false when it cannot be the beginning of an element. */
static bool read_header(struct hc_bytes in, struct header *out)
{
    size_t octets, n;

    *out = (struct header){.tag = in.p[0]};
    if ((out->tag & 0x1f) == 0x1f || out->tag == 0)
        return false;
    if (in.n < 2)
        return true;
    n = in.p[1];
    if (n < 0x80) {
        *out = (struct header){.n = 2, .whole = 2 + n, .tag = out->tag};
        return true;
    }
    octets = n & 0x7f;
    if (octets == 0 || octets > 4 || (in.n > 2 && in.p[2] == 0))
        return false;
    if (in.n < 2 + octets)
        return true;
    n = 0;
    for (size_t i = 0; i < octets; i++)
        n = n << 8 | in.p[2 + i];
    *out = (struct header){.n = 2 + octets, .whole = 2 + octets + n, .tag = out->tag};
    return n >= 0x80;
}

/* A constructed element of which only the header is consumed; its contents are read one by one. */
static bool is_frame(const struct hc_crl_read *r, const struct header *h)
{
    return r->place <= TBS || (r->place == LIST_OR_EXTENSIONS && h->tag == HC_DER_SEQUENCE);
}

static struct hc_rc enter(struct hc_crl_read *r, const struct header *h, struct hc_err *e)
{
    size_t end = r->at + h->whole;

    if (h->tag != HC_DER_SEQUENCE)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is not a CRL in strict DER");
    if (r->place == OUTER) {
        r->end = end;
        r->place = TBS;
    } else if (r->place == TBS) {
        r->tbs_at = r->at;
        r->tbs_end = end;
        r->place = VERSION;
    } else {
        /* An empty list MUST be absent [RFC 5280 5.1.2.6]; an empty one that is there says the same. */
        r->list_end = end;
        r->place = ENTRY;
    }
    return HC_OK;
}

/* Closes what ends here. */
static struct hc_rc close_ended(struct hc_crl_read *r, struct hc_err *e)
{
    if (r->place == ENTRY && r->at == r->list_end)
        r->place = EXTENSIONS;
    if (r->place == DONE)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "bytes follow after its end");
    if ((r->place == LIST_OR_EXTENSIONS || r->place == EXTENSIONS) && r->at == r->tbs_end)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it has no extensions, and so no CRL number");
    if (r->place == OUTER_ALGORITHM && r->at != r->tbs_end)
        return malformed("its contents", e);
    return HC_OK;
}

/* Whether the element that begins here fits, and how much of it is to be at hand: its header, or all of it. */
static struct hc_rc measure(struct hc_crl_read *r, const struct header *h, size_t *wanted, struct hc_err *e)
{
    if (r->place == OUTER && h->whole > HC_CRL_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the CRL has %zu bytes, and at most %d are accepted", h->whole, HC_CRL_MAX);
    if (h->whole > limit(r) - r->at)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "an element is longer than what it lies in");
    if (!is_frame(r, h) && h->whole > longest(r->place))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "an element of %zu bytes is longer than any that is accepted", h->whole);
    *wanted = is_frame(r, h) ? h->n : h->whole;
    return HC_OK;
}

static struct hc_rc consume(struct hc_crl_read *r, struct hc_bytes taken, const struct header *h, bool borrowed,
                            struct hc_err *e)
{
    bool is_signed = r->place >= TBS && r->place <= EXTENSIONS;

    if (is_signed)
        HC_TRY(e, digest(r, taken, e));
    if (is_frame(r, h)) {
        HC_TRY(e, enter(r, h, e));
    } else {
        if (r->place == LIST_OR_EXTENSIONS)
            r->place = EXTENSIONS;
        HC_TRY(e, read_element(r, taken, borrowed, e));
    }
    r->at += taken.n;
    return r->place == DONE && r->at != r->end ? malformed("its end", e) : HC_OK;
}

/* Takes what can be taken from the front of `in`; *taken 0: the element is not all there yet. */
static struct hc_rc step(struct hc_crl_read *r, struct hc_bytes in, bool borrowed, size_t *taken, struct hc_err *e)
{
    struct header h;
    size_t wanted = 0;

    *taken = 0;
    HC_TRY(e, close_ended(r, e));
    if (!read_header(in, &h))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is not a CRL in strict DER");
    if (h.n == 0)
        return HC_OK;
    HC_TRY(e, measure(r, &h, &wanted, e));
    if (in.n < wanted)
        return HC_OK;
    HC_TRY(e, consume(r, hc_bytes_head(in, wanted), &h, borrowed, e));
    *taken = wanted;
    return HC_OK;
}

/* How many bytes more the element in `carry` is sure to have: never one of the next. */
static size_t missing(const struct hc_crl_read *r)
{
    struct header h;

    if (!read_header(hc_buf_view(&r->carry), &h) || h.n == 0)
        return 1;
    return is_frame(r, &h) ? 1 : h.whole - r->carry.n;
}

/* The piece goes on an element that began in an earlier one. */
static struct hc_rc feed_carry(struct hc_crl_read *r, struct hc_bytes *piece, struct hc_err *e)
{
    struct hc_bytes more = hc_bytes_head(*piece, missing(r));
    size_t taken;

    hc_buf_add(&r->carry, more);
    HC_TRY(e, hc_buf_check(&r->carry, e));
    *piece = hc_bytes_skip(*piece, more.n);
    HC_TRY(e, step(r, hc_buf_view(&r->carry), true, &taken, e));
    if (taken > 0)
        hc_buf_clear(&r->carry);
    return HC_OK;
}

static struct hc_rc feed(struct hc_crl_read *r, struct hc_bytes piece, struct hc_err *e)
{
    while (piece.n > 0) {
        size_t taken;

        if (r->carry.n > 0) {
            HC_TRY(e, feed_carry(r, &piece, e));
            continue;
        }
        HC_TRY(e, step(r, piece, false, &taken, e));
        if (taken == 0) {
            hc_buf_add(&r->carry, piece); /* shorter than one element, so it fits */
            return hc_buf_check(&r->carry, e);
        }
        piece = hc_bytes_skip(piece, taken);
    }
    /* The views of this piece end with it. */
    return HC_OK;
}

/* The issuer is called back with the dates; what lies in a piece that has ended is kept until then. */
static struct hc_rc keep_issuer(struct hc_crl_read *r, struct hc_err *e)
{
    if (r->place <= ISSUER || r->place > NEXT_UPDATE || r->issuer.n > 0)
        return HC_OK;
    hc_buf_add(&r->issuer, r->head.issuer);
    r->head.issuer = hc_buf_view(&r->issuer);
    return hc_buf_check(&r->issuer, e);
}

struct hc_rc hc_crl_read_feed(struct hc_crl_read *r, struct hc_bytes piece, struct hc_err *e)
{
    struct hc_rc rc;

    if (r->failed)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "the CRL was refused before its end");
    if (r->whole != NULL)
        hc_hash_add(r->whole, piece);
    rc = feed(r, piece, e);
    if (hc_ok(rc))
        rc = keep_issuer(r, e);
    r->failed = hc_failed(rc);
    return rc;
}

struct hc_rc hc_crl_read_end(struct hc_crl_read *r, struct hc_crl_read_end *out, struct hc_err *e)
{
    if (r->failed || r->place != DONE)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s", r->at == 0 ? "it is not a CRL" : "it is cut off");
    *out = (struct hc_crl_read_end){
        .tbs_at = r->tbs_at,
        .tbs_n = r->tbs_end - r->tbs_at,
        .signature = r->signature_view,
        .indirect = r->indirect,
        .message = &r->message,
    };
    if (r->whole != NULL) {
        uint8_t hash[HC_HASH_MAX];

        hc_hash_end(r->whole, hash);
        memcpy(out->hash, hash, HC_SHA256_SIZE);
    }
    if (r->signed_part != NULL)
        out->n_digest = hc_hash_end(r->signed_part, out->digest);
    return HC_OK;
}
