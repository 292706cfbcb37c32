/*
 * walk.c - the chain and the rows of all tables, side by side.
 *
 * Seven cursors, one on the chain and one on each table, all in the order of links; at each step the lowest link is
 * looked at. In a whole ledger exactly one table has it, the chain has it too, and the hash fits. When something does
 * not fit, the row may be wrong or the hash: the next link tells, because it was made from the right one. So up to two
 * hashes are carried along, the one that the chain has and the one that the row gives.
 */
#include "ledger/walk.h"

#include "ledger/chain.h"

#define PROGRESS_EVERY 4096

struct cursor {
    struct hc_sqlite st;
    const char *table;
    bool more;
    int64_t link;
};

struct walk {
    struct hc_ledger *l;
    struct hc_findings *found;
    struct cursor chain;
    struct cursor rows[HC_CHAIN_KINDS];
    struct hc_ledger_link before[2]; /* what the next link may be made from: as stored, as computed */
    size_t n_before;
    size_t n_stored;              /* of these, the first */
    struct hc_finding *suspect;   /* what was found at the link before, if the next one may tell better */
    int64_t next;                 /* the link that should come */
    uint8_t hash[HC_LEDGER_HASH]; /* of the link that is looked at, as the chain has it */
    bool hash_known;
    struct hc_buf scratch;
};

static void walk_fini(struct walk *w)
{
    hc_sqlite_fini(&w->chain.st);
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        hc_sqlite_fini(&w->rows[i].st);
    hc_buf_fini(&w->scratch);
}

/* A tree whose pages were bent to point at each other never comes to its end, but it cannot rise for ever. */
static struct hc_rc advance(struct cursor *c, struct hc_err *e)
{
    int64_t last = c->link;
    bool first = !c->more;

    HC_TRY(e, hc_sqlite_step(&c->st, &c->more, e));
    c->link = c->more ? hc_sqlite_column_int(&c->st, 0) : 0;
    if (c->more && !first && c->link <= last)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s: link %lld comes after link %lld", c->table, (long long)c->link,
                       (long long)last);
    return HC_OK;
}

static struct hc_rc start(struct hc_ledger *l, const char *table, const char *sql, struct cursor *c, struct hc_err *e)
{
    c->table = table;
    HC_TRY(e, hc_sqlite_prepare(l, sql, &c->st, e));
    hc_sqlite_bind_int(&c->st, 1, INT64_MIN);
    return advance(c, e);
}

static struct hc_rc start_all(struct walk *w, struct hc_err *e)
{
    HC_TRY(e, start(w->l, "chain", "SELECT link, hash FROM chain WHERE link >= ?1 ORDER BY link", &w->chain, e));
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        HC_TRY(e, start(w->l, hc_chain_tables[i].name, hc_chain_tables[i].walk, &w->rows[i], e));
    return HC_OK;
}

/* The lowest link that any cursor stands at, and how many tables have it. */
static bool lowest(const struct walk *w, int64_t *link, size_t *rows)
{
    bool any = w->chain.more;

    *link = w->chain.link;
    *rows = 0;
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++) {
        const struct cursor *c = &w->rows[i];

        if (!c->more || (any && c->link > *link))
            continue;
        *rows = any && c->link == *link ? *rows + 1 : 1;
        *link = c->link;
        any = true;
    }
    return any;
}

static struct hc_finding *add(struct walk *w, enum hc_finding_kind kind, const char *table, int64_t link)
{
    struct hc_finding one = {.kind = kind, .table = table, .first = link, .last = link};

    one.provable = w->n_before > 0 && w->hash_known;
    if (one.provable) {
        one.before = w->before[0];
        memcpy(one.hash, w->hash, sizeof one.hash);
    }
    return hc_findings_add(w->found, &one);
}

/* What is known about the link that is looked at. */
struct step {
    int64_t link;
    bool good;     /* a row fitted */
    bool computed; /* `hash` is what its row gives after the link before */
    uint8_t hash[HC_LEDGER_HASH];
    struct hc_finding *suspect;
};

enum fit {
    FITS_NOT,
    FITS,
    FITS_COMPUTED /* after the link as computed: the row before was right and its link wrong */
};

static struct hc_rc judge(struct walk *w, enum hc_chain_kind kind, struct step *step, enum fit *fit, struct hc_err *e)
{
    struct hc_chain_value values[HC_CHAIN_COLUMNS];
    struct hc_chain_row row = {kind, values};
    uint8_t hash[HC_LEDGER_HASH];

    *fit = FITS_NOT;
    if (!hc_chain_read(&w->rows[kind].st, kind, values))
        return HC_OK;
    for (size_t i = 0; i < w->n_before && *fit == FITS_NOT; i++) {
        struct hc_rc rc = hc_chain_hash(w->l, &w->before[i], &row, &w->scratch, hash, e);

        if (rc.code == HC_E_TOO_BIG) /* we never wrote one that big */
            return HC_OK;
        HC_TRY(e, rc);
        if (i == 0) {
            memcpy(step->hash, hash, sizeof hash);
            step->computed = true;
        }
        if (w->hash_known && memcmp(hash, w->hash, sizeof hash) == 0)
            *fit = i < w->n_stored ? FITS : FITS_COMPUTED;
    }
    return HC_OK;
}

/* The row of the link before was right after all. */
static void clear_suspect(struct walk *w)
{
    if (!w->suspect)
        return;
    w->suspect->kind = w->suspect->kind == HC_FINDING_ROW_ADDED ? HC_FINDING_LINK_REMOVED : HC_FINDING_LINK_CHANGED;
    w->suspect->table = "chain";
    w->suspect->provable = false;
}

static struct hc_rc look_at_row(struct walk *w, enum hc_chain_kind kind, struct step *step, struct hc_err *e)
{
    const char *table = hc_chain_tables[kind].name;
    enum fit fit;

    HC_TRY(e, judge(w, kind, step, &fit, e));
    if (!w->hash_known) {
        step->suspect = add(w, HC_FINDING_ROW_ADDED, table, step->link);
    } else if (step->good) {
        (void)add(w, HC_FINDING_ROW_BESIDE, table, step->link);
    } else if (fit != FITS_NOT) {
        if (fit == FITS_COMPUTED)
            clear_suspect(w);
        if (step->suspect)
            step->suspect->kind = HC_FINDING_ROW_BESIDE;
        step->good = true;
    } else if (w->n_before > 0) { /* after a gap nothing can be said about the first row */
        step->suspect = add(w, HC_FINDING_ROW_CHANGED, table, step->link);
    }
    return HC_OK;
}

/* What the next link may have been made from. */
static void remember(struct walk *w, const struct step *step)
{
    w->n_before = 0;
    if (w->hash_known) {
        w->before[0].number = step->link;
        memcpy(w->before[0].hash, w->hash, sizeof w->hash);
        w->n_before = 1;
    }
    w->n_stored = w->n_before;
    if (step->computed && !step->good) {
        w->before[w->n_before].number = step->link;
        memcpy(w->before[w->n_before].hash, step->hash, sizeof step->hash);
        w->n_before++;
    }
}

/* A hash of another length or type is none of ours; zeros stand for it and fit nothing. */
static void read_hash(struct walk *w)
{
    struct hc_bytes hash = hc_sqlite_column(&w->chain.st, 1);

    memset(w->hash, 0, sizeof w->hash);
    if (hash.n == sizeof w->hash && hc_sqlite_column_type(&w->chain.st, 1) == 'b')
        memcpy(w->hash, hash.p, sizeof w->hash);
}

static struct hc_rc look_at(struct walk *w, int64_t link, size_t rows, struct hc_err *e)
{
    struct step step = {.link = link};

    w->hash_known = w->chain.more && w->chain.link == link;
    if (w->hash_known)
        read_hash(w);
    if (rows == 0)
        (void)add(w, HC_FINDING_ROW_REMOVED, "chain", link);
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        if (w->rows[i].more && w->rows[i].link == link)
            HC_TRY(e, look_at_row(w, (enum hc_chain_kind)i, &step, e));
    if (rows > 1)
        step.computed = false; /* which of them? */
    remember(w, &step);
    w->suspect = rows == 1 ? step.suspect : NULL;
    return HC_OK;
}

static struct hc_rc pass(struct walk *w, int64_t link, struct hc_err *e)
{
    if (w->chain.more && w->chain.link == link)
        HC_TRY(e, advance(&w->chain, e));
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        if (w->rows[i].more && w->rows[i].link == link)
            HC_TRY(e, advance(&w->rows[i], e));
    return HC_OK;
}

static void add_gap(struct walk *w, int64_t to)
{
    struct hc_finding one = {.kind = HC_FINDING_GAP, .table = "chain", .first = w->next, .last = to};

    (void)hc_findings_add(w->found, &one);
    w->n_before = 0;
    w->suspect = NULL;
}

/* A number that no link has: whatever is there was added, even with a link and a hash of its own. */
static void look_below(struct walk *w, int64_t link)
{
    w->hash_known = false;
    if (w->chain.more && w->chain.link == link)
        (void)add(w, HC_FINDING_ROW_ADDED, "chain", link);
    for (size_t i = 0; i < HC_CHAIN_KINDS; i++)
        if (w->rows[i].more && w->rows[i].link == link)
            (void)add(w, HC_FINDING_ROW_ADDED, hc_chain_tables[i].name, link);
}

static struct hc_rc look_at_next(struct walk *w, int64_t link, size_t rows, struct hc_err *e)
{
    if (link > w->next)
        add_gap(w, link - 1);
    HC_TRY(e, look_at(w, link, rows, e));
    w->next = link < INT64_MAX ? link + 1 : link;
    return HC_OK;
}

struct hc_rc hc_walk(struct hc_ledger *l, const struct hc_ledger_check *how, struct hc_findings *found,
                     struct hc_ledger_link *head, struct hc_err *e)
{
    __attribute__((cleanup(walk_fini))) struct walk w = {
        .l = l, .found = found, .n_before = 1, .n_stored = 1, .next = 1, .scratch = HC_BUF(HC_CHAIN_ROW_MAX)};
    int64_t link, of = 0;
    size_t rows;

    HC_TRY(e, hc_sqlite_number(l, "SELECT coalesce(max(link), 0) FROM chain", &of, e));
    HC_TRY(e, start_all(&w, e));
    *head = (struct hc_ledger_link){0};
    while (lowest(&w, &link, &rows)) {
        if (link < 1)
            look_below(&w, link);
        else
            HC_TRY(e, look_at_next(&w, link, rows, e));
        if (w.hash_known) {
            head->number = link;
            memcpy(head->hash, w.hash, sizeof w.hash);
        }
        HC_TRY(e, pass(&w, link, e));
        if (how->progress && (link % PROGRESS_EVERY == 0 || link == of))
            how->progress(how->ctx, link, of);
    }
    return HC_OK;
}
