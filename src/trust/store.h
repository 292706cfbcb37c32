/*
 * store.h - the places on this machine that hold trust anchors, behind one interface.
 *
 *     system   a directory of anchors and the program that makes the system's store of them (store_system.c)
 *     nss      a certificate database of Firefox, Chromium or Chrome, changed by certutil (store_nss.c)
 *     java     a keystore, changed by keytool (store_java.c)
 *
 * Everything here may run other programs and blocks. Use a store from one thread at a time.
 */
#ifndef HC_TRUST_STORE_H
#define HC_TRUST_STORE_H

#include "base/buf.h"
#include "base/file.h"
#include "pki/bundle_out.h"
#include "pki/cert.h"

enum hc_store_kind { HC_STORE_SYSTEM, HC_STORE_NSS, HC_STORE_JAVA };
#define HC_STORE_KINDS 3
#define HC_STORE_ALL 7u /* the bits 1 << kind */

/* "system", "nss", "java". */
const char *hc_store_word(enum hc_store_kind kind);

/* The bits of "system", "nss", "java" or "all". Fails with HC_E_USAGE, naming them. */
struct hc_rc hc_store_parse_kinds(struct hc_bytes word, unsigned *out, struct hc_err *e);

/* Where to look. Strings are borrowed for the call, but for java_passphrase, which the stores keep. */
struct hc_store_places {
    unsigned kinds;              /* of these kinds only */
    const char *root;            /* put before the system's directories: an image or a chroot; NULL for this machine */
    const char *home;            /* the user's home: databases of browsers are below it; NULL for none */
    const char *java_home;       /* $JAVA_HOME; NULL finds the java of the machine */
    const char *java_store;      /* a keystore to use instead of the JDK's; NULL without */
    const char *java_passphrase; /* a file with the keystore's passphrase; NULL for Java's own, "changeit" */
    const char *tools;           /* where programs lie; NULL for HC_RUN_TOOLS */
};

#define HC_STORE_WHY 200
struct hc_store {
    enum hc_store_kind kind;
    char path[HC_PATH];    /* absolute: the directory of anchors, the directory of the database, the keystore */
    char tool[HC_PATH];    /* the program that changes it; "" when none is needed (system, below a root) */
    const char *after_put; /* system: the one argument of the tool after a change, or NULL; static storage */
    const char *after_take;
    const char *java_passphrase; /* as in hc_store_places */
    char home[HC_PATH];          /* HOME of the programs */
    char why[HC_STORE_WHY];      /* why it cannot be changed, for people; "" when it can */
};

#define HC_STORES_MAX 64 /* profiles of one user's browsers, a system and a JDK; more are not looked at */
struct hc_stores {
    struct hc_store *store; /* owned */
    size_t n;
};
void hc_stores_fini(struct hc_stores *stores);
#define HC_STORES(name) __attribute__((cleanup(hc_stores_fini))) struct hc_stores name = {NULL, 0}

/*
 * Every store that exists, once by whichever path it is reached first, whether or not it can be changed (`why` says).
 * Nothing found is no failure. A path with control characters is not looked at. A database of NSS that another user
 * owns, or that everybody may write, is not even read: it can name libraries that certutil would load. Fails with
 * HC_E_NOMEM, HC_E_TOO_BIG (a path).
 */
struct hc_rc hc_stores_find(const struct hc_store_places *places, struct hc_stores *out, struct hc_err *e);

/* The store of this kind at this path, as hc_stores_find would describe it; `exists` tells whether it is there. */
struct hc_rc hc_store_at(const struct hc_store_places *places, enum hc_store_kind kind, const char *path,
                         struct hc_store *out, bool *exists, struct hc_err *e);

/* What is put into stores. */
struct hc_anchor {
    const struct hc_cert *cert;    /* borrowed; NULL when it is known by its fingerprint only: then it cannot be put */
    uint8_t digest[32];            /* its fingerprint */
    char name[HC_BUNDLE_OUT_NAME]; /* how stores list it */
    char sha256[65];               /* the fingerprint in lower-case hexadecimal */
    char file[32];                 /* "handclasp-1f2e3d4c5b6a7988": its name as a file, without an ending */
};
/* Fails with HC_E_NOMEM. */
struct hc_rc hc_anchor_init(struct hc_anchor *anchor, const struct hc_cert *cert, struct hc_err *e);

/* One that is known by its fingerprint (64 lower-case hexadecimal digits) and name only. False when they are no such
 * thing. */
bool hc_anchor_named(struct hc_anchor *anchor, struct hc_bytes sha256, struct hc_bytes name);

/* The very same certificate is in a store. */
struct hc_store_found {
    bool there;
    bool under_our_name; /* listed under the name that hc_store_put would give it */
    char as[160];        /* the name under which it is listed: a file's, a nickname, an alias; may need escaping */
};

/* Fails with HC_E_TRUST_STORE, HC_E_NOMEM; for a store that cannot even be read, with its `why`. */
struct hc_rc hc_store_find(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                           struct hc_err *e);

/*
 * Puts the anchor in, resp. takes out what hc_store_put once put in. Whether it worked is looked up afterwards. What
 * does not succeed as a whole is undone. To take out what is not there under our name (any more) is no failure: nothing
 * is taken, and the system's store is brought up to date all the same, for a run before may have been interrupted
 * there. Where others have put their certificates under our name, taking ours would take theirs, and it fails.
 *
 *   scratch   a directory of this user's own, in which the certificate lies in a file while a program reads it
 *
 * Fail with HC_E_TRUST_STORE, and put with HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL (the scratch file), HC_E_NOMEM.
 */
struct hc_rc hc_store_put(const struct hc_store *store, const struct hc_anchor *anchor, const char *scratch,
                          struct hc_err *e);
struct hc_rc hc_store_take(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e);

/* Appends what hc_store_put, resp. hc_store_take, does: files and command lines, exactly, each on a line with
 * `indent`. */
void hc_store_explain(const struct hc_store *store, const struct hc_anchor *anchor, const char *scratch, bool put,
                      struct hc_buf *out);

#endif
