/*
 * home.h - where things are in a home. Every path of DESIGN's drawing is made here and nowhere else; nothing is opened.
 *
 *     HOME/authority/    version  ledger.db  lock  ISSUER.cert.pem  ISSUER.key.pem      0700: the gate never looks
 *     inside
 *     HOME/publish/      bundle.pem  crl/ISSUER.crl (DER; root.crl is the root's)  ca/ISSUER.cer (DER)  ledger-head
 *                                                                                       0755, files 0644
 *     HOME/identities/D/ key.pem (0600)  cert.pem  chain.pem  bundle.pem  and, for a person, D.p12 (0600)  root.cer
 *     (DER)
 *
 * D is the name with every byte outside [A-Za-z0-9._@-] and a leading dot percent-encoded; with a label it is D~LABEL,
 * the label encoded the same way. The encoding never leaves a `~` in D, so that no name is the same directory as
 * another name's label.
 *
 * All functions write a C string into `out` and fail with HC_E_TOO_BIG when it would not fit.
 */
#ifndef HC_AUTHORITY_HOME_H
#define HC_AUTHORITY_HOME_H

#include "base/err.h"
#include "base/file.h"
#include "pki/name.h"

#define HC_HOME_VERSION 1        /* what this program writes into HOME/authority/version, and the newest it reads */
#define HC_HOME_ROOT "root"      /* the root's name as an issuer */
#define HC_HOME_ISSUER "issuing" /* the first issuing CA's */

enum hc_home_place {
    HC_HOME_AUTHORITY, /* directories */
    HC_HOME_PUBLISH,
    HC_HOME_CRLS,
    HC_HOME_CAS,
    HC_HOME_IDENTITIES,
    HC_HOME_MARKER, /* files */
    HC_HOME_LEDGER,
    HC_HOME_LOCK,
    HC_HOME_BUNDLE,
    HC_HOME_HEAD,
};

/*
 * The home when no --home was given: $HANDCLASP_HOME; for root /var/lib/handclasp; $XDG_DATA_HOME/handclasp;
 * ~/.local/share/handclasp. An empty variable counts as unset, and so does an XDG_DATA_HOME that is not absolute, as
 * the XDG base directory specification asks. Fails with HC_E_HOME_MISSING when HOME is unset too, HC_E_TOO_BIG.
 */
struct hc_rc hc_home_default(char out[HC_PATH], struct hc_err *e);

/* The path of a place below `home`. Fails with HC_E_TOO_BIG. */
struct hc_rc hc_home_path(const char *home, enum hc_home_place place, char out[HC_PATH], struct hc_err *e);

/* Of one issuer, by its name in the ledger: "root", "issuing". */
enum hc_home_issuer_file {
    HC_HOME_ISSUER_CERT, /* authority/NAME.cert.pem */
    HC_HOME_ISSUER_KEY,  /* authority/NAME.key.pem */
    HC_HOME_ISSUER_CRL,  /* publish/crl/NAME.crl */
    HC_HOME_ISSUER_CA,   /* publish/ca/NAME.cer */
    HC_HOME_ISSUER_PLAN, /* authority/NAME.request: what an issuer that waits for its certificate is to be */
};
struct hc_rc hc_home_issuer_path(const char *home, const char *issuer, enum hc_home_issuer_file file, char out[HC_PATH],
                                 struct hc_err *e);

/*
 * The directory of an identity, and the file D.SUFFIX in it ("p12", "mobileconfig"). `label` is that of --as; NULL or
 * "" without. Fail with HC_E_IDENTITY_NAME when the name is too long for a directory, HC_E_TOO_BIG when the label is
 * longer than HC_HOME_LABEL_MAX bytes when encoded, HC_E_NOMEM.
 */
#define HC_HOME_LABEL_MAX 32 /* with HC_NAME_DIRNAME_MAX, a tilde and a suffix still below NAME_MAX (255) */
struct hc_rc hc_home_identity_dir(const char *home, const struct hc_name *name, const char *label, char out[HC_PATH],
                                  struct hc_err *e);
struct hc_rc hc_home_identity_file(const char *home, const struct hc_name *name, const char *label, const char *suffix,
                                   char out[HC_PATH], struct hc_err *e);

#endif
