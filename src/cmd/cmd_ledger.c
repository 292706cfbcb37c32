/* cmd_ledger.c - handclasp ledger: is it still what was written, a copy of it, and its signed head. */
#include "authority/head.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/ledger_verify.h"
#include "cmd/out.h"
#include "cmd/progress.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"head", "FILE", "a signed head that was kept elsewhere", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

static void progress(void *ctx, int64_t done, int64_t of)
{
    struct hc_progress *p = ctx;
    p->total = of;
    hc_progress_at(p, done);
}

static struct hc_rc print_backup(const char *path, bool json, struct hc_err *e)
{
    HC_BUF_AUTO(out, 8 * HC_PATH);
    if (json) {
        struct hc_json j = hc_json_init(&out);
        hc_json_begin(&j, NULL, '{');
        hc_json_str(&j, "backup", path);
        hc_json_end(&j, '}');
        return hc_out_flush(&out, e);
    }
    hc_buf_add_str(&out, "Wrote ");
    hc_escape_text(&out, hc_bytes_str(path));
    hc_buf_add_str(&out, ". The CA keys in HOME/authority are not in it: keep a copy of those, too.\n");
    return hc_out_flush(&out, e);
}

static struct hc_rc backup(struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    const char *path = hc_opts_arg(in->opts, 1);
    if (!path)
        return HC_FAIL(e, HC_E_USAGE, "ledger backup wants the name of a new file");
    HC_PROGRESS(p, "Copying", 0);
    HC_TRY(e, hc_ledger_backup(hc_authority_ledger(s->authority), path, progress, &p, e));
    hc_progress_end(&p);
    return print_backup(path, hc_opts_flag(in->opts, "json"), e);
}

static struct hc_rc head(struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    HC_BUF_AUTO(out, 4096);
    struct hc_head h;
    HC_TRY(e, hc_head_load(s->authority, hc_opts_value(in->opts, "head"), &h, e));
    struct hc_bytes hash = hc_bytes_of(h.hash, sizeof h.hash);
    HC_BUF_AUTO(hex, 2 * sizeof h.hash);
    HC_BUF_AUTO(when, 128);
    hc_escape_hex(&hex, hash, 0);
    if (hc_opts_flag(in->opts, "json")) {
        struct hc_json j = hc_json_init(&out);
        hc_json_begin(&j, NULL, '{');
        hc_json_int(&j, "links", h.links);
        hc_json_bytes(&j, "hash", hc_buf_view(&hex));
        hc_json_time(&j, "at", h.at);
        hc_json_str(&j, "issuer", h.issuer);
        hc_json_end(&j, '}');
        return hc_out_flush(&out, e);
    }
    hc_text_when(&when, h.at, hc_time_now());
    hc_text_fieldf(&out, "links", "%lld", (long long)h.links);
    hc_text_field(&out, "hash", hc_buf_view(&hex));
    hc_text_field(&out, "signed by", hc_bytes_str(h.issuer));
    hc_text_field(&out, "at", hc_buf_view(&when));
    return hc_out_flush(&out, e);
}

/* A verb that works on the authority of the home. */
static struct hc_rc on_authority(struct hc_invocation *in,
                                 struct hc_rc (*verb)(struct hc_invocation *in, struct hc_session *s, struct hc_err *e),
                                 struct hc_err *e)
{
    HC_SESSION(s);
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, verb(in, &s, e));
    hc_session_warn(&s);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    const char *verb = hc_opts_arg(in->opts, 0);
    bool is_backup = strcmp(verb, "backup") == 0;
    if (hc_opts_args(in->opts) > 1 && !is_backup)
        return HC_FAIL(e, HC_E_USAGE, "ledger %.40s takes no such word: '%.200s'", verb, hc_opts_arg(in->opts, 1));
    if (is_backup)
        return on_authority(in, backup, e);
    if (strcmp(verb, "head") == 0)
        return on_authority(in, head, e);
    if (strcmp(verb, "verify") == 0)
        return hc_ledger_verify(in, e);
    return HC_FAIL(e, HC_E_USAGE, "ledger takes verify, backup or head, not '%.40s'", verb);
}

const struct hc_command hc_cmd_ledger = {
    .name = "ledger",
    .summary = "verify the record, back it up, show its signed head",
    .usage = "verify [--head FILE]\n"
             "       handclasp ledger backup FILE\n"
             "       handclasp ledger head [--head FILE]",
    .about = "`verify` checks every row against the chain of hashes, the chain against the\n"
             "head that publish signed (HOME/publish/ledger-head, or a copy that was kept\n"
             "where nobody can change it), and the published CRLs against the ledger. It exits\n"
             "with 0 only when all of it holds. `backup` copies the ledger while it is in use.\n"
             "To restore one, stop what writes, put it in place of HOME/authority/ledger.db,\n"
             "remove ledger.db-wal and ledger.db-shm beside it, and run: handclasp publish\n",
    .example = "  handclasp ledger verify --head /mnt/audit/ledger-head\n"
               "  handclasp ledger backup /backup/ledger-2026-11-21.db\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
