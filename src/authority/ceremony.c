/* ceremony.c - an issuer whose root is far away: the request on this side, the signature on the other. */
#include <stdio.h>

#include "authority/crls.h"
#include "authority/grant_inside.h"
#include "authority/home.h"
#include "authority/init.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "pki/csr.h"
#include "pki/pem.h"

/* ---- online: the request ---- */

/* The key that waits already, or a new one: asked twice, one key is asked for. */
static struct hc_rc waiting_key(struct hc_authority *a, const struct hc_issuer_plan *plan, struct hc_key **out,
                                struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_issuer_waiting before;
    struct hc_err why = {0};
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_issuer_path(a->home, plan->name, HC_HOME_ISSUER_KEY, path, e));
    rc = hc_issuer_waiting_read(a, plan->name, &before, &why);
    if (!hc_file_exists(path) || rc.code == HC_E_ISSUER_UNKNOWN || rc.code == HC_E_REQUEST_REPLY)
        return hc_issuer_make_key(a, plan, out, e);
    if (hc_failed(rc)) { /* it may be there: its key is not written over */
        *e = why;
        return rc;
    }
    HC_TRY(e, hc_file_read(path, &pem, e));
    rc = hc_key_from_pem(a->crypto, hc_buf_view(&pem), a->passphrase, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "the key of %s in %s, which waits for its certificate", plan->name, path);
    return rc;
}

static struct hc_rc write_waiting(struct hc_authority *a, const struct hc_issuer_plan *plan, const struct hc_key *key,
                                  struct hc_bytes spki, struct hc_err *e)
{
    struct hc_issuer_waiting w = {
        .kind = hc_key_kind(key), .profiles = plan->profiles, .leaf_seconds = plan->leaf_seconds};

    (void)snprintf(w.name, sizeof w.name, "%s", plan->name);
    (void)snprintf(w.public_url, sizeof w.public_url, "%s", hc_issuer_plan_url(a, plan));
    if (w.profiles == 0)
        HC_TRY(e, hc_profile_set_parse(HC_BYTES(""), &w.profiles, e));
    hc_sha256(spki, w.key_sha256);
    return hc_issuer_waiting_write(a, &w, e);
}

static void print_subtrees(const char *word, const struct hc_tbs_subtrees *list, struct hc_buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        hc_buf_addf(out, "%s asked for: ", word);
        hc_subtree_print(&list->at[i], out);
        hc_buf_add_byte(out, '\n');
    }
}

/* For people. Nothing reads it back. */
static void print_request(const struct hc_issuer_plan *plan, struct hc_bytes der, struct hc_buf *out)
{
    int64_t seconds = plan->seconds ? plan->seconds : HC_INIT_ISSUER_S;

    hc_buf_addf(out,
                HC_ISSUER_REQUEST_BEGINS
                "%s. Take this file to the home with the root's key and run there\n"
                "    handclasp sign-issuer FILE --out REPLY\n"
                "Compare what it prints with what was printed here. What follows is asked for; lifetime and\n"
                "constraints are those of the command line there.\n\n"
                "days asked for: %lld\n",
                plan->name, (long long)(seconds / HC_DAY));
    print_subtrees("permit", &plan->permitted, out);
    print_subtrees("exclude", &plan->excluded, out);
    hc_pem_emit(out, HC_PEM_REQUEST, der);
}

struct hc_rc hc_issuer_request(struct hc_authority *a, const struct hc_issuer_plan *plan, struct hc_buf *out,
                               struct hc_err *e)
{
    const struct hc_cert *root = a->ca[0].cert;
    struct hc_issuer_subject subject;
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(spki, HC_CERT_MAX);
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_FD lock = -1;

    HC_TRY(e, hc_issuer_check_plan(root, plan, e));
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, hc_issuer_check_free(a, plan->name, e));
    HC_TRY(e, hc_issuer_check_forgotten(a, plan->name, e));
    HC_TRY(e, hc_authority_ca_alive(a, &a->ca[0], e));
    HC_TRY(e, hc_issuer_subject(root, plan->name, &subject, e));
    HC_TRY(e, waiting_key(a, plan, &key, e));
    HC_TRY(e, hc_key_spki(key, &spki, e));
    struct hc_csr_plan csr = {.key = key, .common_name = subject.common_name, .organisation = subject.organisation};
    HC_TRY(e, hc_csr_build(a->crypto, &csr, &der, e));
    HC_TRY(e, write_waiting(a, plan, key, hc_buf_view(&spki), e));
    print_request(plan, hc_buf_view(&der), out);
    return hc_buf_check(out, e);
}

/* ---- offline: the signature ---- */

/* One key is one CA: two names for it could not be told apart by what they sign. */
static struct hc_rc check_key_is_new(struct hc_authority *a, const struct hc_issuer_plan *plan,
                                     const struct hc_csr *csr, struct hc_err *e)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        if (hc_bytes_eq(a->ca[i].cert->spki, csr->spki) && strcmp(a->ca[i].name, plan->name) != 0)
            return HC_FAIL(e, HC_E_ISSUER_EXISTS, "the key in the request is that of %s already", a->ca[i].name);
    }
    return HC_OK;
}

/* Was exactly this signed before, so that the reply may be given again? */
static bool is_the_same(const struct hc_ca *ca, const struct hc_issuer_job *job)
{
    const struct hc_cert *asked = hc_linted_tbs_fields(job->minting.linted);

    return !ca->key_file[0] && hc_bytes_eq(ca->cert->spki, job->spki) &&
           hc_bytes_eq(ca->cert->nc_permitted, asked->nc_permitted) &&
           hc_bytes_eq(ca->cert->nc_excluded, asked->nc_excluded);
}

static struct hc_rc certify(struct hc_issuer_job *job, struct hc_ca **out, struct hc_err *e)
{
    struct hc_ca *ca = hc_authority_ca(job->a, hc_bytes_str(job->plan->name));

    HC_TRY(e, hc_issuer_prepare(job, e));
    if (!ca)
        return hc_issuer_certify(job, NULL, out, e);
    if (!is_the_same(ca, job))
        return hc_issuer_check_free(job->a, job->plan->name, e);
    HC_TRY(e, hc_authority_ca_alive(job->a, ca, e));
    *out = ca;
    return HC_OK;
}

static struct hc_rc print_reply(struct hc_authority *a, const struct hc_ca *ca, struct hc_buf *out, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;

    HC_TRY(e, hc_crls_published(a, &a->ca[0], &crl, e));
    if (!crl)
        return HC_FAIL(e, HC_E_CRL_MISSING, "the root's CRL was just written and is gone");
    hc_buf_addf(out,
                HC_ISSUER_REPLY_BEGINS "%s: its certificate, the root's, and the root's CRL. Take this file back "
                                       "and run there\n"
                                       "    handclasp issuer add --certificate FILE\n"
                                       "Compare what it prints with what was printed here.\n\n",
                ca->name);
    hc_pem_emit(out, HC_PEM_CERTIFICATE, ca->cert->der);
    hc_pem_emit(out, HC_PEM_CERTIFICATE, a->ca[0].cert->der);
    hc_pem_emit(out, HC_PEM_CRL, crl->der);
    return hc_buf_check(out, e);
}

static struct hc_rc sign(struct hc_issuer_job *job, const struct hc_csr *csr, struct hc_buf *out, struct hc_err *e)
{
    struct hc_authority *a = job->a;
    struct hc_ca *ca = NULL;
    struct hc_rc rc;
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, check_key_is_new(a, job->plan, csr, e));
    HC_TRY(e, certify(job, &ca, e));
    rc = hc_crls_renew(a, &a->ca[0], NULL, e);
    if (hc_ok(rc))
        rc = print_reply(a, ca, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e,
                      "the issuer %s is signed and recorded, but there is no reply yet: mend this and run the same "
                      "command again",
                      ca->name);
    return rc;
}

struct hc_rc hc_issuer_sign(struct hc_authority *a, const struct hc_issue_grant *grant, const struct hc_csr *csr,
                            const struct hc_issuer_plan *plan, struct hc_buf *out, struct hc_err *e)
{
    struct hc_issuer_plan named = *plan;
    HC_ISSUER_JOB(job) = {.a = a, .grant = grant, .plan = &named, .spki = csr->spki, .elsewhere = true};
    char name[HC_ISSUER_NAME_MAX + 1];

    HC_TRY(e, hc_grant_check(grant, HC_PROFILE_ISSUING_CA, e));
    if (!named.name) {
        HC_TRY(e, hc_issuer_name_of(csr->subject, name, e));
        named.name = name;
    }
    HC_TRY(e, hc_issuer_check_plan(a->ca[0].cert, &named, e));
    return sign(&job, csr, out, e);
}
