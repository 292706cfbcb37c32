/*
 * authority.h - one authority: its home opened, its ledger, its CA certificates, and its keys once they are asked for.
 *
 *     HC_AUTO(hc_authority) a = NULL;
 *     HC_TRY(e, hc_authority_open(crypto, home, &a, e));
 *     HC_TRY(e, hc_authority_unlock(a, passphrase, e));      only where hc_authority_encrypted says so
 *     HC_TRY(e, hc_authority_issue(a, grant, &request, &issued, e));
 *
 * init.h makes an authority; issue.h, revoke.h and publish.h are what it does. Each of these takes the lock
 * HOME/authority/lock for as long as it works, so that two processes never work at once; the second waits up to 10 s
 * (HC_E_LEDGER_BUSY).
 *
 * A struct hc_authority belongs to one thread. Everything here blocks on the disk. All calls can fail with the
 * ledger's errors (ledger.h), those of reading and writing files (base/file.h) and HC_E_NOMEM; these are not repeated
 * below.
 */
#ifndef HC_AUTHORITY_AUTHORITY_H
#define HC_AUTHORITY_AUTHORITY_H

#include "base/auto.h"
#include "base/secret.h"
#include "crypto/lib.h"
#include "ledger/ledger.h"
#include "pki/cert.h"

struct hc_authority;

/*
 * Opens the authority in `home` for reading and, after hc_authority_unlock where needed, for signing. No key is read.
 *
 *   crypto   borrowed; must outlive the authority
 *   home     copied
 *
 * Fails with HC_E_HOME_MISSING (no authority there), HC_E_HOME_NEWER, HC_E_LEDGER_DAMAGED, HC_E_ROOT_CHANGED
 * (authority/root.cert.pem is there and is not the ledger's root).
 */
struct hc_rc hc_authority_open(const struct hc_crypto *crypto, const char *home, struct hc_authority **out,
                               struct hc_err *e);

/* Wipes keys and passphrase. NULL-safe. */
void hc_authority_free(struct hc_authority *a);
HC_DEFINE_AUTO(hc_authority)

/*
 * From now on the root's key is the one in this PEM file: a stick that was brought for the few commands that need it.
 * The file is read when the root has something to sign. With a passphrase of its own, else the CA keys' is tried on it.
 *
 *   path         copied
 *   passphrase   borrowed; NULL for none of its own
 *
 * Fails with HC_E_TOO_BIG, HC_E_NOMEM, HC_E_FILE_MISSING (so that a forgotten stick is noticed before anything
 * happens), HC_E_ROOT_KEY_OTHER (a certificate beside the key, root.cert.pem in the same directory, is not this
 * authority's root).
 */
struct hc_rc hc_authority_bring_root_key(struct hc_authority *a, const char *path, const struct hc_secret *passphrase,
                                         struct hc_err *e);

/* Is the key file encrypted? For --root-key. Fails as hc_file_read does. */
struct hc_rc hc_authority_key_encrypted(const char *path, bool *out, struct hc_err *e);

/* Are the CA keys encrypted, so that a command has to ask for the passphrase? The first key that is here is
 * looked at; without any (a home whose only key is elsewhere) they are not. */
struct hc_rc hc_authority_encrypted(struct hc_authority *a, bool *out, struct hc_err *e);

/*
 * Keeps a copy of the passphrase and opens the newest issuing CA's key that is here with it at once (without one, the
 * root's), so that a wrong one is noticed before anything else happens. Other keys are opened when they have something
 * to sign. Not needed when keys are not encrypted.
 *
 *   passphrase   borrowed; NULL for none
 *
 * Fails with HC_E_PASSPHRASE_WRONG, HC_E_PASSPHRASE_NEEDED (encrypted, and NULL), HC_E_CA_KEY_MISSING, HC_E_KEY_FORMAT,
 * HC_E_KEY_MISMATCH (the key is not the CA certificate's). Costs up to a second.
 */
struct hc_rc hc_authority_unlock(struct hc_authority *a, const struct hc_secret *passphrase, struct hc_err *e);

/* From now on everything is dated and judged as at `now` instead of the clock's time; for tests and rehearsals. 0:
 * the clock. */
void hc_authority_set_time(struct hc_authority *a, int64_t now);

/* The home's path, the root's and the newest issuing CA's certificate (NULL when there is none yet); borrowed until
 * freed. */
const char *hc_authority_home(const struct hc_authority *a);
const struct hc_cert *hc_authority_root(const struct hc_authority *a);
const struct hc_cert *hc_authority_issuer(const struct hc_authority *a);

/*
 * For list and show: hc_ledger_certs, hc_ledger_interrupted, hc_ledger_events, ... Borrowed until freed. Read only:
 * whoever writes to it goes past the authority's lock.
 */
struct hc_ledger *hc_authority_ledger(struct hc_authority *a);

/* Something that will stop working unless somebody acts. */
struct hc_warning {
    /* HC_E_CRL_MISSING, _STALE, _LACKS, _NOT_YET_VALID, HC_E_ISSUER_EXPIRED, _ISSUER_NEAR_END, HC_E_ISSUER_NONE,
     * HC_E_ROOT_OFFLINE (the root's CRL wants its key soon), HC_E_ROOT_CHANGED, HC_E_LEDGER_RESTORED: the row of each
     * has the fix. */
    enum hc_code code;
    bool already;           /* it has stopped working */
    struct hc_bytes issuer; /* "issuing" */
    int64_t at;             /* when it ends or ended; 0 for a CRL that is missing */
    char text[256];         /* "the CRL of issuing ends in 20 hours (2026-11-21T10:00:00Z)" */
};

/*
 * Calls `each` for every CRL that is missing, unreadable, in the last quarter of its life, dated in the future or
 * without a revocation that the ledger has, and every CA certificate in the last tenth of its life. For the end of
 * every command. Fails as `each` does.
 */
struct hc_rc hc_authority_warnings(struct hc_authority *a,
                                   struct hc_rc (*each)(void *ctx, const struct hc_warning *w, struct hc_err *e),
                                   void *ctx, struct hc_err *e);

#endif
