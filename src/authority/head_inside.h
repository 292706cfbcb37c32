/* head_inside.h - how the published head stands to the ledger. Private to this module. */
#ifndef HC_AUTHORITY_HEAD_INSIDE_H
#define HC_AUTHORITY_HEAD_INSIDE_H

#include "authority/head.h"
#include "authority/inside.h"

/* Reads the text without asking who signed it. Fails with HC_E_HEAD_MALFORMED, HC_E_NOMEM. */
struct hc_rc hc_head_peek(struct hc_bytes text, struct hc_head *out, struct hc_err *e);

struct hc_head_state {
    bool there;          /* a head of this authority is published */
    struct hc_head head; /* when there */
    bool explained;      /* by an event "restore" */
    struct hc_rc compared;
    struct hc_err why; /* when compared is a failure */
};

/*
 * Compares what is published. The signature is asked only when head and ledger differ: where they agree nothing hangs
 * on it. Something else at that path (missing, garbage, another authority's) is `there` false: whoever can write there
 * can remove a head too, so it proves nothing. Fails when that could not be found out.
 */
struct hc_rc hc_head_look(struct hc_authority *a, struct hc_head_state *out, struct hc_err *e);

/*
 * hc_head_restored, and then, while the published head shows the restore, what the published CRLs revoke is entered
 * again (hc_crls_remember): what somebody does before the next `publish` must not be done for a certificate or by an
 * issuer whose revocation the ledger forgot. Under the lock. Fails as these do.
 */
struct hc_rc hc_head_recover(struct hc_authority *a, struct hc_err *e);

/* Did the root sign this CA certificate: by name, bits and signature? Fails with HC_E_NOMEM only. */
struct hc_rc hc_head_root_signed(const struct hc_authority *a, const struct hc_cert *ca, bool *out, struct hc_err *e);

#endif
