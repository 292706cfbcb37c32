/* cmd_list.c - handclasp list: what was issued, row by row, whatever their number. */
#include <stdio.h>

#include "authority/issuer.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/names.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "pki/crl.h"

static const struct hc_option OPTIONS[] = {
    {"all", NULL, "what has expired or is revoked too, and the CAs", false},
    {"expiring", "SPAN", "what ends within 7d or 12h and is not renewed", false},
    {"revoked", NULL, "what is revoked, itself or with its issuer", false},
    {"issuer", "NAME", "what this CA signed", false},
    {"profile", "PROFILE", "server, client, peer or person only", false},
    {"name", "GLOB", "names like '*.example.com' or 'email:*'", false},
    {"after", "ID", "a page: only what was issued after this one", false},
    {"limit", "N", "a page: at most so many", false},
    {"csv", NULL, "print CSV for spreadsheets", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* Columns: 12 + 2 + 10 + 2 + 32 + 2 + 10 + 2 + 8 = 80. A serial's first 12 digits are enough for show and revoke. */
enum { SERIAL_COLUMNS = 12, PROFILE_COLUMNS = 10, IDENTITY_COLUMNS = 32, DATE_COLUMNS = 10, STATE_COLUMNS = 8 };

#define PAGE_MAX 1000000000 /* keeps the one row more that is asked for from overflowing anything */

struct listing {
    struct hc_buf *out;
    void (*put)(struct listing *l, const struct hc_ledger_cert *row);
    struct hc_json json;
    struct hc_csv csv;
    const struct hc_session *session;
    bool dead;                     /* an issuer is revoked */
    bool only_revoked, only_valid; /* also by way of their issuer, which the ledger's filter does not look at */
    int64_t now;
    int64_t limit; /* 0: none */
    int64_t n;     /* printed */
    int64_t last;  /* the id of the last one printed */
    bool more;     /* than the page holds */
};

/* ---- text ---- */

static void put_header(struct hc_buf *out)
{
    hc_buf_addf(out, "%-*s  %-*s  %-*s  %-*s  %s\n", SERIAL_COLUMNS, "SERIAL", PROFILE_COLUMNS, "PROFILE",
                IDENTITY_COLUMNS, "IDENTITY", DATE_COLUMNS, "UNTIL", "STATE");
}

static void put_text(struct listing *l, const struct hc_ledger_cert *row)
{
    char until[HC_TIME_TEXT];
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(who, 4096);
    if (l->n == 0)
        put_header(l->out);
    hc_serial_text(row->serial, &serial);
    hc_buf_add(&who, row->identity);
    if (row->label.n > 0) {
        hc_buf_add_str(&who, " (");
        hc_buf_add(&who, row->label);
        hc_buf_add_str(&who, ")");
    }
    hc_text_cell(l->out, hc_bytes_head(hc_buf_view(&serial), SERIAL_COLUMNS), SERIAL_COLUMNS, false);
    hc_text_cell(l->out, row->profile, PROFILE_COLUMNS, false);
    hc_text_cell(l->out, hc_buf_view(&who), IDENTITY_COLUMNS, false);
    hc_text_cell(l->out, hc_bytes_head(hc_bytes_str(hc_time_text(row->not_after, until)), DATE_COLUMNS), DATE_COLUMNS,
                 false);
    const char *state = hc_session_state(l->session, row, l->now);
    if (strcmp(state, "issuer revoked") == 0)
        state = "revoked"; /* as it fits; show and --json say how */
    hc_text_cell(l->out, hc_bytes_str(state), STATE_COLUMNS, true);
}

/* ---- JSON ---- */

/* One a line in the ledger. */
static void json_names(struct hc_json *j, struct hc_bytes names)
{
    hc_json_begin(j, "names", '[');
    while (names.n > 0) {
        struct hc_bytes name = hc_bytes_next_line(&names);
        if (name.n > 0)
            hc_json_bytes(j, NULL, name);
    }
    hc_json_end(j, ']');
}

static void put_json(struct listing *l, const struct hc_ledger_cert *row)
{
    struct hc_json *j = &l->json;
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(sha256, 128);
    hc_serial_text(row->serial, &serial);
    hc_escape_hex(&sha256, row->sha256, 0);
    hc_json_begin(j, NULL, '{');
    hc_json_int(j, "id", row->intent);
    hc_json_bytes(j, "serial", hc_buf_view(&serial));
    hc_json_bytes(j, "profile", row->profile);
    hc_json_bytes(j, "identity", row->identity);
    hc_json_bytes(j, "label", row->label);
    json_names(j, row->names);
    hc_json_bytes(j, "issuer", row->issuer);
    hc_json_time(j, "issued_at", row->at);
    hc_json_time(j, "not_before", row->not_before);
    hc_json_time(j, "not_after", row->not_after);
    hc_json_str(j, "state", hc_session_state(l->session, row, l->now));
    if (row->revoked) {
        hc_json_time(j, "revoked_at", row->revoked_at);
        hc_json_str(j, "reason", hc_crl_reason_text((enum hc_crl_reason)row->reason));
    }
    if (row->replaces > 0)
        hc_json_int(j, "replaces", row->replaces);
    hc_json_bool(j, "replaced", row->replaced);
    hc_json_bytes(j, "sha256", hc_buf_view(&sha256));
    hc_json_end(j, '}');
}

/* ---- CSV ---- */

static void csv_header(struct hc_csv *c)
{
    static const char *const columns[] = {"id",     "serial",    "profile",    "identity",  "label", "names",
                                          "issuer", "issued_at", "not_before", "not_after", "state", "revoked_at",
                                          "reason", "replaces",  "replaced",   "sha256"};
    for (size_t i = 0; i < HC_COUNT(columns); i++)
        hc_csv_str(c, columns[i]);
    hc_csv_end(c);
}

/* A name has no blank in it, so that one separates them. */
static void csv_names(struct hc_csv *c, struct hc_bytes names)
{
    HC_BUF_AUTO(text, 1 << 20);
    if (hc_bytes_ends(names, HC_BYTES("\n")))
        names.n--;
    hc_buf_add(&text, names);
    for (size_t i = hc_bytes_find(hc_buf_view(&text), '\n'); i < text.n; i++)
        if (text.p[i] == '\n')
            text.p[i] = ' ';
    hc_buf_fail(c->out, text.failed);
    hc_csv_bytes(c, hc_buf_view(&text));
}

static void put_csv(struct listing *l, const struct hc_ledger_cert *row)
{
    struct hc_csv *c = &l->csv;
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(sha256, 128);
    hc_serial_text(row->serial, &serial);
    hc_escape_hex(&sha256, row->sha256, 0);
    hc_csv_int(c, row->intent);
    hc_csv_bytes(c, hc_buf_view(&serial));
    hc_csv_bytes(c, row->profile);
    hc_csv_bytes(c, row->identity);
    hc_csv_bytes(c, row->label);
    csv_names(c, row->names);
    hc_csv_bytes(c, row->issuer);
    hc_csv_time(c, row->at);
    hc_csv_time(c, row->not_before);
    hc_csv_time(c, row->not_after);
    hc_csv_str(c, hc_session_state(l->session, row, l->now));
    if (row->revoked) {
        hc_csv_time(c, row->revoked_at);
        hc_csv_str(c, hc_crl_reason_text((enum hc_crl_reason)row->reason));
    } else {
        hc_csv_str(c, NULL);
        hc_csv_str(c, NULL);
    }
    if (row->replaces > 0)
        hc_csv_int(c, row->replaces);
    else
        hc_csv_str(c, NULL);
    hc_csv_str(c, row->replaced ? "yes" : "no");
    hc_csv_bytes(c, hc_buf_view(&sha256));
    hc_csv_end(c);
}

/* ---- which ---- */

static struct hc_rc read_profile(const struct hc_opts *opts, struct hc_ledger_filter *f, struct hc_err *e)
{
    const char *word = hc_opts_value(opts, "profile");
    enum hc_profile profile;
    struct hc_err ca = {.code = HC_OK_CODE};
    if (!word)
        return HC_OK;
    if (hc_failed(hc_profile_from_ledger(hc_bytes_str(word), &profile, &ca)))
        HC_TRY(e, hc_profile_parse(hc_bytes_str(word), &profile, e)); /* names those that there are */
    if (hc_profile_row(profile)->ca)
        f->leaves = false;
    f->profile = hc_bytes_str(hc_profile_row(profile)->word);
    return HC_OK;
}

static struct hc_rc read_page(const struct hc_opts *opts, struct hc_ledger_filter *f, struct hc_err *e)
{
    const char *after = hc_opts_value(opts, "after");
    if (after && strcmp(after, "0") != 0)
        HC_TRY(e, hc_opts_number(opts, "after", INT64_MAX / 16, HC_E_USAGE, &f->after, e));
    return hc_opts_number(opts, "limit", PAGE_MAX, HC_E_USAGE, &f->limit, e);
}

static struct hc_rc read_states(const struct hc_opts *opts, int64_t now, struct hc_ledger_filter *f, struct hc_err *e)
{
    int64_t span = 0;
    int said = hc_opts_flag(opts, "all") + hc_opts_flag(opts, "revoked") + hc_opts_flag(opts, "expiring");
    if (said > 1)
        return HC_FAIL(e, HC_E_USAGE, "give one of --all, --revoked and --expiring");
    HC_TRY(e, hc_names_span(opts, "expiring", &span, e));
    if (hc_opts_flag(opts, "all"))
        *f = (struct hc_ledger_filter){.leaves = false};
    else if (hc_opts_flag(opts, "revoked"))
        *f = (struct hc_ledger_filter){.revoked = true};
    else if (span > 0)
        *f = (struct hc_ledger_filter){
            .unexpired_at = now, .expired_before = now + span, .unrevoked = true, .unreplaced = true};
    else
        *f = (struct hc_ledger_filter){.unexpired_at = now, .unrevoked = true, .leaves = true};
    return HC_OK;
}

static struct hc_rc read_filter(const struct hc_opts *opts, int64_t now, struct hc_ledger_filter *f, struct hc_err *e)
{
    const char *issuer = NULL, *glob = hc_opts_value(opts, "name");
    HC_TRY(e, read_states(opts, now, f, e));
    HC_TRY(e, read_profile(opts, f, e));
    HC_TRY(e, read_page(opts, f, e));
    HC_TRY(e, hc_names_issuer(opts, &issuer, e));
    if (glob && !*glob)
        return HC_FAIL(e, HC_E_USAGE, "--name is empty; --name '*' is every name");
    if (hc_opts_flag(opts, "json") && hc_opts_flag(opts, "csv"))
        return HC_FAIL(e, HC_E_USAGE, "give one of --json and --csv");
    if (issuer)
        f->issuer = hc_bytes_str(issuer);
    if (glob)
        f->glob = hc_bytes_str(glob);
    return HC_OK;
}

struct known {
    struct hc_bytes name;
    bool found;
};

static struct hc_rc compare(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct known *k = ctx;
    (void)e;
    k->found = k->found || hc_bytes_eq(row->name, k->name);
    return HC_OK;
}

/* A mistyped issuer is not an empty list. */
static struct hc_rc check_issuer(struct hc_session *s, struct hc_bytes name, struct hc_err *e)
{
    struct known k = {.name = name};
    if (name.n == 0)
        return HC_OK;
    HC_TRY(e, hc_ledger_issuers(hc_authority_ledger(s->authority), compare, &k, e));
    if (!k.found)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "the authority has no issuer '%.*s'",
                       HC_BYTES_FMT(hc_bytes_head(name, 80)));
    return HC_OK;
}

static struct hc_rc see_dead(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct listing *l = ctx;
    (void)e;
    l->dead = l->dead || hc_issuer_revoked(l->session->authority, row->name);
    return HC_OK;
}

/* ---- the list ---- */

/* What hangs on a revoked issuer counts as revoked. */
static bool is_wanted(const struct listing *l, const struct hc_ledger_cert *row)
{
    bool revoked = row->revoked || hc_issuer_revoked(l->session->authority, row->issuer);
    return l->only_revoked ? revoked : !l->only_valid || !revoked;
}

static struct hc_rc put_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct listing *l = ctx;
    if (!is_wanted(l, row))
        return HC_OK;
    if (l->limit > 0 && l->n == l->limit) {
        l->more = true; /* the one row beyond the page that was asked for to know this */
        return HC_OK;
    }
    l->put(l, row);
    l->n++;
    l->last = row->intent;
    return hc_out_stream(l->out, e);
}

static void choose_form(const struct hc_opts *opts, struct listing *l)
{
    l->json = hc_json_init(l->out);
    l->csv = hc_csv_init(l->out);
    l->put = hc_opts_flag(opts, "json") ? put_json : hc_opts_flag(opts, "csv") ? put_csv : put_text;
    if (l->put == put_json)
        hc_json_begin(&l->json, NULL, '[');
    if (l->put == put_csv)
        csv_header(&l->csv);
}

/* Nothing is found: is there nothing, or nothing like that? */
static void put_nothing(const struct hc_opts *opts, struct hc_buf *out)
{
    if (hc_opts_count(opts) == 0)
        hc_buf_add_str(out, "No certificates. Issue one: handclasp issue server shop.example.com\n");
    else
        hc_buf_add_str(out, "No certificates like that. Everything there is: handclasp list --all\n");
}

static struct hc_rc print(struct hc_session *s, const struct hc_opts *opts, struct hc_ledger_filter *f,
                          struct listing *l, struct hc_err *e)
{
    l->limit = f->limit;
    l->only_revoked = f->revoked;
    l->only_valid = f->unrevoked;
    if ((f->revoked || f->unrevoked) && l->dead) {
        f->revoked = false; /* is_wanted decides, and the ledger cannot count for it */
        f->limit = 0;
    } else if (f->limit > 0) {
        f->limit++;
    }
    choose_form(opts, l);
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s->authority), f, put_row, l, NULL, e));
    if (l->put == put_json)
        hc_json_end(&l->json, ']');
    if (l->put == put_text && l->n == 0)
        put_nothing(opts, l->out);
    HC_TRY(e, hc_out_flush(l->out, e));
    if (l->more)
        fprintf(stderr, "more: --after %lld\n", (long long)l->last);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct listing l = {.out = &out, .session = &s, .now = hc_time_now()};
    struct hc_ledger_filter filter;
    HC_TRY(e, read_filter(in->opts, l.now, &filter, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, check_issuer(&s, filter.issuer, e));
    HC_TRY(e, hc_ledger_issuers(hc_authority_ledger(s.authority), see_dead, &l, e));
    struct hc_rc rc = print(&s, in->opts, &filter, &l, e);
    if (hc_failed(rc))
        return hc_out_unread(e) ? HC_OK : rc;
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_list = {
    .name = "list",
    .summary = "list certificates",
    .usage = "[OPTION]...",
    .about = "Lists what is valid now, in the order of issue. Serial numbers and long names\n"
             "are shortened; --json and --csv have them whole. show and revoke take the first\n"
             "eight digits or more. In --name * is any text, ? one character and [a-c] one of\n"
             "them; it is matched with every name, with the type (dns:) or without.\n",
    .example = "  handclasp list --expiring 7d\n"
               "  handclasp list --all --name '*.example.com' --csv\n"
               "  handclasp list --json --limit 1000 --after 52000\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
