/* cmd_export.c - handclasp export: an identity's key and certificates as a file for a phone, a laptop, a browser,
 * Java. */
#include <stdio.h>
#include <unistd.h>

#include "authority/export.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/names.h"
#include "cmd/out.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"for", "PLATFORM", "what is to open it (modern)", false},
    {"as", "LABEL", "the further certificate of that label", false},
    {"out", "FILE", "where to write it (NAME.p12)", false},
    {"p12-passphrase-file", "FILE", "its passphrase (else one is made)", false},
    {"p12-passphrase-fd", "N", "the same from an open descriptor", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

#define P12 ".p12"
#define PROFILE ".mobileconfig"

struct files {
    char p12[HC_PATH];
    char profile[HC_PATH]; /* "" unless the platform takes one */
};

/* ---- where to ---- */

static struct hc_bytes without_suffix(const char *path)
{
    struct hc_bytes b = hc_bytes_str(path);
    if (hc_bytes_ends(b, HC_BYTES(P12)))
        return hc_bytes_head(b, b.n - strlen(P12));
    if (hc_bytes_ends(b, HC_BYTES(PROFILE)))
        return hc_bytes_head(b, b.n - strlen(PROFILE));
    return b;
}

static struct hc_rc put_path(struct hc_bytes stem, const char *suffix, char out[HC_PATH], struct hc_err *e)
{
    if (stem.n + strlen(suffix) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of the file is longer than %d bytes", HC_PATH - 1);
    memcpy(out, stem.p, stem.n);
    strcpy(out + stem.n, suffix);
    return HC_OK;
}

/* One file may be called anything; of two the suffix tells which is which. */
static struct hc_rc said_files(const char *path, bool two, struct files *out, struct hc_err *e)
{
    if (!*path)
        return HC_FAIL(e, HC_E_USAGE, "--out is empty");
    if (!two)
        return put_path(hc_bytes_str(path), "", out->p12, e);
    HC_TRY(e, put_path(without_suffix(path), P12, out->p12, e));
    return put_path(without_suffix(path), PROFILE, out->profile, e);
}

static struct hc_rc usual_files(const struct hc_export_request *r, bool two, struct files *out, struct hc_err *e)
{
    HC_BUF_AUTO(stem, 2 * HC_NAME_DIRNAME_MAX);
    HC_TRY(e, hc_name_dirname(r->name, &stem, e));
    if (r->label) {
        hc_buf_add_str(&stem, "~");
        hc_escape_dirname(&stem, hc_bytes_str(r->label));
    }
    HC_TRY(e, hc_buf_check(&stem, e));
    HC_TRY(e, put_path(hc_buf_view(&stem), P12, out->p12, e));
    return two ? put_path(hc_buf_view(&stem), PROFILE, out->profile, e) : HC_OK;
}

static struct hc_rc find_files(const struct hc_opts *opts, const struct hc_export_request *r, struct files *out,
                               struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "out");
    bool two = hc_p12_row(r->kind)->profile;
    HC_TRY(e, said ? said_files(said, two, out, e) : usual_files(r, two, out, e));
    const char *paths[] = {out->p12, out->profile};
    for (size_t i = 0; i < HC_COUNT(paths); i++)
        if (paths[i][0] && hc_file_exists(paths[i]))
            return HC_FAIL(e, HC_E_FILE_EXISTS,
                           "%s is there already and is not overwritten; remove it, or give another "
                           "name: --out FILE",
                           paths[i]);
    return HC_OK;
}

/* Both or none. */
static struct hc_rc write_files(const struct files *f, const struct hc_exported *x, struct hc_err *e)
{
    HC_TRY(e, hc_file_create(f->p12, hc_buf_view(&x->p12), 0600, e));
    if (!f->profile[0])
        return HC_OK;
    struct hc_rc rc = hc_file_create(f->profile, hc_buf_view(&x->mobileconfig), 0600, e);
    if (hc_failed(rc))
        unlink(f->p12);
    return rc;
}

/* ---- what is printed ---- */

static void print_text(const struct hc_export_request *r, const struct files *f, const struct hc_exported *x,
                       struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(r->name, &text);
    hc_buf_addf(out, "Exported for %s ", hc_p12_row(r->kind)->word);
    hc_text_cell(out, hc_buf_view(&text), HC_NAME_TEXT_MAX, true);
    hc_buf_clear(&text);
    hc_text_when(&text, x->cert->not_after, hc_time_now());
    hc_text_field(out, "until", hc_buf_view(&text));
    hc_text_field(out, "p12", hc_bytes_str(f->p12));
    if (f->profile[0])
        hc_text_field(out, "profile", hc_bytes_str(f->profile));
    if (!x->made_passphrase)
        return;
    hc_text_field(out, "passphrase", hc_secret_view(x->made_passphrase));
    hc_buf_addf(out, "  %-12sit is shown this once; send it another way than the file\n", "");
}

static void print_json(const struct hc_export_request *r, const struct files *f, const struct hc_exported *x,
                       struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(serial, 64);
    struct hc_json j = hc_json_init(out);
    hc_name_text(r->name, &name);
    hc_serial_text(x->cert->serial, &serial);
    hc_json_begin(&j, NULL, '{');
    hc_json_bytes(&j, "identity", hc_buf_view(&name));
    hc_json_str(&j, "label", r->label);
    hc_json_bytes(&j, "serial", hc_buf_view(&serial));
    hc_json_time(&j, "not_after", x->cert->not_after);
    hc_json_str(&j, "for", hc_p12_row(r->kind)->word);
    hc_json_str(&j, "p12", f->p12);
    if (f->profile[0])
        hc_json_str(&j, "mobileconfig", f->profile);
    if (x->made_passphrase)
        hc_json_bytes(&j, "p12_passphrase", hc_secret_view(x->made_passphrase));
    hc_json_end(&j, '}');
}

static struct hc_rc export(struct hc_invocation *in, const struct hc_export_request *r, struct hc_err *e)
{
    HC_SESSION(s);
    HC_EXPORTED(x);
    HC_BUF_SECRET(out, HC_OUT_MAX);
    struct files files = {.profile = ""};
    HC_TRY(e, find_files(in->opts, r, &files, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, hc_authority_export(s.authority, r, &x, e));
    HC_TRY(e, write_files(&files, &x, e));
    if (hc_opts_flag(in->opts, "json"))
        print_json(r, &files, &x, &out);
    else
        print_text(r, &files, &x, &out);
    struct hc_rc rc = hc_out_flush(&out, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "%s is written, but this could not be printed%s", files.p12,
                      x.made_passphrase ? "; its passphrase is lost: remove it and export again" : "");
        return rc;
    }
    hc_session_warn(&s);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_secret) passphrase = NULL;
    struct hc_export_request r = {.kind = HC_P12_MODERN};
    HC_TRY(e, hc_session_name(hc_opts_arg(in->opts, 0), &name, e));
    HC_TRY(e, hc_names_label(in->opts, &r.label, e));
    HC_TRY(e, hc_names_for(in->opts, NULL, &r.kind, e));
    HC_TRY(e, hc_names_p12_passphrase(in->opts, &passphrase, e));
    r.name = name;
    r.passphrase = passphrase;
    return export(in, &r, e);
}

/* ---- the platforms, for --help ---- */

#define WORD_COLUMNS 12

/* Words of `text` in lines that fit, the first after WORD_COLUMNS, the others below it. */
static void put_wrapped(struct hc_buf *out, const char *text)
{
    size_t column = WORD_COLUMNS;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > WORD_COLUMNS && column + 1 + n > HC_TEXT_COLUMNS) {
            hc_buf_addf(out, "\n%*s", WORD_COLUMNS, "");
            column = WORD_COLUMNS;
        } else if (column > WORD_COLUMNS) {
            hc_buf_add_str(out, " ");
            column++;
        }
        hc_buf_add(out, hc_bytes_of(text, n));
        column += n;
        text += n + strspn(text + n, " ");
    }
    hc_buf_add_str(out, "\n");
}

static void put_platforms(struct hc_buf *out)
{
    const struct hc_p12_row *row;
    hc_buf_add_str(out, "\nPlatforms for --for:\n");
    for (size_t i = 0; (row = hc_p12_row_at(i)) != NULL; i++) {
        hc_buf_addf(out, "  %-*s", WORD_COLUMNS - 2, row->word);
        put_wrapped(out, row->means);
    }
}

const struct hc_command hc_cmd_export = {
    .name = "export",
    .summary = "write a .p12 for a phone, a laptop, a browser or Java",
    .usage = "NAME [OPTION]...",
    .about = "The file holds key, certificate and CAs of an identity whose key is here, and\n"
             "opens with a passphrase, which is made and printed unless one is given. It is\n"
             "written to the current directory and never over another file. For ios and\n"
             "macos a configuration profile (.mobileconfig) with the root is written too.\n",
    .more = put_platforms,
    .example = "  handclasp export alice@example.com --for ios\n"
               "  handclasp export shop.example.com --for java --out keystore.p12\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
