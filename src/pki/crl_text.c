/*
 * crl_text.c - is it DER or PEM, and PEM in pieces.
 *
 * A line that begins with a dash is put together before it is judged; within the CRL's block every other character is
 * decoded as it comes. Invariant: n_line counts the characters of the line so far, and line[] holds the first of them.
 */
#include "pki/crl_text.h"

#include "asn1/der.h"
#include "pki/pem.h"
#include "pki/pem_parts.h"

static struct hc_rc flush(struct hc_crl_text *t, struct hc_err *e)
{
    size_t n = t->n_der;

    t->n_der = 0;
    return n > 0 ? t->out(t->ctx, hc_bytes_of(t->der, n), e) : HC_OK;
}

static struct hc_rc unclean(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_PEM, "the block '%s' is %s", HC_PEM_CRL, what);
}

/* ---- base64 ---- */

static struct hc_rc decode(struct hc_crl_text *t, uint8_t c, struct hc_err *e)
{
    int n;

    if (c == ':')
        return HC_FAIL(e, HC_E_PEM, "the block '%s' has header fields, as old encrypted keys have", HC_PEM_CRL);
    n = hc_pem_part_base64(&t->base64, c, t->der + t->n_der);
    if (n < 0)
        return unclean("not clean base64", e);
    t->n_der += (size_t)n;
    return t->n_der > HC_CRL_TEXT_PIECE - 3 ? flush(t, e) : HC_OK;
}

/* ---- boundaries ---- */

static struct hc_bytes kept_line(const struct hc_crl_text *t)
{
    return hc_pem_part_line(hc_bytes_of(t->line, t->n_line < HC_CRL_TEXT_LINE ? t->n_line : HC_CRL_TEXT_LINE));
}

static bool boundary(const struct hc_crl_text *t, struct hc_bytes prefix, struct hc_bytes *label)
{
    return t->n_line <= HC_CRL_TEXT_LINE && hc_pem_part_boundary(kept_line(t), prefix, label);
}

static struct hc_rc begin_block(struct hc_crl_text *t, struct hc_bytes label, struct hc_err *e)
{
    if (!hc_bytes_eq_str(label, HC_PEM_CRL)) {
        t->state = HC_CRL_TEXT_FOREIGN;
        t->n_label = label.n;
        memcpy(t->label, label.p, label.n);
        return HC_OK;
    }
    if (t->found)
        return HC_FAIL(e, HC_E_PEM, "there is more than one CRL in it; give each a file of its own");
    t->found = true;
    t->state = HC_CRL_TEXT_BLOCK;
    return HC_OK;
}

/* pem.c tells why lines of dashes outside blocks are not simply text. `ended`: the line has its newline. */
static struct hc_rc end_line_outside(struct hc_crl_text *t, bool ended, struct hc_err *e)
{
    struct hc_bytes line = kept_line(t), label;

    if (!ended && line.n > 0 && line.n < HC_PEM_DASHES.n && hc_bytes_starts(HC_PEM_DASHES, line))
        return HC_FAIL(e, HC_E_PEM, "the text ends in the middle of a line of dashes");
    if (!hc_bytes_starts(line, HC_PEM_DASHES))
        return HC_OK;
    if (hc_bytes_starts(line, HC_PEM_END))
        return HC_FAIL(e, HC_E_PEM, "an END line stands where no block has begun");
    if (!boundary(t, HC_PEM_BEGIN, &label))
        return HC_FAIL(e, HC_E_PEM, "a BEGIN line is malformed, or a line of dashes is neither BEGIN nor END");
    return begin_block(t, label, e);
}

static struct hc_rc end_block(struct hc_crl_text *t, struct hc_bytes label, struct hc_err *e)
{
    struct hc_bytes got;

    if (!boundary(t, HC_PEM_END, &got) || !hc_bytes_eq(got, label))
        return HC_FAIL(e, HC_E_PEM, "a block is not ended by its own END line");
    if (t->state == HC_CRL_TEXT_BLOCK && (t->base64.chars == 0 || t->base64.chars % 4 != 0))
        return unclean(t->base64.chars == 0 ? "empty" : "not clean base64", e);
    t->state = HC_CRL_TEXT_OUTSIDE;
    return flush(t, e);
}

static struct hc_rc end_line(struct hc_crl_text *t, bool ended, struct hc_err *e)
{
    bool dashes = hc_bytes_starts(kept_line(t), HC_PEM_DASHES);
    struct hc_rc rc = HC_OK;

    if (t->state == HC_CRL_TEXT_OUTSIDE)
        rc = end_line_outside(t, ended, e);
    else if (t->state == HC_CRL_TEXT_FOREIGN)
        rc = dashes ? end_block(t, hc_bytes_of(t->label, t->n_label), e) : HC_OK;
    else if (dashes)
        rc = end_block(t, hc_bytes_str(HC_PEM_CRL), e);
    else if (kept_line(t).n == 0 || t->line[0] == '-')
        rc = unclean("not clean base64", e);
    t->n_line = 0;
    t->blank = false;
    return rc;
}

/* One character within a line. */
static struct hc_rc take(struct hc_crl_text *t, uint8_t c, struct hc_err *e)
{
    if (t->n_line < HC_CRL_TEXT_LINE)
        t->line[t->n_line] = c;
    t->n_line += t->n_line <= HC_CRL_TEXT_LINE;
    if (t->state != HC_CRL_TEXT_BLOCK || t->line[0] == '-')
        return HC_OK;
    if (memchr(" \t\r", c, 3)) {
        t->blank = true;
        return HC_OK;
    }
    return t->blank ? unclean("not clean base64", e) : decode(t, c, e);
}

static struct hc_rc feed_text(struct hc_crl_text *t, struct hc_bytes piece, struct hc_err *e)
{
    for (size_t i = 0; i < piece.n; i++)
        HC_TRY(e, piece.p[i] == '\n' ? end_line(t, true, e) : take(t, piece.p[i], e));
    return HC_OK;
}

/* ---- the whole ---- */

static struct hc_rc feed_known(struct hc_crl_text *t, struct hc_bytes piece, struct hc_err *e)
{
    if (t->state == HC_CRL_TEXT_DER)
        return piece.n > 0 ? t->out(t->ctx, piece, e) : HC_OK;
    return feed_text(t, piece, e);
}

/* A CRL has more than 127 bytes, so its second byte is 81 or more; in text it is not. */
struct hc_rc hc_crl_text_feed(struct hc_crl_text *t, struct hc_bytes piece, struct hc_err *e)
{
    if (t->state == HC_CRL_TEXT_BEGIN && piece.n > 0) {
        if (t->n_first == 0 && piece.n == 1) {
            t->first = piece.p[0];
            t->n_first = 1;
            return HC_OK;
        }
        uint8_t first = t->n_first ? t->first : piece.p[0];
        uint8_t second = piece.p[1 - t->n_first];

        t->state = first == HC_DER_SEQUENCE && second >= 0x80 ? HC_CRL_TEXT_DER : HC_CRL_TEXT_OUTSIDE;
        HC_TRY(e, feed_known(t, hc_bytes_of(&t->first, t->n_first), e));
    }
    return feed_known(t, piece, e);
}

struct hc_rc hc_crl_text_end(struct hc_crl_text *t, struct hc_err *e)
{
    if (t->state == HC_CRL_TEXT_DER)
        return HC_OK;
    if (t->n_line > 0)
        HC_TRY(e, end_line(t, false, e));
    if (t->state == HC_CRL_TEXT_BLOCK || t->state == HC_CRL_TEXT_FOREIGN)
        return HC_FAIL(e, HC_E_PEM, "a block is cut off: its END line is missing");
    if (!t->found)
        return HC_FAIL(e, HC_E_PEM, "there is no CRL in it (neither DER nor a line '-----BEGIN X509 CRL-----')");
    return HC_OK;
}
