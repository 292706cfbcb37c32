/* digest.c - one-shot digests on libcrypto's default provider. */
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

static void digest(const char *name, struct hc_bytes in, uint8_t *out, size_t size)
{
    size_t n = 0;

    /* Before the first use of libcrypto's default context: no openssl.cnf of this machine decides what a digest is. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (EVP_Q_digest(NULL, name, NULL, in.n ? in.p : (const uint8_t *)"", in.n, out, &n) != 1 || n != size)
        abort();
}

void hc_sha256(struct hc_bytes in, uint8_t out[HC_SHA256_SIZE])
{
    digest("SHA256", in, out, HC_SHA256_SIZE);
}

void hc_sha1(struct hc_bytes in, uint8_t out[HC_SHA1_SIZE])
{
    digest("SHA1", in, out, HC_SHA1_SIZE);
}
