/*
 * problem.h - everything that is wrong with a configuration, collected in one run.
 *
 * A list of fixed size that allocates nothing; what does not fit is counted. Start with a zeroed struct.
 */
#ifndef HC_CONFIG_PROBLEM_H
#define HC_CONFIG_PROBLEM_H

#include "base/buf.h"
#include "config/value.h"

/* Nobody mends more in one go, and the list fits a stack frame. */
#define HC_CONFIG_PROBLEMS_MAX 64
#define HC_CONFIG_PROBLEM_TEXT 400

struct hc_config_problem {
    struct hc_mark mark;
    enum hc_code code;                 /* HC_E_CONFIG_* or HC_E_PATTERN, HC_E_REVOCATION_UNSAID */
    unsigned order;                    /* of arrival */
    char text[HC_CONFIG_PROBLEM_TEXT]; /* one sentence without its place; may hold the file's bytes */
};

struct hc_config_problems {
    struct hc_config_problem v[HC_CONFIG_PROBLEMS_MAX];
    size_t n;
    size_t lost; /* that did not fit */
};

/* A long sentence is cut; a problem beyond the last place is counted in `lost`. */
void hc_config_problems_add(struct hc_config_problems *list, struct hc_mark mark, enum hc_code code, const char *fmt,
                            ...) __attribute__((format(printf, 4, 5)));

/* By line and column; problems of one place keep their order. */
void hc_config_problems_sort(struct hc_config_problems *list);

/* Appends one line for each, "FILE:LINE:COLUMN: sentence" or "--option: sentence", escaped for a terminal. */
void hc_config_problems_print(const struct hc_config_problems *list, const char *file_name, struct hc_buf *out);

/*
 * The end of a check: HC_OK when the list is empty. Otherwise sorts it and fails with HC_E_CONFIG_INVALID; the text
 * says how many there are and repeats the first.
 */
struct hc_rc hc_config_problems_check(struct hc_config_problems *list, const char *file_name, struct hc_err *e);

/* printf precision for a piece of the file inside a sentence: "%.*s", HC_CONFIG_SHOWN, text. */
#define HC_CONFIG_SHOWN 60

#endif
