/* revocation_load.c - CRLs from files and directories. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "pki/revocation_set.h"

/* What was read, or left as it was: one item a file, with a name of its own. */
struct files {
    struct hc_revocation_item *item;
    char **name;
    size_t n;
    const struct hc_revocation_input *in;
};

static void files_fini(struct files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        hc_revocation_entry_free(f->item[i].entry);
        free(f->name[i]);
    }
    free(f->item);
    free(f->name);
}

/* Adds a source and copies its name. */
static struct hc_rc add(struct files *f, const char *name, struct hc_revocation_item **out, struct hc_err *e)
{
    if (f->n == HC_REVOCATION_CRLS)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d CRL files", HC_REVOCATION_CRLS);
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    memcpy(copy, name, size);
    f->name[f->n] = copy;
    f->item[f->n] = (struct hc_revocation_item){.name = copy};
    *out = &f->item[f->n++];
    return HC_OK;
}

/* The file was read, and it is refused for what it says; otherwise nothing is known of what it says. */
static bool was_read(enum hc_code code)
{
    return code == HC_E_CRL_MALFORMED || code == HC_E_CRL_UNSUPPORTED || code == HC_E_TOO_BIG;
}

/* A file that is gone is no source any more; one that cannot be read keeps what is known of it. */
static struct hc_rc read_file(struct files *f, const char *path, bool patient, struct hc_err *e)
{
    struct hc_revocation_entry *entry = NULL;
    struct hc_revocation_stamp stamp = {0};
    struct hc_revocation_item *item;
    struct hc_rc rc = hc_revocation_read_file(path, patient, f->in->previous, &entry, &stamp, e);

    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc))
        hc_revocation_build_tell(f->in, path, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_OK;
    bool unread = hc_failed(rc) && !was_read(rc.code);
    rc = add(f, path, &item, e);
    if (hc_failed(rc)) {
        hc_revocation_entry_free(entry);
        return rc;
    }
    item->unread = unread;
    item->entry = entry;
    item->stamp = stamp;
    item->stamped = entry != NULL;
    return HC_OK;
}

bool hc_revocation_load_takes(const char *name)
{
    struct hc_bytes n = hc_bytes_str(name);
    return n.n > 0 && n.p[0] != '.' &&
           (hc_bytes_ends(n, HC_BYTES(".crl")) || hc_bytes_ends(n, HC_BYTES(".pem")) ||
            hc_bytes_ends(n, HC_BYTES(".der")));
}

static void names_auto_fini(struct hc_names *names)
{
    hc_names_fini(names);
}

static struct hc_rc read_directory(struct files *f, const char *path, struct hc_err *e)
{
    __attribute__((cleanup(names_auto_fini))) struct hc_names names = {0};
    struct hc_rc rc = hc_dir_list(path, "", HC_REVOCATION_NAMES, &names, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc)) {
        struct hc_revocation_item *item;
        hc_revocation_build_tell(f->in, path, e);
        if (rc.code == HC_E_FILE_MISSING)
            return HC_OK;
        HC_TRY(e, add(f, path, &item, e));
        item->unread = true;
        return HC_OK;
    }
    for (size_t i = 0; i < names.n; i++) {
        char file[HC_PATH];
        if (!hc_revocation_load_takes(names.name[i]))
            continue;
        HC_TRY(e, hc_path_join(file, path, names.name[i], e));
        HC_TRY(e, read_file(f, file, false, e));
    }
    return HC_OK;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct hc_rc hc_revocation_load(const struct hc_crypto *c, const char *const path[], size_t n_paths,
                                const struct hc_revocation_input *input, struct hc_revocation **out, struct hc_err *e)
{
    __attribute__((cleanup(files_fini))) struct files f = {.in = input};
    f.item = calloc(HC_REVOCATION_CRLS, sizeof(*f.item));
    f.name = calloc(HC_REVOCATION_CRLS, sizeof(*f.name));
    if (f.item == NULL || f.name == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    for (size_t i = 0; i < n_paths; i++)
        HC_TRY(e, is_directory(path[i]) ? read_directory(&f, path[i], e) : read_file(&f, path[i], true, e));
    return hc_revocation_build_items(c, input, f.item, f.n, out, e);
}
