/* lock.h - one process at a time works on an authority. Private to this module. */
#ifndef HC_AUTHORITY_LOCK_H
#define HC_AUTHORITY_LOCK_H

#include "authority/authority.h"
#include "base/file.h"

/*
 * Takes HOME/authority/lock, waiting up to HC_LEDGER_BUSY_MS for another process, and then removes what killed
 * processes left half written in the home. The lock is held until *fd, the caller's HC_FD, is closed, and ends with the
 * process. Fails with HC_E_LEDGER_BUSY, HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL.
 */
struct hc_rc hc_lock_take(const char *home, int *fd, struct hc_err *e);

/*
 * The same for a command that is about to write, before it looks at anything: issuers that others added since this
 * process opened the authority are seen, and a ledger that was restored from a backup knows again what the published
 * CRLs revoke (hc_head_recover). Fails as those do too.
 */
struct hc_rc hc_lock_begin(struct hc_authority *a, int *fd, struct hc_err *e);

#endif
