/* session.c - open the authority, unlock its keys, find serials, say what will end soon. */
#include "cmd/session.h"

#include "authority/issuer.h"
#include "base/clock.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "pki/cert.h"

struct hc_rc hc_session_open(const struct hc_invocation *in, struct hc_session *out, struct hc_err *e)
{
    HC_TRY(e, hc_crypto_new(&out->crypto, e));
    return hc_authority_open(out->crypto, in->home, &out->authority, e);
}

struct hc_rc hc_session_unlock(const struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    HC_AUTO(hc_secret) passphrase = NULL;
    bool encrypted = false;
    HC_TRY(e, hc_authority_encrypted(s->authority, &encrypted, e));
    if (encrypted) {
        struct hc_passphrase_from from = {
            .file = hc_opts_value(in->opts, "passphrase-file"),
            .fd = hc_opts_value(in->opts, "passphrase-fd"),
            .option = "passphrase",
            .prompt = "Passphrase of the CA keys",
        };
        HC_TRY(e, hc_passphrase_get(&from, &passphrase, e));
    }
    return hc_authority_unlock(s->authority, passphrase, e);
}

struct hc_rc hc_session_bring_root(const struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    HC_AUTO(hc_secret) passphrase = NULL;
    const char *path = hc_opts_value(in->opts, "root-key");
    struct hc_passphrase_from from = {
        .file = hc_opts_value(in->opts, "root-passphrase-file"),
        .fd = hc_opts_value(in->opts, "root-passphrase-fd"),
        .option = "root-passphrase",
        .prompt = "Passphrase of the root's key",
    };
    bool own = from.file || from.fd, others = false, encrypted = false;
    if (!path && own)
        return HC_FAIL(e, HC_E_USAGE, "--root-passphrase-%s is for the key of --root-key FILE",
                       from.file ? "file" : "fd");
    if (!path)
        return HC_OK;
    HC_TRY(e, hc_authority_encrypted(s->authority, &others, e));
    HC_TRY(e, hc_authority_bring_root_key(s->authority, path, NULL, e));
    HC_TRY(e, hc_authority_key_encrypted(path, &encrypted, e));
    if (!encrypted || (others && !own)) /* then it is tried with the CA keys' own */
        return HC_OK;
    HC_TRY(e, hc_passphrase_get(&from, &passphrase, e));
    return hc_authority_bring_root_key(s->authority, path, passphrase, e);
}

static struct hc_rc print_warning(void *ctx, const struct hc_warning *w, struct hc_err *e)
{
    (void)ctx;
    (void)e;
    hc_out_warning(w->code, w->text);
    return HC_OK;
}

void hc_session_warn(struct hc_session *s)
{
    struct hc_err e;
    hc_ignore(hc_authority_warnings(s->authority, print_warning, NULL, &e)); /* the command itself has succeeded */
}

void hc_session_fini(struct hc_session *s)
{
    hc_authority_free(s->authority);
    hc_crypto_free(s->crypto);
    *s = (struct hc_session){NULL, NULL};
}

/* ---- serials ---- */

#define PREFIX_MIN 8 /* hexadecimal digits: two of a million certificates agree in as many once in a thousand years */

struct found {
    struct hc_bytes digits; /* lower-case hexadecimal, as they were asked for */
    struct hc_buf *serial;  /* of the first that begins so */
    bool whole;             /* one is exactly this: then no other counts */
};

static struct hc_rc take_serial(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct found *f = ctx;
    HC_BUF_AUTO(text, 64);
    hc_serial_text(row->serial, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    bool whole = hc_bytes_eq(hc_buf_view(&text), f->digits);
    if (f->serial->n > 0 && !whole)
        return HC_OK;
    f->whole = f->whole || whole;
    hc_buf_clear(f->serial);
    hc_buf_add(f->serial, hc_buf_view(&text));
    return hc_buf_check(f->serial, e);
}

/* Lower-case digits without colons. */
static struct hc_rc read_digits(const char *text, struct hc_buf *out, struct hc_err *e)
{
    for (const char *p = text; *p; p++) {
        if (*p == ':')
            continue;
        if (hc_ascii_hex((uint8_t)*p) < 0)
            return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "'%.80s' is no serial number", text);
        hc_buf_add_byte(out, hc_ascii_lower((uint8_t)*p));
    }
    if (out->failed == HC_E_TOO_BIG || out->n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "'%.80s' is no serial number", text);
    return hc_buf_check(out, e);
}

struct hc_rc hc_session_serial(struct hc_session *s, const char *text, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(digits, 2 * HC_SERIAL_MAX);
    HC_BUF_AUTO(serial, 64);
    size_t n = 0;
    HC_TRY(e, read_digits(text, &digits, e));
    struct found found = {.digits = hc_buf_view(&digits), .serial = &serial};
    struct hc_ledger_filter filter = {.serial_prefix = found.digits};
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s->authority), &filter, take_serial, &found, &n, e));
    if (n > 0 && !found.whole && digits.n < PREFIX_MIN)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "%.80s is too little of a serial number: give its first %d digits",
                       text, PREFIX_MIN);
    if (n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "no certificate has the serial number %.80s", text);
    if (n > 1 && !found.whole)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "%zu serial numbers begin with %.80s; give more digits", n, text);
    hc_buf_add(out, hc_buf_view(&serial));
    return hc_buf_check(out, e);
}

struct hc_rc hc_session_name(const char *text, struct hc_name **out, struct hc_err *e)
{
    for (int t = HC_NAME_DNS; t <= HC_NAME_IP; t++) {
        const char *type = hc_name_type_text((enum hc_name_type)t);
        size_t n = strlen(type);
        if (strncmp(text, type, n) == 0 && text[n] == ':')
            return hc_name_parse(hc_bytes_str(text), HC_NAME_WILDCARD, out, e);
    }
    return hc_name_guess(hc_bytes_str(text), HC_NAME_WILDCARD, out, e);
}

const char *hc_session_state(const struct hc_session *s, const struct hc_ledger_cert *row, int64_t now)
{
    if (row->revoked)
        return "revoked";
    if (now > row->not_after)
        return "expired";
    if (hc_issuer_revoked(s->authority, row->issuer))
        return "issuer revoked";
    return now < row->not_before ? "not yet valid" : "valid";
}
