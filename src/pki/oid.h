/*
 * oid.h - the object identifiers that Handclasp knows, as the contents octets of their DER encoding.
 */
#ifndef HC_PKI_OID_H
#define HC_PKI_OID_H

#include "base/buf.h"

/* Certificate and CRL extensions [RFC 5280 4.2, 5.2, 5.3]: id-ce is 2.5.29, id-pe is 1.3.6.1.5.5.7.1. */
#define HC_OID_SUBJECT_DIRECTORY_ATTRIBUTES HC_BYTES("\x55\x1d\x09")
#define HC_OID_SUBJECT_KEY_ID HC_BYTES("\x55\x1d\x0e")
#define HC_OID_KEY_USAGE HC_BYTES("\x55\x1d\x0f")
#define HC_OID_SUBJECT_ALT_NAME HC_BYTES("\x55\x1d\x11")
#define HC_OID_ISSUER_ALT_NAME HC_BYTES("\x55\x1d\x12")
#define HC_OID_BASIC_CONSTRAINTS HC_BYTES("\x55\x1d\x13")
#define HC_OID_CRL_NUMBER HC_BYTES("\x55\x1d\x14")
#define HC_OID_REASON_CODE HC_BYTES("\x55\x1d\x15")
#define HC_OID_INVALIDITY_DATE HC_BYTES("\x55\x1d\x18")
#define HC_OID_DELTA_CRL HC_BYTES("\x55\x1d\x1b")
#define HC_OID_ISSUING_DISTRIBUTION_POINT HC_BYTES("\x55\x1d\x1c")
#define HC_OID_CERTIFICATE_ISSUER HC_BYTES("\x55\x1d\x1d")
#define HC_OID_NAME_CONSTRAINTS HC_BYTES("\x55\x1d\x1e")
#define HC_OID_CRL_DISTRIBUTION_POINTS HC_BYTES("\x55\x1d\x1f")
#define HC_OID_CERTIFICATE_POLICIES HC_BYTES("\x55\x1d\x20")
#define HC_OID_ANY_POLICY HC_BYTES("\x55\x1d\x20\x00")
#define HC_OID_POLICY_MAPPINGS HC_BYTES("\x55\x1d\x21")
#define HC_OID_AUTHORITY_KEY_ID HC_BYTES("\x55\x1d\x23")
#define HC_OID_POLICY_CONSTRAINTS HC_BYTES("\x55\x1d\x24")
#define HC_OID_EXT_KEY_USAGE HC_BYTES("\x55\x1d\x25")
#define HC_OID_FRESHEST_CRL HC_BYTES("\x55\x1d\x2e")
#define HC_OID_INHIBIT_ANY_POLICY HC_BYTES("\x55\x1d\x36")
#define HC_OID_AUTHORITY_INFO_ACCESS HC_BYTES("\x2b\x06\x01\x05\x05\x07\x01\x01")
#define HC_OID_SUBJECT_INFO_ACCESS HC_BYTES("\x2b\x06\x01\x05\x05\x07\x01\x0b")
#define HC_OID_PROXY_CERT_INFO HC_BYTES("\x2b\x06\x01\x05\x05\x07\x01\x0e") /* RFC 3820 */

/* Extended key usages [RFC 5280 4.2.1.12]. */
#define HC_OID_EKU_ANY HC_BYTES("\x55\x1d\x25\x00")
#define HC_OID_EKU_SERVER_AUTH HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x01")
#define HC_OID_EKU_CLIENT_AUTH HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x02")
#define HC_OID_EKU_EMAIL_PROTECTION HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x04")
#define HC_OID_EKU_OCSP_SIGNING HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x09")

/* Policy qualifiers [RFC 5280 4.2.1.4]. */
#define HC_OID_QT_CPS HC_BYTES("\x2b\x06\x01\x05\x05\x07\x02\x01")
#define HC_OID_QT_USER_NOTICE HC_BYTES("\x2b\x06\x01\x05\x05\x07\x02\x02")

/* Access methods [RFC 5280 4.2.2.1]. */
#define HC_OID_AD_OCSP HC_BYTES("\x2b\x06\x01\x05\x05\x07\x30\x01")
#define HC_OID_AD_CA_ISSUERS HC_BYTES("\x2b\x06\x01\x05\x05\x07\x30\x02")

/* Attributes of names. */
#define HC_OID_AT_COMMON_NAME HC_BYTES("\x55\x04\x03")
#define HC_OID_AT_SURNAME HC_BYTES("\x55\x04\x04")
#define HC_OID_AT_SERIAL_NUMBER HC_BYTES("\x55\x04\x05")
#define HC_OID_AT_COUNTRY HC_BYTES("\x55\x04\x06")
#define HC_OID_AT_LOCALITY HC_BYTES("\x55\x04\x07")
#define HC_OID_AT_STATE HC_BYTES("\x55\x04\x08")
#define HC_OID_AT_STREET HC_BYTES("\x55\x04\x09")
#define HC_OID_AT_ORGANIZATION HC_BYTES("\x55\x04\x0a")
#define HC_OID_AT_ORGANIZATIONAL_UNIT HC_BYTES("\x55\x04\x0b")
#define HC_OID_AT_TITLE HC_BYTES("\x55\x04\x0c")
#define HC_OID_AT_GIVEN_NAME HC_BYTES("\x55\x04\x2a")
#define HC_OID_AT_EMAIL HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")
#define HC_OID_AT_DOMAIN_COMPONENT HC_BYTES("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19")
#define HC_OID_AT_USER_ID HC_BYTES("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01")

/* The attribute of a certification request that we read [RFC 2985 5.4.2]. */
#define HC_OID_EXTENSION_REQUEST HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e")

/* Public keys and named curves [RFC 3279, 4055, 5480, 8410]. */
#define HC_OID_RSA_ENCRYPTION HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define HC_OID_EC_PUBLIC_KEY HC_BYTES("\x2a\x86\x48\xce\x3d\x02\x01")
#define HC_OID_EC_DH HC_BYTES("\x2b\x81\x04\x01\x0c")
#define HC_OID_EC_MQV HC_BYTES("\x2b\x81\x04\x01\x0d")
#define HC_OID_P256 HC_BYTES("\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define HC_OID_P384 HC_BYTES("\x2b\x81\x04\x00\x22")
#define HC_OID_P521 HC_BYTES("\x2b\x81\x04\x00\x23")
#define HC_OID_X25519 HC_BYTES("\x2b\x65\x6e")
#define HC_OID_X448 HC_BYTES("\x2b\x65\x6f")
#define HC_OID_ED25519 HC_BYTES("\x2b\x65\x70")
#define HC_OID_ED448 HC_BYTES("\x2b\x65\x71")

/* Signatures [RFC 3279, 4055, 5758, 8410]. */
#define HC_OID_MD5_RSA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04")
#define HC_OID_SHA1_RSA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05")
#define HC_OID_RSASSA_PSS HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
#define HC_OID_SHA256_RSA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")
#define HC_OID_SHA384_RSA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c")
#define HC_OID_SHA512_RSA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d")
#define HC_OID_ECDSA_SHA1 HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x01")
#define HC_OID_ECDSA_SHA256 HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x02")
#define HC_OID_ECDSA_SHA384 HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x03")
#define HC_OID_ECDSA_SHA512 HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x04")

/* OCSP: the one type of response, the nonce [RFC 6960 4.2.1, 4.4.1], and the digests that name an issuer there. */
#define HC_OID_OCSP_BASIC HC_BYTES("\x2b\x06\x01\x05\x05\x07\x30\x01\x01")
#define HC_OID_OCSP_NONCE HC_BYTES("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")
#define HC_OID_SHA1 HC_BYTES("\x2b\x0e\x03\x02\x1a")
#define HC_OID_SHA256 HC_BYTES("\x60\x86\x48\x01\x65\x03\x04\x02\x01")

/* Appends the dotted form, "2.5.29.17"; "?" for contents that are no OID or have an arc beyond 63 bits. */
void hc_oid_text(struct hc_bytes oid, struct hc_buf *out);

/* The short name of an attribute type in a distinguished name ("CN"), or NULL when it has none. Static storage. */
const char *hc_oid_attribute(struct hc_bytes oid);

#endif
