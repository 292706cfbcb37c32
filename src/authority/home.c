/* home.c - the paths of a home. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "authority/home.h"
#include "base/escape.h"

static struct hc_rc print_path(char out[HC_PATH], struct hc_err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct hc_rc print_path(char out[HC_PATH], struct hc_err *e, const char *fmt, ...)
{
    char text[HC_PATH];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path below the home is longer than %d bytes; use a shorter --home",
                       HC_PATH - 1);
    memcpy(out, text, (size_t)n + 1);
    return HC_OK;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

struct hc_rc hc_home_default(char out[HC_PATH], struct hc_err *e)
{
    const char *own = variable("HANDCLASP_HOME");
    const char *data = variable("XDG_DATA_HOME");
    const char *user = variable("HOME");

    if (own)
        return print_path(out, e, "%s", own);
    if (geteuid() == 0)
        return print_path(out, e, "/var/lib/handclasp");
    if (data &&
        *data == '/') /* "If an implementation encounters a relative path [...] ignore it" [XDG base directory] */
        return print_path(out, e, "%s/handclasp", data);
    if (user)
        return print_path(out, e, "%s/.local/share/handclasp", user);
    return HC_FAIL(e, HC_E_HOME_MISSING, "neither --home nor HANDCLASP_HOME nor HOME says where the home is");
}

struct hc_rc hc_home_path(const char *home, enum hc_home_place place, char out[HC_PATH], struct hc_err *e)
{
    static const char *const below[] = {
        [HC_HOME_AUTHORITY] = "authority",      [HC_HOME_PUBLISH] = "publish",
        [HC_HOME_CRLS] = "publish/crl",         [HC_HOME_IDENTITIES] = "identities",
        [HC_HOME_MARKER] = "authority/version", [HC_HOME_LEDGER] = "authority/ledger.db",
        [HC_HOME_LOCK] = "authority/lock",      [HC_HOME_BUNDLE] = "publish/bundle.pem",
        [HC_HOME_CAS] = "publish/ca",           [HC_HOME_HEAD] = "publish/ledger-head",
    };

    return print_path(out, e, "%s/%s", home, below[place]);
}

struct hc_rc hc_home_issuer_path(const char *home, const char *issuer, enum hc_home_issuer_file file, char out[HC_PATH],
                                 struct hc_err *e)
{
    switch (file) {
    case HC_HOME_ISSUER_CERT:
        return print_path(out, e, "%s/authority/%s.cert.pem", home, issuer);
    case HC_HOME_ISSUER_KEY:
        return print_path(out, e, "%s/authority/%s.key.pem", home, issuer);
    case HC_HOME_ISSUER_CA:
        return print_path(out, e, "%s/publish/ca/%s.cer", home, issuer);
    case HC_HOME_ISSUER_PLAN:
        return print_path(out, e, "%s/authority/%s.request", home, issuer);
    case HC_HOME_ISSUER_CRL:
        break;
    }
    return print_path(out, e, "%s/publish/crl/%s.crl", home, issuer);
}

/* D, and ~LABEL when there is one. */
static struct hc_rc dir_name(const struct hc_name *name, const char *label, struct hc_buf *out, struct hc_err *e)
{
    size_t n;

    HC_TRY(e, hc_name_dirname(name, out, e));
    if (label && *label) {
        hc_buf_add_byte(out, '~');
        n = out->n;
        hc_escape_dirname(out, hc_bytes_str(label));
        if (out->n - n > HC_HOME_LABEL_MAX)
            return HC_FAIL(e, HC_E_TOO_BIG, "the label is longer than %d bytes; use a shorter --as", HC_HOME_LABEL_MAX);
    }
    return hc_buf_check(out, e);
}

#define DIR_NAME_MAX 4096 /* before the limits above are checked; an unreasonable label ends here */

struct hc_rc hc_home_identity_dir(const char *home, const struct hc_name *name, const char *label, char out[HC_PATH],
                                  struct hc_err *e)
{
    HC_BUF_AUTO(dir, DIR_NAME_MAX);

    HC_TRY(e, dir_name(name, label, &dir, e));
    return print_path(out, e, "%s/identities/%s", home, hc_buf_cstr(&dir));
}

struct hc_rc hc_home_identity_file(const char *home, const struct hc_name *name, const char *label, const char *suffix,
                                   char out[HC_PATH], struct hc_err *e)
{
    HC_BUF_AUTO(dir, DIR_NAME_MAX);
    HC_BUF_AUTO(file, DIR_NAME_MAX);

    HC_TRY(e, dir_name(name, label, &dir, e));
    HC_TRY(e, dir_name(name, NULL, &file, e));
    return print_path(out, e, "%s/identities/%s/%s.%s", home, hc_buf_cstr(&dir), hc_buf_cstr(&file), suffix);
}
