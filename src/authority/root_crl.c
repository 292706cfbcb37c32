/*
 * root_crl.c - a CRL of the root that was made in the home with its key.
 *
 * The same invariants as for CRLs made here (crls.c): the number rises, thisUpdate does not go back, what is revoked
 * stays revoked, recorded before it is published.
 */
#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/home.h"
#include "authority/issue.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/spki.h"
#include "pki/crl.h"
#include "pki/pem.h"

/* ---- is it one ---- */

static struct hc_rc check_signature(const struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    const struct hc_cert *root = a->ca[0].cert;
    struct hc_signed what = {.algorithm = crl->sig_alg, .message = crl->tbs, .signature = crl->signature};
    struct hc_rc rc;

    if (!hc_bytes_eq(crl->issuer, root->subject))
        return HC_FAIL(e, HC_E_CRL_SIGNATURE, "the CRL is not of the root of %s", a->home);
    rc = hc_spki_verify(a->crypto, root->spki, &what, e);
    if (rc.code == HC_E_BAD_SIGNATURE || rc.code == HC_E_CERT_WEAK_SIGNATURE)
        return HC_FAIL(e, HC_E_CRL_SIGNATURE, "the CRL is not signed by the root of %s", a->home);
    return rc;
}

static struct hc_rc number_of(const struct hc_crl *crl, int64_t *out, struct hc_err *e)
{
    int64_t n = hc_crls_number(crl);

    if (n < 0)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "the CRL's number is too large to go on from");
    *out = n;
    return HC_OK;
}

static struct hc_rc check_dates(const struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    int64_t now = hc_authority_now(a);
    char when[HC_TIME_TEXT];

    if (crl->this_update > now + HC_ISSUE_BACKDATE_S)
        return HC_FAIL(e, HC_E_CRL_NOT_YET_VALID, "the CRL begins at %s: the clock here or there is wrong",
                       hc_time_text(crl->this_update, when));
    if (crl->next_update < now)
        return HC_FAIL(e, HC_E_CRL_STALE, "the CRL ended at %s; make a fresh one where the root's key is",
                       hc_time_text(crl->next_update, when));
    return HC_OK;
}

/* Against what is published and against what the ledger remembers: each may have been restored from a backup. */
static struct hc_rc check_order(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    HC_AUTO(hc_crl) before = NULL;
    struct hc_ledger_crl last = {0};
    uint8_t hash[HC_SHA256_SIZE];
    int64_t number = 0;
    bool published, recorded;

    HC_TRY(e, number_of(crl, &number, e));
    HC_TRY(e, hc_crls_published(a, &a->ca[0], &before, e));
    HC_TRY(e, hc_ledger_last_crl(a->ledger, HC_BYTES(HC_HOME_ROOT), &last, e));
    hc_sha256(crl->der, hash);
    published = before && hc_bytes_eq(before->der, crl->der); /* the very one, again */
    recorded = last.number == number && memcmp(hash, last.sha256, sizeof hash) == 0;
    if ((before && !published &&
         (hc_crl_number_cmp(crl->number, before->number) <= 0 || crl->this_update < before->this_update)) ||
        (!recorded && (number <= last.number || crl->this_update < last.this_update)))
        return HC_FAIL(e, HC_E_CRL_OLDER, "the CRL has the number %lld; this home has number %lld of the root",
                       (long long)number, (long long)last.number);
    return HC_OK;
}

struct hc_rc hc_issuer_root_crl_check(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    bool lacking = false;

    HC_TRY(e, check_signature(a, crl, e));
    HC_TRY(e, check_dates(a, crl, e));
    HC_TRY(e, check_order(a, crl, e));
    HC_TRY(e, hc_crls_lack(a, &a->ca[0], crl, crl->this_update, &lacking, e));
    if (lacking)
        return HC_FAIL(
            e, HC_E_CRL_LACKS,
            "the CRL that was brought lacks an issuer that this home knows to be revoked; revoke it where the "
            "root's key is as well, and bring the CRL from there");
    return HC_OK;
}

/* ---- what it says ---- */

static struct hc_rc revoke_one(struct hc_authority *a, const struct hc_crl *crl, size_t i, bool *added,
                               struct hc_err *e)
{
    struct hc_ledger_revocation row = {.issuer = HC_BYTES(HC_HOME_ROOT), .not_after = HC_LEDGER_NO_END};
    struct hc_crl_entry entry = hc_crl_entry_at(crl, i, &row.serial);

    for (size_t k = 1; k < a->n_ca; k++) {
        if (hc_bytes_eq(a->ca[k].cert->serial, row.serial))
            row.not_after = a->ca[k].cert->not_after;
    }
    row.at = entry.time;
    row.reason = (int)entry.reason;
    return hc_ledger_put_revocation(a->ledger, &row, added, e);
}

static struct hc_rc put_event(struct hc_authority *a, int64_t number, int64_t revoked, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);

    hc_detail_str(&detail, "issuer", HC_BYTES(HC_HOME_ROOT));
    hc_detail_int(&detail, "number", number);
    hc_detail_int(&detail, "revocations", revoked);
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(a->ledger, hc_authority_now(a), "crl-brought", hc_buf_view(&detail), e);
}

static struct hc_rc put_all(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    struct hc_ledger_crl row = {.this_update = crl->this_update, .next_update = crl->next_update}, last = {0};
    int64_t number = 0, taken = 0, revoked = 0;

    HC_TRY(e, number_of(crl, &number, e));
    HC_TRY(e, hc_ledger_last_crl(a->ledger, HC_BYTES(HC_HOME_ROOT), &last, e));
    if (last.number == number)
        return HC_OK; /* recorded, and then the process was killed before it was published */
    row.number = number;
    for (size_t i = 0; i < crl->n_entries; i++) {
        bool added = false;

        HC_TRY(e, revoke_one(a, crl, i, &added, e));
        revoked += added;
    }
    /* The count of numbers goes on from the one that was brought, should the root's key ever sign here. */
    HC_TRY(e, hc_ledger_crl_number_next(a->ledger, HC_BYTES(HC_HOME_ROOT), number - 1, &taken, e));
    if (taken != number)
        return HC_FAIL(e, HC_E_CRL_OLDER, "the CRL has the number %lld, but a later one was begun here",
                       (long long)number);
    HC_TRY(e, hc_ledger_put_crl(a->ledger, HC_BYTES(HC_HOME_ROOT), crl->der, &row, e));
    return put_event(a, number, revoked, e);
}

static struct hc_rc record(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(a->ledger, e));
    return hc_ledger_end(a->ledger, put_all(a, crl, e), e);
}

struct hc_rc hc_issuer_root_crl(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e)
{
    HC_TRY(e, hc_issuer_root_crl_check(a, crl, e));
    HC_TRY(e, record(a, crl, e));
    for (size_t k = 1; k < a->n_ca; k++)
        a->ca[k].revoked = a->ca[k].revoked || hc_crl_find(crl, a->ca[k].cert->serial, NULL);
    return hc_crls_put(a, &a->ca[0], crl->der, e);
}

/* ---- from a file ---- */

static struct hc_rc parse(struct hc_bytes text, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    bool found = false;

    if (text.n > 0 && text.p[0] == 0x30) /* a SEQUENCE */
        return hc_crl_parse(text, out, e);
    if (hc_failed(hc_pem_next(&text, HC_PEM_CRL, &der, &found, e)) || !found)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "there is no CRL in the file");
    return hc_crl_parse(hc_buf_view(&der), out, e);
}

struct hc_rc hc_issuer_accept_root_crl(struct hc_authority *a, struct hc_bytes text, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;
    HC_FD lock = -1;

    HC_TRY(e, parse(text, &crl, e));
    HC_TRY(e, hc_lock_begin(a, &lock, e));
    return hc_issuer_root_crl(a, crl, e);
}
