/* test_metrics.c - counting without a lock, and an exposition that a strict reader of the format accepts. */
#include "hc_test.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>

#include "observe/metrics.h"

#define OUT_MAX (1024 * 1024)

static struct hc_metrics *metrics(void)
{
    struct hc_metrics *m = NULL;
    struct hc_err e;

    expect_ok(&e, hc_metrics_new(&m, &e));
    return m;
}

static struct hc_cell *cell(struct hc_metrics *m, unsigned worker, const char *gate)
{
    struct hc_cell *c = NULL;
    struct hc_err e;

    expect_ok(&e, hc_metrics_cell(m, worker, gate, &c, &e));
    return c;
}

static const char *exposed(struct hc_metrics *m, const struct hc_gauges *g, struct hc_buf *out)
{
    struct hc_err e;

    hc_buf_clear(out);
    hc_metrics_emit(m, g, out);
    expect_ok(&e, hc_buf_check(out, &e));
    return hc_buf_cstr(out);
}

/* --- a reader of the text format 0.0.4, as strict as the format allows -------------------------------------------- */

struct reader {
    char name[128]; /* of the family that TYPE announced last */
    char type[16];
    char seen[64][128]; /* families so far */
    size_t n_seen;
    char samples[4096][160]; /* name and labels so far */
    size_t n_samples;
};

static const char *take_name(const char *p, char out[128])
{
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");

    assert_in_range(n, 1, 127);
    assert_false(isdigit((unsigned char)*p));
    memcpy(out, p, n);
    out[n] = 0;
    return p + n;
}

static const char *take_label(const char *p)
{
    char name[128];

    p = take_name(p, name);
    assert_memory_equal(p, "=\"", 2);
    for (p += 2; *p != '"'; p++) {
        assert_true((unsigned char)*p >= 0x20);
        if (*p == '\\')
            assert_true(*++p == '\\' || *p == '"' || *p == 'n');
    }
    return p + 1;
}

static void read_comment(struct reader *r, const char *line)
{
    char name[128];
    bool help = strncmp(line, "# HELP ", 7) == 0;
    const char *rest;

    assert_true(help || strncmp(line, "# TYPE ", 7) == 0);
    rest = take_name(line + 7, name);
    assert_int_equal(*rest, ' ');
    if (help) { /* a family begins: its name is new */
        for (size_t i = 0; i < r->n_seen; i++)
            assert_string_not_equal(r->seen[i], name);
        assert_in_range(r->n_seen, 0, 63);
        memcpy(r->seen[r->n_seen++], name, sizeof name);
        r->type[0] = 0;
    } else { /* once, after its HELP, before its samples */
        assert_string_equal(r->seen[r->n_seen - 1], name);
        assert_string_equal(r->type, "");
        assert_true(strcmp(rest + 1, "counter") == 0 || strcmp(rest + 1, "gauge") == 0);
        snprintf(r->type, sizeof r->type, "%s", rest + 1);
    }
    memcpy(r->name, name, sizeof name);
}

static void read_sample(struct reader *r, const char *line)
{
    char name[128];
    char *end;
    const char *p = take_name(line, name);
    size_t n = strlen(name);

    assert_string_equal(r->name, name);
    assert_string_not_equal(r->type, "");
    assert_int_equal(strcmp(r->type, "counter") == 0, n > 6 && strcmp(name + n - 6, "_total") == 0);
    if (*p == '{') {
        do
            p = take_label(p + 1);
        while (*p == ',');
        assert_int_equal(*p++, '}');
    }
    assert_in_range(p - line, 1, 159);
    assert_in_range(r->n_samples, 0, 4095);
    memcpy(r->samples[r->n_samples], line, (size_t)(p - line));
    for (size_t i = 0; i < r->n_samples; i++)
        assert_string_not_equal(r->samples[i], r->samples[r->n_samples]);
    r->n_samples++;
    assert_int_equal(*p++, ' ');
    assert_true(isdigit((unsigned char)*p) || *p == '-');
    (void)strtod(p, &end);
    assert_int_equal(*end, 0);
}

static size_t validate(const char *text)
{
    struct reader *r = calloc(1, sizeof *r);
    size_t samples;

    assert_non_null(r);
    while (*text) {
        char line[1024];
        size_t n = strcspn(text, "\n");

        assert_int_equal(text[n], '\n'); /* also the last line ends with one */
        assert_in_range(n, 1, sizeof line - 1);
        memcpy(line, text, n);
        line[n] = 0;
        if (*line == '#')
            read_comment(r, line);
        else
            read_sample(r, line);
        text += n + 1;
    }
    samples = r->n_samples;
    free(r);
    return samples;
}

/* With the tool of the format's owners, where it is installed. */
static void validate_with_promtool(const char *text)
{
    FILE *p;

    if (system("command -v promtool >/dev/null 2>&1") != 0)
        return;
    p = popen("promtool check metrics", "w");
    assert_non_null(p);
    fputs(text, p);
    assert_int_equal(pclose(p), 0);
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void an_empty_exposition_is_valid(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    assert_int_equal(validate(exposed(m, &(struct hc_gauges){0}, &out)), 9);
}

static void counters_of_all_workers_of_a_gate_are_added_up(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    const char *text;

    (void)state;
    hc_cell_add(cell(m, 1, "shop"), HC_COUNT_REQUESTS, 5);
    hc_cell_add(cell(m, 0, "shop"), HC_COUNT_REQUESTS, 2);
    hc_cell_add(cell(m, 0, "admin"), HC_COUNT_REQUESTS, 100);
    hc_cell_add(cell(m, 0, "admin"), HC_COUNT_CONNECTIONS, 3);
    hc_cell_add(cell(m, 0, "admin"), HC_COUNT_CONNECTIONS_ENDED, 1);
    text = exposed(m, &(struct hc_gauges){0}, &out);
    validate(text);
    assert_non_null(strstr(text, "\nhandclasp_requests_total{gate=\"shop\"} 7\n"));
    assert_non_null(strstr(text, "\nhandclasp_requests_total{gate=\"admin\"} 100\n"));
    assert_non_null(strstr(text, "\nhandclasp_connections_open{gate=\"admin\"} 2\n"));
    assert_non_null(strstr(text, "\nhandclasp_handshakes_total{gate=\"shop\",result=\"refused\"} 0\n"));
    assert_int_equal(hc_metrics_sum(m, HC_COUNT_REQUESTS), 107);
}

static void statuses_and_ids_are_counted_apart(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    struct hc_cell *c = cell(m, 0, "shop");
    const unsigned statuses[] = {0, 200, 206, 304, 403, 502, 599, 700, 99};
    const char *text;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(statuses); i++)
        hc_cell_status(c, statuses[i]);
    hc_cell_code(c, HC_E_REVOKED);
    hc_cell_code(c, HC_E_REVOKED);
    hc_cell_code(c, HC_E_NO_RULE);
    hc_cell_code(c, HC_OK_CODE);
    text = exposed(m, &(struct hc_gauges){0}, &out);
    validate(text);
    assert_non_null(strstr(text, "handclasp_responses_total{gate=\"shop\",status=\"none\"} 3\n"));
    assert_non_null(strstr(text, "handclasp_responses_total{gate=\"shop\",status=\"2xx\"} 2\n"));
    assert_non_null(strstr(text, "handclasp_responses_total{gate=\"shop\",status=\"5xx\"} 2\n"));
    assert_non_null(strstr(text, "handclasp_refusals_total{gate=\"shop\",id=\"HC-1401\"} 2\n"));
    assert_non_null(strstr(text, "handclasp_refusals_total{gate=\"shop\",id=\"HC-2001\"} 1\n"));
    assert_null(strstr(text, "HC-6010"));
}

static void gauges_without_a_value_are_left_out(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    struct hc_gauges g = {.start_time = 1795255200, .alarms = 2, .reloads = 3, .ready = true};
    const char *text;

    (void)state;
    text = exposed(m, &g, &out);
    assert_non_null(strstr(text, "\nhandclasp_start_time_seconds 1795255200\n"));
    assert_non_null(strstr(text, "\nhandclasp_alarms_total 2\n"));
    assert_non_null(strstr(text, "\nhandclasp_ready 1\n"));
    assert_null(strstr(text, "not_after"));
    g.certificate_not_after = 1795341600;
    g.crl_next_update = 1795300000;
    text = exposed(m, &g, &out);
    validate(text);
    assert_non_null(strstr(text, "\nhandclasp_certificate_not_after_timestamp_seconds 1795341600\n"));
    assert_non_null(strstr(text, "\nhandclasp_crl_next_update_timestamp_seconds 1795300000\n"));
}

static void ends_are_told_by_their_reason_and_what_is_remembered_by_its_number(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    struct hc_gauges g = {.sessions_friends = 7, .sessions_strangers = 8, .sessions_refused = 9, .chains = 10};
    const char *text;

    (void)state;
    hc_cell_add(cell(m, 0, "shop"), HC_COUNT_ENDED_REVOKED, 200);
    hc_cell_add(cell(m, 1, "shop"), HC_COUNT_ENDED_DISCONNECTED, 3);
    hc_cell_add(cell(m, 1, "shop"), HC_COUNT_RESUMED, 4);
    hc_cell_add(cell(m, 1, "shop"), HC_COUNT_CHAINS_KNOWN, 5);
    text = exposed(m, &g, &out);
    validate(text);
    assert_non_null(strstr(text, "\nhandclasp_connections_ended_total{gate=\"shop\",reason=\"revoked\"} 200\n"));
    assert_non_null(strstr(text, "\nhandclasp_connections_ended_total{gate=\"shop\",reason=\"expired\"} 0\n"));
    assert_non_null(strstr(text, "\nhandclasp_connections_ended_total{gate=\"shop\",reason=\"disconnected\"} 3\n"));
    assert_non_null(strstr(text, "\nhandclasp_handshakes_resumed_total{gate=\"shop\"} 4\n"));
    assert_non_null(strstr(text, "\nhandclasp_chains_known_total{gate=\"shop\"} 5\n"));
    assert_non_null(strstr(text, "\nhandclasp_sessions{certificate=\"yes\"} 7\n"));
    assert_non_null(strstr(text, "\nhandclasp_sessions{certificate=\"no\"} 8\n"));
    assert_non_null(strstr(text, "\nhandclasp_sessions_refused_total 9\n"));
    assert_non_null(strstr(text, "\nhandclasp_chains 10\n"));
    validate_with_promtool(text);
}

static void a_hostile_gate_name_stays_inside_its_quotes(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    const char *text;

    (void)state;
    hc_cell_add(cell(m, 0, "a\"} 1\nevil\\ \xff\x7f"), HC_COUNT_REQUESTS, 1);
    text = exposed(m, &(struct hc_gauges){0}, &out);
    validate(text);
    assert_non_null(strstr(text, "{gate=\"a\\\"} 1\\\\nevil\\\\\\\\ \\\\xff\\\\x7f\"} 1\n"));
    validate_with_promtool(text);
}

static void many_gates_and_workers_are_found_again_and_emitted_once(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    char gate[16];

    (void)state;
    for (unsigned again = 0; again < 2; again++)
        for (unsigned i = 0; i < 60; i++) {
            snprintf(gate, sizeof gate, "gate%u", (i * 37) % 20);
            hc_cell_add(cell(m, i / 20, gate), HC_COUNT_ALLOWED, 1);
        }
    validate(exposed(m, &(struct hc_gauges){0}, &out));
    assert_non_null(strstr(hc_buf_cstr(&out), "handclasp_decisions_total{gate=\"gate13\",decision=\"allowed\"} 6\n"));
    assert_int_equal(hc_metrics_sum(m, HC_COUNT_ALLOWED), 120);
    validate_with_promtool(hc_buf_cstr(&out));
}

static void a_name_beyond_all_measure_is_refused(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    static char name[5000];
    struct hc_cell *c = NULL;
    struct hc_err e;

    (void)state;
    memset(name, 'a', sizeof name - 1);
    expect_fail(&e, hc_metrics_cell(m, 0, name, &c, &e), HC_E_TOO_BIG);
    assert_null(c);
}

#define ROUNDS 200000

static void *count(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        hc_cell_add(arg, HC_COUNT_BYTES_IN, 3);
    return NULL;
}

static void workers_count_while_a_scrape_reads(void **state)
{
    HC_AUTO(hc_metrics) m = metrics();
    HC_BUF_AUTO(out, OUT_MAX);
    pthread_t threads[2];
    uint64_t last = 0;

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, cell(m, i, "shop")), 0);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t now = hc_metrics_sum(m, HC_COUNT_BYTES_IN);

        assert_true(now >= last); /* a counter never goes back */
        last = now;
        exposed(m, &(struct hc_gauges){0}, &out);
        cell(m, i, "other");
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(hc_metrics_sum(m, HC_COUNT_BYTES_IN), 2 * 3 * ROUNDS);
}

static struct hc_rc make_and_emit(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_metrics) m = NULL;
    HC_BUF_AUTO(out, OUT_MAX);
    struct hc_cell *c;

    (void)ctx;
    HC_TRY(e, hc_metrics_new(&m, e));
    HC_TRY(e, hc_metrics_cell(m, 0, "shop", &c, e));
    HC_TRY(e, hc_metrics_cell(m, 1, "shop", &c, e));
    hc_metrics_emit(m, &(struct hc_gauges){0}, &out);
    return hc_buf_check(&out, e);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    assert_in_range(fault_sweep(make_and_emit, NULL), 5, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_exposition_is_valid),
        cmocka_unit_test(counters_of_all_workers_of_a_gate_are_added_up),
        cmocka_unit_test(statuses_and_ids_are_counted_apart),
        cmocka_unit_test(gauges_without_a_value_are_left_out),
        cmocka_unit_test(ends_are_told_by_their_reason_and_what_is_remembered_by_its_number),
        cmocka_unit_test(a_hostile_gate_name_stays_inside_its_quotes),
        cmocka_unit_test(many_gates_and_workers_are_found_again_and_emitted_once),
        cmocka_unit_test(a_name_beyond_all_measure_is_refused),
        cmocka_unit_test(workers_count_while_a_scrape_reads),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests_name("observe/metrics", tests, NULL, NULL);
}
