/* backup.h - a copy of a ledger as one file. Private to this module. */
#ifndef HC_LEDGER_BACKUP_H
#define HC_LEDGER_BACKUP_H

#include "base/err.h"
#include "ledger/ledger.h"

struct hc_backup {
    const char *from; /* the ledger; others may read and write it meanwhile */
    const char *to;
    bool replace; /* for whoever is alone here, by a lock; else an existing `to` is HC_E_LEDGER_BACKUP_EXISTS */
    void (*progress)(void *ctx, int64_t done, int64_t of); /* in pages; may be NULL */
    void *ctx;
};

/*
 * Writes what is committed in `from` at this moment to `to`, mode 0600, in one step; after a failure nothing is left
 * behind, and with `replace` what a killed process had left is gone.
 * Fails with HC_E_LEDGER_BACKUP_EXISTS, HC_E_FILE_MISSING (no such directory), HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL,
 * HC_E_TOO_BIG (the path), and the ledger's errors.
 */
struct hc_rc hc_backup_write(const struct hc_backup *b, struct hc_err *e);

#endif
