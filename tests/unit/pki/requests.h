/*
 * requests.h - certificate requests of any shape, really signed, and the kit of keys that they are made with.
 */
#ifndef HC_TEST_PKI_REQUESTS_H
#define HC_TEST_PKI_REQUESTS_H

#include "hc_test.h"

#include "crypto/key.h"
#include "pki/csr.h"
#include "rough.h"

struct kit {
    struct hc_crypto *c;
    struct hc_key *key, *other; /* P-256, P-384 */
    struct hc_buf spki;
};
static struct kit k;

static inline int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    k.spki = HC_BUF(1024);
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P256, &k.key, &e));
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P384, &k.other, &e));
    expect_ok(&e, hc_key_spki(k.key, &k.spki, &e));
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    hc_buf_fini(&k.spki);
    hc_key_free(k.key);
    hc_key_free(k.other);
    hc_crypto_free(k.c);
    return 0;
}

/* ---- requests of any shape ---- */

/* What stays zero is as in a good request. */
struct shape {
    int version;               /* the INTEGER; -1 leaves it out */
    struct hc_bytes subject;   /* Name element */
    struct hc_bytes spki;      /* element */
    struct hc_bytes exts;      /* contents of the SEQUENCE of an extensionRequest; empty: no such attribute */
    struct hc_bytes attribute; /* a whole Attribute, before that */
    bool no_attributes;        /* leaves [0] out */
    struct hc_bytes in_info;   /* after the attributes */
    struct hc_bytes trailing;  /* after the request */
    struct hc_bytes sig_alg;   /* AlgorithmIdentifier element */
    const struct hc_key *signer;
};

static inline void shape_attributes(struct hc_buf *b, const struct shape *s)
{
    size_t all = hc_derw_begin(b, HC_DER_CONTEXT_CONSTRUCTED(0)), attribute, set;

    hc_derw_raw(b, s->attribute);
    if (s->exts.n > 0) {
        attribute = hc_derw_begin(b, HC_DER_SEQUENCE);
        hc_derw_oid(b, HC_OID_EXTENSION_REQUEST);
        set = hc_derw_begin(b, HC_DER_SET);
        hc_derw_element(b, HC_DER_SEQUENCE, s->exts);
        hc_derw_end(b, set);
        hc_derw_end(b, attribute);
    }
    hc_derw_end(b, all);
}

static inline void shape_info(struct hc_buf *b, const struct shape *s)
{
    size_t info = hc_derw_begin(b, HC_DER_SEQUENCE);

    if (s->version >= 0)
        hc_derw_small(b, (uint64_t)s->version);
    hc_derw_raw(b, rough_or(s->subject, ROUGH_NAME));
    hc_derw_raw(b, rough_or(s->spki, hc_buf_view(&k.spki)));
    if (!s->no_attributes)
        shape_attributes(b, s);
    hc_derw_raw(b, s->in_info);
    hc_derw_end(b, info);
}

static inline void shape_request(struct hc_buf *b, const struct shape *s)
{
    HC_BUF_AUTO(info, ROUGH_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    const struct hc_key *signer = s->signer ? s->signer : k.key;
    size_t request = hc_derw_begin(b, HC_DER_SEQUENCE);
    struct hc_err e;

    shape_info(&info, s);
    expect_ok(&e, hc_key_sign(signer, hc_buf_view(&info), &signature, &e));
    hc_derw_raw(b, hc_buf_view(&info));
    hc_derw_raw(b, rough_or(s->sig_alg, hc_key_signature_algorithm(signer)));
    hc_derw_bitstring(b, hc_buf_view(&signature));
    hc_derw_end(b, request);
    hc_derw_raw(b, s->trailing);
    expect_ok(&e, hc_buf_check(b, &e));
}

static inline void expect_names(const struct hc_csr *csr, const char *want)
{
    HC_BUF_AUTO(text, 65536);

    for (size_t i = 0; i < csr->n_names; i++) {
        if (i > 0)
            hc_buf_add_byte(&text, ' ');
        hc_name_text(&csr->names[i], &text);
    }
    assert_string_equal(hc_buf_cstr(&text), want);
}

#endif
