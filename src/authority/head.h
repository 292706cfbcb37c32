/*
 * head.h - the signed head of the ledger: whoever keeps a copy can tell later whether the ledger still is what it was.
 *
 * HOME/publish/ledger-head is text:
 *
 *     Handclasp ledger head 1
 *     root: <SHA-256 of the root certificate>
 *     links: 1234
 *     hash: <hash of link 1234>
 *     at: 2026-11-21T10:00:00Z
 *     issuer: issuing
 *     algorithm: <AlgorithmIdentifier of the signature, DER in base64>
 *     signature: <base64>
 *     -----BEGIN CERTIFICATE-----  (the issuer's)
 *
 * The signature covers the lines above "algorithm:", byte for byte, by the key of the named issuer. They begin with a
 * letter, and what else a CA signs begins with a DER SEQUENCE, so that neither can be passed off as the other.
 */
#ifndef HC_AUTHORITY_HEAD_H
#define HC_AUTHORITY_HEAD_H

#include "authority/authority.h"

#define HC_HEAD_MAX (128 * 1024) /* the text and one certificate */

struct hc_head {
    int64_t links;
    uint8_t hash[HC_LEDGER_HASH];
    int64_t at;
    char issuer[64];
};

/*
 * Reads a signed head and checks that an issuer of this authority signed it: the certificate in it is signed by the
 * ledger's root, which it names too, and was valid at `at`; whether the issuer is known to the ledger does not matter,
 * for that may have forgotten it. An issuer that is revoked in the ledger for a compromise before `at` is not
 * believed. Fails with HC_E_HEAD_MALFORMED, HC_E_HEAD_SIGNATURE, HC_E_NOMEM.
 */
struct hc_rc hc_head_parse(struct hc_authority *a, struct hc_bytes text, struct hc_head *out, struct hc_err *e);

/* From a file; NULL is HOME/publish/ledger-head. Fails with hc_file_read's codes too. */
struct hc_rc hc_head_load(struct hc_authority *a, const char *path, struct hc_head *out, struct hc_err *e);

/*
 * Is the ledger a continuation of what was signed? HC_E_HEAD_DEPARTS when the link of that number has another hash;
 * HC_E_LEDGER_RESTORED when the ledger ends before it, and also, with *explained, when an event "restore"
 * (hc_head_restored) tells that this head lies in a window that a restore lost: then e->text names the window, whether
 * the ledger has grown past it or not. A head that was signed after the restore is not explained by it.
 */
struct hc_rc hc_head_compare(struct hc_authority *a, const struct hc_head *head, bool *explained, struct hc_err *e);

/*
 * Under the lock, before a command writes: when the published head shows that the ledger was restored from a backup,
 * records the event "restore" with the window that is lost (number and hash of the signed head, its date, the ledger's
 * own last link and the date of its last event), once. Nothing of what was lost comes back by this; revocations come
 * back from the published CRLs before the same command goes on (hc_head_recover, publish.c).
 */
struct hc_rc hc_head_restored(struct hc_authority *a, struct hc_err *e);

/* What a restored backup cost: the links after `own_link`, up to the one that was signed, and the time they were
 * written in. */
struct hc_head_window {
    int64_t own_link, own_at;       /* the last link that was left, and the date of the last event there */
    int64_t signed_link, signed_at; /* the head that was found published */
    int64_t at;                     /* when it was noticed */
};

/* Calls `each` for every event "restore", oldest first. */
struct hc_rc hc_head_windows(struct hc_authority *a,
                             struct hc_rc (*each)(void *ctx, const struct hc_head_window *w, struct hc_err *e),
                             void *ctx, struct hc_err *e);

/* A certificate that this authority signed, found in HOME/identities, and that the ledger does not know. */
struct hc_lost_cert {
    const char *dir; /* HOME/identities/D */
    const struct hc_cert *cert;
    const char *issuer; /* the name of the issuer that signed it */
};

/* Calls `each` for every such certificate: what was issued in the lost window and is still in this home. Cost:
 * O(directories). */
struct hc_rc hc_head_lost(struct hc_authority *a,
                          struct hc_rc (*each)(void *ctx, const struct hc_lost_cert *c, struct hc_err *e), void *ctx,
                          struct hc_err *e);

/*
 * Signs and publishes the head as of now, by the newest issuer whose key is here and whose time is running (else by
 * the root, if its key is here). Under the lock. Does nothing when the published head is the ledger's last link
 * already and its signature is good, unless `force`. *written (may be NULL) tells. A published head that shows an
 * unexplained difference is evidence and never written over, `force` or not. Fails with HC_E_HEAD_DEPARTS and
 * HC_E_LEDGER_RESTORED then, HC_E_PASSPHRASE_NEEDED, HC_E_ISSUER_NONE (no key is here), HC_E_ROOT_OFFLINE (in a home of
 * the root alone) and those of keys and files.
 */
struct hc_rc hc_head_publish(struct hc_authority *a, bool force, bool *written, struct hc_err *e);

#endif
