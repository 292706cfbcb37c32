/* cert_ext.c - the extensions of a certificate [RFC 5280 4.2]: one table, one reader each. */
#include "pki/cert_ext.h"

#include "pki/oid.h"

/* A reader may leave the cursor failed or unfinished: the caller then says that the extension is malformed. */
typedef struct hc_rc reader(struct hc_cert *cert, struct hc_der *value, struct hc_err *e);

/* AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
struct hc_bytes hc_cert_ext_algorithm(struct hc_der *d)
{
    struct hc_bytes whole = hc_der_tlv(d, HC_DER_SEQUENCE);
    struct hc_der outer = hc_der_init(whole);
    struct hc_der inner = hc_der_enter(&outer, HC_DER_SEQUENCE);

    hc_der_oid(&inner);
    if (!hc_der_at_end(&inner))
        hc_der_any(&inner, NULL);
    hc_der_leave(d, &inner);
    return whole;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
static struct hc_rc read_basic_constraints(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    struct hc_der seq = hc_der_enter(value, HC_DER_SEQUENCE);

    (void)e;
    cert->has_bc = true;
    if (hc_der_is(&seq, HC_DER_BOOLEAN))
        cert->is_ca =
            hc_der_bool(&seq); /* an explicit FALSE is not DER, but means one thing only and is widely issued */
    if (hc_der_is(&seq, HC_DER_INTEGER)) {
        cert->has_pathlen = true;
        cert->pathlen = (int32_t)hc_der_small(&seq, INT32_MAX);
    }
    hc_der_leave(value, &seq);
    return HC_OK;
}

static struct hc_rc read_key_usage(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    (void)e;
    cert->has_ku = true;
    cert->ku = hc_der_named_bits(value);
    if (cert->ku == 0) /* [RFC 5280 4.2.1.3]: at least one of the bits MUST be set to 1 */
        hc_der_fail(value);
    return HC_OK;
}

static uint32_t eku_flag(struct hc_bytes oid)
{
    if (hc_bytes_eq(oid, HC_OID_EKU_SERVER_AUTH))
        return HC_EKU_SERVER;
    if (hc_bytes_eq(oid, HC_OID_EKU_CLIENT_AUTH))
        return HC_EKU_CLIENT;
    if (hc_bytes_eq(oid, HC_OID_EKU_OCSP_SIGNING))
        return HC_EKU_OCSP;
    return hc_bytes_eq(oid, HC_OID_EKU_ANY) ? HC_EKU_ANY : HC_EKU_OTHER;
}

/* ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER */
static struct hc_rc read_ext_key_usage(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    struct hc_der seq = hc_der_enter(value, HC_DER_SEQUENCE);

    (void)e;
    cert->has_eku = true;
    do {
        cert->eku |= eku_flag(hc_der_oid(&seq)); /* fails for an empty SEQUENCE */
    } while (!hc_der_at_end(&seq));
    hc_der_leave(value, &seq);
    return HC_OK;
}

static struct hc_rc read_subject_key_id(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    (void)e;
    cert->ski = hc_der_get(value, HC_DER_OCTETS);
    if (cert->ski.n == 0)
        hc_der_fail(value);
    return HC_OK;
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0], authorityCertIssuer [1], authorityCertSerialNumber [2]
 * }, all OPTIONAL */
struct hc_bytes hc_cert_ext_aki(struct hc_der *value)
{
    struct hc_der seq = hc_der_enter(value, HC_DER_SEQUENCE);
    struct hc_bytes id = {NULL, 0};

    if (hc_der_is(&seq, HC_DER_CONTEXT(0)))
        id = hc_der_get(&seq, HC_DER_CONTEXT(0));
    hc_der_skip_optional(&seq, HC_DER_CONTEXT_CONSTRUCTED(1));
    hc_der_skip_optional(&seq, HC_DER_CONTEXT(2));
    hc_der_leave(value, &seq);
    return id;
}

static struct hc_rc read_authority_key_id(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    (void)e;
    cert->aki = hc_cert_ext_aki(value);
    return HC_OK;
}

/* One [n] GeneralSubtrees, a SEQUENCE SIZE (1..MAX); what is in it is the business of the name constraints. */
static struct hc_bytes subtrees(struct hc_der *seq, uint8_t tag)
{
    struct hc_bytes contents = {NULL, 0};

    if (hc_der_is(seq, tag)) {
        contents = hc_der_get(seq, tag);
        if (contents.n == 0)
            hc_der_fail(seq);
    }
    return contents;
}

static struct hc_rc read_name_constraints(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    struct hc_der seq = hc_der_enter(value, HC_DER_SEQUENCE);

    (void)e;
    cert->has_nc = true;
    cert->nc_permitted = subtrees(&seq, HC_DER_CONTEXT_CONSTRUCTED(0));
    cert->nc_excluded = subtrees(&seq, HC_DER_CONTEXT_CONSTRUCTED(1));
    if (cert->nc_permitted.n + cert->nc_excluded.n == 0) /* [RFC 5280 4.2.1.10]: MUST NOT be an empty sequence */
        hc_der_fail(&seq);
    hc_der_leave(value, &seq);
    return HC_OK;
}

/* Known, but judged elsewhere: only that it is one whole SEQUENCE. */
static struct hc_rc read_sequence(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    (void)cert;
    (void)e;
    hc_der_tlv(value, HC_DER_SEQUENCE);
    return HC_OK;
}

static struct hc_rc read_inhibit_any(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    (void)cert;
    (void)e;
    hc_der_small(value, INT32_MAX);
    return HC_OK;
}

static const struct kind {
    struct hc_bytes oid;
    uint32_t bit;
    reader *read;
    const char *name;
} kinds[] = {
    {HC_OID_SUBJECT_KEY_ID, HC_EXT_SUBJECT_KEY_ID, read_subject_key_id, "subjectKeyIdentifier"},
    {HC_OID_KEY_USAGE, HC_EXT_KEY_USAGE, read_key_usage, "keyUsage"},
    {HC_OID_SUBJECT_ALT_NAME, HC_EXT_SUBJECT_ALT_NAME, hc_cert_san_read, "subjectAltName"},
    {HC_OID_BASIC_CONSTRAINTS, HC_EXT_BASIC_CONSTRAINTS, read_basic_constraints, "basicConstraints"},
    {HC_OID_NAME_CONSTRAINTS, HC_EXT_NAME_CONSTRAINTS, read_name_constraints, "nameConstraints"},
    {HC_OID_CRL_DISTRIBUTION_POINTS, HC_EXT_CRL_DISTRIBUTION_POINTS, read_sequence, "cRLDistributionPoints"},
    {HC_OID_CERTIFICATE_POLICIES, HC_EXT_CERTIFICATE_POLICIES, read_sequence, "certificatePolicies"},
    {HC_OID_POLICY_MAPPINGS, HC_EXT_POLICY_MAPPINGS, read_sequence, "policyMappings"},
    {HC_OID_AUTHORITY_KEY_ID, HC_EXT_AUTHORITY_KEY_ID, read_authority_key_id, "authorityKeyIdentifier"},
    {HC_OID_POLICY_CONSTRAINTS, HC_EXT_POLICY_CONSTRAINTS, read_sequence, "policyConstraints"},
    {HC_OID_EXT_KEY_USAGE, HC_EXT_EXT_KEY_USAGE, read_ext_key_usage, "extKeyUsage"},
    {HC_OID_INHIBIT_ANY_POLICY, HC_EXT_INHIBIT_ANY_POLICY, read_inhibit_any, "inhibitAnyPolicy"},
    {HC_OID_PROXY_CERT_INFO, HC_EXT_PROXY_CERT_INFO, read_sequence, "proxyCertInfo"},
};

static const struct kind *find_kind(struct hc_bytes oid)
{
    for (size_t i = 0; i < HC_COUNT(kinds); i++)
        if (hc_bytes_eq(kinds[i].oid, oid))
            return &kinds[i];
    return NULL;
}

static struct hc_rc read_known(struct hc_cert *cert, const struct kind *kind, struct hc_bytes value, struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);

    HC_TRY(e, kind->read(cert, &d, e));
    if (d.failed || !hc_der_at_end(&d))
        return HC_FAIL(e, HC_E_CERT_EXTENSION, "its %s is malformed", kind->name);
    return HC_OK;
}

/* Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
struct hc_bytes hc_cert_ext_next(struct hc_der *extensions, struct hc_bytes *oid, bool *critical)
{
    struct hc_der ext = hc_der_enter(extensions, HC_DER_SEQUENCE);
    struct hc_bytes value;

    *oid = hc_der_oid(&ext);
    *critical = hc_der_is(&ext, HC_DER_BOOLEAN) && hc_der_bool(&ext); /* an explicit FALSE: as for cA */
    value = hc_der_get(&ext, HC_DER_OCTETS);
    hc_der_leave(extensions, &ext);
    return value;
}

static struct hc_rc read_one(struct hc_cert *cert, struct hc_bytes oid, bool critical, struct hc_bytes value,
                             struct hc_err *e)
{
    const struct kind *kind = find_kind(oid);

    if (!kind) {
        if (critical && cert->unknown_critical.n == 0)
            cert->unknown_critical = oid;
        return HC_OK;
    }
    cert->extensions_seen |= kind->bit;
    if (critical)
        cert->extensions_critical |= kind->bit;
    return read_known(cert, kind, value, e);
}

static void set_flags(struct hc_cert *cert)
{
    cert->san_critical = cert->extensions_critical & HC_EXT_SUBJECT_ALT_NAME;
    cert->bc_critical = cert->extensions_critical & HC_EXT_BASIC_CONSTRAINTS;
    cert->has_policies = cert->extensions_seen & HC_EXT_CERTIFICATE_POLICIES;
    cert->has_policy_mappings = cert->extensions_seen & HC_EXT_POLICY_MAPPINGS;
    cert->has_policy_constraints = cert->extensions_seen & HC_EXT_POLICY_CONSTRAINTS;
    cert->has_inhibit_any = cert->extensions_seen & HC_EXT_INHIBIT_ANY_POLICY;
    cert->has_proxy_cert_info = cert->extensions_seen & HC_EXT_PROXY_CERT_INFO;
}

struct hc_rc hc_cert_ext_read(struct hc_cert *cert, struct hc_err *e)
{
    struct hc_der exts = hc_der_init(cert->extensions);
    struct hc_bytes seen[HC_CERT_EXTENSIONS_MAX];

    for (size_t n = 0; !hc_der_at_end(&exts); n++) {
        bool critical;
        struct hc_bytes value = hc_cert_ext_next(&exts, &seen[n], &critical);

        if (exts.failed)
            return HC_FAIL(e, HC_E_CERT_MALFORMED, "its list of extensions is malformed");
        for (size_t i = 0; i < n; i++) /* [RFC 5280 4.2]: MUST NOT include more than one instance */
            if (hc_bytes_eq(seen[i], seen[n]))
                return HC_FAIL(e, HC_E_CERT_DUPLICATE_EXTENSION, "it carries an extension twice");
        HC_TRY(e, read_one(cert, seen[n], critical, value, e));
        if (n + 1 == HC_CERT_EXTENSIONS_MAX && !hc_der_at_end(&exts))
            return HC_FAIL(e, HC_E_CERT_TOO_BIG, "it carries more than %d extensions", HC_CERT_EXTENSIONS_MAX);
    }
    set_flags(cert);
    return HC_OK;
}
