/*
 * csr.c - reads a certificate request: first its shape, then the proof that its sender has the key, then its wishes.
 *
 * Nothing of the wishes is looked at before the signature has been verified: what comes from nobody is not worth a
 * message about its names.
 */
#include "pki/csr.h"

#include <stdlib.h>

#include "asn1/der.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "crypto/spki.h"
#include "pki/cert_ext.h"
#include "pki/charset.h"
#include "pki/dn.h"
#include "pki/oid.h"
#include "pki/pem.h"

#define FILE_MAX (16 * HC_CSR_MAX) /* PEM with the text that openssl req -text puts before it */
#define NAMES_TEXT_MAX                                                                                                 \
    (3 * HC_CSR_MAX) /* canonical texts are no longer than the encoding, but for IP addresses: 45 for 18 */
#define LABEL "CERTIFICATE REQUEST"
#define OLD_LABEL "NEW CERTIFICATE REQUEST" /* [RFC 7468 7]: parsers may accept it */

static struct hc_rc malformed(struct hc_err *e, const char *what)
{
    return HC_FAIL(e, HC_E_REQUEST_MALFORMED, "%s", what);
}

/* ---- what it is, when it is no request ---- */

/* What begins with SEQUENCE { INTEGER: three kinds of private key, told apart by what follows, and PKCS #12. */
static const char *numbered_kind(struct hc_der *seq)
{
    int64_t version = hc_der_small(seq, 3);

    if (version == 0 && hc_der_is(seq, HC_DER_INTEGER))
        return "this is a private key (PKCS #1)";
    if (version <= 1 && hc_der_is(seq, HC_DER_SEQUENCE))
        return "this is a private key (PKCS #8)";
    if (version == 1 && hc_der_is(seq, HC_DER_OCTETS))
        return "this is a private key (SEC 1)";
    return version == 3 && hc_der_is(seq, HC_DER_SEQUENCE) ? "this is a PKCS #12 file" : NULL;
}

/* The name of another kind of DER file; NULL when it is none that is known. Only for the sentence of a refusal. */
static const char *der_kind(struct hc_bytes der)
{
    struct hc_der d = hc_der_init(der);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der first;

    if (hc_der_is(&seq, HC_DER_INTEGER))
        return numbered_kind(&seq);
    first = hc_der_enter(&seq, HC_DER_SEQUENCE);
    if (hc_der_is(&first, HC_DER_CONTEXT_CONSTRUCTED(0)))
        return "this is a certificate";
    if (!hc_der_is(&first, HC_DER_OID))
        return NULL;
    if (hc_der_is(&seq, HC_DER_BITSTRING))
        return "this is a public key";
    return hc_der_is(&seq, HC_DER_OCTETS) ? "this is a private key, encrypted" : NULL;
}

static bool holds(struct hc_bytes text, const char *s)
{
    return memmem(text.p, text.n, s, strlen(s)) != NULL;
}

static struct hc_rc no_request_in_pem(struct hc_bytes text, struct hc_err *e)
{
    static const struct {
        const char *end_of_label, *sentence;
    } kinds[] = {
        {" PRIVATE KEY-----", "this is a private key: send the request, and keep the key where it is"},
        {"-----BEGIN PRIVATE KEY-----", "this is a private key: send the request, and keep the key where it is"},
        {"-----BEGIN CERTIFICATE-----", "this is a certificate, not a request for one"},
        {"-----BEGIN TRUSTED CERTIFICATE-----", "this is a certificate, not a request for one"},
        {"-----BEGIN PUBLIC KEY-----", "this is a public key; a request is signed by its private half"},
        {"-----BEGIN X509 CRL-----", "this is a CRL"},
        {"-----BEGIN PKCS7-----", "this is a PKCS #7 file"},
        {"-----BEGIN CMS-----", "this is a CMS file"},
        {"ssh-", "this is a public key of SSH"},
    };

    for (size_t i = 0; text.n > 0 && i < HC_COUNT(kinds); i++)
        if (holds(text, kinds[i].end_of_label))
            return malformed(e, kinds[i].sentence);
    return malformed(e, "there is no request in it (no line '-----BEGIN " LABEL "-----')");
}

/* ---- from text to DER ---- */

/* hc_pem_next, whose own codes say nothing about requests. */
static struct hc_rc next_block(struct hc_bytes *in, const char *label, struct hc_buf *der, bool *found,
                               struct hc_err *e)
{
    struct hc_rc rc = hc_pem_next(in, label, der, found, e);
    struct hc_err why;

    if (rc.code == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_TOO_BIG, "the request has more than %d bytes", HC_CSR_MAX);
    if (rc.code != HC_E_PEM)
        return rc;
    why = *e;
    return HC_FAIL(e, HC_E_REQUEST_MALFORMED, "%s", why.text);
}

/* One request, whichever label it has; a second one would be passed over in silence, so it is refused. */
static struct hc_rc read_pem(struct hc_bytes text, struct hc_buf *der, struct hc_err *e)
{
    static const char *const labels[] = {LABEL, OLD_LABEL};
    HC_BUF_AUTO(block, HC_CSR_MAX);
    bool found;

    for (size_t i = 0; i < HC_COUNT(labels); i++) {
        struct hc_bytes rest = text;

        for (;;) {
            HC_TRY(e, next_block(&rest, labels[i], &block, &found, e));
            if (!found)
                break;
            if (der->n > 0)
                return malformed(e, "there is more than one request in it");
            hc_buf_add(der, hc_buf_view(&block));
        }
    }
    HC_TRY(e, hc_buf_check(der, e));
    return der->n > 0 ? HC_OK : no_request_in_pem(text, e);
}

/* Text has no byte from 80 on in second place, and a text of under 130 bytes holds no request. */
static bool looks_like_der(struct hc_bytes in)
{
    return in.n > 2 && in.p[0] == HC_DER_SEQUENCE && (in.p[1] >= 0x80 || in.n == in.p[1] + 2u);
}

static struct hc_rc read_text(struct hc_bytes text, struct hc_buf *der, struct hc_err *e)
{
    if (looks_like_der(text) && text.n > HC_CSR_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the request has %zu bytes, and at most %d are accepted", text.n, HC_CSR_MAX);
    if (text.n > FILE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the text has %zu bytes, and at most %d are accepted", text.n, FILE_MAX);
    if (!looks_like_der(text))
        return read_pem(text, der, e);
    hc_buf_add(der, text);
    return hc_buf_check(der, e);
}

/* ---- the shape ---- */

/* CertificationRequestInfo ::= SEQUENCE { version INTEGER { v1(0) }, subject Name, subjectPKInfo, attributes [0] } */
static struct hc_rc read_info(struct hc_csr *csr, struct hc_bytes *attributes, struct hc_err *e)
{
    struct hc_der d = hc_der_init(csr->info);
    struct hc_der info = hc_der_enter(&d, HC_DER_SEQUENCE);
    int64_t version = hc_der_small(&info, 127);

    if (!info.failed && version != 0)
        return HC_FAIL(e, HC_E_REQUEST_MALFORMED, "its version is %d, and there is only version 1", (int)version + 1);
    csr->subject = hc_der_tlv(&info, HC_DER_SEQUENCE);
    csr->spki = hc_der_tlv(&info, HC_DER_SEQUENCE);
    /* [RFC 2986 4.1] makes it mandatory; some devices leave out an empty one, which means the same. */
    if (hc_der_is(&info, HC_DER_CONTEXT_CONSTRUCTED(0)))
        *attributes = hc_der_get(&info, HC_DER_CONTEXT_CONSTRUCTED(0));
    hc_der_leave(&d, &info);
    return d.failed ? malformed(e, "its contents are not strict DER of a request") : HC_OK;
}

/* CertificationRequest ::= SEQUENCE { CertificationRequestInfo, signatureAlgorithm, signature BIT STRING } */
static struct hc_rc read_shape(struct hc_csr *csr, struct hc_bytes *attributes, struct hc_err *e)
{
    struct hc_der d = hc_der_init(csr->der);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    const char *kind;

    csr->info = hc_der_tlv(&seq, HC_DER_SEQUENCE);
    csr->sig_alg = hc_cert_ext_algorithm(&seq);
    csr->signature = hc_der_bitstring_bytes(&seq);
    hc_der_leave(&d, &seq);
    kind = der_kind(csr->der);
    if (kind)
        return malformed(e, kind);
    if (d.failed || !hc_der_at_end(&d))
        return malformed(e, "it is not one whole request in strict DER");
    return read_info(csr, attributes, e);
}

/* [RFC 2986 4.2 note 2]: the signature proves that who asks has the private key. */
static struct hc_rc check_proof(const struct hc_crypto *crypto, const struct hc_csr *csr, struct hc_err *e)
{
    struct hc_signed proof = {.algorithm = csr->sig_alg, .message = csr->info, .signature = csr->signature};
    struct hc_rc rc = hc_spki_verify(crypto, csr->spki, &proof, e);

    if (rc.code == HC_E_BAD_SIGNATURE)
        return HC_FAIL(e, HC_E_REQUEST_SIGNATURE, "its signature is not by the key that it carries");
    return rc;
}

/* ---- the names ---- */

static void note_bad_name(struct hc_csr *csr, struct hc_bytes name)
{
    if (csr->bad_name.n == 0)
        csr->bad_name = name;
}

/* A subject whose text could deceive is no malformed request: nobody has to use it. */
static struct hc_rc read_subject(struct hc_csr *csr, struct hc_err *e)
{
    struct hc_dn_attribute at[HC_DN_ATTRIBUTES_MAX];
    struct hc_rc rc = hc_dn_check(csr->subject, "the subject", e);
    size_t n = hc_dn_attributes(csr->subject, at, HC_COUNT(at));

    if (rc.code == HC_E_CERT_MALFORMED || n > HC_COUNT(at) || (hc_failed(rc) && n == 0))
        return malformed(e, "its subject is malformed");
    for (size_t i = 0; i < n; i++) {
        struct hc_bytes rest = at[i].value;
        uint32_t c;

        while (hc_charset_is_text(at[i].tag) && hc_charset_next(at[i].tag, &rest, &c))
            if (c >= HC_CHARSET_INVALID || hc_charset_is_control(c) || hc_charset_is_deceptive(c))
                note_bad_name(csr, at[i].value);
    }
    return HC_OK;
}

/* GeneralName [RFC 5280 4.2.1.6]: the types that identify somebody. */
static bool identity_type(uint8_t tag, enum hc_name_type *type)
{
    switch (tag) {
    case HC_DER_CONTEXT(1):
        *type = HC_NAME_EMAIL;
        return true;
    case HC_DER_CONTEXT(2):
        *type = HC_NAME_DNS;
        return true;
    case HC_DER_CONTEXT(6):
        *type = HC_NAME_URI;
        return true;
    case HC_DER_CONTEXT(7):
        *type = HC_NAME_IP;
        return true;
    default:
        return false;
    }
}

/* otherName, x400Address, directoryName, ediPartyName, registeredID: never looked into. */
static bool is_other_type(uint8_t tag)
{
    return tag == HC_DER_CONTEXT_CONSTRUCTED(0) || (tag >= 0xa3 && tag <= 0xa5) || tag == HC_DER_CONTEXT(8);
}

static struct hc_rc count_names(struct hc_csr *csr, struct hc_der names, size_t *n, struct hc_err *e)
{
    enum hc_name_type type;
    uint8_t tag;

    for (*n = 0; !hc_der_at_end(&names); ++*n) {
        struct hc_bytes name = hc_der_value(&names, &tag);

        if (!identity_type(tag, &type) && is_other_type(tag))
            csr->n_other_names++;
        else if (!identity_type(tag, &type) || name.n == 0)
            return malformed(e, "its subjectAltName holds an empty name, or one of no known type");
    }
    if (names.failed || *n == 0)
        return malformed(e, "its subjectAltName is malformed or empty");
    if (*n > HC_CERT_NAMES_MAX)
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for %zu names, and %d is the most", *n, HC_CERT_NAMES_MAX);
    return HC_OK;
}

/* Appends the canonical text to own_text; its place is known once own_text moves no more. */
static struct hc_rc read_name(struct hc_csr *csr, enum hc_name_type type, struct hc_bytes contents, struct hc_err *e)
{
    struct hc_name *name = &csr->own_names[csr->n_names];
    size_t before = csr->own_text.n;
    struct hc_rc rc;

    *name = (struct hc_name){.type = type};
    if (type == HC_NAME_IP && contents.n != 4 && contents.n != 16) {
        note_bad_name(csr, contents);
        return HC_OK;
    }
    if (type == HC_NAME_IP) {
        memcpy(name->ip, contents.p, contents.n);
        name->ip_n = (uint8_t)contents.n;
        hc_name_ip_text(contents, &csr->own_text);
    } else {
        rc = hc_name_canonical(type, contents, HC_NAME_WILDCARD, &csr->own_text, e);
        if (rc.code == HC_E_IDENTITY_NAME) {
            note_bad_name(csr, contents);
            return HC_OK;
        }
        HC_TRY(e, rc);
    }
    name->text.n = csr->own_text.n - before;
    csr->n_names++;
    return HC_OK;
}

static struct hc_rc read_alt_names(struct hc_csr *csr, struct hc_bytes value, struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);
    struct hc_der names = hc_der_enter(&d, HC_DER_SEQUENCE);
    enum hc_name_type type;
    uint8_t tag;
    size_t n;

    if (d.failed || !hc_der_at_end(&d))
        return malformed(e, "its subjectAltName is malformed or empty");
    HC_TRY(e, count_names(csr, names, &n, e));
    csr->own_names = calloc(n, sizeof *csr->own_names);
    if (!csr->own_names)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu names", n);
    while (!hc_der_at_end(&names)) {
        struct hc_bytes contents = hc_der_value(&names, &tag);

        if (identity_type(tag, &type))
            HC_TRY(e, read_name(csr, type, contents, e));
    }
    HC_TRY(e, hc_buf_check(&csr->own_text, e));
    for (size_t i = 0, at = 0; i < csr->n_names; at += csr->own_names[i++].text.n)
        csr->own_names[i].text.p = csr->own_text.p + at; /* the buffer has stopped moving */
    csr->names = csr->own_names;
    return HC_OK;
}

/* ---- the extensions asked for ---- */

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
static struct hc_rc read_basic_constraints(struct hc_csr *csr, struct hc_bytes value, struct hc_err *e)
{
    struct hc_der d = hc_der_init(value);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);

    csr->asks_ca = hc_der_is(&seq, HC_DER_BOOLEAN) && hc_der_bool(&seq);
    hc_der_skip_optional(&seq, HC_DER_INTEGER);
    hc_der_leave(&d, &seq);
    return d.failed || !hc_der_at_end(&d) ? malformed(e, "its basicConstraints are malformed") : HC_OK;
}

/* Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension [RFC 5280 4.1] */
static struct hc_rc read_extensions(struct hc_csr *csr, struct hc_der exts, struct hc_err *e)
{
    struct hc_bytes seen[HC_CERT_EXTENSIONS_MAX];

    do {
        size_t n = csr->n_extensions;
        bool critical;
        struct hc_bytes value;

        if (n == HC_COUNT(seen))
            return HC_FAIL(e, HC_E_TOO_BIG, "it asks for more than %d extensions", HC_CERT_EXTENSIONS_MAX);
        value = hc_cert_ext_next(&exts, &seen[n], &critical);
        if (exts.failed)
            return malformed(e, "its list of extensions is malformed or empty");
        for (size_t i = 0; i < n; i++) /* [RFC 5280 4.2]: MUST NOT include more than one instance */
            if (hc_bytes_eq(seen[i], seen[n]))
                return malformed(e, "it asks for an extension twice");
        csr->n_extensions++;
        if (hc_bytes_eq(seen[n], HC_OID_SUBJECT_ALT_NAME))
            HC_TRY(e, read_alt_names(csr, value, e));
        if (hc_bytes_eq(seen[n], HC_OID_BASIC_CONSTRAINTS))
            HC_TRY(e, read_basic_constraints(csr, value, e));
    } while (!hc_der_at_end(&exts));
    return HC_OK;
}

/* extensionRequest: SINGLE VALUE TRUE [RFC 2985 5.4.2] */
static struct hc_rc read_extension_request(struct hc_csr *csr, struct hc_bytes values, struct hc_err *e)
{
    struct hc_der d = hc_der_init(values);
    struct hc_der exts = hc_der_enter(&d, HC_DER_SEQUENCE);

    if (csr->n_extensions > 0)
        return malformed(e, "it carries the attribute extensionRequest twice");
    if (d.failed || !hc_der_at_end(&d))
        return malformed(e, "its attribute extensionRequest is malformed");
    return read_extensions(csr, exts, e);
}

/* Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET SIZE(1..MAX) OF ANY } [RFC 2986 4.1] */
static struct hc_rc read_attributes(struct hc_csr *csr, struct hc_bytes attributes, struct hc_err *e)
{
    struct hc_der d = hc_der_init(attributes);

    while (!hc_der_at_end(&d)) {
        struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
        struct hc_bytes type = hc_der_oid(&seq);
        struct hc_bytes values = hc_der_get(&seq, HC_DER_SET);

        hc_der_leave(&d, &seq);
        if (d.failed)
            break;
        if (hc_bytes_eq(type, HC_OID_EXTENSION_REQUEST))
            HC_TRY(e, read_extension_request(csr, values, e));
    }
    return d.failed ? malformed(e, "its attributes are malformed") : HC_OK;
}

/* ---- the whole ---- */

static struct hc_rc read_all(const struct hc_crypto *crypto, struct hc_csr *csr, struct hc_err *e)
{
    struct hc_bytes attributes = {NULL, 0};

    csr->der = hc_buf_view(&csr->own_der);
    HC_TRY(e, read_shape(csr, &attributes, e));
    HC_TRY(e, check_proof(crypto, csr, e));
    HC_TRY(e,
           read_attributes(csr, attributes, e)); /* its names come first in bad_name: they are what would be accepted */
    HC_TRY(e, read_subject(csr, e));
    hc_sha256(csr->der, csr->sha256);
    return HC_OK;
}

struct hc_rc hc_csr_parse(const struct hc_crypto *crypto, struct hc_bytes text, struct hc_csr **out, struct hc_err *e)
{
    HC_AUTO(hc_csr) csr = calloc(1, sizeof *csr);

    if (!csr)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a request");
    hc_buf_init(&csr->own_der, HC_CSR_MAX);
    hc_buf_init(&csr->own_text, NAMES_TEXT_MAX);
    HC_TRY(e, read_text(text, &csr->own_der, e));
    HC_TRY(e, read_all(crypto, csr, e));
    *out = HC_GIVE(csr);
    return HC_OK;
}

struct hc_rc hc_csr_load(const struct hc_crypto *crypto, const char *path, struct hc_csr **out, struct hc_err *e)
{
    HC_BUF_SECRET(file, FILE_MAX); /* some people keep the key in the same file */
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(path, &file, e));
    rc = hc_csr_parse(crypto, hc_buf_view(&file), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

void hc_csr_free(struct hc_csr *csr)
{
    if (!csr)
        return;
    hc_buf_fini(&csr->own_text);
    hc_buf_fini(&csr->own_der);
    free(csr->own_names);
    free(csr);
}
