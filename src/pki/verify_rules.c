/* verify_rules.c - one function a rule; each quotes the clause it enforces. */
#include "pki/verify_rules.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "pki/asserts.h"
#include "pki/constraints.h"
#include "pki/oid.h"
#include "pki/policies.h"

#define WHO_MAX 1024 /* several times what a report keeps of it */

/* Who a certificate is: its first identity, or its subject, escaped. */
static void add_who(const struct hc_cert *cert, struct hc_buf *out)
{
    if (!cert->is_ca && cert->n_names > 0) {
        HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
        hc_name_text(&cert->names[0], &text);
        hc_escape_text(out, hc_buf_view(&text));
    } else {
        hc_dn_text(cert->subject, out);
    }
}

static const char *shown(struct hc_buf *who)
{
    return who->failed == HC_OK_CODE ? hc_buf_cstr(who) : "(a very long name)";
}

static void pass_who(struct hc_report *report, int depth, const struct hc_cert *cert, const char *what)
{
    if (!report->steps)
        return;
    HC_BUF_AUTO(who, WHO_MAX);
    add_who(cert, &who);
    hc_report_pass(report, depth, "%s %s", shown(&who), what);
}

static void fail_who(struct hc_report *report, enum hc_code code, int depth, const struct hc_cert *cert,
                     const char *what)
{
    HC_BUF_AUTO(who, WHO_MAX);
    add_who(cert, &who);
    hc_report_fail(report, code, depth, "%s %s", shown(&who), what);
}

bool hc_verify_rules_path_only(const struct hc_verify_policy *policy)
{
    return policy->profile == HC_VERIFY_RFC5280 && policy->purpose == HC_VERIFY_EITHER;
}

void hc_verify_rules_broken(struct hc_report *report, int depth, const char *clause, const char *what)
{
    hc_report_fail(report, HC_E_CERT_PROFILE_RULE, depth, "%s [%s]", what, clause);
}

/* "The certificate validity period includes the current time"; "notBefore through notAfter, inclusive" [RFC 5280
 * 4.1.2.5]. */
void hc_verify_rules_dates(const struct hc_cert *cert, int depth, int64_t now, struct hc_report *report)
{
    char when[HC_TIME_TEXT], age[HC_AGE_TEXT], what[HC_TIME_TEXT + HC_AGE_TEXT + 32];
    if (now < cert->not_before) {
        snprintf(what, sizeof(what), "is not valid before %s, in %s", hc_time_text(cert->not_before, when),
                 hc_age_text(cert->not_before - now, age));
        fail_who(report, depth == 0 ? HC_E_CERT_NOT_YET_VALID : HC_E_ISSUER_NOT_YET_VALID, depth, cert, what);
    } else if (now > cert->not_after) {
        snprintf(what, sizeof(what), "expired at %s, %s ago", hc_time_text(cert->not_after, when),
                 hc_age_text(now - cert->not_after, age));
        fail_who(report, depth == 0 ? HC_E_CERT_EXPIRED : HC_E_ISSUER_EXPIRED, depth, cert, what);
    } else if (report->steps) {
        snprintf(what, sizeof(what), "is valid until %s", hc_time_text(cert->not_after, when));
        pass_who(report, depth, cert, what);
    }
}

/* ---- rules for every certificate ---- */

static void check_extensions(const struct hc_verify_policy *policy, const struct hc_cert *cert, int depth,
                             struct hc_report *report)
{
    /* RFC 5280 4.1.2.2: "The serial number MUST be a positive integer". Path validation does not look at it. */
    if (cert->odd_serial && !hc_verify_rules_path_only(policy))
        fail_who(report, HC_E_CERT_SERIAL, depth, cert, "has a serial number that is zero or negative");
    /* RFC 5280 4.2: "A certificate-using system MUST reject the certificate if it encounters a critical extension it
     * does not recognize or a critical extension that contains information that it cannot process." */
    if (cert->unknown_critical.n > 0) {
        HC_BUF_AUTO(oid, 256);
        hc_oid_text(cert->unknown_critical, &oid);
        hc_report_fail(report, HC_E_CERT_UNKNOWN_CRITICAL, depth, "the critical extension %s is not known",
                       hc_buf_cstr(&oid));
    }
    if (cert->has_proxy_cert_info)
        fail_who(report, HC_E_CERT_PROXY, depth, cert, "is a proxy certificate");
}

/* ---- rules for CAs ---- */

/* An extended key usage in a CA limits what is below it: no RFC says so, and every implementation does. */
bool hc_verify_rules_purpose(uint32_t eku, enum hc_verify_purpose purpose)
{
    switch (purpose) {
    case HC_VERIFY_SERVER:
        return (eku & HC_EKU_SERVER) != 0;
    case HC_VERIFY_CLIENT:
        return (eku & HC_EKU_CLIENT) != 0;
    case HC_VERIFY_EITHER:
        return (eku & (HC_EKU_SERVER | HC_EKU_CLIENT)) != 0;
    case HC_VERIFY_UNSAID:
        break;
    }
    return false;
}

static void check_ca(const struct hc_verify_policy *policy, const struct hc_cert *ca, int depth,
                     struct hc_report *report)
{
    /* RFC 5280 6.1.4 (k): "If certificate i is a version 3 certificate, verify that the basicConstraints extension is
     * present and that cA is set to TRUE." */
    if (!ca->has_bc || !ca->is_ca)
        fail_who(report, HC_E_NOT_A_CA, depth, ca, "is not a CA");
    /* RFC 5280 6.1.4 (n): "If a key usage extension is present, verify that the keyCertSign bit is set." */
    if (ca->has_ku && (ca->ku & HC_KU_CERT_SIGN) == 0)
        fail_who(report, HC_E_CA_KEY_USAGE, depth, ca, "may not sign certificates: its key usage lacks keyCertSign");
    if (ca->has_eku && (ca->eku & HC_EKU_ANY) == 0 && !hc_verify_rules_purpose(ca->eku, policy->purpose))
        fail_who(report, HC_E_WRONG_PURPOSE, depth, ca, "is a CA whose extended key usage does not permit this use");
}

/* How many CAs stand below the one at `depth`, self-issued ones not counted. */
static size_t cas_below(const struct hc_path *path, size_t depth)
{
    size_t n = 0;
    for (size_t d = 1; d < depth; d++)
        n += !hc_cert_self_issued(path->cert[d]);
    return n;
}

/* RFC 5280 4.2.1.9: the "maximum number of non-self-issued intermediate certificates that may follow this
 * certificate". */
static void check_path_length(const struct hc_path *path, size_t depth, struct hc_report *report)
{
    const struct hc_cert *ca = path->cert[depth];
    size_t below = cas_below(path, depth);
    if (ca->has_pathlen && below > (size_t)ca->pathlen) {
        char what[96];
        snprintf(what, sizeof(what), "permits %d CAs below it, and there are %zu", (int)ca->pathlen, below);
        fail_who(report, HC_E_PATH_LENGTH, (int)depth, ca, what);
    }
}

/* The caller's own bound. A shorter way to an anchor may still be found. */
static void check_depth(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report)
{
    size_t most = policy->max_depth == HC_VERIFY_NO_CA ? 0 : policy->max_depth;
    size_t cas = cas_below(path, path->n - 1);
    if (policy->max_depth != 0 && cas > most)
        hc_report_fail(report, HC_E_CHAIN_TOO_LONG, HC_DEPTH_NONE,
                       "%zu CAs stand between the leaf and the anchor, and %zu are accepted", cas, most);
}

/* RFC 5280 6.1.3 (b): "If certificate i is self-issued and it is not the final certificate in the path, skip this
 * step". */
static void check_constraints(const struct hc_path *path, size_t depth, struct hc_report *report)
{
    const struct hc_cert *ca = path->cert[depth];
    if (!ca->has_nc)
        return;
    bool ok = true;
    for (size_t d = 0; d < depth; d++) {
        if (d == 0 || !hc_cert_self_issued(path->cert[d]))
            ok = hc_constraints_check(ca, path->cert[d], report, (int)d) && ok;
    }
    if (ok)
        pass_who(report, (int)depth, ca, "permits every name below it");
}

/* ---- rules for the leaf ---- */

static const char *purpose_text(enum hc_verify_purpose purpose)
{
    switch (purpose) {
    case HC_VERIFY_SERVER:
        return "serverAuth";
    case HC_VERIFY_CLIENT:
        return "clientAuth";
    default:
        return "serverAuth or clientAuth";
    }
}

static bool purpose_fits(const struct hc_verify_policy *policy, const struct hc_cert *leaf)
{
    /* Without the extension a certificate says nothing about its use, and anyExtendedKeyUsage says too much [RFC 5280
     * 4.2.1.12: "Certificate using applications MAY require that the extended key usage extension be present and that
     * a particular purpose be indicated"]. */
    switch (policy->profile) {
    case HC_VERIFY_RFC5280:
        return !leaf->has_eku || (leaf->eku & HC_EKU_ANY) != 0 || hc_verify_rules_purpose(leaf->eku, policy->purpose);
    case HC_VERIFY_SPIFFE: /* X509-SVID 4.4: the extension may be absent; what it must have is judged there */
        return !leaf->has_eku || hc_verify_rules_purpose(leaf->eku, policy->purpose);
    case HC_VERIFY_GATE:
    case HC_VERIFY_WEBPKI:
        break;
    }
    return leaf->has_eku && hc_verify_rules_purpose(leaf->eku, policy->purpose);
}

static void check_purpose(const struct hc_verify_policy *policy, const struct hc_cert *leaf, struct hc_report *report)
{
    if (purpose_fits(policy, leaf)) {
        hc_report_pass(report, 0, "its extended key usage %s %s", leaf->has_eku ? "has" : "is absent, and permits",
                       purpose_text(policy->purpose));
    } else if (policy->purpose == HC_VERIFY_CLIENT && (leaf->eku & HC_EKU_SERVER) != 0) {
        /* T27 */
        hc_report_fail(report, HC_E_WRONG_PURPOSE, 0,
                       "it is a server's certificate (serverAuth without clientAuth) and was presented by a client; "
                       "public CAs such as "
                       "Let's Encrypt and DigiCert no longer issue clientAuth");
    } else {
        hc_report_fail(report, HC_E_WRONG_PURPOSE, 0, "its extended key usage %s %s",
                       leaf->has_eku ? "lacks" : "is absent; it needs", purpose_text(policy->purpose));
    }
    /* RFC 8446 4.4.2.2: "if the keyUsage extension is present, the digitalSignature bit MUST be set" */
    if (policy->profile != HC_VERIFY_RFC5280 && leaf->has_ku && (leaf->ku & HC_KU_DIGITAL_SIGNATURE) == 0)
        hc_report_fail(report, HC_E_WRONG_KEY_USAGE, 0, "its key usage lacks digitalSignature");
}

static const char *ca_extension(const struct hc_cert *leaf)
{
    return leaf->has_nc                   ? "name constraints"
           : leaf->has_policy_mappings    ? "policy mappings"
           : leaf->has_policy_constraints ? "policy constraints"
           : leaf->has_inhibit_any        ? "inhibitAnyPolicy"
                                          : NULL;
}

static void check_leaf_extensions(const struct hc_verify_policy *policy, const struct hc_cert *leaf,
                                  struct hc_report *report)
{
    if (leaf->is_ca) {
        if (policy->profile != HC_VERIFY_RFC5280)
            hc_report_fail(report, HC_E_LEAF_IS_CA, 0, "it is a CA certificate");
        return;
    }
    if (hc_verify_rules_path_only(policy))
        return;
    /* RFC 5280 4.2.1.10: "The name constraints extension, which MUST be used only in a CA certificate"; the others
     * likewise. */
    if (ca_extension(leaf) != NULL)
        hc_report_fail(report, HC_E_CERT_CA_EXTENSION_IN_LEAF, 0, "it carries %s, and is no CA", ca_extension(leaf));
    /* RFC 5280 4.2.1.9: "CAs MUST NOT include the pathLenConstraint field unless the cA boolean is asserted" */
    if (leaf->has_pathlen)
        hc_report_fail(report, HC_E_CERT_CA_EXTENSION_IN_LEAF, 0, "it carries a path length constraint, and is no CA");
    /* RFC 5280 4.2.1.3: "If the keyCertSign bit is asserted, then the cA bit in the basic constraints extension MUST
     * also be asserted." */
    if (leaf->has_ku && (leaf->ku & HC_KU_CERT_SIGN) != 0)
        hc_report_fail(report, HC_E_CERT_CA_EXTENSION_IN_LEAF, 0, "it is no CA, and its key usage has keyCertSign");
}

/* Only typed names of the subjectAltName are identities; the common name is never looked at (T22). */
static bool carries(const struct hc_cert *leaf, const struct hc_name *wanted)
{
    for (size_t i = 0; i < leaf->n_names; i++) {
        const struct hc_name *have = &leaf->names[i];
        if (hc_name_eq(have, wanted))
            return true;
        if (have->type == HC_NAME_DNS && wanted->type == HC_NAME_DNS && hc_dns_matches(have->text, wanted->text))
            return true;
    }
    return false;
}

static void check_identity(const struct hc_verify_policy *policy, const struct hc_cert *leaf, struct hc_report *report)
{
    if (leaf->n_names == 0 && (policy->profile != HC_VERIFY_RFC5280 || policy->name != NULL)) {
        hc_report_fail(report, HC_E_NO_IDENTITY, 0, "it carries no dns, email, uri or ip name");
        return;
    }
    if (policy->name == NULL)
        return;
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(wanted, WHO_MAX);
    hc_name_text(policy->name, &text);
    hc_escape_text(&wanted, hc_buf_view(&text));
    if (carries(leaf, policy->name))
        hc_report_pass(report, 0, "it carries the name %s", shown(&wanted));
    else
        hc_report_fail(report, HC_E_NAME_MISMATCH, 0, "it does not carry the name %s", shown(&wanted));
}

void hc_verify_rules_leaf(const struct hc_verify_policy *policy, const struct hc_cert *leaf, struct hc_report *report)
{
    hc_verify_rules_dates(leaf, 0, policy->now, report);
    check_extensions(policy, leaf, 0, report);
    check_leaf_extensions(policy, leaf, report);
    check_purpose(policy, leaf, report);
    check_identity(policy, leaf, report);
    if (policy->profile == HC_VERIFY_SPIFFE)
        hc_verify_spiffe_leaf(leaf, report);
}

/* ---- the chain ---- */

/* The dates, extensions, purposes and lengths of everything above the leaf; a chain of one certificate has nothing
 * there. */
static void check_above(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report)
{
    for (size_t d = 1; d < path->n; d++) {
        hc_verify_rules_dates(path->cert[d], (int)d, policy->now, report);
        check_extensions(policy, path->cert[d], (int)d, report);
        check_ca(policy, path->cert[d], (int)d, report);
        check_path_length(path, d, report);
        check_constraints(path, d, report);
    }
}

static struct hc_asserts asserts_of(const struct hc_bundle *bundle, size_t anchor)
{
    struct hc_asserts asserts = {.entry = hc_bundle_entry_name(bundle, anchor)};
    asserts.subtree = hc_bundle_asserts(bundle, anchor, &asserts.n);
    return asserts;
}

/* One organisation may have certified the key of another, which is in the bundle for its own names: they bind it on this
 * way too, or a peer would choose the way. Anchors of one key are bound alike (bundle.h). */
static void check_other_anchors(const struct hc_verify_policy *policy, const struct hc_path *path, size_t anchor,
                                struct hc_report *report)
{
    for (size_t d = 1; d + 1 < path->n; d++) {
        size_t i = hc_bundle_find_key(policy->bundle, path->cert[d]);
        if (i == HC_BUNDLE_NONE || hc_bundle_together(policy->bundle, i, anchor))
            continue;
        struct hc_asserts asserts = asserts_of(policy->bundle, i);
        hc_asserts_check(&asserts, path->cert[0], report);
    }
}

/* An anchor that has left the bundle vouches for nothing any more, and one that is there only for its names (T24). */
static void check_anchor(const struct hc_verify_policy *policy, const struct hc_path *path, bool names,
                         struct hc_report *report)
{
    size_t i = hc_bundle_find(policy->bundle, path->cert[path->n - 1]);
    if (i == HC_BUNDLE_NONE) {
        hc_report_fail(report, HC_E_UNKNOWN_ISSUER, (int)path->n - 1, "its anchor is no longer in the bundle");
        return;
    }
    if (!names)
        return;
    struct hc_asserts asserts = asserts_of(policy->bundle, i);
    if (asserts.n > 0 && hc_asserts_check(&asserts, path->cert[0], report))
        hc_report_pass(report, 0, "its anchor may assert every name of it");
    check_other_anchors(policy, path, i, report);
}

void hc_verify_rules_signer(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report)
{
    hc_verify_rules_dates(path->cert[0], 0, policy->now, report);
    check_extensions(policy, path->cert[0], 0, report);
    check_above(policy, path, report);
    check_anchor(policy, path, false, report);
}

void hc_verify_rules_chain(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report)
{
    hc_verify_rules_leaf(policy, path->cert[0], report);
    check_above(policy, path, report);
    check_anchor(policy, path, true, report);
    check_depth(policy, path, report);
    hc_policies_check(path->cert, path->n, &policy->policies, report);
    switch (policy->profile) {
    case HC_VERIFY_GATE:
        break;
    case HC_VERIFY_RFC5280:
        if (!hc_verify_rules_path_only(policy))
            hc_verify_rfc5280_check(policy, path, report);
        break;
    case HC_VERIFY_WEBPKI:
        hc_verify_rfc5280_check(policy, path, report);
        hc_verify_webpki_check(path, report);
        break;
    case HC_VERIFY_SPIFFE:
        hc_verify_spiffe_check(path, report);
        break;
    }
}
