/*
 * testcrl.h - CRLs of every kind, written byte by byte and really signed: deltas, shards, reasons, indirect ones, and
 * as many entries as wanted. What stays zero is as in a good complete CRL.
 */
#ifndef HC_TEST_PKI_TESTCRL_H
#define HC_TEST_PKI_TESTCRL_H

#include "testpki.h"

struct testcrl_entry {
    struct hc_bytes serial; /* contents of the INTEGER */
    unsigned reason;        /* reasonCode; 0: no extension */
};

struct testcrl {
    uint64_t number;
    uint64_t base; /* with `delta`: its BaseCRLNumber */
    bool delta;
    int64_t this_update, next_update; /* 0: an hour ago; a day ahead */
    struct hc_bytes idp;              /* value of issuingDistributionPoint; empty: none */
    struct testcrl_entry entry[4];    /* up to the first without a serial */
    size_t n_many;                    /* further entries with serials of 16 bytes, testcrl_serial(0) and on */
    bool certificate_issuer;          /* in the first entry: indirect */
    const struct hc_key *signer;      /* NULL: the issuer's */
    const struct hc_cert *key_id_of;  /* whose key identifier it names; NULL: the issuer's */
};

void testcrl_make(const struct testcrl *spec, const struct testpki *issuer, struct hc_buf *out);

/* The i-th of many serials: contents of an INTEGER, 16 bytes, in no order. */
struct hc_bytes testcrl_serial(uint64_t i, uint8_t out[16]);

/* Values of issuingDistributionPoint, appended: the fullName has one URI (NULL: no name). `flags` are contents after
 * it, as DER: TESTCRL_ONLY_USER and so on, concatenated. */
#define TESTCRL_ONLY_USER "\x81\x01\xff"
#define TESTCRL_ONLY_CA "\x82\x01\xff"
#define TESTCRL_INDIRECT "\x84\x01\xff"
#define TESTCRL_ONLY_ATTRIBUTE "\x85\x01\xff"
#define TESTCRL_KEY_AND_CA_COMPROMISE "\x83\x02\x05\x60" /* bits 1 and 2 */
#define TESTCRL_OTHER_REASONS "\x83\x03\x07\x1f\x80"     /* bits 3 to 8 */
void testcrl_idp(struct hc_buf *out, const char *uri, struct hc_bytes flags);

/* The same with a nameRelativeToCRLIssuer of one common name. */
void testcrl_idp_relative(struct hc_buf *out, const char *common_name);

/* One DistributionPoint, appended: name as above (relative: a common name), ReasonFlags and cRLIssuer as DER, or
 * empty. */
struct testcrl_point {
    const char *uri, *relative;
    struct hc_bytes reasons, crl_issuer;
};

/* A leaf that carries these distribution points (up to the first without anything). */
void testcrl_leaf(const struct testpki *issuer, const struct testcrl_point *point, size_t n, struct testpki *out);

#endif
