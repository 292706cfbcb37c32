/*
 * head_text.c - the text of a signed head: written, and read strictly.
 *
 * What was read is written again and must be the same text to the byte: a value has one spelling, and nothing can be
 * hidden in a second one.
 */
#include "authority/head_text.h"

#include <inttypes.h>

#include "authority/lines.h"
#include "base/clock.h"
#include "base/escape.h"
#include "pki/pem.h"

#define FIRST_LINE "Handclasp ledger head 1\n"
#define ALGORITHM "algorithm: "
#define SIGNATURE "signature: "

/* ---- text out ---- */

static void emit_hex(struct hc_buf *out, const char *key, const uint8_t hash[HC_LEDGER_HASH])
{
    hc_buf_addf(out, "%s: ", key);
    hc_escape_hex(out, hc_bytes_of(hash, HC_LEDGER_HASH), 0);
    hc_buf_add_byte(out, '\n');
}

void hc_head_text_message(struct hc_buf *out, const uint8_t root[HC_LEDGER_HASH], const struct hc_head *head)
{
    char at[HC_TIME_TEXT];

    hc_buf_add_str(out, FIRST_LINE);
    emit_hex(out, "root", root);
    hc_buf_addf(out, "links: %" PRId64 "\n", head->links);
    emit_hex(out, "hash", head->hash);
    hc_buf_addf(out, "at: %s\nissuer: %s\n", hc_time_text(head->at, at), head->issuer);
}

void hc_head_text_rest(struct hc_buf *out, const struct hc_signed *s, const struct hc_cert *signer)
{
    hc_buf_add_str(out, ALGORITHM);
    hc_escape_base64(out, s->algorithm);
    hc_buf_add_str(out, "\n" SIGNATURE);
    hc_escape_base64(out, s->signature);
    hc_buf_add_byte(out, '\n');
    hc_pem_emit(out, HC_PEM_CERTIFICATE, signer->der);
}

/* ---- text in ---- */

static struct hc_rc malformed(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_HEAD_MALFORMED, "%s", what);
}

static bool read_links(struct hc_bytes text, int64_t *out)
{
    int64_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]) || n > (INT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (text.p[i] - '0');
    }
    *out = n;
    return n > 0;
}

/* Of the alphabet of issuers' names. */
static bool read_issuer(struct hc_bytes text, char out[64])
{
    if (text.n == 0 || text.n >= 64)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (!(c >= 'a' && c <= 'z') && !hc_ascii_is_digit(c) && c != '-')
            return false;
        out[i] = (char)c;
    }
    out[text.n] = '\0';
    return true;
}

static int sextet(uint8_t c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

/* Lenient: the comparison with what is written again finds what is no clean base64. */
static bool read_base64(struct hc_bytes text, struct hc_buf *out)
{
    uint32_t bits = 0;
    unsigned n = 0;

    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    for (size_t i = 0; i < text.n; i++) {
        int v = sextet(text.p[i]);

        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        n += 6;
        if (n >= 8) {
            n -= 8;
            hc_buf_add_byte(out, (uint8_t)(bits >> n));
        }
    }
    return out->n > 0;
}

static bool read_message(struct hc_bytes *in, struct hc_head_text *p)
{
    struct hc_bytes root, links, hash, at, issuer;
    struct hc_err ignored = {0};

    if (!hc_bytes_starts(*in, HC_BYTES(FIRST_LINE)))
        return false;
    *in = hc_bytes_skip(*in, sizeof FIRST_LINE - 1);
    return hc_lines_take(in, "root: ", &root) && hc_lines_take(in, "links: ", &links) &&
           hc_lines_take(in, "hash: ", &hash) && hc_lines_take(in, "at: ", &at) &&
           hc_lines_take(in, "issuer: ", &issuer) && hc_lines_sha256(root, p->root) &&
           read_links(links, &p->head.links) && hc_lines_sha256(hash, p->head.hash) &&
           hc_ok(hc_time_parse(at, &p->head.at, &ignored)) && read_issuer(issuer, p->head.issuer);
}

static struct hc_rc read_rest(struct hc_bytes in, struct hc_head_text *p, struct hc_err *e)
{
    struct hc_bytes algorithm, signature;
    struct hc_rc rc;
    bool good = hc_lines_take(&in, ALGORITHM, &algorithm) && hc_lines_take(&in, SIGNATURE, &signature) &&
                read_base64(algorithm, &p->algorithm) && read_base64(signature, &p->signature);

    if (p->algorithm.failed == HC_E_NOMEM || p->signature.failed == HC_E_NOMEM)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a signed head");
    if (!good)
        return malformed("its lines \"algorithm:\" and \"signature:\" cannot be read", e);
    rc = hc_pem_parse_certs(in, 1, &p->certs, e);
    if (rc.code == HC_E_NOMEM || hc_ok(rc))
        return rc;
    return malformed("the certificate below its signature cannot be read", e);
}

/* One text for one head. */
static struct hc_rc check_spelling(struct hc_bytes text, const struct hc_head_text *p, struct hc_err *e)
{
    struct hc_signed s = {.algorithm = hc_buf_view(&p->algorithm), .signature = hc_buf_view(&p->signature)};
    HC_BUF_AUTO(again, HC_HEAD_MAX);

    hc_head_text_message(&again, p->root, &p->head);
    hc_head_text_rest(&again, &s, p->certs.cert[0]);
    if (again.failed == HC_E_NOMEM)
        return hc_buf_check(&again, e);
    if (hc_bytes_eq(text, hc_buf_view(&again)))
        return HC_OK;
    return malformed("it is not spelled as publish writes it: it was edited, or changed on its way", e);
}

struct hc_rc hc_head_text_parse(struct hc_bytes text, struct hc_head_text *p, struct hc_err *e)
{
    struct hc_bytes in = text;

    if (text.n > HC_HEAD_MAX)
        return malformed("it is longer than any signed head", e);
    if (!read_message(&in, p))
        return malformed("it does not begin with the lines of a signed head", e);
    p->message = hc_bytes_head(text, text.n - in.n);
    HC_TRY(e, read_rest(in, p, e));
    return check_spelling(text, p, e);
}

void hc_head_text_fini(struct hc_head_text *p)
{
    hc_buf_fini(&p->algorithm);
    hc_buf_fini(&p->signature);
    hc_cert_list_fini(&p->certs);
}

struct hc_rc hc_head_peek(struct hc_bytes text, struct hc_head *out, struct hc_err *e)
{
    HC_HEAD_TEXT(p);

    HC_TRY(e, hc_head_text_parse(text, &p, e));
    *out = p.head;
    return HC_OK;
}
