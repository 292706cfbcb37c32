/* test_check.c - whatever is done to the file behind the ledger's back shows, and is called what it is. */
#include "ledger/full.h"

/* The ledger as it was, to begin anew for each change. */
static void save(struct book *b)
{
    char copy[128];
    struct hc_err e;

    (void)snprintf(copy, sizeof copy, "%s/whole.db", b->dir);
    expect_ok(&e, hc_ledger_backup(b->l, copy, NULL, NULL, &e));
    book_close(b);
}

static void restore(struct book *b)
{
    char copy[128], wal[128];
    HC_BUF_AUTO(text, 1 << 20);
    struct hc_err e;

    book_close(b);
    (void)snprintf(copy, sizeof copy, "%s/whole.db", b->dir);
    (void)snprintf(wal, sizeof wal, "%s-wal", b->path);
    (void)unlink(wal);
    expect_ok(&e, hc_file_read(copy, &text, &e));
    expect_ok(&e, hc_file_write_atomic(b->path, hc_buf_view(&text), 0600, &e));
}

static int saved_setup(void **state)
{
    full_setup(state);
    save(*state);
    return 0;
}

struct faults {
    size_t n;
    struct hc_ledger_fault at[HC_LEDGER_FAULTS];
};

static struct hc_rc keep(void *ctx, const struct hc_ledger_fault *f, struct hc_err *e)
{
    struct faults *faults = ctx;

    (void)e;
    assert_true(faults->n < HC_LEDGER_FAULTS);
    faults->at[faults->n++] = *f;
    return HC_OK;
}

/* Makes the change on a fresh copy and looks; the faults stay valid until the next call. */
static const struct faults *look_after(struct book *b, const char *sql)
{
    static struct faults faults;
    struct hc_ledger_check how = {.fault = keep, .ctx = &faults};
    struct hc_ledger_options o = book_options(b, false);
    struct hc_rc rc;
    struct hc_err e;
    size_t n = 99;

    faults.n = 0;
    restore(b);
    if (*sql)
        full_tamper(b, sql);
    o.read_only = true;
    expect_ok(&e, hc_ledger_open(&o, &b->l, &e));
    rc = hc_ledger_check(b->l, &how, NULL, &n, &e);
    if (rc.code != HC_E_LEDGER_TAMPERED && rc.code != HC_OK_CODE)
        fail_msg("%s: HC-%04d %s", sql, (int)rc.code, e.text);
    assert_int_equal(hc_failed(rc), faults.n > 0);
    assert_true(n >= faults.n);
    if (faults.n > 0)
        assert_string_equal(e.text, faults.at[0].text);
    return &faults;
}

/* The first fault is this one. */
static void expect_fault(struct book *b, const char *sql, int64_t link, const char *table, const char *text)
{
    const struct faults *found = look_after(b, sql);

    if (found->n == 0)
        fail_msg("%s: nobody noticed", sql);
    if (found->at[0].link != link || strcmp(found->at[0].table, table) != 0 || strcmp(found->at[0].text, text) != 0)
        fail_msg("%s: %s, link %d: %s", sql, found->at[0].table, (int)found->at[0].link, found->at[0].text);
}

static void count_links(void *ctx, int64_t done, int64_t of)
{
    assert_int_equal(of, FULL_LINKS);
    *(int64_t *)ctx = done;
}

static void a_whole_ledger_passes(void **state)
{
    struct book *b = *state;
    int64_t done = 0;
    struct hc_ledger_check how = {.progress = count_links, .ctx = &done};
    struct hc_ledger_link head, last;
    struct hc_err e;
    size_t faults = 9;

    assert_int_equal(look_after(b, "")->n, 0);
    expect_ok(&e, hc_ledger_check(b->l, &how, &head, &faults, &e));
    assert_int_equal(faults, 0);
    assert_int_equal(done, FULL_LINKS);
    expect_ok(&e, hc_ledger_head(b->l, &last, &e));
    assert_memory_equal(&head, &last, sizeof head);
}

/* One more digit, one more letter, one more byte. */
static void change_column(char *out, size_t size, const char *table, const char *column, const char *type, int link)
{
    const char *how = strcmp(type, "INTEGER") == 0 ? "%s + 1000"
                      : strcmp(type, "TEXT") == 0  ? "%s || 'x'"
                                                   : "CAST(%s || x'00' AS BLOB)";
    char value[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(value, sizeof value, how, column);
#pragma GCC diagnostic pop
    (void)snprintf(out, size, "UPDATE %s SET %s = %s WHERE link = %d", table, column, value, link);
}

static bool names_table(const struct faults *found, const char *table)
{
    for (size_t i = 0; i < found->n; i++)
        if (strcmp(found->at[i].table, table) == 0)
            return true;
    return false;
}

static int change_row(struct book *b, const char *table, int link)
{
    char sql[256], ask[256], column[4096], type[4096];
    int changed = 0;

    for (int i = 0;; i++, changed++) {
        (void)snprintf(ask, sizeof ask, "SELECT name FROM pragma_table_info('%s') WHERE cid = %d", table, i);
        full_ask(b, ask, column);
        if (!*column)
            return changed;
        (void)snprintf(ask, sizeof ask, "SELECT type FROM pragma_table_info('%s') WHERE cid = %d", table, i);
        full_ask(b, ask, type);
        change_column(sql, sizeof sql, table, column, type, link);
        const struct faults *found = look_after(b, sql);
        if (found->n == 0)
            fail_msg("%s: nobody noticed", sql);
        if (!names_table(found, table))
            fail_msg("%s: called %s", sql, found->at[0].text);
    }
}

static void every_column_of_every_row_is_covered(void **state)
{
    struct book *b = *state;
    char ask[128], there[4096];
    int changed = 0;

    for (size_t i = 0; i < HC_COUNT(full_tables); i++) {
        for (int link = 1; link <= FULL_LINKS; link++) {
            restore(b);
            (void)snprintf(ask, sizeof ask, "SELECT link FROM %s WHERE link = %d", full_tables[i], link);
            full_ask(b, ask, there);
            if (*there)
                changed += change_row(b, full_tables[i], link);
        }
    }
    assert_int_equal(changed, 2 * 9 + 3 * 15 + 2 * 5 + 2 * 6 + 2 * 6 + 4 * 4);
}

static void every_hash_is_covered(void **state)
{
    struct book *b = *state;
    char sql[128], text[128];

    for (int link = 1; link < FULL_LINKS; link++) {
        (void)snprintf(sql, sizeof sql, "UPDATE chain SET hash = zeroblob(32) WHERE link = %d", link);
        (void)snprintf(text, sizeof text, "chain: the hash of link %d was changed; its row is whole", link);
        expect_fault(b, sql, link, "chain", text);
        (void)snprintf(sql, sizeof sql, "UPDATE chain SET hash = x'00' WHERE link = %d", link);
        expect_fault(b, sql, link, "chain", text);
        (void)snprintf(sql, sizeof sql, "DELETE FROM chain WHERE link = %d", link);
        (void)snprintf(text, sizeof text, "chain: link %d was removed; its row is whole", link);
        expect_fault(b, sql, link, "chain", text);
    }
    /* Of the last one nothing follows that could tell which of both is wrong. */
    expect_fault(b, "UPDATE chain SET hash = zeroblob(32) WHERE link = 15", 15, "events",
                 "events: the row of link 15 was changed");
    expect_fault(b, "DELETE FROM chain WHERE link = 15", 15, "events",
                 "events: the row of link 15 was added: the chain has no such link");
}

static void every_row_that_is_removed_is_missed(void **state)
{
    struct book *b = *state;
    char sql[512], text[128];

    for (int link = 1; link <= FULL_LINKS; link++) {
        (void)snprintf(sql, sizeof sql,
                       "DELETE FROM issuers WHERE link = %d; DELETE FROM intents WHERE link = %d;"
                       "DELETE FROM certificates WHERE link = %d; DELETE FROM revocations WHERE link = %d;"
                       "DELETE FROM crls WHERE link = %d; DELETE FROM events WHERE link = %d",
                       link, link, link, link, link, link);
        (void)snprintf(text, sizeof text, "chain: the row of link %d was removed", link);
        expect_fault(b, sql, link, "chain", text);
    }
}

static void a_stretch_that_is_cut_out_is_one_fault(void **state)
{
    struct book *b = *state;

    expect_fault(b, "DELETE FROM revocations; DELETE FROM events WHERE link = 8; DELETE FROM crls WHERE link = 10", 8,
                 "chain", "chain: the rows of links 8 to 10 were removed");
    expect_fault(b,
                 "DELETE FROM revocations WHERE link = 9; DELETE FROM crls WHERE link = 10;"
                 "DELETE FROM chain WHERE link IN (9, 10)",
                 9, "chain", "chain: links 9 to 10 were removed together with their rows");
    expect_fault(b, "DELETE FROM events WHERE link = 8; DELETE FROM chain WHERE link = 8", 8, "chain",
                 "chain: link 8 was removed together with its row");
    /* Closing the gap does not help: the numbers are in the hashes. */
    expect_fault(b,
                 "DELETE FROM revocations WHERE link = 13; UPDATE crls SET link = 13 WHERE link = 14;"
                 "UPDATE events SET link = 14 WHERE link = 15; DELETE FROM chain WHERE link = 13;"
                 "UPDATE chain SET link = link - 1 WHERE link > 13",
                 13, "crls", "crls: the row of link 13 was changed");
}

static void rows_that_change_places_are_recognised(void **state)
{
    struct book *b = *state;
    const struct faults *found;

    found = look_after(b, "UPDATE events SET link = -1 WHERE link = 8; UPDATE events SET link = 8 WHERE link = 11;"
                          "UPDATE events SET link = 11 WHERE link = -1");
    assert_int_equal(found->n, 2);
    assert_string_equal(found->at[0].text,
                        "events: the row that belongs to link 8 stands in events as link 11: rows were put elsewhere");
    assert_string_equal(found->at[1].text,
                        "events: the row that belongs to link 11 stands in events as link 8: rows were put elsewhere");
    found = look_after(b, "UPDATE events SET link = -1 WHERE link = 8; UPDATE crls SET link = 8 WHERE link = 10;"
                          "UPDATE events SET link = 10 WHERE link = -1");
    assert_int_equal(found->n, 2);
    assert_string_equal(found->at[0].text,
                        "crls: the row that belongs to link 8 stands in events as link 10: rows were put elsewhere");
    /* A row put at the end. */
    found = look_after(b, "UPDATE events SET link = 99 WHERE link = 8");
    assert_string_equal(found->at[0].text,
                        "chain: the row that belongs to link 8 stands in events as link 99: rows were put elsewhere");
}

static void a_row_without_a_link_was_added(void **state)
{
    struct book *b = *state;

    expect_fault(b, "INSERT INTO events (link, at, what, detail) VALUES (16, 1, 'x', '{}')", 16, "events",
                 "events: the row of link 16 was added: the chain has no such link");
    expect_fault(b, "INSERT INTO events (link, at, what, detail) VALUES (0, 1, 'x', '{}')", 0, "events",
                 "events: the row of link 0 was added: the chain has no such link");
    expect_fault(b, "INSERT INTO events (link, at, what, detail) VALUES (-5, 1, 'x', '{}')", -5, "events",
                 "events: the row of link -5 was added: the chain has no such link");
    expect_fault(b, "INSERT INTO events (link, at, what, detail) VALUES (9223372036854775807, 1, 'x', '{}')", 16,
                 "chain", "chain: links 16 to 9223372036854775806 were removed together with their rows");
    expect_fault(b, "INSERT INTO events (link, at, what, detail) VALUES (9, 1, 'x', '{}')", 9, "events",
                 "events: the row of link 9 was added: that link is another row's");
    expect_fault(b, "INSERT INTO issuers VALUES ('x', '', x'00', '', 1, '', 0, '', 9)", 9, "issuers",
                 "issuers: the row of link 9 was added: that link is another row's");
}

static void a_row_with_a_link_of_its_own_making_was_added(void **state)
{
    struct book *b = *state;

    expect_fault(b,
                 "INSERT INTO events (link, at, what, detail) VALUES (16, 1, 'x', '{}');"
                 "INSERT INTO chain VALUES (16, randomblob(32))",
                 16, "events", "events: the row of link 16 was changed");
    expect_fault(b, "INSERT INTO chain VALUES (16, randomblob(32))", 16, "chain",
                 "chain: the row of link 16 was removed");
}

/* The chain begins with 1: a row below it is none of ours, whatever link and hash it brings. */
static void a_row_below_the_first_link_was_added_even_with_a_link(void **state)
{
    struct book *b = *state;

    expect_fault(b,
                 "INSERT INTO revocations VALUES ('issuing', x'77', 1, 1, 999, -3);"
                 "INSERT INTO chain VALUES (-3, zeroblob(32))",
                 -3, "chain", "chain: the row of link -3 was added: the chain has no such link");
    expect_fault(b,
                 "INSERT INTO events (link, at, what, detail) VALUES (0, 1, 'x', '{}');"
                 "INSERT INTO chain VALUES (0, zeroblob(32))",
                 0, "chain", "chain: the row of link 0 was added: the chain has no such link");
    expect_fault(b, "INSERT INTO chain VALUES (-9223372036854775807, zeroblob(32))", -INT64_MAX, "chain",
                 "chain: the row of link -9223372036854775807 was added: the chain has no such link");
    assert_int_equal(look_after(b, "INSERT INTO revocations VALUES ('issuing', x'77', 1, 1, 999, 0);"
                                   "INSERT INTO chain VALUES (0, zeroblob(32))")
                         ->n,
                     2);
}

/* Whoever knows the hash can also append; the signed head is for that. */
static void a_forged_tail_shows_in_the_head_only(void **state)
{
    struct book *b = *state;
    struct hc_ledger_link head, before;
    struct hc_err e;

    assert_int_equal(look_after(b, "")->n, 0);
    expect_ok(&e, hc_ledger_head(b->l, &before, &e));
    book_close(b);
    book_reopen(b);
    full_event(b, "forged");
    expect_ok(&e, hc_ledger_check(b->l, NULL, &head, NULL, &e));
    assert_int_equal(head.number, before.number + 1);
    assert_memory_not_equal(head.hash, before.hash, 32);
    expect_ok(&e, hc_ledger_link(b->l, before.number, &head, &e));
    assert_memory_equal(head.hash, before.hash, 32); /* and what was signed is still in it */
}

static void a_tail_cut_off_shows_in_the_head_only(void **state)
{
    struct book *b = *state;
    struct hc_ledger_link head, before, now;
    struct hc_err e;

    assert_int_equal(look_after(b, "")->n, 0);
    expect_ok(&e, hc_ledger_head(b->l, &before, &e));
    assert_int_equal(look_after(b, "DELETE FROM events WHERE link = 15; DELETE FROM crls WHERE link = 14;"
                                   "DELETE FROM chain WHERE link > 13")
                         ->n,
                     0);
    expect_ok(&e, hc_ledger_check(b->l, NULL, &head, NULL, &e));
    assert_int_equal(head.number, 13);
    expect_ok(&e, hc_ledger_link(b->l, before.number, &now, &e));
    assert_int_equal(now.number, 0); /* the link that was signed is gone */
}

static void the_index_of_names_is_compared_both_ways(void **state)
{
    struct book *b = *state;

    expect_fault(b, "DELETE FROM names WHERE intent = 2 AND name LIKE 'dns:%'", 0, "names",
                 "names: a name of intent 2 is missing");
    expect_fault(b, "INSERT INTO names VALUES ('dns:evil.example.com', 1)", 0, "names",
                 "names: a name was added to intent 1");
    expect_fault(b, "UPDATE names SET name = 'dns:evil.example.com' WHERE intent = 2 AND name LIKE 'dns:%'", 0, "names",
                 "names: a name of intent 2 is missing");
    expect_fault(b, "INSERT INTO names VALUES ('dns:evil.example.com', 77)", 0, "names",
                 "names: a name was added to intent 77");
}

static void the_shape_of_the_file_is_part_of_it(void **state)
{
    struct book *b = *state;

    expect_fault(b, "CREATE TABLE evil (x)", 0, "", "the table evil was added");
    expect_fault(b, "DROP INDEX intents_by_identity", 0, "intents", "the index intents_by_identity is missing");
    expect_fault(b,
                 "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = "
                 "'events'",
                 0, "events", "the table events was changed");
    expect_fault(b, "CREATE VIEW v AS SELECT 1", 0, "", "the view v was added");
}

static void a_missing_trigger_is_told_and_the_rows_are_looked_at(void **state)
{
    struct book *b = *state;
    const struct faults *found;
    struct hc_ledger_check how = {0};
    struct hc_err e;
    size_t n = 0;

    (void)look_after(b, "");
    book_close(b);
    restore(b);
    book_sql(b, "DROP TRIGGER events_never_UPDATE; UPDATE events SET what = 'x' WHERE link = 8");
    book_reopen(b);
    expect_fail(&e, hc_ledger_check(b->l, &how, NULL, &n, &e), HC_E_LEDGER_TAMPERED);
    assert_string_equal(e.text, "the trigger events_never_UPDATE is missing");
    assert_int_equal(n, 2);
    found = look_after(b, "");
    assert_int_equal(found->n, 0);
}

static void a_missing_table_is_told_and_the_rows_are_not_looked_at(void **state)
{
    struct book *b = *state;
    struct faults faults = {0};
    struct hc_ledger_check how = {.fault = keep, .ctx = &faults};
    struct hc_err e;

    restore(b);
    book_sql(b, "DROP TABLE events");
    book_reopen(b);
    expect_fail(&e, hc_ledger_check(b->l, &how, NULL, NULL, &e), HC_E_LEDGER_TAMPERED);
    assert_string_equal(e.text, "the table events is missing");
    assert_int_equal(faults.n, 3); /* with its triggers */
}

/* Types are not in the hash, so they are compared. */
static void a_number_as_a_blob_of_the_same_bytes_is_no_number(void **state)
{
    struct book *b = *state;
    const struct faults *found =
        look_after(b, "CREATE TABLE t (link INTEGER PRIMARY KEY, at, what, detail);"
                      "INSERT INTO t SELECT link, x'0000000000000064', what, detail FROM events;"
                      "PRAGMA writable_schema=ON;"
                      "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 't')"
                      " WHERE name = 'events'; DELETE FROM sqlite_schema WHERE name = 't'");

    assert_true(found->n > 0);
    assert_true(names_table(found, "events"));
}

static void a_hundred_faults_are_told_and_all_are_counted(void **state)
{
    struct book *b = *state;
    struct faults faults = {0};
    struct hc_ledger_check how = {.fault = keep, .ctx = &faults};
    struct hc_err e;
    size_t n = 0;

    restore(b);
    book_reopen(b);
    expect_ok(&e, hc_ledger_begin(b->l, &e));
    for (int i = 0; i < 150; i++)
        full_event(b, "many");
    expect_ok(&e, hc_ledger_end(b->l, HC_OK, &e));
    book_close(b);
    full_tamper(b, "UPDATE events SET detail = '{}' WHERE link > 15");
    book_reopen(b);
    expect_fail(&e, hc_ledger_check(b->l, &how, NULL, &n, &e), HC_E_LEDGER_TAMPERED);
    assert_int_equal(faults.n, HC_LEDGER_FAULTS);
    assert_int_equal(n, 150);
}

static void a_page_that_is_overwritten_is_noticed(void **state)
{
    struct book *b = *state;
    HC_BUF_AUTO(text, 1 << 20);
    struct hc_ledger_options o = book_options(b, false);
    struct hc_ledger *l = NULL;
    struct hc_err e;
    size_t noticed = 0, pages;

    restore(b);
    expect_ok(&e, hc_file_read(b->path, &text, &e));
    pages = text.n / 4096;
    for (size_t i = 1; i < pages; i++) {
        struct hc_rc rc;

        restore(b);
        hc_buf_clear(&text);
        expect_ok(&e, hc_file_read(b->path, &text, &e));
        memset(text.p + i * 4096, 0x5a, 4096);
        expect_ok(&e, hc_file_write_atomic(b->path, hc_buf_view(&text), 0600, &e));
        rc = hc_ledger_open(&o, &l, &e);
        if (hc_ok(rc))
            rc = hc_ledger_check(l, NULL, NULL, NULL, &e);
        hc_ledger_free(HC_GIVE(l));
        if (rc.code != HC_E_LEDGER_DAMAGED && rc.code != HC_E_LEDGER_TAMPERED)
            fail_msg("page %zu: HC-%04d", i, (int)rc.code);
        noticed++;
    }
    assert_true(noticed > 20);
}

/* Makes every child of the table's first page the same one: a tree that is walked again and again. */
static void bend(const struct book *b, const char *table)
{
    HC_BUF_AUTO(file, 16 << 20);
    char sql[128], answer[4096];
    struct hc_err e;
    uint8_t *page;
    bool index;
    size_t cells;

    book_sql(b, "PRAGMA wal_checkpoint(TRUNCATE)");
    (void)snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    full_ask(b, sql, answer);
    expect_ok(&e, hc_file_read(b->path, &file, &e));
    page = file.p + (strtoul(answer, NULL, 10) - 1) * 4096;
    index = page[0] == 2;
    assert_true(index || page[0] == 5); /* an interior page [SQLite file format 1.6] */
    cells = (size_t)page[3] << 8 | page[4];
    assert_true(cells > 2);
    for (size_t i = 1; i < cells; i++) {
        const uint8_t *at = page + 12 + 2 * i, *first = page + 12;

        memcpy(page + (at[0] << 8 | at[1]), page + (first[0] << 8 | first[1]), 4);
    }
    expect_ok(&e, hc_file_write_atomic(b->path, hc_buf_view(&file), 0600, &e));
}

static void expect_end_after_bending(struct book *b, const char *fill, const char *table, enum hc_code code)
{
    struct hc_err e;

    restore(b);
    full_tamper(b, fill);
    bend(b, table);
    book_reopen(b);
    expect_fail(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e), code);
    book_close(b);
}

static void pages_that_are_bent_into_a_circle_come_to_an_end(void **state)
{
    struct book *b = *state;

#define MANY "WITH RECURSIVE n (i) AS (SELECT 16 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
    expect_end_after_bending(b, MANY "INSERT INTO events SELECT i, 1, 'x', hex(randomblob(40)) FROM n", "events",
                             HC_E_LEDGER_DAMAGED);
    expect_end_after_bending(b, MANY "INSERT INTO chain SELECT i, randomblob(32) FROM n", "chain", HC_E_LEDGER_DAMAGED);
    expect_end_after_bending(b, MANY "INSERT INTO names SELECT 'dns:' || hex(randomblob(20)), 1 FROM n", "names",
                             HC_E_LEDGER_TAMPERED);
#undef MANY
}

static void nothing_is_added_after_a_link_that_has_no_next_one(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    restore(b);
    full_tamper(b, "INSERT INTO chain VALUES (9223372036854775807, zeroblob(32))");
    book_reopen(b);
    expect_fail(&e, hc_ledger_put_event(b->l, 1, "x", HC_BYTES("{}"), &e), HC_E_LEDGER_DAMAGED);
    book_close(b);
    full_tamper(b, "DELETE FROM chain; INSERT INTO chain VALUES (-1, zeroblob(32))");
    book_reopen(b);
    expect_fail(&e, hc_ledger_put_event(b->l, 1, "x", HC_BYTES("{}"), &e), HC_E_LEDGER_DAMAGED);
}

static struct hc_rc check_once(void *ctx, struct hc_err *e)
{
    struct book *b = ctx;

    return hc_ledger_check(b->l, NULL, NULL, NULL, e);
}

static void checking_survives_every_failed_allocation(void **state)
{
    struct book *b = *state;

    restore(b);
    book_reopen(b);
    assert_true(fault_sweep(check_once, b) > 0);
}

static struct hc_rc refuse(void *ctx, const struct hc_ledger_fault *f, struct hc_err *e)
{
    (void)ctx;
    (void)f;
    return HC_FAIL(e, HC_E_USAGE, "enough");
}

static void a_failing_callback_ends_the_check_and_its_transaction(void **state)
{
    struct book *b = *state;
    struct hc_ledger_check how = {.fault = refuse};
    struct hc_err e;

    restore(b);
    full_tamper(b, "DELETE FROM events WHERE link = 8");
    book_reopen(b);
    expect_fail(&e, hc_ledger_check(b->l, &how, NULL, NULL, &e), HC_E_USAGE);
    full_event(b, "still writable");
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, saved_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_whole_ledger_passes),
        LEDGER_TEST(every_column_of_every_row_is_covered),
        LEDGER_TEST(every_hash_is_covered),
        LEDGER_TEST(every_row_that_is_removed_is_missed),
        LEDGER_TEST(a_stretch_that_is_cut_out_is_one_fault),
        LEDGER_TEST(rows_that_change_places_are_recognised),
        LEDGER_TEST(a_row_without_a_link_was_added),
        LEDGER_TEST(a_row_with_a_link_of_its_own_making_was_added),
        LEDGER_TEST(a_row_below_the_first_link_was_added_even_with_a_link),
        LEDGER_TEST(a_forged_tail_shows_in_the_head_only),
        LEDGER_TEST(a_tail_cut_off_shows_in_the_head_only),
        LEDGER_TEST(the_index_of_names_is_compared_both_ways),
        LEDGER_TEST(the_shape_of_the_file_is_part_of_it),
        LEDGER_TEST(a_missing_trigger_is_told_and_the_rows_are_looked_at),
        LEDGER_TEST(a_missing_table_is_told_and_the_rows_are_not_looked_at),
        LEDGER_TEST(a_number_as_a_blob_of_the_same_bytes_is_no_number),
        LEDGER_TEST(a_hundred_faults_are_told_and_all_are_counted),
        LEDGER_TEST(a_page_that_is_overwritten_is_noticed),
        LEDGER_TEST(pages_that_are_bent_into_a_circle_come_to_an_end),
        LEDGER_TEST(nothing_is_added_after_a_link_that_has_no_next_one),
        LEDGER_TEST(checking_survives_every_failed_allocation),
        LEDGER_TEST(a_failing_callback_ends_the_check_and_its_transaction),
    };

    return cmocka_run_group_tests_name("ledger/check", tests, make_fixture, free_fixture);
}
