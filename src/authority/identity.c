/* identity.c - key.pem, cert.pem, chain.pem, bundle.pem; for a person NAME.p12 and root.cer. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority/identity.h"
#include "authority/move.h"
#include "pki/pem.h"

#define WORKSHOP ".new"                /* no identity has this name: the encoding leaves no leading dot */
#define PEM_FILE_MAX (4 * HC_CERT_MAX) /* two certificates of the largest size in base64 */

static struct hc_rc put(const char *dir, const char *name, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, dir, name, e));
    return hc_file_write_new(path, contents, mode, e);
}

static struct hc_rc put_certs(const char *dir, const char *name, const struct hc_cert *first,
                              const struct hc_cert *second, struct hc_err *e)
{
    HC_BUF_AUTO(pem, PEM_FILE_MAX);

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, first->der);
    if (second)
        hc_pem_emit(&pem, HC_PEM_CERTIFICATE, second->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    return put(dir, name, hc_buf_view(&pem), 0644, e);
}

static struct hc_rc put_key(const char *dir, const struct hc_key *key, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    HC_TRY(e,
           hc_key_to_pem(key, NULL, &pem, e)); /* a service starts without a passphrase; the mode protects the file */
    return put(dir, "key.pem", hc_buf_view(&pem), 0600, e);
}

/* By its path in the directory as it will be, into the one that is being made. */
static struct hc_rc put_file(const char *dir, const struct hc_identity_file *file, struct hc_err *e)
{
    if (!file->path || !*file->path)
        return HC_OK;
    return put(dir, strrchr(file->path, '/') + 1, file->contents, 0600, e);
}

static struct hc_rc put_all(const char *dir, const struct hc_identity *id, struct hc_err *e)
{
    if (id->key)
        HC_TRY(e, put_key(dir, id->key, e));
    HC_TRY(e, put_certs(dir, "cert.pem", id->leaf, NULL, e));
    HC_TRY(e, put_certs(dir, "chain.pem", id->leaf, id->issuer, e));
    HC_TRY(e, put_certs(dir, "bundle.pem", id->root, NULL, e));
    HC_TRY(e, put_file(dir, &id->p12, e));
    HC_TRY(e, put_file(dir, &id->profile, e));
    if (id->p12.path)
        HC_TRY(e, put(dir, "root.cer", id->root->der, 0644, e));
    return hc_dir_sync(dir, e);
}

/* Where directories are made: beside the others, so that a rename suffices, and below one of its own, so that looking for what
 * killed processes left there does not mean to look at a million identities. It is there only while somebody works. */
static struct hc_rc workshop(const char *dir, char out[HC_PATH], struct hc_err *e)
{
    int parent = (int)(strrchr(dir, '/') - dir);

    if ((size_t)snprintf(out, HC_PATH, "%.*s/" WORKSHOP, parent, dir) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path below the home is longer than %d bytes", HC_PATH - 1);
    return HC_OK;
}

static struct hc_rc write_in(const char *shop, const struct hc_identity *id, struct hc_err *e)
{
    char place[HC_PATH], made[HC_PATH];
    struct hc_err ignored = {0};
    bool exchanged = false;
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(place, shop, "identity", e));
    hc_move_sweep(place); /* keys among it that nobody will ever use */
    HC_TRY(e, hc_move_temporary(place, 0755, made, e));
    rc = put_all(made, id, e);
    if (hc_ok(rc))
        rc = hc_move_into_place(made, id->dir, true, &exchanged, e);
    if (hc_failed(rc) || exchanged)
        hc_ignore(hc_dir_remove(made, &ignored)); /* what is left of it is in nobody's way */
    return rc;
}

struct hc_rc hc_identity_write(const struct hc_identity *id, struct hc_err *e)
{
    char shop[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, workshop(id->dir, shop, e));
    rc = write_in(shop, id, e);
    (void)rmdir(shop); /* only when nothing is left in it */
    return rc;
}
