/*
 * metrics.c - counting in cells of one writer each, adding up for a scrape.
 *
 * Invariants: `cells` is sorted by gate, then worker, so that a gate's cells stand together; a cell never moves and is
 * never released before the whole, so that a worker needs no lock to count in it. The lock guards the list, not the
 * counters.
 */
#include "observe/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/catalogue.h"
#include "base/escape.h"

#define LABEL_MAX 1024 /* an escaped gate name; the configuration allows far less */

struct hc_cell {
    char *gate;          /* owned */
    struct hc_buf label; /* the gate's name, ready to stand between quotes */
    unsigned worker;
    _Atomic uint64_t count[HC_COUNTS];
    _Atomic uint64_t status[HC_METRICS_STATUS];
    _Atomic uint64_t codes[]; /* by the row's place in the catalogue */
};

struct hc_metrics {
    pthread_mutex_t lock;
    struct hc_cell **cells;
    size_t n;
    size_t cap;
    size_t n_rows;
};

struct hc_rc hc_metrics_new(struct hc_metrics **out, struct hc_err *e)
{
    struct hc_metrics *m = calloc(1, sizeof *m);

    if (!m)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for metrics");
    pthread_mutex_init(&m->lock, NULL); /* a plain mutex: cannot fail on Linux */
    (void)hc_rows(&m->n_rows);
    *out = m;
    return HC_OK;
}

static void hc_cell_free(struct hc_cell *cell)
{
    if (!cell)
        return;
    free(cell->gate);
    hc_buf_fini(&cell->label);
    free(cell);
}
HC_DEFINE_AUTO(hc_cell)

void hc_metrics_free(struct hc_metrics *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        hc_cell_free(m->cells[i]);
    free(m->cells);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* --- cells -------------------------------------------------------------------------------------------------------- */

static int compare(const struct hc_cell *cell, const char *gate, unsigned worker)
{
    int by_gate = strcmp(cell->gate, gate);

    if (by_gate != 0)
        return by_gate;
    return cell->worker < worker ? -1 : cell->worker > worker;
}

/* Where the cell is, or where it belongs. */
static size_t find_locked(const struct hc_metrics *m, const char *gate, unsigned worker)
{
    size_t low = 0;
    size_t high = m->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(m->cells[middle], gate, worker) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct hc_rc grow_locked(struct hc_metrics *m, struct hc_err *e)
{
    size_t cap = m->cap ? m->cap * 2 : 16;
    struct hc_cell **cells;

    if (m->n < m->cap)
        return HC_OK;
    if (m->n >= HC_METRICS_CELLS)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d pairs of a worker and a gate are to be counted",
                       HC_METRICS_CELLS);
    cells = realloc(m->cells, cap * sizeof(struct hc_cell *));
    if (!cells)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for metrics");
    m->cells = cells;
    m->cap = cap;
    return HC_OK;
}

/* The format knows three escapes only: backslash, quote and line feed. Whatever else is unprintable goes through the
 * escaper for text first. */
static struct hc_rc make_label(struct hc_buf *label, const char *gate, struct hc_err *e)
{
    HC_BUF_AUTO(name, LABEL_MAX);

    hc_escape_text(&name, hc_bytes_str(gate));
    HC_TRY(e, hc_buf_check(&name, e));
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\\' || name.p[i] == '"')
            hc_buf_add_byte(label, '\\');
        hc_buf_add_byte(label, name.p[i]);
    }
    (void)hc_buf_cstr(label);
    return hc_buf_check(label, e);
}

static struct hc_rc cell_new(const struct hc_metrics *m, const char *gate, unsigned worker, struct hc_cell **out,
                             struct hc_err *e)
{
    HC_AUTO(hc_cell) cell = calloc(1, sizeof *cell + m->n_rows * sizeof cell->codes[0]);

    if (!cell)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the metrics of a gate");
    cell->worker = worker;
    cell->label = HC_BUF(LABEL_MAX);
    HC_TRY(e, make_label(&cell->label, gate, e));
    cell->gate = strdup(gate);
    if (!cell->gate)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the metrics of a gate");
    *out = HC_GIVE(cell);
    return HC_OK;
}

static struct hc_rc cell_locked(struct hc_metrics *m, unsigned worker, const char *gate, struct hc_cell **out,
                                struct hc_err *e)
{
    size_t at = find_locked(m, gate, worker);
    struct hc_cell *cell = NULL;

    if (at < m->n && compare(m->cells[at], gate, worker) == 0) {
        *out = m->cells[at];
        return HC_OK;
    }
    HC_TRY(e, grow_locked(m, e));
    HC_TRY(e, cell_new(m, gate, worker, &cell, e));
    memmove(m->cells + at + 1, m->cells + at, (m->n - at) * sizeof(struct hc_cell *));
    m->cells[at] = cell;
    m->n++;
    *out = cell;
    return HC_OK;
}

struct hc_rc hc_metrics_cell(struct hc_metrics *m, unsigned worker, const char *gate, struct hc_cell **out,
                             struct hc_err *e)
{
    struct hc_rc rc;

    pthread_mutex_lock(&m->lock);
    rc = cell_locked(m, worker, gate, out, e);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

/* One writer, so a load and a store do: no locked instruction on the hot path. */
static void bump(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

void hc_cell_add(struct hc_cell *cell, enum hc_count what, uint64_t n)
{
    bump(&cell->count[what], n);
}

void hc_cell_status(struct hc_cell *cell, unsigned status)
{
    unsigned hundreds = status / 100;

    bump(&cell->status[hundreds < HC_METRICS_STATUS ? hundreds : 0], 1);
}

void hc_cell_code(struct hc_cell *cell, enum hc_code code)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    if (code != HC_OK_CODE)
        bump(&cell->codes[hc_row(code) - rows], 1);
}

/* --- a scrape ----------------------------------------------------------------------------------------------------- */

/* The cells of one gate: [first, end). */
struct group {
    const struct hc_metrics *m;
    size_t first;
    size_t end;
    const char *label;
};

/* Goes on to the next gate; starts with end == 0. */
static bool next_group(struct group *g)
{
    if (g->end >= g->m->n)
        return false;
    g->first = g->end;
    while (g->end < g->m->n && strcmp(g->m->cells[g->end]->gate, g->m->cells[g->first]->gate) == 0)
        g->end++;
    g->label = hc_buf_cstr(&g->m->cells[g->first]->label); /* its NUL is there already: nothing changes */
    return true;
}

/* The sum over a gate's workers of the counter that stands `offset` bytes into a cell. */
static uint64_t sum(const struct group *g, size_t offset)
{
    uint64_t total = 0;

    for (size_t i = g->first; i < g->end; i++) {
        const _Atomic uint64_t *counter = (const void *)((const char *)g->m->cells[i] + offset);

        total += atomic_load_explicit(counter, memory_order_relaxed);
    }
    return total;
}

static uint64_t sum_count(const struct group *g, enum hc_count what)
{
    return sum(g, offsetof(struct hc_cell, count) + (size_t)what * sizeof(uint64_t));
}

static void family(struct hc_buf *out, const char *name, const char *type, const char *help)
{
    hc_buf_addf(out, "# HELP handclasp_%s %s\n# TYPE handclasp_%s %s\n", name, help, name, type);
}

/* One counter a gate, or several that differ in one label. */
struct series {
    const char *name; /* with _total */
    const char *help;
    const char *label; /* NULL: none */
    size_t n;
    struct {
        const char *value;
        enum hc_count what;
    } of[5];
};

static const struct series counters[] = {
    {"connections_total", "Connections accepted.", NULL, 1, {{NULL, HC_COUNT_CONNECTIONS}}},
    {"handshakes_total",
     "TLS handshakes: finished, refused for the presented certificate or its lack, or failed otherwise.",
     "result",
     3,
     {{"finished", HC_COUNT_HANDSHAKES},
      {"refused", HC_COUNT_HANDSHAKES_REFUSED},
      {"failed", HC_COUNT_HANDSHAKES_FAILED}}},
    {"handshakes_resumed_total",
     "TLS handshakes that resumed a session; they count as finished too.",
     NULL,
     1,
     {{NULL, HC_COUNT_RESUMED}}},
    {"chains_known_total",
     "TLS handshakes with a chain whose signatures had been checked before.",
     NULL,
     1,
     {{NULL, HC_COUNT_CHAINS_KNOWN}}},
    {"connections_ended_total",
     "Connections that were ended because the peer, or the back end, lost its right to be there.",
     "reason",
     5,
     {{"revoked", HC_COUNT_ENDED_REVOKED},
      {"expired", HC_COUNT_ENDED_EXPIRED},
      {"trust", HC_COUNT_ENDED_TRUST},
      {"rules", HC_COUNT_ENDED_RULES},
      {"disconnected", HC_COUNT_ENDED_DISCONNECTED}}},
    {"decisions_total",
     "Decisions of the rules.",
     "decision",
     2,
     {{"allowed", HC_COUNT_ALLOWED}, {"refused", HC_COUNT_REFUSED}}},
    {"requests_total", "HTTP requests.", NULL, 1, {{NULL, HC_COUNT_REQUESTS}}},
    {"received_bytes_total", "Bytes from peers, without TLS.", NULL, 1, {{NULL, HC_COUNT_BYTES_IN}}},
    {"sent_bytes_total", "Bytes to peers, without TLS.", NULL, 1, {{NULL, HC_COUNT_BYTES_OUT}}},
};

static void emit_series(const struct hc_metrics *m, const struct series *s, struct hc_buf *out)
{
    struct group g = {.m = m};

    family(out, s->name, "counter", s->help);
    while (next_group(&g))
        for (size_t i = 0; i < s->n; i++) {
            hc_buf_addf(out, "handclasp_%s{gate=\"%s\"", s->name, g.label);
            if (s->label)
                hc_buf_addf(out, ",%s=\"%s\"", s->label, s->of[i].value);
            hc_buf_addf(out, "} %" PRIu64 "\n", sum_count(&g, s->of[i].what));
        }
}

static void emit_open(const struct hc_metrics *m, struct hc_buf *out)
{
    struct group g = {.m = m};

    family(out, "connections_open", "gauge", "Connections open now.");
    while (next_group(&g)) {
        uint64_t ended =
            sum_count(&g, HC_COUNT_CONNECTIONS_ENDED); /* first: what ends meanwhile must not make it negative */
        uint64_t begun = sum_count(&g, HC_COUNT_CONNECTIONS);

        hc_buf_addf(out, "handclasp_connections_open{gate=\"%s\"} %" PRIu64 "\n", g.label,
                    begun > ended ? begun - ended : 0);
    }
}

static void emit_statuses(const struct hc_metrics *m, struct hc_buf *out)
{
    static const char *const names[HC_METRICS_STATUS] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct group g = {.m = m};

    family(out, "responses_total", "counter", "HTTP responses by status; none when the client was sent none.");
    while (next_group(&g))
        for (size_t i = 0; i < HC_METRICS_STATUS; i++)
            hc_buf_addf(out, "handclasp_responses_total{gate=\"%s\",status=\"%s\"} %" PRIu64 "\n", g.label, names[i],
                        sum(&g, offsetof(struct hc_cell, status) + i * sizeof(uint64_t)));
}

/* Only what has happened: a hundred rows of zeros a gate would be a burden on the reader. */
static void emit_codes(const struct hc_metrics *m, struct hc_buf *out)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);
    struct group g = {.m = m};
    char id[HC_ID_TEXT];

    family(out, "refusals_total", "counter", "Refusals and failures by catalogue id.");
    while (next_group(&g))
        for (size_t i = 0; i < n; i++) {
            uint64_t total = sum(&g, offsetof(struct hc_cell, codes) + i * sizeof(uint64_t));

            if (total > 0)
                hc_buf_addf(out, "handclasp_refusals_total{gate=\"%s\",id=\"%s\"} %" PRIu64 "\n", g.label,
                            hc_id_text(rows[i].code, id), total);
        }
}

static void emit_number(struct hc_buf *out, const char *name, const char *type, const char *help, int64_t value)
{
    family(out, name, type, help);
    hc_buf_addf(out, "handclasp_%s %" PRId64 "\n", name, value);
}

static void emit_remembered(const struct hc_gauges *g, struct hc_buf *out)
{
    family(out, "sessions", "gauge", "TLS sessions that may be resumed, by whether the peer has a certificate.");
    hc_buf_addf(out, "handclasp_sessions{certificate=\"yes\"} %" PRIu64 "\n", g->sessions_friends);
    hc_buf_addf(out, "handclasp_sessions{certificate=\"no\"} %" PRIu64 "\n", g->sessions_strangers);
    emit_number(out, "sessions_refused_total", "counter", "TLS sessions that were offered and not resumed.",
                (int64_t)g->sessions_refused);
    emit_number(out, "sessions_evicted_total", "counter", "TLS sessions that were crowded out.",
                (int64_t)g->sessions_evicted);
    emit_number(out, "chains", "gauge", "Checked chains that are remembered.", (int64_t)g->chains);
}

static void emit_gauges(const struct hc_gauges *g, struct hc_buf *out)
{
    emit_number(out, "start_time_seconds", "gauge", "When the gate was started, in seconds since 1970.", g->start_time);
    emit_number(out, "alarms_total", "counter", "Alarms raised since the start.", (int64_t)g->alarms);
    emit_number(out, "reloads_total", "counter", "Configurations taken over since the start.", (int64_t)g->reloads);
    emit_number(out, "ready", "gauge", "1 when the gate lets peers in, else 0.", g->ready);
    emit_remembered(g, out);
    if (g->certificate_not_after != 0)
        emit_number(out, "certificate_not_after_timestamp_seconds", "gauge",
                    "When the first of the gate's own certificates expires.", g->certificate_not_after);
    if (g->crl_next_update != 0)
        emit_number(out, "crl_next_update_timestamp_seconds", "gauge", "When the first of the CRLs goes stale.",
                    g->crl_next_update);
}

void hc_metrics_emit(struct hc_metrics *m, const struct hc_gauges *gauges, struct hc_buf *out)
{
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < HC_COUNT(counters); i++)
        emit_series(m, &counters[i], out);
    emit_open(m, out);
    emit_statuses(m, out);
    emit_codes(m, out);
    pthread_mutex_unlock(&m->lock);
    emit_gauges(gauges, out);
}

uint64_t hc_metrics_sum(struct hc_metrics *m, enum hc_count what)
{
    uint64_t total;

    pthread_mutex_lock(&m->lock);
    total = sum_count(&(struct group){.m = m, .end = m->n}, what);
    pthread_mutex_unlock(&m->lock);
    return total;
}
