/* why_json.c - a record as one line of JSON. */
#include "observe/why_json.h"

#include "base/clock.h"
#include "base/escape.h"

static void key(struct hc_buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        hc_buf_add_byte(out, ',');
    hc_buf_addf(out, "\"%s\":", name);
}

static void text(struct hc_buf *out, const char *name, const char *value)
{
    if (!*value)
        return;
    key(out, name);
    hc_buf_add_byte(out, '"');
    hc_escape_json(out, hc_bytes_str(value));
    hc_buf_add_byte(out, '"');
}

static void number(struct hc_buf *out, const char *name, uint64_t value)
{
    key(out, name);
    hc_buf_addf(out, "%llu", (unsigned long long)value);
}

static void yes_no(struct hc_buf *out, const char *name, bool value)
{
    key(out, name);
    hc_buf_add_str(out, value ? "true" : "false");
}

static void date(struct hc_buf *out, const char *name, int64_t t)
{
    char at[HC_TIME_TEXT];

    text(out, name, hc_time_text(t, at));
}

static void hash(struct hc_buf *out, const char *name, const uint8_t sha256[32])
{
    key(out, name);
    hc_buf_add_byte(out, '"');
    hc_escape_hex(out, hc_bytes_of(sha256, 32), 0);
    hc_buf_add_byte(out, '"');
}

static void id(struct hc_buf *out, enum hc_code code)
{
    char at[HC_ID_TEXT];

    if (code != HC_OK_CODE)
        text(out, "id", hc_id_text(code, at));
}

/* The next object of an array. */
static void item(struct hc_buf *out)
{
    hc_buf_add_str(out, out->n > 0 && out->p[out->n - 1] == '[' ? "{" : ",{");
}

static void add_chain(struct hc_buf *out, const struct hc_why *w)
{
    key(out, "chain");
    hc_buf_add_byte(out, '[');
    for (size_t i = 0; i < w->n_certs; i++) {
        const struct hc_why_cert *c = &w->cert[i];

        item(out);
        text(out, "subject", c->subject);
        text(out, "issuer", c->issuer);
        text(out, "names", c->names);
        text(out, "serial", c->serial);
        date(out, "not_before", c->not_before);
        date(out, "not_after", c->not_after);
        hash(out, "sha256", c->sha256);
        hc_buf_add_byte(out, '}');
    }
    hc_buf_add_byte(out, ']');
    number(out, "chain_left_out", w->more_certs);
}

static void add_findings(struct hc_buf *out, const struct hc_why *w)
{
    key(out, "findings");
    hc_buf_add_byte(out, '[');
    for (size_t i = 0; i < w->n_findings; i++) {
        item(out);
        id(out, w->finding[i].code);
        if (w->finding[i].depth >= 0)
            number(out, "depth", (uint64_t)w->finding[i].depth);
        text(out, "text", w->finding[i].text);
        hc_buf_add_byte(out, '}');
    }
    hc_buf_add_byte(out, ']');
    number(out, "findings_left_out", w->more_findings);
}

static void add_messages(struct hc_buf *out, const struct hc_why *w)
{
    key(out, "messages");
    hc_buf_add_byte(out, '[');
    for (size_t i = 0; i < w->n_messages; i++) {
        item(out);
        number(out, "at_us", w->message[i].at_us);
        text(out, "from", w->message[i].sent ? "gate" : "client");
        text(out, "type", w->message[i].alert ? "alert" : "handshake");
        number(out, "number", w->message[i].number);
        hc_buf_add_byte(out, '}');
    }
    hc_buf_add_byte(out, ']');
    number(out, "messages_left_out", w->more_messages);
}

void hc_why_json_open(const struct hc_why *w, struct hc_buf *out)
{
    hc_buf_add_byte(out, '{');
    date(out, "time", w->time);
    text(out, "ref", w->ref.text);
    text(out, "stage", hc_why_stage_text(w->stage));
    id(out, w->code);
    text(out, "text", w->text);
    text(out, "gate", w->gate);
    text(out, "from", w->peer);
    text(out, "server_name", w->server_name);
    text(out, "tls", w->tls);
    text(out, "suite", w->suite);
    yes_no(out, "proven", w->proven);
    yes_no(out, "resumed", w->resumed);
    text(out, "identity", w->identity);
    text(out, "rule", w->rule);
    text(out, "method", w->method);
    text(out, "path", w->path);
    if (w->status > 0)
        number(out, "status", w->status);
    number(out, "us", w->took_us);
    if (w->has_random)
        hash(out, "client_random_sha256", w->random_hash);
    add_chain(out, w);
    add_findings(out, w);
    add_messages(out, w);
}

void hc_why_json(const struct hc_why *w, struct hc_buf *out)
{
    hc_why_json_open(w, out);
    hc_buf_add_byte(out, '}');
}
