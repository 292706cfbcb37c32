/*
 * profile_extensions.c - nothing but what the profile calls for; where a CRL and the issuer are found may be said
 * below a root.
 */
#include "pki/lint/rule.h"

enum { LEAF = 1, ROOT = 2, ISSUING = 4, ALL = LEAF | ROOT | ISSUING };

static const struct place {
    struct hc_bytes oid;
    unsigned must, may;
} PLACES[] = {
    {HC_OID_BASIC_CONSTRAINTS, ALL, 0},
    {HC_OID_KEY_USAGE, ALL, 0},
    {HC_OID_SUBJECT_KEY_ID, ALL, 0},
    {HC_OID_AUTHORITY_KEY_ID, ALL, 0},
    {HC_OID_EXT_KEY_USAGE, LEAF, 0},
    {HC_OID_SUBJECT_ALT_NAME, LEAF, 0},
    {HC_OID_NAME_CONSTRAINTS, 0, ROOT | ISSUING},
    {HC_OID_CRL_DISTRIBUTION_POINTS, 0, LEAF | ISSUING},
    {HC_OID_AUTHORITY_INFO_ACCESS, 0, LEAF | ISSUING},
};

static unsigned kind_of(const struct hc_lint_judging *j)
{
    return !j->profile->ca ? LEAF : j->profile->profile == HC_PROFILE_ROOT_CA ? ROOT : ISSUING;
}

/* The first extension that must be there and is not; empty when all are. */
static struct hc_bytes first_missing(const struct hc_lint_judging *j)
{
    struct hc_bytes value;
    for (size_t i = 0; i < HC_COUNT(PLACES); i++)
        if (PLACES[i].must & kind_of(j) && !hc_cert_extension(j->cert, PLACES[i].oid, &value, NULL))
            return PLACES[i].oid;
    return (struct hc_bytes){NULL, 0};
}

static bool has_place(const struct hc_lint_judging *j, struct hc_bytes oid)
{
    for (size_t i = 0; i < HC_COUNT(PLACES); i++)
        if (hc_bytes_eq(PLACES[i].oid, oid))
            return (PLACES[i].must | PLACES[i].may) & kind_of(j);
    return false;
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes missing = first_missing(j);
    if (missing.n) {
        HC_BUF_AUTO(text, 64);
        hc_oid_text(missing, &text);
        hc_lint_found(j, "the extension %s of the profile is missing", hc_buf_cstr(&text));
    }
    struct hc_der all = hc_der_init(j->cert->extensions);
    while (!hc_der_at_end(&all)) {
        struct hc_der one = hc_der_enter(&all, HC_DER_SEQUENCE);
        struct hc_bytes oid = hc_der_oid(&one);
        if (all.failed || has_place(j, oid))
            continue;
        HC_BUF_AUTO(text, 64);
        hc_oid_text(oid, &text);
        hc_lint_found(j, "there is an extension that the profile does not have: %s", hc_buf_cstr(&text));
    }
}

const struct hc_lint_rule hc_lint_rule_profile_extensions = {
    .row =
        {
            .id = "profile-extensions",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "There are the extensions of the profile, and no others.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};
