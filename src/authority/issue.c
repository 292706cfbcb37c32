/*
 * issue.c - the one function that every door ends in.
 *
 * Until the intent is recorded every refusal leaves nothing behind; from then on every outcome is in the ledger, and no
 * certificate without the event of it.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "authority/detail.h"
#include "authority/home.h"
#include "authority/identity.h"
#include "authority/inside.h"
#include "authority/issue.h"
#include "authority/lock.h"
#include "authority/mint.h"
#include "base/clock.h"
#include "crypto/random.h"

/* ---- the right to ask ---- */

#define WHO_MAX 128

struct hc_issue_grant {
    const char *door;
    char who[WHO_MAX];
    unsigned profiles; /* 1u << enum hc_profile; what is not named is refused */
};

struct hc_rc hc_issue_grant_cli(struct hc_issue_grant **out, struct hc_err *e)
{
    struct hc_issue_grant *grant = calloc(1, sizeof *grant);
    char store[4096];
    struct passwd pw, *found = NULL;

    if (!grant)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a grant");
    grant->door = "cli";
    grant->profiles =
        1u << HC_PROFILE_SERVER | 1u << HC_PROFILE_CLIENT | 1u << HC_PROFILE_PEER | 1u << HC_PROFILE_PERSON;
    if (getpwuid_r(getuid(), &pw, store, sizeof store, &found) != 0 || !found)
        (void)snprintf(grant->who, sizeof grant->who, "uid %u", (unsigned)getuid());
    else
        (void)snprintf(grant->who, sizeof grant->who, "%s (uid %u)", pw.pw_name, (unsigned)getuid());
    *out = grant;
    return HC_OK;
}

void hc_issue_grant_free(struct hc_issue_grant *grant)
{
    free(grant);
}

void hc_issued_fini(struct hc_issued *issued)
{
    hc_secret_free(issued->made_passphrase);
    issued->made_passphrase = NULL;
}

/* ---- the request ---- */

/* One issuance on its way. Everything in it is borrowed from the request or lives as long as this. */
struct job {
    struct hc_authority *a;
    const struct hc_issue_grant *grant;
    const struct hc_issue_request *request;
    const struct hc_profile_row *profile;
    struct hc_ca *ca;
    int64_t now;
    struct hc_name names[1 + HC_ISSUE_EXTRA_MAX];
    size_t n_names;
    struct hc_buf identity; /* hc_name_text of the NAME */
    struct hc_key *key;
    struct hc_cert *cert;
};

static void job_fini(struct job *job)
{
    hc_buf_fini(&job->identity);
    hc_key_free(job->key);
    hc_cert_free(job->cert);
}

static struct hc_rc check_right(const struct hc_issue_grant *grant, const struct hc_profile_row *row, struct hc_err *e)
{
    if ((grant->profiles & 1u << row->profile) == 0) /* CAs among them: no door issues those */
        return HC_FAIL(e, HC_E_USAGE, "%s may not have a certificate of the profile %s by the door %s", grant->who,
                       row->word, grant->door);
    return HC_OK;
}

static struct hc_rc gather_names(struct job *job, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;

    if (r->n_extra > HC_ISSUE_EXTRA_MAX)
        return HC_FAIL(e, HC_E_PROFILE_NAME, "%zu names are more than the %d that a certificate may carry",
                       r->n_extra + 1, HC_ISSUE_EXTRA_MAX + 1);
    job->names[job->n_names++] = *r->name;
    for (size_t i = 0; i < r->n_extra; i++)
        job->names[job->n_names++] = *r->extra[i];
    HC_TRY(e, hc_profile_check_names(r->profile, job->names, job->n_names, e));
    hc_name_text(r->name, &job->identity);
    return hc_buf_check(&job->identity, e);
}

static struct hc_rc check_passphrase(const struct hc_issue_request *r, struct hc_err *e)
{
    struct hc_bytes secret = hc_secret_view(r->p12_passphrase);

    if (r->profile != HC_PROFILE_PERSON || !r->p12_passphrase)
        return HC_OK;
    if (secret.n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the passphrase of the .p12 is empty");
    if (secret.n > HC_KEY_PASSPHRASE_MAX || hc_bytes_find(secret, 0) != secret.n)
        return HC_FAIL(e, HC_E_USAGE, "the passphrase of the .p12 is longer than %d bytes or has a NUL in it",
                       HC_KEY_PASSPHRASE_MAX);
    return HC_OK;
}

static struct hc_rc check_request(struct job *job, struct hc_issued *out, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;
    const char *home = hc_authority_home(job->a);

    HC_TRY(e, check_right(job->grant, job->profile, e));
    HC_TRY(e, gather_names(job, e));
    if (r->seconds < 0 || r->seconds > HC_TIME_MAX)
        return HC_FAIL(e, HC_E_LIFETIME, "a certificate cannot live for %lld seconds", (long long)r->seconds);
    HC_TRY(e, check_passphrase(r, e));
    HC_TRY(e, hc_home_identity_dir(home, r->name, r->label, out->dir, e));
    if (r->profile == HC_PROFILE_PERSON)
        HC_TRY(e, hc_home_identity_p12(home, r->name, r->label, out->p12, e));
    return HC_OK;
}

/* ---- is the name free ---- */

struct earlier {
    struct hc_bytes label;
    int64_t now;
    bool known, active;
    int64_t not_after;
    struct hc_buf serial; /* of the active one, as people write it */
};

static void earlier_fini(struct earlier *earlier)
{
    hc_buf_fini(&earlier->serial);
}

static struct hc_rc see_earlier(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct earlier *earlier = ctx;

    (void)e;
    if (!hc_bytes_eq(row->label, earlier->label))
        return HC_OK;
    earlier->known = true;
    if (!row->revoked && row->not_after >= earlier->now) {
        earlier->active = true;
        earlier->not_after = row->not_after;
        hc_buf_clear(&earlier->serial);
        hc_serial_text(row->serial, &earlier->serial);
    }
    return HC_OK;
}

/* One that a crash or a full disk kept from being handed out is in nobody's hands, and says so. */
static struct hc_rc refuse_active(const struct job *job, struct earlier *earlier, const char *dir, struct hc_err *e)
{
    char when[HC_TIME_TEXT];

    hc_time_text(earlier->not_after, when);
    if (!hc_file_exists(dir))
        return HC_FAIL(e, HC_E_IDENTITY_EXISTS,
                       "%.*s has a certificate until %s, but %s is not there: it was never handed out, or was moved "
                       "away; end it with: handclasp revoke --serial %s --reason superseded",
                       HC_BYTES_FMT(hc_buf_view(&job->identity)), when, dir, hc_buf_cstr(&earlier->serial));
    return HC_FAIL(
        e, HC_E_IDENTITY_EXISTS,
        "%.*s has a certificate until %s in %s; revoke that one, or give this one a label of its own: --as LABEL",
        HC_BYTES_FMT(hc_buf_view(&job->identity)), when, dir);
}

static struct hc_rc check_free(const struct job *job, const char *dir, struct hc_err *e)
{
    __attribute__((cleanup(earlier_fini))) struct earlier earlier = {
        .label = hc_bytes_str(job->request->label),
        .now = job->now,
        .serial = HC_BUF(2 * HC_SERIAL_MAX + 1),
    };
    struct hc_ledger_filter same = {.identity = hc_buf_view(&job->identity), .leaves = true};

    HC_TRY(e, hc_ledger_certs(job->a->ledger, &same, see_earlier, &earlier, NULL, e));
    if (earlier.active)
        return refuse_active(job, &earlier, dir, e);
    if (!earlier.known && hc_file_exists(dir))
        return HC_FAIL(e, HC_E_IDENTITY_EXISTS,
                       "%s is there already, and the ledger does not know it; move it away, or use --as LABEL", dir);
    return HC_OK;
}

/* ---- the certificate ---- */

static void set_dates(const struct job *job, struct hc_tbs_request *request, struct hc_issued *out)
{
    const struct hc_cert *ca = job->ca->cert;
    int64_t seconds = job->request->seconds ? job->request->seconds : job->profile->lifetime_s;

    out->not_before = job->now - HC_ISSUE_BACKDATE_S;
    if (out->not_before < ca->not_before)
        out->not_before = ca->not_before;
    out->not_after = job->now + seconds;
    out->truncated = out->not_after > ca->not_after; /* T40 */
    if (out->truncated)
        out->not_after = ca->not_after;
    request->not_before = out->not_before;
    request->not_after = out->not_after;
}

static struct hc_rc put_event(const struct job *job, const char *what, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);

    hc_detail_serial(&detail, "serial", cert->serial);
    hc_detail_str(&detail, "issuer", hc_bytes_str(job->ca->name));
    hc_detail_str(&detail, "profile", hc_bytes_str(job->profile->word));
    hc_detail_str(&detail, "identity", hc_buf_view(&job->identity));
    hc_detail_str(&detail, "label", hc_bytes_str(job->request->label));
    hc_detail_str(&detail, "door", hc_bytes_str(job->grant->door));
    hc_detail_str(&detail, "who", hc_bytes_str(job->grant->who));
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(job->a->ledger, job->now, what, hc_buf_view(&detail), e);
}

static struct hc_rc tell_issued(void *ctx, const struct hc_cert *cert, struct hc_err *e)
{
    return put_event(ctx, "issue", cert, e);
}

/*
 * Where there is no dNSName, readers take a common name for a host name and hold it against the constraints on those:
 * OpenSSL one that reads like a host name, an address too; GnuTLS any, in a server's certificate. So only what is a
 * host name becomes one there; to people it says who they are.
 */
static bool has_common_name(const struct job *job)
{
    switch (job->request->name->type) {
    case HC_NAME_DNS:
    case HC_NAME_EMAIL:
        return true;
    case HC_NAME_URI:
        return (job->profile->purposes & HC_EKU_SERVER) == 0;
    case HC_NAME_IP:
        break;
    }
    return false;
}

static struct hc_rc certify(struct job *job, struct hc_issued *out, struct hc_err *e)
{
    HC_BUF_AUTO(spki, HC_CERT_MAX);
    HC_BUF_AUTO(common_name, HC_NAME_TEXT_MAX);
    struct hc_mint mint = {
        .crypto = job->a->crypto,
        .ledger = job->a->ledger,
        .signer = job->ca->key,
        .tell = tell_issued,
        .ctx = job,
    };
    struct hc_tbs_request request = {.profile = job->request->profile, .names = job->names, .n_names = job->n_names};
    struct hc_ledger_request asked = {
        .at = job->now,
        .who = hc_bytes_str(job->grant->who),
        .door = hc_bytes_str(job->grant->door),
        .issuer = hc_bytes_str(job->ca->name),
        .identity = hc_buf_view(&job->identity),
        .label = hc_bytes_str(job->request->label),
    };

    for (const struct hc_ca *ca = job->ca; ca && mint.n_issuers < HC_MINT_CHAIN; ca = ca->parent)
        mint.issuers[mint.n_issuers++] = ca->cert;
    HC_TRY(e, hc_key_spki(job->key, &spki, e));
    if (has_common_name(job))
        hc_buf_add(&common_name, job->request->name->text);
    HC_TRY(e, hc_buf_check(&common_name, e));
    request.spki = hc_buf_view(&spki);
    request.common_name = hc_buf_cstr(&common_name);
    set_dates(job, &request, out);
    HC_TRY(e, hc_mint_cert(&mint, &request, &asked, &job->cert, e));
    out->serial_n = job->cert->serial.n;
    memcpy(out->serial, job->cert->serial.p, job->cert->serial.n);
    return HC_OK;
}

static struct hc_rc write_files(struct job *job, const struct hc_issued *out, struct hc_err *e)
{
    HC_BUF_AUTO(friendly, HC_NAME_TEXT_MAX);
    struct hc_identity id = {
        .dir = out->dir,
        .key = job->key,
        .leaf = job->cert,
        .issuer = job->ca->cert,
        .root = job->a->ca[0].cert,
    };

    hc_buf_add(&friendly, job->request->name->text);
    HC_TRY(e, hc_buf_check(&friendly, e));
    if (job->request->profile == HC_PROFILE_PERSON) {
        id.p12 = out->p12;
        id.friendly = hc_buf_cstr(&friendly);
        id.secret = out->made_passphrase ? out->made_passphrase : job->request->p12_passphrase;
    }
    return hc_identity_write(job->a->crypto, &id, e);
}

/* The certificate is recorded; now it is handed out, or the ledger says that it was not. */
static struct hc_rc hand_out(struct job *job, const struct hc_issued *out, struct hc_err *e)
{
    struct hc_rc rc = write_files(job, out, e);
    HC_BUF_AUTO(serial, 2 * HC_SERIAL_MAX + 1);
    struct hc_err ignored = {0};

    if (hc_ok(rc))
        return rc;
    hc_serial_text(job->cert->serial, &serial);
    hc_err_prefix(
        e,
        "the certificate is recorded but could not be handed out and its key is gone (then run: handclasp revoke "
        "--serial %s --reason superseded)",
        hc_buf_cstr(&serial));
    hc_ignore(put_event(job, "issue-failed", job->cert, &ignored)); /* the first error is the one to tell */
    return rc;
}

#define P12_GROUPS 5 /* 100 bits, for a file that travels by mail */

static struct hc_rc run(struct job *job, struct hc_issued *out, struct hc_err *e)
{
    HC_TRY(e, check_request(job, out, e));
    HC_TRY(e, hc_authority_ca_alive(job->a, job->ca, e));
    HC_TRY(e, check_free(job, out->dir, e));
    HC_TRY(e, hc_authority_key(job->a, job->ca, e));
    if (job->request->profile == HC_PROFILE_PERSON && !job->request->p12_passphrase)
        HC_TRY(e, hc_random_text(job->a->crypto, P12_GROUPS, &out->made_passphrase, e));
    HC_TRY(e, hc_key_generate(job->a->crypto, job->profile->key, &job->key, e));
    HC_TRY(e, certify(job, out, e));
    return hand_out(job, out, e);
}

struct hc_rc hc_authority_issue(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_issue_request *request, struct hc_issued *out, struct hc_err *e)
{
    __attribute__((cleanup(job_fini))) struct job job = {
        .a = a,
        .grant = grant,
        .request = request,
        .profile = hc_profile_row(request->profile),
        .ca = hc_authority_issuing(a),
        .identity = HC_BUF(HC_NAME_TEXT_MAX),
    };
    HC_ISSUED(done);
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_take(hc_authority_home(a), &lock, e));
    job.now = hc_authority_now(a);
    HC_TRY(e, run(&job, &done, e));
    *out = done;
    done.made_passphrase = NULL;
    return HC_OK;
}
