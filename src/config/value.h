/*
 * value.h - what a configuration's values become: plain C, each with the place where it was written.
 *
 * Strings are NUL-terminated, hold no control character, and live as long as the arena they were bound into. A value
 * whose mark says nothing (hc_mark_said) was not written; what it then means is for its owner to say.
 */
#ifndef HC_CONFIG_VALUE_H
#define HC_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place: line and column, both from 1 and in characters, or the option of a command line. */
struct hc_mark {
    uint32_t line;
    uint32_t column;
    const char *option; /* "--listen", static; NULL when it stands in a file */
};

static inline bool hc_mark_said(struct hc_mark mark)
{
    return mark.line > 0 || mark.option != NULL;
}

/* "line 3, column 14" or "--listen" into out; returns out. */
#define HC_MARK_TEXT 64
const char *hc_mark_text(struct hc_mark mark, char out[HC_MARK_TEXT]);

struct hc_conf_string {
    const char *s; /* NULL when not written */
    struct hc_mark mark;
};

struct hc_conf_strings {
    struct hc_conf_string *v;
    size_t n;
    struct hc_mark mark; /* of the list; a list that was written may be empty */
};

struct hc_conf_bool {
    bool v;
    struct hc_mark mark;
};

/* An integer, or a duration in seconds. */
struct hc_conf_int {
    int64_t v;
    struct hc_mark mark;
};

/* One of the words of an enumeration; v is the number beside the word, and means nothing without a mark. */
struct hc_conf_word {
    int v;
    struct hc_mark mark;
};

/* A list of blocks of one type, bound by HC_KIND_BLOCKS. */
#define HC_CONF_BLOCKS(type)                                                                                           \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n;                                                                                                      \
        struct hc_mark mark;                                                                                           \
    }

#endif
