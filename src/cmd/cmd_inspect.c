/* cmd_inspect.c - handclasp inspect: what is in these files, and what belongs together. */
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "doctor/inspect.h"

static const struct hc_option OPTIONS[] = {
    {"passphrase-file", "FILE", "passphrase of PKCS #12 files and keys", false},
    {"passphrase-fd", "N", "read it from an open file descriptor", false},
    {"at", "DATE", "judge dates as of then (RFC 3339)", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

struct looking {
    const struct hc_opts *opts;
    struct hc_crypto *crypto;
    struct hc_inspection *found;
    struct hc_secret *passphrase; /* that was given; NULL */
    int64_t now;
    struct hc_err unreadable; /* the first file that could not be opened */
    size_t n_unread;          /* files of which something could not be read */
};

static void looking_fini(struct looking *l)
{
    hc_inspection_free(l->found);
    hc_secret_free(l->passphrase);
    hc_crypto_free(l->crypto);
}

/* ---- passphrases ---- */

static struct hc_rc read_passphrase(struct looking *l, struct hc_err *e)
{
    struct hc_passphrase_from from = {
        .file = hc_opts_value(l->opts, "passphrase-file"),
        .fd = hc_opts_value(l->opts, "passphrase-fd"),
        .option = "passphrase",
    };
    if (!from.file && !from.fd)
        return HC_OK;
    return hc_passphrase_get(&from, &l->passphrase, e);
}

/* Looks into the file aside, to ask only about one that needs it. */
static bool needs_passphrase(const struct looking *l, struct hc_bytes contents)
{
    HC_AUTO(hc_inspection) aside = NULL;
    struct hc_err why;
    return hc_ok(hc_inspection_new(l->crypto, l->now, &aside, &why)) &&
           hc_inspection_add(aside, "", contents, NULL, &why).code == HC_E_PASSPHRASE_NEEDED;
}

/* One for this file, when somebody is there to ask. Who only presses Enter gives none. */
static struct hc_rc ask_passphrase(const struct looking *l, const char *path, struct hc_bytes contents,
                                   struct hc_secret **out, struct hc_err *e)
{
    char prompt[256];
    HC_BUF_AUTO(name, 8 * HC_PATH);
    struct hc_passphrase_from from = {.option = "passphrase", .prompt = prompt};
    if (l->passphrase || !hc_passphrase_can_ask() || !needs_passphrase(l, contents))
        return HC_OK;
    hc_escape_text(&name, hc_bytes_str(path));
    snprintf(prompt, sizeof prompt, "Passphrase of %.200s", hc_buf_cstr(&name));
    struct hc_rc rc = hc_passphrase_get(&from, out, e);
    return rc.code == HC_E_PASSPHRASE_NEEDED ? HC_OK : rc;
}

/* ---- files ---- */

/* A private key that lies open in a file that others may read. */
static void warn_if_open(const struct looking *l, const char *path, size_t before)
{
    struct hc_err why;
    for (size_t i = before; i < hc_inspection_count(l->found); i++) {
        if (!hc_inspection_is_bare(l->found, i) || hc_file_check_private(path, &why).code != HC_E_PERMISSIONS)
            continue;
        hc_out_warning(HC_E_PERMISSIONS, why.text);
        return;
    }
}

static struct hc_rc take_contents(struct looking *l, const char *path, struct hc_bytes contents, struct hc_err *e)
{
    HC_AUTO(hc_secret) asked = NULL;
    bool is_stdin = strcmp(path, "-") == 0;
    size_t before = hc_inspection_count(l->found);
    HC_TRY(e, ask_passphrase(l, path, contents, &asked, e));
    struct hc_rc rc = hc_inspection_add(l->found, is_stdin ? "standard input" : path, contents,
                                        l->passphrase ? l->passphrase : asked, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    l->n_unread += hc_failed(rc);
    if (!is_stdin)
        warn_if_open(l, path, before);
    return HC_OK;
}

/* An empty file can be read: it is told to be empty. */
static struct hc_rc take_file(struct looking *l, const char *path, struct hc_err *e)
{
    HC_BUF_SECRET(contents, HC_INSPECT_FILE);
    struct hc_err why;
    struct hc_rc rc = hc_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &contents, &why);
    if (hc_ok(rc) || rc.code == HC_E_FILE_EMPTY)
        return take_contents(l, path, hc_buf_view(&contents), e);
    if (rc.code == HC_E_NOMEM) {
        *e = why;
        return rc;
    }
    if (l->unreadable.code == HC_OK_CODE)
        l->unreadable = why;
    l->n_unread++;
    return hc_inspection_refuse(l->found, path, &why, e);
}

static struct hc_rc print(const struct looking *l, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    if (hc_opts_flag(l->opts, "json"))
        hc_inspection_json(l->found, &out);
    else
        hc_inspection_text(l->found, &out);
    return hc_out_flush(&out, e);
}

static struct hc_rc read_date(struct looking *l, struct hc_err *e)
{
    const char *at = hc_opts_value(l->opts, "at");
    l->now = hc_time_now();
    return at ? hc_time_parse(hc_bytes_str(at), &l->now, e) : HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(looking_fini))) struct looking l = {.opts = in->opts};
    HC_TRY(e, read_date(&l, e));
    HC_TRY(e, read_passphrase(&l, e));
    HC_TRY(e, hc_crypto_new(&l.crypto, e));
    HC_TRY(e, hc_inspection_new(l.crypto, l.now, &l.found, e));
    for (size_t i = 0; hc_opts_arg(in->opts, i); i++)
        HC_TRY(e, take_file(&l, hc_opts_arg(in->opts, i), e));
    HC_TRY(e, print(&l, e));
    if (l.n_unread == 0)
        return HC_OK;
    in->told = true; /* each in its place */
    if (l.unreadable.code != HC_OK_CODE) {
        *e = l.unreadable;
        return (struct hc_rc){e->code};
    }
    return HC_FAIL(e, HC_E_INSPECT_UNKNOWN, "of %zu files something could not be read", l.n_unread);
}

const struct hc_command hc_cmd_inspect = {
    .name = "inspect",
    .summary = "say what is in files, and what belongs together",
    .usage = "FILE... [OPTION]...",
    .about = "Reads certificates, requests, CRLs, OCSP responses, keys, PKCS #12, PKCS #7 and\n"
             "JSON web keys, PEM or DER, - for standard input. Says in words what each thing\n"
             "is, then its fields and which rules it breaks, and at the end what belongs\n"
             "together: key and certificate, certificate and issuer, and the order for a chain\n"
             "file. Of a private key only the public half is shown. Exit 1 when something\n"
             "could not be read, 3 when a file could not be opened; the others are told all\n"
             "the same.\n",
    .example = "  handclasp inspect key.pem chain.pem\n"
               "  handclasp inspect alice.p12 --passphrase-file secret\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1000,
    .run = run,
};
