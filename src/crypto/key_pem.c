/*
 * key_pem.c - private keys in and out of PEM files.
 *
 * Each form is opened by its own function instead of by libcrypto's guessing decoder: nothing but what is listed
 * here is tried, nothing can prompt, and a wrong passphrase is told apart from a broken file.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/proverr.h>
#include <openssl/x509.h>

#include "crypto/internal.h"
#include "crypto/key.h"

/*
 * PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA256 [RFC 8018]. scrypt would resist guessing better, but GnuTLS
 * cannot read it in a PKCS #8 file, and a CA key that only one library opens is a trap. 600000 rounds are what OWASP
 * asks of PBKDF2-HMAC-SHA256, and cost the owner some 150 ms.
 */
#define PBKDF2_ROUNDS 600000
#define SALT_SIZE 16

LIB_AUTO_TYPE(BIO, BIO_free_all)
LIB_AUTO_TYPE(EVP_PKEY, EVP_PKEY_free)
LIB_AUTO_TYPE(X509_SIG, X509_SIG_free)
LIB_AUTO_TYPE(X509_ALGOR, X509_ALGOR_free)
LIB_AUTO_TYPE(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)

/* ---- reading ---- */

struct block {
    char *name;
    char *header;
    unsigned char *data;
    long n;
};

static void block_fini(struct block *b)
{
    OPENSSL_free(b->name);
    OPENSSL_free(b->header);
    OPENSSL_clear_free(b->data, b->n > 0 ? (size_t)b->n : 0);
}
#define BLOCK_AUTO __attribute__((cleanup(block_fini))) struct block

struct opening {
    const struct hc_crypto *c;
    const struct hc_secret *passphrase; /* may be NULL */
    struct block *block;
};

/* Did decryption fail, or give bytes that are no key? Anything else in the queue is a broken or unsupported file. */
static bool passphrase_failed(void)
{
    unsigned long x;
    bool yes = false;

    while ((x = ERR_get_error()) != 0) {
        int lib = ERR_GET_LIB(x), reason = ERR_GET_REASON(x);

        yes |= (lib == ERR_LIB_PROV && reason == PROV_R_BAD_DECRYPT) ||
               (lib == ERR_LIB_EVP && reason == EVP_R_BAD_DECRYPT) ||
               (lib == ERR_LIB_PEM && reason == PEM_R_BAD_DECRYPT) ||
               (lib == ERR_LIB_PKCS12 && reason == PKCS12_R_DECODE_ERROR);
    }
    return yes;
}

static struct hc_rc refuse_decryption(struct hc_err *e)
{
    if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory to decrypt a private key");
    if (passphrase_failed())
        return HC_FAIL(e, HC_E_PASSPHRASE_WRONG, "the passphrase does not open the private key");
    return HC_FAIL(e, HC_E_KEY_FORMAT, "the private key is damaged, or encrypted in a way that is not supported");
}

static struct hc_rc need_passphrase(const struct opening *o, struct hc_err *e)
{
    if (!o->passphrase)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the private key is encrypted and no passphrase was given");
    if (hc_secret_view(o->passphrase).n > HC_KEY_PASSPHRASE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the passphrase is longer than %d bytes", HC_KEY_PASSPHRASE_MAX);
    return HC_OK;
}

static struct hc_rc from_pkcs8(const struct opening *o, const PKCS8_PRIV_KEY_INFO *p8, EVP_PKEY **out, struct hc_err *e)
{
    EVP_PKEY *pkey;

    if (!p8)
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the PKCS #8 private key cannot be read");
    HC_TRY(e, hc_key_check_kind(p8, e));
    pkey = EVP_PKCS82PKEY_ex(p8, hc_crypto_ctx(o->c), NULL);
    if (!pkey)
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the PKCS #8 private key cannot be read");
    *out = pkey;
    return HC_OK;
}

static struct hc_rc open_plain(const struct opening *o, EVP_PKEY **out, struct hc_err *e)
{
    const unsigned char *p = o->block->data;
    LIB_AUTO(PKCS8_PRIV_KEY_INFO) p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, o->block->n);

    return from_pkcs8(o, p8, out, e);
}

static struct hc_rc open_encrypted(const struct opening *o, EVP_PKEY **out, struct hc_err *e)
{
    const unsigned char *p = o->block->data;
    LIB_AUTO(X509_SIG) sealed = d2i_X509_SIG(NULL, &p, o->block->n);
    LIB_AUTO(PKCS8_PRIV_KEY_INFO) p8 = NULL;
    struct hc_bytes pass = hc_secret_view(o->passphrase);

    if (!sealed)
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the encrypted private key cannot be read");
    HC_TRY(e, need_passphrase(o, e));
    p8 = PKCS8_decrypt_ex(sealed, (const char *)pass.p, (int)pass.n, hc_crypto_ctx(o->c), NULL);
    if (!p8)
        return refuse_decryption(e);
    return from_pkcs8(o, p8, out, e);
}

/* libcrypto asks for the passphrase of a block with "Proc-Type: 4,ENCRYPTED". */
static int answer(char *buf, int size, int writing, void *user)
{
    struct hc_bytes pass = hc_secret_view(user);

    (void)writing;
    if (size < 0 || pass.n > (size_t)size)
        return -1;
    memcpy(buf, pass.p, pass.n);
    return (int)pass.n;
}

static bool is_pkcs8(const struct block *b)
{
    const unsigned char *p = b->data;
    LIB_AUTO(PKCS8_PRIV_KEY_INFO) p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, b->n);

    ERR_clear_error();
    return p8 != NULL;
}

/* SEC 1 or PKCS #1, and the encryption that openssl wrote around them before PKCS #8 was common [RFC 1421]. */
static struct hc_rc open_traditional(const struct opening *o, int type, EVP_PKEY **out, struct hc_err *e)
{
    EVP_CIPHER_INFO cipher = {0};
    const unsigned char *p = o->block->data;
    EVP_PKEY *pkey;

    if (PEM_get_EVP_CIPHER_INFO(o->block->header, &cipher) != 1)
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the private key's PEM header cannot be read");
    if (cipher.cipher) {
        HC_TRY(e, need_passphrase(o, e));
        if (PEM_do_header(&cipher, o->block->data, &o->block->n, answer, (void *)(uintptr_t)o->passphrase) != 1)
            return refuse_decryption(e);
    }
    if (is_pkcs8(o->block)) /* under the wrong label; libcrypto would decode whatever kind it is */
        return open_plain(o, out, e);
    pkey = d2i_PrivateKey_ex(type, NULL, &p, o->block->n, hc_crypto_ctx(o->c), NULL);
    if (!pkey && cipher.cipher) /* one wrong passphrase in 256 leaves a plausible padding */
        return HC_FAIL_LIB(e, HC_E_PASSPHRASE_WRONG, "the passphrase does not open the private key");
    if (!pkey)
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the private key cannot be read");
    *out = pkey;
    return HC_OK;
}

/* Opens the block when it holds a private key; leaves *out NULL when it holds something else. */
static struct hc_rc open_block(const struct opening *o, EVP_PKEY **out, struct hc_err *e)
{
    const char *name = o->block->name;

    if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
        return open_plain(o, out, e);
    if (strcmp(name, PEM_STRING_PKCS8) == 0)
        return open_encrypted(o, out, e);
    if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0)
        return open_traditional(o, EVP_PKEY_EC, out, e);
    if (strcmp(name, PEM_STRING_RSA) == 0)
        return open_traditional(o, EVP_PKEY_RSA, out, e);
    return HC_OK;
}

struct hc_rc hc_key_from_pem(const struct hc_crypto *c, struct hc_bytes pem, const struct hc_secret *passphrase,
                             struct hc_key **out, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(BIO) bio = NULL;
    LIB_AUTO(EVP_PKEY) pkey = NULL;
    HC_AUTO(hc_key) key = NULL;

    if (pem.n == 0)
        return HC_FAIL(e, HC_E_PEM, "there is no private key in it");
    if (pem.n > HC_KEY_PEM_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "a private key's file of %zu bytes; %d is the most", pem.n, HC_KEY_PEM_MAX);
    bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    if (!bio)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to read a private key");
    while (!pkey) {
        BLOCK_AUTO block = {0};
        struct opening o = {.c = c, .passphrase = passphrase, .block = &block};

        if (PEM_read_bio(bio, &block.name, &block.header, &block.data, &block.n) != 1)
            return HC_FAIL_LIB(e, HC_E_PEM, "there is no private key in it");
        HC_TRY(e, open_block(&o, &pkey, e));
    }
    HC_TRY(e, hc_key_take(c, &pkey, &key, e));
    HC_TRY(e, hc_key_check_halves(c, hc_key_evp(key), e)); /* mixed up, it would sign, and every peer would refuse */
    *out = HC_GIVE(key);
    return HC_OK;
}

/* ---- writing ---- */

static struct hc_rc write_encrypted(BIO *bio, const struct hc_key *key, PKCS8_PRIV_KEY_INFO *p8, struct hc_bytes pass,
                                    struct hc_err *e)
{
    LIB_AUTO(X509_ALGOR) pbe = NULL;
    LIB_AUTO(X509_SIG) sealed = NULL;

    /* A NULL salt or vector is drawn at random. */
    pbe = PKCS5_pbe2_set_iv_ex(EVP_aes_256_cbc(), PBKDF2_ROUNDS, NULL, SALT_SIZE, NULL, NID_hmacWithSHA256,
                               hc_key_ctx(key));
    sealed = pbe ? PKCS8_set0_pbe_ex((const char *)pass.p, (int)pass.n, p8, pbe, hc_key_ctx(key), NULL) : NULL;
    if (!sealed)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the private key cannot be encrypted");
    pbe = NULL; /* belongs to `sealed` */
    if (PEM_write_bio_PKCS8(bio, sealed) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the private key cannot be encoded");
    return HC_OK;
}

static struct hc_rc check_new_passphrase(const struct hc_secret *passphrase, struct hc_err *e)
{
    if (passphrase && hc_secret_view(passphrase).n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the passphrase is empty");
    if (hc_secret_view(passphrase).n > HC_KEY_PASSPHRASE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the passphrase is longer than %d bytes", HC_KEY_PASSPHRASE_MAX);
    return HC_OK;
}

struct hc_rc hc_key_to_pem(const struct hc_key *key, const struct hc_secret *passphrase, struct hc_buf *out,
                           struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(PKCS8_PRIV_KEY_INFO) p8 = NULL;
    LIB_AUTO(BIO) bio = NULL; /* libcrypto wipes a memory BIO's storage when it frees or moves it */
    char *text = NULL;
    long n;

    HC_TRY(e, check_new_passphrase(passphrase, e));
    p8 = EVP_PKEY2PKCS8(hc_key_evp(key));
    bio = BIO_new(BIO_s_mem());
    if (!p8 || !bio)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the private key cannot be encoded");
    if (passphrase)
        HC_TRY(e, write_encrypted(bio, key, p8, hc_secret_view(passphrase), e));
    else if (PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, p8) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the private key cannot be encoded");
    n = BIO_get_mem_data(bio, &text);
    hc_buf_add(out, hc_bytes_of(text, n > 0 ? (size_t)n : 0));
    return hc_buf_check(out, e);
}
