/*
 * explain_inside.h - between the files of explain: each recognises one kind of thing in a line that was cleaned
 * (hc_explain_clean): lower case, no control bytes, no colours.
 *
 * An explanation is written where it stays, because its id may lie in its own buffer. Nothing here allocates or fails.
 */
#ifndef HC_DOCTOR_EXPLAIN_INSIDE_H
#define HC_DOCTOR_EXPLAIN_INSIDE_H

#include "doctor/explain.h"

/* What has been found so far, without duplicates. */
struct hc_explain_found {
    struct hc_explanation *out; /* HC_EXPLAIN_FOUND of them */
    size_t n;
};

/* Adds one, unless there is no room or the same one is there already. `own` is for ids that are not static: it is copied
 * into place when what.id is NULL. */
void hc_explain_add(struct hc_explain_found *f, struct hc_explanation what);

/*
 * explain_clean.c: the text in lower case, terminal colours and control bytes taken out, lines ended by '\n'. False when
 * it is no text: a NUL, or more than one control byte in ten.
 */
struct hc_explain_text {
    size_t n;
    uint8_t p[HC_EXPLAIN_MAX];
};
bool hc_explain_clean(struct hc_bytes text, struct hc_explain_text *out);

/* The position of `word` at or after `from`, or line.n. */
size_t hc_explain_find(struct hc_bytes line, size_t from, const char *word);

/* The decimal number of at most three digits at *at, and *at behind it; -1 when there is none. */
int hc_explain_number(struct hc_bytes line, size_t *at);

/* explain_alert.c. Whole: the line is an alert's name or number, and both readings are added. In: "alert" and a name or
 * number somewhere in the line. */
void hc_explain_alert_whole(struct hc_explain_found *f, struct hc_bytes line);
void hc_explain_alert_in(struct hc_explain_found *f, struct hc_bytes line);
/* The readings of one alert, for the page: [0] as whoever received it sees it, [1] as whoever sent it. False beyond the
 * last; `i` counts as in hc_tls_alert_at. */
bool hc_explain_alert_at(size_t i, struct hc_explanation out[2]);

/* explain_verify.c: X509_V_ERR names, numbers and texts, the same way. */
void hc_explain_verify_whole(struct hc_explain_found *f, struct hc_bytes line);
void hc_explain_verify_in(struct hc_explain_found *f, struct hc_bytes line);
bool hc_explain_verify_at(size_t i, struct hc_explanation *out);

/* explain_pattern.c: the row whose pieces are longest, and how long they are; false when none fits. */
struct hc_explain_match {
    size_t row;
    size_t score;
};
bool hc_explain_pattern_find(struct hc_bytes line, struct hc_explain_match *out);
/* The row of that slug; false when there is none. */
bool hc_explain_pattern_named(struct hc_bytes slug, size_t *row);
void hc_explain_pattern_add(struct hc_explain_found *f, size_t row);

#endif
