/* csr_build.c - writes a certificate request [RFC 2986 4] and signs it. */
#include "asn1/derw.h"
#include "crypto/key.h"
#include "pki/charset.h"
#include "pki/csr.h"
#include "pki/oid.h"
#include "pki/tbs.h"

/* Counts the characters; fails on what is not UTF-8 and on control characters (T20). */
static struct hc_rc check_text(const char *what, struct hc_bytes text, size_t *chars, struct hc_err *e)
{
    uint32_t c;

    for (*chars = 0; hc_charset_next(HC_DER_UTF8, &text, &c); ++*chars) {
        if (c >= HC_CHARSET_INVALID)
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "the %s is not UTF-8", what);
        if (hc_charset_is_control(c))
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "the %s holds a control character", what);
    }
    return HC_OK;
}

/* Empty texts and those beyond the upper bound [RFC 5280 A.1] are left out: what identifies is the subjectAltName. */
static struct hc_rc write_attribute(struct hc_buf *out, struct hc_bytes oid, const char *text, struct hc_err *e)
{
    struct hc_bytes value = hc_bytes_str(text);
    size_t chars, set, seq;

    HC_TRY(e, check_text(hc_bytes_eq(oid, HC_OID_AT_COMMON_NAME) ? "common name" : "organisation", value, &chars, e));
    if (chars == 0 || chars > HC_TBS_NAME_CHARS)
        return HC_OK;
    set = hc_derw_begin(out, HC_DER_SET);
    seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, oid);
    hc_derw_utf8(out, value);
    hc_derw_end(out, seq);
    hc_derw_end(out, set);
    return HC_OK;
}

/* The GeneralName tag of a type [RFC 5280 4.2.1.6]. */
static uint8_t general_name_tag(enum hc_name_type type)
{
    static const uint8_t tags[] = {
        [HC_NAME_EMAIL] = HC_DER_CONTEXT(1),
        [HC_NAME_DNS] = HC_DER_CONTEXT(2),
        [HC_NAME_URI] = HC_DER_CONTEXT(6),
        [HC_NAME_IP] = HC_DER_CONTEXT(7),
    };

    return tags[type];
}

static void write_alt_names(struct hc_buf *out, const struct hc_csr_plan *plan)
{
    size_t ext = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t octets, names;

    hc_derw_oid(out, HC_OID_SUBJECT_ALT_NAME);
    octets = hc_derw_begin(out, HC_DER_OCTETS);
    names = hc_derw_begin(out, HC_DER_SEQUENCE);
    for (size_t i = 0; i < plan->n_names; i++) {
        const struct hc_name *name = &plan->names[i];
        struct hc_bytes value = name->type == HC_NAME_IP ? hc_bytes_of(name->ip, name->ip_n) : name->text;

        hc_derw_element(out, general_name_tag(name->type), value);
    }
    hc_derw_end(out, names);
    hc_derw_end(out, octets);
    hc_derw_end(out, ext);
}

/* attributes [0]: mandatory even when there is none [RFC 2986 4.1] */
static void write_attributes(struct hc_buf *out, const struct hc_csr_plan *plan)
{
    size_t all = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));

    if (plan->n_names > 0) {
        size_t attribute = hc_derw_begin(out, HC_DER_SEQUENCE);
        size_t values, exts;

        hc_derw_oid(out, HC_OID_EXTENSION_REQUEST);
        values = hc_derw_begin(out, HC_DER_SET);
        exts = hc_derw_begin(out, HC_DER_SEQUENCE);
        write_alt_names(out, plan);
        hc_derw_end(out, exts);
        hc_derw_end(out, values);
        hc_derw_end(out, attribute);
    }
    hc_derw_end(out, all);
}

static struct hc_rc write_info(struct hc_buf *out, const struct hc_csr_plan *plan, struct hc_err *e)
{
    size_t info = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t subject;

    hc_derw_small(out, 0); /* v1 */
    subject = hc_derw_begin(out, HC_DER_SEQUENCE);
    HC_TRY(e, write_attribute(out, HC_OID_AT_ORGANIZATION, plan->organisation, e));
    HC_TRY(e, write_attribute(out, HC_OID_AT_COMMON_NAME, plan->common_name, e));
    hc_derw_end(out, subject);
    HC_TRY(e, hc_key_spki(plan->key, out, e));
    write_attributes(out, plan);
    hc_derw_end(out, info);
    return hc_buf_check(out, e);
}

static struct hc_rc write_request(struct hc_buf *out, const struct hc_csr_plan *plan, struct hc_err *e)
{
    HC_BUF_AUTO(info, HC_CSR_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    size_t seq;

    HC_TRY(e, write_info(&info, plan, e));
    HC_TRY(e, hc_key_sign(plan->key, hc_buf_view(&info), &signature, e));
    seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, hc_buf_view(&info));
    hc_derw_raw(out, hc_key_signature_algorithm(plan->key));
    hc_derw_bitstring(out, hc_buf_view(&signature));
    hc_derw_end(out, seq);
    return hc_buf_check(out, e);
}

struct hc_rc hc_csr_build(const struct hc_crypto *crypto, const struct hc_csr_plan *plan, struct hc_buf *out,
                          struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_AUTO(hc_csr) again = NULL;

    if (plan->n_names > HC_CERT_NAMES_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu names, and %d is the most", plan->n_names, HC_CERT_NAMES_MAX);
    HC_TRY(e, write_request(&der, plan, e));
    HC_TRY(e, hc_csr_parse(crypto, hc_buf_view(&der), &again, e));
    if (again->bad_name.n > 0 || again->n_names != plan->n_names)
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "a name or the subject of the request could deceive its reader");
    hc_buf_add(out, hc_buf_view(&der));
    return hc_buf_check(out, e);
}
