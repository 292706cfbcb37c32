/* inside.h - what an open authority is made of. Private to this module. */
#ifndef HC_AUTHORITY_INSIDE_H
#define HC_AUTHORITY_INSIDE_H

#include "authority/authority.h"
#include "base/file.h"
#include "crypto/key.h"
#include "pki/lint.h"
#include "pki/profile.h"

#define HC_CA_MAX                                                                                                      \
    256 /* issuers of one authority, dead ones too, for they are never forgotten: one a month for 20 years */
#define HC_CA_NAME_MAX 64                                          /* an issuer's name is a file name that we chose */
#define HC_CA_URL_MAX 256                                          /* of --public-url */
#define HC_AUTHORITY_URL_MAX (HC_CA_URL_MAX + HC_CA_NAME_MAX + 16) /* with "/crl/NAME.crl" */

/* One CA: its certificate always, its key once it was needed. */
struct hc_ca {
    char name[HC_CA_NAME_MAX];
    char key_file[HC_CA_NAME_MAX + 16]; /* within HOME/authority; "" when its key is another home's */
    char public_url[HC_CA_URL_MAX];     /* below which its CRL and certificate are found; "": nowhere */
    unsigned profiles;                  /* leaf profiles that it issues: 1u << enum hc_profile */
    int64_t leaf_seconds;               /* the longest and usual lifetime of its leaves; 0: what the profile says */
    const struct hc_ca *parent;         /* NULL for the root */
    struct hc_cert *cert;
    struct hc_key *key;
    bool revoked; /* as of opening, or since by this process */
};

struct hc_authority {
    const struct hc_crypto *crypto;
    char home[HC_PATH];
    struct hc_ledger *ledger;
    struct hc_secret *passphrase;      /* NULL: none */
    struct hc_secret *root_passphrase; /* of a root key that was brought; NULL: the other one */
    char root_key[HC_PATH];            /* path of a root key that was brought: --root-key; "": none */
    int64_t set_time;                  /* 0: the clock */
    struct hc_ca ca[HC_CA_MAX];        /* the root first, every CA after its parent */
    size_t n_ca;
};

/* The time that the authority works by, in seconds: its set_time, or the clock. */
int64_t hc_authority_now(const struct hc_authority *a);

/* The CA of that name, or NULL. */
struct hc_ca *hc_authority_ca(struct hc_authority *a, struct hc_bytes name);

/* A leaf that somebody is to issue. All borrowed. */
struct hc_choice {
    const char *issuer; /* its name; NULL or "": anybody who may */
    enum hc_profile profile;
    const struct hc_name *names;
    size_t n_names;
};

/*
 * Which CA is to issue a leaf: the one named, or, without a name, the newest of this home whose time is
 * running, that is not revoked, that issues this profile, and whose name constraints permit every name; where they do
 * so with none, the newest of the others, and the lint says what is wrong with the names. Fails with
 * HC_E_ISSUER_UNKNOWN (the root too, which issues no leaves), HC_E_ISSUER_PROFILE, HC_E_ISSUER_NONE, and, for the one
 * named or the only one that would do, as hc_authority_ca_alive does.
 */
struct hc_rc hc_authority_choose(struct hc_authority *a, const struct hc_choice *choice, struct hc_ca **out,
                                 struct hc_err *e);

/*
 * Opens the CA's key unless it is open: the root's from the path that was brought, if one was. Fails with
 * HC_E_ROOT_OFFLINE (the root's, not here and not brought), HC_E_ROOT_KEY_OTHER (brought, and another key),
 * HC_E_CA_KEY_MISSING, HC_E_PASSPHRASE_NEEDED, HC_E_PASSPHRASE_WRONG, HC_E_KEY_FORMAT, HC_E_KEY_MISMATCH.
 */
struct hc_rc hc_authority_key(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e);

/* Can the CA's key be opened here at all: is its file in the home, or, for the root, was one brought? */
bool hc_authority_key_here(const struct hc_authority *a, const struct hc_ca *ca);

/* Is the CA's time running? Fails with HC_E_ISSUER_ENDED (revoked, too, or one above it), HC_E_CLOCK (before its
 * start). */
struct hc_rc hc_authority_ca_alive(struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e);

/* Adds a CA that the ledger has just recorded to the open authority. Takes over `key` (may be NULL). */
struct hc_rc hc_authority_add_ca(struct hc_authority *a, const struct hc_ledger_issuer *row, struct hc_key *key,
                                 struct hc_err *e);

/*
 * "URL/crl/NAME.crl" and "URL/ca/NAME.cer", where `ca` is to be found by those who hold what it signed; "" when it is
 * published nowhere. Names are of the alphabet of issuer names, so nothing is to be escaped.
 */
void hc_authority_crl_url(const struct hc_ca *ca, char out[HC_AUTHORITY_URL_MAX]);
void hc_authority_ca_url(const struct hc_ca *ca, char out[HC_AUTHORITY_URL_MAX]);

#endif
