/*
 * export.h - an identity once more in the form that somebody's device imports.
 */
#ifndef HC_AUTHORITY_EXPORT_H
#define HC_AUTHORITY_EXPORT_H

#include "authority/authority.h"
#include "base/secret.h"
#include "crypto/p12.h"
#include "pki/name.h"

/* All borrowed for the call. */
struct hc_export_request {
    const struct hc_name *name;
    const char *label;
    enum hc_p12_for kind;
    const struct hc_secret *passphrase; /* NULL makes one, which comes back */
};

struct hc_exported {
    struct hc_buf p12;                 /* DER; secret */
    struct hc_buf mobileconfig;        /* property list; empty unless for ios or macos; secret */
    struct hc_secret *made_passphrase; /* NULL unless it was made here */
    struct hc_cert *cert;
};

void hc_exported_fini(struct hc_exported *x);
#define HC_EXPORTED(name) __attribute__((cleanup(hc_exported_fini))) struct hc_exported name = {.made_passphrase = NULL}

/*
 * Reads key.pem and cert.pem of the identity's directory, checks that the key is the certificate's and that the
 * ledger knows the certificate, and builds the files in memory. An expired or revoked certificate is refused: nobody
 * could use it. No CA key is needed. Any leaf profile may be exported.
 *
 * Fails with HC_E_IDENTITY_UNKNOWN, HC_E_EXPORT_KEY (no key.pem there), HC_E_KEY_MISMATCH, HC_E_REVOKED,
 * HC_E_CERT_EXPIRED, and as hc_p12_build does.
 */
struct hc_rc hc_authority_export(struct hc_authority *a, const struct hc_export_request *request,
                                 struct hc_exported *out, struct hc_err *e);

#endif
