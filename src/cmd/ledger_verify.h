/* ledger_verify.h - everything that `handclasp ledger verify` checks, and how it tells. */
#ifndef HC_CMD_LEDGER_VERIFY_H
#define HC_CMD_LEDGER_VERIFY_H

#include "cmd/command.h"

/*
 * Checks the ledger of the invocation's home by itself (it must also be checked when no authority can be opened from
 * it any more), then against its signed head (--head, else the published one if there is one), the identities and the
 * published CRLs. Prints all of it as text or (--json) JSON.
 *
 * Fails with HC_E_LEDGER_TAMPERED, else HC_E_HEAD_DEPARTS, HC_E_LEDGER_RESTORED, HC_E_HEAD_SIGNATURE,
 * HC_E_HEAD_MALFORMED, else HC_E_CRL_MISSING, HC_E_CRL_LACKS, and with what kept it from finding out.
 */
struct hc_rc hc_ledger_verify(struct hc_invocation *in, struct hc_err *e);

#endif
