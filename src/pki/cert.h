/*
 * cert.h - one X.509 certificate [RFC 5280 4], parsed strictly once and immutable afterwards.
 *
 * Parsing checks structure only: what the certificate says is well-formed and unambiguous. Whether it may be believed
 * (signatures, dates, constraints, purposes, unknown critical extensions) is the verifier's question; everything it
 * needs is in the fields. All views point into the certificate's own copy and live as long as it does.
 *
 * Threads: a certificate may be shared and reference counted by any number of threads; nobody writes the fields.
 */
#ifndef HC_PKI_CERT_H
#define HC_PKI_CERT_H

#include <stdatomic.h>

#include "base/auto.h"
#include "base/buf.h"
#include "pki/dn.h"
#include "pki/name.h"

#define HC_CERT_MAX (64 * 1024)    /* ten times the largest that public CAs issue */
#define HC_CERT_NAMES_MAX 1024     /* bounds the work per name of rules and name constraints */
#define HC_CERT_EXTENSIONS_MAX 128 /* bounds the search for duplicates; real ones have below 20 */
#define HC_SERIAL_MAX 20           /* octets of the INTEGER [RFC 5280 4.1.2.2] */

/* keyUsage: named bit i is 1 << i [RFC 5280 4.2.1.3]; as hc_derw_named_bits writes them. */
enum {
    HC_KU_DIGITAL_SIGNATURE = 1 << 0,
    HC_KU_CONTENT_COMMITMENT = 1 << 1,
    HC_KU_KEY_ENCIPHERMENT = 1 << 2,
    HC_KU_DATA_ENCIPHERMENT = 1 << 3,
    HC_KU_KEY_AGREEMENT = 1 << 4,
    HC_KU_CERT_SIGN = 1 << 5,
    HC_KU_CRL_SIGN = 1 << 6,
    HC_KU_ENCIPHER_ONLY = 1 << 7,
    HC_KU_DECIPHER_ONLY = 1 << 8,
};

/* extKeyUsage. */
enum {
    HC_EKU_SERVER = 1 << 0,
    HC_EKU_CLIENT = 1 << 1,
    HC_EKU_OCSP = 1 << 2,
    HC_EKU_ANY = 1 << 3,
    HC_EKU_OTHER = 1 << 4,
};

/* The extensions that are known; bits of hc_cert.extensions_seen and .extensions_critical. */
enum {
    HC_EXT_SUBJECT_KEY_ID = 1 << 0,
    HC_EXT_KEY_USAGE = 1 << 1,
    HC_EXT_SUBJECT_ALT_NAME = 1 << 2,
    HC_EXT_BASIC_CONSTRAINTS = 1 << 3,
    HC_EXT_NAME_CONSTRAINTS = 1 << 4,
    HC_EXT_CRL_DISTRIBUTION_POINTS = 1 << 5,
    HC_EXT_CERTIFICATE_POLICIES = 1 << 6,
    HC_EXT_POLICY_MAPPINGS = 1 << 7,
    HC_EXT_AUTHORITY_KEY_ID = 1 << 8,
    HC_EXT_POLICY_CONSTRAINTS = 1 << 9,
    HC_EXT_EXT_KEY_USAGE = 1 << 10,
    HC_EXT_INHIBIT_ANY_POLICY = 1 << 11,
    HC_EXT_PROXY_CERT_INFO = 1 << 12,
};

/* Read-only for everybody but cert.c. */
struct hc_cert {
    struct hc_bytes der;       /* the whole certificate */
    struct hc_bytes tbs;       /* what is signed: the TBSCertificate element */
    struct hc_bytes serial;    /* contents of the INTEGER, 1 to 20 bytes, a leading 00 where needed */
    bool odd_serial;           /* it is zero or negative, which the verifier and the bundle refuse */
    struct hc_bytes sig_alg;   /* the AlgorithmIdentifier element; inner and outer are equal */
    struct hc_bytes signature; /* the bytes of the BIT STRING */
    struct hc_bytes issuer;    /* the Name elements: see dn.h */
    struct hc_bytes subject;
    struct hc_bytes spki;     /* the SubjectPublicKeyInfo element */
    struct hc_bytes spki_alg; /* its AlgorithmIdentifier element */
    struct hc_bytes spki_key; /* the bytes of its BIT STRING: what a key identifier hashes */
    int64_t not_before;       /* seconds since 1970, UTC */
    int64_t not_after;        /* inclusive [RFC 5280 4.1.2.5] */
    bool odd_times;           /* a GeneralizedTime before 2050 [RFC 5280 4.1.2.5] */
    int version;              /* 3 */
    bool subject_empty;
    bool self_issued;   /* subject and issuer are the same name */
    uint8_t sha256[32]; /* of der: the fingerprint */

    struct hc_bytes extensions;       /* contents of the SEQUENCE OF Extension; empty when there are none */
    uint32_t extensions_seen;         /* HC_EXT_* */
    uint32_t extensions_critical;     /* HC_EXT_* marked critical */
    struct hc_bytes unknown_critical; /* OID of the first critical extension that is not known; empty when none */

    const struct hc_name *names; /* the dns, email, uri and ip names of subjectAltName in its order */
    size_t n_names;
    size_t n_other_names; /* names of other types there */
    bool san_critical;

    bool has_bc, bc_critical, is_ca, has_pathlen;
    int32_t pathlen;
    bool has_ku;
    uint32_t ku; /* HC_KU_* */
    bool has_eku;
    uint32_t eku;        /* HC_EKU_* */
    struct hc_bytes ski; /* key identifiers; empty when absent */
    struct hc_bytes aki;
    bool has_nc;
    /* Contents of GeneralSubtrees: a series of GeneralSubtree elements; empty when absent. */
    struct hc_bytes nc_permitted, nc_excluded;
    bool has_policies;
    bool has_policy_mappings, has_policy_constraints, has_inhibit_any; /* with has_nc: for CAs only */
    bool has_proxy_cert_info;                                          /* [RFC 3820] */

    atomic_uint refs;          /* private */
    struct hc_name *own_names; /* private: what `names` shows */
    struct hc_buf own_text;    /* private: the names' canonical texts */
};

/*
 * Parses one certificate; the input is copied and the whole of it must be the certificate.
 * A critical extension that is not known does not fail: see unknown_critical.
 *
 *   out  given to the caller with one reference
 *
 * Fails with HC_E_CERT_MALFORMED, HC_E_CERT_VERSION (anything but v3), HC_E_CERT_SERIAL, HC_E_CERT_ALGORITHM_MISMATCH,
 * HC_E_CERT_DUPLICATE_EXTENSION, HC_E_CERT_EXTENSION (also for a subjectAltName with a name that name.h does not
 * accept), HC_E_CERT_CONTROL_BYTE (T20: in any subjectAltName value or attribute of subject and issuer),
 * HC_E_CERT_TOO_BIG, HC_E_NOMEM. Cost: O(size), extensions compared pairwise.
 */
struct hc_rc hc_cert_parse(struct hc_bytes der, struct hc_cert **out, struct hc_err *e);

/* One more reference to the same certificate; returns it. */
struct hc_cert *hc_cert_ref(struct hc_cert *cert);

/* Gives up one reference; the last one frees. NULL-safe. */
void hc_cert_free(struct hc_cert *cert);
HC_DEFINE_AUTO(hc_cert)

/* The same bytes. Pins and allow-lists compare whole certificates or keys, never serials or names (T25). */
bool hc_cert_eq(const struct hc_cert *a, const struct hc_cert *b);

/* Subject and issuer are the same name. Says nothing about the signature. */
bool hc_cert_self_issued(const struct hc_cert *cert);

/* The value (contents of the OCTET STRING) of the extension with this OID; false when absent. `critical` may be
 * NULL. */
bool hc_cert_extension(const struct hc_cert *cert, struct hc_bytes oid, struct hc_bytes *value, bool *critical);

/* Appends the last common name of the subject in UTF-8, unescaped; nothing when there is none. For display, never
 * for a decision (T22). */
void hc_cert_common_name(const struct hc_cert *cert, struct hc_buf *out);

/* Appends a serial number in lower-case hexadecimal without its sign byte: "0a1b2c"; a negative one as "-01". */
void hc_serial_text(struct hc_bytes serial, struct hc_buf *out);

/* Certificates in an order, each with one reference of the list's own. {0} is empty. */
struct hc_cert_list {
    struct hc_cert **cert;
    size_t n;
    size_t cap;
};

/* Takes over the caller's reference, on failure too. Fails with HC_E_NOMEM. */
struct hc_rc hc_cert_list_take(struct hc_cert_list *list, struct hc_cert *cert, struct hc_err *e);

/* Drops certificates from the end until `n` are left. */
void hc_cert_list_truncate(struct hc_cert_list *list, size_t n);

void hc_cert_list_fini(struct hc_cert_list *list);

/* Scope clean-up: HC_CERT_LIST(chain); */
#define HC_CERT_LIST(name) __attribute__((cleanup(hc_cert_list_fini))) struct hc_cert_list name = {0}

#endif
