/* findings.c - what a check of the ledger found wrong: kept, matched with each other, put into words. */
#include "ledger/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/chain.h"

struct hc_rc hc_findings_new(struct hc_findings **out, struct hc_err *e)
{
    struct hc_findings *f = calloc(1, sizeof *f);

    if (!f)
        return HC_FAIL(e, HC_E_NOMEM, "no memory to check the ledger");
    *out = f;
    return HC_OK;
}

void hc_findings_free(struct hc_findings *f)
{
    free(f);
}

static bool continues(const struct hc_finding *last, const struct hc_finding *one)
{
    return last->kind == HC_FINDING_ROW_REMOVED && one->kind == HC_FINDING_ROW_REMOVED && one->first == last->last + 1;
}

struct hc_finding *hc_findings_add(struct hc_findings *f, const struct hc_finding *one)
{
    struct hc_finding *last = f->kept > 0 ? &f->at[f->kept - 1] : NULL;

    if (last && continues(last, one)) {
        last->last = one->last;
        return last;
    }
    f->n++;
    if (f->kept == HC_LEDGER_FAULTS)
        return NULL;
    f->at[f->kept] = *one;
    return &f->at[f->kept++];
}

void hc_findings_say(struct hc_findings *f, const char *table, const char *fmt, ...)
{
    struct hc_finding one = {.kind = HC_FINDING_TEXT, .table = table};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(one.text, sizeof one.text, fmt, args);
    va_end(args);
    (void)hc_findings_add(f, &one);
}

const char *hc_findings_table(struct hc_bytes name)
{
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        if (hc_bytes_eq_str(name, hc_chain_tables[i].name))
            return hc_chain_tables[i].name;
    return hc_bytes_eq_str(name, "names") ? "names" : hc_bytes_eq_str(name, "chain") ? "chain" : "";
}

static bool is_kind(const struct hc_finding *one, enum hc_chain_kind *out)
{
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++) {
        if (strcmp(one->table, hc_chain_tables[i].name) == 0) {
            *out = (enum hc_chain_kind)i;
            return true;
        }
    }
    return false;
}

/* A row that stands where it should not. */
static bool is_stray(const struct hc_finding *one)
{
    return one->kind == HC_FINDING_ROW_CHANGED || one->kind == HC_FINDING_ROW_ADDED ||
           one->kind == HC_FINDING_ROW_BESIDE;
}

/* A place whose own row is not there. */
static bool is_place(const struct hc_finding *one)
{
    return one->provable && one->found_at == 0 && one->first == one->last &&
           (one->kind == HC_FINDING_ROW_CHANGED || one->kind == HC_FINDING_ROW_REMOVED);
}

/* Sets found_at of each place that the row of `stray` belongs to. */
static struct hc_rc match_one(struct hc_findings *f, struct hc_ledger *l, const struct hc_finding *stray,
                              struct hc_err *e)
{
    struct hc_chain_value values[HC_CHAIN_COLUMNS];
    HC_BUF_AUTO(scratch, HC_CHAIN_ROW_MAX);
    uint8_t hash[HC_LEDGER_HASH];
    enum hc_chain_kind kind;
    HC_SQLITE(st);
    bool row = false;

    if (!is_kind(stray, &kind))
        return HC_OK;
    HC_TRY(e, hc_sqlite_prepare_kept(l, hc_chain_tables[kind].one, &st, e));
    hc_sqlite_bind_int(&st, 1, stray->first);
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    if (!row || !hc_chain_read(&st, kind, values))
        return HC_OK;
    for (size_t i = 0; i < f->kept; i++) {
        struct hc_finding *place = &f->at[i];

        if (!is_place(place) || place == stray)
            continue;
        struct hc_rc rc = hc_chain_hash(l, &place->before, &(struct hc_chain_row){kind, values}, &scratch, hash, e);
        if (rc.code == HC_E_TOO_BIG) /* no row of ours */
            return HC_OK;
        HC_TRY(e, rc);
        if (memcmp(hash, place->hash, sizeof hash) == 0) {
            place->found_at = stray->first;
            place->found_in = stray->table;
        }
    }
    return HC_OK;
}

struct hc_rc hc_findings_match(struct hc_findings *f, struct hc_ledger *l, struct hc_err *e)
{
    for (size_t i = 0; i < f->kept; i++)
        if (is_stray(&f->at[i]))
            HC_TRY(e, match_one(f, l, &f->at[i], e));
    return HC_OK;
}

static void tell_links(const struct hc_finding *one, struct hc_ledger_fault *out)
{
    long long first = (long long)one->first, last = (long long)one->last;

    if (one->kind == HC_FINDING_ROW_REMOVED && first < last)
        (void)snprintf(out->text, sizeof out->text, "%s: the rows of links %lld to %lld were removed", one->table,
                       first, last);
    else if (one->kind == HC_FINDING_ROW_REMOVED)
        (void)snprintf(out->text, sizeof out->text, "%s: the row of link %lld was removed", one->table, first);
    else if (first < last)
        (void)snprintf(out->text, sizeof out->text, "%s: links %lld to %lld were removed together with their rows",
                       one->table, first, last);
    else
        (void)snprintf(out->text, sizeof out->text, "%s: link %lld was removed together with its row", one->table,
                       first);
}

static void tell_row(const struct hc_finding *one, const char *what, struct hc_ledger_fault *out)
{
    (void)snprintf(out->text, sizeof out->text, "%s: the row of link %lld %s", one->table, (long long)one->first, what);
}

void hc_findings_tell(const struct hc_finding *one, struct hc_ledger_fault *out)
{
    *out = (struct hc_ledger_fault){.link = one->first, .table = one->table};
    if (one->found_at != 0) {
        (void)snprintf(out->text, sizeof out->text,
                       "%s: the row that belongs to link %lld stands in %s as link %lld: rows were put elsewhere",
                       one->table, (long long)one->first, one->found_in, (long long)one->found_at);
        return;
    }
    switch (one->kind) {
    case HC_FINDING_TEXT:
        memcpy(out->text, one->text, sizeof one->text);
        break;
    case HC_FINDING_ROW_CHANGED:
        tell_row(one, "was changed", out);
        break;
    case HC_FINDING_ROW_ADDED:
        tell_row(one, "was added: the chain has no such link", out);
        break;
    case HC_FINDING_ROW_BESIDE:
        tell_row(one, "was added: that link is another row's", out);
        break;
    case HC_FINDING_LINK_CHANGED:
        (void)snprintf(out->text, sizeof out->text, "%s: the hash of link %lld was changed; its row is whole",
                       one->table, (long long)one->first);
        break;
    case HC_FINDING_LINK_REMOVED:
        (void)snprintf(out->text, sizeof out->text, "%s: link %lld was removed; its row is whole", one->table,
                       (long long)one->first);
        break;
    case HC_FINDING_ROW_REMOVED:
    case HC_FINDING_GAP:
        tell_links(one, out);
        break;
    }
}
