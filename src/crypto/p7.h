/*
 * p7.h - PKCS #7 files that carry certificates and CRLs and no message [RFC 2315 9, RFC 5652 5]: .p7b, .p7c.
 */
#ifndef HC_CRYPTO_P7_H
#define HC_CRYPTO_P7_H

#include "base/auto.h"
#include "base/bytes.h"
#include "crypto/lib.h"

#define HC_P7_MAX (8u << 20) /* bytes; every public root together has some 300 KB */
#define HC_P7_THINGS 512     /* certificates and CRLs: each */

struct hc_p7;

/*
 * Reads one, DER or BER; PEM is the caller's. The input is borrowed for the call.
 * Fails with HC_E_PKCS7 (what it is instead is said: encrypted, a signature without certificates), HC_E_TOO_BIG,
 * HC_E_NOMEM. Nothing is verified.
 */
struct hc_rc hc_p7_new(struct hc_bytes file, struct hc_p7 **out, struct hc_err *e);

/* NULL-safe. */
void hc_p7_free(struct hc_p7 *p);
HC_DEFINE_AUTO(hc_p7)

/* DER, in the order of the file. Borrowed until it is freed. */
size_t hc_p7_certs(const struct hc_p7 *p);
struct hc_bytes hc_p7_cert(const struct hc_p7 *p, size_t i);
size_t hc_p7_crls(const struct hc_p7 *p);
struct hc_bytes hc_p7_crl(const struct hc_p7 *p, size_t i);

/* Somebody signed something with it: it is more than a box for certificates. */
bool hc_p7_is_signature(const struct hc_p7 *p);

#endif
