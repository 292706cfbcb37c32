/* cmd_lint.c - handclasp lint: which rules does a certificate break. */
#include <stdlib.h>

#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/lint_out.h"
#include "cmd/out.h"
#include "pki/pem.h"

/* Certificates of one file: more than a public root store has. */
#define CERTIFICATES_MAX 4096
/* CAs above one certificate, as in a chain that can be verified. */
#define ABOVE_MAX 8

static const struct hc_option OPTIONS[] = {
    {"issuer", "FILE", "the certificates above those in the files", false},
    {"rules", NULL, "list every rule, and judge nothing", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* One certificate of a file, or why it is none. */
struct entry {
    struct hc_cert *cert;
    struct hc_err why;
};

struct file {
    const char *path;
    struct entry *entry;
    size_t n, cap;
};

static void file_fini(struct file *f)
{
    for (size_t i = 0; i < f->n; i++)
        hc_cert_free(f->entry[i].cert);
    free(f->entry);
}

static struct hc_rc add(struct file *f, struct hc_bytes der, struct hc_err *e)
{
    if (f->n == CERTIFICATES_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s: more than %d certificates", f->path, CERTIFICATES_MAX);
    if (f->n == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 4;
        struct entry *more = realloc(f->entry, cap * sizeof *more);
        if (!more)
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu certificates", cap);
        f->entry = more;
        f->cap = cap;
    }
    struct entry *entry = &f->entry[f->n];
    *entry = (struct entry){.cert = NULL};
    struct hc_rc rc = hc_cert_parse(der, &entry->cert, &entry->why);
    if (rc.code == HC_E_NOMEM) {
        *e = entry->why;
        return rc;
    }
    f->n++;
    return HC_OK;
}

static struct hc_rc add_pem(struct file *f, struct hc_bytes text, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_PEM_FILE_MAX);
    for (bool found = true;;) {
        struct hc_rc rc = hc_pem_next(&text, HC_PEM_CERTIFICATE, &der, &found, e);
        if (hc_failed(rc)) {
            hc_err_prefix(e, "%s", f->path);
            return rc;
        }
        if (!found)
            break;
        HC_TRY(e, add(f, hc_buf_view(&der), e));
    }
    if (f->n == 0)
        return HC_FAIL(e, HC_E_PEM, "%s: there is no certificate in it", f->path);
    return HC_OK;
}

/* PEM, or one certificate in DER: that begins with a SEQUENCE of more than 127 bytes, and no text does. "-" is
 * stdin. */
static struct hc_rc read_file(struct file *f, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_PEM_FILE_MAX);
    HC_TRY(e, hc_file_read(strcmp(f->path, "-") == 0 ? "/dev/stdin" : f->path, &text, e));
    if (text.n > 2 && text.p[0] == 0x30 && text.p[1] >= 0x80)
        return add(f, hc_buf_view(&text), e);
    return add_pem(f, hc_buf_view(&text), e);
}

/* ---- judging ---- */

struct above {
    const struct hc_cert *cert[ABOVE_MAX];
    size_t n;
};

static bool is_issued_by(const struct hc_cert *cert, const struct hc_cert *issuer)
{
    return issuer && !hc_cert_self_issued(cert) && hc_dn_eq(cert->issuer, issuer->subject);
}

/* Goes on upwards through the entries for as long as each is named as the issuer of the one below. */
static const struct hc_cert *climb(struct above *above, const struct hc_cert *top, const struct file *f, size_t from)
{
    for (size_t i = from; i < f->n && above->n < ABOVE_MAX && is_issued_by(top, f->entry[i].cert); i++)
        above->cert[above->n++] = top = f->entry[i].cert;
    return top;
}

/* What follows in the file, and then --issuer: its first certificate is taken for the issuer whatever its name, if the
 * file has none. */
static struct above find_above(const struct file *f, size_t i, const struct file *issuer)
{
    struct above above = {.n = 0};
    const struct hc_cert *top = climb(&above, f->entry[i].cert, f, i + 1);
    if (issuer->n == 0 || hc_cert_self_issued(top) || above.n == ABOVE_MAX || !issuer->entry[0].cert)
        return above;
    if (above.n > 0 && !is_issued_by(top, issuer->entry[0].cert))
        return above;
    above.cert[above.n++] = issuer->entry[0].cert;
    climb(&above, issuer->entry[0].cert, issuer, 1);
    return above;
}

static void judge_entry(const struct file *f, size_t i, const struct file *issuer, struct hc_lint_out *out)
{
    const struct entry *entry = &f->entry[i];
    struct hc_lint_report report;
    if (!entry->cert) {
        hc_lint_out_unreadable(out, f->path, i + 1, &entry->why);
        return;
    }
    struct above above = find_above(f, i, issuer);
    struct hc_lint_rules rules = {.issuers = above.cert, .n_issuers = above.n};
    hc_lint_cert(&rules, entry->cert, &report);
    hc_lint_out_judged(out, f->path, i + 1, entry->cert, &report);
}

static struct hc_rc judge_file(const char *path, const struct file *issuer, struct hc_lint_out *out, struct hc_err *e)
{
    __attribute__((cleanup(file_fini))) struct file f = {.path = path};
    HC_TRY(e, read_file(&f, e));
    for (size_t i = 0; i < f.n; i++)
        judge_entry(&f, i, issuer, out);
    return HC_OK;
}

static struct hc_rc read_issuer(const char *path, struct file *issuer, struct hc_err *e)
{
    issuer->path = path;
    if (!path)
        return HC_OK;
    HC_TRY(e, read_file(issuer, e));
    if (issuer->entry[0].cert)
        return HC_OK;
    *e = issuer->entry[0].why;
    hc_err_prefix(e, "%s", path);
    return (struct hc_rc){e->code};
}

static struct hc_rc judge_all(struct hc_invocation *in, struct hc_lint_out *out, struct hc_err *e)
{
    __attribute__((cleanup(file_fini))) struct file issuer = {.path = NULL};
    HC_TRY(e, read_issuer(hc_opts_value(in->opts, "issuer"), &issuer, e));
    hc_lint_out_begin(out);
    for (size_t i = 0; hc_opts_arg(in->opts, i); i++)
        HC_TRY(e, judge_file(hc_opts_arg(in->opts, i), &issuer, out, e));
    hc_lint_out_end(out);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_OUT_MAX);
    struct hc_lint_out out = {.text = &text, .json = hc_opts_flag(in->opts, "json")};
    if (hc_opts_flag(in->opts, "rules")) {
        if (hc_opts_arg(in->opts, 0))
            return HC_FAIL(e, HC_E_USAGE, "--rules judges nothing: give no file with it");
        hc_lint_out_rules(&out);
        return hc_out_flush(&text, e);
    }
    if (!hc_opts_arg(in->opts, 0))
        return HC_FAIL(e, HC_E_USAGE, "no file is given");
    HC_TRY(e, judge_all(in, &out, e));
    HC_TRY(e, hc_out_flush(&text, e));
    if (out.n_errors == 0)
        return HC_OK;
    in->told = true;
    return HC_FAIL(e, HC_E_LINT, "%zu errors were found", out.n_errors);
}

const struct hc_command hc_cmd_lint = {
    .name = "lint",
    .summary = "say which rules a certificate breaks, and where they stand",
    .usage = "FILE... [OPTION]...",
    .about = "Judges anyone's certificates, PEM or DER, - for standard input, by RFC 5280 and\n"
             "its kin, and prints each rule that is broken. Of a chain, each certificate is\n"
             "also judged by the one that follows, when that is its issuer. Says nothing about\n"
             "signatures, dates or trust: see verify. Only an error makes the answer no.\n",
    .example = "  handclasp lint chain.pem\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 1000,
    .run = run,
};
