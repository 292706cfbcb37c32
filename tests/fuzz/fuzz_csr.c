/*
 * fuzz_csr.c - any bytes as a certificate request.
 *
 * Hardly any input carries a good signature, so the bytes are taken twice: as a request, and as the attributes of one
 * that is signed here by a key that never changes within a run.
 */
#include <assert.h>
#include <stdlib.h>

#include "asn1/derw.h"
#include "crypto/key.h"
#include "pki/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct kit {
    struct hc_crypto *crypto;
    struct hc_key *key;
    struct hc_buf spki;
};

static void use(const struct hc_csr *csr)
{
    struct hc_buf out = HC_BUF(4 << 20);

    hc_dn_text(csr->subject, &out);
    assert(csr->n_names <= HC_CERT_NAMES_MAX && csr->n_extensions <= HC_CERT_EXTENSIONS_MAX);
    for (size_t i = 0; i < csr->n_names; i++) {
        struct hc_name *again = NULL;
        struct hc_err e;

        hc_name_text(&csr->names[i], &out);
        if (hc_failed(hc_name_make(csr->names[i].type, csr->names[i].text, HC_NAME_WILDCARD, &again, &e)))
            abort(); /* what was read as a name is refused as one */
        assert(hc_name_eq(again, &csr->names[i]));
        hc_name_free(again);
    }
    hc_buf_fini(&out);
}

static void parse(const struct kit *k, struct hc_bytes text)
{
    struct hc_csr *csr = NULL;
    struct hc_err e;

    if (hc_ok(hc_csr_parse(k->crypto, text, &csr, &e)))
        use(csr);
    hc_csr_free(csr);
}

/* The input is what follows the key in the CertificationRequestInfo, or, after a zero byte, the subject as well. */
static void parse_signed(const struct kit *k, struct hc_bytes in)
{
    struct hc_buf info = HC_BUF(4 << 20), signature = HC_BUF(HC_KEY_SIGNATURE_MAX), der = HC_BUF(4 << 20);
    size_t at = hc_derw_begin(&info, HC_DER_SEQUENCE);
    struct hc_err e;

    hc_derw_small(&info, 0);
    hc_derw_raw(&info, in.n > 2 && in.p[0] == 0 ? hc_bytes_head(hc_bytes_skip(in, 2), in.p[1]) : HC_BYTES("\x30\x00"));
    hc_derw_raw(&info, hc_buf_view(&k->spki));
    hc_derw_raw(&info, in.n > 2 && in.p[0] == 0 ? hc_bytes_skip(in, 2 + (size_t)in.p[1]) : in);
    hc_derw_end(&info, at);
    hc_ignore(hc_key_sign(k->key, hc_buf_view(&info), &signature, &e)); /* without memory: another refusal */
    at = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_raw(&der, hc_buf_view(&info));
    hc_derw_raw(&der, hc_key_signature_algorithm(k->key));
    hc_derw_bitstring(&der, hc_buf_view(&signature));
    hc_derw_end(&der, at);
    parse(k, hc_buf_view(&der));
    hc_buf_fini(&info);
    hc_buf_fini(&signature);
    hc_buf_fini(&der);
}

static const struct kit *kit(void)
{
    static struct kit k; /* for the whole run: libFuzzer has no place to give it back */
    struct hc_err e;

    if (k.crypto)
        return &k;
    k.spki = HC_BUF(1024);
    if (hc_failed(hc_crypto_new(&k.crypto, &e)) || hc_failed(hc_key_generate(k.crypto, HC_KEY_ED25519, &k.key, &e)) ||
        hc_failed(hc_key_spki(k.key, &k.spki, &e)))
        abort();
    return &k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(kit(), hc_bytes_of(data, size));
    parse_signed(kit(), hc_bytes_of(data, size));
    return 0;
}
