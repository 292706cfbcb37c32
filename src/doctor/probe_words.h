/*
 * probe_words.h - the words that steps, story and pages share: how a connection ended, whose certificate this is.
 *
 * What is appended is escaped for text already, so that a wrapper may break it into lines; JSON and HTML escape it again
 * by their own rules. Nothing here fails by itself: hc_buf_check of the buffer tells. Pure; any thread.
 */
#ifndef HC_DOCTOR_PROBE_WORDS_H
#define HC_DOCTOR_PROBE_WORDS_H

#include "doctor/probe.h"

#define HC_PROBE_WORDS_MAX 65536 /* of one sentence or detail before it is cut: more than a subject of 64 attributes */
#define HC_PROBE_WORDS_NAMES 8   /* names of a certificate that are shown; the others are counted */

/* Copies escaped text into an array, cut between characters with "..." at its end. */
#define HC_PROBE_WORDS_KEEP(array, text) hc_probe_words_keep((array), sizeof(array), (text))
void hc_probe_words_keep(char *out, size_t size, struct hc_bytes text);

/* "the server sent the alert unknown_ca (48): ...": how it ended, without a full stop. */
void hc_probe_words_end(const struct hc_attempt *a, struct hc_buf *out);

/* "the handshake was finished (TLS 1.2, TLS_RSA_WITH_AES_256_GCM_SHA384); ...": how far it came, and how it ended. */
void hc_probe_words_course(const struct hc_attempt *a, struct hc_buf *out);

/* "unknown_ca (48)", "alert 199". */
void hc_probe_words_alert(uint8_t alert, struct hc_buf *out);

/* The identities of a certificate, "dns:a, dns:b and 998 more"; its subject when it has none. */
void hc_probe_words_names(const struct hc_cert *cert, struct hc_buf *out);

/* The first of them alone. */
void hc_probe_words_name(const struct hc_cert *cert, struct hc_buf *out);

/* "P-256", "RSA, 3072 bits". */
void hc_probe_words_key(const struct hc_cert *cert, struct hc_buf *out);

/* Bytes as text between quotation marks, the first `most` of them, up to the first line's end. */
void hc_probe_words_quote(struct hc_bytes bytes, size_t most, struct hc_buf *out);

/* What a verdict adds to its cause's own sentence, which is shown above it, whether it goes on after a full stop or after
 * a colon; "" when it adds nothing. A view into it. */
const char *hc_probe_words_what(const struct hc_verdict *v);

/* "0.4 ms", "2.1 s". */
void hc_probe_words_time(uint64_t us, struct hc_buf *out);

#endif
