/*
 * why.h - what `why` says: a record of a refusal (observe/why.h) in words for people, and the two ends of one handshake
 * side by side.
 *
 * Whatever a peer may have said is escaped here (T43). Nothing fails by itself: hc_buf_check of the buffer tells.
 */
#ifndef HC_DOCTOR_WHY_H
#define HC_DOCTOR_WHY_H

#include "base/buf.h"
#include "observe/why.h"

/* --- why_ref.c --- */

/*
 * Takes the next thing that could be an id off the text: 12 letters and digits that stand alone, in either case; o counts
 * as 0, i and l as 1, as whoever types an id from paper may write them. False when there is none left. An id is whatever
 * a record has: the caller looks.
 */
bool hc_why_ref_next(struct hc_bytes *text, struct hc_ref *out);

/* --- why_tell.c --- */

/* The whole record: what happened in a sentence, when, where, who, the chain, every failed rule with its clause, the
 * decision, the messages, the fix, and how to look further. Fits 80 columns. */
void hc_why_tell(const struct hc_why *w, int64_t now, struct hc_buf *out);

/* A line "  label       value", wrapped; the value is escaped, and nothing is written when it is empty. */
void hc_why_field(struct hc_buf *out, const char *label, const char *value);

/* What happened, in a sentence without a final full stop. */
void hc_why_sentence(const struct hc_why *w, struct hc_buf *out);

/* Who it was: what was proven, "presented NAME", or "no certificate". Not escaped. */
void hc_why_who(const struct hc_why *w, struct hc_buf *out);
/* "TLS 1.3 TLS_AES_256_GCM_SHA384"; w->tls must not be empty. */
void hc_why_agreed(const struct hc_why *w, struct hc_buf *out);

/* A line of a table, or its head: id, when, gate, who, row. */
void hc_why_row(const struct hc_why *w, struct hc_buf *out);
void hc_why_row_head(struct hc_buf *out);

/* A message of the handshake: "ClientHello", "alert unknown_ca (48)". */
void hc_why_message(bool alert, unsigned number, struct hc_buf *out);

/* --- why_fix.c --- */

/* What to do about it, about this very case where that can be said: sentences in one line, and perhaps a command in a
 * second one. Escaped. */
void hc_why_fix(const struct hc_why *w, struct hc_buf *out);

/* --- why_both.c --- */

#define HC_WHY_PROBE_MESSAGES 64 /* as a probe keeps */

/* What is taken of a probe's record (why_probe_json.h). */
struct hc_why_probe {
    int64_t time;
    char target[HC_WHY_TEXT]; /* "shop.example.com:8443" */
    char verdict[2 * HC_WHY_TEXT];
    char end[HC_WHY_TEXT]; /* how the connection ended, in the probe's words */
    char tls[32], suite[64];
    struct hc_ref ref; /* that the gate told over HTTP; "" none */
    bool has_random;
    uint8_t random_hash[32];
    struct hc_why_probe_message {
        uint64_t at_us; /* since the probe began */
        bool sent;      /* by the probe */
        bool alert;
        uint8_t number;
    } message[HC_WHY_PROBE_MESSAGES];
    size_t n_messages, more_messages;
};

/* Is it the gate's record of that very connection? */
bool hc_why_both_match(const struct hc_why_probe *p, const struct hc_why *w);

/* Both ends of the one handshake, in two columns, and what each of them says about it. */
void hc_why_both(const struct hc_why_probe *p, const struct hc_why *w, struct hc_buf *out);

#endif
