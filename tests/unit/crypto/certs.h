/*
 * certs.h - keys and certificates for the tests of this module, made by libcrypto itself in its default context.
 */
#ifndef HC_TEST_CERTS_H
#define HC_TEST_CERTS_H

#include "hc_test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/x509.h"

/*
 * Keys by name: "P-256", "P-384", "secp224r1", "secp256k1", "ED25519", "ED448", "X25519", "RSA1024", "RSA2048".
 * Owned by the caller.
 */
EVP_PKEY *certs_key(const char *kind);

struct certs_spec {
    const char *name; /* the CN */
    EVP_PKEY *key;
    const char *issuer_name; /* NULL: self-issued */
    EVP_PKEY *issuer_key;    /* NULL: self-signed */
    EVP_PKEY *akid_key;      /* NULL: the issuer's */
    const EVP_MD *md;        /* NULL: SHA-256, or none for EdDSA */
    bool ca;
    const char *basic;   /* replaces the basicConstraints that `ca` implies; "" leaves them out */
    const char *usage;   /* replaces the keyUsage that `ca` implies */
    const char *san;     /* as in openssl.cnf; NULL: DNS:leaf.example */
    const char *nc;      /* critical name constraints, as in openssl.cnf */
    const char *unknown; /* an OID; added as a critical extension */
    const char *proxy;   /* proxyCertInfo, as in openssl.cnf */
};

X509 *certs_make(const struct certs_spec *spec);

/* The certificate as DER (freed by the caller with free) and as this module's type. */
struct hc_bytes certs_der(X509 *x);
struct hc_x509 *certs_wrap(const struct hc_crypto *c, X509 *x);

/* certs_make, then wrapped. */
struct hc_x509 *certs_new(const struct hc_crypto *c, const struct certs_spec *spec);

/* A certificate that a CA of the name "root" issued, as DER (freed by the caller with free). */
struct hc_bytes certs_of_root(const char *name, EVP_PKEY *key, EVP_PKEY *root_key, bool ca);

/* The public half as DER; freed by the caller with free. */
struct hc_bytes certs_spki(EVP_PKEY *key);

struct hc_secret *certs_secret(const char *text);

#endif
