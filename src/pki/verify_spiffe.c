/* verify_spiffe.c - what the X509-SVID standard of SPIFFE demands of a leaf and of the CAs above it. */
#include "pki/oid.h"
#include "pki/verify_rules.h"

#define CLAUSE_ID "X509-SVID 2"
#define CLAUSE_CONSTRAINTS "X509-SVID 4.1"
#define CLAUSE_KEY_USAGE "X509-SVID 4.3"
#define CLAUSE_PURPOSE "X509-SVID 4.4"

/* The only URI name; NULL when there is none, or more than one. */
static const struct hc_name *only_uri(const struct hc_cert *cert, size_t *n)
{
    const struct hc_name *found = NULL;
    *n = 0;
    for (size_t i = 0; i < cert->n_names; i++) {
        if (cert->names[i].type != HC_NAME_URI)
            continue;
        found = &cert->names[i];
        ++*n;
    }
    return *n == 1 ? found : NULL;
}

/* spiffe://trust.domain/path: is there a path? hc_name takes no SPIFFE ID with an empty segment or a final slash. */
static bool has_path(const struct hc_name *id)
{
    struct hc_bytes rest = hc_bytes_skip(id->text, sizeof("spiffe://") - 1);
    return hc_bytes_find(rest, '/') < rest.n;
}

static void check_id(const struct hc_cert *leaf, struct hc_report *report)
{
    size_t n;
    const struct hc_name *id = only_uri(leaf, &n);
    /* "An X.509 SVID MUST contain exactly one URI SAN, and by extension, exactly one SPIFFE ID." */
    if (id == NULL)
        hc_report_fail(report, HC_E_SPIFFE_ID, 0, "it carries %zu URI names, and exactly one is asked for [%s]", n,
                       CLAUSE_ID);
    else if (!hc_name_is_spiffe(id))
        hc_report_fail(report, HC_E_SPIFFE_ID, 0, "its URI name is no spiffe:// one [%s]", CLAUSE_ID);
    else if (!has_path(id)) /* "a leaf certificate's SPIFFE ID MUST have a non-root path component" */
        hc_report_fail(report, HC_E_SPIFFE_ID, 0, "its SPIFFE ID names a trust domain and no workload [%s]", CLAUSE_ID);
}

static void check_usage(const struct hc_cert *leaf, struct hc_report *report)
{
    /* "The key usage extension MUST be set on all SVIDs, and MUST be marked as critical." */
    if (!leaf->has_ku)
        hc_verify_rules_broken(report, 0, CLAUSE_KEY_USAGE, "it has no key usage");
    else if ((leaf->extensions_critical & HC_EXT_KEY_USAGE) == 0)
        hc_verify_rules_broken(report, 0, CLAUSE_KEY_USAGE, "its key usage is not critical");
    /* "Leaf SVIDs MUST NOT set keyCertSign or cRLSign." The first of them every profile refuses. */
    if (leaf->has_ku && (leaf->ku & HC_KU_CRL_SIGN) != 0)
        hc_verify_rules_broken(report, 0, CLAUSE_KEY_USAGE, "it is a leaf and its key usage has cRLSign");
    /* "When included, fields id-kp-serverAuth and id-kp-clientAuth MUST be set." */
    if (leaf->has_eku && (leaf->eku & (HC_EKU_SERVER | HC_EKU_CLIENT)) != (HC_EKU_SERVER | HC_EKU_CLIENT))
        hc_verify_rules_broken(report, 0, CLAUSE_PURPOSE,
                               "its extended key usage has not both serverAuth and clientAuth");
}

void hc_verify_spiffe_leaf(const struct hc_cert *leaf, struct hc_report *report)
{
    check_id(leaf, report);
    check_usage(leaf, report);
}

/* "Signing certificates ... MAY have a SPIFFE ID"; then one, without a path. They "MUST set keyCertSign". */
static void check_ca(const struct hc_cert *ca, int depth, struct hc_report *report)
{
    size_t n;
    const struct hc_name *id = only_uri(ca, &n);
    if (n > 1)
        hc_report_fail(report, HC_E_SPIFFE_ID, depth, "it is a CA's and carries %zu URI names [%s]", n, CLAUSE_ID);
    else if (id != NULL && hc_name_is_spiffe(id) && has_path(id))
        hc_report_fail(report, HC_E_SPIFFE_ID, depth, "it is a CA's and its SPIFFE ID has a path [%s]",
                       CLAUSE_CONSTRAINTS);
    if (!ca->has_ku)
        hc_verify_rules_broken(report, depth, CLAUSE_KEY_USAGE, "it is a CA's and has no key usage");
}

void hc_verify_spiffe_check(const struct hc_path *path, struct hc_report *report)
{
    for (size_t d = 1; d < path->n; d++)
        check_ca(path->cert[d], (int)d, report);
}
