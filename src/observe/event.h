/*
 * event.h - what the gate tells its operator: one structured event for each handshake, connection and request, and alarms.
 *
 * Every field that is NULL, empty or negative is left out. Values may be a peer's bytes: the log escapes them (T43).
 */
#ifndef HC_OBSERVE_EVENT_H
#define HC_OBSERVE_EVENT_H

#include "base/catalogue.h"
#include "base/log.h"

/* The id that a stranger is told and the operator finds in the log: 60 random bits as 12 characters without look-alikes. */
#define HC_REF_TEXT 13
struct hc_ref {
    char text[HC_REF_TEXT];
};
/* Fails with HC_E_SYSTEM when the kernel gives no random bytes. Any thread. */
struct hc_rc hc_ref_new(struct hc_ref *out, struct hc_err *e);

struct hc_event {
    const char *what;       /* "handshake", "connection", "request" */
    const char *gate;       /* its name */
    const char *peer;       /* "192.0.2.7:51234" */
    const char *identity;   /* "email:alice@example.com": what the rule matched, or the certificate's first name */
    struct hc_bytes serial; /* of the presented leaf, as bytes */
    const char *issuer;     /* the leaf's issuer, as text */
    enum hc_code why;       /* HC_OK_CODE: allowed; otherwise the row */
    const char *decision;   /* "allowed", "refused", "failed"; derived from `why` when NULL */
    const char *text;       /* a sentence about this case */
    const char *rule;       /* the rule that decided */
    const char *ref;        /* struct hc_ref of a refusal */
    const char *tls;        /* "TLSv1.3" */
    struct hc_bytes method;
    struct hc_bytes path;
    int status;       /* HTTP; 0: none */
    int64_t bytes_in; /* from the peer; -1: not counted */
    int64_t bytes_out;
    int64_t duration_us; /* -1: none */
};

/* Writes the event as one line. A refusal carries its catalogue id and, in the text form, the row's sentence. Any thread. */
void hc_event_log(const struct hc_log *log, const struct hc_event *event, int64_t now);

/* An alarm: something that an operator must look at, though the gate goes on with its last good state. */
void hc_event_alarm(const struct hc_log *log, enum hc_code why, const char *source, const char *text, int64_t now);

#endif
