/* identity.c - key.pem, cert.pem, chain.pem, bundle.pem; for a person NAME.p12 and root.cer. */
#include <string.h>

#include "authority/identity.h"
#include "pki/pem.h"

#define PEM_FILE_MAX (4 * HC_CERT_MAX) /* two certificates of the largest size in base64 */

/* A directory in the making: hc_file_write_new, or hc_file_write_unsynced where all are synced at once. */
struct making {
    char dir[HC_PATH];
    struct hc_rc (*write)(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e);
};

static struct hc_rc put(const struct making *m, const char *name, struct hc_bytes contents, mode_t mode,
                        struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, m->dir, name, e));
    return m->write(path, contents, mode, e);
}

static struct hc_rc put_certs(const struct making *m, const char *name, const struct hc_cert *first,
                              const struct hc_cert *second, struct hc_err *e)
{
    HC_BUF_AUTO(pem, PEM_FILE_MAX);

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, first->der);
    if (second)
        hc_pem_emit(&pem, HC_PEM_CERTIFICATE, second->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    return put(m, name, hc_buf_view(&pem), 0644, e);
}

static struct hc_rc put_key(const struct making *m, const struct hc_key *key, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    HC_TRY(e,
           hc_key_to_pem(key, NULL, &pem, e)); /* a service starts without a passphrase; the mode protects the file */
    return put(m, "key.pem", hc_buf_view(&pem), 0600, e);
}

/* By its path in the directory as it will be, into the one that is being made. */
static struct hc_rc put_file(const struct making *m, const struct hc_identity_file *file, struct hc_err *e)
{
    if (!file->path || !*file->path)
        return HC_OK;
    return put(m, strrchr(file->path, '/') + 1, file->contents, 0600, e);
}

static struct hc_rc put_all(const struct making *m, const struct hc_identity *id, struct hc_err *e)
{
    if (id->key)
        HC_TRY(e, put_key(m, id->key, e));
    HC_TRY(e, put_certs(m, "cert.pem", id->leaf, NULL, e));
    HC_TRY(e, put_certs(m, "chain.pem", id->leaf, id->issuer, e));
    HC_TRY(e, put_certs(m, "bundle.pem", id->root, NULL, e));
    HC_TRY(e, put_file(m, &id->p12, e));
    HC_TRY(e, put_file(m, &id->profile, e));
    if (id->p12.path)
        HC_TRY(e, put(m, "root.cer", id->root->der, 0644, e));
    return HC_OK;
}

static struct hc_rc write_synced(const struct hc_workshop *shop, const struct making *m, const struct hc_identity *id,
                                 struct hc_err *e)
{
    HC_TRY(e, put_all(m, id, e));
    HC_TRY(e, hc_dir_sync(m->dir, e));
    HC_TRY(e, hc_workshop_place(m->dir, id->dir, e));
    return hc_workshop_settle(shop, e);
}

struct hc_rc hc_identity_write(const struct hc_identity *id, struct hc_err *e)
{
    struct making m = {.write = hc_file_write_new};
    HC_WORKSHOP(shop);
    struct hc_rc rc;

    HC_TRY(e, hc_workshop_open(id->dir, &shop, e));
    HC_TRY(e, hc_workshop_make(&shop, m.dir, e));
    rc = write_synced(&shop, &m, id, e);
    hc_workshop_discard(m.dir);
    return rc;
}

struct hc_rc hc_identity_stage(const struct hc_identity *id, const struct hc_workshop *shop, char made[HC_PATH],
                               struct hc_err *e)
{
    struct making m = {.write = hc_file_write_unsynced};
    struct hc_rc rc;

    HC_TRY(e, hc_workshop_make(shop, m.dir, e));
    rc = put_all(&m, id, e);
    if (hc_ok(rc))
        memcpy(made, m.dir, sizeof m.dir);
    else
        hc_workshop_discard(m.dir); /* room for the next, when the disk is full */
    return rc;
}

struct hc_rc hc_identity_holds(const char *dir, const struct hc_cert *cert, bool *out, struct hc_err *e)
{
    HC_CERT_LIST(found);
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, dir, "cert.pem", e));
    rc = hc_pem_load_certs(path, 1, &found, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    *out = hc_ok(rc) && hc_cert_eq(found.cert[0], cert);
    return HC_OK;
}
