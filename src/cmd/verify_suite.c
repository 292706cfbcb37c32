/* verify_suite.c - from a file of test cases to one JSON document of verdicts. */
#include "cmd/verify_suite.h"

#include <stdlib.h>

#include "cmd/out.h"
#include "cmd/progress.h"
#include "cmd/verify_suite_kind.h"

#define CONTEXT_MAX (4 * HC_ERR_TEXT) /* two errors with their ids */

void hc_verify_suite_fini(struct hc_verify_suite *s)
{
    json_decref(s->root);
    free(s->item);
}

struct hc_rc hc_verify_suite_add(struct hc_verify_suite *s, const char *suite, const json_t *cases, struct hc_err *e)
{
    size_t more = json_array_size(cases);
    struct hc_verify_suite_item *item = reallocarray(s->item, s->n + more + 1, sizeof *item);
    if (item == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the list of test cases");
    s->item = item;
    for (size_t i = 0; i < more; i++) {
        const json_t *json = json_array_get(cases, i);
        HC_TRY(e, hc_verify_suite_json_is(json, JSON_OBJECT, "a test case", e));
        s->item[s->n++] = (struct hc_verify_suite_item){.suite = suite, .json = json};
    }
    return HC_OK;
}

static struct hc_rc find_kind(const struct hc_verify_suite_order *order, const struct hc_verify_suite_kind **out,
                              struct hc_err *e)
{
    static const struct hc_verify_suite_kind *const kinds[] = {
        &hc_verify_suite_limbo,
        &hc_verify_suite_bettertls,
        &hc_verify_suite_pkits,
    };
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        if (strcmp(order->kind, kinds[i]->name) != 0)
            continue;
        if (kinds[i]->has_data != (order->data != NULL))
            return HC_FAIL(e, HC_E_USAGE,
                           kinds[i]->has_data ? "--suite %s needs --data DIR, where certs and crls lie"
                                              : "--suite %s takes no --data",
                           order->kind);
        *out = kinds[i];
        return HC_OK;
    }
    return HC_FAIL(e, HC_E_USAGE, "--suite %s is none of limbo, bettertls and pkits", order->kind);
}

static struct hc_rc run_case(const struct hc_crypto *crypto, const struct hc_verify_suite_kind *kind,
                             const struct hc_verify_suite *s, const struct hc_verify_suite_item *item,
                             struct hc_json *json, struct hc_err *e)
{
    static const char *const texts[] = {
        [HC_VERIFY_SUITE_SUCCESS] = "SUCCESS",
        [HC_VERIFY_SUITE_FAILURE] = "FAILURE",
        [HC_VERIFY_SUITE_SKIPPED] = "SKIPPED",
    };
    HC_VERIFY_SUITE_CASE(k);
    HC_BUF_AUTO(context, CONTEXT_MAX);
    enum hc_verify_suite_verdict verdict;
    HC_TRY(e, kind->read(s, item, &k, e));
    HC_TRY(e, hc_verify_suite_case_judge(crypto, &k, &verdict, &context, e));
    hc_json_begin(json, NULL, '{');
    hc_json_str(json, "id", k.id);
    hc_json_str(json, "actual_result", texts[verdict]);
    hc_json_str(json, "context", context.n > 0 ? hc_buf_cstr(&context) : NULL);
    hc_json_end(json, '}');
    return HC_OK;
}

static struct hc_rc run_cases(const struct hc_verify_suite_kind *kind, const struct hc_verify_suite *s,
                              struct hc_json *json, struct hc_err *e)
{
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_TRY(e, hc_crypto_new(&crypto, e));
    HC_PROGRESS(progress, "Judging", (int64_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        struct hc_rc rc = run_case(crypto, kind, s, &s->item[i], json, e);
        if (hc_failed(rc)) {
            hc_err_prefix(e, "test case %zu", i + 1);
            return rc;
        }
        hc_progress_at(&progress, (int64_t)i + 1);
    }
    return HC_OK;
}

static struct hc_rc run(const struct hc_verify_suite_kind *kind, struct hc_verify_suite *s, struct hc_buf *out,
                        struct hc_err *e)
{
    struct hc_json json = hc_json_init(out);
    HC_TRY(e, kind->list(s, e));
    hc_json_begin(&json, NULL, '{');
    hc_json_int(&json, "version", 1);
    hc_json_str(&json, "harness", "handclasp");
    hc_json_begin(&json, "results", '[');
    HC_TRY(e, run_cases(kind, s, &json, e));
    hc_json_end(&json, ']');
    hc_json_end(&json, '}');
    return hc_buf_check(out, e);
}

struct hc_rc hc_verify_suite_run(const struct hc_verify_suite_order *order, struct hc_buf *out, struct hc_err *e)
{
    __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {.data = order->data};
    const struct hc_verify_suite_kind *kind = NULL;
    HC_TRY(e, find_kind(order, &kind, e));
    HC_TRY(e, hc_verify_suite_json_load(order->file, &s.root, e));
    struct hc_rc rc = run(kind, &s, out, e);
    if (rc.code == HC_E_SUITE)
        hc_err_prefix(e, "%s", order->file);
    return rc;
}
