/*
 * testpki.h - certificates and CRLs with every defect on request, written byte by byte and really signed.
 *
 * Unlike making.h, nothing here refuses what is wrong: a spec says what the certificate carries. Whatever is left
 * zero is what a good certificate has.
 */
#ifndef HC_TEST_PKI_TESTPKI_H
#define HC_TEST_PKI_TESTPKI_H

#include "hc_test.h"

#include "base/clock.h"
#include "crypto/key.h"
#include "pki/cert.h"

#define TESTPKI_NOW INT64_C(1792800000) /* 2026-10-23T23:20:00Z */
#define TESTPKI_NAMES 8

/* A certificate and its key. */
struct testpki {
    struct hc_key *key;
    struct hc_cert *cert;
};

struct testpki_spec {
    const char *subject;       /* its common name; NULL: an empty subject */
    const char *subject_email; /* an emailAddress attribute beside it */
    /* dns: email: uri: as written, ip:ADDRESS, dir:COMMON NAME, other: an otherName, rid: a registered id */
    const char *san[TESTPKI_NAMES];
    bool ca;
    bool no_basic_constraints;
    int pathlen;    /* 0: none; otherwise one more than the constraint */
    uint32_t usage; /* HC_KU_*; 0: digitalSignature, or keyCertSign and cRLSign for a CA */
    bool no_usage;
    bool server, client, any; /* extended key usage; a leaf without any of them has both */
    bool ocsp;                /* id-kp-OCSPSigning, beside them or alone */
    bool no_eku;
    int64_t not_before, not_after; /* 0: an hour ago; a day ahead, a year for a CA */
    /* name constraints: like san, and ip:ADDRESS/MASK, hex: a raw GeneralSubtree */
    const char *permitted[TESTPKI_NAMES];
    const char *excluded[TESTPKI_NAMES];
    bool no_aki, no_ski, wrong_aki;
    const struct hc_cert *posing_as; /* carries its subject key identifier instead of one of its own */
    bool unknown_critical, proxy, policy_constraints;
    uint64_t serial; /* 0: some serial */
    bool zero_serial;
    /* Certificate policies: digits stand for 1.2.3.DIGIT and * for anyPolicy: "12*". Mappings: pairs of digits, "1234"
     * maps 1 to 2 and 3 to 4. Constraints: 0 for none, otherwise one more than the number. */
    const char *policies, *mappings;
    int require_explicit, inhibit_mapping, inhibit_any;
    const char *raw[TESTPKI_NAMES]; /* other extensions: OID in hex, ! when critical or =, value in hex */
    bool bad_signature;
    const struct hc_key *key; /* the subject's key; NULL: a new one */
};

/* Issues by `issuer`; NULL: self-signed. */
void testpki_issue(const struct hc_crypto *c, const struct testpki_spec *spec, const struct testpki *issuer,
                   struct testpki *out);
void testpki_fini(struct testpki *t);

struct testpki_crl {
    uint64_t number;
    int64_t this_update, next_update; /* 0: an hour ago; a day ahead */
    const struct hc_cert *revoked[TESTPKI_NAMES];
    const struct hc_key *signer; /* NULL: the issuer's */
};

/* A CRL in the issuer's name, as DER in `out`. */
void testpki_crl(const struct testpki_crl *spec, const struct testpki *issuer, struct hc_buf *out);

/* Appends a certificate as PEM. */
void testpki_pem(const struct testpki *t, struct hc_buf *out);

#endif
