/* internal.h - what only this module's files share: scope clean-up for libcrypto's types, a quiet error queue. */
#ifndef HC_CRYPTO_INTERNAL_H
#define HC_CRYPTO_INTERNAL_H

#include "crypto/key.h"
#include "crypto/p12.h"

/*
 * Once a file and type: LIB_AUTO_TYPE(BIO, BIO_free_all). Then: LIB_AUTO(BIO) b = NULL;
 * This header knows no type of libcrypto, so each file says what it uses.
 */
#define LIB_AUTO_TYPE(T, free_fn)                                                                                      \
    static inline void T##_auto_free(T **p)                                                                            \
    {                                                                                                                  \
        free_fn(*p);                                                                                                   \
    }
#define LIB_AUTO(T) __attribute__((cleanup(T##_auto_free))) T *

/* First in every function that calls libcrypto: the error queue is empty when it begins and when it ends. */
int hc_crypto_quiet_begin(void);
void hc_crypto_quiet_end(const int *unused);
#define LIB_QUIET __attribute__((cleanup(hc_crypto_quiet_end), unused)) const int lib_quiet_ = hc_crypto_quiet_begin()

/*
 * Makes a key of what libcrypto decoded or generated, after judging it. *pkey is taken (and NULL) on success, the
 * caller's otherwise. Fails with HC_E_CERT_WEAK_KEY, HC_E_NOMEM.
 */
struct hc_rc hc_key_take(const struct hc_crypto *c, struct evp_pkey_st **pkey, struct hc_key **out, struct hc_err *e);
struct ossl_lib_ctx_st *hc_key_ctx(const struct hc_key *key);

/*
 * A stranger's private key is asked both, or decoding it may take hours: whether it is of a kind that is decoded at all,
 * before; and after, behind hc_key_take, whether its private half is that of its public half: otherwise it would be told
 * to belong to whichever certificate its public half was copied from. Fail with HC_E_CERT_WEAK_KEY (its kind),
 * HC_E_KEY_FORMAT.
 */
struct pkcs8_priv_key_info_st;
struct hc_rc hc_key_check_kind(const struct pkcs8_priv_key_info_st *p8, struct hc_err *e);
struct hc_rc hc_key_check_halves(const struct hc_crypto *c, struct evp_pkey_st *pkey, struct hc_err *e);

/* What the second costs at most for a key of so many bits, in rounds of key derivation (crypto/pbe.h). */
uint64_t hc_key_check_rounds(size_t bits);

/* How a PKCS #12 file is written; numbers of libcrypto. */
struct hc_p12_suite {
    int encryption; /* NID of the scheme for key and certificates */
    int rounds;     /* of the derivations for encryption and integrity check */
    int salt;       /* bytes, of the integrity check */
    bool sha256;    /* the integrity check's hash; else SHA-1 */
};
const struct hc_p12_suite *hc_p12_kind_suite(enum hc_p12_for kind);

#endif
