/*
 * record.h - what `trust install` did, so that `trust remove` undoes exactly that: a small file in the user's state
 * directory.
 *
 *     handclasp trust 1
 *     nss <TAB> FINGERPRINT <TAB> NAME <TAB> /home/alice/.pki/nssdb
 *
 * A line is written before the change is made and removed after it was undone. The file says what may be taken out of
 * stores, so it is read strictly and must be nobody else's to write; what it names is compared by contents all the
 * same.
 */
#ifndef HC_TRUST_RECORD_H
#define HC_TRUST_RECORD_H

#include "trust/store.h"

#define HC_RECORDS_MAX 1024         /* stores times anchors: far above what one user has */
#define HC_RECORDS_BYTES (1u << 20) /* of the file */

struct hc_record {
    enum hc_store_kind kind;
    char sha256[65];
    char name[HC_BUNDLE_OUT_NAME];
    char path[HC_PATH];
};

struct hc_records {
    struct hc_record *record; /* owned */
    size_t n, cap;
    int lock; /* the directory, locked; -1 without */
    char dir[HC_PATH];
    char file[HC_PATH];
};
void hc_records_fini(struct hc_records *r);
#define HC_RECORDS(name) __attribute__((cleanup(hc_records_fini))) struct hc_records name = {.record = NULL, .lock = -1}

/*
 * Reads the record in the directory `dir`; a missing one is empty.
 *
 *   change   the record will change: the directory is made (0700) and locked until hc_records_fini
 *
 * Fails with HC_E_TRUST_STORE (malformed, with the line; of a newer version; another process changes trust stores now),
 * HC_E_PERMISSIONS (others can use it, or it is another user's), HC_E_FILE_UNREADABLE, HC_E_FILE_UNWRITABLE,
 * HC_E_TOO_BIG, HC_E_NOMEM. Blocks: the disk.
 */
struct hc_rc hc_records_open(const char *dir, bool change, struct hc_records *out, struct hc_err *e);

/* The contents of a file, in place of what `r` holds; for hc_records_open. */
struct hc_rc hc_records_parse(struct hc_bytes text, struct hc_records *r, struct hc_err *e);

/* The line for this anchor in this store, or NULL. Borrowed until the next change. */
const struct hc_record *hc_records_find(const struct hc_records *r, enum hc_store_kind kind, const char *path,
                                        const char *sha256);

/* Adds a line, unless it is there; removes one, if it is there. On the disk when they return; after a failure the
 * record is as it was. An empty record has no file. Fail with hc_file_write_atomic's codes, HC_E_TOO_BIG, HC_E_NOMEM.
 * Block. */
struct hc_rc hc_records_add(struct hc_records *r, const struct hc_store *store, const struct hc_anchor *anchor,
                            struct hc_err *e);
struct hc_rc hc_records_drop(struct hc_records *r, enum hc_store_kind kind, const char *path, const char *sha256,
                             struct hc_err *e);

#endif
