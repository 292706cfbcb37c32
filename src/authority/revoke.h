/*
 * revoke.h - end certificates before their time: ledger first, then the CRL.
 */
#ifndef HC_AUTHORITY_REVOKE_H
#define HC_AUTHORITY_REVOKE_H

#include "authority/authority.h"
#include "base/buf.h"
#include "pki/name.h"
#include "pki/reason.h"

/* One of name and serial. */
struct hc_revoke_request {
    /* All unexpired certificates that prove this identity, as NAME or further name; or NULL. */
    const struct hc_name *name;
    struct hc_bytes serial;    /* contents of the INTEGER, as hc_revoke_serial reads it; empty with a name */
    enum hc_crl_reason reason; /* hc_reason_parse */
};

struct hc_revoked {
    size_t n;            /* newly revoked */
    struct hc_buf lines; /* "SERIAL IDENTITY\n" of each; serial as hc_serial_text writes it. hc_buf_fini */
    int64_t crl_number;
};

void hc_revoked_fini(struct hc_revoked *revoked);

/* Scope clean-up: HC_REVOKED(revoked); */
#define HC_REVOKED(name) __attribute__((cleanup(hc_revoked_fini))) struct hc_revoked name = {.n = 0}

/* Reads a serial in hexadecimal as show, list and openssl print it (case and colons do not matter) and appends the
 * contents of the INTEGER. Fails with HC_E_IDENTITY_UNKNOWN: what is no serial is nobody's. */
struct hc_rc hc_revoke_serial(struct hc_bytes text, struct hc_buf *out, struct hc_err *e);

/* What hc_authority_revoke would revoke now, for the command to show before it asks. Fails as that does. */
struct hc_rc hc_authority_revocable(struct hc_authority *a, const struct hc_revoke_request *request,
                                    struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e),
                                    void *ctx, struct hc_err *e);

/*
 * Records the revocations and an event in one transaction, then signs and publishes the issuer's CRL.
 *
 *   out   filled on success, untouched on failure
 *
 * Fails with HC_E_IDENTITY_UNKNOWN, HC_E_ALREADY_REVOKED (all of them are revoked or expired; a CRL that an earlier
 * revocation could not publish is published all the same), HC_E_REASON (one that no leaf's final revocation can have),
 * and before anything is written with what opening the issuer's key can say
 * (authority.h). When the ledger has the revocation but the CRL could not be published, the error's sentence says
 * exactly that and that `handclasp publish` finishes it.
 */
struct hc_rc hc_authority_revoke(struct hc_authority *a, const struct hc_revoke_request *request,
                                 struct hc_revoked *out, struct hc_err *e);

#endif
