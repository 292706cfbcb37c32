/* publish.c - the bundle and every CRL that is due; one CA's trouble does not keep another's CRL back. */
#include "authority/crls.h"
#include "authority/home.h"
#include "authority/lock.h"
#include "authority/publish.h"
#include "pki/pem.h"

/* The root alone: whoever trusts the authority trusts it, and nothing below it by itself. */
static struct hc_rc put_bundle(const struct hc_authority *a, struct hc_err *e)
{
    HC_BUF_AUTO(pem, 2 * HC_CERT_MAX);
    HC_BUF_AUTO(there, 2 * HC_CERT_MAX);
    char dir[HC_PATH], path[HC_PATH];
    struct hc_rc rc;

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, a->ca[0].cert->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    HC_TRY(e, hc_home_path(a->home, HC_HOME_PUBLISH, dir, e));
    HC_TRY(e, hc_dir_make(dir, 0755, e));
    HC_TRY(e, hc_home_path(a->home, HC_HOME_BUNDLE, path, e));
    rc = hc_file_read(path, &there, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_ok(rc) && hc_bytes_eq(hc_buf_view(&there), hc_buf_view(&pem)))
        return HC_OK; /* gates watch it: no change, no stir */
    return hc_file_write_atomic(path, hc_buf_view(&pem), 0644, e);
}

static struct hc_rc publish_one(struct hc_authority *a, struct hc_ca *ca, bool force, struct hc_published *out,
                                struct hc_err *e)
{
    struct hc_rc rc;
    bool due = false;

    HC_TRY(e, hc_crls_due(a, ca, &due, e));
    if (!due && !force) {
        out->n_kept++;
        return HC_OK;
    }
    rc = hc_crls_renew(a, ca, NULL, e);
    if (rc.code == HC_E_CA_KEY_MISSING && !due) {
        out->n_offline++;
        return HC_OK;
    }
    HC_TRY(e, rc);
    out->n_signed++;
    return HC_OK;
}

struct hc_rc hc_authority_publish(struct hc_authority *a, bool force, struct hc_published *out, struct hc_err *e)
{
    struct hc_published done = {0};
    struct hc_rc first = HC_OK;
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_take(a->home, &lock, e));
    HC_TRY(e, put_bundle(a, e));
    for (size_t i = a->n_ca; i-- > 0;) { /* the issuing CAs first: their CRLs end sooner */
        struct hc_err why = {0};
        struct hc_rc rc = publish_one(a, &a->ca[i], force, &done, &why);

        if (hc_failed(rc) && hc_ok(first)) {
            *e = why;
            first = rc;
        }
    }
    if (hc_failed(first)) {
        hc_err_prefix(e, "%zu CRLs were signed, %zu were good already, and one or more could not be made",
                      done.n_signed, done.n_kept + done.n_offline);
        return first;
    }
    *out = done;
    return HC_OK;
}
