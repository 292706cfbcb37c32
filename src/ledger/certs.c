/*
 * certs.c - recording intents and certificates; list.c finds them again.
 *
 * What is recorded about a certificate is read from the linted bytes that are about to be signed, never from the
 * request; and a certificate is taken only for the intent whose bytes it is the signature of.
 */
#include "ledger/chain.h"

/* As many names as a certificate may carry, each of at most HC_NAME_TEXT_MAX bytes. */
#define NAMES_TEXT_MAX (HC_CERT_NAMES_MAX * (HC_NAME_TEXT_MAX + 1))

static struct hc_rc names_text(const struct hc_cert *fields, struct hc_buf *out, struct hc_err *e)
{
    for (size_t i = 0; i < fields->n_names; i++) {
        if (i > 0)
            hc_buf_add_byte(out, '\n'); /* no name holds a control byte (T20) */
        hc_name_text(&fields->names[i], out);
    }
    return hc_buf_check(out, e);
}

static struct hc_rc put_name(struct hc_ledger *l, int64_t intent, const struct hc_name *name, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    HC_SQLITE(st);

    hc_name_text(name, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, hc_sqlite_prepare_kept(l, "INSERT INTO names (name, intent) VALUES (?, ?)", &st, e));
    hc_sqlite_bind_text(&st, 1, hc_buf_view(&text));
    hc_sqlite_bind_int(&st, 2, intent);
    return hc_sqlite_run(&st, NULL, e);
}

static struct hc_rc next_id(struct hc_ledger *l, int64_t *id, struct hc_err *e)
{
    HC_SQLITE(st);
    bool row = false;

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT coalesce(max(id), 0) + 1 FROM intents", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    *id = hc_sqlite_column_int(&st, 0);
    return HC_OK;
}

struct intent {
    const struct hc_ledger_request *asked;
    const struct hc_linted_tbs *linted;
    int64_t id;
};

/* The intent with all its names, or nothing. */
static struct hc_rc put_intent(struct hc_ledger *l, void *ctx, struct hc_err *e)
{
    struct intent *put = ctx;
    const struct hc_ledger_request *asked = put->asked;
    const struct hc_cert *fields = hc_linted_tbs_fields(put->linted);
    const char *profile = hc_profile_row(hc_linted_tbs_profile(put->linted))->word;
    HC_BUF_AUTO(names, NAMES_TEXT_MAX);

    HC_TRY(e, names_text(fields, &names, e));
    HC_TRY(e, next_id(l, &put->id, e));
    struct hc_chain_value values[] = {
        HC_CHAIN_INT(put->id),
        HC_CHAIN_INT(asked->at),
        HC_CHAIN_TEXT(asked->who),
        HC_CHAIN_TEXT(asked->door),
        HC_CHAIN_TEXT(asked->issuer),
        HC_CHAIN_BLOB(fields->serial),
        HC_CHAIN_TEXT(hc_bytes_str(profile)),
        HC_CHAIN_TEXT(asked->identity),
        HC_CHAIN_TEXT(asked->label),
        HC_CHAIN_TEXT(hc_buf_view(&names)),
        HC_CHAIN_INT(fields->not_before),
        HC_CHAIN_INT(fields->not_after),
        HC_CHAIN_BLOB(hc_linted_tbs_der(put->linted)),
        HC_CHAIN_INT(asked->replaces),
    };
    HC_TRY(e, hc_chain_add(l, &(struct hc_chain_row){HC_CHAIN_INTENTS, values}, e));
    for (size_t i = 0; i < fields->n_names; i++)
        HC_TRY(e, put_name(l, put->id, &fields->names[i], e));
    return HC_OK;
}

struct hc_rc hc_ledger_put_intent(struct hc_ledger *l, const struct hc_ledger_request *asked,
                                  const struct hc_linted_tbs *linted, int64_t *id, struct hc_err *e)
{
    struct intent put = {.asked = asked, .linted = linted};

    HC_TRY(e, hc_chain_within(l, put_intent, &put, e));
    *id = put.id;
    return HC_OK;
}

struct hc_rc hc_ledger_interrupted(struct hc_ledger *l,
                                   struct hc_rc (*each)(void *ctx, const struct hc_ledger_intent *row,
                                                        struct hc_err *e),
                                   void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e,
           hc_sqlite_prepare(l,
                             "SELECT id, at, who, door, issuer, identity, label, serial, profile, names, not_before,"
                             " not_after, tbs, replaces FROM intents WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE"
                             " intent = id) ORDER BY id",
                             &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_intent row = {
            .id = hc_sqlite_column_int(&st, 0),
            .asked =
                {
                    .at = hc_sqlite_column_int(&st, 1),
                    .who = hc_sqlite_column(&st, 2),
                    .door = hc_sqlite_column(&st, 3),
                    .issuer = hc_sqlite_column(&st, 4),
                    .identity = hc_sqlite_column(&st, 5),
                    .label = hc_sqlite_column(&st, 6),
                    .replaces = hc_sqlite_column_int(&st, 13),
                },
            .serial = hc_sqlite_column(&st, 7),
            .profile = hc_sqlite_column(&st, 8),
            .names = hc_sqlite_column(&st, 9),
            .not_before = hc_sqlite_column_int(&st, 10),
            .not_after = hc_sqlite_column_int(&st, 11),
            .tbs = hc_sqlite_column(&st, 12),
        };

        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

struct certificate {
    int64_t intent;
    int64_t at;
    const struct hc_cert *cert;
};

static struct hc_rc put_cert(struct hc_ledger *l, void *ctx, struct hc_err *e)
{
    const struct certificate *put = ctx;
    struct hc_chain_value values[] = {
        HC_CHAIN_INT(put->intent),
        HC_CHAIN_INT(put->at),
        HC_CHAIN_BLOB(hc_bytes_of(put->cert->sha256, sizeof put->cert->sha256)),
        HC_CHAIN_BLOB(put->cert->der),
    };
    HC_SQLITE(st);
    bool same = false;

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT 1 FROM intents WHERE id = ?1 AND tbs = ?2", &st, e));
    hc_sqlite_bind_int(&st, 1, put->intent);
    hc_sqlite_bind_blob(&st, 2, put->cert->tbs);
    HC_TRY(e, hc_sqlite_step(&st, &same, e));
    if (!same)
        return HC_FAIL(e, HC_E_LEDGER, "the certificate is not that of intent %lld", (long long)put->intent);
    return hc_chain_add(l, &(struct hc_chain_row){HC_CHAIN_CERTIFICATES, values}, e);
}

struct hc_rc hc_ledger_put_cert(struct hc_ledger *l, int64_t intent, int64_t at, const struct hc_cert *cert,
                                struct hc_err *e)
{
    struct certificate put = {.intent = intent, .at = at, .cert = cert};

    return hc_chain_within(l, put_cert, &put, e);
}
