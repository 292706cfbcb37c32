/* crl_parts.c - entries and extensions of CRLs [RFC 5280 5.1.2.6, 5.2, 5.3]. */
#include "pki/crl_parts.h"

#include "pki/cert_ext.h"
#include "pki/oid.h"

#define EXTENSIONS_MAX 32 /* bounds the search for duplicates; real CRLs have below 8 */

static struct hc_rc malformed(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s is malformed", what);
}

struct hc_rc hc_crl_part_version(struct hc_bytes element, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);

    if (hc_der_small(&d, 127) != 1 || d.failed)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is not a version 2 CRL");
    return HC_OK;
}

struct hc_rc hc_crl_part_algorithm(struct hc_bytes element, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);

    hc_cert_ext_algorithm(&d);
    return d.failed ? malformed("its signature algorithm", e) : HC_OK;
}

struct hc_rc hc_crl_part_issuer(struct hc_bytes element, struct hc_err *e)
{
    struct hc_err why;

    if (hc_failed(hc_dn_check(element, "its issuer", &why)))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s", why.text);
    if (hc_dn_is_empty(element))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its issuer is empty");
    return HC_OK;
}

struct hc_rc hc_crl_part_time(struct hc_bytes element, int64_t *out, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);
    int64_t time = hc_der_time(&d, NULL);

    if (d.failed)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its dates are malformed; both of them are required");
    *out = time;
    return HC_OK;
}

/* reasonCode [RFC 5280 5.3.1]: 7 is not used. */
static struct hc_rc read_reason(struct hc_bytes value, enum hc_crl_reason *out, struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);
    int64_t reason = hc_der_enumerated(&d, HC_CRL_AA_COMPROMISE);

    if (d.failed || !hc_der_at_end(&d) || reason == 7)
        return malformed("the reason of an entry", e);
    *out = (enum hc_crl_reason)reason;
    return HC_OK;
}

static struct hc_rc read_entry_extensions(struct hc_der *entry, struct hc_crl_part_entry *out, struct hc_err *e)
{
    struct hc_der exts = hc_der_enter(entry, HC_DER_SEQUENCE);
    bool has_reason = false;

    do {
        struct hc_bytes oid;
        bool critical;
        struct hc_bytes value = hc_cert_ext_next(&exts, &oid, &critical);

        if (exts.failed)
            return malformed("an extension of an entry", e);
        if (hc_bytes_eq(oid, HC_OID_REASON_CODE)) {
            if (has_reason)
                return malformed("an entry with two reasons", e);
            has_reason = true;
            HC_TRY(e, read_reason(value, &out->entry.reason, e));
        } else if (hc_bytes_eq(oid, HC_OID_CERTIFICATE_ISSUER)) {
            out->names_issuer = true;
        } else if (critical && !hc_bytes_eq(oid, HC_OID_INVALIDITY_DATE)) {
            /* [RFC 5280 5.3]: a critical entry extension that is not known: the CRL MUST NOT be used */
            return HC_FAIL(e, HC_E_CRL_UNSUPPORTED, "it is a CRL with an unknown critical extension in an entry");
        }
    } while (!hc_der_at_end(&exts));
    return HC_OK;
}

/* SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL } */
struct hc_rc hc_crl_part_entry(struct hc_bytes element, struct hc_crl_part_entry *out, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);
    struct hc_der entry = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_crl_part_entry part = {.entry = {.serial = hc_der_integer(&entry), .reason = HC_CRL_UNSPECIFIED}};

    part.entry.time = hc_der_time(&entry, NULL);
    if (entry.failed || part.entry.serial.n > HC_SERIAL_MAX)
        return malformed("an entry", e);
    if (!hc_der_at_end(&entry))
        HC_TRY(e, read_entry_extensions(&entry, &part, e));
    hc_der_leave(&d, &entry);
    if (d.failed)
        return malformed("an entry", e);
    *out = part;
    return HC_OK;
}

/* CRLNumber ::= INTEGER (0..MAX) */
static struct hc_bytes number(struct hc_der *d)
{
    struct hc_bytes n = hc_der_integer(d);

    if (n.n > HC_CRL_NUMBER_MAX || (n.n > 0 && n.p[0] >= 0x80))
        hc_der_fail(d);
    return n;
}

static struct hc_rc read_extension(struct hc_crl_tail *tail, struct hc_bytes oid, bool critical, struct hc_bytes value,
                                   struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);

    if (hc_bytes_eq(oid, HC_OID_CRL_NUMBER)) {
        if (critical) /* [RFC 5280 5.2.3]: "CRL number is a non-critical CRL extension" */
            return malformed("a critical CRL number", e);
        tail->number = number(&d);
    } else if (hc_bytes_eq(oid, HC_OID_DELTA_CRL)) {
        tail->base = number(&d);
    } else if (hc_bytes_eq(oid, HC_OID_AUTHORITY_KEY_ID)) {
        tail->aki = hc_cert_ext_aki(&d);
    } else if (hc_bytes_eq(oid, HC_OID_ISSUING_DISTRIBUTION_POINT)) {
        tail->idp = hc_der_tlv(&d, HC_DER_SEQUENCE);
    } else if (critical) { /* [RFC 5280 5.2]: a critical extension that is not known: the CRL MUST NOT be used */
        return HC_FAIL(e, HC_E_CRL_UNSUPPORTED, "it is a CRL with an unknown critical extension");
    } else {
        return HC_OK;
    }
    return d.failed || !hc_der_at_end(&d) ? malformed("an extension", e) : HC_OK;
}

static struct hc_rc read_all(struct hc_der *exts, struct hc_crl_tail *tail, struct hc_err *e)
{
    struct hc_bytes seen[EXTENSIONS_MAX];

    for (size_t n = 0; !hc_der_at_end(exts); n++) {
        bool critical;
        struct hc_bytes value;

        if (n == EXTENSIONS_MAX)
            return HC_FAIL(e, HC_E_CRL_MALFORMED, "it carries more than %d extensions", EXTENSIONS_MAX);
        value = hc_cert_ext_next(exts, &seen[n], &critical);
        if (exts->failed)
            break;
        for (size_t i = 0; i < n; i++)
            if (hc_bytes_eq(seen[i], seen[n]))
                return HC_FAIL(e, HC_E_CRL_MALFORMED, "it carries an extension twice");
        HC_TRY(e, read_extension(tail, seen[n], critical, value, e));
    }
    return exts->failed ? malformed("its list of extensions", e) : HC_OK;
}

struct hc_rc hc_crl_part_extensions(struct hc_bytes element, struct hc_crl_tail *out, struct hc_err *e)
{
    struct hc_der d = hc_der_init(element);
    struct hc_der wrapper = hc_der_enter(&d, HC_DER_CONTEXT_CONSTRUCTED(0));
    struct hc_der exts = hc_der_enter(&wrapper, HC_DER_SEQUENCE);
    struct hc_crl_tail tail = {0};

    hc_der_leave(&d, &wrapper);
    if (d.failed)
        return malformed("its list of extensions", e);
    HC_TRY(e, read_all(&exts, &tail, e));
    if (tail.number.n == 0) /* [RFC 5280 5.2.3]: MUST; without it an older CRL cannot be told (T16) */
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it has no CRL number");
    if (tail.base.n > 0 && hc_crl_number_cmp(tail.base, tail.number) > 0)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is a delta CRL whose base is newer than itself");
    *out = tail;
    return HC_OK;
}
