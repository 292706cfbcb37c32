/*
 * ocsping.h - OCSP responses with every defect on request, really signed. Whatever is left zero is as it should be:
 * one answer `good`, an hour old and good for a day, named by SHA-1, signed by `signer`, who is named by name.
 */
#ifndef HC_TEST_PKI_OCSPING_H
#define HC_TEST_PKI_OCSPING_H

#include "testpki.h"

#include <stdio.h>

#include "asn1/derw.h"
#include "crypto/digest.h"
#include "pki/ocsp.h"
#include "pki/oid.h"

#define OCSPING_ANSWERS 2
#define OCSPING_CERTS 6
#define OCSPING_ROOM (2 * HC_OCSP_MAX)
#define OCSPING_NONE (-1)

struct ocsping_answer {
    const struct hc_cert *cert, *issuer; /* a cert of NULL ends the list */
    bool sha256;
    struct hc_bytes id;                 /* a whole CertID instead */
    struct hc_bytes status;             /* a whole CertStatus instead of good */
    int64_t this_update, next_update;   /* OCSPING_NONE: no nextUpdate */
    struct hc_bytes this_raw, next_raw; /* a whole element instead of each */
    struct hc_bytes exts;               /* a whole [1] */
};

struct ocsping {
    struct ocsping_answer answer[OCSPING_ANSWERS];
    size_t copies; /* so many more of the first answer */
    bool no_answers;
    struct testpki *signer;
    bool by_key;
    struct hc_bytes responder; /* a whole ResponderID instead */
    const struct hc_cert *certs[OCSPING_CERTS];
    bool bad_signature;
    struct hc_bytes raw_cert;                                     /* one more element in the list of certificates */
    struct hc_bytes status;                                       /* a whole responseStatus */
    struct hc_bytes type;                                         /* contents of responseType */
    struct hc_bytes version;                                      /* a whole [0] */
    struct hc_bytes produced;                                     /* a whole producedAt */
    struct hc_bytes exts;                                         /* a whole [1] */
    struct hc_bytes tbs_tail, basic_tail, typed_tail, outer_tail; /* at the end of each SEQUENCE */
};

#define OCSPING_REVOKED                                                                                                \
    HC_BYTES("\xa1\x11\x18\x0f"                                                                                        \
             "20261020101112Z")
#define OCSPING_REVOKED_FOR_KEY                                                                                        \
    HC_BYTES("\xa1\x16\x18\x0f"                                                                                        \
             "20261020101112Z"                                                                                         \
             "\xa0\x03\x0a\x01\x01")
#define OCSPING_UNKNOWN HC_BYTES("\x82\x00")
/* [1] { SEQUENCE { one extension 1.3.6.1.4.1.0 } }, critical or not; the nonce, critical */
#define OCSPING_EXT HC_BYTES("\xa1\x0e\x30\x0c\x30\x0a\x06\x06\x2b\x06\x01\x04\x01\x00\x04\x00")
#define OCSPING_EXT_CRITICAL HC_BYTES("\xa1\x11\x30\x0f\x30\x0d\x06\x06\x2b\x06\x01\x04\x01\x00\x01\x01\xff\x04\x00")
#define OCSPING_EXT_TWICE                                                                                              \
    HC_BYTES("\xa1\x1a\x30\x18\x30\x0a\x06\x06\x2b\x06\x01\x04\x01\x00\x04\x00"                                        \
             "\x30\x0a\x06\x06\x2b\x06\x01\x04\x01\x00\x04\x00")
#define OCSPING_NONCE                                                                                                  \
    HC_BYTES("\xa1\x18\x30\x16\x30\x14\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x02\x01\x01\xff\x04\x04\x04\x02xy")

static inline void ocsping_time(struct hc_buf *out, int64_t t)
{
    int f[6];
    char text[32];
    hc_time_to_utc(t, f);
    int n = snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02dZ", f[0], f[1], f[2], f[3], f[4], f[5]);
    hc_derw_element(out, HC_DER_GENERALIZEDTIME, hc_bytes_of(text, (size_t)n));
}

static inline void ocsping_digest(struct hc_buf *out, bool sha256, struct hc_bytes of)
{
    uint8_t digest[HC_SHA256_SIZE];
    if (sha256)
        hc_sha256(of, digest);
    else
        hc_sha1(of, digest);
    hc_derw_octets(out, hc_bytes_of(digest, sha256 ? HC_SHA256_SIZE : HC_SHA1_SIZE));
}

static inline void ocsping_id(struct hc_buf *out, const struct ocsping_answer *a)
{
    size_t id = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t alg = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, a->sha256 ? HC_OID_SHA256 : HC_OID_SHA1);
    if (!a->sha256)
        hc_derw_null(out);
    hc_derw_end(out, alg);
    ocsping_digest(out, a->sha256, a->cert->issuer);
    ocsping_digest(out, a->sha256, a->issuer->spki_key);
    hc_derw_element(out, HC_DER_INTEGER, a->cert->serial);
    hc_derw_end(out, id);
}

static inline void ocsping_single(struct hc_buf *out, const struct ocsping_answer *a)
{
    size_t single = hc_derw_begin(out, HC_DER_SEQUENCE);
    if (a->id.n > 0)
        hc_derw_raw(out, a->id);
    else
        ocsping_id(out, a);
    hc_derw_raw(out, a->status.n > 0 ? a->status : HC_BYTES("\x80\x00"));
    if (a->this_raw.n > 0)
        hc_derw_raw(out, a->this_raw);
    else
        ocsping_time(out, a->this_update ? a->this_update : TESTPKI_NOW - HC_HOUR);
    if (a->next_raw.n > 0) {
        hc_derw_raw(out, a->next_raw);
    } else if (a->next_update != OCSPING_NONE) {
        size_t next = hc_derw_begin(out, 0xa0);
        ocsping_time(out, a->next_update ? a->next_update : TESTPKI_NOW + HC_DAY);
        hc_derw_end(out, next);
    }
    hc_derw_raw(out, a->exts);
    hc_derw_end(out, single);
}

static inline void ocsping_responder(struct hc_buf *out, const struct ocsping *s)
{
    if (s->responder.n > 0) {
        hc_derw_raw(out, s->responder);
        return;
    }
    size_t choice = hc_derw_begin(out, s->by_key ? 0xa2 : 0xa1);
    if (s->by_key)
        ocsping_digest(out, false, s->signer->cert->spki_key);
    else
        hc_derw_raw(out, s->signer->cert->subject);
    hc_derw_end(out, choice);
}

static inline void ocsping_tbs(struct hc_buf *out, const struct ocsping *s)
{
    size_t tbs = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, s->version);
    ocsping_responder(out, s);
    if (s->produced.n > 0)
        hc_derw_raw(out, s->produced);
    else
        ocsping_time(out, TESTPKI_NOW - HC_MINUTE);
    size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);
    for (size_t i = 0; !s->no_answers && i < OCSPING_ANSWERS && s->answer[i].cert != NULL; i++)
        ocsping_single(out, &s->answer[i]);
    for (size_t i = 0; i < s->copies; i++)
        ocsping_single(out, &s->answer[0]);
    hc_derw_end(out, list);
    hc_derw_raw(out, s->exts);
    hc_derw_raw(out, s->tbs_tail);
    hc_derw_end(out, tbs);
}

static inline void ocsping_basic(struct hc_buf *out, const struct ocsping *s)
{
    struct hc_err e;
    HC_BUF_AUTO(tbs, OCSPING_ROOM);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    ocsping_tbs(&tbs, s);
    expect_ok(&e, hc_key_sign(s->signer->key, hc_buf_view(&tbs), &signature, &e));
    if (s->bad_signature)
        signature.p[signature.n - 1] ^= 1;
    size_t basic = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, hc_buf_view(&tbs));
    hc_derw_raw(out, hc_key_signature_algorithm(s->signer->key));
    hc_derw_bitstring(out, hc_buf_view(&signature));
    if (s->certs[0] != NULL || s->raw_cert.n > 0) {
        size_t explicit = hc_derw_begin(out, 0xa0);
        size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);
        for (size_t i = 0; i < OCSPING_CERTS && s->certs[i] != NULL; i++)
            hc_derw_raw(out, s->certs[i]->der);
        hc_derw_raw(out, s->raw_cert);
        hc_derw_end(out, list);
        hc_derw_end(out, explicit);
    }
    hc_derw_raw(out, s->basic_tail);
    hc_derw_end(out, basic);
}

static inline void ocsping_der(struct hc_buf *out, const struct ocsping *s)
{
    struct hc_err e;
    HC_BUF_AUTO(basic, OCSPING_ROOM);
    ocsping_basic(&basic, s);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, s->status.n > 0 ? s->status : HC_BYTES("\x0a\x01\x00"));
    size_t explicit = hc_derw_begin(out, 0xa0);
    size_t typed = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, s->type.n > 0 ? s->type : HC_OID_OCSP_BASIC);
    hc_derw_octets(out, hc_buf_view(&basic));
    hc_derw_raw(out, s->typed_tail);
    hc_derw_end(out, typed);
    hc_derw_end(out, explicit);
    hc_derw_raw(out, s->outer_tail);
    hc_derw_end(out, seq);
    expect_ok(&e, hc_buf_check(out, &e));
}

#endif
