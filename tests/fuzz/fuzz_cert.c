/* fuzz_cert.c - any bytes as a certificate; what parses is then used as the rest of the program would. */
#include <assert.h>
#include <stdlib.h>

#include "pki/lint.h"
#include "pki/oid.h"
#include "pki/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_names(const struct hc_cert *cert, struct hc_buf *out)
{
    for (size_t i = 0; i < cert->n_names; i++) {
        struct hc_name *again = NULL;
        struct hc_err e;

        hc_name_text(&cert->names[i], out);
        if (hc_ok(
                hc_name_make(cert->names[i].type, cert->names[i].text, HC_NAME_WILDCARD | HC_NAME_NUMERIC, &again, &e)))
            assert(hc_name_eq(again, &cert->names[i])); /* canonical text is a fixed point */
        else
            abort(); /* a canonical text was refused */
        hc_name_free(again);
        hc_dns_matches(cert->names[i].text, HC_BYTES("shop.example.com"));
    }
}

static void use(const struct hc_cert *cert)
{
    struct hc_buf out = HC_BUF(4 << 20);
    struct hc_bytes value;
    struct hc_lint_report report;

    hc_lint_cert(&(struct hc_lint_rules){.issuers = &cert, .n_issuers = 1}, cert, &report); /* as its own issuer too */
    assert(report.n + report.lost == report.n_errors + report.n_warnings + report.n_notes);
    hc_dn_text(cert->subject, &out);
    hc_dn_text(cert->issuer, &out);
    hc_cert_common_name(cert, &out);
    hc_serial_text(cert->serial, &out);
    hc_oid_text(cert->unknown_critical, &out);
    use_names(cert, &out);
    hc_cert_extension(cert, HC_OID_SUBJECT_ALT_NAME, &value, NULL);
    assert(hc_dn_eq(cert->subject, cert->subject) && hc_dn_under(cert->subject, HC_BYTES("\x30\x00")));
    hc_cert_self_issued(cert);
    hc_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_cert_list list = {0};
    struct hc_cert *cert = NULL;
    struct hc_err e;

    if (hc_ok(hc_cert_parse(hc_bytes_of(data, size), &cert, &e)))
        use(cert);
    hc_cert_free(cert);
    hc_ignore(hc_pem_parse_certs(hc_bytes_of(data, size), 4, &list, &e)); /* only that it does no harm */
    hc_cert_list_fini(&list);
    return 0;
}
