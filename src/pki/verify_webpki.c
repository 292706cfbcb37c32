/*
 * verify_webpki.c - what the CA/Browser Forum's baseline requirements for TLS server certificates (CABF, version 2)
 * demand beyond RFC 5280. Keys and curves are libcrypto's half (crypto/spki.h). Public suffixes are not known here.
 */
#include "asn1/der.h"
#include "pki/oid.h"
#include "pki/verify_rules.h"
#include "pki/within.h"

/* ---- every certificate ---- */

/* CABF 7.1.2.11.1: keyIdentifier "MUST be present", authorityCertIssuer and authorityCertSerialNumber "MUST NOT". */
static void check_authority_key_id(const struct hc_cert *cert, int depth, bool root, struct hc_report *report)
{
    struct hc_bytes value;
    if (!hc_cert_extension(cert, HC_OID_AUTHORITY_KEY_ID, &value, NULL))
        return;
    struct hc_der d = hc_der_init(value);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    bool id = hc_der_skip_optional(&seq, HC_DER_CONTEXT(0));
    if (!id || !hc_der_at_end(&seq))
        hc_verify_rules_broken(report, depth, "CABF 7.1.2.11.1",
                               "its authority key identifier is not a key identifier alone");
    if (root && hc_cert_self_issued(cert) && cert->ski.n > 0 && id && !hc_bytes_eq(cert->aki, cert->ski))
        hc_verify_rules_broken(report, depth, "CABF 7.1.2.1.3", "it is a root and its two key identifiers differ");
}

/* AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { accessMethod OID, accessLocation GeneralName };
 * CABF 7.1.2.7.7 and others: "uniformResourceIdentifier". */
static bool access_ok(struct hc_bytes value)
{
    struct hc_der d = hc_der_init(value);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    do {
        struct hc_der one = hc_der_enter(&list, HC_DER_SEQUENCE);
        struct hc_bytes host;
        hc_der_oid(&one);
        struct hc_bytes uri = hc_der_get(&one, HC_GN_URI);
        hc_der_leave(&list, &one);
        if (list.failed || !hc_uri_host(uri, &host))
            return false;
    } while (!hc_der_at_end(&list));
    hc_der_leave(&d, &list);
    return !d.failed && hc_der_at_end(&d);
}

static void check_access(const struct hc_cert *cert, int depth, struct hc_report *report)
{
    struct hc_bytes value;
    bool critical;
    if (!hc_cert_extension(cert, HC_OID_AUTHORITY_INFO_ACCESS, &value, &critical))
        return;
    if (!access_ok(value))
        hc_verify_rules_broken(report, depth, "CABF 7.1.2.7.7", "its authority information access is malformed");
    if (critical)
        hc_verify_rules_broken(report, depth, "CABF 7.1.2.7.6", "its authority information access is critical");
}

/* ---- the leaf ---- */

static void check_purposes(const struct hc_cert *leaf, struct hc_report *report)
{
    if (leaf->has_eku && (leaf->eku & HC_EKU_ANY) != 0)
        hc_verify_rules_broken(report, 0, "CABF 7.1.2.7.10", "its extended key usage has anyExtendedKeyUsage");
    if ((leaf->extensions_critical & HC_EXT_EXT_KEY_USAGE) != 0)
        hc_verify_rules_broken(report, 0, "CABF 7.1.2.7.6", "its extended key usage is critical");
}

/* "*" stands alone as the left-most label, with at least two labels to its right. */
static bool wildcard_ok(struct hc_bytes name)
{
    size_t star = hc_bytes_find(name, '*');
    if (star == name.n)
        return true;
    struct hc_bytes rest = hc_bytes_skip(name, 2);
    return hc_bytes_starts(name, HC_BYTES("*.")) && hc_bytes_find(rest, '*') == rest.n &&
           hc_bytes_find(rest, '.') < rest.n;
}

static void check_alternative_names(const struct hc_cert *leaf, struct hc_report *report)
{
    bool others = leaf->n_other_names > 0;
    for (size_t i = 0; i < leaf->n_names; i++) {
        const struct hc_name *name = &leaf->names[i];
        others = others || name->type == HC_NAME_EMAIL || name->type == HC_NAME_URI;
        if (name->type == HC_NAME_DNS && !wildcard_ok(name->text))
            hc_verify_rules_broken(report, 0, "CABF 3.2.2.6", "a wildcard of it stands for a whole top-level domain");
    }
    if (others)
        hc_verify_rules_broken(report, 0, "CABF 7.1.2.7.12",
                               "its subjectAltName has names that are neither dNSName nor iPAddress");
    /* "If the subject field of the certificate is not an empty SEQUENCE, this extension MUST NOT be marked critical." */
    if (leaf->san_critical && !leaf->subject_empty)
        hc_verify_rules_broken(report, 0, "CABF 7.1.2.7.12",
                               "its subjectAltName is critical though its subject is not empty");
}

/* How a common name stands to one alternative name. */
enum fit {
    FIT_NOT,
    FIT_SAME,  /* character for character, as the certificate writes it; an address in its one form */
    FIT_APEX,  /* the domain of a wildcard, which public CAs write beside it */
    FIT_LOCAL, /* a name that no public CA may certify, so that the requirements do not speak of it */
};

static bool is_loopback(struct hc_bytes ip)
{
    static const struct hc_bytes six = HC_BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
    return ip.n == 4 ? ip.p[0] == 127 : hc_bytes_eq(ip, six);
}

static enum fit fit_ip(struct hc_bytes ip, struct hc_bytes text)
{
    HC_BUF_AUTO(form, 64);
    if (ip.n != 4 && ip.n != 16)
        return FIT_NOT;
    hc_name_ip_text(ip, &form);
    if (hc_bytes_eq(hc_buf_view(&form), text))
        return FIT_SAME;
    return is_loopback(ip) ? FIT_LOCAL : FIT_NOT;
}

static enum fit fit_dns(struct hc_bytes name, struct hc_bytes text)
{
    if (hc_bytes_eq(name, text))
        return FIT_SAME;
    if (hc_bytes_starts(name, HC_BYTES("*.")))
        return hc_bytes_eq(hc_bytes_skip(name, 2), text) ? FIT_APEX : FIT_NOT;
    return hc_bytes_find(name, '.') == name.n ? FIT_LOCAL : FIT_NOT;
}

/* One that fits, or nothing but local ones. */
static bool is_alternative_name(const struct hc_cert *leaf, struct hc_bytes text)
{
    struct hc_bytes san;
    if (!hc_cert_extension(leaf, HC_OID_SUBJECT_ALT_NAME, &san, NULL))
        return false;
    struct hc_der d = hc_der_init(san);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    bool local = true;
    while (!hc_der_at_end(&list)) {
        uint8_t tag;
        struct hc_bytes value = hc_der_value(&list, &tag);
        enum fit fit = tag == HC_GN_IP ? fit_ip(value, text) : tag == HC_GN_DNS ? fit_dns(value, text) : FIT_NOT;
        if (fit == FIT_SAME || fit == FIT_APEX)
            return true;
        local = local && fit == FIT_LOCAL;
    }
    return local;
}

/* CABF 7.1.4.3: the common name "MUST contain exactly one entry that is one of the values contained in the
 * Certificate's subjectAltName extension". It proves nothing here (T22). */
static void check_common_name(const struct hc_cert *leaf, struct hc_report *report)
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(leaf->subject, a, HC_DN_ATTRIBUTES_MAX);
    for (size_t i = 0; i < n && i < HC_DN_ATTRIBUTES_MAX; i++) {
        if (!hc_bytes_eq(a[i].oid, HC_OID_AT_COMMON_NAME))
            continue;
        HC_BUF_AUTO(text, 4096);
        hc_dn_utf8(a[i].tag, a[i].value, &text);
        if (!is_alternative_name(leaf, hc_buf_view(&text)))
            hc_verify_rules_broken(report, 0, "CABF 7.1.4.3", "its common name is none of its alternative names");
    }
}

/* ---- the chain ---- */

void hc_verify_webpki_check(const struct hc_path *path, struct hc_report *report)
{
    const struct hc_cert *leaf = path->cert[0];
    for (size_t d = 0; d < path->n; d++) {
        check_authority_key_id(path->cert[d], (int)d, d + 1 == path->n, report);
        check_access(path->cert[d], (int)d, report);
    }
    check_purposes(leaf, report);
    check_alternative_names(leaf, report);
    check_common_name(leaf, report);
    if (path->n > 1 && path->cert[path->n - 1]->has_eku)
        hc_verify_rules_broken(report, (int)path->n - 1, "CABF 7.1.2.1.2",
                               "it is a root and has an extended key usage");
}
