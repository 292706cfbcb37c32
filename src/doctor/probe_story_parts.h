/* probe_story_parts.h - for the files of the story alone: rows under construction, and who tells what. */
#ifndef HC_DOCTOR_PROBE_STORY_PARTS_H
#define HC_DOCTOR_PROBE_STORY_PARTS_H

#include "doctor/probe_out.h"
#include "doctor/probe_words.h"

#define HC_STORY_ROWS (HC_TLS_PROBE_MESSAGES + 64) /* the messages, and what stands before and behind them */
#define HC_STORY_DETAILS (512u * 1024)             /* of one row: 16 certificates with every line at its longest */
#define HC_STORY_LINE 2048                         /* of one line; longer ones are cut */

struct hc_storyteller {
    const struct hc_probe *p;
    const struct hc_attempt *a;
    struct hc_story *story;
};

/* One more row at its end; when there are HC_STORY_ROWS already, the last one again, emptied. Never NULL. */
struct hc_story_row *hc_story_row_add(struct hc_storyteller *t, enum hc_story_from from, uint64_t at_us,
                                      const char *title);

/* One line of details: a label ("" for none) and escaped text, cut at HC_STORY_LINE. */
void hc_story_put(struct hc_story_row *row, const char *label, const struct hc_buf *text);
/* The same of this program's own words. */
void hc_story_say(struct hc_story_row *row, const char *label, const char *text);
void hc_story_sayf(struct hc_story_row *row, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* --- probe_story_messages.c: a row for each message that was kept, in their order --- */
void hc_story_messages(struct hc_storyteller *t);

/* --- probe_story_hello.c: the messages that agree on something. `body` without its header. --- */
void hc_story_client_hello(struct hc_story_row *row, struct hc_bytes body);
void hc_story_server_hello(struct hc_story_row *row, const struct hc_attempt *a, struct hc_bytes body);
void hc_story_encrypted_extensions(struct hc_story_row *row, struct hc_bytes body);
void hc_story_server_key_exchange(struct hc_story_row *row, const struct hc_attempt *a, struct hc_bytes body);
void hc_story_client_key_exchange(struct hc_story_row *row, const struct hc_attempt *a);
void hc_story_certificate_verify(struct hc_story_row *row, bool sent, struct hc_bytes body);
void hc_story_ticket(struct hc_story_row *row, uint16_t version, struct hc_bytes body);
/* Names of codes, "x25519, secp256r1 and 3 more"; escaped. */
void hc_story_codes(const struct hc_tls_codes *codes, const char *(*name)(uint16_t code), struct hc_buf *out);

/* --- probe_story_cert.c: who is who --- */
void hc_story_server_certificates(const struct hc_storyteller *t, struct hc_story_row *row);
void hc_story_client_certificates(const struct hc_storyteller *t, struct hc_story_row *row);
void hc_story_staple(const struct hc_storyteller *t, struct hc_story_row *row);
void hc_story_certificate_request(const struct hc_storyteller *t, struct hc_story_row *row);

#endif
