/* urls.c - the URIs of cRLDistributionPoints and authorityInfoAccess. */
#include "pki/urls.h"

#include "asn1/der.h"
#include "pki/oid.h"

#define GENERAL_NAME_URI HC_DER_CONTEXT(6) /* [RFC 5280 4.2.1.6] */

static void keep(struct hc_urls *urls, struct hc_bytes url)
{
    if (url.n > 0 && urls->n < HC_URLS_MAX)
        urls->url[urls->n++] = url;
}

/* The URI of the next GeneralName; empty for every other kind of name. */
static struct hc_bytes next_uri(struct hc_der *names)
{
    uint8_t tag = 0;
    struct hc_bytes value = hc_der_value(names, &tag);
    return tag == GENERAL_NAME_URI ? value : hc_bytes_of(NULL, 0);
}

/*
 * DistributionPoint ::= SEQUENCE {
 *     distributionPoint [0] DistributionPointName OPTIONAL, reasons [1] ..., cRLIssuer [2] ... }
 * DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] ... }
 */
static void read_point(struct hc_der *point, struct hc_urls *urls)
{
    struct hc_der name, full;
    if (!hc_der_enter_optional(point, HC_DER_CONTEXT_CONSTRUCTED(0), &name) ||
        !hc_der_enter_optional(&name, HC_DER_CONTEXT_CONSTRUCTED(0), &full))
        return;
    while (!hc_der_at_end(&full))
        keep(urls, next_uri(&full));
    if (full.failed)
        hc_der_fail(point);
}

struct hc_urls hc_urls_crl(const struct hc_cert *cert)
{
    struct hc_urls urls = {.n = 0};
    struct hc_bytes value;
    if (!hc_cert_extension(cert, HC_OID_CRL_DISTRIBUTION_POINTS, &value, NULL))
        return urls;
    struct hc_der d = hc_der_init(value);
    struct hc_der points = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (!hc_der_at_end(&points)) {
        struct hc_der point = hc_der_enter(&points, HC_DER_SEQUENCE);
        read_point(&point, &urls);
        if (point.failed)
            hc_der_fail(&points);
    }
    return points.failed ? (struct hc_urls){.n = 0} : urls;
}

/* SEQUENCE OF AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName } */
static struct hc_urls access_urls(const struct hc_cert *cert, struct hc_bytes method)
{
    struct hc_urls urls = {.n = 0};
    struct hc_bytes value;
    if (!hc_cert_extension(cert, HC_OID_AUTHORITY_INFO_ACCESS, &value, NULL))
        return urls;
    struct hc_der d = hc_der_init(value);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (!hc_der_at_end(&list)) {
        struct hc_der one = hc_der_enter(&list, HC_DER_SEQUENCE);
        struct hc_bytes oid = hc_der_oid(&one);
        struct hc_bytes uri = next_uri(&one);
        if (hc_bytes_eq(oid, method))
            keep(&urls, uri);
        hc_der_leave(&list, &one);
    }
    return list.failed ? (struct hc_urls){.n = 0} : urls;
}

struct hc_urls hc_urls_issuer(const struct hc_cert *cert)
{
    return access_urls(cert, HC_OID_AD_CA_ISSUERS);
}

struct hc_urls hc_urls_ocsp(const struct hc_cert *cert)
{
    return access_urls(cert, HC_OID_AD_OCSP);
}
