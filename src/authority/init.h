/*
 * init.h - make an authority: a P-384 root, a P-256 issuing CA below it that can make no further CA (path length 0),
 * the ledger, an empty CRL of each, and the bundle.
 */
#ifndef HC_AUTHORITY_INIT_H
#define HC_AUTHORITY_INIT_H

#include <stdint.h>

#include "base/secret.h"
#include "crypto/key.h"
#include "crypto/lib.h"
#include "pki/tbs.h"

#define HC_INIT_ROOT_S (INT64_C(3650) * 86400)  /* 10 years */
#define HC_INIT_ISSUER_S (INT64_C(365) * 86400) /* 1 year */
#define HC_INIT_ROOT_KEY HC_KEY_P384
#define HC_INIT_ISSUER_KEY HC_KEY_P256
#define HC_INIT_TIME_MIN INT64_C(1704067200) /* 2024-01-01: before this program, so a clock that nobody has set */
#define HC_INIT_LIFETIME_MAX (INT64_C(36500) * 86400)

/* UTF-8; it and " Issuing CA" fit the 64 characters of a common name [RFC 5280 A.1]. */
#define HC_INIT_NAME_MAX 50

struct hc_init_options {
    const char *home;
    const char *name;                   /* "Example Corp": subject of both CAs */
    const struct hc_secret *passphrase; /* of both CA keys; NULL writes them unencrypted: --no-passphrase */
    struct hc_tbs_subtrees permitted; /* the root's critical name constraints; with any permitted, every type of name */
    struct hc_tbs_subtrees excluded;  /* that none of them is of is excluded; empty: the root may assert any name */
    int64_t root_seconds;             /* lifetimes; 0 for the defaults; the issuing CA never outlives the root */
    int64_t issuer_seconds;
    int64_t now; /* 0: the clock */

    bool has_root_key, has_issuer_key; /* kinds were asked for; HC_INIT_ROOT_KEY and HC_INIT_ISSUER_KEY otherwise */
    enum hc_key_kind root_key, issuer_key;
    const char *public_url; /* http://...: where CRLs and CA certificates are found; NULL or "": nowhere */

    /* A root that is not kept here. At most one of these. */
    const char *root_out; /* a directory: the root's key and certificate go there, and its key nowhere else */
    const struct hc_secret *root_passphrase; /* of the root's key in root_out; NULL: the same as the others' */
    bool root_only;                          /* no issuing CA: the offline side of a ceremony */
    /* PEM of a root made elsewhere: its key never was here, issuers come by ceremony. */
    struct hc_bytes root_certificate;
};

/*
 * Makes the authority in o->home (made too, with the directories above it, if missing; an existing directory keeps its
 * mode). Everything is made under a temporary name and moved into place at the end: after a failure nothing of it is
 * left.
 *
 *   crypto   borrowed for the call
 *
 * Fails with HC_E_HOME_EXISTS (an authority, or a publish directory with something in it), HC_E_PERMISSIONS (the home
 * or its identities belong to or can be written by another user, who could replace what is made there), HC_E_USAGE
 * (name empty, too long, not UTF-8 or with control characters), HC_E_LIFETIME, HC_E_CLOCK (before 2024),
 * HC_E_PASSPHRASE_NEEDED (an empty passphrase), HC_E_LINT, and HC_E_FILE_UNWRITABLE, HC_E_FILE_EXISTS (root_out
 * has a root already), HC_E_BUNDLE (root_certificate is not one self-signed CA certificate), HC_E_PUBLIC_URL, and
 * what authority.h says. With root_out, the stick is written and synced before anything of the home appears. Costs up
 * to two seconds with a passphrase.
 */
struct hc_rc hc_authority_init(const struct hc_crypto *crypto, const struct hc_init_options *o, struct hc_err *e);

#endif
