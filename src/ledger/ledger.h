/*
 * ledger.h - the durable record of what an authority did: issuers, intents, certificates, revocations, CRLs, events.
 *
 * One interface; SQLite stands behind it (WAL, synchronous=FULL: what a call reported as done survives a power cut).
 * The ledger judges nothing and signs nothing; it remembers, and it never forgets:
 *
 *   an intent is written before a key is touched, the certificate after; an intent without a certificate is an issuance
 *   that was interrupted, and stays visible;
 *   a revocation is never taken back;
 *   a CRL number is never handed out twice and never decreases;
 *   events are only ever appended, each with the hash of the one before it.
 *
 * Views (struct hc_bytes) in a row that is handed to a callback are valid until the callback returns; a callback must
 * not write to the ledger. A callback's failure ends the iteration and becomes the call's result.
 *
 * A ledger belongs to one thread at a time; several processes may have the same ledger open. Every call blocks on the
 * disk, and up to 10 s on another process's transaction.
 *
 * Every call can fail with: HC_E_LEDGER (the sentence carries SQLite's own), HC_E_LEDGER_BUSY, HC_E_LEDGER_DAMAGED,
 * HC_E_DISK_FULL, HC_E_FILE_UNWRITABLE, HC_E_NOMEM. Below these are called "the ledger's errors".
 */
#ifndef HC_LEDGER_LEDGER_H
#define HC_LEDGER_LEDGER_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/lint.h"

#define HC_LEDGER_HASH 32

/* How long one process waits for another's transaction before HC_E_LEDGER_BUSY: longer than any of ours, shorter than
 * an operator's patience. */
#define HC_LEDGER_BUSY_MS 10000

struct hc_ledger;

struct hc_ledger_options {
    const char *path; /* borrowed for the call */
    bool create;      /* make a new ledger, mode 0600; an existing file fails with HC_E_HOME_EXISTS */

    /* SHA-256 for the chain of events. The ledger knows no cryptography of its own, so its opener brings the hash. */
    void (*sha256)(struct hc_bytes in, uint8_t out[HC_LEDGER_HASH]);
};

/*
 * hc_ledger_open - open an existing ledger or create one.
 *
 * Fails with HC_E_FILE_MISSING, HC_E_HOME_EXISTS (create), HC_E_HOME_NEWER (written by a newer version),
 * HC_E_LEDGER_DAMAGED (not a ledger at all, too), and the ledger's errors. After a failed creation no file is left
 * behind.
 */
struct hc_rc hc_ledger_open(const struct hc_ledger_options *o, struct hc_ledger **out, struct hc_err *e);

/* Rolls back an open transaction, closes. NULL-safe. */
void hc_ledger_free(struct hc_ledger *l);
HC_DEFINE_AUTO(hc_ledger)

/*
 * Transactions: begin takes the write lock at once (so that what is read afterwards still holds when it is written),
 * commit makes everything since durable, rollback forgets it. They do not nest. A single call outside a transaction is
 * one of its own. After a failed commit the transaction is rolled back.
 */
struct hc_rc hc_ledger_begin(struct hc_ledger *l, struct hc_err *e);
struct hc_rc hc_ledger_commit(struct hc_ledger *l, struct hc_err *e);
void hc_ledger_rollback(struct hc_ledger *l); /* does nothing outside a transaction */

/* ---- issuers: every CA whose key this authority has, the root among them (its parent is empty) ---- */

struct hc_ledger_issuer {
    struct hc_bytes name;     /* "root", "issuing": a file name without a suffix */
    struct hc_bytes parent;   /* the issuer above; empty for the root */
    struct hc_bytes der;      /* its certificate */
    struct hc_bytes key_file; /* where its key is, relative to the authority's directory */
    int64_t not_after;
    int64_t crl_number; /* the last one handed out; 0 before the first. Ignored by put */
};

/* Fails with the ledger's errors; a name that exists already is HC_E_LEDGER. */
struct hc_rc hc_ledger_put_issuer(struct hc_ledger *l, const struct hc_ledger_issuer *row, struct hc_err *e);

/* All issuers, parents before children. */
struct hc_rc hc_ledger_issuers(struct hc_ledger *l,
                               struct hc_rc (*each)(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e),
                               void *ctx, struct hc_err *e);

/* ---- intents and certificates ---- */

/* What the ledger cannot read from the certificate itself. */
struct hc_ledger_request {
    int64_t at;               /* when it is recorded */
    struct hc_bytes who;      /* who asked */
    struct hc_bytes door;     /* by which door: "cli" */
    struct hc_bytes issuer;   /* name of the issuer that is about to sign */
    struct hc_bytes identity; /* the NAME it is issued to, as hc_name_text writes it; a CA's is its issuer name */
    struct hc_bytes label;    /* of --as; empty without */
};

/*
 * Records that `linted` is about to be signed; *id gets what hc_ledger_put_cert wants. Call it before touching the key.
 * A serial that this issuer already used is HC_E_LEDGER.
 */
struct hc_rc hc_ledger_put_intent(struct hc_ledger *l, const struct hc_ledger_request *asked,
                                  const struct hc_linted_tbs *linted, int64_t *id, struct hc_err *e);

struct hc_ledger_intent {
    int64_t id;
    struct hc_ledger_request asked;
    struct hc_bytes serial;  /* contents of the INTEGER, as hc_cert.serial */
    struct hc_bytes profile; /* the profile's word */
    struct hc_bytes names;   /* every name it asserts, "dns:a.example" one a line */
    int64_t not_before;
    int64_t not_after;
    struct hc_bytes tbs; /* DER */
};

/* Intents that never became a certificate, oldest first. */
struct hc_rc hc_ledger_interrupted(struct hc_ledger *l,
                                   struct hc_rc (*each)(void *ctx, const struct hc_ledger_intent *row,
                                                        struct hc_err *e),
                                   void *ctx, struct hc_err *e);

struct hc_ledger_cert {
    int64_t intent;
    int64_t at; /* when it was recorded */
    struct hc_bytes issuer;
    struct hc_bytes serial;
    struct hc_bytes profile;
    struct hc_bytes identity;
    struct hc_bytes label;
    struct hc_bytes names;
    int64_t not_before;
    int64_t not_after;
    struct hc_bytes sha256; /* of der */
    struct hc_bytes der;
    bool revoked;
    int64_t revoked_at; /* 0 unless revoked */
    int reason;         /* CRLReason number [RFC 5280 5.3.1]; 0 unless revoked */
};

/* Records the signed certificate of an intent, with the intent's metadata. Fails with HC_E_LEDGER when the intent is
 * unknown, has a certificate already or is another certificate's. */
struct hc_rc hc_ledger_put_cert(struct hc_ledger *l, int64_t intent, int64_t at, const struct hc_cert *cert,
                                struct hc_err *e);

/* What to list. Zero in a field means that it does not matter. */
struct hc_ledger_filter {
    struct hc_bytes identity; /* exactly this NAME, whatever its label */
    struct hc_bytes asserts;  /* this name, as the NAME or a further one; not together with a serial */
    struct hc_bytes serial;   /* exactly this serial, whoever issued it */
    struct hc_bytes profile;
    struct hc_bytes issuer;
    int64_t unexpired_at; /* not_after is at or after this */
    bool unrevoked;
    bool leaves; /* no CA certificates */
};

/*
 * Calls `each` for every certificate that passes the filter, in the order of issue. *n (may be NULL) gets their number.
 * Cost: by name or serial O(log n + matches), else O(n).
 */
struct hc_rc hc_ledger_certs(struct hc_ledger *l, const struct hc_ledger_filter *filter,
                             struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e),
                             void *ctx, size_t *n, struct hc_err *e);

/* ---- revocations ---- */

/* A certificate whose end the ledger does not know (its record was lost) stays on the CRL for ever. */
#define HC_LEDGER_NO_END INT64_MAX

struct hc_ledger_revocation {
    struct hc_bytes issuer;
    struct hc_bytes serial;
    int64_t at;
    int reason;        /* CRLReason number */
    int64_t not_after; /* of the certificate, or HC_LEDGER_NO_END */
};

/* Records it; *added (may be NULL) tells whether it is new. A serial that is revoked already keeps its first date
 * and reason. */
struct hc_rc hc_ledger_put_revocation(struct hc_ledger *l, const struct hc_ledger_revocation *row, bool *added,
                                      struct hc_err *e);

/*
 * Every revocation of `issuer` whose certificate ends at or after `since`, by serial. Give the thisUpdate of the CRL
 * published last: "An entry MUST NOT be removed from the CRL until it appears on one regularly scheduled CRL issued
 * beyond the revoked certificate's validity period" [RFC 5280 3.3].
 */
struct hc_rc hc_ledger_revocations(struct hc_ledger *l, struct hc_bytes issuer, int64_t since,
                                   struct hc_rc (*each)(void *ctx, const struct hc_ledger_revocation *row,
                                                        struct hc_err *e),
                                   void *ctx, struct hc_err *e);

/* ---- CRLs ---- */

/*
 * Takes the issuer's next CRL number: one more than the last one taken and more than `floor`, the number on the CRL
 * found published (0: none found). The number is spent even when the CRL is never finished. HC_E_LEDGER for an unknown
 * issuer or when 2^63-1 is reached.
 */
struct hc_rc hc_ledger_crl_number_next(struct hc_ledger *l, struct hc_bytes issuer, int64_t floor, int64_t *number,
                                       struct hc_err *e);

struct hc_ledger_crl {
    int64_t number;
    int64_t this_update;
    int64_t next_update;
    uint8_t sha256[HC_LEDGER_HASH]; /* of the DER; filled by put */
};

/* Records a signed CRL, before it is published. */
struct hc_rc hc_ledger_put_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_bytes der,
                               const struct hc_ledger_crl *row, struct hc_err *e);

/* The CRL with the highest number; row->number is 0 when there is none yet. */
struct hc_rc hc_ledger_last_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_ledger_crl *row,
                                struct hc_err *e);

/* ---- events ---- */

struct hc_ledger_event {
    int64_t number; /* 1, 2, 3, ... without a gap */
    int64_t at;
    struct hc_bytes what;   /* "issue" */
    struct hc_bytes detail; /* a JSON object */
    uint8_t prev[HC_LEDGER_HASH];
    uint8_t hash[HC_LEDGER_HASH];
};

/*
 * Appends an event. hash = SHA-256(prev || number || at || length of what || what || length of detail || detail),
 * integers as 8 bytes big endian; the first event's prev is all zero. The table refuses changes and deletions.
 */
struct hc_rc hc_ledger_put_event(struct hc_ledger *l, int64_t at, const char *what, struct hc_bytes detail_json,
                                 struct hc_err *e);

/* All events, oldest first. */
struct hc_rc hc_ledger_events(struct hc_ledger *l,
                              struct hc_rc (*each)(void *ctx, const struct hc_ledger_event *row, struct hc_err *e),
                              void *ctx, struct hc_err *e);

/*
 * Walks the whole chain. *n (may be NULL) gets the number of events and `head` (may be NULL) the last hash, which is
 * what a signature over the ledger covers. Fails with HC_E_LEDGER_DAMAGED, naming the first event that does not fit.
 */
struct hc_rc hc_ledger_check_events(struct hc_ledger *l, int64_t *n, uint8_t head[HC_LEDGER_HASH], struct hc_err *e);

#endif
