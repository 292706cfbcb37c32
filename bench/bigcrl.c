/*
 * bigcrl.c - a CRL with many entries, for bench/revocation: random serials of 128 bits, as issuers give them.
 *
 *     bigcrl CA_CERT CA_KEY N NUMBER OUT.der [SERIAL_HEX...]     N entries, and those serials besides
 */
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAYS 7

static void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bigcrl: %s\n", what);
    exit(1);
}

static void *opened(const char *path, void *(*read)(FILE *))
{
    FILE *f = fopen(path, "r");
    void *x = f ? read(f) : NULL;

    must(x != NULL, path);
    fclose(f);
    return x;
}

static void *read_cert(FILE *f)
{
    return PEM_read_X509(f, NULL, NULL, NULL);
}

static void *read_key(FILE *f)
{
    return PEM_read_PrivateKey(f, NULL, NULL, NULL);
}

static void add(X509_CRL *crl, BIGNUM *serial, ASN1_TIME *when)
{
    X509_REVOKED *r = X509_REVOKED_new();
    ASN1_INTEGER *number = BN_to_ASN1_INTEGER(serial, NULL);

    must(r && number && X509_REVOKED_set_serialNumber(r, number) && X509_REVOKED_set_revocationDate(r, when) &&
             X509_CRL_add0_revoked(crl, r),
         "no memory for an entry");
    ASN1_INTEGER_free(number);
}

static void add_random(X509_CRL *crl, long n, ASN1_TIME *when)
{
    BIGNUM *serial = BN_new();

    for (long i = 0; i < n; i++) {
        must(BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "no random numbers");
        add(crl, serial, when);
    }
    BN_free(serial);
}

static void add_extensions(X509_CRL *crl, X509 *ca, const char *number)
{
    X509V3_CTX ctx;
    X509_EXTENSION *aki;
    BIGNUM *n = NULL;
    ASN1_INTEGER *value;

    X509V3_set_ctx(&ctx, ca, NULL, NULL, crl, 0);
    aki = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid");
    must(aki && X509_CRL_add_ext(crl, aki, -1) && BN_dec2bn(&n, number), "no extensions");
    value = BN_to_ASN1_INTEGER(n, NULL);
    must(value && X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, 0), "no number");
    X509_EXTENSION_free(aki);
    ASN1_INTEGER_free(value);
    BN_free(n);
}

int main(int argc, char **argv)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *next = X509_gmtime_adj(NULL, DAYS * 86400L);
    X509 *ca;
    EVP_PKEY *key;
    FILE *out;

    must(argc > 5, "see the head of bench/bigcrl.c");
    ca = opened(argv[1], read_cert);
    key = opened(argv[2], read_key);
    must(crl && X509_CRL_set_version(crl, 1) && X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) &&
             X509_CRL_set1_lastUpdate(crl, now) && X509_CRL_set1_nextUpdate(crl, next),
         "no CRL");
    add_random(crl, atol(argv[3]), now);
    for (int i = 6; i < argc; i++) {
        BIGNUM *serial = NULL;

        must(BN_hex2bn(&serial, argv[i]) > 0, argv[i]);
        add(crl, serial, now);
        BN_free(serial);
    }
    add_extensions(crl, ca, argv[4]);
    must(X509_CRL_sort(crl) && X509_CRL_sign(crl, key, EVP_sha256()) > 0, "cannot sign");
    out = fopen(argv[5], "wb");
    must(out && i2d_X509_CRL_fp(out, crl) && fclose(out) == 0, argv[5]);
    return 0;
}
