/*
 * urls.h - where a certificate says that its issuer's CRL and certificate are to be found. For display: nothing is ever
 * fetched because a certificate says so.
 */
#ifndef HC_PKI_URLS_H
#define HC_PKI_URLS_H

#include "pki/cert.h"

#define HC_URLS_MAX 16 /* real certificates have one or two; more are passed over */

/* Borrowed from the certificate; bytes of whoever made it: escape them. */
struct hc_urls {
    struct hc_bytes url[HC_URLS_MAX];
    size_t n;
};

/* The full names of its cRLDistributionPoints [RFC 5280 4.2.1.13] that are URIs. An extension that is absent or cannot
 * be read has none. */
struct hc_urls hc_urls_crl(const struct hc_cert *cert);

/* The same of its authorityInfoAccess [RFC 5280 4.2.2.1]: the issuer's certificate (id-ad-caIssuers), an OCSP responder
 * (id-ad-ocsp). */
struct hc_urls hc_urls_issuer(const struct hc_cert *cert);
struct hc_urls hc_urls_ocsp(const struct hc_cert *cert);

#endif
