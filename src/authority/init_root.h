/* init_root.h - a root that is not kept in the home: on a stick, or made elsewhere. Private to this module. */
#ifndef HC_AUTHORITY_INIT_ROOT_H
#define HC_AUTHORITY_INIT_ROOT_H

#include "base/secret.h"
#include "crypto/key.h"
#include "pki/cert.h"

/*
 * May a root be written there? Fails with HC_E_FILE_MISSING (no such directory: it is never made, for a stick that is
 * not mounted would be a directory on this disk), HC_E_FILE_EXISTS (it has a root already).
 */
struct hc_rc hc_init_stick_check(const char *dir, struct hc_err *e);

/*
 * Writes DIR/root.key.pem (0600) and DIR/root.cert.pem, synced; what is there is never replaced, and after a failure
 * nothing of it is left. The key is read back and compared, for nobody will look at it for a year.
 */
struct hc_rc hc_init_stick_write(const struct hc_crypto *crypto, const char *dir, const struct hc_key *key,
                                 const struct hc_secret *passphrase, const struct hc_cert *cert, struct hc_err *e);

/* Takes back what hc_init_stick_write wrote. */
void hc_init_stick_remove(const char *dir);

/*
 * The root in this PEM: exactly one certificate, a CA's that may sign certificates and CRLs, signed by itself with an
 * accepted key, its time running at `now`. Fails with HC_E_BUNDLE, saying what it lacks, HC_E_CERT_WEAK_KEY,
 * HC_E_NOMEM.
 */
struct hc_rc hc_init_adopt(const struct hc_crypto *crypto, struct hc_bytes pem, int64_t now, struct hc_cert **out,
                           struct hc_err *e);

#endif
