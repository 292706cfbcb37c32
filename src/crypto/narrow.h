/*
 * narrow.h - a library context that decodes only the public keys that a TLS peer may have.
 *
 * OpenSSL 3.0 and 3.1 build, for each certificate that is read, a chain of all decoders that they have, private keys,
 * encrypted ones and Diffie-Hellman parameters among them: some 110 us, and 40 when there are only four to choose from.
 * libssl reads every certificate that a peer presents, in its context. Later versions remember the chain.
 */
#ifndef HC_CRYPTO_NARROW_H
#define HC_CRYPTO_NARROW_H

struct ossl_lib_ctx_st;  /* libcrypto's OSSL_LIB_CTX */
struct ossl_provider_st; /* libcrypto's OSSL_PROVIDER */

struct hc_narrow {
    struct ossl_lib_ctx_st *ctx; /* owned; NULL: there is nothing to gain here, or it could not be made */
    struct ossl_provider_st *provider;
};

/*
 * Makes a context that has all that `whole` has, an active default provider, except the decoders for other things than
 * public keys of EC, RSA, RSA-PSS and Ed25519. It borrows `whole`, which must stay until hc_narrow_end. Never fails:
 * without it everything works, and takes longer.
 */
void hc_narrow_begin(struct hc_narrow *n, struct ossl_provider_st *whole);
void hc_narrow_end(struct hc_narrow *n);

#endif
