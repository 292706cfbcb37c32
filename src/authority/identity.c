/* identity.c - key.pem, cert.pem, chain.pem, bundle.pem; for a person NAME.p12 and root.cer. */
#include <string.h>

#include "authority/identity.h"
#include "authority/move.h"
#include "pki/pem.h"

#define PEM_FILE_MAX (4 * HC_CERT_MAX) /* two certificates of the largest size in base64 */

static struct hc_rc put(const char *dir, const char *name, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, dir, name, e));
    return hc_file_write_atomic(path, contents, mode, e);
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

static struct hc_rc put_person(const struct hc_crypto *crypto, const char *dir, const struct hc_identity *id,
                               struct hc_err *e)
{
    HC_BUF_SECRET(file, HC_P12_MAX);
    const struct hc_bytes cas[] = {id->issuer->der, id->root->der};
    struct hc_p12_parts parts = {
        .key = id->key, .leaf = id->leaf->der, .cas = cas, .n_cas = HC_COUNT(cas), .name = id->friendly};

    HC_TRY(e, hc_p12_build(crypto, &parts, id->secret, &file, e));
    HC_TRY(e, put(dir, strrchr(id->p12, '/') + 1, hc_buf_view(&file), 0600, e));
    return put(dir, "root.cer", id->root->der, 0644, e);
}

static struct hc_rc put_all(const struct hc_crypto *crypto, const char *dir, const struct hc_identity *id,
                            struct hc_err *e)
{
    HC_TRY(e, put_key(dir, id->key, e));
    HC_TRY(e, put_certs(dir, "cert.pem", id->leaf, NULL, e));
    HC_TRY(e, put_certs(dir, "chain.pem", id->leaf, id->issuer, e));
    HC_TRY(e, put_certs(dir, "bundle.pem", id->root, NULL, e));
    if (id->p12)
        HC_TRY(e, put_person(crypto, dir, id, e));
    return HC_OK;
}

struct hc_rc hc_identity_write(const struct hc_crypto *crypto, const struct hc_identity *id, struct hc_err *e)
{
    char made[HC_PATH];
    struct hc_err ignored = {0};
    bool exchanged = false;
    struct hc_rc rc;

    hc_move_sweep(id->dir); /* keys among it that nobody will ever use */
    HC_TRY(e, hc_move_temporary(id->dir, 0755, made, e));
    rc = put_all(crypto, made, id, e);
    if (hc_ok(rc))
        rc = hc_move_into_place(made, id->dir, true, &exchanged, e);
    if (hc_failed(rc) || exchanged)
        hc_ignore(hc_dir_remove(made, &ignored)); /* what is left of it is in nobody's way */
    return rc;
}
