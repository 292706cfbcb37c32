/*
 * list.c - finding certificates again.
 *
 * The question is put together from fixed fragments, one for each field of the filter that is asked for; values are
 * parameters only. A field that names few certificates (an identity, a name, a serial, ...) becomes a list of intents
 * that an index gives; the rows are then read in the order of their numbers, so that nothing is sorted and memory does
 * not grow with them.
 */
#include "ledger/ledger.h"
#include "ledger/sqlite.h"

#define SQL_MAX 4096   /* all fragments together are half of that */
#define GLOB_MAX 50000 /* SQLite matches no longer pattern */

/* A certificate of a later intent, not only an intent: an issuance that was interrupted has replaced nothing. */
#define REPLACED                                                                                                       \
    "EXISTS (SELECT 1 FROM intents n CROSS JOIN certificates later ON later.intent = n.id"                             \
    " WHERE n.replaces = i.id AND n.replaces > 0)"

/* CROSS JOIN: certificates outside, by their numbers; the others are looked up. */
static const char select_certs[] =
    "SELECT i.id, c.at, i.issuer, i.serial, i.profile, i.identity, i.label, i.names, i.not_before, i.not_after,"
    " c.sha256, c.der, r.at, r.reason, i.replaces, " REPLACED
    " FROM certificates c CROSS JOIN intents i ON i.id = c.intent"
    " LEFT JOIN revocations r ON r.issuer = i.issuer AND r.serial = i.serial WHERE 1";

/* What stands behind the type; a SPIFFE ID stands alone and is a whole. */
#define UNTYPED "CASE WHEN substr(name, 1, 9) = 'spiffe://' THEN name ELSE substr(name, instr(name, ':') + 1) END"

/* hc_serial_text drops the sign byte, so a prefix stands for two ranges: with a sign byte before it (?6, ?7), or
 * without. */
#define WITH_PREFIX                                                                                                    \
    " AND c.intent IN (SELECT id FROM intents WHERE serial >= ?4 AND serial < ?5"                                      \
    " AND (length(serial) < 2 OR substr(serial, 1, 1) <> x'00')"                                                       \
    " UNION ALL SELECT id FROM intents WHERE serial >= ?6 AND serial < ?7)"

/* Beyond the serials of every certificate. */
#define BOUND_MAX (HC_SERIAL_MAX + 12)

struct bound {
    uint8_t p[BOUND_MAX];
    size_t n;
};

/* The serials that begin with some digits: from `low` to before `high`. */
struct range {
    struct bound low, high;
};

static bool digits_of(struct hc_bytes text, uint8_t digit[2 * BOUND_MAX])
{
    for (size_t i = 0; i < text.n; i++) {
        int v = hc_ascii_hex(text.p[i]);

        if (v < 0)
            return false;
        digit[i] = (uint8_t)v;
    }
    return true;
}

/* `n` digits as bytes, a zero after an odd number of them. */
static void pack(const uint8_t *digit, size_t n, struct bound *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out->p[i / 2] |= (uint8_t)(i % 2 ? digit[i] : digit[i] << 4);
    out->n = (n + 1) / 2;
}

static void range_of(uint8_t *digit, size_t n, struct range *out)
{
    size_t at = n;

    pack(digit, n, &out->low);
    while (at > 0 && digit[at - 1] == 15)
        at--;
    if (at == 0) { /* nothing but f: there is nothing above, except what no serial reaches */
        memset(out->high.p, 0xff, sizeof out->high.p);
        out->high.n = sizeof out->high.p;
        return;
    }
    digit[at - 1]++;
    pack(digit, at, &out->high);
}

/* False for a prefix that no serial has. */
static bool ranges_of(struct hc_bytes prefix, struct range *plain, struct range *with_sign)
{
    uint8_t digit[2 * BOUND_MAX] = {0}, signed_digit[2 * BOUND_MAX] = {0};

    if (prefix.n > 2 * HC_SERIAL_MAX || !digits_of(prefix, digit))
        return false;
    memcpy(signed_digit + 2, digit, prefix.n);
    range_of(digit, prefix.n, plain);
    range_of(signed_digit, prefix.n + 2, with_sign);
    return true;
}

static bool has_type(struct hc_bytes glob)
{
    static const char *const types[] = {"dns:", "email:", "uri:", "ip:", "spiffe://"};

    for (size_t i = 0; i < HC_COUNT(types); i++)
        if (hc_bytes_starts(glob, hc_bytes_str(types[i])))
            return true;
    return false;
}

/* The revoked are fewer than the others, most of the time. */
#define REVOKED                                                                                                        \
    " AND c.intent IN (SELECT v.id FROM revocations w CROSS JOIN intents v ON v.issuer = w.issuer"                     \
    " AND v.serial = w.serial)"

static bool names_few(const struct hc_ledger_filter *f)
{
    return f->identity.n || f->asserts.n || f->serial.n || f->serial_prefix.n || f->sha256.n;
}

static void add_names(const struct hc_ledger_filter *f, struct hc_buf *sql)
{
    if (f->identity.n)
        hc_buf_add_str(sql, " AND c.intent IN (SELECT id FROM intents WHERE identity = ?1)");
    if (f->asserts.n)
        hc_buf_add_str(sql, " AND c.intent IN (SELECT intent FROM names WHERE name = ?2)");
    if (f->serial.n)
        hc_buf_add_str(sql, " AND c.intent IN (SELECT id FROM intents WHERE serial = ?3)");
    if (f->serial_prefix.n)
        hc_buf_add_str(sql, WITH_PREFIX);
    if (f->sha256.n)
        hc_buf_add_str(sql, " AND c.intent IN (SELECT intent FROM certificates WHERE sha256 = ?8)");
}

/* Host names and addresses are written in lower case only. Where nothing is called on the name, and the parameter is
 * the pattern itself, what stands before its first wildcard is looked up in the primary key; everywhere else every name
 * is read. */
static const char *glob_of(struct hc_bytes glob)
{
    if (hc_bytes_starts(glob, HC_BYTES("dns:")) || hc_bytes_starts(glob, HC_BYTES("ip:")))
        return " AND c.intent IN (SELECT intent FROM names WHERE name GLOB ?9)";
    if (has_type(glob))
        return " AND c.intent IN (SELECT intent FROM names WHERE lower(name) GLOB ?9)";
    return " AND c.intent IN (SELECT intent FROM names WHERE lower(" UNTYPED ") GLOB ?9)";
}

static void add_text(const struct hc_ledger_filter *f, struct hc_buf *sql)
{
    if (f->glob.n)
        hc_buf_add_str(sql, glob_of(f->glob));
    if (f->profile.n)
        hc_buf_add_str(sql, " AND i.profile = ?10");
    if (f->issuer.n)
        hc_buf_add_str(sql, " AND i.issuer = ?11");
}

static void add_state(const struct hc_ledger_filter *f, struct hc_buf *sql)
{
    if (f->unexpired_at && f->expired_before && !names_few(f)) /* "which end next week" names few, too */
        hc_buf_add_str(sql, " AND c.intent IN (SELECT id FROM intents WHERE not_after >= ?12 AND not_after < ?13)");
    else if (f->unexpired_at && f->expired_before)
        hc_buf_add_str(sql, " AND i.not_after >= ?12 AND i.not_after < ?13");
    else if (f->unexpired_at)
        hc_buf_add_str(sql, " AND i.not_after >= ?12");
    else if (f->expired_before)
        hc_buf_add_str(sql, " AND i.not_after < ?13");
    if (f->unrevoked)
        hc_buf_add_str(sql, " AND r.at IS NULL");
    if (f->revoked)
        hc_buf_add_str(sql, names_few(f) ? " AND r.at IS NOT NULL" : REVOKED);
    if (f->unreplaced)
        hc_buf_add_str(sql, " AND NOT " REPLACED);
    if (f->leaves)
        hc_buf_add_str(sql, " AND i.profile NOT LIKE '%-ca'");
    if (f->after)
        hc_buf_add_str(sql, " AND c.intent > ?14");
    hc_buf_add_str(sql, " ORDER BY c.intent");
    if (f->limit)
        hc_buf_add_str(sql, " LIMIT ?15");
}

static void bind_range(struct hc_sqlite *st, int at, const struct range *r)
{
    hc_sqlite_bind_blob(st, at, hc_bytes_of(r->low.p, r->low.n));
    hc_sqlite_bind_blob(st, at + 1, hc_bytes_of(r->high.p, r->high.n));
}

/* Only what is asked for: a parameter that the question does not have cannot be bound. What must be written in another
 * way first is bound by hc_ledger_certs. */
static void bind_filter(struct hc_sqlite *st, const struct hc_ledger_filter *f)
{
    const struct {
        struct hc_bytes v;
        int at;
        bool blob;
    } bytes[] = {{f->identity, 1, false}, {f->asserts, 2, false},  {f->serial, 3, true},
                 {f->sha256, 8, true},    {f->profile, 10, false}, {f->issuer, 11, false}};
    const struct {
        int64_t v;
        int at;
    } numbers[] = {{f->unexpired_at, 12}, {f->expired_before, 13}, {f->after, 14}, {f->limit, 15}};

    for (size_t i = 0; i < HC_COUNT(bytes); i++) {
        if (bytes[i].v.n && bytes[i].blob)
            hc_sqlite_bind_blob(st, bytes[i].at, bytes[i].v);
        else if (bytes[i].v.n)
            hc_sqlite_bind_text(st, bytes[i].at, bytes[i].v);
    }
    for (size_t i = 0; i < HC_COUNT(numbers); i++)
        if (numbers[i].v)
            hc_sqlite_bind_int(st, numbers[i].at, numbers[i].v);
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
        .replaces = hc_sqlite_column_int(st, 14),
        .replaced = hc_sqlite_column_int(st, 15) != 0,
    };
}

/* The glob is matched in lower case; the type before it is as it was written. */
static struct hc_rc lower_glob(struct hc_bytes glob, struct hc_buf *out, struct hc_err *e)
{
    for (size_t i = 0; i < glob.n; i++)
        hc_buf_add_byte(out, hc_ascii_lower(glob.p[i]));
    return hc_buf_check(out, e);
}

static struct hc_rc ask(struct hc_ledger *l, const struct hc_ledger_filter *f, struct hc_sqlite *st, struct hc_err *e)
{
    HC_BUF_AUTO(sql, SQL_MAX);

    hc_buf_add_str(&sql, select_certs);
    add_names(f, &sql);
    add_text(f, &sql);
    add_state(f, &sql);
    hc_buf_add_byte(&sql, 0);
    HC_TRY(e, hc_buf_check(&sql, e));
    HC_TRY(e, hc_sqlite_prepare(l, (const char *)sql.p, st, e));
    bind_filter(st, f);
    return HC_OK;
}

struct hc_rc hc_ledger_certs(struct hc_ledger *l, const struct hc_ledger_filter *filter,
                             struct hc_rc (*each)(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e),
                             void *ctx, size_t *n, struct hc_err *e)
{
    struct range plain, with_sign; /* these outlive the statement that borrows them */
    HC_BUF_AUTO(glob, GLOB_MAX);
    HC_SQLITE(st);
    bool more = ranges_of(filter->serial_prefix, &plain, &with_sign);
    size_t count = 0;

    HC_TRY(e, lower_glob(filter->glob, &glob, e));
    if (more) {
        HC_TRY(e, ask(l, filter, &st, e));
        if (filter->serial_prefix.n) {
            bind_range(&st, 4, &plain);
            bind_range(&st, 6, &with_sign);
        }
        if (filter->glob.n)
            hc_sqlite_bind_text(&st, 9, hc_buf_view(&glob));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
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
