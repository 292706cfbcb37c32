/*
 * probe_identity.h - by what a probe judges and as whom it comes: --cert, --key, --as, --bundle, --crl, and the
 * identities that lie in the home.
 */
#ifndef HC_CMD_PROBE_IDENTITY_H
#define HC_CMD_PROBE_IDENTITY_H

#include "cmd/command.h"
#include "doctor/probe.h"
#include "pki/path.h"

/* Caller's storage, zeroed before it is read. */
struct hc_probe_identity {
    struct hc_cert_list chain; /* leaf first; empty: none */
    struct hc_key *key;
    char label[HC_PATH]; /* how the user named it: the file, or the NAME */
    struct hc_bundle *bundle;
    struct hc_revocation *crls;

    const char *home;         /* private: whose identities are offered */
    char dir[HC_PATH];        /* private: of --as */
    struct hc_err crls_error; /* private */
};

/*
 * Reads what the options name. Without --bundle that of --as NAME, or of the home when there is one; the home's CRLs go
 * with the home's bundle. The system's store is never used by itself (T10).
 *
 *   c   borrowed for as long as the identity lives
 *
 * Fails with HC_E_USAGE, with the codes of the files' readers (HC_E_FILE_*, HC_E_PEM, HC_E_CERT_*, HC_E_KEY_*,
 * HC_E_BUNDLE, HC_E_CRL_*), with those of hc_passphrase_get. Blocks.
 */
struct hc_rc hc_probe_identity_read(const struct hc_invocation *in, const struct hc_crypto *c,
                                    struct hc_probe_identity *out, struct hc_err *e);
void hc_probe_identity_fini(struct hc_probe_identity *id);

/* For hc_probe_spec.identities; `ctx` is the identity. Holds every identity of the home against what the server accepts;
 * one that cannot be read is passed over, for nobody asked for it. Blocks. */
struct hc_rc hc_probe_identity_offer(void *ctx, struct hc_probe *probe, struct hc_err *e);

#endif
