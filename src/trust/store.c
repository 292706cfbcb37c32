/* store.c - what all trust stores have in common: to find them, and to change one so that it is known what became of
 * it. */
#include "trust/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "pki/pem.h"
#include "trust/store_inside.h"

static const struct hc_store_row *row_of(enum hc_store_kind kind)
{
    static const struct hc_store_row *const rows[HC_STORE_KINDS] = {
        [HC_STORE_SYSTEM] = &hc_store_system,
        [HC_STORE_NSS] = &hc_store_nss,
        [HC_STORE_JAVA] = &hc_store_java,
    };
    return rows[kind];
}

const char *hc_store_word(enum hc_store_kind kind)
{
    return row_of(kind)->word;
}

struct hc_rc hc_store_parse_kinds(struct hc_bytes word, unsigned *out, struct hc_err *e)
{
    if (hc_bytes_eq_str(word, "all")) {
        *out = HC_STORE_ALL;
        return HC_OK;
    }
    for (unsigned k = 0; k < HC_STORE_KINDS; k++) {
        if (!hc_bytes_eq_str(word, hc_store_word((enum hc_store_kind)k)))
            continue;
        *out = 1u << k;
        return HC_OK;
    }
    return HC_FAIL(e, HC_E_USAGE, "there is no store '%.*s': system, nss, java or all", HC_BYTES_FMT(word));
}

/* --- what the kinds share ----------------------------------------------------------------------------------------- */

void hc_store_explain_run(const char *const *argv, struct hc_buf *out)
{
    hc_buf_add_str(out, HC_STORE_INDENT);
    hc_run_text(argv, out);
    hc_buf_add_byte(out, '\n');
}

void hc_store_explain_file(const char *what, const char *path, const char *remark, struct hc_buf *out)
{
    hc_buf_addf(out, HC_STORE_INDENT "%s ", what);
    hc_escape_text(out, hc_bytes_str(path));
    hc_buf_addf(out, "%s\n", remark);
}

struct hc_rc hc_store_run(const struct hc_store *store, const char *const *argv, struct hc_buf *out, struct hc_err *e)
{
    const struct hc_run run = {.argv = argv, .home = store->home};
    struct hc_rc rc = hc_run_check(&run, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", store->path);
    return rc;
}

struct hc_rc hc_store_pem_has(struct hc_bytes text, const struct hc_anchor *anchor, bool *has, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CERT_MAX);
    *has = false;
    for (bool found = true; found && !*has;) {
        uint8_t digest[HC_SHA256_SIZE];
        struct hc_rc rc = hc_pem_next(&text, HC_PEM_CERTIFICATE, &der, &found, e);
        if (hc_failed(rc))
            return rc.code == HC_E_NOMEM ? rc : HC_OK;
        hc_sha256(hc_buf_view(&der), digest);
        *has = found && memcmp(digest, anchor->digest, sizeof digest) == 0;
    }
    return HC_OK;
}

void hc_store_listed(struct hc_store_found *found, struct hc_bytes name, bool ours)
{
    if (!found->there || (ours && !found->under_our_name))
        snprintf(found->as, sizeof found->as, "%.*s", HC_BYTES_FMT(name));
    found->there = true;
    found->under_our_name |= ours;
}

bool hc_store_may_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

bool hc_store_is_own(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & S_IWOTH);
}

void hc_store_because(struct hc_store *store, const char *fmt, ...)
{
    va_list ap;
    if (store->why[0])
        return;
    va_start(ap, fmt);
    vsnprintf(store->why, sizeof store->why, fmt, ap);
    va_end(ap);
}

/* --- anchors ------------------------------------------------------------------------------------------------------ */

static void name_file(struct hc_anchor *anchor)
{
    snprintf(anchor->file, sizeof anchor->file, "handclasp-%.16s", anchor->sha256);
}

struct hc_rc hc_anchor_init(struct hc_anchor *anchor, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_anchor made = {.cert = cert};
    HC_TRY(e, hc_bundle_out_name(cert, made.name, e));
    memcpy(made.digest, cert->sha256, sizeof made.digest);
    for (size_t i = 0; i < sizeof made.digest; i++)
        snprintf(made.sha256 + 2 * i, 3, "%02x", cert->sha256[i]);
    name_file(&made);
    *anchor = made;
    return HC_OK;
}

bool hc_anchor_named(struct hc_anchor *anchor, struct hc_bytes sha256, struct hc_bytes name)
{
    struct hc_anchor made = {.cert = NULL};
    if (sha256.n != 2 * sizeof made.digest || name.n == 0 || name.n >= sizeof made.name)
        return false;
    for (size_t i = 0; i < sha256.n; i++) {
        int digit = hc_ascii_hex(sha256.p[i]);
        if (digit < 0 || hc_ascii_lower(sha256.p[i]) != sha256.p[i])
            return false;
        made.digest[i / 2] = (uint8_t)(made.digest[i / 2] << 4 | digit);
    }
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < ' ' || name.p[i] > '~')
            return false;
    memcpy(made.sha256, sha256.p, sha256.n);
    memcpy(made.name, name.p, name.n);
    name_file(&made);
    *anchor = made;
    return true;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

void hc_stores_fini(struct hc_stores *stores)
{
    free(stores->store);
    *stores = (struct hc_stores){NULL, 0};
}

/* A path goes into a line of the record and onto a terminal. */
static bool is_sound(const char *path)
{
    if (*path != '/' || strlen(path) >= HC_PATH)
        return false;
    for (const char *p = path; *p; p++)
        if ((uint8_t)*p < ' ' || (uint8_t)*p == 127)
            return false;
    return true;
}

struct hc_rc hc_store_at(const struct hc_store_places *places, enum hc_store_kind kind, const char *path,
                         struct hc_store *out, bool *exists, struct hc_err *e)
{
    struct hc_store *made = calloc(1, sizeof *made);
    if (!made)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a trust store");
    made->kind = kind;
    made->java_passphrase = places->java_passphrase;
    snprintf(made->home, sizeof made->home, "%s", places->home ? places->home : "/");
    bool found = is_sound(path);
    if (found) {
        memcpy(made->path, path, strlen(path) + 1);
        found = row_of(kind)->look(places, made);
    }
    *out = *made;
    *exists = found;
    free(made);
    return HC_OK;
}

struct finding {
    const struct hc_store_places *places;
    enum hc_store_kind kind;
    struct hc_stores *found;
};

/* The same place may be told twice, by a symbolic link. */
static bool is_known(const struct hc_stores *found, const struct hc_store *store)
{
    struct stat a, b;
    if (stat(store->path, &a) != 0)
        return false;
    for (size_t i = 0; i < found->n; i++)
        if (found->store[i].kind == store->kind && stat(found->store[i].path, &b) == 0 && a.st_dev == b.st_dev &&
            a.st_ino == b.st_ino)
            return true;
    return false;
}

static struct hc_rc add(void *ctx, const char *path, struct hc_err *e)
{
    struct finding *f = ctx;
    bool exists = false;
    if (f->found->n == HC_STORES_MAX)
        return HC_OK;
    struct hc_store *next = &f->found->store[f->found->n];
    HC_TRY(e, hc_store_at(f->places, f->kind, path, next, &exists, e));
    f->found->n += exists && !is_known(f->found, next);
    return HC_OK;
}

struct hc_rc hc_stores_find(const struct hc_store_places *places, struct hc_stores *out, struct hc_err *e)
{
    HC_STORES(found);
    found.store = calloc(HC_STORES_MAX, sizeof *found.store);
    if (!found.store)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the trust stores");
    for (unsigned k = 0; k < HC_STORE_KINDS; k++) {
        struct finding f = {places, (enum hc_store_kind)k, &found};
        const struct hc_store_tell tell = {add, &f};
        if (places->kinds & 1u << k)
            HC_TRY(e, row_of(f.kind)->each(places, &tell, e));
    }
    *out = found;
    found = (struct hc_stores){NULL, 0};
    return HC_OK;
}

/* --- changing ----------------------------------------------------------------------------------------------------- */

struct hc_rc hc_store_find(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                           struct hc_err *e)
{
    struct hc_store_found found = {.there = false};
    HC_TRY(e, row_of(store->kind)->find(store, anchor, &found, e));
    *out = found;
    return HC_OK;
}

static struct hc_rc scratch_path(const struct hc_anchor *anchor, const char *scratch, char out[HC_PATH],
                                 struct hc_err *e)
{
    char name[64];
    snprintf(name, sizeof name, "%s.pem", anchor->file);
    return hc_path_join(out, scratch, name, e);
}

static struct hc_rc put(const struct hc_store *store, const struct hc_anchor *anchor, const char *scratch,
                        struct hc_err *e)
{
    const struct hc_store_row *row = row_of(store->kind);
    char file[HC_PATH];
    HC_BUF_AUTO(pem, HC_CERT_MAX * 2);
    if (!row->scratch)
        return row->put(store, anchor, NULL, e);
    HC_TRY(e, scratch_path(anchor, scratch, file, e));
    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, anchor->cert->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    HC_TRY(e, hc_file_write_atomic(file, hc_buf_view(&pem), 0600, e));
    struct hc_rc rc = row->put(store, anchor, file, e);
    unlink(file);
    return rc;
}

static struct hc_rc update(const struct hc_store *store, bool after_put, struct hc_err *e)
{
    const struct hc_store_row *row = row_of(store->kind);
    return row->update ? row->update(store, after_put, e) : HC_OK;
}

static struct hc_rc check(const struct hc_store *store, const struct hc_anchor *anchor, bool want, struct hc_err *e)
{
    struct hc_store_found found;
    HC_TRY(e, hc_store_find(store, anchor, &found, e));
    if (found.under_our_name == want)
        return HC_OK;
    return HC_FAIL(e, HC_E_TRUST_STORE, "%s: '%s' is %s there, though no program complained", store->path, anchor->name,
                   want ? "not" : "still");
}

static struct hc_rc changeable(const struct hc_store *store, struct hc_err *e)
{
    if (store->why[0])
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s: %s", store->path, store->why);
    return HC_OK;
}

/* After a failure: out with what may have got in, if it is the anchor; what went wrong first is what is told. */
static void undo(const struct hc_store *store, const struct hc_anchor *anchor)
{
    struct hc_err quiet;
    struct hc_store_found found;
    if (hc_failed(hc_store_find(store, anchor, &found, &quiet)) || !found.under_our_name)
        return;
    hc_ignore(row_of(store->kind)->take(store, anchor, &quiet));
    hc_ignore(update(store, false, &quiet));
}

struct hc_rc hc_store_put(const struct hc_store *store, const struct hc_anchor *anchor, const char *scratch,
                          struct hc_err *e)
{
    struct hc_store_found found;
    HC_TRY(e, changeable(store, e));
    HC_TRY(e, hc_store_find(store, anchor, &found, e));
    if (found.there)
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s: the certificate is there already, as '%s'", store->path, found.as);
    struct hc_rc rc = put(store, anchor, scratch, e);
    if (hc_ok(rc))
        rc = update(store, true, e);
    if (hc_ok(rc))
        rc = check(store, anchor, true, e);
    if (hc_failed(rc))
        undo(store, anchor);
    return rc;
}

struct hc_rc hc_store_take(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e)
{
    struct hc_store_found found;
    HC_TRY(e, changeable(store, e));
    HC_TRY(e, hc_store_find(store, anchor, &found, e));
    if (found.under_our_name)
        HC_TRY(e, row_of(store->kind)->take(store, anchor, e));
    HC_TRY(e, update(store, false, e));
    return check(store, anchor, false, e);
}

void hc_store_explain(const struct hc_store *store, const struct hc_anchor *anchor, const char *scratch, bool put_,
                      struct hc_buf *out)
{
    const struct hc_store_row *row = row_of(store->kind);
    char file[HC_PATH] = "";
    struct hc_err quiet;
    if (!row->scratch || !put_) {
        row->explain(store, anchor, NULL, put_, out);
        return;
    }
    hc_ignore(scratch_path(anchor, scratch, file, &quiet)); /* too long: hc_store_put says so */
    hc_store_explain_file("write", file, " (the certificate in PEM)", out);
    row->explain(store, anchor, file, put_, out);
    hc_store_explain_file("remove", file, "", out);
}
