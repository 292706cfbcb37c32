/* inspect_fields.c - what a thing says of itself, field by field, for text and for JSON. */
#include "asn1/der.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/text.h"
#include "doctor/inspect_inside.h"
#include "pki/ocsp_answers.h"
#include "pki/oid.h"

#define INDENT 5
#define LABEL 11       /* and 64 digits of a hash: 80 columns */
#define NAMES_SHOWN 12 /* in text; JSON has them all */
#define ENTRIES_SHOWN 12

/* ---- one field ---- */

/* `value` is escaped already: nothing in it can hurt a terminal. */
static void field_clean(struct hc_inspect_sink *s, const char *key, struct hc_bytes value)
{
    if (s->json) {
        hc_json_bytes(s->json, key, value);
        return;
    }
    char label[LABEL + 1];
    size_t n = 0;
    for (; key[n] && n < LABEL; n++)
        label[n] = key[n] == '_' ? ' ' : key[n];
    label[n] = '\0';
    hc_buf_addf(s->out, "%*s%-*s", INDENT, "", LABEL, label);
    hc_text_wrap(s->out, INDENT + LABEL, INDENT + LABEL, value.n > 0 ? value : HC_BYTES("(empty)"));
}

static void field_buf(struct hc_inspect_sink *s, const char *key, const struct hc_buf *text)
{
    hc_buf_fail(s->out, text->failed);
    field_clean(s, key, hc_buf_view(text));
}

static void field(struct hc_inspect_sink *s, const char *key, struct hc_bytes value)
{
    HC_BUF_AUTO(text, 8 * HC_CERT_MAX);
    if (s->json) {
        hc_json_bytes(s->json, key, value);
        return;
    }
    hc_escape_text(&text, value);
    field_buf(s, key, &text);
}

static void field_hex(struct hc_inspect_sink *s, const char *key, struct hc_bytes value)
{
    HC_BUF_AUTO(text, 4 * HC_SHA256_SIZE);
    hc_escape_hex(&text, value, 0);
    field_buf(s, key, &text);
}

static void field_sha256(struct hc_inspect_sink *s, const char *key, struct hc_bytes of)
{
    uint8_t hash[HC_SHA256_SIZE];
    if (of.n == 0)
        return;
    hc_sha256(of, hash);
    field_hex(s, key, hc_bytes_of(hash, sizeof hash));
}

static void field_dn(struct hc_inspect_sink *s, const char *key, struct hc_bytes dn)
{
    HC_BUF_AUTO(text, 8 * HC_CERT_MAX);
    if (dn.n == 0)
        return;
    hc_dn_text(dn, &text);
    field_buf(s, key, &text);
}

static void field_time(struct hc_inspect_sink *s, const struct hc_inspection *in, const char *key, int64_t t)
{
    HC_BUF_AUTO(text, 128);
    if (s->json) {
        hc_json_time(s->json, key, t);
        return;
    }
    hc_text_when(&text, t, in->now);
    field_buf(s, key, &text);
}

static void field_serial(struct hc_inspect_sink *s, const char *key, struct hc_bytes serial)
{
    HC_BUF_AUTO(text, 256);
    if (serial.n == 0)
        return;
    hc_serial_text(hc_bytes_head(serial, 64), &text);
    field_buf(s, key, &text);
}

/* A number that people count: decimal, unless it is longer than anybody counts. */
static void field_count(struct hc_inspect_sink *s, const char *key, struct hc_bytes number)
{
    HC_BUF_AUTO(text, 32);
    uint64_t n = 0;
    if (number.n > sizeof n) {
        field_serial(s, key, number);
        return;
    }
    for (size_t i = 0; i < number.n; i++)
        n = n << 8 | number.p[i];
    hc_buf_addf(&text, "%llu", (unsigned long long)n);
    if (number.n > 0)
        field_buf(s, key, &text);
}

static void field_key(struct hc_inspect_sink *s, struct hc_bytes spki)
{
    HC_BUF_AUTO(text, 512);
    if (spki.n == 0)
        return;
    hc_inspect_words_key(spki, &text);
    field_buf(s, "key", &text);
    field_sha256(s, "key_sha256", spki);
}

/* ---- parts of certificates ---- */

static void json_names(struct hc_inspect_sink *s, const struct hc_name *names, size_t n)
{
    hc_json_begin(s->json, "names", '[');
    for (size_t i = 0; i < n; i++) {
        HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
        hc_name_text(&names[i], &text);
        hc_buf_fail(s->out, text.failed);
        hc_json_bytes(s->json, NULL, hc_buf_view(&text));
    }
    hc_json_end(s->json, ']');
}

static void field_names(struct hc_inspect_sink *s, const struct hc_name *names, size_t n, size_t others)
{
    HC_BUF_AUTO(text, NAMES_SHOWN * 8 * HC_NAME_TEXT_MAX);
    if (s->json) {
        json_names(s, names, n);
        return;
    }
    for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
        HC_BUF_AUTO(one, HC_NAME_TEXT_MAX);
        hc_name_text(&names[i], &one);
        hc_buf_fail(s->out, one.failed);
        hc_buf_add_str(&text, i > 0 ? ", " : "");
        hc_escape_text(&text, hc_buf_view(&one));
    }
    if (n > NAMES_SHOWN)
        hc_buf_addf(&text, ", and %zu more", n - NAMES_SHOWN);
    if (others > 0)
        hc_buf_addf(&text, "%s%zu of other types", n > 0 ? ", and " : "", others);
    if (n + others > 0)
        field_buf(s, "names", &text);
}

static void field_usage(struct hc_inspect_sink *s, const struct hc_cert *cert)
{
    static const char *const WORDS[] = {"digitalSignature", "contentCommitment", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",      "keyCertSign",
                                        "cRLSign",          "encipherOnly",      "decipherOnly"};
    HC_BUF_AUTO(text, 512);
    for (size_t i = 0; i < HC_COUNT(WORDS); i++)
        if (cert->ku & 1u << i)
            hc_buf_addf(&text, "%s%s", text.n > 0 ? ", " : "", WORDS[i]);
    if (cert->has_ku)
        field_buf(s, "key_usage", &text);
}

/* The purposes by name where they have one here, and by number. */
static void put_purpose(struct hc_bytes oid, struct hc_buf *out)
{
    static const struct {
        struct hc_bytes oid;
        const char *word;
    } KNOWN[] = {
        {HC_BYTES("\x55\x1d\x25\x00"), "any"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x01"), "server"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x02"), "client"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x03"), "code signing"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x04"), "e-mail"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x08"), "time stamps"},
        {HC_BYTES("\x2b\x06\x01\x05\x05\x07\x03\x09"), "OCSP signing"},
    };
    for (size_t i = 0; i < HC_COUNT(KNOWN); i++) {
        if (hc_bytes_eq(oid, KNOWN[i].oid)) {
            hc_buf_add_str(out, KNOWN[i].word);
            return;
        }
    }
    hc_oid_text(oid, out);
}

static void field_purposes(struct hc_inspect_sink *s, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_CERT_MAX);
    struct hc_bytes value;
    if (!hc_cert_extension(cert, HC_OID_EXT_KEY_USAGE, &value, NULL))
        return;
    struct hc_der d = hc_der_init(value), seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (!hc_der_at_end(&seq) && text.n < 1024) {
        hc_buf_add_str(&text, text.n > 0 ? ", " : "");
        put_purpose(hc_der_oid(&seq), &text);
    }
    field_buf(s, "purposes", &text);
}

static void field_signature(struct hc_inspect_sink *s, struct hc_bytes algorithm)
{
    static const struct {
        struct hc_bytes oid;
        const char *word;
    } KNOWN[] = {
        {HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x02"), "ECDSA with SHA-256"},
        {HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x03"), "ECDSA with SHA-384"},
        {HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x04"), "ECDSA with SHA-512"},
        {HC_BYTES("\x2a\x86\x48\xce\x3d\x04\x01"), "ECDSA with SHA-1, which is broken"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), "RSA with SHA-256"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), "RSA with SHA-384"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), "RSA with SHA-512"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), "RSA-PSS"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), "RSA with SHA-1, which is broken"},
        {HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"), "RSA with MD5, which is broken"},
        {HC_BYTES("\x2b\x65\x70"), "Ed25519"},
    };
    HC_BUF_AUTO(text, 512);
    struct hc_der d = hc_der_init(algorithm), seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_bytes oid = hc_der_oid(&seq);
    for (size_t i = 0; i < HC_COUNT(KNOWN) && text.n == 0; i++)
        if (hc_bytes_eq(oid, KNOWN[i].oid))
            hc_buf_add_str(&text, KNOWN[i].word);
    if (text.n == 0)
        hc_oid_text(hc_bytes_head(oid, 64), &text);
    field_buf(s, "signature", &text);
}

static void field_ca(struct hc_inspect_sink *s, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, 64);
    if (s->json)
        hc_json_bool(s->json, "ca", cert->is_ca);
    if (s->json && cert->has_pathlen)
        hc_json_int(s->json, "path_length", cert->pathlen);
    if (s->json || !cert->is_ca)
        return;
    if (cert->has_pathlen)
        hc_buf_addf(&text, "yes, with at most %d CAs below it", (int)cert->pathlen);
    else
        hc_buf_add_str(&text, "yes");
    field_buf(s, "ca", &text);
}

/* ---- kinds ---- */

static void put_certificate(const struct hc_inspection *in, const struct hc_inspect_item *item,
                            struct hc_inspect_sink *s)
{
    const struct hc_cert *cert = item->cert;
    field_dn(s, "subject", cert->subject);
    field_names(s, cert->names, cert->n_names, cert->n_other_names);
    field_dn(s, "issuer", cert->issuer);
    field_serial(s, "serial", cert->serial);
    field_time(s, in, "from", cert->not_before);
    field_time(s, in, "until", cert->not_after);
    field_ca(s, cert);
    field_usage(s, cert);
    field_purposes(s, cert);
    field_signature(s, cert->sig_alg);
    field_key(s, cert->spki);
    field_hex(s, "sha256", hc_bytes_of(cert->sha256, sizeof cert->sha256));
}

static void put_request(const struct hc_csr *csr, struct hc_inspect_sink *s)
{
    field_dn(s, "subject", csr->subject);
    field_names(s, csr->names, csr->n_names, csr->n_other_names);
    if (csr->bad_name.n > 0)
        field(s, "refused", hc_bytes_head(csr->bad_name, 256));
    field_signature(s, csr->sig_alg);
    field_key(s, csr->spki);
    field_hex(s, "sha256", hc_bytes_of(csr->sha256, sizeof csr->sha256));
}

static void put_entries(const struct hc_crl *crl, struct hc_inspect_sink *s)
{
    if (s->json)
        hc_json_begin(s->json, "entries", '[');
    for (size_t i = 0; i < crl->n_entries && i < ENTRIES_SHOWN; i++) {
        struct hc_bytes serial;
        struct hc_crl_entry entry = hc_crl_entry_at(crl, i, &serial);
        HC_BUF_AUTO(text, 256);
        char at[HC_TIME_TEXT];
        hc_serial_text(serial, &text);
        hc_buf_addf(&text, " since %s, %s", hc_time_text(entry.time, at), hc_crl_reason_text(entry.reason));
        field_buf(s, s->json ? NULL : "revoked", &text);
    }
    if (s->json)
        hc_json_end(s->json, ']');
    else if (crl->n_entries > ENTRIES_SHOWN)
        hc_buf_addf(s->out, "%*sand %zu more\n", INDENT + LABEL, "", crl->n_entries - ENTRIES_SHOWN);
}

static void put_crl(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_inspect_sink *s)
{
    const struct hc_crl *crl = item->crl;
    field_dn(s, "issuer", crl->issuer);
    field_count(s, "crl_number", crl->number);
    field_time(s, in, "from", crl->this_update);
    field_time(s, in, "until", crl->next_update);
    if (s->json)
        hc_json_int(s->json, "revoked", (int64_t)crl->n_entries);
    put_entries(crl, s);
    field_signature(s, crl->sig_alg);
    field_sha256(s, "sha256", crl->der);
}

static void put_answer(const struct hc_inspection *in, struct hc_ocsp_said said, struct hc_inspect_sink *s)
{
    if (s->json)
        hc_json_begin(s->json, NULL, '{');
    field_serial(s, "serial", said.serial);
    field(s, "status", hc_bytes_str(said.status));
    if (said.revoked) {
        field_time(s, in, "revoked", said.revoked_at);
        field(s, "reason", hc_bytes_str(hc_crl_reason_text(said.reason)));
    }
    field_time(s, in, "from", said.this_update);
    field_time(s, in, "until", said.next_update);
    if (s->json)
        hc_json_end(s->json, '}');
}

static void put_ocsp(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_inspect_sink *s)
{
    if (s->json)
        hc_json_begin(s->json, "answers", '[');
    for (size_t i = 0; i < hc_ocsp_answers_count(item->ocsp); i++)
        put_answer(in, hc_ocsp_answers_at(item->ocsp, i), s);
    if (s->json)
        hc_json_end(s->json, ']');
    field_sha256(s, "sha256", hc_buf_view(&item->der));
}

static void put_refused(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_inspect_sink *s)
{
    const struct hc_inspect_facts *f = &item->facts;
    const struct hc_row *row = hc_row(item->refused.code);
    char id[HC_ID_TEXT];
    field(s, "breaks", hc_bytes_str(hc_id_text(item->refused.code, id)));
    if (*row->clause)
        field(s, "clause", hc_bytes_str(row->clause));
    field(s, "fix", hc_bytes_str(row->fix));
    field_dn(s, "subject", f->subject);
    field_dn(s, "issuer", f->issuer);
    field_serial(s, "serial", f->serial);
    if (f->has_dates) {
        field_time(s, in, "from", f->from);
        field_time(s, in, "until", f->until);
    }
    field_key(s, hc_inspect_item_spki(item));
    if (item->der.n > 0)
        field_sha256(s, "sha256", hc_buf_view(&item->der));
}

static void put_place(const struct hc_inspect_item *item, struct hc_inspect_sink *s)
{
    if (item->name.n > 0)
        field(s, "called", hc_buf_view(&item->name));
    if (item->line > 0 && s->json)
        hc_json_int(s->json, "line", (int64_t)item->line);
}

void hc_inspect_fields_item(const struct hc_inspection *in, const struct hc_inspect_item *item,
                            struct hc_inspect_sink *s)
{
    put_place(item, s);
    if (item->cert)
        put_certificate(in, item, s);
    else if (item->csr)
        put_request(item->csr, s);
    else if (item->crl)
        put_crl(in, item, s);
    else if (item->ocsp)
        put_ocsp(in, item, s);
    else if (item->refused.code != HC_OK_CODE)
        put_refused(in, item, s);
    else
        field_key(s, hc_buf_view(&item->spki));
}
