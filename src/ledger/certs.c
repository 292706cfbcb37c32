/*
 * certs.c - intents and certificates.
 *
 * What is recorded about a certificate is read from the linted bytes that are about to be signed, never from the
 * request; and a certificate is taken only for the intent whose bytes it is the signature of.
 */
#include "ledger/ledger.h"
#include "ledger/sqlite.h"

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

static void bind_request(struct hc_sqlite *st, const struct hc_ledger_request *asked)
{
    hc_sqlite_bind_int(st, 1, asked->at);
    hc_sqlite_bind_text(st, 2, asked->who);
    hc_sqlite_bind_text(st, 3, asked->door);
    hc_sqlite_bind_text(st, 4, asked->issuer);
    hc_sqlite_bind_text(st, 5, asked->identity);
    hc_sqlite_bind_text(st, 6, asked->label);
}

static struct hc_rc put_name(struct hc_ledger *l, int64_t intent, const struct hc_name *name, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    HC_SQLITE(st);

    hc_name_text(name, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, hc_sqlite_prepare(l, "INSERT INTO names (name, intent) VALUES (?, ?)", &st, e));
    hc_sqlite_bind_text(&st, 1, hc_buf_view(&text));
    hc_sqlite_bind_int(&st, 2, intent);
    return hc_sqlite_run(&st, NULL, e);
}

static struct hc_rc put_intent(struct hc_ledger *l, const struct hc_ledger_request *asked,
                               const struct hc_linted_tbs *linted, int64_t *id, struct hc_err *e)
{
    const struct hc_cert *fields = hc_linted_tbs_fields(linted);
    HC_BUF_AUTO(names, NAMES_TEXT_MAX);
    HC_SQLITE(st);
    bool row = false;
    int64_t got;

    HC_TRY(e, names_text(fields, &names, e));
    HC_TRY(e, hc_sqlite_prepare(l,
                                "INSERT INTO intents (at, who, door, issuer, identity, label, serial, profile, names,"
                                " not_before, not_after, tbs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                                &st, e));
    bind_request(&st, asked);
    hc_sqlite_bind_blob(&st, 7, fields->serial);
    hc_sqlite_bind_text(&st, 8, hc_bytes_str(hc_profile_row(hc_linted_tbs_profile(linted))->word));
    hc_sqlite_bind_text(&st, 9, hc_buf_view(&names));
    hc_sqlite_bind_int(&st, 10, fields->not_before);
    hc_sqlite_bind_int(&st, 11, fields->not_after);
    hc_sqlite_bind_blob(&st, 12, hc_linted_tbs_der(linted));
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    got = hc_sqlite_column_int(&st, 0);
    HC_TRY(e, hc_sqlite_run(&st, NULL, e)); /* the row counts only once the statement has ended */
    for (size_t i = 0; i < fields->n_names; i++)
        HC_TRY(e, put_name(l, got, &fields->names[i], e));
    *id = got;
    return HC_OK;
}

struct hc_rc hc_ledger_put_intent(struct hc_ledger *l, const struct hc_ledger_request *asked,
                                  const struct hc_linted_tbs *linted, int64_t *id, struct hc_err *e)
{
    struct hc_rc rc;
    int64_t got = 0;

    if (l->in_transaction)
        return put_intent(l, asked, linted, id, e);
    HC_TRY(e, hc_ledger_begin(l, e)); /* the intent with all its names, or nothing */
    rc = put_intent(l, asked, linted, &got, e);
    if (hc_failed(rc)) {
        hc_ledger_rollback(l);
        return rc;
    }
    HC_TRY(e, hc_ledger_commit(l, e));
    *id = got;
    return HC_OK;
}

struct hc_rc hc_ledger_interrupted(struct hc_ledger *l,
                                   struct hc_rc (*each)(void *ctx, const struct hc_ledger_intent *row,
                                                        struct hc_err *e),
                                   void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(
                  l,
                  "SELECT id, at, who, door, issuer, identity, label, serial, profile, names, not_before,"
                  " not_after, tbs FROM intents WHERE id NOT IN (SELECT intent FROM certificates) ORDER BY id",
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

struct hc_rc hc_ledger_put_cert(struct hc_ledger *l, int64_t intent, int64_t at, const struct hc_cert *cert,
                                struct hc_err *e)
{
    HC_SQLITE(st);
    int64_t changed = 0;

    HC_TRY(e, hc_sqlite_prepare(l,
                                "INSERT INTO certificates (intent, at, sha256, der)"
                                " SELECT id, ?2, ?3, ?4 FROM intents WHERE id = ?1 AND tbs = ?5",
                                &st, e));
    hc_sqlite_bind_int(&st, 1, intent);
    hc_sqlite_bind_int(&st, 2, at);
    hc_sqlite_bind_blob(&st, 3, hc_bytes_of(cert->sha256, sizeof cert->sha256));
    hc_sqlite_bind_blob(&st, 4, cert->der);
    hc_sqlite_bind_blob(&st, 5, cert->tbs);
    HC_TRY(e, hc_sqlite_run(&st, &changed, e));
    if (changed != 1)
        return HC_FAIL(e, HC_E_LEDGER, "the certificate is not that of intent %lld", (long long)intent);
    return HC_OK;
}

#define SELECT_CERTS                                                                                                   \
    "SELECT i.id, c.at, i.issuer, i.serial, i.profile, i.identity, i.label, i.names, i.not_before, i.not_after, "      \
    "c.sha256,"                                                                                                        \
    " c.der, r.at, r.reason FROM certificates c JOIN intents i ON i.id = c.intent"                                     \
    " LEFT JOIN revocations r ON r.issuer = i.issuer AND r.serial = i.serial"                                          \
    " WHERE (?1 = '' OR i.identity = ?1) AND (length(?2) = 0 OR i.serial = ?2) AND (?3 = '' OR i.profile = ?3)"        \
    " AND (?4 = '' OR i.issuer = ?4) AND i.not_after >= ?5 AND (?6 = 0 OR r.at IS NULL)"                               \
    " AND (?7 = 0 OR i.profile NOT LIKE '%-ca')"
#define IN_ORDER " ORDER BY i.id"

/* The same question in four forms: an index is used only where it is known that the column is asked for. */
static const char *select_for(const struct hc_ledger_filter *f)
{
    if (f->serial.n > 0)
        return SELECT_CERTS " AND i.serial = ?2" IN_ORDER;
    if (f->asserts.n > 0)
        return SELECT_CERTS " AND i.id IN (SELECT intent FROM names WHERE name = ?8)" IN_ORDER;
    if (f->identity.n > 0)
        return SELECT_CERTS " AND i.identity = ?1" IN_ORDER;
    return SELECT_CERTS IN_ORDER;
}

static void bind_filter(struct hc_sqlite *st, const struct hc_ledger_filter *f)
{
    hc_sqlite_bind_text(st, 1, f->identity);
    hc_sqlite_bind_blob(st, 2, f->serial);
    hc_sqlite_bind_text(st, 3, f->profile);
    hc_sqlite_bind_text(st, 4, f->issuer);
    hc_sqlite_bind_int(st, 5, f->unexpired_at ? f->unexpired_at : INT64_MIN);
    hc_sqlite_bind_int(st, 6, f->unrevoked);
    hc_sqlite_bind_int(st, 7, f->leaves);
    if (f->serial.n == 0 && f->asserts.n > 0)
        hc_sqlite_bind_text(st, 8, f->asserts);
}

static struct hc_ledger_cert read_cert(struct hc_sqlite *st)
{
    return (struct hc_ledger_cert){
        .intent = hc_sqlite_column_int(st, 0),
        .at = hc_sqlite_column_int(st, 1),
        .issuer = hc_sqlite_column(st, 2),
        .serial = hc_sqlite_column(st, 3),
        .profile = hc_sqlite_column(st, 4),
        .identity = hc_sqlite_column(st, 5),
        .label = hc_sqlite_column(st, 6),
        .names = hc_sqlite_column(st, 7),
        .not_before = hc_sqlite_column_int(st, 8),
        .not_after = hc_sqlite_column_int(st, 9),
        .sha256 = hc_sqlite_column(st, 10),
        .der = hc_sqlite_column(st, 11),
        .revoked = !hc_sqlite_column_null(st, 12),
        .revoked_at = hc_sqlite_column_int(st, 12),
        .reason = (int)hc_sqlite_column_int(st, 13),
    };
}

struct hc_rc hc_ledger_certs(struct hc_ledger *l, const struct hc_ledger_filter *filter,
                             struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e),
                             void *ctx, size_t *n, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;
    size_t count = 0;

    HC_TRY(e, hc_sqlite_prepare(l, select_for(filter), &st, e));
    bind_filter(&st, filter);
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_cert row = read_cert(&st);

        count++;
        if (each)
            HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    if (n)
        *n = count;
    return HC_OK;
}
