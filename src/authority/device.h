/* device.h - key and certificates as somebody's device imports them: a PKCS #12 file and, for Apple's, a profile around
 * it. Private to this module: identity.c writes them, export.c hands them out. */
#ifndef HC_AUTHORITY_DEVICE_H
#define HC_AUTHORITY_DEVICE_H

#include "base/buf.h"
#include "crypto/p12.h"
#include "pki/cert.h"

/* All borrowed. */
struct hc_device {
    enum hc_p12_for kind;
    const char *friendly; /* how programs list it */
    const struct hc_key *key;
    const struct hc_cert *leaf;
    const struct hc_cert *issuer;
    const struct hc_cert *root;
    const struct hc_secret *passphrase;
};

/* Appends the PKCS #12 file to `p12` and, for a kind that has one, the profile to `profile`; both are HC_BUF_SECRET of
 * the caller's. Fails as hc_p12_build does. */
struct hc_rc hc_device_build(const struct hc_crypto *crypto, const struct hc_device *d, struct hc_buf *p12,
                             struct hc_buf *profile, struct hc_err *e);

#define HC_DEVICE_PROFILE_MAX (2 * HC_P12_MAX) /* the file in base64 and some text around it */
#define HC_DEVICE_GROUPS 5 /* of a passphrase that is made here: 100 bits, for a file that travels by mail */

#endif
