/*
 * job.c - from a request to a directory.
 *
 * Until the intent is recorded every refusal leaves nothing behind; from then on every outcome is in the ledger, and no
 * certificate without the event of it.
 */
#include "authority/job.h"
#include "authority/burnt.h"
#include "authority/detail.h"
#include "authority/device.h"
#include "authority/grant_inside.h"
#include "authority/home.h"
#include "authority/identity.h"
#include "authority/taken.h"
#include "base/clock.h"
#include "crypto/random.h"

void hc_issued_fini(struct hc_issued *issued)
{
    hc_secret_free(issued->made_passphrase);
    issued->made_passphrase = NULL;
}

void hc_job_init(struct hc_job *job, struct hc_authority *a, const struct hc_issue_grant *grant,
                 const struct hc_issue_request *request)
{
    job->a = a;
    job->grant = grant;
    job->request = request;
    job->profile = hc_profile_row(request->profile);
    job->now = hc_authority_now(a);
    hc_buf_init(&job->identity, HC_NAME_TEXT_MAX);
}

void hc_job_fini(struct hc_job *job)
{
    hc_minting_fini(&job->minting);
    hc_buf_fini(&job->identity);
    hc_key_free(job->key);
    hc_issued_fini(&job->issued);
}

/* ---- the request ---- */

static struct hc_rc gather_names(struct hc_job *job, struct hc_err *e)
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

/* The kind of key that will be certified, when it is made here. */
static enum hc_key_kind key_kind(const struct hc_job *job)
{
    if (job->keep)
        return hc_key_kind(job->keep);
    return job->request->has_key_kind ? job->request->key_kind : job->profile->key;
}

static bool has_device_files(const struct hc_job *job)
{
    return job->request->profile == HC_PROFILE_PERSON && !job->request->csr;
}

/* What hc_p12_build would refuse later, when the certificate is recorded already. */
static struct hc_rc check_device(const struct hc_job *job, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;

    if (!has_device_files(job))
        return HC_OK;
    return hc_p12_check(r->p12_for, key_kind(job), r->p12_passphrase, e);
}

static struct hc_rc find_places(struct hc_job *job, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;
    const char *home = hc_authority_home(job->a);

    HC_TRY(e, hc_home_identity_dir(home, r->name, r->label, job->issued.dir, e));
    if (!has_device_files(job))
        return HC_OK;
    HC_TRY(e, hc_home_identity_file(home, r->name, r->label, "p12", job->issued.p12, e));
    if (hc_p12_row(r->p12_for)->profile)
        HC_TRY(e, hc_home_identity_file(home, r->name, r->label, "mobileconfig", job->issued.mobileconfig, e));
    return HC_OK;
}

static struct hc_rc check_request(struct hc_job *job, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;

    HC_TRY(e, hc_grant_check(job->grant, r->profile, e));
    if (job->profile->ca)
        return HC_FAIL(e, HC_E_USAGE, "%s is not the profile of a leaf", job->profile->word);
    HC_TRY(e, gather_names(job, e));
    if (r->seconds < 0 || r->seconds > HC_TIME_MAX)
        return HC_FAIL(e, HC_E_LIFETIME, "a certificate cannot live for %lld seconds", (long long)r->seconds);
    HC_TRY(e, check_device(job, e));
    return find_places(job, e);
}

/* ---- the certificate ---- */

/* The public key to be certified. */
static struct hc_rc take_key(struct hc_job *job, struct hc_buf *spki, struct hc_err *e)
{
    const struct hc_issue_request *r = job->request;

    if (r->csr) {
        hc_buf_add(spki, r->csr->spki);
        return hc_buf_check(spki, e);
    }
    if (!job->keep)
        HC_TRY(e, hc_key_generate(job->a->crypto, key_kind(job), &job->key, e));
    if (has_device_files(job) && !r->p12_passphrase)
        HC_TRY(e, hc_random_text(job->a->crypto, HC_DEVICE_GROUPS, &job->issued.made_passphrase, e));
    return hc_key_spki(job->keep ? job->keep : job->key, spki, e);
}

static void set_dates(struct hc_job *job, struct hc_tbs_request *request)
{
    const struct hc_cert *ca = job->ca->cert;
    struct hc_issued *out = &job->issued;
    int64_t usual = job->ca->leaf_seconds ? job->ca->leaf_seconds : job->profile->lifetime_s;
    int64_t seconds = job->request->seconds ? job->request->seconds : usual;

    if (job->ca->leaf_seconds && seconds > job->ca->leaf_seconds) {
        seconds = job->ca->leaf_seconds;
        out->truncated = true;
    }
    out->not_before = job->now - HC_ISSUE_BACKDATE_S;
    if (out->not_before < ca->not_before)
        out->not_before = ca->not_before;
    out->not_after = job->now + seconds;
    if (out->not_after > ca->not_after) { /* T40 */
        out->not_after = ca->not_after;
        out->truncated = true;
    }
    request->not_before = out->not_before;
    request->not_after = out->not_after;
}

/*
 * Where there is no dNSName, readers take a common name for a host name and hold it against the constraints on those:
 * OpenSSL one that reads like a host name, an address too; GnuTLS any, in a server's certificate. So only what is a
 * host name becomes one there; to people it says who they are.
 */
static bool has_common_name(const struct hc_job *job)
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

static struct hc_rc put_event(const struct hc_job *job, const char *what, const struct hc_cert *cert, struct hc_err *e)
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
    const struct hc_job *job = ctx;

    return put_event(job, job->replaces ? "renew" : "issue", cert, e);
}

static void set_mint(struct hc_job *job)
{
    job->mint = (struct hc_mint){.crypto = job->a->crypto, .ledger = job->a->ledger, .signer = job->ca->key};
    for (const struct hc_ca *ca = job->ca; ca && job->mint.n_issuers < HC_MINT_CHAIN; ca = ca->parent)
        job->mint.issuers[job->mint.n_issuers++] = ca->cert;
}

static struct hc_ledger_request asked_for(const struct hc_job *job)
{
    return (struct hc_ledger_request){
        .at = job->now,
        .who = hc_bytes_str(job->grant->who),
        .door = hc_bytes_str(job->grant->door),
        .issuer = hc_bytes_str(job->ca->name),
        .identity = hc_buf_view(&job->identity),
        .label = hc_bytes_str(job->request->label),
        .replaces = job->replaces,
    };
}

static struct hc_rc compose(struct hc_job *job, struct hc_err *e)
{
    HC_BUF_AUTO(spki, HC_CERT_MAX);
    HC_BUF_AUTO(common_name, HC_NAME_TEXT_MAX);
    char crl_url[HC_AUTHORITY_URL_MAX], ca_url[HC_AUTHORITY_URL_MAX];
    struct hc_ledger_request asked = asked_for(job);
    struct hc_tbs_request request = {.profile = job->request->profile, .names = job->names, .n_names = job->n_names};

    HC_TRY(e, take_key(job, &spki, e));
    if (!job->key)
        HC_TRY(e, hc_burnt_check(job, hc_buf_view(&spki), e));
    if (has_common_name(job))
        hc_buf_add(&common_name, job->request->name->text);
    HC_TRY(e, hc_buf_check(&common_name, e));
    hc_authority_crl_url(job->ca, crl_url);
    hc_authority_ca_url(job->ca, ca_url);
    request.spki = hc_buf_view(&spki);
    request.common_name = hc_buf_cstr(&common_name);
    request.crl_url = crl_url;
    request.ca_url = ca_url;
    set_dates(job, &request);
    HC_TRY(e, hc_mint_prepare(&job->mint, &request, &asked, &job->minting, e));
    job->minting.tell = tell_issued;
    job->minting.ctx = job;
    return HC_OK;
}

struct hc_rc hc_job_prepare(struct hc_job *job, struct hc_err *e)
{
    struct hc_choice choice = {.issuer = job->request->issuer, .profile = job->request->profile, .names = job->names};

    HC_TRY(e, check_request(job, e));
    choice.n_names = job->n_names;
    HC_TRY(e, hc_authority_choose(job->a, &choice, &job->ca, e));
    if (!job->replaces)
        HC_TRY(e, hc_taken_check(job, e));
    HC_TRY(e, hc_authority_key(job->a, job->ca, e));
    set_mint(job);
    return compose(job, e);
}

static void fill_issued(struct hc_job *job)
{
    const struct hc_cert *cert = job->minting.cert;

    job->issued.serial_n = cert->serial.n;
    memcpy(job->issued.serial, cert->serial.p, cert->serial.n);
    memcpy(job->issued.issuer, job->ca->name, sizeof job->issued.issuer);
}

struct hc_rc hc_job_run(struct hc_job *const jobs[], size_t n, struct hc_err *e)
{
    struct hc_minting *minting[HC_ISSUE_BATCH_MAX] = {NULL};

    if (n > HC_COUNT(minting))
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu certificates at once; %d is the most", n, HC_ISSUE_BATCH_MAX);
    for (size_t i = 0; i < n; i++)
        minting[i] = &jobs[i]->minting;
    HC_TRY(e, hc_mint_run(minting, n, e));
    for (size_t i = 0; i < n; i++)
        fill_issued(jobs[i]);
    return HC_OK;
}

/* ---- the directory ---- */

/* In the workshop, or, without one, in place at once. */
static struct hc_rc write_files(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e)
{
    HC_BUF_SECRET(p12, HC_P12_MAX);
    HC_BUF_SECRET(profile, HC_DEVICE_PROFILE_MAX);
    HC_BUF_AUTO(friendly, HC_NAME_TEXT_MAX);
    struct hc_identity id = {
        .dir = job->issued.dir,
        .key = job->request->csr ? NULL
               : job->keep       ? job->keep
                                 : job->key,
        .leaf = job->minting.cert,
        .issuer = job->ca->cert,
        .root = job->a->ca[0].cert,
    };
    struct hc_device device = {
        .kind = job->request->p12_for, .key = id.key, .leaf = id.leaf, .issuer = id.issuer, .root = id.root};

    hc_buf_add(&friendly, job->request->name->text);
    HC_TRY(e, hc_buf_check(&friendly, e));
    device.friendly = hc_buf_cstr(&friendly);
    device.passphrase = job->issued.made_passphrase ? job->issued.made_passphrase : job->request->p12_passphrase;
    if (has_device_files(job)) {
        HC_TRY(e, hc_device_build(job->a->crypto, &device, &p12, &profile, e));
        id.p12 = (struct hc_identity_file){job->issued.p12, hc_buf_view(&p12)};
        id.profile = (struct hc_identity_file){job->issued.mobileconfig, hc_buf_view(&profile)};
    }
    return shop ? hc_identity_stage(&id, shop, job->staged, e) : hc_identity_write(&id, e);
}

/* The certificate is recorded; now it is handed out, or the ledger says that it was not. */
struct hc_rc hc_job_hand_out(struct hc_job *job, struct hc_err *e)
{
    struct hc_rc rc = write_files(job, NULL, e);

    if (hc_failed(rc))
        hc_job_lost(job, e);
    return rc;
}

struct hc_rc hc_job_stage(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e)
{
    return write_files(job, shop, e);
}

struct hc_rc hc_job_place(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e)
{
    (void)shop;
    return hc_workshop_place(job->staged, job->issued.dir, e);
}

void hc_job_lost(struct hc_job *job, struct hc_err *e)
{
    HC_BUF_AUTO(serial, 2 * HC_SERIAL_MAX + 1);
    struct hc_err ignored = {0};

    hc_serial_text(job->minting.cert->serial, &serial);
    if (job->request->csr)
        hc_err_prefix(e,
                      "the certificate is recorded but could not be handed out (mend this and sign the request again: "
                      "it gets the same certificate)");
    else
        hc_err_prefix(
            e,
            "the certificate is recorded but could not be handed out and its key is gone (then run: handclasp "
            "revoke --serial %s --reason superseded)",
            hc_buf_cstr(&serial));
    hc_ignore(put_event(job, "issue-failed", job->minting.cert, &ignored)); /* the first error is the one to tell */
}
