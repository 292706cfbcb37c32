/* issuer.c - issuers come and go while the root stays. */
#include "authority/issuer.h"

#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/grant_inside.h"
#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "base/clock.h"

/* ---- a new one ---- */

static struct hc_rc check_not_waiting(const struct hc_authority *a, const char *name, struct hc_err *e)
{
    if (hc_issuer_waits(a, name))
        return HC_FAIL(e, HC_E_ISSUER_EXISTS,
                       "%s waits for its certificate: bring the reply (handclasp issuer add %s --certificate FILE), or "
                       "remove %s/authority/%s.request and its key",
                       name, name, a->home, name);
    return HC_OK;
}

/* The root's key and the lint say no before a key is made. */
static struct hc_rc check_root(struct hc_authority *a, struct hc_err *e)
{
    HC_TRY(e, hc_authority_ca_alive(a, &a->ca[0], e));
    return hc_authority_key(a, &a->ca[0], e);
}

struct hc_rc hc_issuer_add(struct hc_authority *a, const struct hc_issue_grant *grant,
                           const struct hc_issuer_plan *plan, struct hc_err *e)
{
    HC_ISSUER_JOB(job) = {.a = a, .grant = grant, .plan = plan};
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(spki, HC_CERT_MAX);
    struct hc_ca *ca = NULL;
    HC_FD lock = -1;

    HC_TRY(e, hc_grant_check(grant, HC_PROFILE_ISSUING_CA, e));
    HC_TRY(e, hc_issuer_check_plan(a->ca[0].cert, plan, e));
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, hc_issuer_check_free(a, plan->name, e));
    HC_TRY(e, hc_issuer_check_forgotten(a, plan->name, e));
    HC_TRY(e, check_not_waiting(a, plan->name, e));
    HC_TRY(e, check_root(a, e));
    HC_TRY(e, hc_issuer_make_key(a, plan, &key, e));
    HC_TRY(e, hc_key_spki(key, &spki, e));
    job.spki = hc_buf_view(&spki);
    HC_TRY(e, hc_issuer_prepare(&job, e));
    HC_TRY(e, hc_issuer_certify(&job, HC_GIVE(key), &ca, e));
    return hc_issuer_publish(a, ca, e);
}

/* ---- its end ---- */

static struct hc_rc check_reason(enum hc_crl_reason reason, struct hc_err *e)
{
    switch (reason) {
    case HC_CRL_UNSPECIFIED:
    case HC_CRL_KEY_COMPROMISE:
    case HC_CRL_CA_COMPROMISE:
    case HC_CRL_AFFILIATION_CHANGED:
    case HC_CRL_SUPERSEDED:
    case HC_CRL_CESSATION_OF_OPERATION:
    case HC_CRL_PRIVILEGE_WITHDRAWN:
        return HC_OK;
    case HC_CRL_CERTIFICATE_HOLD:
    case HC_CRL_AA_COMPROMISE:
        break;
    }
    return HC_FAIL(e, HC_E_REASON, "reason %d does not fit the final revocation of an issuer", (int)reason);
}

static struct hc_rc find(struct hc_authority *a, const char *name, struct hc_ca **out, struct hc_err *e)
{
    struct hc_ca *ca = hc_authority_ca(a, hc_bytes_str(name));

    if (!ca)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s' in %s", name, a->home);
    if (!ca->parent)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN,
                       "nobody can revoke the root: whoever trusts it has to remove it from the trust store");
    *out = ca;
    return HC_OK;
}

static struct hc_rc put_revocation(struct hc_authority *a, const struct hc_ca *ca, enum hc_crl_reason reason,
                                   struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);
    struct hc_ledger_revocation row = {
        .issuer = hc_bytes_str(ca->parent->name),
        .serial = ca->cert->serial,
        .at = hc_authority_now(a),
        .reason = (int)reason,
        .not_after = ca->cert->not_after,
    };

    HC_TRY(e, hc_ledger_put_revocation(a->ledger, &row, NULL, e));
    hc_detail_serial(&detail, "serial", row.serial);
    hc_detail_str(&detail, "issuer", row.issuer);
    hc_detail_str(&detail, "name", hc_bytes_str(ca->name));
    hc_detail_str(&detail, "reason", hc_bytes_str(hc_crl_reason_text(reason)));
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(a->ledger, row.at, "issuer-revoke", hc_buf_view(&detail), e);
}

static struct hc_rc record(struct hc_authority *a, struct hc_ca *ca, enum hc_crl_reason reason, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(a->ledger, e));
    HC_TRY(e, hc_ledger_end(a->ledger, put_revocation(a, ca, reason, e), e));
    ca->revoked = true;
    return HC_OK;
}

static struct hc_rc publish(struct hc_authority *a, int64_t *number, struct hc_err *e)
{
    struct hc_rc rc = hc_crls_renew(a, &a->ca[0], number, e);

    if (hc_failed(rc))
        hc_err_prefix(e,
                      "the ledger has the revocation, but the root's CRL could not be published, so gates do not know "
                      "of it: mend this and run: handclasp publish");
    return rc;
}

static struct hc_rc open_root(struct hc_authority *a, const char *name, struct hc_err *e)
{
    struct hc_rc rc = hc_authority_key(a, &a->ca[0], e);

    if (rc.code == HC_E_ROOT_OFFLINE)
        hc_err_prefix(
            e,
            "%s is not revoked yet: bring the key (--root-key FILE), or revoke it in the home with the root's "
            "key and bring the CRL from there (handclasp publish --root-crl FILE)",
            name);
    return rc;
}

/* Nothing is left to record. An earlier run may have been killed before gates were told. */
static struct hc_rc already(struct hc_authority *a, const struct hc_ca *ca, int64_t *number, struct hc_err *e)
{
    char when[HC_TIME_TEXT];
    bool lacking = false;

    if (!ca->revoked)
        return HC_FAIL(e, HC_E_ALREADY_REVOKED, "the issuer %s ended at %s", ca->name,
                       hc_time_text(ca->cert->not_after, when));
    HC_TRY(e, hc_crls_lacking(a, &a->ca[0], &lacking, e));
    if (lacking) {
        HC_TRY(e, open_root(a, ca->name, e));
        HC_TRY(e, publish(a, number, e));
    }
    return HC_FAIL(e, HC_E_ALREADY_REVOKED, "the issuer %s is revoked already%s", ca->name,
                   lacking ? "; the root's CRL had not been published, it is now" : "");
}

/* Finds the issuer and opens what signs its end. *over: it has ended already, which is not for this to say. */
static struct hc_rc prepare(struct hc_authority *a, const char *name, struct hc_ca **out, bool *over, struct hc_err *e)
{
    struct hc_rc alive;

    HC_TRY(e, hc_issuer_refresh(a, e));
    HC_TRY(e, find(a, name, out, e));
    alive = hc_authority_ca_alive(a, *out, e); /* reads what others have revoked since */
    *over = alive.code == HC_E_ISSUER_ENDED && ((*out)->revoked || hc_authority_now(a) > (*out)->cert->not_after);
    if (*over)
        return HC_OK;
    HC_TRY(e, alive);
    return open_root(a, name, e);
}

struct hc_rc hc_issuer_revocable(struct hc_authority *a, const char *name, enum hc_crl_reason reason, struct hc_err *e)
{
    struct hc_ca *ca = NULL;
    bool over = false;

    HC_TRY(e, check_reason(reason, e));
    HC_TRY(e, prepare(a, name, &ca, &over, e));
    return over ? HC_FAIL(e, HC_E_ALREADY_REVOKED, "the issuer %s is revoked already, or has ended", name) : HC_OK;
}

struct hc_rc hc_issuer_revoke(struct hc_authority *a, const char *name, enum hc_crl_reason reason, int64_t *crl_number,
                              struct hc_err *e)
{
    struct hc_ca *ca = NULL;
    bool over = false;
    HC_FD lock = -1;

    HC_TRY(e, check_reason(reason, e));
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, prepare(a, name, &ca, &over, e));
    if (over)
        return already(a, ca, crl_number, e);
    HC_TRY(e, record(a, ca, reason, e));
    return publish(a, crl_number, e);
}
