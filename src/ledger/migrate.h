/* migrate.h - from the ledger of an older version to today's. Private to this module. */
#ifndef HC_LEDGER_MIGRATE_H
#define HC_LEDGER_MIGRATE_H

#include "ledger/sqlite.h"

/*
 * Brings the ledger of version 1 that is open as `l` to version 2; does nothing when another process has done so
 * meanwhile.
 *
 * Under the write lock: the old chain of events is checked, a copy is put at PATH.v1 (replacing what a migration that
 * was killed left there), and the new tables are made and filled in one transaction. Every row becomes a link: issuers
 * first, the others in the order of their dates, with each kind's own order kept; revocations come after every CRL of
 * their issuer, because no date tells which CRL was the first to have one.
 *
 * Fails with HC_E_LEDGER_DAMAGED (the old chain does not hold), what hc_backup_write fails with, and the ledger's
 * errors; the ledger is then what it was.
 */
struct hc_rc hc_migrate(struct hc_ledger *l, const struct hc_ledger_options *o, struct hc_err *e);

/* The chain of events of version 1: how many there are, and the last hash. */
struct hc_v1_head {
    int64_t events;
    uint8_t hash[HC_LEDGER_HASH];
};

/* Walks it. Fails with HC_E_LEDGER_DAMAGED, naming the first event that does not fit. */
struct hc_rc hc_v1_check(struct hc_ledger *l, struct hc_v1_head *out, struct hc_err *e);

#endif
