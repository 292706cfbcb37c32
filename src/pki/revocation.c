/* revocation.c - asking a set of CRLs about a certificate. */
#include "pki/revocation.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pki/revocation_set.h"

struct hc_revocation *hc_revocation_ref(struct hc_revocation *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void hc_revocation_free(struct hc_revocation *r)
{
    if (r == NULL || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < r->n_all; i++)
        hc_revocation_entry_free(r->entry[i]);
    free(r->entry);
    free(r);
}

/* Which of two CRLs signed by the issuer speaks for it now: the newer one, unless its date is still to come. */
static bool better(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b, int64_t now)
{
    if (b == NULL)
        return true;
    if (hc_revocation_entry_in_future(a, now) != hc_revocation_entry_in_future(b, now))
        return hc_revocation_entry_in_future(b, now);
    return hc_revocation_entry_older(b, a);
}

struct found {
    const struct hc_revocation_entry *best;
    const struct hc_revocation_entry *unsigned_one; /* in the issuer's name, but not signed by it */
};

static struct hc_rc find(const struct hc_crypto *c, const struct hc_revocation *r, const struct hc_cert *issuer,
                         int64_t now, struct found *out, struct hc_err *e)
{
    *out = (struct found){0};
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        struct hc_revocation_entry *entry = r->entry[i];
        if (!hc_revocation_entry_names(entry, issuer))
            continue;
        bool yes = false;
        HC_TRY(e, hc_revocation_entry_signed_by(entry, c, issuer, &yes, e));
        if (!yes)
            out->unsigned_one = entry;
        else if (better(entry, out->best, now))
            out->best = entry;
    }
    return HC_OK;
}

#define WHO_MAX 4096

static struct hc_rc fail_without(const struct found *found, const struct hc_cert *issuer, struct hc_err *e)
{
    HC_BUF_AUTO(who, WHO_MAX);
    hc_dn_text(issuer->subject, &who);
    if (found->unsigned_one == NULL)
        return HC_FAIL(e, HC_E_CRL_MISSING, "there is no CRL of %s", hc_buf_cstr(&who));
    if (issuer->has_ku && (issuer->ku & HC_KU_CRL_SIGN) == 0)
        return HC_FAIL(e, HC_E_CRL_SIGNATURE, "%s has a CRL, but its key usage lacks cRLSign", hc_buf_cstr(&who));
    return HC_FAIL(e, HC_E_CRL_SIGNATURE, "the CRL in the name of %s (%s) is not signed by its key", hc_buf_cstr(&who),
                   found->unsigned_one->source);
}

static struct hc_rc fail_revoked(const struct hc_crl_entry *entry, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_AUTO(serial, 64);
    hc_serial_text(cert->serial, &serial);
    char when[HC_TIME_TEXT];
    return HC_FAIL(e, HC_E_REVOKED, "serial %s was revoked at %s (%s)", hc_buf_cstr(&serial),
                   hc_time_text(entry->time, when), hc_crl_reason_text(entry->reason));
}

struct hc_rc hc_revocation_check(const struct hc_crypto *c, const struct hc_revocation *r, const struct hc_cert *cert,
                                 const struct hc_cert *issuer, int64_t now, struct hc_err *e)
{
    struct found found;
    HC_TRY(e, find(c, r, issuer, now, &found, e));
    if (found.best == NULL)
        return fail_without(&found, issuer, e);
    const struct hc_crl *crl = found.best->crl;
    /* A CRL that is stale or early cannot clear a certificate, but it can condemn one. */
    struct hc_crl_entry entry;
    if (hc_crl_find(crl, cert->serial, &entry))
        return fail_revoked(&entry, cert, e);
    char when[HC_TIME_TEXT];
    if (hc_revocation_entry_in_future(found.best, now))
        return HC_FAIL(e, HC_E_CRL_NOT_YET_VALID, "%s: its date is %s", found.best->source,
                       hc_time_text(crl->this_update, when));
    if (now > crl->next_update)
        return HC_FAIL(e, HC_E_CRL_STALE, "%s: its next update was due at %s", found.best->source,
                       hc_time_text(crl->next_update, when));
    return HC_OK;
}

size_t hc_revocation_count(const struct hc_revocation *r)
{
    return r->n;
}

int64_t hc_revocation_newest(const struct hc_revocation *r)
{
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_revocation_entry *entry = r->entry[i];
        /* A CRL from the future must not carry the time floor there with it: everything would expire. */
        if (hc_revocation_entry_in_future(entry, r->built_at))
            continue;
        if (entry->crl->this_update > newest && hc_revocation_entry_verified(entry))
            newest = entry->crl->this_update;
    }
    return newest;
}

/* The entries in use stand in the order of their hashes. */
void hc_revocation_hash(const struct hc_revocation *r, uint8_t out[HC_REVOCATION_HASH])
{
    static_assert(HC_REVOCATION_HASH == HC_SHA256_SIZE, "one digest");
    uint8_t chained[2 * HC_SHA256_SIZE] = {0};
    for (size_t i = 0; i < r->n; i++) {
        memcpy(chained + HC_SHA256_SIZE, r->entry[i]->hash, HC_SHA256_SIZE);
        hc_sha256(hc_bytes_of(chained, sizeof(chained)), chained);
    }
    memcpy(out, chained, HC_SHA256_SIZE);
}
