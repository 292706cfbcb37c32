/* cmd_list.c - handclasp list: what was issued. */
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "pki/crl.h"

static const struct hc_option OPTIONS[] = {
    {"all", NULL, "what has expired or is revoked too, and the CAs", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* Columns: 12 + 2 + 10 + 2 + 32 + 2 + 10 + 2 + 8 = 80. A serial's first 12 digits are enough for show and revoke. */
enum { SERIAL_COLUMNS = 12, PROFILE_COLUMNS = 10, IDENTITY_COLUMNS = 32, DATE_COLUMNS = 10, STATE_COLUMNS = 8 };

struct listing {
    struct hc_buf *out;
    struct hc_json json;
    int64_t now;
};

static struct hc_rc print_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct listing *l = ctx;
    char until[HC_TIME_TEXT];
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(who, 4096);
    hc_serial_text(row->serial, &serial);
    hc_buf_add(&who, row->identity);
    if (row->label.n > 0) {
        hc_buf_add_str(&who, " (");
        hc_buf_add(&who, row->label);
        hc_buf_add_str(&who, ")");
    }
    hc_out_cell(l->out, hc_bytes_head(hc_buf_view(&serial), SERIAL_COLUMNS), SERIAL_COLUMNS, false);
    hc_out_cell(l->out, row->profile, PROFILE_COLUMNS, false);
    hc_out_cell(l->out, hc_buf_view(&who), IDENTITY_COLUMNS, false);
    hc_out_cell(l->out, hc_bytes_head(hc_bytes_str(hc_time_text(row->not_after, until)), DATE_COLUMNS), DATE_COLUMNS,
                false);
    hc_out_cell(l->out, hc_bytes_str(hc_session_state(row, l->now)), STATE_COLUMNS, true);
    return hc_buf_check(l->out, e);
}

/* One a line in the ledger. */
static void json_names(struct hc_json *j, struct hc_bytes names)
{
    hc_json_begin(j, "names", '[');
    while (names.n > 0) {
        size_t end = hc_bytes_find(names, '\n');
        if (end > 0)
            hc_json_bytes(j, NULL, hc_bytes_head(names, end));
        names = hc_bytes_skip(names, end + 1);
    }
    hc_json_end(j, ']');
}

static struct hc_rc json_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct listing *l = ctx;
    struct hc_json *j = &l->json;
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(sha256, 128);
    hc_serial_text(row->serial, &serial);
    hc_escape_hex(&sha256, row->sha256, 0);
    hc_json_begin(j, NULL, '{');
    hc_json_bytes(j, "serial", hc_buf_view(&serial));
    hc_json_bytes(j, "profile", row->profile);
    hc_json_bytes(j, "identity", row->identity);
    hc_json_bytes(j, "label", row->label);
    json_names(j, row->names);
    hc_json_bytes(j, "issuer", row->issuer);
    hc_json_time(j, "issued_at", row->at);
    hc_json_time(j, "not_before", row->not_before);
    hc_json_time(j, "not_after", row->not_after);
    hc_json_str(j, "state", hc_session_state(row, l->now));
    if (row->revoked) {
        hc_json_time(j, "revoked_at", row->revoked_at);
        hc_json_str(j, "reason", hc_crl_reason_text((enum hc_crl_reason)row->reason));
    }
    hc_json_bytes(j, "sha256", hc_buf_view(&sha256));
    hc_json_end(j, '}');
    return hc_buf_check(l->out, e);
}

static struct hc_rc print_text(struct hc_session *s, const struct hc_ledger_filter *filter, struct listing *l,
                               struct hc_err *e)
{
    size_t n = 0;
    hc_buf_addf(l->out, "%-*s  %-*s  %-*s  %-*s  %s\n", SERIAL_COLUMNS, "SERIAL", PROFILE_COLUMNS, "PROFILE",
                IDENTITY_COLUMNS, "IDENTITY", DATE_COLUMNS, "UNTIL", "STATE");
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s->authority), filter, print_row, l, &n, e));
    if (n == 0) {
        hc_buf_clear(l->out);
        hc_buf_add_str(l->out, "No certificates. Issue one: handclasp issue server shop.example.com\n");
    }
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct listing l = {.out = &out, .now = hc_time_now()};
    struct hc_ledger_filter filter = {.unexpired_at = l.now, .unrevoked = true, .leaves = true};
    if (hc_opts_flag(in->opts, "all"))
        filter = (struct hc_ledger_filter){.leaves = false};
    HC_TRY(e, hc_session_open(in, &s, e));
    if (hc_opts_flag(in->opts, "json")) {
        l.json = hc_json_init(&out);
        hc_json_begin(&l.json, NULL, '[');
        HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s.authority), &filter, json_row, &l, NULL, e));
        hc_json_end(&l.json, ']');
    } else {
        HC_TRY(e, print_text(&s, &filter, &l, e));
    }
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_list = {
    .name = "list",
    .summary = "list certificates",
    .usage = "[--all] [--json]",
    .about = "Lists what is valid now, in the order of issue. Serial numbers and long names\n"
             "are shortened; --json has them whole. show and revoke take the first digits.\n",
    .example = "  handclasp list --all\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
