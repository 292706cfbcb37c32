/* parts.c - what rules ask a certificate besides its fields: algorithms, attributes of names, identities. */
#include "pki/charset.h"
#include "pki/lint/rule.h"

struct hc_lint_algorithm hc_lint_algorithm(struct hc_bytes element)
{
    struct hc_lint_algorithm a = {.parameters = {NULL, 0}};
    struct hc_der d = hc_der_init(element);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    a.oid = hc_der_oid(&seq);
    if (!hc_der_at_end(&seq))
        a.parameters = hc_der_any(&seq, NULL);
    return a;
}

bool hc_lint_key_is(const struct hc_cert *cert, struct hc_bytes oid)
{
    return hc_bytes_eq(hc_lint_algorithm(cert->spki_alg).oid, oid);
}

bool hc_lint_key_is_ec(const struct hc_cert *cert)
{
    return hc_lint_key_is(cert, HC_OID_EC_PUBLIC_KEY) || hc_lint_key_is(cert, HC_OID_EC_DH) ||
           hc_lint_key_is(cert, HC_OID_EC_MQV);
}

bool hc_lint_key_is_eddsa(const struct hc_cert *cert)
{
    return hc_lint_key_is(cert, HC_OID_ED25519) || hc_lint_key_is(cert, HC_OID_ED448);
}

bool hc_lint_key_is_montgomery(const struct hc_cert *cert)
{
    return hc_lint_key_is(cert, HC_OID_X25519) || hc_lint_key_is(cert, HC_OID_X448);
}

bool hc_lint_rsa_key(const struct hc_cert *cert, struct hc_bytes *modulus, struct hc_bytes *exponent)
{
    struct hc_der d = hc_der_init(cert->spki_key);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    *modulus = hc_der_integer(&seq);
    *exponent = hc_der_integer(&seq);
    hc_der_leave(&d, &seq);
    return !d.failed && hc_der_at_end(&d);
}

static void each_of(struct hc_lint_judging *j, const char *whose, struct hc_bytes dn,
                    void (*judge)(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a))
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(dn, a, HC_DN_ATTRIBUTES_MAX);
    for (size_t i = 0; i < n && i < HC_DN_ATTRIBUTES_MAX; i++)
        judge(j, whose, &a[i]);
}

void hc_lint_each_attribute(struct hc_lint_judging *j, void (*judge)(struct hc_lint_judging *j, const char *whose,
                                                                     const struct hc_dn_attribute *a))
{
    each_of(j, "the subject", j->cert->subject, judge);
    if (!hc_bytes_eq(j->cert->subject, j->cert->issuer)) /* said once of a self-issued one */
        each_of(j, "the issuer", j->cert->issuer, judge);
}

bool hc_lint_is_directory_string(const struct hc_dn_attribute *a)
{
    const struct hc_bytes types[] = {
        HC_OID_AT_COMMON_NAME,
        HC_OID_AT_SURNAME,
        HC_OID_AT_LOCALITY,
        HC_OID_AT_STATE,
        HC_OID_AT_STREET,
        HC_OID_AT_ORGANIZATION,
        HC_OID_AT_ORGANIZATIONAL_UNIT,
        HC_OID_AT_TITLE,
        HC_OID_AT_GIVEN_NAME,
    };
    for (size_t i = 0; i < HC_COUNT(types); i++)
        if (hc_bytes_eq(a->oid, types[i]))
            return true;
    return false;
}

const char *hc_lint_attribute_name(const struct hc_dn_attribute *a)
{
    const char *name = hc_oid_attribute(a->oid);
    return name ? name : "an attribute";
}

size_t hc_lint_characters(const struct hc_dn_attribute *a)
{
    struct hc_bytes text = a->value;
    uint32_t c;
    size_t n = 0;
    while (hc_charset_next(a->tag, &text, &c))
        n++;
    return n;
}

struct hc_bytes hc_lint_spiffe_id(const struct hc_cert *cert)
{
    for (size_t i = 0; i < cert->n_names; i++)
        if (hc_name_is_spiffe(&cert->names[i]))
            return cert->names[i].text;
    return (struct hc_bytes){NULL, 0};
}

bool hc_lint_spiffe_has_path(const struct hc_cert *cert)
{
    struct hc_bytes rest = hc_bytes_skip(hc_lint_spiffe_id(cert), sizeof "spiffe://" - 1);
    return hc_bytes_find(rest, '/') < rest.n;
}
