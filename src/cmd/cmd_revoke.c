/* cmd_revoke.c - handclasp revoke: end certificates now. */
#include "authority/revoke.h"
#include "base/clock.h"
#include "cmd/gate_wait.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"serial", "S", "one certificate by its serial (8 digits or more)", false},
    {"reason", "R", "unspecified, keyCompromise, superseded, ...", false},
    {"yes", NULL, "do not ask, even on a terminal", false},
    HC_OPTIONS_GATE_WAIT,
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

static struct hc_rc print_one(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct hc_buf *out = ctx;
    char until[HC_TIME_TEXT];
    HC_BUF_AUTO(serial, 64);
    hc_serial_text(row->serial, &serial);
    hc_buf_add_str(out, "  ");
    hc_text_cell(out, hc_buf_view(&serial), 34, false);
    hc_text_cell(out, row->profile, 10, false);
    hc_buf_addf(out, "until %s\n", hc_time_text(row->not_after, until));
    hc_buf_add_str(out, "    "); /* not always the name that was asked for: a certificate may carry several */
    hc_text_cell(out, row->identity, HC_NAME_TEXT_MAX, true);
    return hc_buf_check(out, e);
}

/* Says what will be done and asks, on a terminal. Without one the command line itself is the confirmation, for a
 * revocation is urgent: then the list waits in `out`, so that a reader who has gone away cannot stop what is to be
 * done. */
static struct hc_rc confirm(struct hc_invocation *in, struct hc_session *s, const struct hc_revoke_request *r,
                            struct hc_buf *out, struct hc_err *e)
{
    bool asks = !hc_opts_flag(in->opts, "yes") && hc_passphrase_can_ask();
    hc_buf_add_str(out, "This ends for ever:\n");
    HC_TRY(e, hc_authority_revocable(s->authority, r, print_one, out, e));
    if (hc_opts_flag(in->opts, "json"))
        hc_buf_clear(out);
    if (!asks)
        return HC_OK;
    HC_TRY(e, hc_out_flush(out, e));
    return hc_passphrase_confirm("Revoke?", e);
}

static void print_json(const struct hc_revoked *revoked, enum hc_crl_reason reason, const struct hc_gate_wait *wait,
                       struct hc_buf *out)
{
    struct hc_json j = hc_json_init(out);
    struct hc_bytes rest = hc_buf_view(&revoked->lines);
    hc_json_begin(&j, NULL, '{');
    hc_json_str(&j, "reason", hc_crl_reason_text(reason));
    if (revoked->crl_number > 0)
        hc_json_int(&j, "crl_number", revoked->crl_number);
    hc_json_begin(&j, "revoked", '[');
    while (rest.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&rest);
        size_t space = hc_bytes_find(line, ' ');
        hc_json_begin(&j, NULL, '{');
        hc_json_bytes(&j, "serial", hc_bytes_head(line, space));
        hc_json_bytes(&j, "identity", hc_bytes_skip(line, space + 1));
        hc_json_end(&j, '}');
    }
    hc_json_end(&j, ']');
    hc_gate_wait_json(wait, &j);
    hc_json_end(&j, '}');
}

/* What was done, and what the gates say; then the command's end. */
static struct hc_rc print_end(struct hc_invocation *in, const struct hc_revoked *revoked, enum hc_crl_reason reason,
                              const struct hc_gate_wait *wait, struct hc_buf *out, struct hc_err *e)
{
    struct hc_rc rc;
    if (hc_opts_flag(in->opts, "json"))
        print_json(revoked, reason, wait, out);
    else if (revoked->crl_number > 0)
        hc_buf_addf(out, "Revoked %zu certificate%s (%s); CRL number %lld is published.\n", revoked->n,
                    revoked->n == 1 ? "" : "s", hc_crl_reason_text(reason), (long long)revoked->crl_number);
    else
        hc_buf_add_str(out, "All of them are revoked or expired already.\n");
    if (!hc_opts_flag(in->opts, "json"))
        hc_gate_wait_text(wait, out);
    rc = hc_out_flush(out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "the revocation is recorded and published, but this could not be printed");
    return rc;
}

static struct hc_rc concern(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    return row->revoked ? hc_gate_wait_concerns(ctx, row->issuer, e) : HC_OK;
}

/* It was revoked before, and perhaps a gate was silent then: it is asked again. */
static struct hc_rc only_wait(struct hc_invocation *in, struct hc_session *s, const struct hc_revoke_request *r,
                              struct hc_gate_wait *wait, struct hc_err *e)
{
    HC_REVOKED(none);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    struct hc_ledger_filter filter = {.serial = r->serial, .leaves = true};
    if (r->name)
        hc_name_text(r->name, &name);
    HC_TRY(e, hc_buf_check(&name, e));
    filter.asserts = hc_buf_view(&name);
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(s->authority), &filter, concern, wait, NULL, e));
    hc_gate_wait_end(s, wait);
    HC_TRY(e, print_end(in, &none, r->reason, wait, &out, e));
    return hc_gate_wait_verdict(wait, e);
}

static struct hc_rc revoke(struct hc_invocation *in, struct hc_session *s, const struct hc_revoke_request *r,
                           struct hc_gate_wait *wait, struct hc_err *e)
{
    HC_REVOKED(revoked);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct hc_rc rc = confirm(in, s, r, &out, e);
    if (rc.code == HC_E_ALREADY_REVOKED) { /* publishes what an earlier run could not; the key is needed only then */
        hc_gate_wait_begin(in, wait);
        rc = hc_authority_revoke(s->authority, r, &revoked, e);
        if (rc.code == HC_E_ALREADY_REVOKED && wait->on)
            return only_wait(in, s, r, wait, e);
    }
    if (rc.code != HC_E_PASSPHRASE_NEEDED)
        HC_TRY(e, rc);
    HC_TRY(e, hc_session_unlock(in, s, e));
    hc_gate_wait_begin(in, wait);
    HC_TRY(e, hc_authority_revoke(s->authority, r, &revoked, e));
    hc_gate_wait_end(s, wait); /* before anything is printed: a reader who has stopped cannot keep the gates waiting */
    HC_TRY(e, print_end(in, &revoked, r->reason, wait, &out, e));
    hc_session_warn(s);
    return hc_gate_wait_verdict(wait, e);
}

struct issuer_search {
    const char *name;
    bool found;
};

static struct hc_rc compare(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct issuer_search *search = ctx;
    (void)e;
    search->found = search->found || hc_bytes_eq_str(row->name, search->name);
    return HC_OK;
}

/* "issuing" could be a host's name, but is hardly meant so. With its type (dns:issuing) it is. */
static struct hc_rc check_no_issuer(struct hc_session *s, const char *name, struct hc_err *e)
{
    struct issuer_search search = {.name = name};
    HC_TRY(e, hc_ledger_issuers(hc_authority_ledger(s->authority), compare, &search, e));
    if (search.found)
        return HC_FAIL(e, HC_E_USAGE, "%s is a CA of this authority: handclasp issuer revoke %s", name, name);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_AUTO(hc_name) name = NULL;
    HC_BUF_AUTO(text, 64);
    HC_BUF_AUTO(serial, HC_SERIAL_MAX + 1);
    const char *by_name = hc_opts_arg(in->opts, 0), *by_serial = hc_opts_value(in->opts, "serial");
    const char *why = hc_opts_value(in->opts, "reason");
    struct hc_revoke_request r = {.reason = HC_CRL_UNSPECIFIED};
    HC_GATE_WAIT(wait);
    if (!by_name == !by_serial)
        return HC_FAIL(e, HC_E_USAGE, "give one of NAME and --serial S");
    HC_TRY(e, hc_gate_wait_read(in->opts, &wait, e));
    if (why)
        HC_TRY(e, hc_reason_parse(hc_bytes_str(why), &r.reason, e));
    if (by_name)
        HC_TRY(e, hc_session_name(by_name, &name, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    if (by_name)
        HC_TRY(e, check_no_issuer(&s, by_name, e));
    if (by_serial) {
        HC_TRY(e, hc_session_serial(&s, by_serial, &text, e));
        HC_TRY(e, hc_revoke_serial(hc_buf_view(&text), &serial, e));
    }
    r.name = name;
    r.serial = hc_buf_view(&serial);
    return revoke(in, &s, &r, &wait, e);
}

const struct hc_command hc_cmd_revoke = {
    .name = "revoke",
    .summary = "end certificates before their time",
    .usage = "NAME|--serial S [--reason R] [--wait]",
    .about = "NAME lists and revokes every unexpired certificate that carries that name, its\n"
             "first or a further one, under whatever label; --serial ends one of them, as of a\n"
             "lost phone. The ledger and the published CRL are written at once; gates follow\n"
             "within a second, and close what is open. --wait returns when every gate of this\n"
             "user on this host has done so, and says how many connections were closed, and in\n"
             "what time: exit 0 all have, 1 not all, 3 there is none. It may be repeated. A\n"
             "revocation cannot be taken back. On a terminal the command asks, unless there is\n"
             "--yes. An issuing CA is ended by: handclasp issuer revoke\n"
             "Reasons (RFC 5280 5.3.1): unspecified, keyCompromise, affiliationChanged,\n"
             "superseded, cessationOfOperation, privilegeWithdrawn.\n",
    .example = "  handclasp revoke alice@example.com --reason keyCompromise --wait\n"
               "  handclasp revoke --serial 31271bfef1e0 --reason keyCompromise\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
