/* testcrl.c - the writer behind testcrl.h. */
#include "testcrl.h"

#include "asn1/derw.h"
#include "pki/crl.h"
#include "pki/oid.h"

#define ROOM HC_CRL_MAX

struct hc_bytes testcrl_serial(uint64_t i, uint8_t out[16])
{
    /* An odd factor permutes the numbers below 2^64, so no two are the same. */
    uint64_t high = i * UINT64_C(0x9e3779b97f4a7c15), low = ~high;

    for (size_t b = 0; b < 8; b++) {
        out[b] = (uint8_t)(high >> (56 - 8 * b));
        out[b + 8] = (uint8_t)(low >> (56 - 8 * b));
    }
    out[0] = (out[0] & 0x3f) | 0x40; /* positive, and 16 bytes */
    return hc_bytes_of(out, 16);
}

static void extension(struct hc_buf *out, struct hc_bytes oid, bool critical, struct hc_bytes value)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);

    hc_derw_oid(out, oid);
    if (critical)
        hc_derw_bool(out, true);
    hc_derw_octets(out, value);
    hc_derw_end(out, seq);
}

static void entry(struct hc_buf *out, struct hc_bytes serial, unsigned reason, bool certificate_issuer)
{
    uint8_t code[3] = {HC_DER_ENUMERATED, 1, (uint8_t)reason};
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);

    hc_derw_element(out, HC_DER_INTEGER, serial);
    hc_derw_time(out, TESTPKI_NOW - HC_HOUR);
    if (reason > 0 || certificate_issuer) {
        size_t exts = hc_derw_begin(out, HC_DER_SEQUENCE);

        if (reason > 0)
            extension(out, HC_OID_REASON_CODE, false, hc_bytes_of(code, 3));
        if (certificate_issuer)
            extension(out, HC_OID_CERTIFICATE_ISSUER, true, HC_BYTES("\x30\x03\x82\x01x"));
        hc_derw_end(out, exts);
    }
    hc_derw_end(out, seq);
}

static void entries(struct hc_buf *out, const struct testcrl *s)
{
    size_t list;

    if (s->entry[0].serial.n == 0 && s->n_many == 0)
        return;
    list = hc_derw_begin(out, HC_DER_SEQUENCE);
    for (size_t i = 0; i < HC_COUNT(s->entry) && s->entry[i].serial.n > 0; i++)
        entry(out, s->entry[i].serial, s->entry[i].reason, s->certificate_issuer && i == 0);
    for (size_t i = 0; i < s->n_many; i++) {
        uint8_t serial[16];

        entry(out, testcrl_serial(i, serial), (unsigned)(i % 3), false);
    }
    hc_derw_end(out, list);
}

static void extensions(struct hc_buf *out, const struct testcrl *s, const struct testpki *issuer)
{
    HC_BUF_AUTO(v, 4096);
    size_t tagged = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t aki = hc_derw_begin(&v, HC_DER_SEQUENCE);

    hc_derw_element(&v, HC_DER_CONTEXT(0), s->key_id_of ? s->key_id_of->ski : issuer->cert->ski);
    hc_derw_end(&v, aki);
    extension(out, HC_OID_AUTHORITY_KEY_ID, false, hc_buf_view(&v));
    hc_buf_clear(&v);
    hc_derw_small(&v, s->number);
    extension(out, HC_OID_CRL_NUMBER, false, hc_buf_view(&v));
    hc_buf_clear(&v);
    hc_derw_small(&v, s->base);
    if (s->delta)
        extension(out, HC_OID_DELTA_CRL, true, hc_buf_view(&v));
    if (s->idp.n > 0)
        extension(out, HC_OID_ISSUING_DISTRIBUTION_POINT, true, s->idp);
    hc_derw_end(out, list);
    hc_derw_end(out, tagged);
}

void testcrl_make(const struct testcrl *s, const struct testpki *issuer, struct hc_buf *out)
{
    struct hc_err e;
    HC_BUF_AUTO(tbs, ROOM);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    const struct hc_key *signer = s->signer ? s->signer : issuer->key;
    struct hc_bytes algorithm = hc_key_signature_algorithm(signer);
    size_t seq = hc_derw_begin(&tbs, HC_DER_SEQUENCE);

    hc_derw_small(&tbs, 1);
    hc_derw_raw(&tbs, algorithm);
    hc_derw_raw(&tbs, issuer->cert->subject);
    hc_derw_time(&tbs, s->this_update ? s->this_update : TESTPKI_NOW - HC_HOUR);
    hc_derw_time(&tbs, s->next_update ? s->next_update : TESTPKI_NOW + HC_DAY);
    entries(&tbs, s);
    extensions(&tbs, s, issuer);
    hc_derw_end(&tbs, seq);
    expect_ok(&e, hc_buf_check(&tbs, &e));
    expect_ok(&e, hc_key_sign(signer, hc_buf_view(&tbs), &signature, &e));
    seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, hc_buf_view(&tbs));
    hc_derw_raw(out, algorithm);
    hc_derw_bitstring(out, hc_buf_view(&signature));
    hc_derw_end(out, seq);
    expect_ok(&e, hc_buf_check(out, &e));
}

static void relative_name(struct hc_buf *out, const char *common_name)
{
    size_t set = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(1));
    size_t pair = hc_derw_begin(out, HC_DER_SEQUENCE);

    hc_derw_oid(out, HC_OID_AT_COMMON_NAME);
    hc_derw_utf8(out, hc_bytes_str(common_name));
    hc_derw_end(out, pair);
    hc_derw_end(out, set);
}

static void point_name(struct hc_buf *out, const char *uri, const char *relative)
{
    size_t point;

    if (uri == NULL && relative == NULL)
        return;
    point = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    if (uri != NULL) {
        size_t full = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));

        hc_derw_element(out, HC_DER_CONTEXT(6), hc_bytes_str(uri));
        hc_derw_end(out, full);
    } else {
        relative_name(out, relative);
    }
    hc_derw_end(out, point);
}

void testcrl_idp(struct hc_buf *out, const char *uri, struct hc_bytes flags)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);

    point_name(out, uri, NULL);
    hc_derw_raw(out, flags);
    hc_derw_end(out, seq);
}

void testcrl_idp_relative(struct hc_buf *out, const char *common_name)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);

    point_name(out, NULL, common_name);
    hc_derw_end(out, seq);
}

static void points(struct hc_buf *out, const struct testcrl_point *point, size_t n)
{
    size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);

    for (size_t i = 0; i < n; i++) {
        size_t one = hc_derw_begin(out, HC_DER_SEQUENCE);

        point_name(out, point[i].uri, point[i].relative);
        hc_derw_raw(out, point[i].reasons);
        hc_derw_raw(out, point[i].crl_issuer);
        hc_derw_end(out, one);
    }
    hc_derw_end(out, list);
}

/* Its signature is noise: revocation is asked for chains that were verified before. */
void testcrl_leaf(const struct testpki *issuer, const struct testcrl_point *point, size_t n, struct testpki *out)
{
    struct hc_err e;
    HC_BUF_AUTO(der, HC_CERT_MAX);
    HC_BUF_AUTO(v, HC_CERT_MAX);
    struct hc_bytes algorithm = hc_key_signature_algorithm(issuer->key);
    size_t cert = hc_derw_begin(&der, HC_DER_SEQUENCE), tbs = hc_derw_begin(&der, HC_DER_SEQUENCE);
    size_t at = hc_derw_begin(&der, 0xa0);

    hc_derw_small(&der, 2);
    hc_derw_end(&der, at);
    hc_derw_small(&der, 42);
    hc_derw_raw(&der, algorithm);
    hc_derw_raw(&der, issuer->cert->subject);
    at = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_time(&der, TESTPKI_NOW - HC_HOUR);
    hc_derw_time(&der, TESTPKI_NOW + HC_DAY);
    hc_derw_end(&der, at);
    hc_derw_raw(&der, issuer->cert->subject);
    hc_derw_raw(&der, issuer->cert->spki);
    if (n > 0) {
        points(&v, point, n);
        at = hc_derw_begin(&der, 0xa3);
        size_t exts = hc_derw_begin(&der, HC_DER_SEQUENCE);
        extension(&der, HC_OID_CRL_DISTRIBUTION_POINTS, false, hc_buf_view(&v));
        hc_derw_end(&der, exts);
        hc_derw_end(&der, at);
    }
    hc_derw_end(&der, tbs);
    hc_derw_raw(&der, algorithm);
    hc_derw_bitstring(&der, HC_BYTES("noise"));
    hc_derw_end(&der, cert);
    expect_ok(&e, hc_buf_check(&der, &e));
    *out = (struct testpki){0};
    expect_ok(&e, hc_cert_parse(hc_buf_view(&der), &out->cert, &e));
}
