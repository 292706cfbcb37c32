/*
 * issuer_mint.c - how an issuer comes into the ledger: its key first, then certificate, row and event in one
 * transaction.
 *
 * Killed before the transaction: a key file (and maybe NAME.cert.pem) that the next call of the same name replaces.
 * Killed after it: the issuer is there, and the next `publish` makes the CRL that is missing.
 */
#include <stdio.h>

#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/grant_inside.h"
#include "authority/home.h"
#include "authority/init.h"
#include "authority/issue.h"
#include "authority/issuer_inside.h"
#include "authority/publish_inside.h"
#include "base/escape.h"
#include "pki/pem.h"

/* ---- what is there ---- */

static struct hc_rc add_missing(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct hc_authority *a = ctx;

    return hc_authority_ca(a, row->name) ? HC_OK : hc_authority_add_ca(a, row, NULL, e);
}

struct hc_rc hc_issuer_refresh(struct hc_authority *a, struct hc_err *e)
{
    return hc_ledger_issuers(a->ledger, add_missing, a, e);
}

struct hc_rc hc_issuer_check_free(struct hc_authority *a, const char *name, struct hc_err *e)
{
    if (hc_authority_ca(a, hc_bytes_str(name)))
        return HC_FAIL(e, HC_E_ISSUER_EXISTS, "the authority has or had an issuer %s", name);
    if (a->n_ca == HC_CA_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the authority has %d issuers, and no room for another", HC_CA_MAX);
    return HC_OK;
}

struct hc_rc hc_issuer_check_forgotten(const struct hc_authority *a, const char *name, struct hc_err *e)
{
    static const enum hc_home_issuer_file files[] = {HC_HOME_ISSUER_CA, HC_HOME_ISSUER_CRL};
    char path[HC_PATH];

    for (size_t i = 0; i < HC_COUNT(files); i++) {
        HC_TRY(e, hc_home_issuer_path(a->home, name, files[i], path, e));
        if (hc_file_exists(path))
            return HC_FAIL(e, HC_E_ISSUER_EXISTS,
                           "%s was published, so there was an issuer %s, which the ledger has forgotten: it was "
                           "restored from a backup",
                           path, name);
    }
    return HC_OK;
}

/* ---- key ---- */

struct hc_rc hc_issuer_make_key(struct hc_authority *a, const struct hc_issuer_plan *plan, struct hc_key **out,
                                struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    char path[HC_PATH];
    bool encrypted = false;

    if (!a->passphrase)
        HC_TRY(e, hc_authority_encrypted(a, &encrypted, e));
    if (encrypted)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the other CA keys of %s are encrypted, so this one is to be too",
                       a->home);
    HC_TRY(e, hc_key_generate(a->crypto, plan->key, &key, e));
    HC_TRY(e, hc_key_to_pem(key, a->passphrase, &pem, e));
    HC_TRY(e, hc_home_issuer_path(a->home, plan->name, HC_HOME_ISSUER_KEY, path, e));
    HC_TRY(e, hc_file_write_atomic(path, hc_buf_view(&pem), 0600, e));
    *out = HC_GIVE(key);
    return HC_OK;
}

/* ---- record ---- */

/* The row as the ledger wants it; its text of the profiles lives in `profiles`. */
static struct hc_rc make_row(const struct hc_issuer_record *r, struct hc_buf *profiles, struct hc_ledger_issuer *row,
                             struct hc_err *e)
{
    hc_profile_set_text(r->profiles, profiles);
    HC_TRY(e, hc_buf_check(profiles, e));
    *row = (struct hc_ledger_issuer){
        .name = hc_bytes_str(r->name),
        .parent = HC_BYTES(HC_HOME_ROOT),
        .der = r->cert->der,
        .key_file = hc_bytes_str(r->key_file),
        .not_after = r->cert->not_after,
        .profiles = hc_buf_view(profiles),
        .leaf_seconds = r->leaf_seconds,
        .public_url = hc_bytes_str(r->public_url),
    };
    return HC_OK;
}

#define PROFILES_MAX 128 /* four words */

struct hc_rc hc_issuer_write_cert(const char *home, const char *name, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_AUTO(pem, 2 * HC_CERT_MAX);
    char path[HC_PATH];

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, cert->der);
    HC_TRY(e, hc_buf_check(&pem, e));
    HC_TRY(e, hc_home_issuer_path(home, name, HC_HOME_ISSUER_CERT, path, e));
    return hc_file_write_atomic(path, hc_buf_view(&pem), 0644, e);
}

static struct hc_rc put_event(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);
    HC_BUF_AUTO(hex, 65);

    hc_escape_hex(&hex, hc_bytes_of(r->cert->sha256, sizeof r->cert->sha256), 0);
    hc_detail_str(&detail, "issuer", hc_bytes_str(r->name));
    hc_detail_serial(&detail, "serial", r->cert->serial);
    hc_detail_str(&detail, "sha256", hc_buf_view(&hex));
    hc_detail_str(&detail, "who", hc_bytes_str(r->grant->who));
    hc_detail_str(&detail, "door", hc_bytes_str(r->grant->door));
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(a->ledger, hc_authority_now(a), r->event, hc_buf_view(&detail), e);
}

struct hc_rc hc_issuer_record(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_err *e)
{
    HC_BUF_AUTO(profiles, PROFILES_MAX);
    struct hc_ledger_issuer row;

    HC_TRY(e, make_row(r, &profiles, &row, e));
    HC_TRY(e, hc_issuer_write_cert(a->home, r->name, r->cert, e));
    HC_TRY(e, hc_ledger_put_issuer(a->ledger, &row, e));
    return put_event(a, r, e);
}

struct hc_rc hc_issuer_join(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_key *key,
                            struct hc_ca **out, struct hc_err *e)
{
    HC_AUTO(hc_key) own = key;
    HC_BUF_AUTO(profiles, PROFILES_MAX);
    struct hc_ledger_issuer row;

    HC_TRY(e, make_row(r, &profiles, &row, e));
    HC_TRY(e, hc_authority_add_ca(a, &row, HC_GIVE(own), e));
    *out = &a->ca[a->n_ca - 1];
    return HC_OK;
}

struct hc_rc hc_issuer_publish(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e)
{
    struct hc_rc rc = hc_crls_renew(a, ca, NULL, e);

    if (hc_ok(rc))
        rc = hc_publish_ca(a, ca, e);
    if (hc_failed(rc))
        hc_err_prefix(e,
                      "the issuer %s is made and recorded, but could not be published: mend this and run: handclasp "
                      "publish",
                      ca->name);
    return rc;
}

/* ---- the certificate ---- */

void hc_issuer_job_fini(struct hc_issuer_job *job)
{
    hc_minting_fini(&job->minting);
}

static struct hc_rc dates(const struct hc_issuer_job *job, int64_t now, struct hc_tbs_request *tbs, struct hc_err *e)
{
    const struct hc_cert *root = job->a->ca[0].cert;
    int64_t seconds = job->plan->seconds ? job->plan->seconds : HC_INIT_ISSUER_S;

    tbs->not_before = now - HC_ISSUE_BACKDATE_S;
    if (tbs->not_before < root->not_before)
        tbs->not_before = root->not_before;
    tbs->not_after = now + seconds;
    if (tbs->not_after > root->not_after)
        tbs->not_after = root->not_after;
    if (tbs->not_after <= now)
        return HC_FAIL(e, HC_E_LIFETIME, "the root ends before the issuer would begin");
    return HC_OK;
}

struct hc_rc hc_issuer_prepare(struct hc_issuer_job *job, struct hc_err *e)
{
    struct hc_authority *a = job->a;
    struct hc_ca *root = &a->ca[0];
    char crl_url[HC_CA_URL_MAX + HC_CA_NAME_MAX + 16], ca_url[HC_CA_URL_MAX + HC_CA_NAME_MAX + 16];
    struct hc_issuer_subject subject;
    struct hc_tbs_request tbs = {
        .profile = HC_PROFILE_ISSUING_CA,
        .common_name = subject.common_name,
        .organisation = subject.organisation,
        .spki = job->spki,
        .crl_url = crl_url,
        .ca_url = ca_url,
        .permitted = job->plan->permitted,
        .excluded = job->plan->excluded,
    };
    struct hc_ledger_request asked = {
        .at = hc_authority_now(a),
        .who = hc_bytes_str(job->grant->who),
        .door = hc_bytes_str(job->grant->door),
        .issuer = HC_BYTES(HC_HOME_ROOT),
        .identity = hc_bytes_str(job->plan->name),
    };

    HC_TRY(e, hc_authority_ca_alive(a, root, e));
    HC_TRY(e, hc_authority_key(a, root, e));
    HC_TRY(e, hc_issuer_subject(root->cert, job->plan->name, &subject, e));
    HC_TRY(e, dates(job, asked.at, &tbs, e));
    hc_authority_crl_url(root, crl_url);
    hc_authority_ca_url(root, ca_url);
    job->mint = (struct hc_mint){
        .crypto = a->crypto, .ledger = a->ledger, .signer = root->key, .issuers = {root->cert}, .n_issuers = 1};
    return hc_mint_prepare(&job->mint, &tbs, &asked, &job->minting, e);
}

struct telling {
    struct hc_authority *a;
    struct hc_issuer_record record;
};

static struct hc_rc tell(void *ctx, const struct hc_cert *cert, struct hc_err *e)
{
    struct telling *t = ctx;

    t->record.cert = cert;
    return hc_issuer_record(t->a, &t->record, e);
}

struct hc_rc hc_issuer_certify(struct hc_issuer_job *job, struct hc_key *key, struct hc_ca **out, struct hc_err *e)
{
    HC_AUTO(hc_key) own = key;
    struct hc_minting *minting = &job->minting;
    char key_file[HC_ISSUER_NAME_MAX + 16] = "";
    struct telling telling = {
        .a = job->a,
        .record =
            {
                .name = job->plan->name,
                .key_file = key_file,
                .profiles = job->plan->profiles,
                .leaf_seconds = job->plan->leaf_seconds,
                .public_url = hc_issuer_plan_url(job->a, job->plan),
                .grant = job->grant,
                .event = job->elsewhere ? "issuer-sign" : "issuer-add",
            },
    };

    if (!job->elsewhere)
        (void)snprintf(key_file, sizeof key_file, "%s.key.pem", job->plan->name);
    if (telling.record.profiles == 0)
        HC_TRY(e, hc_profile_set_parse(HC_BYTES(""), &telling.record.profiles, e));
    minting->tell = tell;
    minting->ctx = &telling;
    HC_TRY(e, hc_mint_run(&minting, 1, e));
    telling.record.cert = minting->cert;
    return hc_issuer_join(job->a, &telling.record, HC_GIVE(own), out, e);
}
