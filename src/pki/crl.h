/*
 * crl.h - one complete CRL [RFC 5280 5], parsed strictly once and immutable afterwards, with its bytes: for the
 * authority, which makes complete CRLs only. What a gate believes, of every kind and size, is revocation.h; both read
 * by crl_read.h, which says what is required of every CRL.
 *
 * Only structure is checked here. Whose signature it is, whether its issuer is the certificate's and whether it is
 * fresh is the verifier's question. Delta, indirect and partial CRLs and unknown critical extensions are refused (T14):
 * such a CRL does not answer for every certificate of its issuer.
 *
 * Threads: as for certificates.
 */
#ifndef HC_PKI_CRL_H
#define HC_PKI_CRL_H

#include <stdatomic.h>

#include "base/auto.h"
#include "base/buf.h"

#define HC_CRL_MAX (64 * 1024 * 1024) /* some 1.5 million entries */
#define HC_CRL_NUMBER_MAX 20          /* octets of the number [RFC 5280 5.2.3] */

/* CRLReason [RFC 5280 5.3.1]. */
enum hc_crl_reason {
    HC_CRL_UNSPECIFIED = 0,
    HC_CRL_KEY_COMPROMISE = 1,
    HC_CRL_CA_COMPROMISE = 2,
    HC_CRL_AFFILIATION_CHANGED = 3,
    HC_CRL_SUPERSEDED = 4,
    HC_CRL_CESSATION_OF_OPERATION = 5,
    HC_CRL_CERTIFICATE_HOLD = 6,
    HC_CRL_PRIVILEGE_WITHDRAWN = 9,
    HC_CRL_AA_COMPROMISE = 10,
};

/* removeFromCRL, in delta CRLs only: on hold no more. No constant of the enumeration, as nothing is revoked for it. */
#define HC_CRL_REMOVE_FROM_CRL ((enum hc_crl_reason)8)

struct hc_crl_entry {
    int64_t time;              /* of the revocation, seconds UTC */
    enum hc_crl_reason reason; /* HC_CRL_UNSPECIFIED when it says none */
};

struct hc_crl_row; /* private */

/* Read-only for everybody but crl.c. Views point into the CRL's own copy. */
struct hc_crl {
    struct hc_bytes der;
    struct hc_bytes tbs;       /* what is signed: the TBSCertList element */
    struct hc_bytes sig_alg;   /* the AlgorithmIdentifier element; inner and outer are equal */
    struct hc_bytes signature; /* the bytes of the BIT STRING */
    struct hc_bytes issuer;    /* the Name element: see dn.h */
    int64_t this_update;       /* seconds UTC */
    int64_t next_update;       /* not before this_update */
    struct hc_bytes number;    /* contents of the INTEGER, not negative, 1 to 20 bytes */
    struct hc_bytes aki;       /* key identifier of the issuer; empty when absent */
    size_t n_entries;

    atomic_uint refs;        /* private */
    struct hc_crl_row *rows; /* private: sorted by serial */
};

/*
 * Parses one CRL; the input is copied and the whole of it must be the CRL. Version 2, nextUpdate and a CRL number are
 * required.
 * Fails with HC_E_CRL_MALFORMED (removeFromCRL in an entry too, which only a delta CRL may say), HC_E_CRL_UNSUPPORTED,
 * HC_E_TOO_BIG, HC_E_NOMEM. Cost: O(n log n) in the entries, 16 bytes of memory each besides the CRL itself.
 */
struct hc_rc hc_crl_parse(struct hc_bytes der, struct hc_crl **out, struct hc_err *e);

/* Reads a file with one CRL in DER or PEM; errors name the path. Fails also with HC_E_PEM and as hc_file_read.
 * Blocks. */
struct hc_rc hc_crl_load(const char *path, struct hc_crl **out, struct hc_err *e);

/* One more reference to the same CRL; returns it. */
struct hc_crl *hc_crl_ref(struct hc_crl *crl);

/* Gives up one reference; the last one frees. NULL-safe. */
void hc_crl_free(struct hc_crl *crl);
HC_DEFINE_AUTO(hc_crl)

/* Is this serial (contents of the INTEGER, as hc_cert.serial) listed? Then *out is filled; out may be NULL. O(log
 * n). */
bool hc_crl_find(const struct hc_crl *crl, struct hc_bytes serial, struct hc_crl_entry *out);

/* The i-th entry in the order of the serials, i < n_entries; *serial gets its serial. For listings. */
struct hc_crl_entry hc_crl_entry_at(const struct hc_crl *crl, size_t i, struct hc_bytes *serial);

/* Compares two CRL numbers as integers: <0, 0, >0. */
int hc_crl_number_cmp(struct hc_bytes a, struct hc_bytes b);

/* "keyCompromise"; "unspecified" for what is no reason. Static storage. */
const char *hc_crl_reason_text(enum hc_crl_reason reason);

#endif
