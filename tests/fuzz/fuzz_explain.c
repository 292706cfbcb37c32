/*
 * fuzz_explain.c - a text that somebody pasted. Besides memory errors it finds: an explanation with a hole in it, one that
 * is given twice, an outcome that changes when the same text is explained again, in capitals.
 */
#include <stdlib.h>

#include "doctor/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void whole(const struct hc_explanation *x, size_t n)
{
    must(n >= 1 && n <= HC_EXPLAIN_FOUND);
    for (size_t i = 0; i < n; i++) {
        must(x[i].source && x[i].id && *x[i].id && *x[i].means && x[i].causes && *x[i].fix);
        for (size_t k = 0; k < i; k++)
            must(strcmp(x[i].id, x[k].id) != 0 || x[i].said != x[k].said);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hc_explanation once[HC_EXPLAIN_FOUND], again[HC_EXPLAIN_FOUND];
    static uint8_t upper[HC_EXPLAIN_MAX + 1];
    struct hc_err e;
    size_t n = 0, m = 0;
    if (size > sizeof upper)
        return 0;
    for (size_t i = 0; i < size; i++)
        upper[i] = data[i] >= 'a' && data[i] <= 'z' ? (uint8_t)(data[i] - 32) : data[i];
    struct hc_rc rc = hc_explain(hc_bytes_of(data, size), once, &n, &e);
    /* The letter that ends a terminal's sequence may be either. */
    must(hc_explain(hc_bytes_of(upper, size), again, &m, &e).code == rc.code && n == m);
    must(hc_ok(rc) || rc.code == HC_E_EXPLAIN_UNKNOWN || rc.code == HC_E_TOO_BIG);
    if (hc_ok(rc))
        whole(once, n);
    for (size_t i = 0; i < n; i++)
        must(strcmp(once[i].id, again[i].id) == 0);
    return 0;
}
