/* crl.c - one complete CRL. Invariant: rows[0..n_entries) are sorted by serial_cmp and point into der. */
#include "pki/crl.h"

#include <stdlib.h>

#include "base/file.h"
#include "pki/cert_ext.h"
#include "pki/oid.h"
#include "pki/pem.h"

#define ENTRY_LEAST 20               /* a serial of one byte and a UTCTime: bounds the rows by the size of the CRL */
#define EXTENSIONS_MAX 32            /* bounds the search for duplicates; real CRLs have below 8 */
#define PEM_MAX (HC_CRL_MAX / 2 * 3) /* base64 and line ends add some 36 per cent */

struct hc_crl_row {
    int64_t time;
    uint32_t at; /* of the serial's contents in der; HC_CRL_MAX fits */
    uint8_t n;   /* bytes of the serial */
    uint8_t reason;
};

static struct hc_rc malformed(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s is malformed", what);
}

static struct hc_rc unsupported(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CRL_UNSUPPORTED, "it is %s", what);
}

/* Any total order will do that is the same for searching. */
static int serial_cmp(struct hc_bytes a, struct hc_bytes b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return memcmp(a.p, b.p, a.n);
}

static struct hc_bytes row_serial(const struct hc_crl *crl, const struct hc_crl_row *row)
{
    return hc_bytes_of(crl->der.p + row->at, row->n);
}

static int row_cmp(const void *a, const void *b, void *crl)
{
    return serial_cmp(row_serial(crl, a), row_serial(crl, b));
}

/* reasonCode [RFC 5280 5.3.1]: 7 is not used, and 8 (removeFromCRL) may appear in delta CRLs only. */
static struct hc_rc read_reason(struct hc_bytes value, struct hc_crl_row *row, struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);
    int64_t reason = hc_der_enumerated(&d, HC_CRL_AA_COMPROMISE);

    if (d.failed || !hc_der_at_end(&d) || reason == 7)
        return malformed("the reason of an entry", e);
    if (reason == 8)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "an entry says removeFromCRL, which only a delta CRL may say");
    row->reason = (uint8_t)reason;
    return HC_OK;
}

static struct hc_rc read_entry_extensions(struct hc_der *entry, struct hc_crl_row *row, struct hc_err *e)
{
    struct hc_der exts = hc_der_enter(entry, HC_DER_SEQUENCE);
    bool has_reason = false;

    do {
        struct hc_bytes oid;
        bool critical;
        struct hc_bytes value = hc_cert_ext_next(&exts, &oid, &critical);

        if (exts.failed)
            return malformed("an extension of an entry", e);
        if (hc_bytes_eq(oid, HC_OID_CERTIFICATE_ISSUER))
            return unsupported("an indirect CRL: an entry names its own issuer", e);
        if (hc_bytes_eq(oid, HC_OID_REASON_CODE)) {
            if (has_reason)
                return malformed("an entry with two reasons", e);
            has_reason = true;
            HC_TRY(e, read_reason(value, row, e));
        } else if (critical && !hc_bytes_eq(oid, HC_OID_INVALIDITY_DATE)) {
            return unsupported("a CRL with an unknown critical extension in an entry", e);
        }
    } while (!hc_der_at_end(&exts));
    return HC_OK;
}

/* SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL } */
static struct hc_rc read_entry(struct hc_crl *crl, struct hc_der *list, struct hc_crl_row *row, struct hc_err *e)
{
    struct hc_der entry = hc_der_enter(list, HC_DER_SEQUENCE);
    struct hc_bytes serial = hc_der_integer(&entry);

    row->time = hc_der_time(&entry, NULL);
    if (entry.failed || serial.n > HC_SERIAL_MAX)
        return malformed("an entry", e);
    row->at = (uint32_t)(serial.p - crl->der.p);
    row->n = (uint8_t)serial.n;
    row->reason = HC_CRL_UNSPECIFIED;
    if (!hc_der_at_end(&entry))
        HC_TRY(e, read_entry_extensions(&entry, row, e));
    hc_der_leave(list, &entry);
    return list->failed ? malformed("an entry", e) : HC_OK;
}

static size_t count_entries(struct hc_der list)
{
    size_t n = 0;

    for (; !hc_der_at_end(&list); n++)
        if (hc_der_any(&list, NULL).n < ENTRY_LEAST)
            hc_der_fail(&list);
    return list.failed ? SIZE_MAX : n;
}

/* revokedCertificates: an empty list MUST be absent [RFC 5280 5.1.2.6]; an empty one that is there says the same. */
static struct hc_rc read_entries(struct hc_crl *crl, struct hc_der *list, struct hc_err *e)
{
    size_t n = count_entries(*list);

    if (n == SIZE_MAX)
        return malformed("the list of entries", e);
    if (n == 0)
        return HC_OK;
    crl->rows = malloc(n * sizeof *crl->rows);
    if (!crl->rows)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu entries of a CRL", n);
    for (; crl->n_entries < n; crl->n_entries++)
        HC_TRY(e, read_entry(crl, list, &crl->rows[crl->n_entries], e));
    qsort_r(crl->rows, n, sizeof *crl->rows, row_cmp, crl);
    return HC_OK;
}

static struct hc_rc read_number(struct hc_crl *crl, struct hc_der *d)
{
    crl->number = hc_der_integer(d);
    if (crl->number.n > HC_CRL_NUMBER_MAX || (crl->number.n > 0 && crl->number.p[0] >= 0x80))
        hc_der_fail(d);
    return HC_OK;
}

static struct hc_rc read_extension(struct hc_crl *crl, struct hc_bytes oid, bool critical, struct hc_bytes value,
                                   struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);

    if (hc_bytes_eq(oid, HC_OID_DELTA_CRL))
        return unsupported("a delta CRL", e);
    if (hc_bytes_eq(oid, HC_OID_ISSUING_DISTRIBUTION_POINT))
        return unsupported("a CRL for a part of its issuer's certificates only (issuingDistributionPoint)", e);
    if (hc_bytes_eq(oid, HC_OID_CRL_NUMBER)) {
        if (critical) /* [RFC 5280 5.2.3]: "CRL number is a non-critical CRL extension" */
            return malformed("a critical CRL number", e);
        HC_TRY(e, read_number(crl, &d));
    } else if (hc_bytes_eq(oid, HC_OID_AUTHORITY_KEY_ID)) {
        crl->aki = hc_cert_ext_aki(&d);
    } else {
        return critical ? unsupported("a CRL with an unknown critical extension", e) : HC_OK;
    }
    return d.failed || !hc_der_at_end(&d) ? malformed("an extension", e) : HC_OK;
}

/* crlExtensions [0] EXPLICIT Extensions */
static struct hc_rc read_extensions(struct hc_crl *crl, struct hc_der *tbs, struct hc_err *e)
{
    struct hc_bytes seen[EXTENSIONS_MAX];
    struct hc_der wrapper = hc_der_enter(tbs, HC_DER_CONTEXT_CONSTRUCTED(0));
    struct hc_der exts = hc_der_enter(&wrapper, HC_DER_SEQUENCE);

    hc_der_leave(tbs, &wrapper);
    for (size_t n = 0; !hc_der_at_end(&exts); n++) {
        bool critical;
        struct hc_bytes value;

        if (n == EXTENSIONS_MAX)
            return HC_FAIL(e, HC_E_CRL_MALFORMED, "it carries more than %d extensions", EXTENSIONS_MAX);
        value = hc_cert_ext_next(&exts, &seen[n], &critical);
        if (exts.failed)
            break;
        for (size_t i = 0; i < n; i++)
            if (hc_bytes_eq(seen[i], seen[n]))
                return HC_FAIL(e, HC_E_CRL_MALFORMED, "it carries an extension twice");
        HC_TRY(e, read_extension(crl, seen[n], critical, value, e));
    }
    if (exts.failed)
        return malformed("its list of extensions", e);
    if (crl->number.n ==
        0) /* [RFC 5280 5.2.3]: issuers MUST include it; without it an older CRL cannot be told (T16) */
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it has no CRL number");
    return HC_OK;
}

static struct hc_rc check_head(const struct hc_crl *crl, struct hc_bytes inner_alg, struct hc_err *e)
{
    if (!hc_bytes_eq(inner_alg, crl->sig_alg)) /* [RFC 5280 5.1.1.2] */
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its two signature algorithms differ");
    if (hc_failed(hc_dn_check(crl->issuer, "its issuer", e)) || hc_dn_is_empty(crl->issuer)) {
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s", hc_dn_is_empty(crl->issuer) ? "its issuer is empty" : why.text);
    }
    if (crl->next_update < crl->this_update)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its next update lies before its own date");
    return HC_OK;
}

/* TBSCertList [RFC 5280 5.1]; nextUpdate is OPTIONAL in the syntax and a MUST in 5.1.2.5. */
static struct hc_rc read_tbs(struct hc_crl *crl, struct hc_err *e)
{
    struct hc_der d = hc_der_init(crl->tbs);
    struct hc_der tbs = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der list;
    struct hc_bytes inner_alg;

    if (!hc_der_is(&tbs, HC_DER_INTEGER) || hc_der_small(&tbs, 127) != 1)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is not a version 2 CRL");
    inner_alg = hc_cert_ext_algorithm(&tbs);
    crl->issuer = hc_der_tlv(&tbs, HC_DER_SEQUENCE);
    crl->this_update = hc_der_time(&tbs, NULL);
    crl->next_update = hc_der_time(&tbs, NULL);
    if (tbs.failed)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its issuer or its dates are malformed; both dates are required");
    HC_TRY(e, check_head(crl, inner_alg, e));
    if (hc_der_enter_optional(&tbs, HC_DER_SEQUENCE, &list))
        HC_TRY(e, read_entries(crl, &list, e));
    HC_TRY(e, read_extensions(crl, &tbs, e));
    hc_der_leave(&d, &tbs);
    return d.failed ? malformed("its contents", e) : HC_OK;
}

static struct hc_rc read_all(struct hc_crl *crl, struct hc_err *e)
{
    struct hc_der d = hc_der_init(crl->der);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);

    crl->tbs = hc_der_tlv(&seq, HC_DER_SEQUENCE);
    crl->sig_alg = hc_cert_ext_algorithm(&seq);
    crl->signature = hc_der_bitstring_bytes(&seq);
    hc_der_leave(&d, &seq);
    if (d.failed || !hc_der_at_end(&d))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is not one whole CRL in strict DER");
    return read_tbs(crl, e);
}

struct hc_rc hc_crl_parse(struct hc_bytes der, struct hc_crl **out, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;

    if (der.n > HC_CRL_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the CRL has %zu bytes, and at most %d are accepted", der.n, HC_CRL_MAX);
    crl = malloc(sizeof *crl + der.n);
    if (!crl)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a CRL of %zu bytes", der.n);
    memset(crl, 0, sizeof *crl);
    atomic_init(&crl->refs, 1);
    if (der.n)
        memcpy(crl + 1, der.p, der.n);
    crl->der = hc_bytes_of(crl + 1, der.n);
    HC_TRY(e, read_all(crl, e));
    *out = HC_GIVE(crl);
    return HC_OK;
}

/* A CRL has more than 127 bytes, so its second byte is 81 or more; in text it is not. */
static struct hc_rc parse_any(struct hc_bytes in, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    bool found;

    if (in.n > 2 && in.p[0] == HC_DER_SEQUENCE && in.p[1] >= 0x80)
        return hc_crl_parse(in, out, e);
    HC_TRY(e, hc_pem_next(&in, HC_PEM_CRL, &der, &found, e));
    if (!found)
        return HC_FAIL(e, HC_E_PEM, "there is no CRL in it (neither DER nor a line '-----BEGIN X509 CRL-----')");
    return hc_crl_parse(hc_buf_view(&der), out, e);
}

struct hc_rc hc_crl_load(const char *path, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(file, PEM_MAX);
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(path, &file, e));
    rc = parse_any(hc_buf_view(&file), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

struct hc_crl *hc_crl_ref(struct hc_crl *crl)
{
    atomic_fetch_add_explicit(&crl->refs, 1, memory_order_relaxed);
    return crl;
}

void hc_crl_free(struct hc_crl *crl)
{
    if (!crl || atomic_fetch_sub_explicit(&crl->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(crl->rows);
    free(crl);
}

bool hc_crl_find(const struct hc_crl *crl, struct hc_bytes serial, struct hc_crl_entry *out)
{
    size_t low = 0;
    size_t high = crl->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = serial_cmp(serial, row_serial(crl, &crl->rows[middle]));

        if (order == 0) {
            if (out)
                *out = hc_crl_entry_at(crl, middle, &serial);
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

struct hc_crl_entry hc_crl_entry_at(const struct hc_crl *crl, size_t i, struct hc_bytes *serial)
{
    const struct hc_crl_row *row = &crl->rows[i];

    *serial = row_serial(crl, row);
    return (struct hc_crl_entry){.time = row->time, .reason = (enum hc_crl_reason)row->reason};
}

int hc_crl_number_cmp(struct hc_bytes a, struct hc_bytes b)
{
    while (a.n > 0 && a.p[0] == 0)
        a = hc_bytes_skip(a, 1);
    while (b.n > 0 && b.p[0] == 0)
        b = hc_bytes_skip(b, 1);
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

const char *hc_crl_reason_text(enum hc_crl_reason reason)
{
    switch (reason) {
    case HC_CRL_UNSPECIFIED:
        break;
    case HC_CRL_KEY_COMPROMISE:
        return "keyCompromise";
    case HC_CRL_CA_COMPROMISE:
        return "cACompromise";
    case HC_CRL_AFFILIATION_CHANGED:
        return "affiliationChanged";
    case HC_CRL_SUPERSEDED:
        return "superseded";
    case HC_CRL_CESSATION_OF_OPERATION:
        return "cessationOfOperation";
    case HC_CRL_CERTIFICATE_HOLD:
        return "certificateHold";
    case HC_CRL_PRIVILEGE_WITHDRAWN:
        return "privilegeWithdrawn";
    case HC_CRL_AA_COMPROMISE:
        return "aACompromise";
    }
    return "unspecified";
}
