/* shape.c - the ledger's tables, indexes and triggers, compared with those of a new ledger that is made in memory. */
#include "ledger/shape.h"

#include <stdio.h>

#include <sqlite3.h>

#include "ledger/schema.h"

struct thing {
    struct hc_sqlite st;
    bool more;
    struct hc_bytes type, name, table, sql;
};

static struct hc_rc next_thing(struct thing *t, struct hc_err *e)
{
    HC_TRY(e, hc_sqlite_step(&t->st, &t->more, e));
    if (!t->more)
        return HC_OK;
    t->type = hc_sqlite_column(&t->st, 0);
    t->name = hc_sqlite_column(&t->st, 1);
    t->table = hc_sqlite_column(&t->st, 2);
    t->sql = hc_sqlite_column(&t->st, 3);
    return HC_OK;
}

static struct hc_rc list_things(struct hc_ledger *l, struct thing *t, struct hc_err *e)
{
    HC_TRY(e, hc_sqlite_prepare(l, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name",
                                &t->st, e));
    return next_thing(t, e);
}

/* In the order of the query; one that has come to its end is beyond all others. */
static int compare_things(const struct thing *a, const struct thing *b)
{
    int by_type;

    if (!a->more || !b->more)
        return a->more ? -1 : 1;
    by_type = hc_bytes_cmp(a->type, b->type);
    return by_type ? by_type : hc_bytes_cmp(a->name, b->name);
}

static void say_thing(struct hc_findings *found, const struct thing *t, const char *what)
{
    char name[80];

    (void)snprintf(name, sizeof name, "%.*s", HC_BYTES_FMT(t->name));
    hc_findings_say(found, hc_findings_table(t->table), "the %.*s %s %s", HC_BYTES_FMT(t->type), name, what);
}

static struct hc_rc compare_shapes(struct thing *ours, struct thing *there, struct hc_findings *found, bool *readable,
                                   struct hc_err *e)
{
    while (ours->more || there->more) {
        int order = compare_things(ours, there);
        bool same = order == 0 && hc_bytes_eq(ours->table, there->table) && hc_bytes_eq(ours->sql, there->sql);

        if (order <= 0 && !same && hc_bytes_eq_str(ours->type, "table"))
            *readable = false;
        if (order < 0)
            say_thing(found, ours, "is missing");
        else if (order > 0)
            say_thing(found, there, "was added");
        else if (!same)
            say_thing(found, there, "was changed");
        if (order <= 0)
            HC_TRY(e, next_thing(ours, e));
        if (order >= 0)
            HC_TRY(e, next_thing(there, e));
    }
    return HC_OK;
}

static void thing_fini(struct thing *t)
{
    hc_sqlite_fini(&t->st);
}

static void model_fini(struct hc_ledger *m)
{
    sqlite3_close_v2(m->db);
}

struct hc_rc hc_shape_check(struct hc_ledger *l, struct hc_findings *found, bool *readable, struct hc_err *e)
{
    __attribute__((cleanup(model_fini))) struct hc_ledger model = {0};
    __attribute__((cleanup(thing_fini))) struct thing ours = {0};
    __attribute__((cleanup(thing_fini))) struct thing there = {0};
    int rc = sqlite3_open_v2(":memory:", &model.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int64_t application = 0, version = 0;
    bool all = true;

    if (rc != SQLITE_OK)
        return hc_sqlite_fail(model.db, rc, "open a second one in memory", e);
    HC_TRY(e, hc_sqlite_exec(&model, hc_schema_sql, e));
    HC_TRY(e, list_things(&model, &ours, e));
    HC_TRY(e, list_things(l, &there, e));
    HC_TRY(e, compare_shapes(&ours, &there, found, &all, e));
    HC_TRY(e, hc_sqlite_number(l, "PRAGMA application_id", &application, e));
    HC_TRY(e, hc_sqlite_number(l, "PRAGMA user_version", &version, e));
    if (application != HC_SCHEMA_APPLICATION || version != HC_SCHEMA_VERSION)
        hc_findings_say(found, "", "the file says to be version %lld of application %lld", (long long)version,
                        (long long)application);
    *readable = all;
    return HC_OK;
}
