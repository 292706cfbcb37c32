/* identity.h - the directory in which an identity is handed out. Private to this module. */
#ifndef HC_AUTHORITY_IDENTITY_H
#define HC_AUTHORITY_IDENTITY_H

#include "authority/inside.h"
#include "crypto/p12.h"

/* All borrowed. */
struct hc_identity {
    const char *dir; /* of hc_home_identity_dir */
    const struct hc_key *key;
    const struct hc_cert *leaf;
    const struct hc_cert *issuer;
    const struct hc_cert *root;
    /* A person's, else NULL: */
    const char *p12;                /* path of hc_home_identity_p12 */
    const char *friendly;           /* how a browser lists it */
    const struct hc_secret *secret; /* the .p12's passphrase */
};

/*
 * Writes the whole directory under a temporary name beside it and moves it into place in one step; a directory that is
 * there is replaced. After a failure nothing has changed. Under the lock: what killed processes left there is removed.
 * Fails with hc_file_write_atomic's codes and hc_p12_build's.
 */
struct hc_rc hc_identity_write(const struct hc_crypto *crypto, const struct hc_identity *id, struct hc_err *e);

#endif
