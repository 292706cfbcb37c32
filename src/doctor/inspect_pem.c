/*
 * inspect_pem.c - finds the blocks of PEM text, also where the text is broken, and says where. What is in a block is
 * decoded by the strict reader (pki/pem.h); only private keys go to libcrypto as they are, with their old headers.
 */
#include "doctor/inspect_inside.h"
#include "pki/pem.h"

#define BEGIN HC_BYTES("-----BEGIN ")
#define END HC_BYTES("-----END ")
#define DASHES HC_BYTES("-----")

/* Text that is read line by line. */
struct lines {
    struct hc_bytes rest;
    size_t line; /* of the one that was read last */
};

static struct hc_bytes next_line(struct lines *l)
{
    struct hc_bytes line = hc_bytes_next_line(&l->rest);
    l->line++;
    while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    return line;
}

/* Is it "-----BEGIN LABEL-----"? */
static bool boundary(struct hc_bytes line, struct hc_bytes prefix, struct hc_bytes *label)
{
    if (!hc_bytes_starts(line, prefix) || !hc_bytes_ends(line, DASHES) || line.n < prefix.n + DASHES.n)
        return false;
    *label = hc_bytes_head(hc_bytes_skip(line, prefix.n), line.n - prefix.n - DASHES.n);
    return label->n <= HC_PEM_LABEL_MAX;
}

struct block {
    struct hc_bytes text; /* with both boundaries */
    struct hc_bytes label;
    size_t last_line; /* that belongs to it */
    bool whole;
};

/* From a BEGIN line, whose text begins at `from`, to its END line, or to where something else comes. */
static struct block read_block(struct lines *l, struct hc_bytes from, struct hc_bytes label)
{
    struct block b = {.label = label};
    struct hc_bytes other;
    while (l->rest.n > 0) {
        struct lines before = *l;
        struct hc_bytes line = next_line(l);
        if (boundary(line, END, &other) && hc_bytes_eq(label, other)) {
            b.whole = true;
            b.text = hc_bytes_head(from, from.n - l->rest.n);
            break;
        }
        if (hc_bytes_starts(line, DASHES)) { /* another block begins, or another one ends here */
            *l = before;
            break;
        }
    }
    b.last_line = l->line;
    return b;
}

/* ---- what is in a block ---- */

/* As openssl encrypted keys before PKCS #8 was common [RFC 1421]: one round, whoever wrote it. */
static bool is_sealed(const struct block *b)
{
    struct hc_bytes rest = b->text;
    while (rest.n > 0)
        if (hc_bytes_starts(hc_bytes_next_line(&rest), HC_BYTES("Proc-Type: 4,ENCRYPTED")))
            return true;
    return false;
}

static struct hc_rc refuse(struct hc_inspect_place *at, enum hc_code code, const char *text, struct hc_err *e)
{
    struct hc_err why;
    hc_ignore(HC_FAIL(&why, code, "%s", text));
    return hc_inspection_problem(at, &why, e);
}

/* OpenSSL's own: a certificate, and behind it what its owner trusts it for. */
static struct hc_bytes without_trust(struct hc_bytes der)
{
    size_t n = der.n > 4 && der.p[0] == 0x30 && der.p[1] == 0x82 ? 4 + ((size_t)der.p[2] << 8 | der.p[3]) : der.n;
    return hc_bytes_head(der, n);
}

static bool is_private_label(struct hc_bytes label)
{
    return hc_bytes_eq_str(label, "PRIVATE KEY") || hc_bytes_eq_str(label, "RSA PRIVATE KEY") ||
           hc_bytes_eq_str(label, "EC PRIVATE KEY");
}

/* Which contents a label promises; UNKNOWN for one that promises nothing. */
static enum hc_inspect_shape promised(struct hc_bytes label)
{
    static const struct {
        const char *label;
        enum hc_inspect_shape shape;
    } TABLE[] = {
        {"CERTIFICATE", HC_INSPECT_SHAPE_CERTIFICATE},
        {"X509 CERTIFICATE", HC_INSPECT_SHAPE_CERTIFICATE},
        {"TRUSTED CERTIFICATE", HC_INSPECT_SHAPE_CERTIFICATE},
        {"CERTIFICATE REQUEST", HC_INSPECT_SHAPE_REQUEST},
        {"NEW CERTIFICATE REQUEST", HC_INSPECT_SHAPE_REQUEST},
        {"X509 CRL", HC_INSPECT_SHAPE_CRL},
        {"OCSP RESPONSE", HC_INSPECT_SHAPE_OCSP},
        {"ENCRYPTED PRIVATE KEY", HC_INSPECT_SHAPE_PKCS8_SEALED},
        {"PUBLIC KEY", HC_INSPECT_SHAPE_SPKI},
        {"RSA PUBLIC KEY", HC_INSPECT_SHAPE_PKCS1_PUBLIC},
        {"PKCS7", HC_INSPECT_SHAPE_P7},
        {"CMS", HC_INSPECT_SHAPE_P7},
        {"PKCS12", HC_INSPECT_SHAPE_P12},
        {"EC PARAMETERS", HC_INSPECT_SHAPE_PARAMETERS},
        {"DH PARAMETERS", HC_INSPECT_SHAPE_PARAMETERS},
        {"X9.42 DH PARAMETERS", HC_INSPECT_SHAPE_PARAMETERS},
        {"DSA PARAMETERS", HC_INSPECT_SHAPE_PARAMETERS},
    };
    for (size_t i = 0; i < HC_COUNT(TABLE); i++)
        if (hc_bytes_eq_str(label, TABLE[i].label))
            return TABLE[i].shape;
    return HC_INSPECT_SHAPE_UNKNOWN;
}

static struct hc_rc read_contents(struct hc_inspect_place *at, const struct block *b, struct hc_bytes der,
                                  struct hc_err *e)
{
    enum hc_inspect_shape want = promised(b->label), is = hc_inspect_kind_of(der);
    if (want == HC_INSPECT_SHAPE_PARAMETERS)
        return hc_inspection_note(at, e, "block %zu, line %zu: %s, which are not looked at: nothing depends on them",
                                  at->block, at->line, at->label);
    if (want != HC_INSPECT_SHAPE_UNKNOWN && is != HC_INSPECT_SHAPE_UNKNOWN && want != is)
        HC_TRY(e, hc_inspection_note(at, e, "block %zu, line %zu: it is called %s and is %s", at->block, at->line,
                                     at->label, hc_inspect_kind_text(is)));
    return hc_inspect_read_element(at, der, e);
}

static struct hc_rc read_whole(struct hc_inspect_place *at, const struct block *b, struct hc_err *e)
{
    HC_BUF_SECRET(der, HC_INSPECT_FILE); /* a key may be under the wrong label */
    struct hc_bytes text = b->text;
    const char *foreign = hc_inspect_kind_foreign_label(b->label);
    struct hc_err why;
    bool found = false;
    if (foreign)
        return refuse(at, HC_E_INSPECT_UNKNOWN, foreign, e);
    if (is_private_label(b->label))
        return hc_inspect_read_key(at, b->text, is_sealed(b), e);
    if (hc_failed(hc_pem_next(&text, at->label, &der, &found, &why)))
        return hc_inspection_problem(at, &why, e);
    if (!found)
        return refuse(at, HC_E_PEM, "the block cannot be read", e);
    if (promised(b->label) == HC_INSPECT_SHAPE_UNKNOWN &&
        hc_inspect_kind_of(hc_buf_view(&der)) == HC_INSPECT_SHAPE_UNKNOWN)
        return refuse(at, HC_E_INSPECT_UNKNOWN, "a block of this name is not known here", e);
    return read_contents(
        at, b, hc_bytes_eq_str(b->label, "TRUSTED CERTIFICATE") ? without_trust(hc_buf_view(&der)) : hc_buf_view(&der),
        e);
}

static struct hc_rc refuse_cut(struct hc_inspect_place *at, const struct block *b, struct hc_err *e)
{
    struct hc_err why;
    hc_ignore(
        HC_FAIL(&why, HC_E_PEM, "it has no END line: the file is cut off after line %zu, or was edited", b->last_line));
    return hc_inspection_problem(at, &why, e);
}

static struct hc_rc take_block(struct hc_inspect_place *at, const struct block *b, struct hc_err *e)
{
    char label[HC_PEM_LABEL_MAX + 1];
    memcpy(label, b->label.p, b->label.n);
    label[b->label.n] = '\0';
    at->label = label;
    at->block++;
    struct hc_rc rc = b->whole ? read_whole(at, b, e) : refuse_cut(at, b, e);
    at->label = NULL;
    at->line = 0;
    return rc;
}

static struct hc_rc refuse_line(struct hc_inspect_place *at, size_t line, struct hc_err *e)
{
    struct hc_err why;
    hc_ignore(HC_FAIL(&why, HC_E_PEM, "line %zu: an END line without its BEGIN line: the beginning is missing", line));
    return hc_inspection_problem(at, &why, e);
}

struct hc_rc hc_inspect_pem_read(struct hc_inspect_place *at, struct hc_bytes text, size_t *n, struct hc_err *e)
{
    struct lines l = {.rest = text};
    size_t found = 0;
    while (l.rest.n > 0) {
        struct hc_bytes from = l.rest, label, line = next_line(&l);
        if (boundary(line, END, &label)) {
            found++;
            HC_TRY(e, refuse_line(at, l.line, e));
        }
        if (!boundary(line, BEGIN, &label))
            continue;
        found++;
        at->in->file[at->file].form = HC_INSPECT_FORM_PEM;
        at->line = l.line;
        struct block b = read_block(&l, from, label);
        HC_TRY(e, take_block(at, &b, e));
    }
    *n = found;
    return HC_OK;
}
