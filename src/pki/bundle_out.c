/* bundle_out.c - trust anchors for programs of other people. */
#include "pki/bundle_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/derw.h"
#include "base/clock.h"
#include "base/escape.h"
#include "crypto/p12.h"
#include "pki/cert.h"
#include "pki/oid.h"
#include "pki/pem.h"

#define OID_PKCS7_DATA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define OID_PKCS7_SIGNED_DATA HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")

enum { NAME_ORG_MAX = 64, NAME_DIGITS = 8 };

static void subject_word(const struct hc_cert *anchor, struct hc_buf *out)
{
    struct hc_dn_attribute all[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(anchor->subject, all, HC_COUNT(all));
    for (size_t i = 0; i < n && i < HC_COUNT(all) && out->n == 0; i++)
        if (hc_bytes_eq(all[i].oid, HC_OID_AT_ORGANIZATION))
            hc_dn_utf8(all[i].tag, all[i].value, out);
    if (out->n == 0)
        hc_cert_common_name(anchor, out);
}

/* Plain enough for every store and every shell; the fingerprint, not the word, tells anchors apart. */
static bool is_plain(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '.' || c == '-' || c == '_';
}

struct hc_rc hc_bundle_out_name(const struct hc_cert *anchor, char out[HC_BUNDLE_OUT_NAME], struct hc_err *e)
{
    HC_BUF_AUTO(word, HC_CERT_MAX);
    size_t n = strlen("Handclasp ");
    subject_word(anchor, &word);
    HC_TRY(e, hc_buf_check(&word, e));
    memcpy(out, "Handclasp ", n);
    struct hc_bytes w = hc_bytes_head(hc_buf_view(&word), NAME_ORG_MAX);
    for (size_t i = 0; i < w.n; i++)
        if (is_plain(w.p[i]))
            out[n++] = (char)w.p[i];
        else if (out[n - 1] != ' ') /* one blank for each run of what is left out */
            out[n++] = ' ';
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    for (size_t i = 0; i < NAME_DIGITS / 2; i++)
        n += (size_t)snprintf(out + n, HC_BUNDLE_OUT_NAME - n, "%02x", anchor->sha256[i]);
    return HC_OK;
}

/* GnuTLS and mbed TLS look for "-----BEGIN" in the middle of lines, too; a name must not begin a block. */
static void subject_comment(const struct hc_cert *anchor, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_BUNDLE_OUT_MAX);
    hc_dn_text(anchor->subject, &text);
    struct hc_bytes dashes = HC_BYTES("-----"), name = hc_buf_view(&text);
    if (name.n > 0 && memmem(name.p, name.n, dashes.p, dashes.n))
        name = HC_BYTES("(a name with dashes)");
    hc_buf_fail(out, text.failed);
    hc_buf_add_str(out, "# ");
    hc_buf_add(out, name);
}

struct hc_rc hc_bundle_out_pem(const struct hc_bundle *b, struct hc_buf *out, struct hc_err *e)
{
    for (size_t i = 0; i < hc_bundle_count(b); i++) {
        const struct hc_cert *anchor = hc_bundle_anchor(b, i);
        char until[HC_TIME_TEXT];
        subject_comment(anchor, out);
        hc_buf_add_str(out, "\n# sha256 ");
        hc_escape_hex(out, hc_bytes_of(anchor->sha256, sizeof anchor->sha256), ':');
        hc_buf_addf(out, "\n# until %s\n", hc_time_text(anchor->not_after, until));
        hc_pem_emit(out, HC_PEM_CERTIFICATE, anchor->der);
    }
    return hc_buf_check(out, e);
}

static int by_der(const void *a, const void *b)
{
    return hc_bytes_cmp(*(const struct hc_bytes *)a, *(const struct hc_bytes *)b);
}

/* X.690 11.6: "The encodings of the component values of a set-of value shall appear in ascending order". */
static struct hc_rc write_set(const struct hc_bundle *b, struct hc_buf *der, struct hc_err *e)
{
    size_t n = hc_bundle_count(b);
    struct hc_bytes *all = calloc(n, sizeof *all);
    if (!all)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for %zu certificates", n);
    for (size_t i = 0; i < n; i++)
        all[i] = hc_bundle_anchor(b, i)->der;
    qsort(all, n, sizeof *all, by_der);
    for (size_t i = 0; i < n; i++)
        hc_derw_raw(der, all[i]);
    free(all);
    return HC_OK;
}

struct hc_rc hc_bundle_out_pkcs7(const struct hc_bundle *b, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_BUNDLE_OUT_MAX);
    size_t info = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_oid(&der, OID_PKCS7_SIGNED_DATA);
    size_t content = hc_derw_begin(&der, HC_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_small(&der, 1); /* RFC 5652 5.1: 1 with X.509 certificates only and content of the type data */
    hc_derw_element(&der, HC_DER_SET, HC_BYTES("")); /* no digest algorithm: nobody signed */
    size_t inner = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_oid(&der, OID_PKCS7_DATA); /* RFC 5652 5.2: in the degenerate case the content "MUST be omitted" */
    hc_derw_end(&der, inner);
    size_t certificates = hc_derw_begin(&der, HC_DER_CONTEXT_CONSTRUCTED(0));
    HC_TRY(e, write_set(b, &der, e));
    hc_derw_end(&der, certificates);
    hc_derw_element(&der, HC_DER_SET, HC_BYTES("")); /* no signer */
    hc_derw_end(&der, data);
    hc_derw_end(&der, content);
    hc_derw_end(&der, info);
    HC_TRY(e, hc_buf_check(&der, e));
    hc_pem_emit(out, "PKCS7", hc_buf_view(&der));
    return hc_buf_check(out, e);
}

struct hc_rc hc_bundle_out_p12(const struct hc_crypto *c, const struct hc_bundle *b, const struct hc_secret *passphrase,
                               struct hc_buf *out, struct hc_err *e)
{
    struct hc_p12_anchor anchors[HC_P12_CAS_MAX];
    char names[HC_P12_CAS_MAX][HC_BUNDLE_OUT_NAME];
    size_t n = hc_bundle_count(b);
    if (n > HC_COUNT(anchors))
        return HC_FAIL(e, HC_E_TOO_BIG, "the bundle has %zu anchors, and a PKCS #12 truststore takes %zu", n,
                       HC_COUNT(anchors));
    for (size_t i = 0; i < n; i++) {
        const struct hc_cert *anchor = hc_bundle_anchor(b, i);
        HC_TRY(e, hc_bundle_out_name(anchor, names[i], e));
        anchors[i] = (struct hc_p12_anchor){.der = anchor->der, .name = names[i]};
    }
    return hc_p12_truststore(c, anchors, n, passphrase, out, e);
}

/* RFC 7515 2: the URL-safe alphabet, "with all trailing '=' characters omitted". */
static void base64url(struct hc_bytes in, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_CERT_MAX * 2);
    hc_escape_base64(&text, in);
    hc_buf_fail(out, text.failed);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++)
        hc_buf_add_byte(out, text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i]);
}

static void member(const char *name, struct hc_bytes value, struct hc_buf *out)
{
    hc_buf_addf(out, ",\"%s\":\"", name);
    base64url(value, out);
    hc_buf_add_byte(out, '"');
}

/* RFC 7518 6.3.1: "the minimum number of octets". */
static struct hc_bytes magnitude(struct hc_bytes integer)
{
    return integer.n > 1 && integer.p[0] == 0 ? hc_bytes_skip(integer, 1) : integer;
}

static bool write_rsa(struct hc_bytes key, struct hc_buf *out)
{
    struct hc_der d = hc_der_init(key);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_bytes n = hc_der_integer(&seq), exponent = hc_der_integer(&seq);
    hc_der_leave(&d, &seq);
    if (d.failed || !hc_der_at_end(&d))
        return false;
    hc_buf_add_str(out, "\"kty\":\"RSA\"");
    member("n", magnitude(n), out);
    member("e", magnitude(exponent), out);
    return true;
}

static bool write_ec(struct hc_bytes curve, struct hc_bytes key, struct hc_buf *out)
{
    static const struct {
        struct hc_bytes oid;
        const char *name;
        size_t size;
    } curves[] = {
        {{(const uint8_t *)"\x2a\x86\x48\xce\x3d\x03\x01\x07", 8}, "P-256", 32},
        {{(const uint8_t *)"\x2b\x81\x04\x00\x22", 5}, "P-384", 48},
        {{(const uint8_t *)"\x2b\x81\x04\x00\x23", 5}, "P-521", 66},
    };
    for (size_t i = 0; i < HC_COUNT(curves); i++) {
        if (!hc_bytes_eq(curve, curves[i].oid))
            continue;
        if (key.n != 1 + 2 * curves[i].size ||
            key.p[0] != 4) /* RFC 5480 2.2: 4 is uncompressed, what every CA writes */
            return false;
        hc_buf_addf(out, "\"kty\":\"EC\",\"crv\":\"%s\"", curves[i].name);
        member("x", hc_bytes_head(hc_bytes_skip(key, 1), curves[i].size), out);
        member("y", hc_bytes_skip(key, 1 + curves[i].size), out);
        return true;
    }
    return false;
}

/* RFC 8037 2. */
static bool write_ed25519(struct hc_bytes key, struct hc_buf *out)
{
    if (key.n != 32)
        return false;
    hc_buf_add_str(out, "\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
    member("x", key, out);
    return true;
}

static bool write_key(const struct hc_cert *anchor, struct hc_buf *out)
{
    struct hc_der d = hc_der_init(anchor->spki_alg);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_bytes oid = hc_der_oid(&seq);
    if (seq.failed)
        return false;
    if (hc_bytes_eq(oid, HC_OID_RSA_ENCRYPTION) || hc_bytes_eq(oid, HC_OID_RSASSA_PSS))
        return write_rsa(anchor->spki_key, out);
    if (hc_bytes_eq(oid, HC_OID_EC_PUBLIC_KEY))
        return write_ec(hc_der_oid(&seq), anchor->spki_key, out);
    return hc_bytes_eq(oid, HC_OID_ED25519) && write_ed25519(anchor->spki_key, out);
}

struct hc_rc hc_bundle_out_jwks(const struct hc_bundle *b, const struct hc_bundle_out_jwks *how, struct hc_buf *out,
                                struct hc_err *e)
{
    hc_buf_add_str(out, "{\"keys\":[");
    for (size_t i = 0; i < hc_bundle_count(b); i++) {
        const struct hc_cert *anchor = hc_bundle_anchor(b, i);
        hc_buf_add_str(out, i ? ",\n{\"use\":\"x509-svid\"," : "\n{\"use\":\"x509-svid\",");
        if (!write_key(anchor, out))
            return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "anchor %zu has a key that a JWK Set cannot show", i + 1);
        /* SPIFFE Trust Domain and Bundle 4.2.2: "x5c" holds exactly one certificate, the anchor itself; RFC 7517 4.7:
         * in plain base64, not base64url. */
        hc_buf_add_str(out, ",\"x5c\":[\"");
        hc_escape_base64(out, anchor->der);
        hc_buf_add_str(out, "\"]}");
    }
    hc_buf_addf(out, "\n],\n\"spiffe_sequence\":%" PRId64 ",\n\"spiffe_refresh_hint\":%" PRId64 "}\n", how->sequence,
                how->refresh_hint);
    return hc_buf_check(out, e);
}
