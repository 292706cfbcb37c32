/*
 * revocation_set.h - the inside of a struct hc_revocation; for revocation*.c only.
 *
 * An entry is one CRL and what is known about its signature. Entries are shared by consecutive sets and never change,
 * but for the list `known`, which only grows, by compare-and-swap at its head: readers need no lock and a node is
 * freed with its entry.
 */
#ifndef HC_PKI_REVOCATION_SET_H
#define HC_PKI_REVOCATION_SET_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "crypto/digest.h"
#include "crypto/hash.h"
#include "pki/cert.h"
#include "pki/crl_scope.h"
#include "pki/revocation.h"
#include "pki/revocation_table.h"

/* Issuer keys remembered for one CRL. Real CRLs meet one; beyond this the signature is verified each time, but the key
 * that did sign is always remembered. (Threads that meet one at the same moment may each add it: the bound is exceeded
 * by no more than their number.) */
#define HC_REVOCATION_KNOWN 8

/* "This CRL is / is not signed by the key of this certificate." */
struct hc_revocation_known {
    struct hc_revocation_known *next;
    struct hc_cert *issuer;
    bool signed_by;
};

struct hc_revocation_entry {
    atomic_uint refs;
    char *source;
    struct hc_buf facts; /* the bytes behind the views below */
    struct hc_bytes sig_alg, issuer, number, aki, base, idp, signature;
    int64_t this_update, next_update;
    struct hc_crl_scope scope;
    bool indirect;                 /* never believed; its table is empty */
    uint8_t whose[HC_SHA256_SIZE]; /* of issuer name, key identifier and scope */
    uint8_t hash[HC_SHA256_SIZE];  /* of the DER */
    uint8_t digest[HC_HASH_MAX];   /* of what is signed */
    size_t n_digest;               /* 0: the signature is over `message` itself */
    struct hc_buf message;
    struct hc_revocation_table table;
    _Atomic(struct hc_revocation_known *) known;
    bool (*older_than_known)(void *ctx, const struct hc_revocation_mark *mark); /* of struct hc_revocation_input */
    void *known_ctx;
    atomic_bool rolled_back; /* a key signed it that had signed a newer one before: it counts for nothing */
};

/* What a file was when it was read: as long as it is the same, it is not read again. */
struct hc_revocation_stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
    bool settled; /* it had not changed for so long that a later change cannot have the same times */
};

/* A file of this set. */
struct hc_revocation_file {
    char *path;
    struct hc_revocation_stamp stamp;
    struct hc_revocation_entry *entry;
};

struct hc_revocation {
    atomic_uint refs;
    int64_t built_at; /* seconds; what lay in the future then says nothing about the time now */
    struct hc_revocation_entry **entry;
    size_t n;     /* in use */
    size_t n_all; /* and after them those whose source was removed, remembered so that an older one is recognised */
    struct hc_revocation_file *file;
    size_t n_files;
};

/* ---- revocation_read.c: from bytes to an entry ---- */

/* From memory, in DER or PEM. One owner; `source` is copied. Fails with HC_E_CRL_MALFORMED (bad PEM too),
 * HC_E_CRL_UNSUPPORTED, HC_E_TOO_BIG, HC_E_NOMEM. */
struct hc_rc hc_revocation_read(struct hc_bytes data, const char *source, struct hc_revocation_entry **out,
                                struct hc_err *e);

/*
 * From a file, in constant memory besides the entry. What is no regular file is read only when `patient`, and then as
 * hc_file_read does. The file of `previous` (may be NULL) is not read when it is what it was then: *out is its entry.
 * Fails also with HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE (what is no regular file, or changes while it is read),
 * HC_E_FILE_EMPTY. Blocks.
 */
struct hc_rc hc_revocation_read_file(const char *path, bool patient, const struct hc_revocation *previous,
                                     struct hc_revocation_entry **out, struct hc_revocation_stamp *stamp,
                                     struct hc_err *e);

/* ---- revocation_build.c ---- */

/* One source, read or not. */
struct hc_revocation_item {
    const char *name;
    bool unread;                       /* as in struct hc_revocation_source */
    struct hc_revocation_entry *entry; /* owned; NULL: it was refused, and that was told, or it could not be read */
    struct hc_revocation_stamp stamp;
    bool stamped;
};

/* hc_revocation_build from sources that were read already; takes the entries out of the items. `input->source` is
 * ignored. */
struct hc_rc hc_revocation_build_items(const struct hc_crypto *c, const struct hc_revocation_input *input,
                                       struct hc_revocation_item *item, size_t n, struct hc_revocation **out,
                                       struct hc_err *e);

/* Raises the alarm for a source that was refused while it was read. */
void hc_revocation_build_tell(const struct hc_revocation_input *input, const char *source, const struct hc_err *why);

/* ---- revocation_entry.c ---- */

/* Empty, one owner; `source` is copied. Fails with HC_E_NOMEM. */
struct hc_rc hc_revocation_entry_new(const char *source, struct hc_revocation_entry **out, struct hc_err *e);
struct hc_revocation_entry *hc_revocation_entry_ref(struct hc_revocation_entry *entry);
void hc_revocation_entry_free(struct hc_revocation_entry *entry);
HC_DEFINE_AUTO(hc_revocation_entry)

/* Could `issuer` have issued this CRL: same name, and key identifiers that do not differ? */
bool hc_revocation_entry_names(const struct hc_revocation_entry *entry, const struct hc_cert *issuer);

/* *yes = the CRL is signed by the key of `issuer`, who may sign CRLs. Remembers the answer. Fails with HC_E_NOMEM
 * only. */
struct hc_rc hc_revocation_entry_signed_by(struct hc_revocation_entry *entry, const struct hc_crypto *c,
                                           const struct hc_cert *issuer, bool *yes, struct hc_err *e);

/* What is remembered of it as a CRL that this key signed. Borrows from the entry. */
struct hc_revocation_mark hc_revocation_entry_mark(const struct hc_revocation_entry *entry, struct hc_bytes spki);

/* Is its signature known to be good? */
bool hc_revocation_entry_verified(const struct hc_revocation_entry *entry);

/* The same issuing distribution point, and both deltas or neither: only then does one of them replace the other. */
bool hc_revocation_entry_same_scope(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

/* Both known to be signed by the same key? Two CAs of one name, or two keys of one CA, number their CRLs each for
 * itself. */
bool hc_revocation_entry_same_key(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

/* The same scope and the same key? */
bool hc_revocation_entry_same_kind(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

/* Its date is further ahead of `now` than clocks may differ (HC_REVOCATION_SKEW). */
bool hc_revocation_entry_in_future(const struct hc_revocation_entry *entry, int64_t now);

/* "a" has a lower number or an earlier date than "b" [RFC 5280 5.2.3]: it was made before it. */
bool hc_revocation_entry_older(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

#endif
