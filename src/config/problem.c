/* problem.c - a bounded list of mistakes and how it is shown. */
#include "config/problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"

const char *hc_mark_text(struct hc_mark mark, char out[HC_MARK_TEXT])
{
    if (mark.option != NULL)
        snprintf(out, HC_MARK_TEXT, "%s", mark.option);
    else
        snprintf(out, HC_MARK_TEXT, "line %" PRIu32 ", column %" PRIu32, mark.line, mark.column);
    return out;
}

void hc_config_problems_add(struct hc_config_problems *list, struct hc_mark mark, enum hc_code code, const char *fmt,
                            ...)
{
    struct hc_config_problem *problem;
    va_list ap;

    if (list->n == HC_CONFIG_PROBLEMS_MAX) {
        list->lost++;
        return;
    }
    problem = &list->v[list->n];
    *problem = (struct hc_config_problem){.mark = mark, .code = code, .order = (unsigned)list->n};
    list->n++;
    va_start(ap, fmt);
    vsnprintf(problem->text, sizeof problem->text, fmt, ap);
    va_end(ap);
}

static int by_place(const void *a, const void *b)
{
    const struct hc_config_problem *x = a;
    const struct hc_config_problem *y = b;

    if (x->mark.line != y->mark.line)
        return x->mark.line < y->mark.line ? -1 : 1;
    if (x->mark.column != y->mark.column)
        return x->mark.column < y->mark.column ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void hc_config_problems_sort(struct hc_config_problems *list)
{
    qsort(list->v, list->n, sizeof list->v[0], by_place);
}

void hc_config_problems_print(const struct hc_config_problems *list, const char *file_name, struct hc_buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct hc_config_problem *problem = &list->v[i];

        if (problem->mark.option != NULL) {
            hc_buf_addf(out, "%s: ", problem->mark.option);
        } else {
            hc_escape_text(out, hc_bytes_str(file_name));
            hc_buf_addf(out, ":%" PRIu32 ":%" PRIu32 ": ", problem->mark.line, problem->mark.column);
        }
        hc_escape_text(out, hc_bytes_str(problem->text));
        hc_buf_add_byte(out, '\n');
    }
    if (list->lost > 0)
        hc_buf_addf(out, "and %zu more problems\n", list->lost);
}

struct hc_rc hc_config_problems_check(struct hc_config_problems *list, const char *file_name, struct hc_err *e)
{
    const struct hc_config_problem *first = &list->v[0];
    size_t all = list->n + list->lost;
    char place[HC_MARK_TEXT];

    if (all == 0)
        return HC_OK;
    hc_config_problems_sort(list);
    return HC_FAIL(e, HC_E_CONFIG_INVALID, "%s has %zu %s; %s%s: %s", file_name, all, all == 1 ? "error" : "errors",
                   all == 1 ? "" : "the first at ", hc_mark_text(first->mark, place), first->text);
}
