/*
 * event.c - one line an event.
 *
 * What this program says itself (decision, id, ref) comes before a stranger's method and path, so that it is there
 * whatever the stranger sent.
 */
#include "observe/event.h"

#include "base/escape.h"

/* RFC 5280 4.1.2.2 allows 20 bytes. A longer serial is part of what was refused; more of it would tell nothing. */
#define SERIAL_MAX 20

static enum hc_level level_of(enum hc_code why)
{
    switch (why) {
    case HC_OK_CODE:
    case HC_E_TLS_CLOSED:     /* port scanners, health checks, browsers that open a connection too many */
    case HC_E_HTTP_NOT_FOUND: /* every browser asks for an icon */
        return HC_LEVEL_INFO;
    default:
        return HC_LEVEL_WARNING;
    }
}

static const char *decision_of(const struct hc_event *event)
{
    if (event->decision)
        return event->decision;
    if (event->why == HC_OK_CODE)
        return "allowed";
    return hc_row_is_refusal(event->why) ? "refused" : "failed";
}

static void add_str(struct hc_line *line, const char *key, const char *value)
{
    if (value && *value)
        hc_line_str(line, key, value);
}

static void add_bytes(struct hc_line *line, const char *key, struct hc_bytes value)
{
    if (value.n > 0)
        hc_line_bytes(line, key, value);
}

static void add_count(struct hc_line *line, const char *key, int64_t value)
{
    if (value >= 0)
        hc_line_int(line, key, value);
}

static void add_serial(struct hc_line *line, struct hc_bytes serial)
{
    HC_BUF_AUTO(hex, 2 * SERIAL_MAX + 3);

    if (line->dropped)
        return;
    hc_escape_hex(&hex, hc_bytes_head(serial, SERIAL_MAX), 0);
    if (serial.n > SERIAL_MAX)
        hc_buf_add_str(&hex, "...");
    add_bytes(line, "serial", hc_buf_view(&hex));
}

static void add_id(struct hc_line *line, enum hc_code why)
{
    char id[HC_ID_TEXT];

    if (why != HC_OK_CODE)
        hc_line_str(line, "id", hc_id_text(why, id));
}

/* For people. Machines have the id, and the catalogue. */
static void add_why(struct hc_line *line, enum hc_code why)
{
    if (why != HC_OK_CODE && line->log->form == HC_LOG_TEXT)
        hc_line_str(line, "why", hc_row(why)->sentence);
}

static void add_who(struct hc_line *line, const struct hc_event *event)
{
    add_str(line, "gate", event->gate);
    add_str(line, "peer", event->peer);
    add_str(line, "identity", event->identity);
    add_str(line, "presented", event->presented);
    add_serial(line, event->serial);
    add_str(line, "issuer", event->issuer);
}

static void add_what(struct hc_line *line, const struct hc_event *event)
{
    add_str(line, "tls", event->tls);
    add_str(line, "resumed", event->resumed ? "yes" : NULL);
    add_bytes(line, "method", event->method);
    add_bytes(line, "path", event->path);
    if (event->status > 0)
        hc_line_int(line, "status", event->status);
    add_count(line, "in", event->bytes_in);
    add_count(line, "out", event->bytes_out);
    add_count(line, "us", event->duration_us);
    if (event->left_out > 0)
        add_count(line, "left_out", event->left_out);
}

void hc_event_log(const struct hc_log *log, const struct hc_event *event, int64_t now)
{
    struct hc_line line;

    hc_line_begin(&line, log, level_of(event->why), event->what, now);
    add_who(&line, event);
    hc_line_str(&line, "decision", decision_of(event));
    add_id(&line, event->why);
    add_str(&line, "ref", event->ref);
    add_str(&line, "rule", event->rule);
    add_what(&line, event);
    add_str(&line, "text", event->text);
    add_why(&line, event->why);
    hc_line_end(&line);
}

void hc_event_alarm(const struct hc_log *log, enum hc_code why, const char *source, const char *text, int64_t now)
{
    struct hc_line line;

    hc_line_begin(&line, log, HC_LEVEL_ERROR, "alarm", now);
    add_id(&line, why);
    add_str(&line, "source", source);
    add_str(&line, "text", text);
    add_why(&line, why);
    if (why != HC_OK_CODE && log->form == HC_LOG_TEXT)
        hc_line_str(&line, "fix", hc_row(why)->fix);
    hc_line_end(&line);
}
