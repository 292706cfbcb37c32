/* fuzz_ocsp.c - any bytes as an OCSP response; what parses is asked about the certificates that came with it. */
#include <assert.h>
#include <stdlib.h>

#include "pki/cert.h"
#include "pki/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A self-made question: nothing in a response of strangers can be rightly signed by a key that is all zeros. */
static const uint8_t serial[] = {0x12, 0x34, 0x56, 0x78, 0x90};
static const uint8_t no_key[32];

static struct hc_crypto *crypto(void)
{
    static struct hc_crypto *c;
    struct hc_err e;

    if (!c && hc_failed(hc_crypto_new(&c, &e)))
        abort();
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_cert cert = {.serial = hc_bytes_of(serial, sizeof(serial)), .issuer = HC_BYTES("\x30\x00")};
    struct hc_cert issuer = {.subject = HC_BYTES("\x30\x00"), .spki_key = hc_bytes_of(no_key, sizeof(no_key))};
    struct hc_ocsp *o = NULL;
    struct hc_err e;

    if (hc_failed(hc_ocsp_parse(hc_bytes_of(data, size), &o, &e)))
        return 0;
    assert(hc_failed(hc_ocsp_check(crypto(), o, &cert, &issuer, 1792800000, &e)));
    hc_ocsp_free(o);
    return 0;
}
