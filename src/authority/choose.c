/* choose.c - which CA is to issue a leaf. */
#include "authority/inside.h"
#include "pki/constraints.h"

static struct hc_rc may_issue(struct hc_authority *a, const struct hc_ca *ca, enum hc_profile profile, struct hc_err *e)
{
    if ((ca->profiles & 1u << profile) == 0)
        return HC_FAIL(e, HC_E_ISSUER_PROFILE, "the issuer %s does not issue %s certificates", ca->name,
                       hc_profile_row(profile)->word);
    return hc_authority_ca_alive(a, ca, e);
}

/* Does it say that this one may not issue? All else says nothing about it, and must not hand its work to an older
 * one. */
static bool is_about_it(enum hc_code code)
{
    return code == HC_E_ISSUER_PROFILE || code == HC_E_ISSUER_ENDED || code == HC_E_CLOCK;
}

static struct hc_rc choose_named(struct hc_authority *a, const char *name, enum hc_profile profile, struct hc_ca **out,
                                 struct hc_err *e)
{
    struct hc_ca *ca = hc_authority_ca(a, hc_bytes_str(name));

    if (!ca)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s'", name);
    if (!ca->parent)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "the root issues CAs, not %s certificates",
                       hc_profile_row(profile)->word);
    HC_TRY(e, may_issue(a, ca, profile, e));
    *out = ca;
    return HC_OK;
}

static bool permits(const struct hc_ca *ca, const struct hc_choice *choice)
{
    struct hc_err ignored = {0};

    for (size_t i = 0; i < choice->n_names; i++) {
        if (hc_failed(hc_constraints_permit_name(ca->cert, &choice->names[i], &ignored)))
            return false;
    }
    return true;
}

struct hc_rc hc_authority_choose(struct hc_authority *a, const struct hc_choice *choice, struct hc_ca **out,
                                 struct hc_err *e)
{
    struct hc_ca *other = NULL; /* may issue the profile, but not for these names */
    struct hc_err newest = {0}; /* why the newest will not do: what has to be mended */
    struct hc_rc rc = HC_OK;

    if (choice->issuer && *choice->issuer)
        return choose_named(a, choice->issuer, choice->profile, out, e);
    for (size_t i = a->n_ca; i-- > 1;) {
        struct hc_err why = {0};
        struct hc_rc got = HC_OK;

        if (!a->ca[i].key_file[0])
            continue; /* another home's */
        got = may_issue(a, &a->ca[i], choice->profile, &why);
        if (hc_failed(got) && !is_about_it(got.code)) {
            *e = why;
            return got;
        }
        if (hc_ok(got) && permits(&a->ca[i], choice)) {
            *out = &a->ca[i];
            return HC_OK;
        }
        if (hc_ok(got) && !other)
            other = &a->ca[i];
        if (hc_failed(got) && hc_ok(rc)) {
            rc = got;
            newest = why;
        }
    }
    if (other) {
        *out = other;
        return HC_OK;
    }
    if (hc_ok(rc))
        return HC_FAIL(e, HC_E_ISSUER_NONE, "there is no issuing CA in %s yet", a->home);
    *e = newest;
    return rc;
}
