/*
 * lib.h - this program's own corner of libcrypto.
 *
 * A struct hc_crypto owns a private OSSL_LIB_CTX with the default provider and nothing else: no openssl.cnf, no
 * environment variable and no other user of libcrypto in the process changes what is accepted here. One is enough
 * for a program; it must outlive every key and certificate made with it. All functions of this module may be
 * called from any thread.
 *
 * No function of this module prints, prompts, or leaves anything in libcrypto's error queue.
 */
#ifndef HC_CRYPTO_LIB_H
#define HC_CRYPTO_LIB_H

#include "base/auto.h"
#include "base/err.h"

struct hc_crypto;
struct ossl_lib_ctx_st; /* libcrypto's OSSL_LIB_CTX */

/* Fails with HC_E_LIBRARY (no default provider), HC_E_NOMEM. */
struct hc_rc hc_crypto_new(struct hc_crypto **out, struct hc_err *e);

/* NULL-safe. */
void hc_crypto_free(struct hc_crypto *c);
HC_DEFINE_AUTO(hc_crypto)

/* For net/tls, which hands it to libssl. Borrowed; valid until hc_crypto_free. */
struct ossl_lib_ctx_st *hc_crypto_ctx(const struct hc_crypto *c);

/*
 * Like HC_FAIL, and appends ": " and the reason that libcrypto (or libssl) gave last, puts its number into e->lib
 * and empties the error queue. For the files that call libcrypto or libssl.
 */
#define HC_FAIL_LIB(e, code, ...) hc_crypto_fail((e), (code), __FILE__, __LINE__, __VA_ARGS__)
struct hc_rc hc_crypto_fail(struct hc_err *e, enum hc_code code, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
