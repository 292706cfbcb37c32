/* export.c - an identity of this home once more, for a device. */
#include "authority/export.h"
#include "authority/device.h"
#include "authority/home.h"
#include "authority/inside.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "pki/pem.h"

void hc_exported_fini(struct hc_exported *x)
{
    hc_buf_wipe(&x->p12);
    hc_buf_wipe(&x->mobileconfig);
    hc_secret_free(x->made_passphrase);
    hc_cert_free(x->cert);
}

struct found {
    bool known, revoked;
    char issuer[HC_CA_NAME_MAX];
};

static struct hc_rc see(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct found *f = ctx;

    (void)e;
    f->known = row->issuer.n < sizeof f->issuer;
    f->revoked = row->revoked;
    if (f->known)
        memcpy(f->issuer, row->issuer.p, row->issuer.n);
    return HC_OK;
}

/* The file says which certificate; the ledger whether it is one of ours, by its fingerprint (T25). */
static struct hc_rc check_cert(struct hc_authority *a, const struct hc_cert *cert, const char *path, struct hc_ca **ca,
                               struct hc_err *e)
{
    struct hc_ledger_filter same = {.sha256 = hc_bytes_of(cert->sha256, sizeof cert->sha256)};
    struct found found = {0};
    char when[HC_TIME_TEXT];

    HC_TRY(e, hc_ledger_certs(a->ledger, &same, see, &found, NULL, e));
    *ca = found.known ? hc_authority_ca(a, hc_bytes_str(found.issuer)) : NULL;
    if (!*ca)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "the ledger does not know the certificate in %s", path);
    if (found.revoked || (*ca)->revoked)
        return HC_FAIL(e, HC_E_REVOKED, "the certificate in %s%s is revoked", path,
                       found.revoked ? "" : ", or rather its issuer,");
    if (hc_authority_now(a) > cert->not_after)
        return HC_FAIL(e, HC_E_CERT_EXPIRED, "the certificate in %s ended at %s; renew it first", path,
                       hc_time_text(cert->not_after, when));
    return HC_OK;
}

/* Nothing was ever issued for it, or what was is not in this home any more? */
static struct hc_rc not_here(struct hc_authority *a, const struct hc_name *name, const char *path, struct hc_err *e)
{
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    struct hc_ledger_filter of = {.limit = 1};
    size_t n = 0;

    hc_name_text(name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    of.identity = hc_buf_view(&identity);
    HC_TRY(e, hc_ledger_certs(a->ledger, &of, NULL, NULL, &n, e));
    if (n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "nothing was ever issued for %.*s", HC_BYTES_FMT(of.identity));
    return HC_FAIL(e, HC_E_EXPORT_KEY, "there is no %s: it was moved away, or never handed out", path);
}

static struct hc_rc read_cert(struct hc_authority *a, const struct hc_name *name, const char *dir, struct hc_cert **out,
                              char path[HC_PATH], struct hc_err *e)
{
    HC_CERT_LIST(found);
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, dir, "cert.pem", e));
    rc = hc_pem_load_certs(path, 1, &found, e);
    if (rc.code == HC_E_FILE_MISSING)
        return not_here(a, name, path, e);
    HC_TRY(e, rc);
    *out = hc_cert_ref(found.cert[0]);
    return HC_OK;
}

static struct hc_rc read_key(const struct hc_authority *a, const char *dir, const struct hc_cert *cert,
                             struct hc_key **out, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, dir, "key.pem", e));
    rc = hc_file_read(path, &pem, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_FAIL(e, HC_E_EXPORT_KEY, "there is no %s", path);
    HC_TRY(e, rc);
    HC_TRY(e, hc_key_from_pem(a->crypto, hc_buf_view(&pem), NULL, &key, e));
    if (!hc_key_matches_spki(key, cert->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s is not the key of the certificate beside it", path);
    *out = HC_GIVE(key);
    return HC_OK;
}

static struct hc_rc build(struct hc_authority *a, const struct hc_export_request *request, struct hc_exported *x,
                          struct hc_err *e)
{
    HC_BUF_AUTO(friendly, HC_NAME_TEXT_MAX);
    HC_AUTO(hc_key) key = NULL;
    struct hc_device device = {.kind = request->kind, .root = a->ca[0].cert, .passphrase = request->passphrase};
    char dir[HC_PATH], path[HC_PATH];
    struct hc_ca *ca = NULL;

    HC_TRY(e, hc_home_identity_dir(a->home, request->name, request->label, dir, e));
    HC_TRY(e, read_cert(a, request->name, dir, &x->cert, path, e));
    HC_TRY(e, check_cert(a, x->cert, path, &ca, e));
    HC_TRY(e, read_key(a, dir, x->cert, &key, e));
    HC_TRY(e, hc_p12_check(request->kind, hc_key_kind(key), request->passphrase, e));
    if (!request->passphrase)
        HC_TRY(e, hc_random_text(a->crypto, HC_DEVICE_GROUPS, &x->made_passphrase, e));
    hc_buf_add(&friendly, request->name->text);
    HC_TRY(e, hc_buf_check(&friendly, e));
    device.friendly = hc_buf_cstr(&friendly);
    device.key = key;
    device.leaf = x->cert;
    device.issuer = ca->cert;
    if (x->made_passphrase)
        device.passphrase = x->made_passphrase;
    return hc_device_build(a->crypto, &device, &x->p12, &x->mobileconfig, e);
}

struct hc_rc hc_authority_export(struct hc_authority *a, const struct hc_export_request *request,
                                 struct hc_exported *out, struct hc_err *e)
{
    struct hc_exported x = {.made_passphrase = NULL};
    struct hc_rc rc;

    hc_buf_init(&x.p12, HC_P12_MAX);
    hc_buf_init(&x.mobileconfig, HC_DEVICE_PROFILE_MAX);
    rc = build(a, request, &x, e);
    if (hc_failed(rc)) {
        hc_exported_fini(&x);
        return rc;
    }
    *out = x;
    return HC_OK;
}
