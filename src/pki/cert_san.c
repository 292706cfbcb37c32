/* cert_san.c - subjectAltName [RFC 5280 4.2.1.6]: GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName. */
#include <stdlib.h>

#include "pki/cert_ext.h"

#define TEXT_MAX                                                                                                       \
    (2 * HC_CERT_MAX) /* canonical texts are no longer than the encoding, but for IP addresses: 45 for 18 */

/* [n] of GeneralName */
enum {
    OTHER_NAME = HC_DER_CONTEXT_CONSTRUCTED(0),
    RFC822_NAME = HC_DER_CONTEXT(1),
    DNS_NAME = HC_DER_CONTEXT(2),
    X400_ADDRESS = HC_DER_CONTEXT_CONSTRUCTED(3),
    DIRECTORY_NAME = HC_DER_CONTEXT_CONSTRUCTED(4),
    EDI_PARTY_NAME = HC_DER_CONTEXT_CONSTRUCTED(5),
    URI_NAME = HC_DER_CONTEXT(6),
    IP_ADDRESS = HC_DER_CONTEXT(7),
    REGISTERED_ID = HC_DER_CONTEXT(8),
};

static const char what[] = "the subjectAltName";

static bool is_identity(uint8_t tag)
{
    return tag == RFC822_NAME || tag == DNS_NAME || tag == URI_NAME || tag == IP_ADDRESS;
}

static struct hc_rc malformed(struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CERT_EXTENSION, "%s is malformed", what);
}

/* How many names there are, and how many of them are identities. */
static struct hc_rc count(struct hc_der value, size_t *identities, size_t *others, struct hc_err *e)
{
    struct hc_der names = hc_der_enter(&value, HC_DER_SEQUENCE);
    uint8_t tag;

    *identities = 0;
    *others = 0;
    while (!hc_der_at_end(&names)) {
        hc_der_any(&names, &tag);
        *(is_identity(tag) ? identities : others) += 1;
    }
    if (names.failed || *identities + *others == 0)
        return malformed(e);
    if (*identities + *others > HC_CERT_NAMES_MAX)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "%s holds more than %d names", what, HC_CERT_NAMES_MAX);
    return HC_OK;
}

/* OtherName ::= SEQUENCE { type-id OID, value [0] EXPLICIT ANY }: a text in it must be as clean as any other (T20). */
static struct hc_rc check_other_name(struct hc_bytes contents, struct hc_err *e)
{
    struct hc_der d = hc_der_init(contents);
    struct hc_der inner;
    struct hc_bytes text;
    uint8_t tag;

    hc_der_oid(&d);
    inner = hc_der_enter(&d, HC_DER_CONTEXT_CONSTRUCTED(0));
    text = hc_der_value(&inner, &tag);
    hc_der_leave(&d, &inner);
    if (d.failed || !hc_der_at_end(&d))
        return malformed(e);
    return hc_dn_check_string(tag, text, what, e);
}

static struct hc_rc check_other(uint8_t tag, struct hc_bytes contents, struct hc_err *e)
{
    switch (tag) {
    case OTHER_NAME:
        return check_other_name(contents, e);
    case DIRECTORY_NAME:
        return hc_dn_check(contents, what, e);
    case X400_ADDRESS:
    case EDI_PARTY_NAME:
    case REGISTERED_ID:
        return HC_OK; /* nobody is identified by these: never looked into */
    default:
        return malformed(e);
    }
}

/* An IA5String: ASCII, and no NUL, control or DEL byte (T20). */
static struct hc_rc check_bytes(struct hc_bytes contents, struct hc_err *e)
{
    for (size_t i = 0; i < contents.n; i++) {
        if (contents.p[i] < 0x20 || contents.p[i] == 0x7f)
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "a name in %s holds the byte %02x", what, contents.p[i]);
        if (contents.p[i] >= 0x80)
            return HC_FAIL(e, HC_E_CERT_EXTENSION, "a name in %s is not ASCII", what);
    }
    return HC_OK;
}

/* Appends the text to own_text; name->text gets its length, and its place once own_text moves no more. */
static struct hc_rc read_text(struct hc_cert *cert, struct hc_name *name, struct hc_bytes contents, struct hc_err *e)
{
    size_t before = cert->own_text.n;
    struct hc_rc rc;

    HC_TRY(e, check_bytes(contents, e));
    rc = hc_name_canonical(name->type, contents, HC_NAME_WILDCARD | HC_NAME_NUMERIC, &cert->own_text, e);
    if (rc.code == HC_E_IDENTITY_NAME) {
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_CERT_EXTENSION, "%s holds a bad name: %s", what, why.text);
    }
    HC_TRY(e, rc);
    name->text.n = cert->own_text.n - before;
    return HC_OK;
}

static struct hc_rc read_ip(struct hc_cert *cert, struct hc_name *name, struct hc_bytes contents, struct hc_err *e)
{
    size_t before = cert->own_text.n;

    if (contents.n != 4 && contents.n != 16)
        return HC_FAIL(e, HC_E_CERT_EXTENSION, "%s holds an IP address of %zu bytes", what, contents.n);
    memcpy(name->ip, contents.p, contents.n);
    name->ip_n = (uint8_t)contents.n;
    hc_name_ip_text(contents, &cert->own_text);
    name->text.n = cert->own_text.n - before;
    return HC_OK;
}

static struct hc_rc read_identity(struct hc_cert *cert, uint8_t tag, struct hc_bytes contents, struct hc_err *e)
{
    struct hc_name *name = &cert->own_names[cert->n_names++];

    name->type = tag == DNS_NAME      ? HC_NAME_DNS
                 : tag == RFC822_NAME ? HC_NAME_EMAIL
                 : tag == URI_NAME    ? HC_NAME_URI
                                      : HC_NAME_IP;
    return name->type == HC_NAME_IP ? read_ip(cert, name, contents, e) : read_text(cert, name, contents, e);
}

static struct hc_rc read_names(struct hc_cert *cert, struct hc_der *names, struct hc_err *e)
{
    while (!hc_der_at_end(names)) {
        uint8_t tag;
        struct hc_bytes contents = hc_der_value(names, &tag);

        if (is_identity(tag))
            HC_TRY(e, read_identity(cert, tag, contents, e));
        else
            HC_TRY(e, check_other(tag, contents, e));
    }
    return HC_OK;
}

struct hc_rc hc_cert_san_read(struct hc_cert *cert, struct hc_der *value, struct hc_err *e)
{
    struct hc_der names;
    const uint8_t *at;
    size_t n;

    HC_TRY(e, count(*value, &n, &cert->n_other_names, e));
    cert->own_names = calloc(n + 1, sizeof *cert->own_names);
    if (!cert->own_names)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu names", n);
    hc_buf_init(&cert->own_text, TEXT_MAX);
    names = hc_der_enter(value, HC_DER_SEQUENCE);
    HC_TRY(e, read_names(cert, &names, e));
    hc_der_leave(value, &names);
    HC_TRY(e, hc_buf_check(&cert->own_text, e));
    at = cert->own_text.p;
    for (size_t i = 0; i < cert->n_names; i++) { /* the buffer has stopped moving */
        cert->own_names[i].text.p = at;
        at += cert->own_names[i].text.n;
    }
    cert->names = cert->own_names;
    return HC_OK;
}
