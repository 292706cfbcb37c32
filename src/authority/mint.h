/*
 * mint.h - the one place where a certificate is signed: to-be-signed > lint > recorded > signed > recorded. Private to
 * this module: init.c, issuer.c and issue.c come here after they have found out who asks and whether they may.
 *
 * Many are made in few transactions: all intents in one, then every signature, then all certificates in one.
 */
#ifndef HC_AUTHORITY_MINT_H
#define HC_AUTHORITY_MINT_H

#include "crypto/key.h"
#include "ledger/ledger.h"
#include "pki/lint.h"

#define HC_MINT_SERIAL 16 /* 128 bits from the generator [RFC 5280 4.1.2.2 allows 20 octets] */
#define HC_MINT_CHAIN 8   /* CAs above a certificate: issuer first, root last */

/* By whom. */
struct hc_mint {
    const struct hc_crypto *crypto;
    struct hc_ledger *ledger;
    const struct hc_key *signer;                  /* the issuer's key; the new certificate's own for a root */
    const struct hc_cert *issuers[HC_MINT_CHAIN]; /* issuer first, root last */
    size_t n_issuers;                             /* 0 for a root */
};

/* One certificate on its way through the mint. {0}, then hc_mint_prepare; hc_minting_fini. */
struct hc_minting {
    const struct hc_mint *mint;
    struct hc_ledger_request asked; /* views are the caller's, until it is recorded */
    struct hc_linted_tbs *linted;
    int64_t intent;
    struct hc_cert *cert;

    /* Writes the event of the certificate, and what else belongs to it, in the transaction that records it; NULL for
     * none. */
    struct hc_rc (*tell)(void *ctx, const struct hc_cert *cert, struct hc_err *e);
    void *ctx;
};

void hc_minting_fini(struct hc_minting *m);

/*
 * Composes and lints. Sets serial, issuer and sig_alg of the request itself; everything else is the caller's. Nothing
 * is recorded yet. Fails as hc_tbs_from_profile and hc_lint_tbs do.
 */
struct hc_rc hc_mint_prepare(const struct hc_mint *mint, struct hc_tbs_request *request,
                             const struct hc_ledger_request *asked, struct hc_minting *m, struct hc_err *e);

/*
 * Records the intents of all in one transaction, signs, records certificates and events in another. Pointers, so that a
 * batch may leave some out. All or nothing: after a failure no m[i]->cert is set, and what was recorded are intents
 * without a certificate. Fails with the ledger's errors, HC_E_LIBRARY, HC_E_NOMEM and HC_E_BAD_SIGNATURE (a signature
 * just made does not verify).
 */
struct hc_rc hc_mint_run(struct hc_minting *const m[], size_t n, struct hc_err *e);

#endif
