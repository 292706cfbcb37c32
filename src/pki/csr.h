/*
 * csr.h - a certificate request made elsewhere [RFC 2986], read as what it is: a stranger's wishes and one proof.
 *
 * What is believed of it is the key, after its owner proved to have it. Everything else is shown and nothing is copied:
 * names only when the operator asks for them, extensions never.
 */
#ifndef HC_PKI_CSR_H
#define HC_PKI_CSR_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/lib.h"
#include "pki/cert.h"

#define HC_CSR_MAX (64 * 1024) /* as for certificates; a thousand names fit */

/* All views live as long as the request. */
struct hc_csr {
    struct hc_bytes der;
    struct hc_bytes info;      /* CertificationRequestInfo, header included: what the signature covers */
    struct hc_bytes subject;   /* the Name element: see dn.h */
    struct hc_bytes spki;      /* the SubjectPublicKeyInfo element */
    struct hc_bytes sig_alg;   /* the AlgorithmIdentifier element */
    struct hc_bytes signature; /* the bytes of the BIT STRING */

    const struct hc_name *names; /* the dns, email, uri and ip names of the subjectAltName asked for, in its order */
    size_t n_names;
    size_t n_other_names;     /* names of other types there */
    struct hc_bytes bad_name; /* of the first name that is refused, as it stands there: escape it; empty: none */
    bool asks_ca;             /* it asks for basicConstraints with cA: shown, never granted */
    size_t n_extensions;      /* how many extensions it asks for */
    uint8_t sha256[32];       /* of der */

    struct hc_name *own_names; /* private */
    struct hc_buf own_text;    /* private */
    struct hc_buf own_der;     /* private */
};

/*
 * Reads one request, DER, or PEM with the label CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST [RFC 7468 7], and checks
 * the proof of possession: its own signature by its own key [RFC 2986 4.2], the key's kind and strength, and that
 * nothing is left over. Strict DER; attributes that are not extensionRequest [RFC 2985 5.4.2] are passed over; two
 * extensionRequest attributes and an extension twice are refused. At most HC_CERT_NAMES_MAX names. Microsoft's old
 * attribute for extensions is passed over. One request a file; text and blocks of other kinds around it are passed
 * over.
 *
 *   crypto  borrowed for the call
 *   text    PEM or DER; copied
 *   out     given to the caller on success, untouched on failure
 *
 * Names that name.h refuses (NUL, control and bidi characters, ...) do not fail here: they are counted in bad_name,
 * because the operator may give other names; the same goes for a control or bidi character in the subject. Fails with
 * HC_E_REQUEST_MALFORMED (e->text says what; PEM and DER alike; the wrong kind of PEM is named: "this is a private
 * key"), HC_E_REQUEST_SIGNATURE, HC_E_CERT_WEAK_KEY, HC_E_CERT_WEAK_SIGNATURE, HC_E_REQUEST_NAMES (too many of them),
 * HC_E_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_csr_parse(const struct hc_crypto *crypto, struct hc_bytes text, struct hc_csr **out, struct hc_err *e);

/* The same from a file; errors name it. Fails with hc_file_read's codes too. Blocks. */
struct hc_rc hc_csr_load(const struct hc_crypto *crypto, const char *path, struct hc_csr **out, struct hc_err *e);

/* NULL-safe. */
void hc_csr_free(struct hc_csr *csr);
HC_DEFINE_AUTO(hc_csr)

/* What a request is made of; for `issuer add --request-out`. All borrowed. */
struct hc_key;
struct hc_csr_plan {
    const struct hc_key *key;
    const char *common_name;     /* UTF-8; NULL or "" for none */
    const char *organisation;    /* the same */
    const struct hc_name *names; /* asked for as subjectAltName */
    size_t n_names;
};

/*
 * Appends a request in DER, signed by plan->key and read back before it is given out. Texts beyond HC_TBS_NAME_CHARS
 * are left out, as in tbs.h. Fails with HC_E_CERT_CONTROL_BYTE (the texts), HC_E_REQUEST_NAMES (what could deceive the
 * reader of the request), HC_E_LIBRARY, HC_E_TOO_BIG, HC_E_NOMEM; `out` is untouched then.
 */
struct hc_rc hc_csr_build(const struct hc_crypto *crypto, const struct hc_csr_plan *plan, struct hc_buf *out,
                          struct hc_err *e);

#endif
