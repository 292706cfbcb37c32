/*
 * ocsp_parts.h - a response as it was read; for ocsp*.c only. Everything points into the response's own copy.
 */
#ifndef HC_PKI_OCSP_PARTS_H
#define HC_PKI_OCSP_PARTS_H

#include "crypto/digest.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/ocsp.h"

enum hc_ocsp_status { HC_OCSP_GOOD, HC_OCSP_REVOKED, HC_OCSP_UNKNOWN };

/* How a CertID names its issuer. What is hashed otherwise is read, and is about nobody. */
enum hc_ocsp_hash { HC_OCSP_OTHER_HASH, HC_OCSP_SHA1, HC_OCSP_SHA256 };

/* One SingleResponse. */
struct hc_ocsp_answer {
    enum hc_ocsp_hash hash;
    struct hc_bytes name_hash; /* of the issuer's name */
    struct hc_bytes key_hash;  /* of the bytes of its public key */
    struct hc_bytes serial;    /* contents of the INTEGER */
    enum hc_ocsp_status status;
    int64_t revoked_at;        /* of HC_OCSP_REVOKED */
    enum hc_crl_reason reason; /* the same */
    int64_t this_update;
    int64_t next_update; /* the last second for which it counts; made from HC_OCSP_AGE when it says none */
};

struct hc_ocsp {
    struct hc_bytes der;
    struct hc_bytes tbs;       /* what is signed: the ResponseData element */
    struct hc_bytes sig_alg;   /* the AlgorithmIdentifier element */
    struct hc_bytes signature; /* the bytes of the BIT STRING */
    struct hc_bytes by_name;   /* ResponderID: the Name element, or empty */
    struct hc_bytes by_key;    /* ResponderID: SHA-1 of the responder's key, or empty */
    struct hc_ocsp_answer *answer;
    size_t n_answers;
    struct hc_cert_list certs; /* the responder's; nothing in the list is believed yet */
};

#endif
