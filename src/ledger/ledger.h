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
 *   every row is a link of one chain: it carries its number in it, and the chain the hash over it and the link before.
 *
 * The chain. Links are numbered 1, 2, 3, ... without a gap, in the order of writing, whatever the table. The hash of
 * link n is
 *
 *     SHA-256(hash of link n-1 || n || field(kind) || field(column 1) || field(column 2) || ...)
 *
 * where n is 8 bytes big endian, the hash before the first link is 32 zero bytes, `kind` is the table's name, the
 * columns are those of the table in the order of its definition except `link`, and field(v) is the length of v as 8
 * bytes big endian followed by v; an INTEGER is 8 bytes big endian two's complement. The table `names` is no link of
 * its own: it is an index over the column `names` of intents, which is in the chain. A signature over the last link's
 * number and hash (authority/head.h) therefore covers every row; without one, whoever can write the file can also write
 * a new chain.
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
    bool read_only;   /* list, show, verify: nothing is written, not even a migration; a put is HC_E_FILE_UNWRITABLE */
    int64_t now;      /* seconds; dates the event of a migration */

    /* SHA-256 for the chain. The ledger knows no cryptography of its own, so its opener brings the hash. */
    void (*sha256)(struct hc_bytes in, uint8_t out[HC_LEDGER_HASH]);
};

/*
 * hc_ledger_open - open an existing ledger or create one.
 *
 * A ledger of an older version is migrated: its own chain of events is checked, a copy of it is kept as PATH.v1, and
 * the new one is made in one transaction, whose last row is an event "migrate" with the old head. Killed in the middle,
 * it is still the old one.
 *
 * Fails with HC_E_FILE_MISSING, HC_E_HOME_EXISTS (create), HC_E_HOME_NEWER (written by a newer version),
 * HC_E_LEDGER_OLD (read only, and it would have to be migrated), HC_E_LEDGER_DAMAGED (not a ledger at all, a backup
 * that was put back beside the write-ahead log of the ledger before it, or an old chain of events that does not hold),
 * and the ledger's errors. After a failed creation no file is left behind.
 */
struct hc_rc hc_ledger_open(const struct hc_ledger_options *o, struct hc_ledger **out, struct hc_err *e);

/* Rolls back an open transaction, closes. NULL-safe. */
void hc_ledger_free(struct hc_ledger *l);
HC_DEFINE_AUTO(hc_ledger)

/*
 * Transactions: begin takes the write lock at once, so that what is read afterwards still holds when it is written.
 * They do not nest (HC_E_INTERNAL). A single call outside a transaction is one of its own.
 */
struct hc_rc hc_ledger_begin(struct hc_ledger *l, struct hc_err *e);

/*
 * hc_ledger_end - end the transaction as its work ended.
 *
 *     HC_TRY(e, hc_ledger_begin(l, e));
 *     return hc_ledger_end(l, put_everything(l, e), e);
 *
 *   work  HC_OK: everything since begin is made durable; a failure: everything since is forgotten, and `work` returned
 *         with what is in `e` already
 *
 * No transaction is open afterwards, not even after a failure to commit, when everything is forgotten too. Fails as
 * `work` did and with the ledger's errors; HC_E_INTERNAL without a transaction.
 */
struct hc_rc hc_ledger_end(struct hc_ledger *l, struct hc_rc work, struct hc_err *e);

/* ---- issuers: every CA whose key this authority has, the root among them (its parent is empty) ---- */

struct hc_ledger_issuer {
    struct hc_bytes name;     /* "root", "issuing": a file name without a suffix */
    struct hc_bytes parent;   /* the issuer above; empty for the root */
    struct hc_bytes der;      /* its certificate */
    struct hc_bytes key_file; /* where its key is, relative to the authority's directory; empty: in another home */
    int64_t not_after;
    struct hc_bytes profiles;   /* words of the leaf profiles that it issues, a space between; empty: all of them */
    int64_t leaf_seconds;       /* the longest and usual lifetime of its leaves; 0: what the profile says */
    struct hc_bytes public_url; /* "http://pki.example.com": CRL and certificate are below it; empty: nowhere */
    int64_t crl_number;         /* of its newest CRL; 0 before the first. Ignored by put */
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
    int64_t replaces;         /* the intent of the certificate that this one renews; 0: none */
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
    int64_t replaces; /* intent of the certificate that it renews; 0: none */
    bool replaced;    /* a later certificate renews it */
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
    struct hc_bytes identity;      /* exactly this NAME, whatever its label */
    struct hc_bytes asserts;       /* this name, as the NAME or a further one; not together with a serial */
    struct hc_bytes serial;        /* exactly this serial, whoever issued it */
    struct hc_bytes serial_prefix; /* lower-case hexadecimal digits that hc_serial_text's writing of it begins with */
    struct hc_bytes sha256;        /* exactly this fingerprint: HC_LEDGER_HASH bytes */
    struct hc_bytes glob;          /* one of its names matches: `*`, `?`, `[...]` of SQLite's GLOB; without a type
                                      ("*.example.com") any type; case matters not for names, which are canonical */
    struct hc_bytes profile;
    struct hc_bytes issuer;
    int64_t unexpired_at;   /* not_after is at or after this */
    int64_t expired_before; /* not_after is before this */
    bool unrevoked;
    bool revoked;
    bool unreplaced; /* no later certificate renews it */
    bool leaves;     /* no CA certificates */
    int64_t after;   /* pages: only intents beyond this one */
    int64_t limit;   /* at most so many */
};

/*
 * Calls `each` for every certificate that passes the filter, in the order of issue. *n (may be NULL) gets their number.
 * Rows are read one at a time: memory does not grow with their number. Cost: by identity, asserted name, serial, prefix
 * of a serial, fingerprint or a glob that begins with dns: or ip: O(log n + what begins as it does before its first
 * wildcard), a page O(log n + limit) when nothing else is asked, else O(n).
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
 * The issuer's next CRL number: one more than that of its newest CRL and more than `floor`, the number on the CRL found
 * published (0: none found). Nothing is recorded yet: hc_ledger_put_crl takes the number, so call both within one
 * transaction. HC_E_LEDGER for an unknown issuer or when 2^63-1 is reached.
 */
struct hc_rc hc_ledger_crl_number_next(struct hc_ledger *l, struct hc_bytes issuer, int64_t floor, int64_t *number,
                                       struct hc_err *e);

struct hc_ledger_crl {
    int64_t number;
    int64_t this_update;
    int64_t next_update;
    uint8_t sha256[HC_LEDGER_HASH]; /* of the DER; filled by put */
};

/* Records a signed CRL, before it is published. A number that is not above all of this issuer's is HC_E_LEDGER. */
struct hc_rc hc_ledger_put_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_bytes der,
                               const struct hc_ledger_crl *row, struct hc_err *e);

/* The CRL with the highest number; row->number is 0 when there is none yet. */
struct hc_rc hc_ledger_last_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_ledger_crl *row,
                                struct hc_err *e);

/*
 * Has anything been revoked since the issuer's newest CRL was recorded whose certificate ends at or after `since`?
 * Without a CRL, at all? What was recorded before it is on it. Cost: O(log n + what was revoked since).
 */
struct hc_rc hc_ledger_revoked_since_crl(struct hc_ledger *l, struct hc_bytes issuer, int64_t since, bool *out,
                                         struct hc_err *e);

/* ---- events ---- */

struct hc_ledger_event {
    int64_t link; /* its number in the chain */
    int64_t at;
    struct hc_bytes what;   /* "issue" */
    struct hc_bytes detail; /* a JSON object */
};

/* Appends an event. HC_E_TOO_BIG beyond 64 KiB of detail. */
struct hc_rc hc_ledger_put_event(struct hc_ledger *l, int64_t at, const char *what, struct hc_bytes detail_json,
                                 struct hc_err *e);

/* All events beyond link `after` (0: from the first), oldest first. */
struct hc_rc hc_ledger_events(struct hc_ledger *l, int64_t after,
                              struct hc_rc (*each)(void *ctx, const struct hc_ledger_event *row, struct hc_err *e),
                              void *ctx, struct hc_err *e);

/* ---- the chain ---- */

/* A link: which one, and its hash. number 0: before the first, the hash all zero. */
struct hc_ledger_link {
    int64_t number;
    uint8_t hash[HC_LEDGER_HASH];
};

/* The last link. */
struct hc_rc hc_ledger_head(struct hc_ledger *l, struct hc_ledger_link *out, struct hc_err *e);

/* Link `number`; out->number is 0 when the chain is shorter. */
struct hc_rc hc_ledger_link(struct hc_ledger *l, int64_t number, struct hc_ledger_link *out, struct hc_err *e);

/* What hc_ledger_check found wrong. */
struct hc_ledger_fault {
    int64_t link;      /* the first link concerned; 0: the file as a whole */
    const char *table; /* "certificates"; "" for the file as a whole */
    char text[256];    /* "certificates: the row of link 17 was changed" */
};

struct hc_ledger_check {
    /* Called for each fault, at most HC_LEDGER_FAULTS times; may be NULL. */
    struct hc_rc (*fault)(void *ctx, const struct hc_ledger_fault *f, struct hc_err *e);
    /* Called now and then with how many links of how many are done; may be NULL. */
    void (*progress)(void *ctx, int64_t done, int64_t of);
    void *ctx;
};

#define HC_LEDGER_FAULTS 100

/*
 * Checks the whole ledger: SQLite's own integrity and foreign key checks, that tables, indexes and triggers are those
 * of this version and no others, every link's number and hash against its row, rows without a link and links without a
 * row, and the index of names against the intents. Goes on after a fault.
 *
 *   head    may be NULL; the last link, for the signature to be compared with (authority/head.h)
 *   faults  may be NULL; how many were found
 *
 * Fails with HC_E_LEDGER_TAMPERED (when there is a fault; e->text is the first one), HC_E_LEDGER_DAMAGED (SQLite cannot
 * read on) and the ledger's errors. Reads within one transaction, so that another process may write meanwhile. Cost:
 * O(rows).
 */
struct hc_rc hc_ledger_check(struct hc_ledger *l, const struct hc_ledger_check *how, struct hc_ledger_link *head,
                             size_t *faults, struct hc_err *e);

/*
 * Writes a copy of the ledger to `path`, which must not exist (HC_E_LEDGER_BACKUP_EXISTS), with mode 0600, while others
 * use it: the copy is the ledger as of one moment, one file without a journal, and appears whole or not at all.
 * Fails with HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL, HC_E_FILE_MISSING (no such directory), the ledger's errors.
 */
struct hc_rc hc_ledger_backup(struct hc_ledger *l, const char *path,
                              void (*progress)(void *ctx, int64_t done, int64_t of), void *ctx, struct hc_err *e);

#endif
