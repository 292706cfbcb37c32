/*
 * probe_out.h - a probe as people and programs read it: text, JSON, HTML. Everything of a peer's is escaped, by the
 * escaper of its form (T43). No secret is in any of them: neither keys, nor traffic secrets, nor tickets.
 */
#ifndef HC_DOCTOR_PROBE_OUT_H
#define HC_DOCTOR_PROBE_OUT_H

#include "base/buf.h"
#include "doctor/probe.h"

struct hc_probe_look {
    bool steps; /* the connection as it happened, in two columns */
    bool color; /* a terminal that shows it */
    bool ascii; /* one that shows nothing else: no arrows, no marks */
};

/* The seven steps, then (look->steps) the connection, then the verdict. Fits 80 columns. */
void hc_probe_text(const struct hc_probe *p, const struct hc_probe_look *look, struct hc_buf *out);

#define HC_PROBE_FORMAT "handclasp-probe-1"

/*
 * One object. Its stable members: format (HC_PROBE_FORMAT), time, target {host, port, name, address, starttls},
 * verdict {cause, side, id, sentence, text, fix, others [{cause, side, sentence}], decide}, steps [{number, title,
 * outcome, text}], clock_skew, dns {result, server, addresses [], walk []}, connection {stage, end, end_text, alert,
 * version, suite, group, alpn, client_random_sha256, times_us {}, messages [{at_us, from, type, number, length, text}],
 * server_certificates [], findings [], asked, certificate_request {}, client_certificates, identities [], application,
 * http_status, ref}, story [{at_us, from, encrypted, title, details [{label, text}]}], trials [{kind, question, stage,
 * end, text, alert}]. What is not known is null. Texts for people are escaped for a terminal already.
 */
void hc_probe_json(const struct hc_probe *p, struct hc_buf *out);

/* A page that needs nothing else: no script, no fetch, readable on a phone and in the dark. */
void hc_probe_html(const struct hc_probe *p, struct hc_buf *out);

/* --- probe_story.c: the connection as rows, which all three forms show --- */

enum hc_story_from { HC_STORY_CLIENT, HC_STORY_SERVER, HC_STORY_NOTE };

/* One row of the two columns: what went from where, when, in words. Escaped for text already; HTML and JSON escape it
 * again by their own rules. */
struct hc_story_row {
    uint64_t at_us; /* since the attempt began */
    enum hc_story_from from;
    bool encrypted;
    bool refusal;          /* an alert that is more than a polite end */
    char title[96];        /* "ServerHello", "TCP connected" */
    const char *plain;     /* what it is for, in a newcomer's words: "what the server chose"; static; "" for none */
    struct hc_buf details; /* lines, each ended: a label that may be empty, two spaces, words:
                            * "suite  TLS_AES_128_GCM_SHA256 (good: ...)" */
};
struct hc_story {
    struct hc_story_row *row; /* owned */
    size_t n;
};
/* Fails with HC_E_NOMEM. hc_story_fini. */
struct hc_rc hc_story_make(const struct hc_probe *p, const struct hc_attempt *a, struct hc_story *out,
                           struct hc_err *e);
void hc_story_fini(struct hc_story *s);

/* Takes the first line off a row's details; false when there is none left. Views into it. */
struct hc_story_line {
    struct hc_bytes label, text;
};
bool hc_story_next(struct hc_bytes *details, struct hc_story_line *out);

#endif
