/*
 * rough.h - certificates and CRLs of any shape, well-formed or not, with a signature that is noise: for parsers.
 */
#ifndef HC_TEST_PKI_ROUGH_H
#define HC_TEST_PKI_ROUGH_H

#include "hc_test.h"

#include "asn1/derw.h"
#include "pki/oid.h"

#define ROUGH_MAX (256 * 1024)
#define ROUGH_NAME HC_BYTES("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04Test") /* CN=Test */
#define ROUGH_NOT_BEFORE INT64_C(1795255200)                                            /* 2026-11-21T10:00:00Z */

/* What stays zero is as in a good certificate. */
struct rough {
    int version;             /* 1 to 9, or -1 to leave the field out; 0 means 3 */
    struct hc_bytes serial;  /* contents of the INTEGER */
    struct hc_bytes issuer;  /* Name element */
    struct hc_bytes subject; /* Name element */
    struct hc_bytes exts;    /* contents of the SEQUENCE; empty: no extensions field, unless empty_exts */
    bool empty_exts;
    bool unique_ids;
    struct hc_bytes outer_oid; /* of the outer algorithm */
    struct hc_bytes trailing;  /* after the certificate */
};

static inline struct hc_bytes rough_or(struct hc_bytes given, struct hc_bytes otherwise)
{
    return given.p ? given : otherwise;
}

static inline void rough_algorithm(struct hc_buf *b, struct hc_bytes oid)
{
    size_t at = hc_derw_begin(b, HC_DER_SEQUENCE);

    hc_derw_oid(b, rough_or(oid, HC_OID_ECDSA_SHA256));
    hc_derw_end(b, at);
}

static inline void rough_spki(struct hc_buf *b)
{
    size_t at = hc_derw_begin(b, HC_DER_SEQUENCE);

    rough_algorithm(b, HC_OID_ED25519);
    hc_derw_bitstring(b, HC_BYTES("0123456789abcdef0123456789abcdef"));
    hc_derw_end(b, at);
}

static inline void rough_extensions(struct hc_buf *b, uint8_t tag, struct hc_bytes exts)
{
    size_t wrapper = hc_derw_begin(b, tag);

    hc_derw_element(b, HC_DER_SEQUENCE, exts);
    hc_derw_end(b, wrapper);
}

static inline void rough_tbs(struct hc_buf *b, const struct rough *r)
{
    size_t tbs = hc_derw_begin(b, HC_DER_SEQUENCE);
    size_t at;

    if (r->version >= 0) {
        at = hc_derw_begin(b, HC_DER_CONTEXT_CONSTRUCTED(0));
        hc_derw_small(b, (uint64_t)(r->version ? r->version : 3) - 1);
        hc_derw_end(b, at);
    }
    hc_derw_element(b, HC_DER_INTEGER, rough_or(r->serial, HC_BYTES("\x2a")));
    rough_algorithm(b, (struct hc_bytes){NULL, 0});
    hc_derw_raw(b, rough_or(r->issuer, ROUGH_NAME));
    at = hc_derw_begin(b, HC_DER_SEQUENCE);
    hc_derw_time(b, ROUGH_NOT_BEFORE);
    hc_derw_time(b, ROUGH_NOT_BEFORE + 86400);
    hc_derw_end(b, at);
    hc_derw_raw(b, rough_or(r->subject, ROUGH_NAME));
    rough_spki(b);
    if (r->unique_ids) {
        hc_derw_element(b, HC_DER_CONTEXT(1), HC_BYTES("\x00u"));
        hc_derw_element(b, HC_DER_CONTEXT(2), HC_BYTES("\x00v"));
    }
    if (r->exts.n > 0 || r->empty_exts)
        rough_extensions(b, HC_DER_CONTEXT_CONSTRUCTED(3), r->exts);
    hc_derw_end(b, tbs);
}

static inline void rough_cert(struct hc_buf *b, const struct rough *r)
{
    size_t cert = hc_derw_begin(b, HC_DER_SEQUENCE);

    rough_tbs(b, r);
    rough_algorithm(b, r->outer_oid);
    hc_derw_bitstring(b, HC_BYTES("not a signature"));
    hc_derw_end(b, cert);
    hc_derw_raw(b, r->trailing);
    assert_int_equal(b->failed, HC_OK_CODE);
}

/* Appends one Extension. */
static inline void rough_ext(struct hc_buf *b, struct hc_bytes oid, bool critical, struct hc_bytes value)
{
    size_t at = hc_derw_begin(b, HC_DER_SEQUENCE);

    hc_derw_oid(b, oid);
    if (critical)
        hc_derw_bool(b, true);
    hc_derw_octets(b, value);
    hc_derw_end(b, at);
}

/* Appends the extension subjectAltName with one name: `tag` of its GeneralName. */
static inline void rough_san(struct hc_buf *b, uint8_t tag, struct hc_bytes value)
{
    HC_BUF_AUTO(san, ROUGH_MAX);
    size_t at = hc_derw_begin(&san, HC_DER_SEQUENCE);

    hc_derw_element(&san, tag, value);
    hc_derw_end(&san, at);
    rough_ext(b, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
}

/* Appends a Name with one attribute. */
static inline void rough_name(struct hc_buf *b, struct hc_bytes oid, uint8_t tag, struct hc_bytes value)
{
    size_t name = hc_derw_begin(b, HC_DER_SEQUENCE);
    size_t set = hc_derw_begin(b, HC_DER_SET);
    size_t pair = hc_derw_begin(b, HC_DER_SEQUENCE);

    hc_derw_oid(b, oid);
    hc_derw_element(b, tag, value);
    hc_derw_end(b, pair);
    hc_derw_end(b, set);
    hc_derw_end(b, name);
}

#endif
