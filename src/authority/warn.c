/* warn.c - what will stop working unless somebody acts. */
#include <stdio.h>

#include "authority/crls.h"
#include "base/clock.h"

struct teller {
    struct hc_rc (*each)(void *ctx, const struct hc_warning *w, struct hc_err *e);
    void *ctx;
    int64_t now;
};

/* Tells when less than one `part`-th of begin..end is left. */
static struct hc_rc tell_end(const struct teller *t, struct hc_warning w, const char *what, int64_t begin, int part,
                             struct hc_err *e)
{
    char age[HC_AGE_TEXT], when[HC_TIME_TEXT];

    if (t->now < w.at - (w.at - begin) / part)
        return HC_OK;
    w.already = t->now > w.at;
    (void)snprintf(w.text, sizeof w.text, w.already ? "%s of %.*s ended %s ago (%s)" : "%s of %.*s ends in %s (%s)",
                   what, HC_BYTES_FMT(w.issuer), hc_age_text(w.at - t->now, age), hc_time_text(w.at, when));
    return t->each(t->ctx, &w, e);
}

static struct hc_rc tell_crl(struct hc_authority *a, const struct hc_ca *ca, const struct hc_crl *crl,
                             const struct teller *t, struct hc_warning w, struct hc_err *e)
{
    char age[HC_AGE_TEXT], when[HC_TIME_TEXT];
    bool lacking = false;

    HC_TRY(e, hc_crls_lacking(a, ca, &lacking, e));
    if (lacking) {
        w.code = HC_E_CRL_LACKS;
        w.already = true;
        (void)snprintf(w.text, sizeof w.text,
                       "the ledger has revocations that the CRL of %s lacks, so gates still let those in", ca->name);
        HC_TRY(e, t->each(t->ctx, &w, e));
    }
    if (crl->this_update > t->now) {
        w.code = HC_E_CRL_NOT_YET_VALID;
        w.at = crl->this_update;
        w.already = true;
        (void)snprintf(w.text, sizeof w.text,
                       "the CRL of %s begins in %s (%s), so gates refuse it; if this clock is right, remove "
                       "publish/crl/%s.crl and run: handclasp publish",
                       ca->name, hc_age_text(w.at - t->now, age), hc_time_text(w.at, when), ca->name);
        HC_TRY(e, t->each(t->ctx, &w, e));
    }
    w.code = HC_E_CRL_STALE;
    w.at = crl->next_update;
    return tell_end(t, w, "the CRL", crl->this_update, 4, e);
}

static struct hc_rc warn_of(struct hc_authority *a, const struct hc_ca *ca, const struct teller *t, struct hc_err *e)
{
    struct hc_warning w = {.issuer = hc_bytes_str(ca->name)};
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_rc rc;

    w.code = HC_E_ISSUER_EXPIRED;
    w.at = ca->cert->not_after;
    HC_TRY(e, tell_end(t, w, "the CA certificate", ca->cert->not_before, 10, e));
    rc = hc_crls_published(a, ca, &crl, e);
    if (rc.code != HC_E_FILE_UNREADABLE) /* gates cannot read it either */
        HC_TRY(e, rc);
    if (crl)
        return tell_crl(a, ca, crl, t, w, e);
    w.code = HC_E_CRL_MISSING;
    w.at = 0;
    w.already = true;
    (void)snprintf(w.text, sizeof w.text,
                   "there is no CRL of %s in %s/publish/crl, or it cannot be read or is not %s's", ca->name, a->home,
                   ca->name);
    return t->each(t->ctx, &w, e);
}

struct hc_rc hc_authority_warnings(struct hc_authority *a,
                                   struct hc_rc (*each)(void *ctx, const struct hc_warning *w, struct hc_err *e),
                                   void *ctx, struct hc_err *e)
{
    struct teller t = {.each = each, .ctx = ctx, .now = hc_authority_now(a)};

    for (size_t i = 0; i < a->n_ca; i++)
        HC_TRY(e, warn_of(a, &a->ca[i], &t, e));
    return HC_OK;
}
