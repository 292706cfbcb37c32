/* inspect_out.c - what was found, on paper: each file with its things, then what belongs together; text and JSON. */
#include "base/escape.h"
#include "base/text.h"
#include "doctor/inspect_inside.h"
#include "pki/lint.h"

#define SENTENCE_MAX (16 * 1024)
#define INDENT 5
#define FINDINGS_SHOWN 12 /* of one certificate, in text */

/* The certificate's issuers among these files, as the lint wants them: a chain of its own above it. */
static void lint(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t at,
                 struct hc_lint_report *out)
{
    const struct hc_cert *above[HC_INSPECT_CHAIN];
    size_t chain[HC_INSPECT_CHAIN], n = hc_inspect_links_chain(in, links, at, chain);
    for (size_t i = 1; i < n; i++)
        above[i - 1] = in->item[chain[i]]->cert;
    struct hc_lint_rules rules = {.issuers = above, .n_issuers = n - 1};
    hc_lint_cert(&rules, in->item[at]->cert, out);
}

static const char *level_text(enum hc_lint_level level)
{
    return level == HC_LINT_ERROR ? "error" : level == HC_LINT_WARNING ? "warning" : "note";
}

static const char *form_text(enum hc_inspect_form form)
{
    static const char *const TEXT[] = {
        [HC_INSPECT_FORM_UNKNOWN] = "unknown", [HC_INSPECT_FORM_PEM] = "PEM",    [HC_INSPECT_FORM_DER] = "DER",
        [HC_INSPECT_FORM_P12] = "PKCS #12",    [HC_INSPECT_FORM_P7] = "PKCS #7", [HC_INSPECT_FORM_JWKS] = "JSON",
    };
    return TEXT[form];
}

/* What to do about it, where the sentence itself does not say it; "" then. */
static const char *fix_of(enum hc_code code)
{
    switch (code) {
    case HC_OK_CODE:
    case HC_E_INSPECT_UNKNOWN:
    case HC_E_P12:
    case HC_E_KEY_FORMAT:
        return "";
    case HC_E_PASSPHRASE_NEEDED:
        return "Use --passphrase-file FILE or --passphrase-fd N.";
    default:
        return hc_row(code)->fix;
    }
}

/* ---- text ---- */

static void text_lint(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t at,
                      struct hc_buf *out)
{
    struct hc_lint_report report;
    size_t shown = 0;
    lint(in, links, at, &report);
    for (; shown < report.n && shown < FINDINGS_SHOWN; shown++) {
        const struct hc_lint_finding *f = &report.finding[shown];
        HC_BUF_AUTO(line, SENTENCE_MAX);
        hc_buf_addf(&line, "%s %s (%s): ", level_text(f->rule->level), f->rule->id, f->rule->clause);
        hc_escape_text(&line, hc_bytes_str(f->text));
        hc_buf_fail(out, line.failed);
        hc_buf_addf(out, "%*slint: ", INDENT, "");
        hc_text_wrap(out, INDENT + 6, INDENT + 6, hc_buf_view(&line));
    }
    if (report.n + report.lost > shown)
        hc_buf_addf(out, "%*slint: and %zu more\n", INDENT, "", report.n + report.lost - shown);
}

static void text_item(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t at,
                      struct hc_buf *out)
{
    const struct hc_inspect_item *item = in->item[at];
    struct hc_inspect_sink sink = {.out = out};
    HC_BUF_AUTO(words, SENTENCE_MAX);
    hc_inspect_words_item(in, item, &words);
    hc_buf_fail(out, words.failed);
    hc_buf_addf(out, "%3zu. ", item->number);
    hc_text_wrap(out, INDENT, INDENT, hc_buf_view(&words));
    hc_inspect_fields_item(in, item, &sink);
    if (item->cert)
        text_lint(in, links, at, out);
}

static void text_note(const struct hc_inspect_note *note, struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(line, SENTENCE_MAX);
    if (note->about.code != HC_OK_CODE)
        hc_buf_addf(&line, "%s: ", hc_id_text(note->about.code, id));
    hc_escape_text(&line, hc_bytes_str(note->about.text));
    hc_buf_add_str(&line, ".");
    if (*fix_of(note->about.code))
        hc_buf_addf(&line, " %s", fix_of(note->about.code));
    hc_buf_fail(out, line.failed);
    hc_buf_add_str(out, "  !  ");
    hc_text_wrap(out, INDENT, INDENT, hc_buf_view(&line));
}

static void text_file(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t file,
                      struct hc_buf *out)
{
    hc_buf_add_str(out, file > 0 ? "\n" : "");
    hc_escape_text(out, hc_bytes_str(in->file[file].label));
    hc_buf_addf(out, in->file[file].form != HC_INSPECT_FORM_UNKNOWN ? " (%s)\n" : "\n", form_text(in->file[file].form));
    for (size_t i = 0; i < in->n_items; i++)
        if (in->item[i]->file == file)
            text_item(in, links, i, out);
    for (size_t i = 0; i < in->n_notes; i++)
        if (in->note[i]->file == file)
            text_note(in->note[i], out);
}

/* Two headings: what belongs together, and then what to look at. */
struct telling {
    struct hc_buf *out;
    struct hc_buf trouble; /* until the others are told */
    bool begun;
};

static void text_tie(void *ctx, const struct hc_inspect_tie *tie)
{
    struct telling *t = ctx;
    struct hc_buf *out = tie->trouble ? &t->trouble : t->out;
    if (!tie->trouble && !t->begun)
        hc_buf_add_str(out, "\nWhat belongs together:\n");
    t->begun |= !tie->trouble;
    hc_buf_add_str(out, "  -  ");
    hc_text_wrap(out, INDENT, INDENT, hc_bytes_str(tie->text));
}

void hc_inspection_text(const struct hc_inspection *in, struct hc_buf *out)
{
    struct hc_inspect_links links;
    struct telling telling = {.out = out, .trouble = HC_BUF(out->max)};
    struct hc_inspect_ties ties = {
        .in = in, .links = &links, .tell = text_tie, .ctx = &telling, .text = HC_BUF(SENTENCE_MAX)};
    hc_inspect_links_find(in, &links);
    for (size_t i = 0; i < in->n_files; i++)
        text_file(in, &links, i, out);
    if (in->lost_notes > 0)
        hc_buf_addf(out, "\nand %zu more that could not be read\n", in->lost_notes);
    hc_inspect_match_all(&ties);
    if (telling.trouble.n > 0)
        hc_buf_add_str(out, "\nLook at this:\n");
    hc_buf_add(out, hc_buf_view(&telling.trouble));
    hc_buf_fail(out, telling.trouble.failed);
    hc_buf_fail(out, ties.failed);
    hc_buf_fini(&telling.trouble);
    hc_buf_fini(&ties.text);
}

/* ---- JSON ---- */

static void json_lint(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t at,
                      struct hc_json *j)
{
    struct hc_lint_report report;
    lint(in, links, at, &report);
    hc_json_begin(j, "lint", '[');
    for (size_t i = 0; i < report.n; i++) {
        const struct hc_lint_rule_row *rule = report.finding[i].rule;
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "level", level_text(rule->level));
        hc_json_str(j, "id", rule->id);
        hc_json_str(j, "clause", rule->clause);
        hc_json_str(j, "text", report.finding[i].text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

static const char *kind_text(enum hc_inspect_kind kind)
{
    static const char *const TEXT[] = {
        [HC_INSPECT_CERTIFICATE] = "certificate",
        [HC_INSPECT_REQUEST] = "request",
        [HC_INSPECT_CRL] = "crl",
        [HC_INSPECT_OCSP] = "ocsp",
        [HC_INSPECT_PRIVATE_KEY] = "private-key",
        [HC_INSPECT_PUBLIC_KEY] = "public-key",
    };
    return TEXT[kind];
}

static void json_item(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t at,
                      struct hc_json *j)
{
    const struct hc_inspect_item *item = in->item[at];
    struct hc_inspect_sink sink = {.out = j->out, .json = j};
    HC_BUF_AUTO(words, SENTENCE_MAX);
    hc_inspect_words_item(in, item, &words);
    hc_buf_fail(j->out, words.failed);
    hc_json_begin(j, NULL, '{');
    hc_json_int(j, "item", (int64_t)at);
    hc_json_int(j, "number", (int64_t)item->number);
    hc_json_str(j, "kind", kind_text(item->kind));
    hc_json_bytes(j, "words", hc_buf_view(&words));
    if (item->kind == HC_INSPECT_PRIVATE_KEY)
        hc_json_bool(j, "encrypted", !item->bare);
    hc_inspect_fields_item(in, item, &sink);
    if (item->cert)
        json_lint(in, links, at, j);
    hc_json_end(j, '}');
}

static void json_note(const struct hc_inspect_note *note, struct hc_json *j)
{
    char id[HC_ID_TEXT];
    enum hc_code code = note->about.code;
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "code", code == HC_OK_CODE ? NULL : hc_id_text(code, id));
    hc_json_str(j, "text", note->about.text);
    if (*fix_of(code))
        hc_json_str(j, "fix", fix_of(code));
    hc_json_end(j, '}');
}

static void json_file(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t file,
                      struct hc_json *j)
{
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "file", in->file[file].label);
    hc_json_str(j, "form", form_text(in->file[file].form));
    hc_json_begin(j, "items", '[');
    for (size_t i = 0; i < in->n_items; i++)
        if (in->item[i]->file == file)
            json_item(in, links, i, j);
    hc_json_end(j, ']');
    hc_json_begin(j, "notes", '[');
    for (size_t i = 0; i < in->n_notes; i++)
        if (in->note[i]->file == file)
            json_note(in->note[i], j);
    hc_json_end(j, ']');
    hc_json_end(j, '}');
}

static void json_tie(void *ctx, const struct hc_inspect_tie *tie)
{
    struct hc_json *j = ctx;
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "kind", tie->kind);
    hc_json_bool(j, "trouble", tie->trouble);
    hc_json_int(j, "item", (int64_t)tie->a);
    if (tie->b != HC_INSPECT_NONE)
        hc_json_int(j, "other", (int64_t)tie->b);
    hc_json_str(j, "text", tie->text);
    hc_json_end(j, '}');
}

void hc_inspection_json(const struct hc_inspection *in, struct hc_buf *out)
{
    struct hc_inspect_links links;
    struct hc_json j = hc_json_init(out);
    struct hc_inspect_ties ties = {
        .in = in, .links = &links, .tell = json_tie, .ctx = &j, .text = HC_BUF(SENTENCE_MAX)};
    hc_inspect_links_find(in, &links);
    hc_json_begin(&j, NULL, '{');
    hc_json_time(&j, "at", in->now);
    hc_json_begin(&j, "files", '[');
    for (size_t i = 0; i < in->n_files; i++)
        json_file(in, &links, i, &j);
    hc_json_end(&j, ']');
    hc_json_begin(&j, "together", '[');
    hc_inspect_match_all(&ties);
    hc_json_end(&j, ']');
    hc_json_end(&j, '}');
    hc_buf_fail(out, ties.failed);
    hc_buf_fini(&ties.text);
}
