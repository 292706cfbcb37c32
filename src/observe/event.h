/*
 * event.h - what the gate tells its operator: one structured event for each handshake, connection and request, and
 * alarms.
 *
 * Every field that is NULL, empty or negative is left out. Values may be a peer's bytes: the log escapes and cuts them
 * (T43).
 *
 * The keys of a line, in this order: time level event gate peer identity presented serial issuer decision id ref rule
 * tls resumed method path status in out us text; the text form ends with `why`, the sentence of the catalogue.
 */
#ifndef HC_OBSERVE_EVENT_H
#define HC_OBSERVE_EVENT_H

#include "base/catalogue.h"
#include "base/log.h"
#include "observe/ref.h"

struct hc_event {
    const char *what;     /* "handshake", "connection", "request", "closed" */
    const char *gate;     /* its name */
    const char *peer;     /* "192.0.2.7:51234" */
    const char *identity; /* "email:alice@example.com": what the rule matched, or the certificate's first name */
    /* The first name of a certificate that was presented and whose key was not proved: never `identity` (T46). */
    const char *presented;
    struct hc_bytes serial; /* of the presented leaf, as bytes; written in hex */
    const char *issuer;     /* the leaf's issuer, as text */
    enum hc_code why;       /* HC_OK_CODE: allowed; otherwise the row */
    const char *decision;   /* "allowed", "refused", "failed", "ended"; derived from `why` when NULL */
    const char *text;       /* a sentence about this case */
    const char *rule;       /* the rule that decided */
    const char *ref;        /* struct hc_ref of a refusal */
    const char *tls;        /* "TLSv1.3" */
    bool resumed;           /* the session is one of an earlier handshake; left out when it is not */
    struct hc_bytes method;
    struct hc_bytes path;
    int status;       /* HTTP; 0: none */
    int64_t bytes_in; /* from the peer; -1: not counted */
    int64_t bytes_out;
    int64_t duration_us; /* microseconds; -1: none */
    uint32_t left_out;   /* events like this one that were left out before it */
};

/*
 * Writes the event as one line. `now` in seconds UTC.
 *
 * The level is "info" when allowed and "warn" otherwise; "info" too for what happens all day and is nobody's fault (a
 * peer that left before its handshake was done, a file that is not there). Without `decision`, one is derived:
 * "allowed"; "refused" when a certificate or a rule was judged; "failed" for the rest. A refusal carries its id
 * (HC-1207). Never fails its caller: a line that cannot be written is lost. Any thread. Blocks as its descriptor does.
 */
void hc_event_log(const struct hc_log *log, const struct hc_event *event, int64_t now);

/*
 * An alarm: something that an operator must look at, though the gate goes on with its last good state. Level "error",
 * event "alarm", with id, source (the file or the part that raised it; NULL: left out) and text; the text form adds
 * `why` and `fix`.
 */
void hc_event_alarm(const struct hc_log *log, enum hc_code why, const char *source, const char *text, int64_t now);

#endif
