/*
 * inspect.h - what is in a file: words first, then fields. PEM (several blocks), DER, PKCS #12, PKCS #7, requests, CRLs,
 * OCSP responses, private and public keys, JWKS.
 *
 * Files are strangers': every size is bounded, everything shown is escaped, and a secret is never shown: of a private key
 * only its kind and the fingerprint of its public half.
 */
#ifndef HC_DOCTOR_INSPECT_H
#define HC_DOCTOR_INSPECT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/lib.h"

#define HC_INSPECT_FILE (8u << 20) /* bytes of one file */
#define HC_INSPECT_ITEMS 512       /* things found in all files together */

struct hc_inspection;

struct hc_rc hc_inspection_new(const struct hc_crypto *c, int64_t now, struct hc_inspection **out, struct hc_err *e);
void hc_inspection_free(struct hc_inspection *i); /* NULL-safe */
HC_DEFINE_AUTO(hc_inspection)

/*
 * Reads a file's contents and adds what is in it. `label` is how it is called in the output (copied). `passphrase` for
 * PKCS #12 and encrypted keys; NULL: none was given. What is copied of a private key is wiped; `contents` is the
 * caller's, who wipes it too.
 * Fails with HC_E_INSPECT_UNKNOWN, HC_E_PEM, HC_E_DER, HC_E_P12, HC_E_PKCS7, HC_E_JWKS, HC_E_KEY_FORMAT,
 * HC_E_PASSPHRASE_NEEDED, HC_E_PASSPHRASE_WRONG, HC_E_TOO_BIG, HC_E_NOMEM; what was read before stays. Of several things in
 * a file that cannot be read the first is given here, all of them are told in the output, and reading goes on behind them.
 * A certificate, request, CRL or response that is read and breaks a rule is no failure: it is told, with the rule. Costs up
 * to some four seconds for what is encrypted. Not for two threads at once.
 */
struct hc_rc hc_inspection_add(struct hc_inspection *i, const char *label, struct hc_bytes contents,
                               const struct hc_secret *passphrase, struct hc_err *e);

/* A file that could not be opened: the output tells it in its place. Fails with HC_E_NOMEM. */
struct hc_rc hc_inspection_refuse(struct hc_inspection *i, const char *label, const struct hc_err *why,
                                  struct hc_err *e);

/* How many things. */
size_t hc_inspection_count(const struct hc_inspection *i);

/* Is the one of that number a private key that lay in its file without encryption? Whoever opened the file can then look at its mode. */
bool hc_inspection_is_bare(const struct hc_inspection *i, size_t at);

/* Words first ("A certificate for shop.example.com, valid for 89 more days, issued by Example Issuing CA, for servers"),
 * fields after, lint findings of certificates, and at the end what belongs together: key and certificate, leaf and issuer,
 * certificate and CRL, request and key, OCSP response and certificate, duplicates. Fits 80 columns. */
void hc_inspection_text(const struct hc_inspection *i, struct hc_buf *out);
void hc_inspection_json(const struct hc_inspection *i, struct hc_buf *out);

#endif
