/*
 * revocation_check.c - asking a set of CRLs about one certificate [RFC 5280 6.3.3].
 *
 * 1. The CRLs in the issuer's name that it signed are collected. 2. Any of them that lists the serial condemns the
 * certificate, whatever its dates and its scope: serials are unique for an issuer [RFC 5280 4.1.2.2], so what it
 * withdrew anywhere is withdrawn. Not so where a later CRL of the same scope and key has taken its place, where a
 * current delta CRL takes back a hold, or for a CRL of attribute certificates, whose serials are others. 3. Those that
 * are current and speak for the certificate clear it for their reasons; it is good when all reasons are cleared.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "pki/dn.h"
#include "pki/revocation_set.h"

/* What was found, and why it was not enough. */
struct found {
    const struct hc_revocation_query *q;
    const struct hc_revocation_entry *believed[HC_REVOCATION_CRLS];
    size_t n;
    const struct hc_revocation_entry *unsigned_one; /* in the issuer's name, but not signed by it */
    const struct hc_revocation_entry *indirect;
    /* of those that would speak for the certificate: */
    const struct hc_revocation_entry *stale, *early, *without_base;
    uint32_t reasons; /* cleared so far */
};

/* ---- 1: who speaks for the issuer ---- */

static struct hc_rc believed_by(struct hc_revocation_entry *entry, const struct hc_crypto *c,
                                const struct hc_cert *signer, bool *named, bool *yes, struct hc_err *e)
{
    if (*yes || !hc_revocation_entry_names(entry, signer))
        return HC_OK;
    *named = true;
    return hc_revocation_entry_signed_by(entry, c, signer, yes, e);
}

static struct hc_rc collect_one(struct found *f, const struct hc_crypto *c, struct hc_revocation_entry *entry,
                                struct hc_err *e)
{
    const struct hc_revocation_query *q = f->q;
    bool named = false, yes = false;

    HC_TRY(e, believed_by(entry, c, q->issuer, &named, &yes, e));
    for (size_t i = 0; i < q->n_signers; i++) {
        if (hc_dn_eq(q->signer[i]->subject, q->issuer->subject))
            HC_TRY(e, believed_by(entry, c, q->signer[i], &named, &yes, e));
    }
    if (yes && entry->indirect)
        f->indirect = entry;
    else if (yes && f->n < HC_REVOCATION_CRLS)
        f->believed[f->n++] = entry;
    else if (named)
        f->unsigned_one = entry;
    return HC_OK;
}

static struct hc_rc collect(struct found *f, const struct hc_crypto *c, const struct hc_revocation *r, struct hc_err *e)
{
    for (size_t i = 0; r != NULL && i < r->n; i++)
        HC_TRY(e, collect_one(f, c, r->entry[i], e));
    return HC_OK;
}

/* ---- which of them, and when ---- */

static bool is_delta(const struct hc_revocation_entry *entry)
{
    return entry->base.n > 0;
}

static bool in_future(const struct found *f, const struct hc_revocation_entry *entry)
{
    return hc_revocation_entry_in_future(entry, f->q->now);
}

/* nextUpdate is the last second at which it holds, and so is nextUpdate + allow_stale. */
static bool is_stale(const struct found *f, const struct hc_revocation_entry *entry)
{
    int64_t until;

    if (f->q->allow_stale <= 0)
        return f->q->now > entry->next_update;
    return !__builtin_add_overflow(entry->next_update, f->q->allow_stale, &until) && f->q->now > until;
}

static bool is_current(const struct found *f, const struct hc_revocation_entry *entry)
{
    return !in_future(f, entry) && !is_stale(f, entry);
}

/* Does `a` speak now instead of `b`, of the same scope and key? The newer one, unless its date is still to come. Of two
 * that contradict each other about it (the greater number has the earlier date) neither silences the other. */
static bool better(const struct found *f, const struct hc_revocation_entry *a, const struct hc_revocation_entry *b)
{
    if (in_future(f, a) != in_future(f, b))
        return in_future(f, b);
    return hc_revocation_entry_older(b, a) && !hc_revocation_entry_older(a, b);
}

static bool is_replaced(const struct found *f, const struct hc_revocation_entry *entry)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct hc_revocation_entry *other = f->believed[i];
        if (other != entry && better(f, other, entry) && hc_revocation_entry_same_kind(other, entry))
            return true;
    }
    return false;
}

/* ---- delta CRLs ---- */

/* RFC 5280 5.2.4, 6.3.3 (c): the same scope and the same key of the issuer. */
static bool belong_together(const struct hc_revocation_entry *complete, const struct hc_revocation_entry *delta)
{
    return is_delta(delta) && !is_delta(complete) && hc_bytes_eq(complete->idp, delta->idp) &&
           hc_bytes_eq(complete->aki, delta->aki) && hc_revocation_entry_same_key(complete, delta);
}

/* RFC 5280 5.2.4 (c) and (d): the delta begins at or before the complete CRL and ends after it. */
static bool fits(const struct hc_revocation_entry *complete, const struct hc_revocation_entry *delta)
{
    return belong_together(complete, delta) && hc_crl_number_cmp(complete->number, delta->base) >= 0 &&
           hc_crl_number_cmp(complete->number, delta->number) < 0;
}

/* The newest delta CRL that this complete one can be put together with now; NULL: none. */
static const struct hc_revocation_entry *delta_of(const struct found *f, const struct hc_revocation_entry *complete)
{
    const struct hc_revocation_entry *best = NULL;

    for (size_t i = 0; i < f->n; i++) {
        const struct hc_revocation_entry *delta = f->believed[i];
        if (fits(complete, delta) && is_current(f, delta) && (best == NULL || better(f, delta, best)))
            best = delta;
    }
    return best;
}

/* What a delta CRL says is past: a complete CRL of the same scope that is as new, or the delta is early while there is
 * one that is not. */
static bool delta_is_past(const struct found *f, const struct hc_revocation_entry *delta)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct hc_revocation_entry *complete = f->believed[i];
        if (belong_together(complete, delta) && !in_future(f, complete) &&
            (in_future(f, delta) || hc_crl_number_cmp(complete->number, delta->number) >= 0))
            return true;
    }
    return false;
}

/* Stricter than RFC 5280 6.3.3 (j): only a hold is taken back, and only by a delta CRL that is current. What has
 * expired is left out of CRLs too, but an expired certificate is refused anyway. */
static bool is_taken_back(const struct found *f, const struct hc_revocation_entry *complete,
                          const struct hc_crl_entry *listed)
{
    const struct hc_revocation_entry *delta = delta_of(f, complete);
    struct hc_crl_entry later;

    return listed->reason == HC_CRL_CERTIFICATE_HOLD && delta != NULL &&
           hc_revocation_table_find(&delta->table, f->q->cert->serial, &later) &&
           later.reason == HC_CRL_REMOVE_FROM_CRL;
}

/* ---- 2: condemned ---- */

static bool condemns(const struct found *f, const struct hc_revocation_entry *entry, struct hc_crl_entry *out)
{
    if (entry->scope.only_attribute || !hc_revocation_table_find(&entry->table, f->q->cert->serial, out) ||
        out->reason == HC_CRL_REMOVE_FROM_CRL || is_replaced(f, entry))
        return false;
    return is_delta(entry) ? !delta_is_past(f, entry) : !is_taken_back(f, entry, out);
}

static struct hc_rc fail_revoked(const struct hc_crl_entry *entry, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_AUTO(serial, 64);
    hc_serial_text(cert->serial, &serial);
    char when[HC_TIME_TEXT];
    return HC_FAIL(e, HC_E_REVOKED, "serial %s was revoked at %s (%s)", hc_buf_cstr(&serial),
                   hc_time_text(entry->time, when), hc_crl_reason_text(entry->reason));
}

static struct hc_rc check_revoked(const struct found *f, struct hc_err *e)
{
    for (size_t i = 0; i < f->n; i++) {
        struct hc_crl_entry listed;
        if (condemns(f, f->believed[i], &listed))
            return fail_revoked(&listed, f->q->cert, e);
    }
    return HC_OK;
}

/* ---- 3: cleared ---- */

/* A later delta CRL of this complete one that cannot be put together with it: there is more to know. */
static const struct hc_revocation_entry *misfit(const struct found *f, const struct hc_revocation_entry *complete)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct hc_revocation_entry *delta = f->believed[i];
        if (belong_together(complete, delta) && is_current(f, delta) &&
            hc_crl_number_cmp(complete->number, delta->base) < 0)
            return delta;
    }
    return NULL;
}

/* Put together, a complete and a delta CRL have the dates of the delta [RFC 5280 5.2.4]. */
static void note_dates(struct found *f, const struct hc_revocation_entry *complete, uint32_t reasons)
{
    const struct hc_revocation_entry *delta = NULL;

    if (is_current(f, complete) || delta_of(f, complete) != NULL)
        f->reasons |= reasons;
    else if (in_future(f, complete))
        f->early = complete;
    else if ((delta = misfit(f, complete)) != NULL)
        f->without_base = delta;
    else
        f->stale = complete;
}

static bool has_complete(const struct found *f, const struct hc_revocation_entry *delta)
{
    for (size_t i = 0; i < f->n; i++) {
        if (belong_together(f->believed[i], delta))
            return true;
    }
    return false;
}

static struct hc_rc clear(struct found *f, struct hc_err *e)
{
    for (size_t i = 0; i < f->n && f->reasons != HC_CRL_ALL_REASONS; i++) {
        const struct hc_revocation_entry *entry = f->believed[i];
        uint32_t reasons;

        HC_TRY(e, hc_crl_scope_match(&entry->scope, f->q->cert, &reasons, e));
        if ((reasons & ~f->reasons) == 0)
            continue;
        if (!is_delta(entry)) {
            if (!is_replaced(f, entry))
                note_dates(f, entry, reasons);
        } else if (!has_complete(f, entry)) {
            f->without_base = entry;
        }
    }
    return HC_OK;
}

/* ---- why not ---- */

#define WHO_MAX 4096

static struct hc_rc fail_unsigned(const struct found *f, const char *who, struct hc_err *e)
{
    const struct hc_cert *issuer = f->q->issuer;

    if (issuer->has_ku && (issuer->ku & HC_KU_CRL_SIGN) == 0 && f->q->n_signers == 0)
        return HC_FAIL(e, HC_E_CRL_SIGNATURE, "%s has a CRL, but its key usage lacks cRLSign", who);
    if (atomic_load_explicit(&f->unsigned_one->rolled_back, memory_order_relaxed))
        return HC_FAIL(e, HC_E_CRL_MISSING, "the CRL of %s (%s) is older than one that was accepted before", who,
                       f->unsigned_one->source);
    return HC_FAIL(e, HC_E_CRL_SIGNATURE, "the CRL in the name of %s (%s) is not signed by its key", who,
                   f->unsigned_one->source);
}

/* No CRL that is at hand would do, whatever the time. */
static struct hc_rc fail_without(const struct found *f, struct hc_err *e)
{
    HC_BUF_AUTO(who, WHO_MAX);
    bool elsewhere;

    hc_dn_text(f->q->issuer->subject, &who);
    if (f->indirect != NULL)
        return HC_FAIL(e, HC_E_CRL_INDIRECT, "the CRL of %s (%s)", hc_buf_cstr(&who), f->indirect->source);
    HC_TRY(e, hc_crl_scope_elsewhere(f->q->cert, &elsewhere, e));
    if (elsewhere)
        return HC_FAIL(e, HC_E_CRL_INDIRECT, "the certificate refers to the CRLs of another issuer than %s",
                       hc_buf_cstr(&who));
    if (f->n > 0 && f->reasons != 0)
        return HC_FAIL(e, HC_E_CRL_SCOPE, "the CRLs of %s leave reasons for a revocation open", hc_buf_cstr(&who));
    if (f->n > 0)
        return HC_FAIL(e, HC_E_CRL_SCOPE, "there are CRLs of %s (%s), but none for this certificate", hc_buf_cstr(&who),
                       f->believed[0]->source);
    if (f->unsigned_one != NULL)
        return fail_unsigned(f, hc_buf_cstr(&who), e);
    return HC_FAIL(e, HC_E_CRL_MISSING, "there is no CRL of %s", hc_buf_cstr(&who));
}

static struct hc_rc fail_open(const struct found *f, struct hc_err *e)
{
    char when[HC_TIME_TEXT];

    if (f->early != NULL)
        return HC_FAIL(e, HC_E_CRL_NOT_YET_VALID, "%s: its date is %s", f->early->source,
                       hc_time_text(f->early->this_update, when));
    if (f->stale != NULL)
        return HC_FAIL(e, HC_E_CRL_STALE, "%s: its next update was due at %s", f->stale->source,
                       hc_time_text(f->stale->next_update, when));
    if (f->without_base != NULL)
        return HC_FAIL(e, HC_E_CRL_DELTA_BASE, "%s has no complete CRL to build on", f->without_base->source);
    return fail_without(f, e);
}

struct hc_rc hc_revocation_check(const struct hc_crypto *c, const struct hc_revocation *r,
                                 const struct hc_revocation_query *query, struct hc_err *e)
{
    struct found f; /* its list is filled as far as n says, and not cleared for each question */

    f.q = query;
    f.n = 0;
    f.unsigned_one = f.indirect = f.stale = f.early = f.without_base = NULL;
    f.reasons = 0;
    HC_TRY(e, collect(&f, c, r, e));
    HC_TRY(e, check_revoked(&f, e));
    HC_TRY(e, clear(&f, e));
    return f.reasons == HC_CRL_ALL_REASONS ? HC_OK : fail_open(&f, e);
}
