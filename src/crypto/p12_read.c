/*
 * p12_read.c - opens PKCS #12 files piece by piece.
 *
 * libcrypto's own reader (PKCS12_parse) gives no names of certificates, knows one key only, and derives as many rounds as
 * the file asks for. Here each derivation is charged before it is made.
 */
#include "crypto/p12_read.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "crypto/blobs.h"
#include "crypto/internal.h"
#include "crypto/pbe.h"

LIB_AUTO_TYPE(EVP_PKEY, EVP_PKEY_free)
LIB_AUTO_TYPE(PKCS12, PKCS12_free)
LIB_AUTO_TYPE(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
LIB_AUTO_TYPE(X509, X509_free)
LIB_AUTO_TYPE(X509_CRL, X509_CRL_free)

static void safes_auto_free(STACK_OF(PKCS7) * *safes)
{
    sk_PKCS7_pop_free(*safes, PKCS7_free);
}
#define SAFES_AUTO __attribute__((cleanup(safes_auto_free))) STACK_OF(PKCS7) *

static void bags_auto_free(STACK_OF(PKCS12_SAFEBAG) * *bags)
{
    sk_PKCS12_SAFEBAG_pop_free(*bags, PKCS12_SAFEBAG_free);
}
#define BAGS_AUTO __attribute__((cleanup(bags_auto_free))) STACK_OF(PKCS12_SAFEBAG) *

struct found_key {
    struct hc_key *key;
    struct hc_err refused;
    bool bare;
};

struct hc_p12_read {
    struct hc_blobs certs, cert_names, crls, key_names;
    struct found_key *keys; /* key_names.n of them */
    size_t others;
};

/* The file while it is being opened. */
struct opening {
    const struct hc_crypto *c;
    struct hc_p12_read *found;
    const char *pass; /* as libcrypto wants it: NULL is none at all, which differs from an empty one */
    int pass_n;
    bool said;       /* the caller gave a passphrase */
    bool sealed;     /* what is read now came out of an encrypted part */
    uint64_t rounds; /* spent */
};

/* ---- what it costs, and whether it is possible ---- */

static struct hc_rc charge(struct opening *o, uint64_t rounds, struct hc_err *e)
{
    if (rounds > HC_PBE_ROUNDS_MAX || o->rounds + rounds > HC_PBE_ROUNDS_MAX)
        return HC_FAIL(e, HC_E_P12, "it asks for more than %llu rounds of key derivation, which no honest file does",
                       (unsigned long long)HC_PBE_ROUNDS_MAX);
    o->rounds += rounds;
    return HC_OK;
}

static struct hc_rc check_pbe(struct opening *o, const X509_ALGOR *algorithm, struct hc_err *e)
{
    struct hc_pbe pbe;

    hc_pbe_read(o->c, algorithm, &pbe);
    if (pbe.kind == HC_PBE_LEGACY)
        return HC_FAIL(
            e, HC_E_P12,
            "it is encrypted by an old, broken cipher (%s) that is not read here; convert it: openssl pkcs12 "
            "-legacy -in OLD.p12 -out all.pem, then openssl pkcs12 -export -in all.pem -out NEW.p12, and "
            "remove all.pem",
            pbe.text);
    if (pbe.kind == HC_PBE_UNKNOWN)
        return HC_FAIL(e, HC_E_P12, "a part of it is encrypted %s", pbe.text);
    return charge(o, pbe.rounds, e);
}

static struct hc_rc refuse_passphrase(const struct opening *o, struct hc_err *e)
{
    if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory to open a PKCS #12 file");
    if (!o->said)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the PKCS #12 file needs a passphrase, and none was given");
    return HC_FAIL(e, HC_E_PASSPHRASE_WRONG, "the passphrase does not open the PKCS #12 file, or the file is damaged");
}

/* ---- things in bags ---- */

static struct hc_rc bag_name(const PKCS12_SAFEBAG *bag, struct hc_blobs *names, struct hc_err *e)
{
    char *name = PKCS12_get_friendlyname((PKCS12_SAFEBAG *)(uintptr_t)bag);
    size_t n = name ? strlen(name) : 0;
    struct hc_rc rc = hc_blobs_add(names, hc_bytes_of(name, n < HC_P12_NAME_MAX ? n : HC_P12_NAME_MAX), e);

    OPENSSL_free(name);
    return rc;
}

static struct hc_rc take_cert(struct opening *o, const PKCS12_SAFEBAG *bag, struct hc_err *e)
{
    LIB_AUTO(X509) x = PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate ? PKCS12_SAFEBAG_get1_cert(bag) : NULL;
    uint8_t *der = NULL;
    int n = x ? i2d_X509(x, &der) : 0;
    struct hc_rc rc;

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_P12, "a certificate in it cannot be read");
    rc = hc_blobs_add(&o->found->certs, hc_bytes_of(der, (size_t)n), e);
    OPENSSL_free(der);
    HC_TRY(e, rc);
    return bag_name(bag, &o->found->cert_names, e);
}

static struct hc_rc take_crl(struct opening *o, const PKCS12_SAFEBAG *bag, struct hc_err *e)
{
    LIB_AUTO(X509_CRL) x = PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Crl ? PKCS12_SAFEBAG_get1_crl(bag) : NULL;
    uint8_t *der = NULL;
    int n = x ? i2d_X509_CRL(x, &der) : 0;
    struct hc_rc rc;

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_P12, "a CRL in it cannot be read");
    rc = hc_blobs_add(&o->found->crls, hc_bytes_of(der, (size_t)n), e);
    OPENSSL_free(der);
    return rc;
}

static struct hc_rc read_key(struct opening *o, const PKCS8_PRIV_KEY_INFO *p8, struct hc_key **out, struct hc_err *e)
{
    LIB_AUTO(EVP_PKEY) pkey = NULL;
    HC_AUTO(hc_key) key = NULL;

    HC_TRY(e, hc_key_check_kind(p8, e));
    pkey = EVP_PKCS82PKEY_ex(p8, hc_crypto_ctx(o->c), NULL);
    if (!pkey)
        return HC_FAIL_LIB(e, HC_E_P12, "a private key in it cannot be read");
    HC_TRY(e, hc_key_take(o->c, &pkey, &key, e));
    HC_TRY(e, charge(o, hc_key_check_rounds((size_t)EVP_PKEY_get_bits(hc_key_evp(key))), e));
    HC_TRY(e, hc_key_check_halves(o->c, hc_key_evp(key), e));
    *out = HC_GIVE(key);
    return HC_OK;
}

static struct hc_rc take_key(struct opening *o, const PKCS12_SAFEBAG *bag, const PKCS8_PRIV_KEY_INFO *p8, bool bare,
                             struct hc_err *e)
{
    struct hc_p12_read *f = o->found;
    struct found_key *more;

    if (!p8)
        return HC_FAIL_LIB(e, HC_E_P12, "a private key in it cannot be read");
    more = realloc(f->keys, (f->key_names.n + 1) * sizeof *more);
    if (!more)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the keys of a PKCS #12 file");
    f->keys = more;
    more += f->key_names.n;
    *more = (struct found_key){.bare = bare};
    HC_TRY(e, bag_name(bag, &f->key_names, e)); /* from now on it is counted */
    struct hc_rc rc = read_key(o, p8, &more->key, &more->refused);
    if (hc_ok(rc) || rc.code == HC_E_CERT_WEAK_KEY || rc.code == HC_E_KEY_FORMAT)
        return HC_OK; /* told with the key */
    *e = more->refused;
    return rc;
}

static struct hc_rc take_sealed_key(struct opening *o, const PKCS12_SAFEBAG *bag, struct hc_err *e)
{
    const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
    const X509_ALGOR *algorithm = NULL;
    LIB_AUTO(PKCS8_PRIV_KEY_INFO) p8 = NULL;

    if (!sealed)
        return HC_FAIL(e, HC_E_P12, "a private key in it cannot be read");
    X509_SIG_get0(sealed, &algorithm, NULL);
    HC_TRY(e, check_pbe(o, algorithm, e));
    p8 = PKCS8_decrypt_ex(sealed, o->pass, o->pass_n, hc_crypto_ctx(o->c), NULL);
    if (!p8)
        return refuse_passphrase(o, e);
    return take_key(o, bag, p8, false, e);
}

static struct hc_rc take_bags(struct opening *o, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth,
                              struct hc_err *e);

static struct hc_rc take_bag(struct opening *o, const PKCS12_SAFEBAG *bag, unsigned depth, struct hc_err *e)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return take_key(o, bag, PKCS12_SAFEBAG_get0_p8inf(bag), !o->sealed, e);
    case NID_pkcs8ShroudedKeyBag:
        return take_sealed_key(o, bag, e);
    case NID_certBag:
        return take_cert(o, bag, e);
    case NID_crlBag:
        return take_crl(o, bag, e);
    case NID_safeContentsBag:
        return take_bags(o, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, e);
    default:
        o->found->others++;
        return HC_OK;
    }
}

static struct hc_rc take_bags(struct opening *o, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth,
                              struct hc_err *e)
{
    if (depth > HC_P12_READ_DEPTH)
        return HC_FAIL(e, HC_E_P12, "its parts lie more than %d deep in each other", HC_P12_READ_DEPTH);
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
        HC_TRY(e, take_bag(o, sk_PKCS12_SAFEBAG_value(bags, i), depth, e));
    return HC_OK;
}

/* ---- the file ---- */

static struct hc_rc open_sealed(struct opening *o, const PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) * *out, struct hc_err *e)
{
    const PKCS7_ENC_CONTENT *content = safe->d.encrypted ? safe->d.encrypted->enc_data : NULL;

    if (!content || !content->enc_data)
        return HC_FAIL(e, HC_E_P12, "an encrypted part of it is empty");
    HC_TRY(e, check_pbe(o, content->algorithm, e));
    *out = PKCS12_item_decrypt_d2i_ex(content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), o->pass, o->pass_n,
                                      content->enc_data, 1, hc_crypto_ctx(o->c), NULL);
    return *out ? HC_OK : refuse_passphrase(o, e);
}

static struct hc_rc take_safe(struct opening *o, PKCS7 *safe, struct hc_err *e)
{
    BAGS_AUTO bags = NULL;

    o->sealed = PKCS7_type_is_encrypted(safe);
    if (o->sealed)
        HC_TRY(e, open_sealed(o, safe, &bags, e));
    else if (PKCS7_type_is_data(safe))
        bags = PKCS12_unpack_p7data(safe);
    else
        return HC_FAIL(e, HC_E_P12, "a part of it is encrypted for a certificate instead of under a passphrase");
    if (!bags)
        return HC_FAIL_LIB(e, HC_E_P12, "a part of it cannot be read");
    return take_bags(o, bags, 0, e);
}

/* Does the integrity check agree under this passphrase? Then it is the file's. */
static struct hc_rc try_passphrase(struct opening *o, PKCS12 *p12, struct hc_bytes pass, bool *fits, struct hc_err *e)
{
    const ASN1_INTEGER *rounds = NULL;
    const X509_ALGOR *algorithm = NULL;
    uint64_t n = 1;

    PKCS12_get0_mac(NULL, &algorithm, NULL, &rounds, p12);
    if (algorithm && !EVP_get_digestbyobj(algorithm->algorithm))
        return HC_FAIL(e, HC_E_P12, "its integrity check is of a kind that is not known here");
    if (rounds && (ASN1_INTEGER_get_uint64(&n, rounds) != 1 || n == 0))
        n = HC_PBE_ROUNDS_MAX + 1;
    HC_TRY(e, charge(o, n, e));
    *fits = PKCS12_verify_mac(p12, (const char *)pass.p, (int)pass.n) == 1;
    if (!*fits && ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory to open a PKCS #12 file");
    ERR_clear_error();
    if (*fits) {
        o->pass = (const char *)pass.p;
        o->pass_n = (int)pass.n;
    }
    return HC_OK;
}

/* The one that was given, none, an empty one: programs differ in what they mean by the last two. */
static struct hc_rc find_passphrase(struct opening *o, PKCS12 *p12, struct hc_bytes given, struct hc_err *e)
{
    bool fits = false;

    if (!PKCS12_mac_present(p12)) {
        o->pass = (const char *)given.p;
        o->pass_n = (int)given.n;
        return HC_OK;
    }
    if (given.n > 0)
        HC_TRY(e, try_passphrase(o, p12, given, &fits, e));
    if (!fits)
        HC_TRY(e, try_passphrase(o, p12, (struct hc_bytes){NULL, 0}, &fits, e));
    if (!fits)
        HC_TRY(e, try_passphrase(o, p12, hc_bytes_of("", 0), &fits, e));
    return fits ? HC_OK : refuse_passphrase(o, e);
}

static struct hc_rc decode(const struct hc_crypto *c, struct hc_bytes file, PKCS12 **out, struct hc_err *e)
{
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, hc_crypto_ctx(c), NULL);
    const uint8_t *p = file.p;

    if (!p12)
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory to open a PKCS #12 file");
    if (!d2i_PKCS12(&p12, &p, (long)file.n)) { /* frees it on failure */
        PKCS12_free(p12);
        return HC_FAIL_LIB(e, HC_E_P12, "it is no PKCS #12 file, or a part of it is missing");
    }
    *out = p12;
    return HC_OK;
}

/* Every part is looked at before any is decrypted: a file that needs the old ciphers is told as such, whatever the
 * passphrase. */
static struct hc_rc look_ahead(struct opening *o, const STACK_OF(PKCS7) * safes, struct hc_err *e)
{
    struct opening look = *o;

    for (int i = 0; i < sk_PKCS7_num(safes); i++) {
        PKCS7 *safe = sk_PKCS7_value(safes, i);

        if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted && safe->d.encrypted->enc_data)
            HC_TRY(e, check_pbe(&look, safe->d.encrypted->enc_data->algorithm, e));
    }
    return HC_OK;
}

static struct hc_rc take_file(struct opening *o, struct hc_bytes file, struct hc_bytes given, struct hc_err *e)
{
    LIB_AUTO(PKCS12) p12 = NULL;
    SAFES_AUTO safes = NULL;

    HC_TRY(e, decode(o->c, file, &p12, e));
    safes = PKCS12_unpack_authsafes(p12);
    if (!safes)
        return HC_FAIL_LIB(e, HC_E_P12, "its contents cannot be read");
    HC_TRY(e, look_ahead(o, safes, e));
    HC_TRY(e, find_passphrase(o, p12, given, e));
    for (int i = 0; i < sk_PKCS7_num(safes); i++)
        HC_TRY(e, take_safe(o, sk_PKCS7_value(safes, i), e));
    return HC_OK;
}

struct hc_rc hc_p12_read_new(const struct hc_crypto *c, struct hc_bytes file, const struct hc_secret *passphrase,
                             struct hc_p12_read **out, struct hc_err *e)
{
    LIB_QUIET;
    HC_AUTO(hc_p12_read) found = NULL;
    struct opening o = {.c = c, .said = passphrase != NULL};

    if (file.n == 0)
        return HC_FAIL(e, HC_E_P12, "it is empty");
    if (file.n > HC_P12_READ_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "a PKCS #12 file of %zu bytes; %u is the most", file.n, HC_P12_READ_MAX);
    if (hc_secret_view(passphrase).n > HC_KEY_PASSPHRASE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the passphrase is longer than %d bytes", HC_KEY_PASSPHRASE_MAX);
    found = calloc(1, sizeof *found);
    if (!found)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to open a PKCS #12 file");
    found->certs.max = found->cert_names.max = found->crls.max = found->key_names.max = HC_P12_READ_THINGS;
    o.found = found;
    HC_TRY(e, take_file(&o, file, hc_secret_view(passphrase), e));
    *out = HC_GIVE(found);
    return HC_OK;
}

void hc_p12_read_free(struct hc_p12_read *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->key_names.n; i++)
        hc_key_free(p->keys[i].key);
    free(p->keys);
    hc_blobs_fini(&p->certs);
    hc_blobs_fini(&p->cert_names);
    hc_blobs_fini(&p->crls);
    hc_blobs_fini(&p->key_names);
    free(p);
}

size_t hc_p12_read_certs(const struct hc_p12_read *p)
{
    return p->certs.n;
}

struct hc_bytes hc_p12_read_cert(const struct hc_p12_read *p, size_t i, struct hc_bytes *name)
{
    if (name)
        *name = hc_blobs_view(&p->cert_names, i);
    return hc_blobs_view(&p->certs, i);
}

size_t hc_p12_read_crls(const struct hc_p12_read *p)
{
    return p->crls.n;
}

struct hc_bytes hc_p12_read_crl(const struct hc_p12_read *p, size_t i)
{
    return hc_blobs_view(&p->crls, i);
}

size_t hc_p12_read_keys(const struct hc_p12_read *p)
{
    return p->key_names.n;
}

struct hc_p12_read_key hc_p12_read_key(const struct hc_p12_read *p, size_t i)
{
    const struct found_key *k = &p->keys[i];

    return (struct hc_p12_read_key){
        .key = k->key,
        .refused = k->key ? NULL : &k->refused,
        .name = hc_blobs_view(&p->key_names, i),
        .bare = k->bare,
    };
}

size_t hc_p12_read_others(const struct hc_p12_read *p)
{
    return p->others;
}
