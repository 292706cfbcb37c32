/*
 * publish.c - the bundle, the CAs' certificates, every CRL that is due, and last the signed head of the ledger, so
 * that it covers what the others recorded. One CA's trouble does not keep another's CRL back.
 */
#include "authority/crls.h"
#include "authority/head.h"
#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "authority/publish.h"
#include "authority/publish_inside.h"
#include "pki/pem.h"

#define PUBLISHED_MAX (2 * HC_CERT_MAX) /* one certificate in PEM */

/* Writes the file unless it is this already: gates and web servers watch it, and no change makes no stir. */
static struct hc_rc put_file(const char *path, struct hc_bytes contents, struct hc_err *e)
{
    HC_BUF_AUTO(there, PUBLISHED_MAX);
    struct hc_rc rc = hc_file_read(path, &there, e);

    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_ok(rc) && hc_bytes_eq(hc_buf_view(&there), contents))
        return HC_OK;
    return hc_file_write_atomic(path, contents, 0644, e);
}

/* The root alone: whoever trusts the authority trusts it, and nothing below it by itself. */
static struct hc_rc put_bundle(const struct hc_authority *a, struct hc_err *e)
{
    HC_BUF_AUTO(pem, PUBLISHED_MAX);
    char path[HC_PATH];

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, a->ca[0].cert->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    HC_TRY(e, hc_home_path(a->home, HC_HOME_PUBLISH, path, e));
    HC_TRY(e, hc_dir_make(path, 0755, e));
    HC_TRY(e, hc_home_path(a->home, HC_HOME_BUNDLE, path, e));
    return put_file(path, hc_buf_view(&pem), e);
}

struct hc_rc hc_publish_ca(const struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_home_path(a->home, HC_HOME_CAS, path, e));
    HC_TRY(e, hc_dir_make(path, 0755, e));
    HC_TRY(e, hc_home_issuer_path(a->home, ca->name, HC_HOME_ISSUER_CA, path, e));
    return put_file(path, ca->cert->der, e);
}

/* May the CRL that is there stay although it is due or a new one was forced? Its key is not on this machine: that of
 * the root lies in a safe, and its CRL is made for that. */
static bool may_stay(const struct hc_authority *a, const struct hc_ca *ca, const struct hc_crls_due *due)
{
    if (hc_authority_key_here(a, ca))
        return false;
    return ca->parent ? !due->due : !due->must;
}

/* What a restored ledger forgot is entered again whether the new CRL can be signed or not; only a key that is merely
 * locked is waited for, since the caller comes back with the passphrase and counts then. */
static struct hc_rc renew(struct hc_authority *a, struct hc_ca *ca, struct hc_published *out, struct hc_err *e)
{
    struct hc_err why = {0};
    struct hc_rc rc = hc_authority_key(a, ca, &why);

    if (rc.code != HC_E_PASSPHRASE_NEEDED)
        HC_TRY(e, hc_crls_remember(a, ca, &out->remembered, e));
    if (hc_failed(rc)) {
        *e = why;
        return rc;
    }
    HC_TRY(e, hc_crls_renew(a, ca, NULL, e));
    out->n_signed++;
    return HC_OK;
}

static struct hc_rc publish_crl(struct hc_authority *a, struct hc_ca *ca, bool force, struct hc_published *out,
                                struct hc_err *e)
{
    struct hc_crls_due due = {.due = false};

    HC_TRY(e, hc_crls_due(a, ca, &due, e));
    if (!due.due && !force) {
        out->n_kept++;
        return HC_OK;
    }
    if (!may_stay(a, ca, &due))
        return renew(a, ca, out, e);
    out->n_offline++;
    return hc_crls_remember(a, ca, &out->remembered, e);
}

static struct hc_rc publish_one(struct hc_authority *a, struct hc_ca *ca, bool force, struct hc_published *out,
                                struct hc_err *e)
{
    if (hc_crls_foreign(ca))
        return HC_OK;
    if (hc_crls_dead(a, ca)) { /* a key that was revoked as compromised below it must not come back below another */
        out->n_dead++;
        return hc_crls_remember(a, ca, &out->remembered, e);
    }
    HC_TRY(e, hc_publish_ca(a, ca, e));
    return publish_crl(a, ca, force, out, e);
}

/* What went wrong first. */
struct trouble {
    struct hc_rc rc;
    struct hc_err why;
};

static void note(struct trouble *t, struct hc_rc rc, const struct hc_err *why)
{
    if (hc_failed(rc) && hc_ok(t->rc)) {
        t->rc = rc;
        t->why = *why;
    }
}

/* The root first: what a restored ledger learns from its CRL may be that an issuer is revoked, and that one signs
 * nothing more. */
static void publish_all(struct hc_authority *a, bool force, struct hc_published *out, struct trouble *t)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        struct hc_err why = {0};

        note(t, publish_one(a, &a->ca[i], force, out, &why), &why);
        if (i == 0)
            hc_ignore(hc_authority_ca_alive(
                a, &a->ca[0], &why)); /* reads again who is revoked; the root's own state is publish_one's */
    }
}

struct hc_rc hc_authority_publish(struct hc_authority *a, bool force, struct hc_published *out, struct hc_err *e)
{
    struct hc_published done = {0};
    struct trouble crls = {.rc = HC_OK}, head = {.rc = HC_OK};
    struct hc_err why = {0};
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_take(a->home, &lock, e));
    HC_TRY(e, hc_issuer_refresh(a, e));
    HC_TRY(e, hc_head_restored(a, e));
    HC_TRY(e, put_bundle(a, e));
    publish_all(a, force, &done, &crls);
    note(&head, hc_head_publish(a, false, &done.head_signed, &why), &why);
    if (hc_failed(crls.rc)) {
        *e = crls.why;
        hc_err_prefix(e, "%zu CRLs were signed, %zu were good already, and one or more could not be made",
                      done.n_signed, done.n_kept + done.n_offline);
        return crls.rc;
    }
    done.head_unsigned = head.rc.code == HC_E_ISSUER_NONE; /* hc_authority_warnings says that there is no issuer */
    if (hc_failed(head.rc) && !done.head_unsigned) {
        *e = head.why;
        return head.rc;
    }
    *out = done;
    return HC_OK;
}

/* ---- beside the ledger ---- */

struct comparison {
    const struct hc_crl *crl;
    int64_t now;
    size_t found, lacking;
};

static struct hc_rc compare_row(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    struct comparison *c = ctx;
    bool listed = hc_crl_find(c->crl, row->serial, NULL);

    (void)e;
    c->found += listed;
    c->lacking += !listed && row->not_after >= c->now;
    return HC_OK;
}

static struct hc_rc compare(struct hc_authority *a, const struct hc_ca *ca, struct hc_published_crl *out,
                            struct hc_err *e)
{
    struct comparison c = {.now = hc_authority_now(a)};
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_rc rc = hc_crls_published(a, ca, &crl, e);

    if (rc.code != HC_E_FILE_UNREADABLE) /* gates cannot read it either */
        HC_TRY(e, rc);
    if (!crl)
        return HC_OK;
    c.crl = crl;
    HC_TRY(e, hc_ledger_revocations(a->ledger, hc_bytes_str(ca->name), 0, compare_row, &c, e));
    out->there = true;
    out->lacking = c.lacking;
    out->unknown = crl->n_entries > c.found ? crl->n_entries - c.found : 0;
    return HC_OK;
}

static bool is_good(const struct hc_published_crl *crl)
{
    return crl->there && crl->lacking == 0 && crl->unknown == 0;
}

/* A revocation is in the ledger a moment before it is on the CRL: what seems wrong is looked at again while nobody
 * writes. */
static struct hc_rc compare_again(struct hc_authority *a, const struct hc_ca *ca, struct hc_published_crl *out,
                                  struct hc_err *e)
{
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_take(a->home, &lock, e));
    *out = (struct hc_published_crl){.issuer = ca->name};
    return compare(a, ca, out, e);
}

struct hc_rc hc_authority_published_crls(struct hc_authority *a,
                                         struct hc_rc (*each)(void *ctx, const struct hc_published_crl *crl,
                                                              struct hc_err *e),
                                         void *ctx, struct hc_err *e)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        struct hc_published_crl crl = {.issuer = a->ca[i].name};

        if (hc_crls_foreign(&a->ca[i]) || hc_crls_dead(a, &a->ca[i]))
            continue;
        HC_TRY(e, compare(a, &a->ca[i], &crl, e));
        if (!is_good(&crl))
            HC_TRY(e, compare_again(a, &a->ca[i], &crl, e));
        HC_TRY(e, each(ctx, &crl, e));
    }
    return HC_OK;
}
