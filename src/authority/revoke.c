/*
 * revoke.c - ledger first, then the CRL: a revocation that is on paper can always still be published, one that is only
 * on a CRL could be lost.
 */
#include <stdlib.h>

#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/head.h"
#include "authority/lock.h"
#include "authority/revoke.h"
#include "base/clock.h"

void hc_revoked_fini(struct hc_revoked *revoked)
{
    hc_buf_fini(&revoked->lines);
}

struct hc_rc hc_revoke_serial(struct hc_bytes text, struct hc_buf *out, struct hc_err *e)
{
    uint8_t bytes[HC_SERIAL_MAX];
    size_t n = 0, digits = 0;

    for (size_t i = text.n; i-- > 0;) { /* from the end, so that an odd number of digits needs no care */
        int v = hc_ascii_hex(text.p[i]);

        if (text.p[i] == ':')
            continue;
        if (v < 0 || digits == 2 * HC_SERIAL_MAX)
            return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "that is not a serial number in hexadecimal");
        if (digits % 2 == 0)
            bytes[HC_SERIAL_MAX - ++n] = 0;
        bytes[HC_SERIAL_MAX - n] |= (uint8_t)(digits % 2 ? v << 4 : v);
        digits++;
    }
    while (n > 0 && bytes[HC_SERIAL_MAX - n] == 0)
        n--;
    if (n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "a serial number is greater than zero");
    if (bytes[HC_SERIAL_MAX - n] >= 0x80)
        hc_buf_add_byte(out, 0); /* the INTEGER is positive [X.690 8.3] */
    hc_buf_add(out, hc_bytes_of(&bytes[HC_SERIAL_MAX - n], n));
    return hc_buf_check(out, e);
}

/* ---- which certificates ---- */

/* One to be revoked; the names point into job.text. */
struct target {
    uint8_t serial[HC_SERIAL_MAX + 1];
    size_t serial_n;
    struct hc_ca *ca;
    int64_t not_after;
};

struct job {
    struct hc_authority *a;
    const struct hc_revoke_request *request;
    int64_t now;
    struct target *target;
    size_t n, cap;
    bool concerned[HC_CA_MAX]; /* whose CRL has to be made anew, by its place in a->ca */
    struct hc_buf lines;
};

static void job_fini(struct job *job)
{
    free(job->target);
    hc_buf_fini(&job->lines);
}

#define LINES_MAX (16 * 1024 * 1024) /* some ten thousand certificates with the longest of names */

static struct hc_rc add_target(struct job *job, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct hc_ca *ca = hc_authority_ca(job->a, row->issuer);

    if (!ca || row->serial.n == 0 || row->serial.n > sizeof job->target->serial)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger has a certificate without an issuer or serial");
    if (job->n == job->cap) {
        size_t cap = job->cap ? 2 * job->cap : 8;
        struct target *more = reallocarray(job->target, cap, sizeof *more);

        if (!more)
            return HC_FAIL(e, HC_E_NOMEM, "no memory for %zu revocations", cap);
        job->target = more;
        job->cap = cap;
    }
    job->target[job->n] = (struct target){.serial_n = row->serial.n, .ca = ca, .not_after = row->not_after};
    memcpy(job->target[job->n].serial, row->serial.p, row->serial.n);
    job->n++;
    hc_serial_text(row->serial, &job->lines);
    hc_buf_add_byte(&job->lines, ' ');
    hc_buf_add(&job->lines, row->identity);
    hc_buf_add_byte(&job->lines, '\n');
    return hc_buf_check(&job->lines, e);
}

struct choice {
    const struct job *job;
    size_t seen, chosen;
    struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e);
    void *ctx;
};

static struct hc_rc choose_one(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct choice *c = ctx;

    c->seen++;
    if (row->revoked || row->not_after < c->job->now)
        return HC_OK;
    c->chosen++;
    return c->each(c->ctx, row, e);
}

static struct hc_rc check_reason(enum hc_crl_reason reason, struct hc_err *e)
{
    switch (reason) {
    case HC_CRL_UNSPECIFIED:
    case HC_CRL_KEY_COMPROMISE:
    case HC_CRL_AFFILIATION_CHANGED:
    case HC_CRL_SUPERSEDED:
    case HC_CRL_CESSATION_OF_OPERATION:
    case HC_CRL_PRIVILEGE_WITHDRAWN:
        return HC_OK;
    case HC_CRL_CA_COMPROMISE:
    case HC_CRL_CERTIFICATE_HOLD:
    case HC_CRL_AA_COMPROMISE:
        break;
    }
    return HC_FAIL(e, HC_E_REASON, "reason %d does not fit the final revocation of a leaf", (int)reason);
}

static struct hc_rc choose(const struct job *job, struct choice *c, struct hc_err *e)
{
    HC_BUF_AUTO(what, HC_NAME_TEXT_MAX + 64);
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    struct hc_ledger_filter filter = {.serial = job->request->serial, .leaves = true};

    if (job->request->name)
        hc_name_text(job->request->name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    filter.asserts = hc_buf_view(&identity);
    if (filter.asserts.n == 0 && filter.serial.n == 0)
        return HC_FAIL(e, HC_E_USAGE, "neither a name nor a serial says what to revoke");
    hc_buf_addf(&what, "%s", filter.serial.n ? "serial " : "");
    hc_serial_text(filter.serial, &what);
    hc_buf_add(&what, filter.asserts);
    HC_TRY(e, hc_ledger_certs(job->a->ledger, &filter, choose_one, c, NULL, e));
    if (c->seen == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "this authority has issued nothing for %s", hc_buf_cstr(&what));
    if (c->chosen == 0)
        return HC_FAIL(e, HC_E_ALREADY_REVOKED, "%s: %zu certificate%s, none of them still valid", hc_buf_cstr(&what),
                       c->seen, c->seen == 1 ? "" : "s");
    return HC_OK;
}

struct hc_rc hc_authority_revocable(struct hc_authority *a, const struct hc_revoke_request *request,
                                    struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e),
                                    void *ctx, struct hc_err *e)
{
    struct job job = {.a = a, .request = request, .now = hc_authority_now(a)};
    struct choice c = {.job = &job, .each = each, .ctx = ctx};

    HC_TRY(e, check_reason(request->reason, e));
    return choose(&job, &c, e);
}

/* ---- the record ---- */

static struct hc_rc record_one(const struct job *job, const struct target *t, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);
    struct hc_ledger_revocation row = {
        .issuer = hc_bytes_str(t->ca->name),
        .serial = hc_bytes_of(t->serial, t->serial_n),
        .at = job->now,
        .reason = (int)job->request->reason,
        .not_after = t->not_after,
    };

    HC_TRY(e, hc_ledger_put_revocation(job->a->ledger, &row, NULL, e));
    hc_detail_serial(&detail, "serial", row.serial);
    hc_detail_str(&detail, "issuer", row.issuer);
    hc_detail_str(&detail, "reason", hc_bytes_str(hc_crl_reason_text(job->request->reason)));
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(job->a->ledger, job->now, "revoke", hc_buf_view(&detail), e);
}

static struct hc_rc record_each(const struct job *job, struct hc_err *e)
{
    for (size_t i = 0; i < job->n; i++)
        HC_TRY(e, record_one(job, &job->target[i], e));
    return HC_OK;
}

static struct hc_rc record(const struct job *job, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(job->a->ledger, e));
    return hc_ledger_end(job->a->ledger, record_each(job, e), e);
}

/* ---- the CRLs of the issuers concerned ---- */

/* A CA that has ended or is revoked makes no CRL any more, and needs none: whatever it signed is refused already. */
static struct hc_rc needs_crl(struct hc_authority *a, const struct hc_ca *ca, bool *out, struct hc_err *e)
{
    struct hc_err why = {0};
    struct hc_rc rc = hc_authority_ca_alive(a, ca, &why);

    *out = hc_ok(rc);
    if (hc_ok(rc) || rc.code == HC_E_ISSUER_ENDED)
        return HC_OK;
    *e = why;
    return rc;
}

static struct hc_rc find_concerned(struct job *job, struct hc_err *e)
{
    for (size_t i = 0; i < job->n; i++) {
        const struct hc_ca *ca = job->target[i].ca;

        HC_TRY(e, needs_crl(job->a, ca, &job->concerned[ca - job->a->ca], e));
    }
    return HC_OK;
}

static struct hc_rc open_keys(const struct job *job, struct hc_err *e)
{
    for (size_t i = 0; i < job->a->n_ca; i++) {
        if (job->concerned[i])
            HC_TRY(e, hc_authority_key(job->a, &job->a->ca[i], e));
    }
    return HC_OK;
}

static struct hc_rc publish(const struct job *job, int64_t *number, struct hc_err *e)
{
    for (size_t i = 0; i < job->a->n_ca; i++) {
        struct hc_rc rc;

        if (!job->concerned[i])
            continue;
        rc = hc_crls_renew(job->a, &job->a->ca[i], number, e);
        if (hc_failed(rc)) {
            hc_err_prefix(e,
                          "the ledger has the revocation, but the CRL of %s could not be published, so gates do not "
                          "know of it: mend "
                          "this and run: handclasp publish",
                          job->a->ca[i].name);
            return rc;
        }
    }
    return HC_OK;
}

/* An earlier run recorded revocations and was killed, or found the disk full, before their CRL was published. */
static struct hc_rc publish_late(struct hc_authority *a, size_t *n, struct hc_err *e)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        bool needed = false, lacking = false;

        HC_TRY(e, needs_crl(a, &a->ca[i], &needed, e));
        if (needed)
            HC_TRY(e, hc_crls_lacking(a, &a->ca[i], &lacking, e));
        if (!lacking)
            continue;
        HC_TRY(e, hc_crls_renew(a, &a->ca[i], NULL, e));
        ++*n;
    }
    return HC_OK;
}

/* Nothing is left to record. That must not hide that gates have not been told yet. */
static struct hc_rc already_revoked(struct hc_authority *a, struct hc_rc rc, struct hc_err *e)
{
    struct hc_err why = {0};
    size_t n = 0;
    struct hc_rc late = publish_late(a, &n, &why);

    if (hc_failed(late)) {
        *e = why;
        hc_err_prefix(e, "the ledger has the revocation, but its CRL is still not published");
        return late;
    }
    if (n > 0)
        hc_err_prefix(e, "the CRL of an earlier revocation had not been published; it is now");
    return rc;
}

static struct hc_rc collect(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    return add_target(ctx, row, e);
}

struct hc_rc hc_authority_revoke(struct hc_authority *a, const struct hc_revoke_request *request,
                                 struct hc_revoked *out, struct hc_err *e)
{
    __attribute__((cleanup(job_fini))) struct job job = {.a = a, .request = request, .lines = HC_BUF(LINES_MAX)};
    struct choice c = {.job = &job, .each = collect, .ctx = &job};
    struct hc_err ignored = {0};
    int64_t number = 0;
    struct hc_rc rc;
    HC_FD lock = -1;

    HC_TRY(e, check_reason(request->reason, e));
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    job.now = hc_authority_now(a);
    rc = choose(&job, &c, e);
    if (rc.code == HC_E_ALREADY_REVOKED)
        return already_revoked(a, rc, e);
    HC_TRY(e, rc);
    HC_TRY(e, find_concerned(&job, e));
    HC_TRY(e, open_keys(&job, e));
    HC_TRY(e, record(&job, e));
    HC_TRY(e, publish(&job, &number, e));
    hc_ignore(hc_head_publish(a, false, NULL, &ignored)); /* the next publish signs it */
    *out = (struct hc_revoked){.n = job.n, .lines = job.lines, .crl_number = number};
    job.lines = HC_BUF(0);
    return HC_OK;
}
