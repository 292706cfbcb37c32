/*
 * store_system.c - the system's own anchors: a directory for the administrator's, and a program that makes the store of
 * it.
 *
 * The file is ours alone: its name holds 64 bits of the fingerprint, it is created only where nothing is, and removed
 * only while it holds that very certificate. Below a root (an image, a chroot) the program is not run, for it belongs
 * to the system inside.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/pem.h"
#include "trust/store_inside.h"

#define FILES_MAX 4096         /* administrators have a handful */
#define FILE_CERTIFICATES 1024 /* of one file in there */

/* Debian's program leaves the link of a file that is gone lying in /etc/ssl/certs, unless it is told to begin afresh.
 * In the order in which they are looked for; of two on one machine the first whose program is there is the system's
 * own. */
static const struct layout {
    const char *dir, *program, *after_put, *after_take;
} LAYOUTS[] = {
    {"/usr/local/share/ca-certificates", "update-ca-certificates", NULL, "--fresh"}, /* Debian, Ubuntu, Alpine */
    {"/etc/pki/ca-trust/source/anchors", "update-ca-trust", "extract", "extract"},   /* Fedora, Red Hat */
    {"/etc/pki/trust/anchors", "update-ca-certificates", NULL, NULL},                /* SUSE */
    {"/etc/ca-certificates/trust-source/anchors", "trust", "extract-compat", "extract-compat"}, /* Arch */
};

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static struct hc_rc each(const struct hc_store_places *places, const struct hc_store_tell *tell, struct hc_err *e)
{
    char path[HC_PATH], first[HC_PATH] = "", tool[HC_PATH], root[HC_PATH] = "";
    if (places->root)
        snprintf(root, sizeof root, "%s", places->root);
    for (size_t n = strlen(root); n > 0 && root[n - 1] == '/'; n--)
        root[n - 1] = '\0';
    for (size_t i = 0; i < HC_COUNT(LAYOUTS); i++) {
        int n = snprintf(path, sizeof path, "%s%s", root, LAYOUTS[i].dir);
        if (n < 0 || (size_t)n >= sizeof path)
            return HC_FAIL(e, HC_E_TOO_BIG, "the path after --root is longer than %d bytes", HC_PATH - 64);
        if (!is_dir(path))
            continue;
        if (*root || hc_run_find(places->tools, LAYOUTS[i].program, tool))
            return tell->fn(tell->ctx, path, e);
        if (!*first)
            memcpy(first, path, sizeof first);
    }
    return *first ? tell->fn(tell->ctx, first, e) : HC_OK;
}

static const struct layout *layout_of(const char *path)
{
    for (size_t i = 0; i < HC_COUNT(LAYOUTS); i++)
        if (hc_bytes_ends(hc_bytes_str(path), hc_bytes_str(LAYOUTS[i].dir)))
            return &LAYOUTS[i];
    return NULL;
}

/* A symbolic link in an image means a path inside of it; followed from here it leads into this machine's own system. */
static bool is_inside_its_root(const char *path, const struct layout *l)
{
    char root[HC_PATH], real_root[PATH_MAX], real[PATH_MAX];
    size_t n = strlen(path) - strlen(l->dir);
    if (n == 0)
        return true;
    memcpy(root, path, n);
    root[n] = '\0';
    if (!realpath(root, real_root) || !realpath(path, real))
        return false;
    n = strlen(real_root);
    return strncmp(real, real_root, n) == 0 && (real[n] == '/' || real_root[n - 1] == '/');
}

static bool look(const struct hc_store_places *places, struct hc_store *store)
{
    const struct layout *l = layout_of(store->path);
    if (!l || !is_dir(store->path))
        return false;
    if (!is_inside_its_root(store->path, l))
        hc_store_because(store,
                         "a symbolic link in it leads out of that system; give the directory itself, or a chroot");
    store->after_put = l->after_put;
    store->after_take = l->after_take;
    if (!hc_store_may_write(store->path))
        hc_store_because(store, "only its owner may change it; run the command with sudo");
    if (strcmp(store->path, l->dir) == 0 && !hc_run_find(places->tools, l->program, store->tool))
        hc_store_because(store, "%s is not installed; the package is ca-certificates", l->program);
    return true;
}

struct contents {
    bool anchor; /* the anchor is in the file */
    bool others; /* and so is another certificate */
};

/* Like the programs themselves: certificates in PEM or DER, and what is neither does not count. */
static struct hc_rc read_file(const char *path, const struct hc_anchor *anchor, struct contents *in, struct hc_err *e)
{
    HC_CERT_LIST(certs);
    *in = (struct contents){.anchor = false};
    if (!is_file(path)) /* a FIFO would keep us waiting */
        return HC_OK;
    struct hc_rc rc = hc_pem_load_certs(path, FILE_CERTIFICATES, &certs, e);
    if (hc_failed(rc))
        return rc.code == HC_E_NOMEM ? rc : HC_OK;
    for (size_t i = 0; i < certs.n; i++)
        if (memcmp(certs.cert[i]->sha256, anchor->digest, sizeof anchor->digest) == 0)
            in->anchor = true;
        else
            in->others = true;
    return HC_OK;
}

static struct hc_rc our_path(const struct hc_store *store, const struct hc_anchor *anchor, char out[HC_PATH],
                             struct hc_err *e)
{
    char name[64];
    snprintf(name, sizeof name, "%s.crt", anchor->file);
    return hc_path_join(out, store->path, name, e);
}

static void names_free(struct hc_names *names)
{
    hc_names_fini(names);
}

static struct hc_rc find(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                         struct hc_err *e)
{
    char ours[HC_PATH], path[HC_PATH];
    __attribute__((cleanup(names_free))) struct hc_names names = {NULL, 0};
    struct hc_rc rc = hc_dir_list(store->path, "", FILES_MAX, &names, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc))
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s cannot be listed", store->path);
    HC_TRY(e, our_path(store, anchor, ours, e));
    for (size_t i = 0; i < names.n; i++) {
        struct contents in;
        HC_TRY(e, hc_path_join(path, store->path, names.name[i], e));
        HC_TRY(e, read_file(path, anchor, &in, e));
        if (in.anchor)
            hc_store_listed(out, hc_bytes_str(names.name[i]), strcmp(path, ours) == 0);
    }
    return HC_OK;
}

static struct hc_rc put(const struct hc_store *store, const struct hc_anchor *anchor, const char *file,
                        struct hc_err *e)
{
    (void)file;
    char path[HC_PATH];
    HC_BUF_AUTO(pem, HC_CERT_MAX * 2);
    HC_TRY(e, our_path(store, anchor, path, e));
    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, anchor->cert->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    struct hc_rc rc = hc_file_create(path, hc_buf_view(&pem), 0644, e);
    if (rc.code == HC_E_FILE_EXISTS)
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s is there already and holds something else", path);
    return rc;
}

static struct hc_rc take(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e)
{
    char path[HC_PATH];
    struct contents in;
    HC_TRY(e, our_path(store, anchor, path, e));
    HC_TRY(e, read_file(path, anchor, &in, e));
    if (in.anchor && in.others)
        return HC_FAIL(e, HC_E_TRUST_STORE, "somebody has put other certificates into %s; take ours out of it by hand",
                       path);
    if (in.anchor && unlink(path) != 0)
        return HC_FAIL_SYS(e, HC_E_TRUST_STORE, errno, "%s cannot be removed", path);
    return HC_OK;
}

static struct hc_rc update(const struct hc_store *store, bool after_put, struct hc_err *e)
{
    const char *argv[] = {store->tool, after_put ? store->after_put : store->after_take, NULL};
    return *store->tool ? hc_store_run(store, argv, NULL, e) : HC_OK;
}

static void explain(const struct hc_store *store, const struct hc_anchor *anchor, const char *file, bool put_,
                    struct hc_buf *out)
{
    (void)file;
    const char *argument = put_ ? store->after_put : store->after_take;
    const char *argv[] = {store->tool, argument, NULL};
    const struct layout *l = layout_of(store->path);
    char path[HC_PATH] = "";
    struct hc_err quiet;
    hc_ignore(our_path(store, anchor, path, &quiet)); /* too long: put says so */
    hc_store_explain_file(put_ ? "write" : "remove", path, put_ ? " (the certificate in PEM)" : "", out);
    if (*store->tool)
        hc_store_explain_run(argv, out);
    else if (l)
        hc_buf_addf(out, HC_STORE_INDENT "# then, inside that system: %s%s%s\n", l->program, argument ? " " : "",
                    argument ? argument : "");
}

const struct hc_store_row hc_store_system = {
    .word = "system",
    .each = each,
    .look = look,
    .find = find,
    .put = put,
    .take = take,
    .update = update,
    .explain = explain,
};
