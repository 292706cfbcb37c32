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

static struct hc_rc warn_of(struct hc_authority *a, const struct hc_ca *ca, const struct teller *t, struct hc_err *e)
{
    struct hc_warning w = {.issuer = hc_bytes_str(ca->name)};
    HC_AUTO(hc_crl) crl = NULL;

    w.code = HC_E_ISSUER_EXPIRED;
    w.at = ca->cert->not_after;
    HC_TRY(e, tell_end(t, w, "the CA certificate", ca->cert->not_before, 10, e));
    HC_TRY(e, hc_crls_published(a, ca, &crl, e));
    if (crl) {
        w.code = HC_E_CRL_STALE;
        w.at = crl->next_update;
        return tell_end(t, w, "the CRL", crl->this_update, 4, e);
    }
    w.code = HC_E_CRL_MISSING;
    w.at = 0;
    w.already = true;
    (void)snprintf(w.text, sizeof w.text, "there is no CRL of %s in %s/publish/crl, or it is not %s's", ca->name,
                   a->home, ca->name);
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
