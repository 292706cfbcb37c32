/*
 * mint.h - the one place where a certificate is signed: to-be-signed > lint > recorded > signed > recorded. Private to
 * this module: init.c and issue.c come here after they have found out who asks and whether they may.
 */
#ifndef HC_AUTHORITY_MINT_H
#define HC_AUTHORITY_MINT_H

#include "crypto/key.h"
#include "ledger/ledger.h"
#include "pki/lint.h"

#define HC_MINT_SERIAL 16 /* 128 bits from the generator [RFC 5280 4.1.2.2 allows 20 octets] */
#define HC_MINT_CHAIN 8   /* CAs above a certificate: issuer first, root last */

struct hc_mint {
    const struct hc_crypto *crypto;
    struct hc_ledger *ledger;
    const struct hc_key *signer;                  /* the issuer's key; the new certificate's own for a root */
    const struct hc_cert *issuers[HC_MINT_CHAIN]; /* issuer first, root last */
    size_t n_issuers;                             /* 0 for a root */

    /* Writes the event of the certificate, in the transaction that records it; NULL for none. */
    struct hc_rc (*tell)(void *ctx, const struct hc_cert *cert, struct hc_err *e);
    void *ctx;
};

/*
 * Certifies request->spki. Sets serial, issuer and sig_alg of the request itself; everything else is the caller's.
 *
 * Fails as hc_tbs_from_profile and hc_lint_tbs do, before anything is recorded; with the ledger's errors; and, leaving
 * an intent in the ledger, with HC_E_LIBRARY, HC_E_NOMEM and HC_E_BAD_SIGNATURE (the signature just made does not
 * verify).
 */
struct hc_rc hc_mint_cert(const struct hc_mint *m, struct hc_tbs_request *request,
                          const struct hc_ledger_request *asked, struct hc_cert **out, struct hc_err *e);

#endif
