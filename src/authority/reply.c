/*
 * reply.c - the second half of a ceremony on the online side: is this reply the answer to what was asked, and by our
 * root?
 */
#include <stdio.h>

#include "authority/grant_inside.h"
#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/spki.h"
#include "pki/crl.h"
#include "pki/pem.h"

/* ---- read ---- */

void hc_issuer_reply_fini(struct hc_issuer_reply *reply)
{
    hc_cert_free(reply->cert);
    hc_cert_free(reply->root);
    hc_crl_free(reply->crl);
    *reply = (struct hc_issuer_reply){.cert = NULL};
}

static struct hc_rc not_a_reply(struct hc_rc rc, struct hc_err *e)
{
    struct hc_err why = *e;

    if (rc.code == HC_E_NOMEM)
        return rc;
    return HC_FAIL(e, HC_E_REQUEST_REPLY, "the file is not what sign-issuer wrote: %s", why.text);
}

static struct hc_rc read_crl(struct hc_bytes text, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(more, HC_ISSUER_REPLY_MAX);
    bool found = false, second = false;

    HC_TRY(e, hc_pem_next(&text, HC_PEM_CRL, &der, &found, e));
    if (found)
        HC_TRY(e, hc_pem_next(&text, HC_PEM_CRL, &more, &second, e));
    if (!found || second)
        return HC_FAIL(e, HC_E_PEM, "it does not hold exactly one CRL");
    return hc_crl_parse(hc_buf_view(&der), out, e);
}

struct hc_rc hc_issuer_reply_parse(struct hc_bytes text, struct hc_issuer_reply *out, struct hc_err *e)
{
    HC_CERT_LIST(certs);
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_rc rc = hc_pem_parse_certs(text, 2, &certs, e);

    if (hc_ok(rc) && certs.n != 2)
        rc = HC_FAIL(e, HC_E_PEM, "it does not hold two certificates");
    if (hc_ok(rc))
        rc = read_crl(text, &crl, e);
    if (hc_failed(rc))
        return not_a_reply(rc, e);
    out->cert = hc_cert_ref(certs.cert[0]);
    out->root = hc_cert_ref(certs.cert[1]);
    out->crl = HC_GIVE(crl);
    return HC_OK;
}

/* ---- which one waits for it ---- */

struct search {
    uint8_t key[HC_SHA256_SIZE];
    struct hc_authority *a;
    struct hc_issuer_waiting *found;
    bool any;
};

static struct hc_rc match(void *ctx, const struct hc_issuer_waiting *w, struct hc_err *e)
{
    struct search *s = ctx;

    (void)e;
    if (memcmp(w->key_sha256, s->key, sizeof s->key) == 0 && !hc_authority_ca(s->a, hc_bytes_str(w->name))) {
        *s->found = *w;
        s->any = true;
    }
    return HC_OK;
}

static struct hc_rc find_waiting(struct hc_authority *a, const char *name, const struct hc_cert *cert,
                                 struct hc_issuer_waiting *out, struct hc_err *e)
{
    struct search search = {.a = a, .found = out};

    for (size_t i = 1; i < a->n_ca; i++) {
        if (hc_cert_eq(a->ca[i].cert, cert))
            return HC_FAIL(e, HC_E_ISSUER_EXISTS, "this reply was taken before: the issuer %s is there", a->ca[i].name);
    }
    hc_sha256(cert->spki, search.key);
    if (name) {
        HC_TRY(e, hc_issuer_check_name(name, e));
        HC_TRY(e, hc_issuer_check_free(a, name, e));
        HC_TRY(e, hc_issuer_waiting_read(a, name, out, e));
        search.any = memcmp(out->key_sha256, search.key, sizeof search.key) == 0;
    } else {
        HC_TRY(e, hc_issuer_waiting_each(a, match, &search, e));
    }
    if (!search.any)
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply carries another key than %s",
                       name ? "the one that waits" : "any that waits here");
    return HC_OK;
}

static struct hc_rc open_key(struct hc_authority *a, const struct hc_issuer_waiting *w, const struct hc_cert *cert,
                             struct hc_key **out, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_issuer_path(a->home, w->name, HC_HOME_ISSUER_KEY, path, e));
    rc = hc_file_read(path, &pem, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_FAIL(e, HC_E_CA_KEY_MISSING, "the key of %s is not at %s", w->name, path);
    HC_TRY(e, rc);
    rc = hc_key_from_pem(a->crypto, hc_buf_view(&pem), a->passphrase, &key, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "the key of %s in %s", w->name, path);
        return rc;
    }
    if (!hc_key_matches_spki(key, cert->spki))
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply is not for the key in %s", path);
    *out = HC_GIVE(key);
    return HC_OK;
}

/* ---- is it what it must be ---- */

static struct hc_rc check_signature(const struct hc_authority *a, const struct hc_cert *cert, struct hc_err *e)
{
    const struct hc_cert *root = a->ca[0].cert;
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    struct hc_rc rc = HC_OK;

    if (!hc_bytes_eq(cert->issuer, root->subject))
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply names another issuer than the root");
    rc = hc_spki_verify(a->crypto, root->spki, &what, e);
    if (rc.code == HC_E_BAD_SIGNATURE || rc.code == HC_E_CERT_WEAK_SIGNATURE)
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply is not signed by the root of %s", a->home);
    return rc;
}

/* An issuing CA as issuing-ca in profile.c says, and nothing more. */
static struct hc_rc check_profile(const struct hc_cert *cert, struct hc_err *e)
{
    const struct hc_profile_row *row = hc_profile_row(HC_PROFILE_ISSUING_CA);

    if (!cert->is_ca || !cert->bc_critical || !cert->has_pathlen || cert->pathlen != row->pathlen)
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply is not a CA's with a path length of %d",
                       row->pathlen);
    if (!cert->has_ku || cert->ku != row->usage || cert->has_eku)
        return HC_FAIL(e, HC_E_REQUEST_REPLY,
                       "the certificate in the reply is meant for something else than signing "
                       "certificates and CRLs");
    if (cert->unknown_critical.n > 0 || cert->has_policy_constraints || cert->has_policy_mappings)
        return HC_FAIL(e, HC_E_REQUEST_REPLY,
                       "the certificate in the reply has extensions that an issuing CA never has");
    return HC_OK;
}

static struct hc_rc check_lint(const struct hc_authority *a, const struct hc_cert *cert, struct hc_err *e)
{
    const struct hc_cert *issuers[] = {a->ca[0].cert};
    struct hc_lint_rules rules = {.issuers = issuers, .n_issuers = 1};
    struct hc_lint_report report = {0};

    hc_lint_cert(&rules, cert, &report);
    for (size_t i = 0; i < report.n; i++) {
        if (report.finding[i].rule->level == HC_LINT_ERROR)
            return HC_FAIL(e, HC_E_LINT, "the certificate in the reply breaks a rule: %s: %s",
                           report.finding[i].rule->id, report.finding[i].text);
    }
    return HC_OK;
}

static struct hc_rc check_dates(const struct hc_authority *a, const struct hc_cert *cert, struct hc_err *e)
{
    int64_t now = hc_authority_now(a);
    char when[HC_TIME_TEXT];

    if (cert->not_before > now)
        return HC_FAIL(e, HC_E_REQUEST_REPLY,
                       "the certificate in the reply begins at %s: the clock here or there is wrong",
                       hc_time_text(cert->not_before, when));
    if (cert->not_after <= now)
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the certificate in the reply ended at %s",
                       hc_time_text(cert->not_after, when));
    return HC_OK;
}

static struct hc_rc check_alone(const struct hc_authority *a, const struct hc_issuer_reply *reply, struct hc_err *e)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        if (hc_dn_eq(a->ca[i].cert->subject, reply->cert->subject))
            return HC_FAIL(e, HC_E_ISSUER_EXISTS,
                           "the certificate in the reply has the subject of %s; have it signed "
                           "under another name: handclasp sign-issuer --name",
                           a->ca[i].name);
    }
    if (hc_crl_find(reply->crl, reply->cert->serial, NULL))
        return HC_FAIL(e, HC_E_REQUEST_REPLY, "the CRL in the reply revokes the certificate in it");
    return HC_OK;
}

static struct hc_rc check_reply(struct hc_authority *a, const struct hc_issuer_reply *reply, struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, check_signature(a, reply->cert, e));
    HC_TRY(e, check_profile(reply->cert, e));
    HC_TRY(e, check_lint(a, reply->cert, e));
    HC_TRY(e, check_dates(a, reply->cert, e));
    HC_TRY(e, check_alone(a, reply, e));
    rc = hc_issuer_root_crl_check(a, reply->crl, e);
    if (rc.code == HC_E_CRL_OLDER || rc.code == HC_E_CRL_STALE || rc.code == HC_E_CRL_LACKS)
        hc_err_prefix(e, "this reply came too late, or after another one: have the request signed once more (handclasp "
                         "sign-issuer gives the same certificate with a fresh CRL)");
    return rc;
}

/* ---- take it ---- */

static struct hc_rc record(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(a->ledger, e));
    return hc_ledger_end(a->ledger, hc_issuer_record(a, r, e), e);
}

static struct hc_rc take(struct hc_authority *a, const struct hc_issue_grant *grant, const char *name,
                         const struct hc_issuer_reply *reply, struct hc_err *e)
{
    struct hc_issuer_waiting w = {.kind = HC_KEY_P256};
    HC_AUTO(hc_key) key = NULL;
    char key_file[HC_ISSUER_NAME_MAX + 16];
    struct hc_ca *ca = NULL;

    HC_TRY(e, find_waiting(a, name, reply->cert, &w, e));
    HC_TRY(e, check_reply(a, reply, e));
    HC_TRY(e, open_key(a, &w, reply->cert, &key, e));
    (void)snprintf(key_file, sizeof key_file, "%s.key.pem", w.name);
    struct hc_issuer_record r = {
        .name = w.name,
        .cert = reply->cert,
        .key_file = key_file,
        .profiles = w.profiles,
        .leaf_seconds = w.leaf_seconds,
        .public_url = w.public_url,
        .grant = grant,
        .event = "issuer-accept",
    };
    HC_TRY(e, hc_issuer_root_crl(a, reply->crl, e)); /* gates know the root's CRL before they meet the issuer */
    HC_TRY(e, record(a, &r, e));
    hc_issuer_waiting_forget(a, w.name);
    HC_TRY(e, hc_issuer_join(a, &r, HC_GIVE(key), &ca, e));
    return hc_issuer_publish(a, ca, e);
}

struct hc_rc hc_issuer_accept(struct hc_authority *a, const struct hc_issue_grant *grant, const char *name,
                              struct hc_bytes text, struct hc_err *e)
{
    HC_ISSUER_REPLY(reply);
    HC_FD lock = -1;

    HC_TRY(e, hc_grant_check(grant, HC_PROFILE_ISSUING_CA, e));
    HC_TRY(e, hc_issuer_reply_parse(text, &reply, e));
    if (!hc_cert_eq(reply.root, a->ca[0].cert))
        return HC_FAIL(e, HC_E_ROOT_CHANGED, "the reply comes from another root than that of %s", a->home);
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    return take(a, grant, name, &reply, e);
}
