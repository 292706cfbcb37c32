/* cmd_show.c - handclasp show: everything about a certificate or a CA, found by whatever one has of it. */
#include "authority/revoke.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "pki/crl.h"
#include "pki/pem.h"
#include "pki/subtree.h"
#include "pki/urls.h"

static const struct hc_option OPTIONS[] = {HC_OPTION_JSON, HC_OPTIONS_END};

/* One of text and JSON is being written. */
struct showing {
    struct hc_buf *out;
    struct hc_json *json; /* NULL for text */
    const struct hc_session *session;
    int64_t now;
    size_t n;
};

static void put(struct showing *s, const char *label, const char *key, struct hc_bytes value)
{
    if (s->json)
        hc_json_bytes(s->json, key, value);
    else
        hc_text_field(s->out, label, value);
}

static void put_int(struct showing *s, const char *label, const char *key, int64_t value)
{
    if (s->json)
        hc_json_int(s->json, key, value);
    else
        hc_text_fieldf(s->out, label, "%lld", (long long)value);
}

static void put_time(struct showing *s, const char *label, const char *key, int64_t t)
{
    HC_BUF_AUTO(text, 128);
    if (s->json) {
        hc_json_time(s->json, key, t);
        return;
    }
    hc_text_when(&text, t, s->now);
    hc_text_field(s->out, label, hc_buf_view(&text));
}

static void put_hex(struct showing *s, const char *label, const char *key, struct hc_bytes bytes)
{
    HC_BUF_AUTO(text, 256);
    hc_escape_hex(&text, bytes, 0);
    put(s, label, key, hc_buf_view(&text));
}

/* A list: in JSON an array, in text one line each, labelled once. */
static void begin_list(struct showing *s, const char *key)
{
    if (s->json)
        hc_json_begin(s->json, key, '[');
}

static void put_item(struct showing *s, const char *label, size_t i, struct hc_bytes value)
{
    if (s->json)
        hc_json_bytes(s->json, NULL, value);
    else
        hc_text_field(s->out, i == 0 ? label : "", value);
}

static void end_list(struct showing *s)
{
    if (s->json)
        hc_json_end(s->json, ']');
}

static void put_urls(struct showing *s, const char *label, const char *key, struct hc_urls urls)
{
    begin_list(s, key);
    for (size_t i = 0; i < urls.n; i++)
        put_item(s, label, i, urls.url[i]);
    end_list(s);
}

/* What a certificate says itself. */
static void show_cert(struct showing *s, const struct hc_cert *c)
{
    HC_BUF_AUTO(text, 65536);
    hc_dn_text(c->subject, &text);
    put(s, "subject", "subject", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_dn_text(c->issuer, &text);
    put(s, "issuer", "issuer_name", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_serial_text(c->serial, &text);
    put(s, "serial", "serial", hc_buf_view(&text));
    begin_list(s, "names");
    for (size_t i = 0; i < c->n_names; i++) {
        hc_buf_clear(&text);
        hc_name_text(&c->names[i], &text);
        put_item(s, "names", i, hc_buf_view(&text));
    }
    end_list(s);
    put_time(s, "from", "not_before", c->not_before);
    put_time(s, "until", "not_after", c->not_after);
    put_urls(s, "CRL at", "crl_urls", hc_urls_crl(c));
    put_urls(s, "CA at", "ca_urls", hc_urls_issuer(c));
    put_hex(s, "sha256", "sha256", hc_bytes_of(c->sha256, sizeof c->sha256));
}

static void show_subtrees(struct showing *s, const char *label, const char *key, struct hc_bytes list)
{
    struct hc_subtree base;
    size_t i = 0;
    begin_list(s, key);
    while (hc_subtree_next(&list, &base)) {
        HC_BUF_AUTO(text, 512);
        bool nobody = hc_subtree_is_nobody(&base);
        if (nobody && !s->json && strcmp(key, "permitted") == 0)
            continue; /* said among the excluded */
        hc_subtree_print(&base, &text);
        if (nobody && !s->json) {
            hc_buf_clear(&text);
            hc_buf_addf(&text, "%s: every name", hc_name_type_text(base.type));
        }
        put_item(s, label, i++, hc_buf_view(&text));
    }
    end_list(s);
}

static void show_constraints(struct showing *s, const struct hc_cert *cert)
{
    if (!cert->has_nc)
        return;
    show_subtrees(s, "permitted", "permitted", cert->nc_permitted);
    show_subtrees(s, "excluded", "excluded", cert->nc_excluded);
}

/* The number it has in `list --json`, and whether it stands in a row of renewals. */
static void put_renewal(struct showing *s, const struct hc_ledger_cert *row)
{
    put_int(s, "id", "id", row->intent);
    if (row->replaces > 0)
        put_int(s, "renews id", "replaces", row->replaces);
    if (s->json)
        hc_json_bool(s->json, "replaced", row->replaced);
    else if (row->replaced)
        hc_text_field(s->out, "renewed", HC_BYTES("a later certificate took its place"));
}

static void put_state(struct showing *s, const struct hc_ledger_cert *row)
{
    put(s, "state", "state", hc_bytes_str(hc_session_state(s->session, row, s->now)));
    if (!row->revoked)
        return;
    put_time(s, "revoked", "revoked_at", row->revoked_at);
    put(s, "reason", "reason", hc_bytes_str(hc_crl_reason_text((enum hc_crl_reason)row->reason)));
}

static struct hc_rc show_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct showing *s = ctx;
    HC_AUTO(hc_cert) cert = NULL;
    HC_TRY(e, hc_cert_parse(row->der, &cert, e));
    if (s->json)
        hc_json_begin(s->json, NULL, '{');
    else
        hc_buf_addf(s->out, "%s", s->n ? "\n" : "");
    s->n++;
    put(s, "identity", "identity", row->identity);
    if (row->label.n > 0 || s->json)
        put(s, "label", "label", row->label);
    put(s, "profile", "profile", row->profile);
    put_state(s, row);
    put(s, "issued by", "issuer", row->issuer);
    put_renewal(s, row);
    show_cert(s, cert);
    show_constraints(s, cert);
    if (s->json)
        hc_json_end(s->json, '}');
    return hc_out_stream(s->out, e);
}

/* ---- CAs ---- */

struct ca_search {
    struct hc_session *session;
    struct showing *showing;
    const char *name;
    bool found;
};

static struct hc_rc show_crl(struct ca_search *search, struct hc_bytes issuer, struct hc_err *e)
{
    struct hc_ledger_crl crl = {0};
    HC_TRY(e, hc_ledger_last_crl(hc_authority_ledger(search->session->authority), issuer, &crl, e));
    if (crl.number == 0)
        return HC_OK;
    put_int(search->showing, "CRL number", "crl_number", crl.number);
    put_time(search->showing, "CRL until", "crl_next_update", crl.next_update);
    return HC_OK;
}

static struct hc_rc put_ca_state(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)e;
    put_state(ctx, row);
    return HC_OK;
}

/* A CA is a certificate of the ledger too: that row says whether it was revoked. */
static struct hc_rc show_ca_state(struct ca_search *search, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_ledger_filter filter = {.sha256 = hc_bytes_of(cert->sha256, sizeof cert->sha256)};
    return hc_ledger_certs(hc_authority_ledger(search->session->authority), &filter, put_ca_state, search->showing,
                           NULL, e);
}

static struct hc_rc show_ca(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct ca_search *search = ctx;
    struct showing *s = search->showing;
    HC_AUTO(hc_cert) cert = NULL;
    if (!hc_bytes_eq_str(row->name, search->name))
        return HC_OK;
    search->found = true;
    HC_TRY(e, hc_cert_parse(row->der, &cert, e));
    if (s->json)
        hc_json_begin(s->json, NULL, '{');
    s->n++;
    put(s, "CA", "ca", row->name);
    HC_TRY(e, show_ca_state(search, cert, e));
    show_cert(s, cert);
    show_constraints(s, cert);
    HC_TRY(e, show_crl(search, row->name, e));
    if (s->json)
        hc_json_end(s->json, '}');
    return hc_buf_check(s->out, e);
}

/* ---- which one is meant ---- */

#define FINGERPRINT 32      /* bytes of SHA-256 */
#define FILE_CERTS_MAX 1000 /* the first one in the file counts; more than a bundle holds is a slip */

static struct hc_rc show_matching(struct hc_session *s, struct showing *showing, const struct hc_ledger_filter *f,
                                  struct hc_err *e)
{
    return hc_ledger_certs(hc_authority_ledger(s->authority), f, show_row, showing, NULL, e);
}

static struct hc_rc show_by_name(struct hc_session *s, struct showing *showing, const char *what, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    struct hc_err not_a_name;
    if (hc_failed(hc_session_name(what, &name, &not_a_name)))
        return HC_OK; /* then it may be something else */
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    hc_name_text(name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    struct hc_ledger_filter filter = {.asserts = hc_buf_view(&identity)};
    return show_matching(s, showing, &filter, e);
}

/* Hexadecimal digits, colons allowed: a serial number or a fingerprint. Appends the digits in lower case. */
static bool digits(const char *what, struct hc_buf *out)
{
    for (const char *p = what; *p; p++) {
        if (*p == ':')
            continue;
        if (hc_ascii_hex((uint8_t)*p) < 0)
            return false;
        hc_buf_add_byte(out, hc_ascii_lower((uint8_t)*p));
    }
    return out->n > 0 && !out->failed;
}

static struct hc_rc show_by_fingerprint(struct hc_session *s, struct showing *showing, struct hc_bytes hex,
                                        struct hc_err *e)
{
    uint8_t sha256[FINGERPRINT] = {0};
    struct hc_ledger_filter filter = {.sha256 = hc_bytes_of(sha256, sizeof sha256)};
    (void)hc_bytes_unhex(hex, sha256); /* digits() took nothing else */
    HC_TRY(e, show_matching(s, showing, &filter, e));
    if (showing->n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "this authority issued no certificate with the fingerprint %.*s",
                       HC_BYTES_FMT(hex));
    return HC_OK;
}

static struct hc_rc show_by_serial(struct hc_session *s, struct showing *showing, const char *what, struct hc_err *e)
{
    HC_BUF_AUTO(text, 64);
    HC_BUF_AUTO(serial, HC_SERIAL_MAX + 1);
    HC_TRY(e, hc_session_serial(s, what, &text, e));
    HC_TRY(e, hc_revoke_serial(hc_buf_view(&text), &serial, e));
    struct hc_ledger_filter filter = {.serial = hc_buf_view(&serial)};
    return show_matching(s, showing, &filter, e);
}

static struct hc_rc not_ours(const char *path, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_AUTO(subject, 512);
    HC_BUF_AUTO(sha256, 128);
    hc_dn_text(cert->subject, &subject);
    hc_escape_hex(&sha256, hc_bytes_of(cert->sha256, sizeof cert->sha256), 0);
    return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN,
                   "%.120s is a certificate that this authority did not issue (subject '%.120s', SHA-256 %s)", path,
                   hc_buf_cstr(&subject), hc_buf_cstr(&sha256));
}

/* The first certificate of the file, wherever it lies, as the ledger knows it: by its fingerprint, not by what it
 * says. */
static struct hc_rc show_by_file(struct hc_session *s, struct showing *showing, const char *path, struct hc_err *e)
{
    HC_CERT_LIST(list);
    HC_TRY(e, hc_pem_load_certs(path, FILE_CERTS_MAX, &list, e));
    struct hc_ledger_filter filter = {.sha256 = hc_bytes_of(list.cert[0]->sha256, sizeof list.cert[0]->sha256)};
    HC_TRY(e, show_matching(s, showing, &filter, e));
    return showing->n == 0 ? not_ours(path, list.cert[0], e) : HC_OK;
}

/* A name of a CA, a name, a fingerprint, a serial number, a file, in this order. */
static struct hc_rc show(struct hc_session *s, struct showing *showing, const char *what, struct hc_err *e)
{
    struct ca_search search = {.session = s, .showing = showing, .name = what};
    HC_BUF_AUTO(hex, 2 * FINGERPRINT);
    HC_TRY(e, hc_ledger_issuers(hc_authority_ledger(s->authority), show_ca, &search, e));
    if (!search.found)
        HC_TRY(e, show_by_name(s, showing, what, e));
    if (showing->n > 0)
        return HC_OK;
    bool number = digits(what, &hex);
    if (number && hex.n == (size_t)2 * FINGERPRINT)
        return show_by_fingerprint(s, showing, hc_buf_view(&hex), e);
    if (hc_file_exists(what) || (strchr(what, '/') && !strstr(what, "://")))
        return show_by_file(s, showing, what, e);
    if (number)
        return show_by_serial(s, showing, what, e);
    return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN,
                   "the authority knows no name, CA or serial number '%.80s', and no such file is here", what);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct hc_json json = hc_json_init(&out);
    struct showing showing = {.out = &out, .session = &s, .now = hc_time_now()};
    if (hc_opts_flag(in->opts, "json")) {
        showing.json = &json;
        hc_json_begin(&json, NULL, '[');
    }
    HC_TRY(e, hc_session_open(in, &s, e));
    struct hc_rc rc = show(&s, &showing, hc_opts_arg(in->opts, 0), e);
    if (hc_ok(rc) && showing.json)
        hc_json_end(&json, ']');
    if (hc_ok(rc))
        rc = hc_out_flush(&out, e);
    if (hc_failed(rc))
        return hc_out_unread(e) ? HC_OK : rc;
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_show = {
    .name = "show",
    .summary = "show a certificate or a CA",
    .usage = "NAME|SERIAL|FINGERPRINT|FILE|root|ISSUER [--json]",
    .about = "NAME shows every certificate that carries that name. The first eight digits of a\n"
             "serial number are enough when no other begins so. FINGERPRINT is the whole\n"
             "SHA-256, with colons or without. FILE is a certificate in PEM or DER, from\n"
             "wherever it came: what the ledger knows about it is shown, by its fingerprint.\n",
    .example = "  handclasp show root\n"
               "  handclasp show shop.example.com\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
