/*
 * mobileconfig.h - Apple's configuration profile, a property list in XML, with an identity and what it is judged by:
 * one file that iOS, iPadOS and macOS install after a tap.
 */
#ifndef HC_PKI_MOBILECONFIG_H
#define HC_PKI_MOBILECONFIG_H

#include "base/buf.h"
#include "pki/cert.h"

/* All borrowed for the call. */
struct hc_mobileconfig_parts {
    struct hc_bytes p12;          /* the PKCS #12 file, whose passphrase is not in the profile; empty: only the CAs */
    const struct hc_cert *leaf;   /* the certificate in it; NULL: only the CAs */
    const struct hc_cert *issuer; /* NULL or the root itself: no such payload */
    const struct hc_cert *root;
    const char *name; /* of the identity, for people to read; UTF-8 */
};

/*
 * Appends the profile: payloads com.apple.security.root, com.apple.security.pkcs1 (the issuer) and
 * com.apple.security.pkcs12, for which the device asks the passphrase. Its identifier is derived from the root and the
 * leaf's names, so that a later profile of the same identity takes the place of the earlier one; its UUIDs from the
 * certificates.
 *
 *   out   HC_BUF_SECRET of the caller's when there is a p12; holds a part of the profile after a failure
 *
 * Fails with HC_E_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_mobileconfig_emit(const struct hc_mobileconfig_parts *parts, struct hc_buf *out, struct hc_err *e);

#endif
