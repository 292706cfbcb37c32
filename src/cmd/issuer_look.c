/* issuer_look.c - handclasp issuer list and show. */
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/issuer.h"
#include "cmd/out.h"
#include "cmd/transcript.h"
#include "pki/profile.h"

struct looking {
    struct hc_session *session;
    struct hc_buf *out;
    struct hc_json *json; /* NULL for text */
    const char *only;     /* show: this one */
    bool found;
    int64_t now;
};

static const char *where_key(const struct hc_issuer_view *v)
{
    if (!v->key_here)
        return "elsewhere";
    return v->key_encrypted ? "here, encrypted" : "here, NOT encrypted";
}

static void put_profiles(const struct hc_issuer_view *v, struct hc_buf *out)
{
    if (!*v->parent && v->cert) {
        hc_buf_add_str(out, "issuing CAs");
        return;
    }
    size_t n = out->n;
    hc_profile_set_text(v->profiles, out);
    if (out->n == n)
        hc_buf_add_str(out, "every profile");
}

/* ---- JSON ---- */

static void json_subtrees(struct hc_json *j, const char *key, struct hc_bytes list)
{
    struct hc_subtree base;
    hc_json_begin(j, key, '[');
    while (hc_subtree_next(&list, &base)) {
        HC_BUF_AUTO(text, 2 * HC_SUBTREE_MAX);
        hc_subtree_print(&base, &text);
        hc_json_bytes(j, NULL, hc_buf_view(&text));
    }
    hc_json_end(j, ']');
}

static void json_cert(struct hc_json *j, const struct hc_cert *cert)
{
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(sha256, 65);
    hc_serial_text(cert->serial, &serial);
    hc_escape_hex(&sha256, hc_bytes_of(cert->sha256, sizeof cert->sha256), 0);
    hc_json_bytes(j, "serial", hc_buf_view(&serial));
    hc_json_time(j, "not_before", cert->not_before);
    hc_json_time(j, "not_after", cert->not_after);
    hc_json_bytes(j, "sha256", hc_buf_view(&sha256));
    json_subtrees(j, "permitted", cert->nc_permitted);
    json_subtrees(j, "excluded", cert->nc_excluded);
}

static void json_view(const struct looking *l, const struct hc_issuer_view *v, const struct hc_issuer_below *below)
{
    struct hc_json *j = l->json;
    HC_BUF_AUTO(profiles, 128);
    hc_profile_set_text(v->profiles, &profiles);
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "name", v->name);
    hc_json_str(j, "parent", *v->parent ? v->parent : NULL);
    hc_json_str(j, "state", hc_issuer_state_text(v->state));
    hc_json_str(j, "key", hc_key_kind_text(v->key));
    hc_json_bool(j, "key_here", v->key_here);
    hc_json_bool(j, "key_encrypted", v->key_encrypted);
    hc_json_bytes(j, "profiles", hc_buf_view(&profiles));
    hc_json_int(j, "leaf_seconds", v->leaf_seconds);
    hc_json_str(j, "public_url", v->public_url);
    if (v->cert)
        json_cert(j, v->cert);
    if (below) {
        hc_json_int(j, "live_below", (int64_t)below->live);
        hc_json_int(j, "live_below_key_here", (int64_t)below->key_here);
    }
    hc_json_end(j, '}');
}

/* ---- text ---- */

static void put_row(struct hc_buf *out, const char *const cell[6])
{
    static const size_t width[] = {16, 9, 7, 9, 9, 20}; /* with two blanks between they fill a line */
    for (size_t i = 0; i < HC_COUNT(width); i++)
        hc_text_cell(out, hc_bytes_str(cell[i]), width[i], i + 1 == HC_COUNT(width));
}

static void row_view(const struct looking *l, const struct hc_issuer_view *v)
{
    HC_BUF_AUTO(profiles, 128);
    char when[HC_TIME_TEXT] = "", age[HC_AGE_TEXT] = "-";
    put_profiles(v, &profiles);
    if (v->cert)
        snprintf(when, sizeof when, "%s", hc_age_text(v->cert->not_after - l->now, age));
    put_row(l->out, (const char *const[]){v->name, hc_issuer_state_text(v->state), hc_key_kind_text(v->key),
                                          v->key_here ? "here" : "elsewhere",
                                          v->cert ? (l->now > v->cert->not_after ? "ended" : when) : "-",
                                          hc_buf_cstr(&profiles)});
}

static void text_cert(const struct looking *l, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_CERT_MAX);
    hc_dn_text(cert->subject, &text);
    hc_text_fieldf(l->out, "subject", "%s", hc_buf_cstr(&text));
    hc_buf_clear(&text);
    hc_serial_text(cert->serial, &text);
    hc_text_field(l->out, "serial", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_text_when(&text, cert->not_after, l->now);
    hc_text_field(l->out, "until", hc_buf_view(&text));
    hc_transcript_constraints(cert, l->out);
    hc_transcript_hash(l->out, "sha256", cert->sha256);
}

static void text_view(const struct looking *l, const struct hc_issuer_view *v, const struct hc_issuer_below *below)
{
    HC_BUF_AUTO(profiles, 128);
    char age[HC_AGE_TEXT];
    put_profiles(v, &profiles);
    hc_buf_addf(l->out, "%s\n", v->name);
    hc_text_field(l->out, "state", hc_bytes_str(hc_issuer_state_text(v->state)));
    hc_text_fieldf(l->out, "key", "%s, %s", hc_key_kind_text(v->key), where_key(v));
    hc_text_field(l->out, "issues", hc_buf_view(&profiles));
    if (v->leaf_seconds)
        hc_text_fieldf(l->out, "at most", "%s each", hc_age_text(v->leaf_seconds, age));
    if (*v->public_url)
        hc_text_field(l->out, "public URL", hc_bytes_str(v->public_url));
    if (v->cert)
        text_cert(l, v->cert);
    else
        hc_text_field(l->out, "next", HC_BYTES("handclasp issuer add --certificate REPLY"));
    if (below && *v->parent)
        hc_text_fieldf(l->out, "live", "%zu certificates; the keys of %zu are in this home", below->live,
                       below->key_here);
}

/* ---- both ---- */

static struct hc_rc look(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct looking *l = ctx;
    struct hc_issuer_below below = {0}, *live = NULL;
    if (l->only && strcmp(l->only, v->name) != 0)
        return HC_OK;
    l->found = true;
    if (l->only && v->cert) {
        HC_TRY(e, hc_issuer_below(l->session->authority, v->name, &below, e));
        live = &below;
    }
    if (l->json)
        json_view(l, v, live);
    else if (l->only)
        text_view(l, v, live);
    else
        row_view(l, v);
    return hc_buf_check(l->out, e);
}

static struct hc_rc run(struct hc_invocation *in, const char *only, struct hc_err *e)
{
    HC_SESSION(s);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct hc_json json = hc_json_init(&out);
    bool as_json = hc_opts_flag(in->opts, "json");
    struct looking l = {.session = &s, .out = &out, .json = as_json ? &json : NULL, .only = only, .now = hc_time_now()};
    HC_TRY(e, hc_session_open(in, &s, e));
    if (as_json && !only)
        hc_json_begin(&json, NULL, '[');
    else if (!only)
        put_row(&out, (const char *const[]){"NAME", "STATE", "KEY", "KEY FILE", "ENDS IN", "ISSUES"});
    HC_TRY(e, hc_issuer_list(s.authority, look, &l, e));
    if (!l.found)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s' in %s", only, in->home);
    if (as_json && !only)
        hc_json_end(&json, ']');
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

struct hc_rc hc_issuer_cmd_json(struct hc_session *s, const char *name, struct hc_buf *out, struct hc_err *e)
{
    struct hc_json json = hc_json_init(out);
    struct looking l = {.session = s, .out = out, .json = &json, .only = name, .now = hc_time_now()};
    HC_TRY(e, hc_issuer_list(s->authority, look, &l, e));
    if (!l.found)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s'", name);
    return HC_OK;
}

struct hc_rc hc_issuer_cmd_list(struct hc_invocation *in, struct hc_err *e)
{
    return run(in, NULL, e);
}

struct hc_rc hc_issuer_cmd_show(struct hc_invocation *in, struct hc_err *e)
{
    return run(in, hc_opts_arg(in->opts, 1), e);
}
