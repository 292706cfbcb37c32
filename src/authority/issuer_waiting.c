/*
 * issuer_waiting.c - HOME/authority/NAME.request: an issuer whose key is made and whose certificate is still with the
 * root.
 *
 *     Handclasp issuer request 1
 *     key-kind: P-256
 *     key: <SHA-256 of the public key>
 *     profiles: server peer
 *     leaf-seconds: 0
 *     public-url: http://pki.example.com
 *
 * Each line once, in this order. The key in the reply is compared with the key file as well; the hash here only finds
 * which one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/lines.h"
#include "base/escape.h"
#include "pki/profile.h"

#define WAITING_MAX 4096 /* six short lines */
#define HEAD "Handclasp issuer request 1"
#define SUFFIX ".request"

struct hc_rc hc_issuer_waiting_write(const struct hc_authority *a, const struct hc_issuer_waiting *w, struct hc_err *e)
{
    HC_BUF_AUTO(text, WAITING_MAX);
    char path[HC_PATH];

    hc_buf_addf(&text, HEAD "\nkey-kind: %s\nkey: ", hc_key_kind_text(w->kind));
    hc_escape_hex(&text, hc_bytes_of(w->key_sha256, sizeof w->key_sha256), 0);
    hc_buf_add_str(&text, "\nprofiles: ");
    hc_profile_set_text(w->profiles, &text);
    hc_buf_addf(&text, "\nleaf-seconds: %" PRId64 "\npublic-url: %s\n", w->leaf_seconds, w->public_url);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, hc_home_issuer_path(a->home, w->name, HC_HOME_ISSUER_PLAN, path, e));
    return hc_file_write_atomic(path, hc_buf_view(&text), 0600, e);
}

static bool read_number(struct hc_bytes text, int64_t *out)
{
    int64_t value = 0;

    if (text.n == 0 || text.n > 12) /* 100 years of seconds have 10 digits */
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        value = value * 10 + (text.p[i] - '0');
    }
    *out = value;
    return true;
}

static bool read_lines(struct hc_bytes text, struct hc_issuer_waiting *w)
{
    struct hc_bytes head, kind, key, profiles, seconds, url;
    struct hc_err ignored = {0};

    if (!hc_lines_take(&text, HEAD, &head) || head.n > 0 || !hc_lines_take(&text, "key-kind: ", &kind) ||
        !hc_lines_take(&text, "key: ", &key) || !hc_lines_take(&text, "profiles: ", &profiles) ||
        !hc_lines_take(&text, "leaf-seconds: ", &seconds) || !hc_lines_take(&text, "public-url: ", &url) || text.n > 0)
        return false;
    if (url.n >= sizeof w->public_url || hc_bytes_find(url, '\0') != url.n)
        return false;
    (void)snprintf(w->public_url, sizeof w->public_url, "%.*s", HC_BYTES_FMT(url));
    if (*w->public_url && hc_failed(hc_issuer_check_url(w->public_url, &ignored)))
        return false;
    for (w->kind = HC_KEY_P256; w->kind < HC_KEY_RSA && !hc_bytes_eq_str(kind, hc_key_kind_text(w->kind)); w->kind++)
        continue;
    return hc_lines_sha256(key, w->key_sha256) && read_number(seconds, &w->leaf_seconds) &&
           hc_ok(hc_profile_set_parse(profiles, &w->profiles, &ignored));
}

struct hc_rc hc_issuer_waiting_read(const struct hc_authority *a, const char *name, struct hc_issuer_waiting *out,
                                    struct hc_err *e)
{
    HC_BUF_AUTO(text, WAITING_MAX);
    struct hc_issuer_waiting w = {.kind = HC_KEY_P256};
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_issuer_check_name(name, e));
    HC_TRY(e, hc_home_issuer_path(a->home, name, HC_HOME_ISSUER_PLAN, path, e));
    rc = hc_file_read(path, &text, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "no issuer '%s' waits for a certificate in %s", name, a->home);
    if (rc.code != HC_E_FILE_EMPTY)
        HC_TRY(e, rc);
    (void)snprintf(w.name, sizeof w.name, "%s", name);
    if (!read_lines(hc_buf_view(&text), &w))
        return HC_FAIL(e, HC_E_REQUEST_REPLY,
                       "%s is damaged; make the request again: handclasp issuer add %s "
                       "--request-out FILE",
                       path, name);
    *out = w;
    return HC_OK;
}

bool hc_issuer_waits(const struct hc_authority *a, const char *name)
{
    struct hc_err ignored = {0};
    char path[HC_PATH];

    return hc_ok(hc_home_issuer_path(a->home, name, HC_HOME_ISSUER_PLAN, path, &ignored)) && hc_file_exists(path);
}

void hc_issuer_waiting_forget(const struct hc_authority *a, const char *name)
{
    struct hc_err ignored = {0};
    char path[HC_PATH];

    if (hc_ok(hc_home_issuer_path(a->home, name, HC_HOME_ISSUER_PLAN, path, &ignored)))
        (void)unlink(path);
}

static void names_fini(struct hc_names *names)
{
    hc_names_fini(names);
}

struct hc_rc hc_issuer_waiting_each(const struct hc_authority *a,
                                    struct hc_rc (*each)(void *ctx, const struct hc_issuer_waiting *w,
                                                         struct hc_err *e),
                                    void *ctx, struct hc_err *e)
{
    __attribute__((cleanup(names_fini))) struct hc_names names = {0};
    char dir[HC_PATH];

    HC_TRY(e, hc_home_path(a->home, HC_HOME_AUTHORITY, dir, e));
    HC_TRY(e, hc_dir_list(dir, SUFFIX, HC_CA_MAX, &names, e));
    for (size_t i = 0; i < names.n; i++) {
        struct hc_issuer_waiting w;
        struct hc_err why = {0};
        struct hc_rc rc;

        names.name[i][strlen(names.name[i]) - (sizeof SUFFIX - 1)] = '\0';
        rc = hc_issuer_waiting_read(a, names.name[i], &w, &why);
        if (rc.code == HC_E_NOMEM)
            *e = why;
        if (rc.code == HC_E_NOMEM)
            return rc;
        if (hc_ok(rc))
            HC_TRY(e, each(ctx, &w, e));
    }
    return HC_OK;
}
