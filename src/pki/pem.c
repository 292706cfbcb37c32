/* pem.c - PEM text, line by line. */
#include "pki/pem.h"

#include "base/escape.h"
#include "base/file.h"
#include "pki/pem_parts.h"

#define LINE_BYTES 48 /* 64 columns of base64 */

/* Takes one line, without its end and trailing blanks; false at the end of the text. */
static bool next_line(struct hc_bytes *in, struct hc_bytes *line)
{
    size_t n = hc_bytes_find(*in, '\n');

    if (in->n == 0)
        return false;
    *line = hc_pem_part_line(hc_bytes_head(*in, n));
    *in = hc_bytes_skip(*in, n + 1);
    return true;
}

struct decoder {
    struct hc_buf *out;
    struct hc_pem_base64 base64;
    bool bad;
};

static void decode(struct decoder *d, struct hc_bytes line)
{
    uint8_t out[3];

    for (size_t i = 0; i < line.n; i++) {
        int n = hc_pem_part_base64(&d->base64, line.p[i], out);

        d->bad = d->bad || n < 0;
        if (n > 0)
            hc_buf_add(d->out, hc_bytes_of(out, (size_t)n));
    }
}

/* Reads up to the END line; decodes into `der` unless it is NULL. */
static struct hc_rc read_block(struct hc_bytes *in, struct hc_bytes label, struct hc_buf *der, struct hc_err *e)
{
    struct decoder d = {.out = der};
    struct hc_bytes line;
    struct hc_bytes end;

    while (next_line(in, &line)) {
        if (hc_bytes_starts(line, HC_PEM_DASHES)) {
            if (!hc_pem_part_boundary(line, HC_PEM_END, &end) || !hc_bytes_eq(end, label))
                return HC_FAIL(e, HC_E_PEM, "the block '%.*s' is not ended by its own END line", HC_BYTES_FMT(label));
            if (der && (d.bad || d.base64.chars == 0 || d.base64.chars % 4 != 0))
                return HC_FAIL(e, HC_E_PEM, "the block '%.*s' is %s", HC_BYTES_FMT(label),
                               d.base64.chars == 0 ? "empty" : "not clean base64");
            return HC_OK;
        }
        if (der && hc_bytes_find(line, ':') < line.n)
            return HC_FAIL(e, HC_E_PEM, "the block '%.*s' has header fields, as old encrypted keys have",
                           HC_BYTES_FMT(label));
        if (der && line.n == 0)
            d.bad = true;
        if (der)
            decode(&d, line);
    }
    return HC_FAIL(e, HC_E_PEM, "the block '%.*s' is cut off: its END line is missing", HC_BYTES_FMT(label));
}

/*
 * What stands between blocks is nobody's business, but a line of five dashes is a boundary or what a cut has left of
 * one: a chain that lost its last certificate must not pass for a shorter chain. `ended` is false for a line without a
 * newline.
 */
static struct hc_rc check_outside(struct hc_bytes line, bool ended, struct hc_err *e)
{
    struct hc_bytes label;

    if (!ended && line.n > 0 && line.n < HC_PEM_DASHES.n && hc_bytes_starts(HC_PEM_DASHES, line))
        return HC_FAIL(e, HC_E_PEM, "the text ends in the middle of a line of dashes");
    if (!hc_bytes_starts(line, HC_PEM_DASHES))
        return HC_OK;
    if (hc_bytes_starts(line, HC_PEM_END))
        return HC_FAIL(e, HC_E_PEM, "an END line stands where no block has begun");
    if (!hc_bytes_starts(line, HC_PEM_BEGIN))
        return HC_FAIL(e, HC_E_PEM, "a line of dashes is neither a BEGIN nor an END line");
    if (!hc_pem_part_boundary(line, HC_PEM_BEGIN, &label))
        return HC_FAIL(e, HC_E_PEM, "a BEGIN line is malformed");
    return HC_OK;
}

struct hc_rc hc_pem_next(struct hc_bytes *in, const char *label, struct hc_buf *der, bool *found, struct hc_err *e)
{
    struct hc_bytes rest = *in;
    struct hc_bytes line;
    struct hc_bytes got;
    bool hit = false;

    hc_buf_clear(der);
    while (!hit && next_line(&rest, &line)) {
        HC_TRY(e, check_outside(line, rest.p[-1] == '\n', e));
        if (!hc_pem_part_boundary(line, HC_PEM_BEGIN, &got))
            continue;
        hit = hc_bytes_eq_str(got, label);
        HC_TRY(e, read_block(&rest, got, hit ? der : NULL, e));
    }
    HC_TRY(e, hc_buf_check(der, e));
    *in = rest;
    *found = hit;
    return HC_OK;
}

void hc_pem_emit(struct hc_buf *out, const char *label, struct hc_bytes der)
{
    hc_buf_addf(out, "-----BEGIN %s-----\n", label);
    for (; der.n > 0; der = hc_bytes_skip(der, LINE_BYTES)) {
        hc_escape_base64(out, hc_bytes_head(der, LINE_BYTES));
        hc_buf_add_byte(out, '\n');
    }
    hc_buf_addf(out, "-----END %s-----\n", label);
}

static struct hc_rc add_cert(struct hc_bytes der, size_t number, struct hc_cert_list *out, struct hc_err *e)
{
    struct hc_cert *cert = NULL;
    struct hc_rc rc = hc_cert_parse(der, &cert, e);

    if (hc_failed(rc)) {
        hc_err_prefix(e, "certificate %zu", number);
        return rc;
    }
    return hc_cert_list_take(out, cert, e);
}

static struct hc_rc add_pem_certs(struct hc_bytes text, size_t max_n, struct hc_cert_list *out, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CERT_MAX);
    bool found = true;

    for (size_t n = 0;; n++) {
        struct hc_rc rc = hc_pem_next(&text, HC_PEM_CERTIFICATE, &der, &found, e);

        if (rc.code == HC_E_TOO_BIG)
            return HC_FAIL(e, HC_E_CERT_TOO_BIG, "certificate %zu: more than %d bytes", n + 1, HC_CERT_MAX);
        HC_TRY(e, rc);
        if (!found && n == 0)
            return HC_FAIL(e, HC_E_PEM, "there is no certificate in it (no line '-----BEGIN CERTIFICATE-----')");
        if (!found)
            return HC_OK;
        if (n == max_n)
            return HC_FAIL(e, HC_E_TOO_BIG, "more than %zu certificates", max_n);
        HC_TRY(e, add_cert(hc_buf_view(&der), n + 1, out, e));
    }
}

/* A certificate has more than 127 bytes, so its length octets begin with 81, 82 or 83; text has none of these there. */
static bool looks_like_der(struct hc_bytes in)
{
    return in.n > 2 && in.p[0] == 0x30 && in.p[1] >= 0x80;
}

struct hc_rc hc_pem_parse_certs(struct hc_bytes text, size_t max_n, struct hc_cert_list *out, struct hc_err *e)
{
    size_t before = out->n;
    struct hc_rc rc;

    if (looks_like_der(text) && max_n > 0)
        rc = add_cert(text, 1, out, e);
    else
        rc = add_pem_certs(text, max_n, out, e);
    if (hc_failed(rc))
        hc_cert_list_truncate(out, before);
    return rc;
}

struct hc_rc hc_pem_load_certs(const char *path, size_t max_n, struct hc_cert_list *out, struct hc_err *e)
{
    HC_BUF_AUTO(file, HC_PEM_FILE_MAX);
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(path, &file, e));
    rc = hc_pem_parse_certs(hc_buf_view(&file), max_n, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}
