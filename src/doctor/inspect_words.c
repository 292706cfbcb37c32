/* inspect_words.c - what a thing is, in a sentence that somebody understands who has never seen one. */
#include "asn1/der.h"
#include "base/clock.h"
#include "base/escape.h"
#include "crypto/key.h"
#include "doctor/inspect_inside.h"
#include "doctor/rsa_bits.h"
#include "pki/oid.h"
#include "pki/ocsp_answers.h"

#define WHO_MAX 120 /* bytes of one name in a sentence; the fields have all of it */

/* ---- parts ---- */

/* Escaped, and cut where a stranger wrote a novel. */
static void put(struct hc_buf *out, struct hc_bytes text)
{
    hc_escape_text(out, hc_bytes_cut(text, WHO_MAX));
    if (text.n > WHO_MAX)
        hc_buf_add_str(out, "...");
}

void hc_inspect_words_dn(struct hc_bytes dn, struct hc_buf *out)
{
    struct hc_dn_attribute attribute[HC_DN_ATTRIBUTES_MAX];
    HC_BUF_AUTO(text, 8 * HC_CERT_MAX);
    size_t n = hc_dn_attributes(dn, attribute, HC_DN_ATTRIBUTES_MAX);
    for (size_t i = n < HC_DN_ATTRIBUTES_MAX ? n : HC_DN_ATTRIBUTES_MAX; i > 0 && text.n == 0; i--)
        if (hc_bytes_eq(attribute[i - 1].oid, HC_OID_AT_COMMON_NAME))
            hc_dn_utf8(attribute[i - 1].tag, attribute[i - 1].value, &text);
    hc_buf_fail(out, text.failed);
    if (text.n > 0) {
        put(out, hc_buf_view(&text));
        return;
    }
    if (n == 0) {
        hc_buf_add_str(out, "nobody named");
        return;
    }
    hc_dn_text(dn, &text); /* what could deceive is escaped there */
    hc_buf_fail(out, text.failed);
    hc_buf_add(out, hc_bytes_cut(hc_buf_view(&text), WHO_MAX));
    hc_buf_add_str(out, text.n > WHO_MAX ? "..." : "");
}

static void put_other_key(struct hc_bytes oid, struct hc_bytes parameter, struct hc_buf *out)
{
    if (hc_bytes_eq(oid, HC_OID_EC_PUBLIC_KEY)) {
        hc_buf_add_str(out, "EC on the curve ");
        hc_oid_text(parameter, out);
    } else if (hc_bytes_eq(oid, HC_OID_ED448)) {
        hc_buf_add_str(out, "Ed448");
    } else if (hc_bytes_eq(oid, HC_OID_X25519)) {
        hc_buf_add_str(out, "X25519");
    } else {
        hc_buf_add_str(out, "unknown (");
        hc_oid_text(oid, out);
        hc_buf_add_str(out, ")");
    }
}

void hc_inspect_words_key(struct hc_bytes spki, struct hc_buf *out)
{
    struct hc_der d = hc_der_init(spki), seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der algorithm = hc_der_enter(&seq, HC_DER_SEQUENCE);
    struct hc_bytes oid = hc_der_oid(&algorithm), parameter = {NULL, 0};
    if (hc_der_is(&algorithm, HC_DER_OID))
        parameter = hc_der_oid(&algorithm);
    enum hc_key_kind kind = hc_key_kind_of(spki);
    if (spki.n == 0 || algorithm.failed)
        hc_buf_add_str(out, "unreadable");
    else if (kind != HC_KEY_RSA)
        hc_buf_add_str(out, hc_key_kind_text(kind));
    else if (hc_bytes_eq(oid, HC_OID_RSA_ENCRYPTION) || hc_bytes_eq(oid, HC_OID_RSASSA_PSS))
        hc_buf_addf(out, "RSA%s of %zu bits", hc_bytes_eq(oid, HC_OID_RSASSA_PSS) ? "-PSS" : "",
                    hc_rsa_bits(hc_der_bitstring_bytes(&seq)));
    else
        put_other_key(oid, parameter, out);
}

static void put_names(const struct hc_name *names, size_t n, struct hc_buf *out)
{
    put(out, names[0].text);
    if (n > 1)
        hc_buf_addf(out, " and %zu more name%s", n - 1, n > 2 ? "s" : "");
}

void hc_inspect_words_who(const struct hc_inspect_item *item, struct hc_buf *out)
{
    struct hc_bytes dn = item->cert ? item->cert->subject : item->csr ? item->csr->subject : item->facts.subject;
    if (item->cert && item->cert->n_names > 0 && !item->cert->is_ca)
        put_names(item->cert->names, item->cert->n_names, out);
    else if (item->csr && item->csr->n_names > 0)
        put_names(item->csr->names, item->csr->n_names, out);
    else if (item->crl || item->kind == HC_INSPECT_CRL)
        hc_inspect_words_dn(item->crl ? item->crl->issuer : item->facts.issuer, out);
    else
        hc_inspect_words_dn(dn, out);
}

void hc_inspect_words_where(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    const struct hc_inspect_file *file = &in->file[item->file];
    hc_escape_text(out, hc_bytes_str(file->label));
    if (file->n_items > 1)
        hc_buf_addf(out, " no. %zu", item->number);
}

/* "3 days" becomes "valid for 3 more days". */
static void put_left(const char *age, struct hc_buf *out)
{
    struct hc_bytes text = hc_bytes_str(age);
    size_t n = hc_bytes_find(text, ' ');
    hc_buf_add_str(out, "valid for ");
    hc_buf_add(out, hc_bytes_head(text, n));
    hc_buf_add_str(out, " more");
    hc_buf_add(out, hc_bytes_skip(text, n));
}

static void put_validity(const struct hc_inspection *in, int64_t from, int64_t until, struct hc_buf *out)
{
    char age[HC_AGE_TEXT];
    if (until < from)
        hc_buf_add_str(out, "never valid: it ends before it begins");
    else if (in->now < from)
        hc_buf_addf(out, "NOT YET VALID for %s", hc_age_text(from - in->now, age));
    else if (in->now > until)
        hc_buf_addf(out, "EXPIRED %s ago", hc_age_text(in->now - until, age));
    else
        put_left(hc_age_text(until - in->now, age), out);
}

/* ---- kinds ---- */

static void put_purposes(const struct hc_cert *cert, struct hc_buf *out)
{
    bool server = cert->eku & HC_EKU_SERVER, client = cert->eku & HC_EKU_CLIENT;
    if (cert->is_ca)
        return;
    if (!cert->has_eku || (cert->eku & HC_EKU_ANY))
        hc_buf_add_str(out, ", for any purpose");
    else if (server || client)
        hc_buf_addf(out, ", for %s", server && client ? "servers and clients" : server ? "servers" : "clients");
    else
        hc_buf_add_str(out, cert->eku & HC_EKU_OCSP ? ", for signing OCSP responses"
                                                    : ", neither for servers nor for clients");
}

static void say_certificate(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    const struct hc_cert *cert = item->cert;
    bool root = hc_cert_self_issued(cert);
    hc_buf_add_str(out, !cert->is_ca ? "A certificate for "
                        : root       ? "A root CA certificate, of "
                                     : "A CA certificate, of ");
    hc_inspect_words_who(item, out);
    hc_buf_add_str(out, ", ");
    put_validity(in, cert->not_before, cert->not_after, out);
    hc_buf_add_str(out, ", issued by ");
    if (root)
        hc_buf_add_str(out, "itself");
    else
        hc_inspect_words_dn(cert->issuer, out);
    put_purposes(cert, out);
}

static void say_request(const struct hc_inspect_item *item, struct hc_buf *out)
{
    hc_buf_add_str(out, "A request for a certificate for ");
    hc_inspect_words_who(item, out);
    hc_buf_add_str(out, ", signed by the key in it (");
    hc_inspect_words_key(item->csr->spki, out);
    hc_buf_addf(out, ")%s", item->csr->asks_ca ? "; it asks to become a CA" : "");
    if (item->csr->bad_name.n > 0)
        hc_buf_add_str(out, "; one of its names is refused");
}

static void say_crl(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    const struct hc_crl *crl = item->crl;
    hc_buf_addf(out, "A list of %zu revoked certificate%s (CRL) by ", crl->n_entries, crl->n_entries == 1 ? "" : "s");
    hc_inspect_words_dn(crl->issuer, out);
    hc_buf_add_str(out, ", ");
    put_validity(in, crl->this_update, crl->next_update, out);
}

static void say_ocsp(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    size_t n = hc_ocsp_answers_count(item->ocsp);
    struct hc_ocsp_said said;
    hc_buf_add_str(out, "An OCSP response");
    if (n == 0)
        return;
    said = hc_ocsp_answers_at(item->ocsp, 0);
    hc_buf_add_str(out, ": the certificate with the serial number ");
    hc_serial_text(said.serial, out);
    hc_buf_addf(out, " is %s", said.revoked ? "REVOKED" : said.status);
    if (n > 1)
        hc_buf_addf(out, ", and %zu more answers", n - 1);
    hc_buf_add_str(out, "; the response is ");
    put_validity(in, said.this_update, said.next_update, out);
}

static void say_key(const struct hc_inspect_item *item, struct hc_buf *out)
{
    if (item->symmetric) {
        hc_buf_add_str(
            out, "A SECRET symmetric key in a set of keys. Such sets are published: take it out, and use another key");
        return;
    }
    hc_buf_add_str(out, "A private key, ");
    hc_inspect_words_key(hc_buf_view(&item->spki), out);
    hc_buf_add_str(out, item->published
                            ? ", in a set of keys. Such sets are published: it must not be there, and if anybody "
                              "could read it, use another key"
                        : item->bare ? ", not encrypted: whoever reads the file has it"
                                     : ", encrypted in its file");
}

static const char *noun(enum hc_inspect_kind kind)
{
    static const char *const NOUNS[] = {
        [HC_INSPECT_CERTIFICATE] = "A certificate",
        [HC_INSPECT_REQUEST] = "A request for a certificate",
        [HC_INSPECT_CRL] = "A CRL",
        [HC_INSPECT_OCSP] = "An OCSP response",
        [HC_INSPECT_PRIVATE_KEY] = "A private key",
        [HC_INSPECT_PUBLIC_KEY] = "A public key",
    };
    return NOUNS[kind];
}

/* What its parser refuses: the rule, and what can be read all the same. */
static void say_refused(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    const struct hc_inspect_facts *f = &item->facts;
    char id[HC_ID_TEXT];
    hc_buf_addf(out, "%s that is not accepted (%s): ", noun(item->kind), hc_id_text(item->refused.code, id));
    hc_escape_text(out, hc_bytes_str(item->refused.text));
    if (item->kind == HC_INSPECT_PRIVATE_KEY && item->published)
        hc_buf_add_str(out,
                       ". It is a SECRET in a set of keys. Such sets are published: take it out, and use another key");
    if (f->subject.n == 0 && f->issuer.n == 0)
        return;
    hc_buf_add_str(out, ". As far as it can be read it is ");
    if (f->subject.n > 0) {
        hc_buf_add_str(out, "for ");
        hc_inspect_words_dn(f->subject, out);
    }
    if (f->issuer.n > 0) {
        hc_buf_add_str(out, f->subject.n > 0 ? ", issued by " : "by ");
        hc_inspect_words_dn(f->issuer, out);
    }
    if (f->has_dates) {
        hc_buf_add_str(out, ", ");
        put_validity(in, f->from, f->until, out);
    }
}

void hc_inspect_words_item(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out)
{
    if (item->cert)
        say_certificate(in, item, out);
    else if (item->csr)
        say_request(item, out);
    else if (item->crl)
        say_crl(in, item, out);
    else if (item->ocsp)
        say_ocsp(in, item, out);
    else if (item->kind == HC_INSPECT_PRIVATE_KEY && (item->symmetric || item->refused.code == HC_OK_CODE))
        say_key(item, out);
    else if (item->refused.code != HC_OK_CODE)
        say_refused(in, item, out);
    else {
        hc_buf_add_str(out, "A public key, ");
        hc_inspect_words_key(hc_buf_view(&item->spki), out);
    }
    hc_buf_add_str(out, ".");
}
