/* revocation_load.c - CRLs from files and directories. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "pki/crl.h"
#include "pki/revocation.h"

/* What was read: name and contents of each source, owned. */
struct files {
    struct hc_revocation_source *source;
    struct hc_buf *data;
    char **name;
    size_t n;
    const struct hc_revocation_input *in;
};

static void files_fini(struct files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        hc_buf_fini(&f->data[i]);
        free(f->name[i]);
    }
    free(f->source);
    free(f->data);
    free(f->name);
}

static void tell(const struct files *f, const char *source, const struct hc_err *why)
{
    if (f->in->alarm != NULL)
        f->in->alarm(f->in->alarm_ctx, why->code, source, why->text);
}

/* Adds a source; `unread` ones hold no data. Takes over `data`. */
static struct hc_rc add(struct files *f, const char *name, struct hc_buf *data, bool unread, struct hc_err *e)
{
    if (f->n == HC_REVOCATION_CRLS)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d CRL files", HC_REVOCATION_CRLS);
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    memcpy(copy, name, size);
    f->name[f->n] = copy;
    f->data[f->n] = *data;
    *data = HC_BUF(0);
    f->source[f->n] =
        (struct hc_revocation_source){.name = copy, .data = hc_buf_view(&f->data[f->n]), .unread = unread};
    f->n++;
    return HC_OK;
}

/* A file that is gone is no source any more; one that cannot be read keeps what is known of it. */
static struct hc_rc read_file(struct files *f, const char *path, struct hc_err *e)
{
    HC_BUF_AUTO(data, HC_CRL_MAX);
    struct hc_rc rc = hc_file_read(path, &data, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc)) {
        tell(f, path, e);
        hc_buf_clear(&data);
    }
    return rc.code == HC_E_FILE_MISSING ? HC_OK : add(f, path, &data, hc_failed(rc), e);
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
        HC_BUF_AUTO(none, 0);
        tell(f, path, e);
        return rc.code == HC_E_FILE_MISSING ? HC_OK : add(f, path, &none, true, e);
    }
    for (size_t i = 0; i < names.n; i++) {
        char file[HC_PATH];
        if (!hc_revocation_load_takes(names.name[i]))
            continue;
        HC_TRY(e, hc_path_join(file, path, names.name[i], e));
        HC_TRY(e, read_file(f, file, e));
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
    f.source = calloc(HC_REVOCATION_CRLS, sizeof(*f.source));
    f.data = calloc(HC_REVOCATION_CRLS, sizeof(*f.data));
    f.name = calloc(HC_REVOCATION_CRLS, sizeof(*f.name));
    if (f.source == NULL || f.data == NULL || f.name == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    for (size_t i = 0; i < n_paths; i++)
        HC_TRY(e, is_directory(path[i]) ? read_directory(&f, path[i], e) : read_file(&f, path[i], e));
    struct hc_revocation_input with_files = *input;
    with_files.source = f.source;
    with_files.n_sources = f.n;
    return hc_revocation_build(c, &with_files, out, e);
}
