/* inside.h - what an open authority is made of. Private to this module. */
#ifndef HC_AUTHORITY_INSIDE_H
#define HC_AUTHORITY_INSIDE_H

#include "authority/authority.h"
#include "base/file.h"
#include "crypto/key.h"
#include "pki/lint.h"

#define HC_CA_MAX 32      /* issuers of one authority; a handful is many */
#define HC_CA_NAME_MAX 64 /* an issuer's name is a file name that we chose */

/* One CA: its certificate always, its key once it was needed. */
struct hc_ca {
    char name[HC_CA_NAME_MAX];
    char key_file[HC_CA_NAME_MAX + 16]; /* within HOME/authority */
    const struct hc_ca *parent;         /* NULL for the root */
    struct hc_cert *cert;
    struct hc_key *key;
};

struct hc_authority {
    const struct hc_crypto *crypto;
    char home[HC_PATH];
    struct hc_ledger *ledger;
    struct hc_secret *passphrase; /* NULL: none */
    int64_t set_time;             /* 0: the clock */
    struct hc_ca ca[HC_CA_MAX];   /* the root first, every CA after its parent */
    size_t n_ca;
};

/* The time that the authority works by, in seconds: its set_time, or the clock. */
int64_t hc_authority_now(const struct hc_authority *a);

/* The CA that issues leaves: the newest below the root. */
struct hc_ca *hc_authority_issuing(struct hc_authority *a);

/* The CA of that name, or NULL. */
struct hc_ca *hc_authority_ca(struct hc_authority *a, struct hc_bytes name);

/*
 * Opens the CA's key unless it is open. Fails with HC_E_CA_KEY_MISSING, HC_E_PASSPHRASE_NEEDED, HC_E_PASSPHRASE_WRONG,
 * HC_E_KEY_FORMAT, HC_E_KEY_MISMATCH.
 */
struct hc_rc hc_authority_key(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e);

/* Is the CA's time running? Fails with HC_E_ISSUER_ENDED (revoked, too), HC_E_CLOCK (before its start). */
struct hc_rc hc_authority_ca_alive(struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e);

#endif
