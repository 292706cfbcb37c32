/* inspect.c - collects what is in files, and remembers what could not be read. */
#include "doctor/inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/key.h"
#include "doctor/inspect_inside.h"

struct hc_rc hc_inspection_new(const struct hc_crypto *c, int64_t now, struct hc_inspection **out, struct hc_err *e)
{
    HC_AUTO(hc_inspection) in = calloc(1, sizeof *in);
    if (!in || !(in->file = calloc(HC_INSPECT_FILES, sizeof *in->file)) ||
        !(in->item = calloc(HC_INSPECT_ITEMS, sizeof *in->item)) ||
        !(in->note = calloc(HC_INSPECT_NOTES, sizeof *in->note)))
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to look into files");
    in->c = c;
    in->now = now;
    *out = HC_GIVE(in);
    return HC_OK;
}

static void item_free(struct hc_inspect_item *item)
{
    hc_buf_fini(&item->name);
    hc_buf_fini(&item->der);
    hc_buf_fini(&item->spki);
    hc_cert_free(item->cert);
    hc_csr_free(item->csr);
    hc_crl_free(item->crl);
    hc_ocsp_free(item->ocsp);
    free(item);
}

void hc_inspection_free(struct hc_inspection *in)
{
    if (!in)
        return;
    for (size_t i = 0; i < in->n_items; i++)
        item_free(in->item[i]);
    for (size_t i = 0; i < in->n_files; i++)
        free(in->file[i].label);
    for (size_t i = 0; i < in->n_notes; i++)
        free(in->note[i]);
    free(in->item);
    free(in->file);
    free(in->note);
    free(in);
}

/* ---- adding ---- */

struct hc_rc hc_inspection_item(struct hc_inspect_place *at, enum hc_inspect_kind kind, struct hc_inspect_item **out,
                                struct hc_err *e)
{
    struct hc_inspection *in = at->in;
    struct hc_inspect_item *item;
    if (in->n_items == HC_INSPECT_ITEMS)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d things in all files; what comes after is not told",
                       HC_INSPECT_ITEMS);
    item = calloc(1, sizeof *item);
    if (!item)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to look into files");
    item->kind = kind;
    item->file = at->file;
    item->number = ++in->file[at->file].n_items;
    item->line = at->line;
    item->der = HC_BUF(HC_INSPECT_FILE);
    item->spki = HC_BUF(2 * HC_CERT_MAX);
    item->name = HC_BUF(HC_INSPECT_NAME);
    in->item[in->n_items++] = item;
    hc_buf_add(&item->name, hc_bytes_head(at->name, HC_INSPECT_NAME));
    HC_TRY(e, hc_buf_check(&item->name, e));
    *out = item;
    return HC_OK;
}

static struct hc_rc add_note(struct hc_inspect_place *at, const struct hc_err *about, struct hc_err *e)
{
    struct hc_inspection *in = at->in;
    if (in->n_notes == HC_INSPECT_NOTES) {
        in->lost_notes++;
        return HC_OK;
    }
    struct hc_inspect_note *note = malloc(sizeof *note);
    if (!note)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to look into files");
    *note = (struct hc_inspect_note){.file = at->file, .about = *about};
    in->note[in->n_notes++] = note;
    return HC_OK;
}

struct hc_rc hc_inspection_problem(struct hc_inspect_place *at, struct hc_err *what, struct hc_err *e)
{
    if (what->code == HC_E_NOMEM) {
        *e = *what;
        return (struct hc_rc){e->code};
    }
    if (at->label)
        hc_err_prefix(what, "block %zu (%s, line %zu)", at->block, at->label, at->line);
    if (at->first.code == HC_OK_CODE)
        at->first = *what;
    return add_note(at, what, e);
}

struct hc_rc hc_inspection_note(struct hc_inspect_place *at, struct hc_err *e, const char *fmt, ...)
{
    struct hc_err about = {.code = HC_OK_CODE};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(about.text, sizeof about.text, fmt, ap);
    va_end(ap);
    return add_note(at, &about, e);
}

/* ---- files ---- */

/* 0x80 as the first byte of a length: its end is marked, not counted. Written by old programs around PKCS #7 and #12. */
#define INDEFINITE 0x80

/* How long the element at the beginning says that it is; 0: not even that can be read. */
static size_t claimed(struct hc_bytes in)
{
    size_t n = 0;
    if (in.n < 2 || in.p[1] < 0x80)
        return in.n < 2 ? 0 : 2 + (size_t)in.p[1];
    size_t octets = in.p[1] & 0x7f;
    if (octets > 4 || in.n < 2 + octets)
        return 0;
    for (size_t i = 0; i < octets; i++)
        n = n << 8 | in.p[2 + i];
    return n + 2 + octets;
}

static bool is_blank(struct hc_bytes in)
{
    for (size_t i = 0; i < in.n; i++)
        if (in.p[i] != 0 && in.p[i] != ' ' && in.p[i] != '\n' && in.p[i] != '\r' && in.p[i] != '\t')
            return false;
    return true;
}

static struct hc_rc cut_off(struct hc_inspect_place *at, struct hc_bytes all, struct hc_bytes rest, struct hc_err *e)
{
    struct hc_err why;
    size_t begins = all.n - rest.n, n = claimed(rest);
    if (n == 0)
        hc_ignore(HC_FAIL(&why, HC_E_DER,
                          "it is cut off, or no DER: it ends after %zu bytes, in the middle of a length", all.n));
    else
        hc_ignore(HC_FAIL(&why, HC_E_DER,
                          "it is cut off: what begins at byte %zu says that it has %zu bytes, and the file ends after "
                          "%zu of them",
                          begins, n, rest.n));
    return hc_inspection_problem(at, &why, e);
}

/* One element after the other: some programs write several certificates so. */
static struct hc_rc add_der(struct hc_inspect_place *at, struct hc_bytes all, struct hc_err *e)
{
    struct hc_bytes rest = all;
    at->in->file[at->file].form = HC_INSPECT_FORM_DER;
    if (all.n > 1 && all.p[1] == INDEFINITE)
        return hc_inspect_read_element(at, all, e);
    do {
        size_t n = claimed(rest);
        if (n == 0 || n > rest.n)
            return cut_off(at, all, rest, e);
        HC_TRY(e, hc_inspect_read_element(at, hc_bytes_head(rest, n), e));
        rest = hc_bytes_skip(rest, n);
    } while (rest.n > 0 && rest.p[0] == 0x30);
    if (rest.n == 0 || (rest.n < 64 && is_blank(rest)))
        return HC_OK;
    return hc_inspection_note(at, e, "%zu bytes follow after the end, which belong to nothing", rest.n);
}

static struct hc_rc add_unknown(struct hc_inspect_place *at, struct hc_bytes contents, struct hc_err *e)
{
    struct hc_err why;
    hc_ignore(HC_FAIL(&why, HC_E_INSPECT_UNKNOWN, "%s", hc_inspect_kind_foreign(contents)));
    return hc_inspection_problem(at, &why, e);
}

static struct hc_rc add_text(struct hc_inspect_place *at, struct hc_bytes text, struct hc_err *e)
{
    size_t blocks = 0;
    if (hc_bytes_starts(text, HC_BYTES("\xef\xbb\xbf"))) /* a byte order mark, as editors of Windows write it */
        text = hc_bytes_skip(text, 3);
    struct hc_bytes first = text;
    while (first.n > 0 && is_blank(hc_bytes_head(first, 1)))
        first = hc_bytes_skip(first, 1);
    if (first.n > 0 && (first.p[0] == '{' || first.p[0] == '['))
        return hc_inspect_boxes_jwks(at, text, e);
    HC_TRY(e, hc_inspect_pem_read(at, text, &blocks, e));
    return blocks > 0 ? HC_OK : add_unknown(at, text, e);
}

static struct hc_rc add_contents(struct hc_inspect_place *at, struct hc_bytes contents, struct hc_err *e)
{
    struct hc_err why;
    if (contents.n > HC_INSPECT_FILE) {
        hc_ignore(HC_FAIL(&why, HC_E_TOO_BIG, "%zu bytes; %u is the most", contents.n, HC_INSPECT_FILE));
        return hc_inspection_problem(at, &why, e);
    }
    if (is_blank(contents))
        return add_unknown(at, contents, e);
    /* No text begins with "0" and a byte above 127, or with an INTEGER or SEQUENCE behind a short length; DER of
     * parameters may be shorter. */
    if (contents.p[0] == 0x30 &&
        (contents.n < 3 || contents.p[1] >= 0x80 || contents.p[2] < 0x20 || contents.p[2] == 0x30))
        return add_der(at, contents, e);
    return add_text(at, contents, e);
}

static struct hc_rc begin_file(struct hc_inspection *in, const char *label, struct hc_inspect_place *at,
                               struct hc_err *e)
{
    char *copy;
    if (in->n_files == HC_INSPECT_FILES)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s: more than %d files", label, HC_INSPECT_FILES);
    copy = malloc(strlen(label) + 1);
    if (!copy)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to look into files");
    memcpy(copy, label, strlen(label) + 1);
    *at = (struct hc_inspect_place){.in = in, .file = in->n_files};
    in->file[in->n_files++] = (struct hc_inspect_file){.label = copy};
    return HC_OK;
}

struct hc_rc hc_inspection_add(struct hc_inspection *in, const char *label, struct hc_bytes contents,
                               const struct hc_secret *passphrase, struct hc_err *e)
{
    struct hc_inspect_place at;
    HC_TRY(e, begin_file(in, label, &at, e));
    at.passphrase = passphrase;
    struct hc_rc rc = add_contents(&at, contents, e);
    if (rc.code == HC_E_TOO_BIG) { /* of things: the file is told as far as it was read */
        at.label = NULL;
        at.first = (struct hc_err){.code = HC_OK_CODE};
        struct hc_err why = *e;
        HC_TRY(e, hc_inspection_problem(&at, &why, e));
    } else if (hc_failed(rc)) {
        return rc;
    }
    if (at.first.code == HC_OK_CODE)
        return HC_OK;
    *e = at.first;
    hc_err_prefix(e, "%s", label);
    return (struct hc_rc){e->code};
}

struct hc_rc hc_inspection_refuse(struct hc_inspection *in, const char *label, const struct hc_err *why,
                                  struct hc_err *e)
{
    struct hc_inspect_place at;
    struct hc_err copy = *why;
    HC_TRY(e, begin_file(in, label, &at, e));
    return hc_inspection_problem(&at, &copy, e);
}

/* ---- asking ---- */

size_t hc_inspection_count(const struct hc_inspection *in)
{
    return in->n_items;
}

bool hc_inspection_is_bare(const struct hc_inspection *in, size_t at)
{
    return in->item[at]->kind == HC_INSPECT_PRIVATE_KEY && in->item[at]->bare;
}

struct hc_bytes hc_inspect_item_spki(const struct hc_inspect_item *item)
{
    if (item->cert)
        return item->cert->spki;
    if (item->csr)
        return item->csr->spki;
    return item->spki.n > 0 ? hc_buf_view(&item->spki) : item->facts.spki;
}
