/*
 * issue.h - the one function that every door ends in.
 *
 * request > who asks, by which door, with which right > profile > to-be-signed > lint > recorded > signed > recorded >
 * handed out. A crash at any point leaves a record, never an unrecorded certificate.
 */
#ifndef HC_AUTHORITY_ISSUE_H
#define HC_AUTHORITY_ISSUE_H

#include "authority/authority.h"
#include "authority/grant.h"
#include "base/file.h"
#include "base/secret.h"
#include "crypto/p12.h"
#include "pki/csr.h"
#include "pki/name.h"
#include "pki/profile.h"

#define HC_ISSUE_BACKDATE_S 300 /* for clocks that are up to five minutes slow */
#define HC_ISSUE_EXTRA_MAX 99   /* with the NAME itself as many as a certificate may carry */
#define HC_ISSUE_BATCH_MAX 256  /* certificates in one transaction: enough to forget what a durable write costs */

/* All borrowed for the call. */
struct hc_issue_request {
    enum hc_profile profile;            /* of a leaf */
    const struct hc_name *name;         /* the NAME: hc_name_guess of what the user wrote */
    const struct hc_name *const *extra; /* --dns, --ip, --email, --uri */
    size_t n_extra;
    int64_t seconds;          /* lifetime from now; 0 for the issuer's, else the profile's usual one */
    const char *label;        /* of --as; NULL or "" without */
    const char *issuer;       /* of --issuer; NULL or "": the newest that may */
    const struct hc_csr *csr; /* certify the key of this request; NULL: make a key */

    bool has_key_kind; /* of --key: the kind of key to make, instead of the profile's */
    enum hc_key_kind key_kind;

    enum hc_p12_for p12_for;                /* of --for: for whom a person's .p12 is made */
    const struct hc_secret *p12_passphrase; /* a person's; NULL makes one, which comes back in hc_issued */
};

struct hc_issued {
    uint8_t serial[HC_SERIAL_MAX]; /* contents of the INTEGER, serial_n of them */
    size_t serial_n;
    int64_t not_before, not_after;
    bool truncated;  /* the issuer ends earlier, or allows less, than what was asked for, so the certificate does too */
    char issuer[64]; /* name of the CA that signed */
    char dir[HC_PATH];                 /* key.pem (unless from a request), cert.pem, chain.pem, bundle.pem */
    char p12[HC_PATH];                 /* "" unless a person whose key was made here */
    char mobileconfig[HC_PATH];        /* "" unless made for ios or macos */
    struct hc_secret *made_passphrase; /* of the .p12; NULL unless it was made here: print it once, then forget it */
};

void hc_issued_fini(struct hc_issued *issued);

/* Scope clean-up: HC_ISSUED(issued); */
#define HC_ISSUED(name) __attribute__((cleanup(hc_issued_fini))) struct hc_issued name = {.serial_n = 0}

/*
 * Makes a key (or takes the request's) and has an issuer certify it; writes HOME/identities/D.
 *
 *   out   filled on success, untouched on failure; hc_issued_fini
 *
 * Fails with HC_E_PROFILE_NAME (the profile does not take such a name), HC_E_USAGE (a CA profile, a door without the
 * right), HC_E_LIFETIME, HC_E_OUTSIDE_CONSTRAINTS, HC_E_LINT, HC_E_IDENTITY_EXISTS (a certificate of this name, with
 * this label, is neither expired nor revoked, or its directory is there), HC_E_ISSUER_UNKNOWN, HC_E_ISSUER_PROFILE,
 * HC_E_ISSUER_NONE, HC_E_ISSUER_ENDED, HC_E_CLOCK (the clock stands before the issuer's own start),
 * HC_E_PASSPHRASE_NEEDED (locked, or an empty p12 passphrase), HC_E_CA_KEY_MISSING. None of these leaves a trace but an
 * intent in the ledger, and that only once the certificate was linted.
 *
 * When the files cannot be written, the certificate stays recorded, an event says so, nothing of the directory is
 * left, and the error tells to revoke it by serial: its key is gone. One whose key its owner has is handed out by
 * hc_authority_redeliver instead.
 */
struct hc_rc hc_authority_issue(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_issue_request *request, struct hc_issued *out, struct hc_err *e);

/*
 * Writes the directory of a certificate whose key its owner has, when a crash or a full disk kept it from being handed
 * out: such a certificate is complete in the ledger. A directory that holds it or a later one is left alone, one of an
 * earlier one replaced. `issued` says which by serial and issuer; its dir is filled in. Fails with
 * HC_E_IDENTITY_UNKNOWN (no such certificate of this name and label, or it is revoked), and with the codes of files.
 */
struct hc_rc hc_authority_redeliver(struct hc_authority *a, const struct hc_name *name, const char *label,
                                    struct hc_issued *issued, struct hc_err *e);

/* The outcome of one request of a batch. */
struct hc_issue_outcome {
    struct hc_rc rc;
    struct hc_err why;       /* when rc is a failure */
    struct hc_issued issued; /* when it is not; hc_issued_fini */
};

/*
 * The same for up to HC_ISSUE_BATCH_MAX requests in two transactions in all. A request that is refused does not keep
 * the others back: its outcome says why. Two requests of a batch for the same name and label are the second one's
 * HC_E_IDENTITY_EXISTS.
 *
 *   out   `n` outcomes, each filled; also when the call fails (then those say so too that could have been made)
 *
 * Fails when nothing could be recorded or signed at all: the ledger's errors, keys, HC_E_NOMEM.
 */
struct hc_rc hc_authority_issue_batch(struct hc_authority *a, const struct hc_issue_grant *grant,
                                      const struct hc_issue_request *requests, size_t n, struct hc_issue_outcome *out,
                                      struct hc_err *e);

#endif
