/* crlw.c - write a v2 CRL [RFC 5280 5.1, 5.2, 5.3]. */
#include "pki/crlw.h"

#include "asn1/derw.h"
#include "base/clock.h"
#include "pki/oid.h"

static struct hc_rc check_plan(const struct hc_crlw_plan *plan, struct hc_err *e)
{
    char from[HC_TIME_TEXT], to[HC_TIME_TEXT];
    if (plan->this_update < 0 || plan->next_update > HC_TIME_MAX)
        return HC_FAIL(e, HC_E_TIME_FORMAT, "the dates of a CRL must lie between 1970 and 9999");
    if (plan->next_update <= plan->this_update)
        return HC_FAIL(e, HC_E_CRL_WINDOW, "this update %s, next update %s", hc_time_text(plan->this_update, from),
                       hc_time_text(plan->next_update, to));
    if (plan->issuer->ski.n == 0)
        return HC_FAIL(e, HC_E_CERT_EXTENSION, "the CRL's issuer has no subject key identifier");
    struct hc_der d = hc_der_init(plan->sig_alg);
    hc_der_tlv(&d, HC_DER_SEQUENCE);
    return hc_der_done(&d, "the signature algorithm", e);
}

static struct hc_rc check_entry(const struct hc_crlw_entry *entry, struct hc_err *e)
{
    struct hc_bytes serial = entry->serial;
    while (serial.n > 0 && serial.p[0] == 0)
        serial = hc_bytes_skip(serial, 1);
    if (serial.n == 0 || serial.n + (serial.p[0] >> 7) > HC_SERIAL_MAX)
        return HC_FAIL(e, HC_E_CERT_SERIAL, "a revoked serial number must be positive and fit %d octets",
                       HC_SERIAL_MAX);
    if (entry->time < 0 || entry->time > HC_TIME_MAX)
        return HC_FAIL(e, HC_E_TIME_FORMAT, "a revocation's date must lie between 1970 and 9999");
    /* RFC 5280 5.3.1: 7 is unused, and removeFromCRL (8) "may only appear in delta CRLs". */
    if ((unsigned)entry->reason > 10 || (int)entry->reason == 7 || (int)entry->reason == 8)
        return HC_FAIL(e, HC_E_REASON, "a complete CRL cannot carry the reason %d", (int)entry->reason);
    return HC_OK;
}

/* RFC 5280 5.3.1: "the reason code CRL entry extension SHOULD be absent instead of using the unspecified (0) value". */
static void write_entry(struct hc_buf *out, const struct hc_crlw_entry *entry)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_integer(out, entry->serial);
    hc_derw_time(out, entry->time);
    if (entry->reason != HC_CRL_UNSPECIFIED) {
        size_t extensions = hc_derw_begin(out, HC_DER_SEQUENCE);
        size_t extension = hc_derw_begin(out, HC_DER_SEQUENCE);
        hc_derw_oid(out, HC_OID_REASON_CODE);
        size_t octets = hc_derw_begin(out, HC_DER_OCTETS);
        hc_derw_enumerated(out, (uint8_t)entry->reason);
        hc_derw_end(out, octets);
        hc_derw_end(out, extension);
        hc_derw_end(out, extensions);
    }
    hc_derw_end(out, seq);
}

/* RFC 5280 5.1.2.6: "When there are no revoked certificates, the revoked certificates list MUST be absent." */
static struct hc_rc write_entries(struct hc_buf *out, const struct hc_crlw_plan *plan, struct hc_err *e)
{
    if (plan->n_entries == 0)
        return HC_OK;
    size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);
    for (size_t i = 0; i < plan->n_entries; i++) {
        HC_TRY(e, check_entry(&plan->entries[i], e));
        write_entry(out, &plan->entries[i]);
    }
    hc_derw_end(out, list);
    return HC_OK;
}

/* RFC 5280 5.2: the two extensions that every CRL must carry. */
static void write_extensions(struct hc_buf *out, const struct hc_crlw_plan *plan)
{
    size_t tagged = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = hc_derw_begin(out, HC_DER_SEQUENCE);

    size_t extension = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_AUTHORITY_KEY_ID);
    size_t octets = hc_derw_begin(out, HC_DER_OCTETS);
    size_t aki = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_element(out, HC_DER_CONTEXT(0), plan->issuer->ski);
    hc_derw_end(out, aki);
    hc_derw_end(out, octets);
    hc_derw_end(out, extension);

    extension = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_CRL_NUMBER);
    octets = hc_derw_begin(out, HC_DER_OCTETS);
    hc_derw_small(out, plan->number);
    hc_derw_end(out, octets);
    hc_derw_end(out, extension);

    hc_derw_end(out, list);
    hc_derw_end(out, tagged);
}

struct hc_rc hc_crlw_tbs(const struct hc_crlw_plan *plan, struct hc_buf *out, struct hc_err *e)
{
    HC_TRY(e, check_plan(plan, e));
    size_t tbs = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_small(out, 1); /* v2 */
    hc_derw_raw(out, plan->sig_alg);
    hc_derw_raw(out, plan->issuer->subject);
    hc_derw_time(out, plan->this_update);
    hc_derw_time(out, plan->next_update);
    HC_TRY(e, write_entries(out, plan, e));
    write_extensions(out, plan);
    hc_derw_end(out, tbs);
    return hc_buf_check(out, e);
}

struct hc_rc hc_crlw_assemble(struct hc_bytes tbs, struct hc_bytes sig_alg, struct hc_bytes signature,
                              struct hc_buf *out, struct hc_err *e)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_raw(out, tbs);
    hc_derw_raw(out, sig_alg);
    hc_derw_bitstring(out, signature);
    hc_derw_end(out, seq);
    return hc_buf_check(out, e);
}
