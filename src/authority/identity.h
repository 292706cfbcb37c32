/* identity.h - the directory in which an identity is handed out. Private to this module. */
#ifndef HC_AUTHORITY_IDENTITY_H
#define HC_AUTHORITY_IDENTITY_H

#include "authority/inside.h"
#include "authority/workshop.h"

/* A file of the directory by its path, and what is in it. No path: no such file. */
struct hc_identity_file {
    const char *path;
    struct hc_bytes contents;
};

/* All borrowed. */
struct hc_identity {
    const char *dir;          /* of hc_home_identity_dir */
    const struct hc_key *key; /* NULL: its owner has it */
    const struct hc_cert *leaf;
    const struct hc_cert *issuer;
    const struct hc_cert *root;
    struct hc_identity_file p12, profile; /* a person's (device.h) */
};

/*
 * Writes the whole directory under a temporary name beside it and moves it into place in one step; a directory that is
 * there is replaced. After a failure nothing has changed. Under the lock: what killed processes left there is removed.
 * Fails with hc_file_write_atomic's codes.
 */
struct hc_rc hc_identity_write(const struct hc_identity *id, struct hc_err *e);

/*
 * One of many: writes it in the workshop and tells in `made` where. Nothing of it is durable: hc_workshop_sync, then
 * hc_workshop_place to id->dir. After a failure nothing is left. Fails as hc_identity_write.
 */
struct hc_rc hc_identity_stage(const struct hc_identity *id, const struct hc_workshop *shop, char made[HC_PATH],
                               struct hc_err *e);

/* Does this very certificate lie in the directory? A file that cannot be read is none. Fails with HC_E_NOMEM. */
struct hc_rc hc_identity_holds(const char *dir, const struct hc_cert *cert, bool *out, struct hc_err *e);

#endif
