/*
 * store_inside.h - what each kind of store is, for the files of this module: one row of functions a kind.
 *
 * store.c is the one caller, and looks before and after.
 */
#ifndef HC_TRUST_STORE_INSIDE_H
#define HC_TRUST_STORE_INSIDE_H

#include "trust/run.h"
#include "trust/store.h"

struct hc_store_tell {
    struct hc_rc (*fn)(void *ctx, const char *path, struct hc_err *e);
    void *ctx;
};

struct hc_store_row {
    const char *word;
    bool scratch; /* put reads the certificate from a file */
    /* Tells every absolute path where a store may be. */
    struct hc_rc (*each)(const struct hc_store_places *places, const struct hc_store_tell *tell, struct hc_err *e);
    /* Fills in tool, its arguments and why for the path that is set already. False when there is none of this kind. */
    bool (*look)(const struct hc_store_places *places, struct hc_store *store);
    struct hc_rc (*find)(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                         struct hc_err *e);
    struct hc_rc (*put)(const struct hc_store *store, const struct hc_anchor *anchor, const char *file,
                        struct hc_err *e);
    struct hc_rc (*take)(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e);
    /* After put, resp. take; NULL for none. */
    struct hc_rc (*update)(const struct hc_store *store, bool put, struct hc_err *e);
    void (*explain)(const struct hc_store *store, const struct hc_anchor *anchor, const char *file, bool put,
                    struct hc_buf *out);
};

extern const struct hc_store_row hc_store_system;
extern const struct hc_store_row hc_store_nss;
extern const struct hc_store_row hc_store_java;

#define HC_STORE_INDENT "      " /* of each line of an explanation */

/* A line that shows the command; one that says what becomes of a file. */
void hc_store_explain_run(const char *const *argv, struct hc_buf *out);
void hc_store_explain_file(const char *what, const char *path, const char *remark, struct hc_buf *out);

/* Runs it with the store's HOME; as hc_run_check. */
struct hc_rc hc_store_run(const struct hc_store *store, const char *const *argv, struct hc_buf *out, struct hc_err *e);

/* Is any block of this PEM text the anchor? Text that is no PEM has none. Fails with HC_E_NOMEM only. */
struct hc_rc hc_store_pem_has(struct hc_bytes text, const struct hc_anchor *anchor, bool *has, struct hc_err *e);

/* The anchor is listed under this name, too; our own wins over any other. */
void hc_store_listed(struct hc_store_found *found, struct hc_bytes name, bool ours);

/* This process may write there, as the effective user. */
bool hc_store_may_write(const char *path);

/* It is the effective user's or root's, and not everybody may write there. */
bool hc_store_is_own(const char *path);

/* Fills in store->why, unless an earlier reason stands there. */
void hc_store_because(struct hc_store *store, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
