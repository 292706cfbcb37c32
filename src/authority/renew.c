/*
 * renew.c - the newest certificate of a name and label, once more.
 *
 * What is renewed is what the ledger says was issued: no file in the home decides about a name.
 */
#include <stdlib.h>

#include "authority/home.h"
#include "authority/identity.h"
#include "authority/job.h"
#include "authority/lock.h"
#include "authority/renew.h"
#include "base/clock.h"

/* ---- the newest certificate ---- */

/* A row of the ledger that outlives the query. */
struct kept {
    bool found;
    int64_t intent;
    int64_t not_before, not_after;
    bool revoked;
    enum hc_profile profile;
    char issuer[HC_CA_NAME_MAX];
    struct hc_cert *cert;
};

static void kept_fini(struct kept *k)
{
    hc_cert_free(k->cert);
}
#define KEPT(name) __attribute__((cleanup(kept_fini))) struct kept name = {.found = false}

struct search {
    struct hc_bytes label;
    struct kept *newest;
};

static struct hc_rc keep_newest(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct search *s = ctx;
    struct kept *k = s->newest;

    if (!hc_bytes_eq(row->label, s->label))
        return HC_OK;
    if (row->issuer.n >= sizeof k->issuer)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger has a certificate of an impossible issuer");
    hc_cert_free(k->cert);
    k->cert = NULL;
    HC_TRY(e, hc_cert_parse(row->der, &k->cert, e));
    HC_TRY(e, hc_profile_from_ledger(row->profile, &k->profile, e));
    memset(k->issuer, 0, sizeof k->issuer);
    memcpy(k->issuer, row->issuer.p, row->issuer.n);
    k->found = true;
    k->intent = row->intent;
    k->not_before = row->not_before;
    k->not_after = row->not_after;
    k->revoked = row->revoked;
    return HC_OK;
}

/* Rows come in the order of issue, so the last one counts. */
static struct hc_rc find_newest(struct hc_authority *a, struct hc_bytes identity, struct hc_bytes label, struct kept *k,
                                struct hc_err *e)
{
    struct hc_ledger_filter of = {.identity = identity, .leaves = true};
    struct search s = {.label = label, .newest = k};

    return hc_ledger_certs(a->ledger, &of, keep_newest, &s, NULL, e);
}

static struct hc_rc check_renewable(const struct kept *k, struct hc_bytes identity, int64_t now, struct hc_err *e)
{
    int64_t window = hc_profile_row(k->profile)->renew_s;
    char when[HC_TIME_TEXT];

    if (!k->found)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "%.*s has no certificate with that label", HC_BYTES_FMT(identity));
    if (k->revoked)
        return HC_FAIL(e, HC_E_RENEW_REVOKED, "the newest certificate of %.*s is revoked", HC_BYTES_FMT(identity));
    if (now > k->not_after + window)
        return HC_FAIL(e, HC_E_RENEW_WINDOW,
                       "the certificate of %.*s ended at %s, and a %s may renew until %lld days after the end",
                       HC_BYTES_FMT(identity), hc_time_text(k->not_after, when), hc_profile_row(k->profile)->word,
                       (long long)(window / HC_DAY));
    return HC_OK;
}

/* ---- the key ---- */

static struct hc_rc key_path(const struct hc_authority *a, const struct hc_name *name, const char *label,
                             char out[HC_PATH], struct hc_err *e)
{
    char dir[HC_PATH];

    HC_TRY(e, hc_home_identity_dir(a->home, name, label, dir, e));
    return hc_path_join(out, dir, "key.pem", e);
}

static struct hc_rc read_key(const struct hc_authority *a, const char *path, const struct kept *k, struct hc_key **out,
                             struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;

    HC_TRY(e, hc_file_read(path, &pem, e));
    HC_TRY(e, hc_key_from_pem(a->crypto, hc_buf_view(&pem), NULL, &key, e));
    if (!hc_key_matches_spki(key, k->cert->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s is not the key of the newest certificate; renew without --same-key",
                       path);
    *out = HC_GIVE(key);
    return HC_OK;
}

/* The key that stays; NULL in *out for a new one. */
static struct hc_rc choose_key(const struct hc_authority *a, const struct hc_renew_request *r, const struct kept *k,
                               struct hc_key **out, struct hc_err *e)
{
    char path[HC_PATH];

    if (r->csr && r->same_key)
        return HC_FAIL(e, HC_E_USAGE, "a request brings its own key, so --same-key is for nothing here");
    if (r->csr)
        return HC_OK;
    HC_TRY(e, key_path(a, r->name, r->label, path, e));
    if (!hc_file_exists(path))
        return HC_FAIL(e, HC_E_RENEW_KEY, "there is no %s", path);
    return r->same_key ? read_key(a, path, k, out, e) : HC_OK;
}

/* ---- what is asked for ---- */

struct plan {
    struct kept before;
    struct hc_key *keep;
    const struct hc_name *extra[HC_ISSUE_EXTRA_MAX];
    struct hc_issue_request request;
};

static void plan_fini(struct plan *p)
{
    kept_fini(&p->before);
    hc_key_free(p->keep);
}

/* One that was cut short by its issuer's end gets the usual lifetime from the next. */
static int64_t lifetime_of(struct hc_authority *a, const struct kept *k)
{
    const struct hc_ca *ca = hc_authority_ca(a, hc_bytes_str(k->issuer));

    if (!ca || k->not_after >= ca->cert->not_after)
        return 0;
    return k->not_after - k->not_before - HC_ISSUE_BACKDATE_S;
}

static struct hc_rc make_plan(struct hc_authority *a, const struct hc_renew_request *r, struct plan *p,
                              struct hc_err *e)
{
    const struct hc_cert *cert = p->before.cert;

    p->request = (struct hc_issue_request){
        .profile = p->before.profile,
        .name = r->name,
        .extra = p->extra,
        .seconds = r->seconds ? r->seconds : lifetime_of(a, &p->before),
        .label = r->label,
        .issuer = r->issuer,
        .csr = r->csr,
        .has_key_kind = r->has_key_kind,
        .key_kind = r->key_kind,
        .p12_for = r->p12_for,
        .p12_passphrase = r->p12_passphrase,
    };
    if (p->request.seconds < 0)
        p->request.seconds = 0;
    for (size_t i = 0; i < cert->n_names; i++) {
        if (hc_name_eq(&cert->names[i], r->name))
            continue;
        if (p->request.n_extra == HC_ISSUE_EXTRA_MAX)
            return HC_FAIL(e, HC_E_PROFILE_NAME, "the certificate has more than %d names", HC_ISSUE_EXTRA_MAX + 1);
        p->extra[p->request.n_extra++] = &cert->names[i];
    }
    return HC_OK;
}

static struct hc_rc prepare(struct hc_authority *a, const struct hc_renew_request *r, struct plan *p, struct hc_err *e)
{
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);

    hc_name_text(r->name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    HC_TRY(e, find_newest(a, hc_buf_view(&identity), hc_bytes_str(r->label), &p->before, e));
    HC_TRY(e, check_renewable(&p->before, hc_buf_view(&identity), hc_authority_now(a), e));
    HC_TRY(e, choose_key(a, r, &p->before, &p->keep, e));
    return make_plan(a, r, p, e);
}

struct hc_rc hc_authority_renew(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_renew_request *request, struct hc_issued *out, struct hc_err *e)
{
    __attribute__((cleanup(plan_fini))) struct plan plan = {.keep = NULL};
    __attribute__((cleanup(hc_job_fini))) struct hc_job job = {0};
    struct hc_job *const jobs[] = {&job};
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, prepare(a, request, &plan, e));
    hc_job_init(&job, a, grant, &plan.request);
    job.replaces = plan.before.intent;
    job.keep = plan.keep;
    HC_TRY(e, hc_job_prepare(&job, e));
    HC_TRY(e, hc_job_run(jobs, 1, e));
    HC_TRY(e, hc_job_hand_out(&job, e));
    *out = job.issued;
    job.issued.made_passphrase = NULL;
    return HC_OK;
}

/* ---- which are due ---- */

struct due {
    int64_t *intent;
    size_t n, cap;
};

static void due_fini(struct due *d)
{
    free(d->intent);
}

static struct hc_rc add_due(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct due *d = ctx;

    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 64;
        int64_t *more = reallocarray(d->intent, cap, sizeof *more);

        if (!more)
            return HC_FAIL(e, HC_E_NOMEM, "no memory for %zu certificates", cap);
        d->intent = more;
        d->cap = cap;
    }
    d->intent[d->n++] = row->intent;
    return HC_OK;
}

/* A copy of the row that lives as long as its texts. */
struct copy {
    struct hc_buf text;
    struct hc_ledger_cert row;
};

static void copy_fini(struct copy *c)
{
    hc_buf_fini(&c->text);
}

#define ROW_TEXT_MAX ((size_t)512 * 1024) /* certificate, names twice and the rest */

static struct hc_rc copy_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct copy *c = ctx;
    struct hc_bytes *views[] = {&c->row.issuer, &c->row.serial, &c->row.profile, &c->row.identity,
                                &c->row.label,  &c->row.names,  &c->row.sha256,  &c->row.der};
    size_t at = 0;

    c->row = *row;
    for (size_t i = 0; i < HC_COUNT(views); i++)
        hc_buf_add(&c->text, *views[i]);
    HC_TRY(e, hc_buf_check(&c->text, e));
    for (size_t i = 0; i < HC_COUNT(views); i++) {
        *views[i] = hc_bytes_of(c->text.p + at, views[i]->n);
        at += views[i]->n;
    }
    return HC_OK;
}

#define WINDOW_MAX (INT64_C(366) * HC_DAY) /* no profile's renew_s is longer: what ended before is nobody's concern */

struct teller {
    struct hc_authority *a;
    struct hc_rc (*each)(void *ctx, const struct hc_renewable *r, struct hc_err *e);
    void *ctx;
    int64_t now;
};

/*
 * Is it the newest of its name and label, and within its window? One with a successor is due too while it is the one in
 * use: then the successor never was handed out, because a crash came in between, and its key is gone.
 */
static struct hc_rc still_due(const struct teller *t, const struct hc_ledger_cert *row, const char *dir, bool *out,
                              struct hc_err *e)
{
    HC_AUTO(hc_cert) cert = NULL;
    KEPT(newest);

    HC_TRY(e, find_newest(t->a, row->identity, row->label, &newest, e));
    *out = newest.found && !newest.revoked && t->now <= row->not_after + hc_profile_row(newest.profile)->renew_s;
    if (!*out || newest.intent == row->intent)
        return HC_OK;
    HC_TRY(e, hc_cert_parse(row->der, &cert, e));
    return hc_identity_holds(dir, cert, out, e);
}

static struct hc_rc tell(const struct teller *t, const struct hc_ledger_cert *row, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_BUF_AUTO(label, HC_HOME_LABEL_MAX * 4);
    struct hc_renewable r = {.row = row};
    char dir[HC_PATH], path[HC_PATH];
    bool due = false;

    HC_TRY(e, hc_name_parse(row->identity, HC_NAME_WILDCARD, &name, e));
    hc_buf_add(&label, row->label);
    HC_TRY(e, hc_buf_check(&label, e));
    HC_TRY(e, hc_home_identity_dir(t->a->home, name, hc_buf_cstr(&label), dir, e));
    HC_TRY(e, still_due(t, row, dir, &due, e));
    if (!due)
        return HC_OK;
    HC_TRY(e, hc_path_join(path, dir, "key.pem", e));
    r.name = name;
    r.key_here = hc_file_exists(path);
    return t->each(t->ctx, &r, e);
}

static struct hc_rc tell_intent(const struct teller *t, int64_t intent, struct hc_err *e)
{
    __attribute__((cleanup(copy_fini))) struct copy copy = {.text = HC_BUF(ROW_TEXT_MAX)};
    struct hc_ledger_filter of = {.after = intent - 1, .limit = 1};

    HC_TRY(e, hc_ledger_certs(t->a->ledger, &of, copy_row, &copy, NULL, e)); /* the query ends before `each` writes */
    return tell(t, &copy.row, e);
}

static struct hc_rc tell_due(const struct teller *t, const struct hc_ledger_filter *filter, struct hc_err *e)
{
    __attribute__((cleanup(due_fini))) struct due due = {.n = 0};

    HC_TRY(e, hc_ledger_certs(t->a->ledger, filter, add_due, &due, NULL, e));
    for (size_t i = 0; i < due.n; i++)
        HC_TRY(e, tell_intent(t, due.intent[i], e));
    return HC_OK;
}

struct hc_rc hc_authority_renewable(struct hc_authority *a, int64_t seconds,
                                    struct hc_rc (*each)(void *ctx, const struct hc_renewable *r, struct hc_err *e),
                                    void *ctx, struct hc_err *e)
{
    struct teller t = {.a = a, .each = each, .ctx = ctx, .now = hc_authority_now(a)};
    struct hc_ledger_filter soon = {
        .unexpired_at = t.now - WINDOW_MAX, .expired_before = t.now + seconds, .unrevoked = true, .leaves = true};

    return tell_due(&t, &soon, e);
}

struct hc_rc hc_authority_renewable_of(struct hc_authority *a, const char *issuer,
                                       struct hc_rc (*each)(void *ctx, const struct hc_renewable *r, struct hc_err *e),
                                       void *ctx, struct hc_err *e)
{
    struct teller t = {.a = a, .each = each, .ctx = ctx, .now = hc_authority_now(a)};
    struct hc_ledger_filter live = {
        .issuer = hc_bytes_str(issuer), .unexpired_at = t.now, .unrevoked = true, .leaves = true};

    if (!hc_authority_ca(a, live.issuer))
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s'", issuer);
    return tell_due(&t, &live, e);
}
