/*
 * issue.h - the one function that every door ends in.
 *
 * request > who asks, by which door, with which right > profile > to-be-signed > lint > recorded > signed > recorded >
 * handed out. A crash at any point leaves a record, never an unrecorded certificate.
 */
#ifndef HC_AUTHORITY_ISSUE_H
#define HC_AUTHORITY_ISSUE_H

#include "authority/authority.h"
#include "base/file.h"
#include "base/secret.h"
#include "pki/name.h"
#include "pki/profile.h"

/*
 * The right to have something issued: who asks, by which door, for which profiles. Each door makes its own in exactly
 * one function, after it has found out who is asking; the issuing function takes nothing else, so that no door can
 * forget to (T37).
 */
struct hc_issue_grant;

/*
 * For the command line only: whoever runs this process with access to the home and, where there is one, the passphrase
 * may have every leaf profile. Records the user's name and number. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_issue_grant_cli(struct hc_issue_grant **out, struct hc_err *e);

void hc_issue_grant_free(struct hc_issue_grant *grant);
HC_DEFINE_AUTO(hc_issue_grant)

#define HC_ISSUE_BACKDATE_S 300 /* for clocks that are up to five minutes slow */
#define HC_ISSUE_EXTRA_MAX 99   /* with the NAME itself as many as a certificate may carry */

/* All borrowed for the call. */
struct hc_issue_request {
    enum hc_profile profile;            /* of a leaf */
    const struct hc_name *name;         /* the NAME: hc_name_guess of what the user wrote */
    const struct hc_name *const *extra; /* --dns, --ip, --email, --uri */
    size_t n_extra;
    int64_t seconds;                        /* lifetime from now; 0 for the profile's default */
    const char *label;                      /* of --as; NULL or "" without */
    const struct hc_secret *p12_passphrase; /* a person's; NULL makes one, which comes back in hc_issued */
};

struct hc_issued {
    uint8_t serial[HC_SERIAL_MAX]; /* contents of the INTEGER, serial_n of them */
    size_t serial_n;
    int64_t not_before, not_after;
    bool truncated;    /* the issuer ends earlier than what was asked for, so the certificate does too */
    char dir[HC_PATH]; /* key.pem, cert.pem, chain.pem, bundle.pem */
    char p12[HC_PATH]; /* "" unless a person */
    struct hc_secret *made_passphrase; /* of the .p12; NULL unless it was made here: print it once, then forget it */
};

void hc_issued_fini(struct hc_issued *issued);

/* Scope clean-up: HC_ISSUED(issued); */
#define HC_ISSUED(name) __attribute__((cleanup(hc_issued_fini))) struct hc_issued name = {.serial_n = 0}

/*
 * Makes a key and has the issuing CA certify it; writes HOME/identities/D.
 *
 *   out   filled on success, untouched on failure; hc_issued_fini
 *
 * Fails with HC_E_PROFILE_NAME (the profile does not take such a name), HC_E_USAGE (a CA profile, a door without the
 * right), HC_E_LIFETIME, HC_E_OUTSIDE_CONSTRAINTS, HC_E_LINT, HC_E_IDENTITY_EXISTS (a certificate of this name, with
 * this label, is neither expired nor revoked, or its directory is there), HC_E_ISSUER_ENDED, HC_E_CLOCK (the clock
 * stands before the issuing CA's own start), HC_E_PASSPHRASE_NEEDED (locked, or an empty p12 passphrase),
 * HC_E_CA_KEY_MISSING. None of these leaves a trace but an intent in the ledger, and that only once the certificate
 * was linted.
 *
 * When the files cannot be written, the certificate stays recorded, an event says so, nothing of the directory is
 * left, and the error tells to revoke it by serial: its key is gone.
 */
struct hc_rc hc_authority_issue(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_issue_request *request, struct hc_issued *out, struct hc_err *e);

#endif
