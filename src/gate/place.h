/*
 * place.h - where a gate finds its files: what the configuration says, or the public part of a home (DESIGN's drawing).
 *
 * The gate knows HOME/publish and HOME/identities and never opens HOME/authority.
 */
#ifndef HC_GATE_PLACE_H
#define HC_GATE_PLACE_H

#include "base/file.h"
#include "gate/gateconf.h"

/* chain.pem and key.pem of an identity. Fails with HC_E_HOME_MISSING (a name and no home), HC_E_IDENTITY_NAME,
 * HC_E_TOO_BIG. */
struct hc_rc hc_place_identity(const char *home, const struct hc_gate_identity *id, char chain[HC_PATH],
                               char key[HC_PATH], struct hc_err *e);

/* The bundle, when it is one file; "" when it is a list, and when neither the configuration nor a home has one, which
 * the configuration's checks allow only where no certificate is judged. Fails with HC_E_TOO_BIG, HC_E_HOME_MISSING. */
struct hc_rc hc_place_bundle(const char *home, const struct hc_trust_use *use, char out[HC_PATH], struct hc_err *e);

/* Files and directories with CRLs; borrowed from the configuration, or pointing at `from_home`. */
struct hc_place_crls {
    const char *path[HC_GATECONF_CRLS_MAX];
    size_t n;
    char from_home[HC_PATH];
};
/* Fails with HC_E_REVOCATION_UNSAID (neither said nor a home), HC_E_TOO_BIG. */
struct hc_rc hc_place_crls(const char *home, const struct hc_trust_use *use, struct hc_place_crls *out,
                           struct hc_err *e);

#endif
