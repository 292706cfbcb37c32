/* cert.c - the certificate itself, its references, and lists of certificates. */
#include "pki/cert.h"

#include <stdlib.h>

#include "base/escape.h"
#include "crypto/digest.h"
#include "pki/cert_ext.h"
#include "pki/oid.h"

/* version [0] EXPLICIT Version DEFAULT v1 [RFC 5280 4.1.2.1] */
static struct hc_rc read_version(struct hc_cert *cert, struct hc_der *tbs, struct hc_err *e)
{
    struct hc_der d;
    int64_t version = 0;

    if (hc_der_enter_optional(tbs, HC_DER_CONTEXT_CONSTRUCTED(0), &d)) {
        version = hc_der_small(&d, 127);
        hc_der_leave(tbs, &d);
    }
    if (!tbs->failed && version != 2)
        return HC_FAIL(e, HC_E_CERT_VERSION, "its version is %d", (int)version + 1);
    cert->version = 3;
    return HC_OK;
}

static struct hc_rc read_serial(struct hc_cert *cert, struct hc_der *tbs, struct hc_err *e)
{
    struct hc_bytes s = hc_der_integer(tbs);

    if (tbs->failed)
        return HC_OK; /* said at the end of the whole */
    if (s.n > HC_SERIAL_MAX)
        return HC_FAIL(e, HC_E_CERT_SERIAL, "its serial number has %zu bytes", s.n);
    /* "Certificate users SHOULD be prepared to gracefully handle such certificates": they can be read, and verify_rules
     * refuses them by name. */
    cert->odd_serial = s.p[0] >= 0x80 || (s.n == 1 && s.p[0] == 0);
    cert->serial = s;
    return HC_OK;
}

static void read_validity(struct hc_cert *cert, struct hc_der *tbs)
{
    struct hc_der d = hc_der_enter(tbs, HC_DER_SEQUENCE);

    cert->not_before = hc_der_time(&d, &cert->odd_times);
    cert->not_after = hc_der_time(&d, &cert->odd_times);
    hc_der_leave(tbs, &d);
}

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING } */
static void read_spki(struct hc_cert *cert, struct hc_der *tbs)
{
    struct hc_der outer;
    struct hc_der d;

    cert->spki = hc_der_tlv(tbs, HC_DER_SEQUENCE);
    outer = hc_der_init(cert->spki);
    d = hc_der_enter(&outer, HC_DER_SEQUENCE);
    cert->spki_alg = hc_cert_ext_algorithm(&d);
    cert->spki_key = hc_der_bitstring_bytes(&d);
    hc_der_leave(tbs, &d);
}

/* extensions [3] EXPLICIT SEQUENCE SIZE (1..MAX) OF Extension OPTIONAL */
static void read_extensions(struct hc_cert *cert, struct hc_der *tbs)
{
    struct hc_der d;

    if (!hc_der_enter_optional(tbs, HC_DER_CONTEXT_CONSTRUCTED(3), &d))
        return;
    cert->extensions = hc_der_get(&d, HC_DER_SEQUENCE);
    if (cert->extensions.n == 0)
        hc_der_fail(&d);
    hc_der_leave(tbs, &d);
}

static struct hc_rc read_tbs(struct hc_cert *cert, struct hc_bytes *inner_alg, struct hc_err *e)
{
    struct hc_der d = hc_der_init(cert->tbs);
    struct hc_der tbs = hc_der_enter(&d, HC_DER_SEQUENCE);

    HC_TRY(e, read_version(cert, &tbs, e));
    HC_TRY(e, read_serial(cert, &tbs, e));
    *inner_alg = hc_cert_ext_algorithm(&tbs);
    cert->issuer = hc_der_tlv(&tbs, HC_DER_SEQUENCE);
    read_validity(cert, &tbs);
    cert->subject = hc_der_tlv(&tbs, HC_DER_SEQUENCE);
    cert->subject_empty = hc_dn_is_empty(cert->subject);
    read_spki(cert, &tbs);
    hc_der_skip_optional(&tbs, HC_DER_CONTEXT(1)); /* issuerUniqueID and subjectUniqueID: out of use, and ignored */
    hc_der_skip_optional(&tbs, HC_DER_CONTEXT(2));
    read_extensions(cert, &tbs);
    hc_der_leave(&d, &tbs);
    if (d.failed)
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "its contents are not strict DER of a certificate");
    return HC_OK;
}

static struct hc_rc read_all(struct hc_cert *cert, struct hc_err *e)
{
    struct hc_der d = hc_der_init(cert->der);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_bytes inner_alg = {NULL, 0};

    cert->tbs = hc_der_tlv(&seq, HC_DER_SEQUENCE);
    cert->sig_alg = hc_cert_ext_algorithm(&seq);
    cert->signature = hc_der_bitstring_bytes(&seq);
    hc_der_leave(&d, &seq);
    if (d.failed || !hc_der_at_end(&d))
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "it is not one whole certificate in strict DER");
    HC_TRY(e, read_tbs(cert, &inner_alg, e));
    if (!hc_bytes_eq(inner_alg, cert->sig_alg))
        return HC_FAIL(e, HC_E_CERT_ALGORITHM_MISMATCH, "its two signature algorithms differ");
    HC_TRY(e, hc_dn_check(cert->subject, "the subject", e));
    HC_TRY(e, hc_dn_check(cert->issuer, "the issuer", e));
    if (hc_dn_is_empty(cert->issuer)) /* [RFC 5280 4.1.2.4]: MUST contain a non-empty distinguished name */
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "its issuer is empty");
    cert->self_issued = hc_dn_eq(cert->subject, cert->issuer);
    HC_TRY(e, hc_cert_ext_read(cert, e));
    hc_sha256(cert->der, cert->sha256);
    return HC_OK;
}

struct hc_rc hc_cert_parse(struct hc_bytes der, struct hc_cert **out, struct hc_err *e)
{
    HC_AUTO(hc_cert) cert = NULL;

    if (der.n > HC_CERT_MAX)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "it has %zu bytes, and at most %d are accepted", der.n, HC_CERT_MAX);
    cert = calloc(1, sizeof *cert + der.n);
    if (!cert)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a certificate");
    atomic_init(&cert->refs, 1);
    if (der.n)
        memcpy(cert + 1, der.p, der.n);
    cert->der = hc_bytes_of(cert + 1, der.n);
    HC_TRY(e, read_all(cert, e));
    *out = HC_GIVE(cert);
    return HC_OK;
}

struct hc_cert *hc_cert_ref(struct hc_cert *cert)
{
    atomic_fetch_add_explicit(&cert->refs, 1, memory_order_relaxed);
    return cert;
}

void hc_cert_free(struct hc_cert *cert)
{
    if (!cert || atomic_fetch_sub_explicit(&cert->refs, 1, memory_order_acq_rel) != 1)
        return;
    hc_buf_fini(&cert->own_text);
    free(cert->own_names);
    free(cert);
}

bool hc_cert_eq(const struct hc_cert *a, const struct hc_cert *b)
{
    return hc_bytes_eq(a->der, b->der);
}

bool hc_cert_self_issued(const struct hc_cert *cert)
{
    return cert->self_issued;
}

bool hc_cert_extension(const struct hc_cert *cert, struct hc_bytes oid, struct hc_bytes *value, bool *critical)
{
    struct hc_der exts = hc_der_init(cert->extensions);

    while (!hc_der_at_end(&exts)) {
        struct hc_bytes got;
        bool is_critical;
        struct hc_bytes v = hc_cert_ext_next(&exts, &got, &is_critical);

        if (exts.failed || !hc_bytes_eq(got, oid))
            continue;
        *value = v;
        if (critical)
            *critical = is_critical;
        return true;
    }
    return false;
}

void hc_cert_common_name(const struct hc_cert *cert, struct hc_buf *out)
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];

    for (size_t i = hc_dn_attributes(cert->subject, a, HC_DN_ATTRIBUTES_MAX); i > 0; i--) {
        if (hc_bytes_eq(a[i - 1].oid, HC_OID_AT_COMMON_NAME)) {
            hc_dn_utf8(a[i - 1].tag, a[i - 1].value, out);
            return;
        }
    }
}

/* -1 is not 255, though their last bytes are the same. */
static void negative_text(struct hc_bytes serial, struct hc_buf *out)
{
    uint8_t magnitude[HC_SERIAL_MAX];
    unsigned carry = 1;

    hc_buf_add_str(out, "-");
    for (size_t i = serial.n; i-- > 0;) {
        carry += (uint8_t)~serial.p[i];
        magnitude[i] = (uint8_t)carry;
        carry >>= 8;
    }
    hc_escape_hex(out, hc_bytes_of(magnitude, serial.n), 0);
}

void hc_serial_text(struct hc_bytes serial, struct hc_buf *out)
{
    if (serial.n > 0 && serial.n <= HC_SERIAL_MAX && serial.p[0] >= 0x80) {
        negative_text(serial, out);
        return;
    }
    if (serial.n > 1 && serial.p[0] == 0)
        serial = hc_bytes_skip(serial, 1);
    hc_escape_hex(out, serial, 0);
}

struct hc_rc hc_cert_list_take(struct hc_cert_list *list, struct hc_cert *cert, struct hc_err *e)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 4;
        struct hc_cert **more = realloc(list->cert, cap * sizeof *more);

        if (!more) {
            hc_cert_free(cert);
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu certificates", cap);
        }
        list->cert = more;
        list->cap = cap;
    }
    list->cert[list->n++] = cert;
    return HC_OK;
}

void hc_cert_list_truncate(struct hc_cert_list *list, size_t n)
{
    while (list->n > n)
        hc_cert_free(list->cert[--list->n]);
}

void hc_cert_list_fini(struct hc_cert_list *list)
{
    hc_cert_list_truncate(list, 0);
    free(list->cert);
    *list = (struct hc_cert_list){0};
}
