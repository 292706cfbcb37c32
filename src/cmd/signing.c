/* signing.c - read, judge, sign and write out a batch of requests. */
#include "cmd/signing.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority/issuer.h"
#include "base/clock.h"
#include "pki/pem.h"

#define CHAIN_MAX (4 * HC_CERT_MAX) /* two certificates of the largest size in base64 */

void hc_signing_job_fini(struct hc_signing_job *job)
{
    hc_wish_fini(&job->wish);
    hc_csr_free(job->csr);
    hc_issued_fini(&job->issued);
    job->csr = NULL;
}

const struct hc_name *hc_signing_name(const struct hc_signing *s, const struct hc_signing_job *job)
{
    return s->accept_names ? job->wish.name : s->name;
}

static struct hc_issue_request request_of(const struct hc_signing *s, const struct hc_signing_job *job)
{
    return (struct hc_issue_request){
        .profile = s->profile,
        .name = hc_signing_name(s, job),
        .extra = s->accept_names ? job->wish.extra : s->extra,
        .n_extra = s->accept_names ? job->wish.n_extra : s->n_extra,
        .seconds = s->seconds,
        .label = s->label,
        .issuer = s->issuer,
        .csr = job->csr,
    };
}

/* ---- was it signed before? ---- */

struct search {
    const struct hc_issue_request *wanted;
    struct hc_authority *authority;
    struct hc_issued *found; /* filled by a live certificate of exactly this request */
    bool yes;
};

static bool carries(const struct hc_cert *cert, const struct hc_name *name)
{
    for (size_t i = 0; i < cert->n_names; i++)
        if (hc_name_eq(&cert->names[i], name))
            return true;
    return false;
}

/* The same key and the same names: T25, never a serial number or a subject. */
static bool answers(const struct hc_cert *cert, const struct hc_issue_request *wanted)
{
    if (!hc_bytes_eq(cert->spki, wanted->csr->spki) || cert->n_names != wanted->n_extra + 1)
        return false;
    bool all = carries(cert, wanted->name);
    for (size_t i = 0; i < wanted->n_extra && all; i++)
        all = carries(cert, wanted->extra[i]);
    return all;
}

static struct hc_rc compare(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct search *s = ctx;
    HC_AUTO(hc_cert) cert = NULL;
    if (!hc_bytes_eq(row->label, hc_bytes_str(s->wanted->label ? s->wanted->label : "")))
        return HC_OK;
    if (hc_issuer_revoked(s->authority, row->issuer)) /* nobody lets it in any more */
        return HC_OK;
    HC_TRY(e, hc_cert_parse(row->der, &cert, e));
    if (!answers(cert, s->wanted))
        return HC_OK;
    s->yes = true;
    memcpy(s->found->serial, cert->serial.p, cert->serial.n); /* of the certificate: no longer than HC_SERIAL_MAX */
    s->found->serial_n = cert->serial.n;
    s->found->not_before = row->not_before;
    s->found->not_after = row->not_after;
    snprintf(s->found->issuer, sizeof s->found->issuer, "%.*s", HC_BYTES_FMT(row->issuer));
    return HC_OK;
}

static struct hc_rc find_earlier(const struct hc_signing *s, struct hc_signing_job *job, bool *yes, struct hc_err *e)
{
    struct hc_issue_request wanted = request_of(s, job);
    struct search search = {.wanted = &wanted, .authority = s->session->authority, .found = &job->issued};
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    hc_name_text(wanted.name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    struct hc_ledger_filter filter = {
        .identity = hc_buf_view(&identity),
        .profile = hc_bytes_str(hc_profile_row(s->profile)->word),
        .unexpired_at = hc_time_now(),
        .unrevoked = true,
        .leaves = true,
    };
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s->session->authority), &filter, compare, &search, NULL, e));
    *yes = search.yes;
    return HC_OK;
}

/* ---- reading ---- */

static struct hc_rc read_one(const struct hc_signing *s, struct hc_signing_job *job, bool *earlier, struct hc_err *e)
{
    HC_TRY(e, hc_csr_load(s->session->crypto, job->file, &job->csr, e));
    struct hc_rc rc = s->accept_names ? hc_wish_accept(job->csr, s->profile, &job->wish, e) : HC_OK;
    if (hc_failed(rc)) {
        hc_err_prefix(e, "%.120s", job->file);
        return rc;
    }
    HC_TRY(e, find_earlier(s, job, earlier, e));
    if (!*earlier && job->out[0] && hc_file_exists(job->out)) /* said before anything is signed */
        return HC_FAIL(e, HC_E_FILE_EXISTS, "%s is there already and is not overwritten", job->out);
    return HC_OK;
}

void hc_signing_read(const struct hc_signing *s, struct hc_signing_job *job)
{
    bool earlier = false;
    struct hc_rc rc = read_one(s, job, &earlier, &job->why);
    if (hc_failed(rc))
        job->state = HC_SIGNING_REFUSED;
    else
        job->state = earlier ? HC_SIGNING_ALREADY : HC_SIGNING_READY;
}

/* ---- the chain for --out ---- */

struct chain {
    struct hc_buf *pem;
    struct hc_bytes issuer;
    bool found;
};

static struct hc_rc put_leaf(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct chain *c = ctx;
    if (!hc_bytes_eq(row->issuer, c->issuer))
        return HC_OK;
    c->found = true;
    hc_pem_emit(c->pem, HC_PEM_CERTIFICATE, row->der);
    return hc_buf_check(c->pem, e);
}

static struct hc_rc put_issuer(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct chain *c = ctx;
    if (hc_bytes_eq(row->name, c->issuer))
        hc_pem_emit(c->pem, HC_PEM_CERTIFICATE, row->der);
    return hc_buf_check(c->pem, e);
}

/* From the ledger, where it is also when a crash came between the signature and the files. */
static struct hc_rc chain_pem(const struct hc_signing *s, const struct hc_issued *issued, struct hc_buf *pem,
                              struct hc_err *e)
{
    struct hc_ledger *ledger = hc_authority_ledger(s->session->authority);
    struct chain chain = {.pem = pem, .issuer = hc_bytes_str(issued->issuer)};
    struct hc_ledger_filter filter = {.serial = hc_bytes_of(issued->serial, issued->serial_n)};
    HC_TRY(e, hc_ledger_certs(ledger, &filter, put_leaf, &chain, NULL, e));
    HC_TRY(e, hc_ledger_issuers(ledger, put_issuer, &chain, e));
    if (!chain.found)
        return HC_FAIL(e, HC_E_LEDGER, "the certificate just signed is not in the ledger");
    return HC_OK;
}

static bool holds(const char *path, struct hc_bytes contents)
{
    struct hc_err none;
    HC_BUF_AUTO(there, CHAIN_MAX);
    return hc_ok(hc_file_read(path, &there, &none)) && hc_bytes_eq(hc_buf_view(&there), contents);
}

static struct hc_rc write_chain(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_err *e)
{
    HC_BUF_AUTO(pem, CHAIN_MAX);
    HC_TRY(e, chain_pem(s, &job->issued, &pem, e));
    struct hc_rc rc = hc_file_create(job->out, hc_buf_view(&pem), 0644, e);
    if (rc.code == HC_E_FILE_EXISTS && holds(job->out, hc_buf_view(&pem)))
        return HC_OK; /* of the earlier run */
    if (hc_failed(rc))
        hc_err_prefix(e, "it is signed, but the chain could not be written");
    return rc;
}

/* An earlier run may have been killed between the signature and the files. */
static struct hc_rc write_one(const struct hc_signing *s, struct hc_signing_job *job, struct hc_err *e)
{
    if (job->state == HC_SIGNING_ALREADY)
        HC_TRY(e, hc_authority_redeliver(s->session->authority, hc_signing_name(s, job), s->label, &job->issued, e));
    return job->out[0] ? write_chain(s, job, e) : HC_OK;
}

/* ---- signing ---- */

static struct hc_rc write_all(const struct hc_signing *s, struct hc_signing_job *jobs, size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++) {
        struct hc_signing_job *job = &jobs[i];
        bool signed_now = job->state == HC_SIGNING_SIGNED;
        if (!signed_now && job->state != HC_SIGNING_ALREADY)
            continue;
        struct hc_rc rc = write_one(s, job, &job->why);
        job->unwritten = hc_failed(rc);
        if (hc_failed(rc) && hc_row(rc.code)->exit == 3) { /* the next one would fare no better */
            *e = job->why;
            return rc;
        }
    }
    return HC_OK;
}

/* Outcomes come in the order of the READY jobs. */
static void take_outcomes(struct hc_signing_job *jobs, size_t n, struct hc_issue_outcome *outcome)
{
    for (size_t i = 0; i < n; i++) {
        if (jobs[i].state != HC_SIGNING_READY)
            continue;
        jobs[i].state = hc_ok(outcome->rc) ? HC_SIGNING_SIGNED : HC_SIGNING_REFUSED;
        if (hc_ok(outcome->rc))
            jobs[i].issued = outcome->issued;
        else
            jobs[i].why = outcome->why;
        outcome++;
    }
}

static struct hc_rc sign_ready(const struct hc_signing *s, struct hc_signing_job *jobs, size_t n,
                               struct hc_issue_request *requests, struct hc_issue_outcome *outcomes, struct hc_err *e)
{
    size_t ready = 0;
    for (size_t i = 0; i < n; i++)
        if (jobs[i].state == HC_SIGNING_READY)
            requests[ready++] = request_of(s, &jobs[i]);
    if (ready == 0)
        return HC_OK;
    struct hc_rc rc = hc_authority_issue_batch(s->session->authority, s->grant, requests, ready, outcomes, e);
    take_outcomes(jobs, n, outcomes);
    return rc;
}

struct hc_rc hc_signing_run(const struct hc_signing *s, struct hc_signing_job *jobs, size_t n, struct hc_err *e)
{
    struct hc_issue_request *requests = calloc(n, sizeof *requests);
    struct hc_issue_outcome *outcomes = calloc(n, sizeof *outcomes);
    struct hc_rc rc = HC_OK;
    if (!requests || !outcomes)
        rc = HC_FAIL(e, HC_E_NOMEM, "no memory for %zu requests", n);
    else
        rc = sign_ready(s, jobs, n, requests, outcomes, e);
    free(requests);
    free(outcomes);
    HC_TRY(e, rc);
    return write_all(s, jobs, n, e);
}
