/*
 * cert_ext.h - the parts of the certificate parser; for cert*.c and crl.c only.
 */
#ifndef HC_PKI_CERT_EXT_H
#define HC_PKI_CERT_EXT_H

#include "asn1/der.h"
#include "pki/cert.h"

/*
 * Reads cert->extensions into the fields. Fails with HC_E_CERT_MALFORMED, HC_E_CERT_DUPLICATE_EXTENSION,
 * HC_E_CERT_EXTENSION, HC_E_CERT_CONTROL_BYTE, HC_E_CERT_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_cert_ext_read(struct hc_cert *cert, struct hc_err *e);

/* Takes one AlgorithmIdentifier and returns the whole element. */
struct hc_bytes hc_cert_ext_algorithm(struct hc_der *d);

/* Reads one Extension from a SEQUENCE OF: its OID, its criticality, the contents of its OCTET STRING. */
struct hc_bytes hc_cert_ext_next(struct hc_der *extensions, struct hc_bytes *oid, bool *critical);

/* Reads the value of authorityKeyIdentifier; returns the key identifier, empty when there is none in it. */
struct hc_bytes hc_cert_ext_aki(struct hc_der *value);

/* Reads the value of subjectAltName into names[], n_names and n_other_names. */
struct hc_rc hc_cert_san_read(struct hc_cert *cert, struct hc_der *value, struct hc_err *e);

#endif
