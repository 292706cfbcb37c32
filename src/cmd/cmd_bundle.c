/* cmd_bundle.c - handclasp bundle: the trust anchors, for programs of other people. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/home.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "crypto/random.h"
#include "pki/bundle_out.h"

static const struct hc_option OPTIONS[] = {
    {"format", "F", "pem, pkcs7, p12 or jwks (pem)", false},
    {"out", "FILE", "write to a file, mode 0644 (stdout)", false},
    {"bundle", "FILE", "convert this one (the home's bundle)", false},
    {"p12-passphrase-file", "FILE", "passphrase of the truststore (one is made)", false},
    {"p12-passphrase-fd", "N", "the same from an open descriptor", false},
    HC_OPTIONS_END,
};

#define P12_GROUPS 5           /* 100 bits; the certificates are public, what it protects is that they stay these */
#define JWKS_REFRESH (HC_HOUR) /* how long a reader may work with a bundle from which an anchor was taken */

enum form { PEM, PKCS7, P12, JWKS };

static struct hc_rc parse_form(const char *word, enum form *out, struct hc_err *e)
{
    static const char *const words[] = {[PEM] = "pem", [PKCS7] = "pkcs7", [P12] = "p12", [JWKS] = "jwks"};
    for (size_t i = 0; word && i < HC_COUNT(words); i++) {
        if (strcmp(word, words[i]) != 0)
            continue;
        *out = (enum form)i;
        return HC_OK;
    }
    if (word)
        return HC_FAIL(e, HC_E_USAGE, "there is no format '%s': pem, pkcs7, p12 or jwks", word);
    *out = PEM;
    return HC_OK;
}

static struct hc_rc find_bundle(const struct hc_invocation *in, char out[HC_PATH], struct hc_err *e)
{
    const char *said = hc_opts_value(in->opts, "bundle");
    if (said && strlen(said) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path after --bundle is longer than %d bytes", HC_PATH - 1);
    if (said)
        memcpy(out, said, strlen(said) + 1);
    else
        HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, out, e));
    return HC_OK;
}

/* The file's own time: it grows with every `publish` that writes it anew. */
static int64_t sequence_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_mtime > 0 ? (int64_t)st.st_mtime : 1;
}

static struct hc_rc write_p12(const struct hc_invocation *in, const struct hc_crypto *crypto, const struct hc_bundle *b,
                              struct hc_secret **made, struct hc_buf *out, struct hc_err *e)
{
    HC_AUTO(hc_secret) passphrase = NULL;
    struct hc_passphrase_from from = {
        .file = hc_opts_value(in->opts, "p12-passphrase-file"),
        .fd = hc_opts_value(in->opts, "p12-passphrase-fd"),
        .option = "p12-passphrase",
    };
    if (from.file || from.fd) {
        HC_TRY(e, hc_passphrase_get(&from, &passphrase, e));
        return hc_bundle_out_p12(crypto, b, passphrase, out, e);
    }
    HC_TRY(e, hc_random_text(crypto, P12_GROUPS, &passphrase, e));
    HC_TRY(e, hc_bundle_out_p12(crypto, b, passphrase, out, e));
    *made = HC_GIVE(passphrase);
    return HC_OK;
}

static struct hc_rc convert(const struct hc_invocation *in, enum form form, struct hc_secret **made, struct hc_buf *out,
                            struct hc_err *e)
{
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_bundle) bundle = NULL;
    char path[HC_PATH];
    HC_TRY(e, find_bundle(in, path, e));
    HC_TRY(e, hc_crypto_new(&crypto, e));
    HC_TRY(e, hc_bundle_load(crypto, path, hc_time_now(), &bundle, e));
    const struct hc_bundle_out_jwks how = {.sequence = sequence_of(path), .refresh_hint = JWKS_REFRESH};
    switch (form) {
    case PEM:
        return hc_bundle_out_pem(bundle, out, e);
    case PKCS7:
        return hc_bundle_out_pkcs7(bundle, out, e);
    case JWKS:
        return hc_bundle_out_jwks(bundle, &how, out, e);
    case P12:
        break;
    }
    return write_p12(in, crypto, bundle, made, out, e);
}

/* A file is written by putting a new one in its place; in that of /dev/null it would be in everybody's way. */
static struct hc_rc check_out(const char *file, struct hc_err *e)
{
    struct stat st;
    if (stat(file, &st) != 0 || S_ISREG(st.st_mode))
        return HC_OK;
    return HC_FAIL(e, HC_E_FILE_UNWRITABLE, "%s is no regular file; leave out --out and redirect instead", file);
}

/* Not to stdout, where it would become part of the file. */
static void tell_passphrase(const struct hc_secret *made)
{
    if (made)
        fprintf(stderr, "handclasp: the truststore's passphrase, shown this once: %.*s\n",
                HC_BYTES_FMT(hc_secret_view(made)));
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_secret) made = NULL;
    HC_BUF_AUTO(out, HC_BUNDLE_OUT_MAX);
    enum form form = PEM;
    const char *file = hc_opts_value(in->opts, "out");
    bool passphrase = hc_opts_value(in->opts, "p12-passphrase-file") || hc_opts_value(in->opts, "p12-passphrase-fd");
    HC_TRY(e, parse_form(hc_opts_value(in->opts, "format"), &form, e));
    if (passphrase && form != P12)
        return HC_FAIL(e, HC_E_USAGE, "only --format p12 has a passphrase");
    if (form == P12 && !file && isatty(STDOUT_FILENO))
        return HC_FAIL(e, HC_E_USAGE, "a PKCS #12 file is no text; give --out FILE, or a pipe");
    if (file)
        HC_TRY(e, check_out(file, e));
    HC_TRY(e, convert(in, form, &made, &out, e));
    if (file)
        HC_TRY(e, hc_file_write_atomic(file, hc_buf_view(&out), 0644, e));
    else
        HC_TRY(e, hc_out_flush(&out, e));
    tell_passphrase(made);
    return HC_OK;
}

const struct hc_command hc_cmd_bundle = {
    .name = "bundle",
    .summary = "print or convert the trust anchors",
    .usage = "[--format pem|pkcs7|p12|jwks] [--out FILE] [OPTION]...",
    .about = "Everybody who is to believe this authority needs its bundle. It holds no secret.\n"
             "  pem    nginx, curl, OpenSSL, Python, Go, PostgreSQL and most others\n"
             "  pkcs7  a .p7b, as Windows and network devices import it\n"
             "  p12    a truststore for Java; without a passphrase one is made and shown\n"
             "  jwks   a SPIFFE bundle, for federation\n",
    .example = "  handclasp bundle > bundle.pem\n"
               "  handclasp bundle --format p12 --out truststore.p12\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
