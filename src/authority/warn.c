/*
 * warn.c - what will stop working unless somebody acts.
 *
 * Only what somebody can and should do something about: an issuer that has a successor may end, nobody asks for a dead
 * issuer's CRL, and another home's issuers are that home's to watch.
 */
#include <stdio.h>

#include "authority/crls.h"
#include "authority/head_inside.h"
#include "authority/home.h"
#include "base/clock.h"
#include "pki/pem.h"

struct teller {
    struct hc_authority *a;
    struct hc_rc (*each)(void *ctx, const struct hc_warning *w, struct hc_err *e);
    void *ctx;
    int64_t now;
};

/* Has less than one `part`-th of begin..end been left? */
static bool near(int64_t now, int64_t begin, int64_t end, int part)
{
    return now >= end - (end - begin) / part;
}

/* "WHAT of ISSUER ends in 20 hours (...)" and what to add to it. */
static struct hc_rc tell_end(const struct teller *t, struct hc_warning w, const char *what, const char *more,
                             struct hc_err *e)
{
    char age[HC_AGE_TEXT], when[HC_TIME_TEXT];

    w.already = t->now > w.at;
    (void)snprintf(w.text, sizeof w.text, w.already ? "%s of %.*s ended %s ago (%s)%s" : "%s of %.*s ends in %s (%s)%s",
                   what, HC_BYTES_FMT(w.issuer), hc_age_text(w.at - t->now, age), hc_time_text(w.at, when), more);
    return t->each(t->ctx, &w, e);
}

/* ---- CRLs ---- */

static struct hc_rc tell_lacking(const struct teller *t, const struct hc_ca *ca, struct hc_warning w, struct hc_err *e)
{
    w.code = HC_E_CRL_LACKS;
    w.already = true;
    (void)snprintf(w.text, sizeof w.text,
                   "the ledger has revocations that the CRL of %s lacks, so gates still let those in", ca->name);
    return t->each(t->ctx, &w, e);
}

static struct hc_rc tell_future(const struct teller *t, const struct hc_ca *ca, struct hc_warning w, struct hc_err *e)
{
    char age[HC_AGE_TEXT], when[HC_TIME_TEXT];

    if (w.at <= t->now)
        return HC_OK;
    w.code = HC_E_CRL_NOT_YET_VALID;
    w.already = true;
    (void)snprintf(w.text, sizeof w.text,
                   "the CRL of %s begins in %s (%s), so gates refuse it; if this clock is right, remove "
                   "publish/crl/%s.crl and run: handclasp publish",
                   ca->name, hc_age_text(w.at - t->now, age), hc_time_text(w.at, when), ca->name);
    return t->each(t->ctx, &w, e);
}

/* A root whose key is away cannot be asked tomorrow: its key takes somebody's way to a safe. */
static struct hc_rc tell_stale(const struct teller *t, const struct hc_ca *ca, struct hc_warning w, struct hc_err *e)
{
    const char *more = "";

    w.code = HC_E_CRL_STALE;
    if (!ca->parent && !hc_authority_key_here(t->a, ca)) {
        w.code = HC_E_ROOT_OFFLINE;
        more = t->now > w.at ? "; bring the root's key: handclasp publish --root-key FILE"
                             : "; bring the root's key before that: handclasp publish --root-key FILE";
    }
    return tell_end(t, w, "the CRL", more, e);
}

static struct hc_rc tell_crl(const struct teller *t, const struct hc_ca *ca, const struct hc_crls_state *s,
                             struct hc_warning w, struct hc_err *e)
{
    if (s->lacking)
        HC_TRY(e, tell_lacking(t, ca, w, e));
    w.at = s->this_update;
    HC_TRY(e, tell_future(t, ca, w, e));
    if (!near(t->now, s->this_update, s->next_update, 4))
        return HC_OK;
    w.at = s->next_update;
    return tell_stale(t, ca, w, e);
}

static struct hc_rc warn_of_crl(const struct teller *t, const struct hc_ca *ca, struct hc_err *e)
{
    struct hc_warning w = {.issuer = hc_bytes_str(ca->name)};
    struct hc_crls_state s = {.there = false};
    struct hc_rc rc = hc_crls_look(t->a, ca, &s, e);

    if (rc.code != HC_E_FILE_UNREADABLE) /* gates cannot read it either */
        HC_TRY(e, rc);
    if (s.there)
        return tell_crl(t, ca, &s, w, e);
    w.code = HC_E_CRL_MISSING;
    w.already = true;
    (void)snprintf(w.text, sizeof w.text, "there is no CRL of %s in publish/crl, or it cannot be read or is not %s's",
                   ca->name, ca->name);
    return t->each(t->ctx, &w, e);
}

/* ---- CAs ---- */

/* Will the issuer be able to issue for a while yet? */
static bool is_fit(const struct teller *t, const struct hc_ca *ca)
{
    return ca->parent && ca->key_file[0] && !hc_crls_dead(t->a, ca) &&
           !near(t->now, ca->cert->not_before, ca->cert->not_after, 10);
}

/* Does a fit issuer issue everything that this one does? */
static bool has_successor(const struct teller *t, const struct hc_ca *ca)
{
    for (size_t i = 0; i < t->a->n_ca; i++) {
        const struct hc_ca *other = &t->a->ca[i];

        if (other != ca && is_fit(t, other) && (ca->profiles & ~other->profiles) == 0)
            return true;
    }
    return false;
}

static struct hc_rc warn_of_end(const struct teller *t, const struct hc_ca *ca, struct hc_err *e)
{
    struct hc_warning w = {.issuer = hc_bytes_str(ca->name), .at = ca->cert->not_after};

    if (ca->revoked || !near(t->now, ca->cert->not_before, ca->cert->not_after, 10))
        return HC_OK;
    if (ca->parent && has_successor(t, ca))
        return HC_OK;
    w.code = ca->parent && t->now <= w.at ? HC_E_ISSUER_NEAR_END : HC_E_ISSUER_EXPIRED;
    return tell_end(t, w, "the CA certificate", "", e);
}

static struct hc_rc warn_of(const struct teller *t, const struct hc_ca *ca, struct hc_err *e)
{
    if (hc_crls_foreign(ca))
        return HC_OK;
    HC_TRY(e, warn_of_end(t, ca, e));
    return hc_crls_dead(t->a, ca) ? HC_OK : warn_of_crl(t, ca, e);
}

/* A home that holds the root's key and issuers of other homes only is the safe's: it issues nothing, and need not. */
static struct hc_rc warn_of_none(const struct teller *t, struct hc_err *e)
{
    struct hc_warning w = {.code = HC_E_ISSUER_NONE, .already = true};
    const struct hc_authority *a = t->a;
    size_t own = 0;

    for (size_t i = 1; i < a->n_ca; i++) {
        own += !hc_crls_foreign(&a->ca[i]);
        if (!hc_crls_foreign(&a->ca[i]) && !hc_crls_dead(a, &a->ca[i]))
            return HC_OK;
    }
    if (own == 0 && a->ca[0].key_file[0])
        return HC_OK;
    (void)snprintf(w.text, sizeof w.text, "%s, so nothing can be issued",
                   own == 0 ? "there is no issuing CA yet" : "every issuing CA here has ended or is revoked");
    return t->each(t->ctx, &w, e);
}

/* ---- the home as a whole ---- */

static struct hc_rc warn_of_bundle(const struct teller *t, struct hc_err *e)
{
    struct hc_warning w = {.code = HC_E_ROOT_CHANGED, .issuer = hc_bytes_str(HC_HOME_ROOT), .already = true};
    HC_CERT_LIST(found);
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_path(t->a->home, HC_HOME_BUNDLE, path, e));
    rc = hc_pem_load_certs(path, 1, &found, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (rc.code == HC_E_FILE_MISSING || (hc_ok(rc) && hc_cert_eq(found.cert[0], t->a->ca[0].cert)))
        return HC_OK;
    (void)snprintf(
        w.text, sizeof w.text,
        "publish/bundle.pem is not the root certificate of the ledger alone: who trusts it trusts something else");
    return t->each(t->ctx, &w, e);
}

static struct hc_rc warn_of_head(const struct teller *t, struct hc_err *e)
{
    struct hc_warning w = {.already = true};
    struct hc_head_state s = {.there = false};

    HC_TRY(e, hc_head_look(t->a, &s, e));
    if (!s.there || hc_ok(s.compared))
        return HC_OK;
    w.code = s.compared.code;
    w.at = s.head.at;
    (void)snprintf(w.text, sizeof w.text, "%s", s.why.text);
    return t->each(t->ctx, &w, e);
}

struct hc_rc hc_authority_warnings(struct hc_authority *a,
                                   struct hc_rc (*each)(void *ctx, const struct hc_warning *w, struct hc_err *e),
                                   void *ctx, struct hc_err *e)
{
    struct teller t = {.a = a, .each = each, .ctx = ctx, .now = hc_authority_now(a)};

    HC_TRY(e, warn_of_bundle(&t, e));
    HC_TRY(e, warn_of_head(&t, e));
    HC_TRY(e, warn_of_none(&t, e));
    for (size_t i = 0; i < a->n_ca; i++)
        HC_TRY(e, warn_of(&t, &a->ca[i], e));
    return HC_OK;
}
