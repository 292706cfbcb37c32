/* json.c - JSON, member by member. */
#include "base/json.h"

#include "base/clock.h"
#include "base/escape.h"

struct hc_json hc_json_init(struct hc_buf *out)
{
    return (struct hc_json){.out = out, .first = true};
}

static void new_line(struct hc_json *j)
{
    hc_buf_add_byte(j->out, '\n');
    hc_buf_addf(j->out, "%*s", (int)(j->depth * 2), "");
}

static void value_begins(struct hc_json *j, const char *key)
{
    if (!j->first)
        hc_buf_add_str(j->out, ",");
    if (j->depth > 0)
        new_line(j);
    j->first = false;
    if (!key)
        return;
    hc_buf_add_byte(j->out, '"');
    hc_buf_add_str(j->out, key);
    hc_buf_add_str(j->out, "\": ");
}

void hc_json_begin(struct hc_json *j, const char *key, char bracket)
{
    value_begins(j, key);
    hc_buf_add_byte(j->out, (uint8_t)bracket);
    j->depth++;
    j->first = true;
}

void hc_json_end(struct hc_json *j, char bracket)
{
    j->depth--;
    if (!j->first)
        new_line(j);
    hc_buf_add_byte(j->out, (uint8_t)bracket);
    if (j->depth == 0)
        hc_buf_add_str(j->out, "\n");
    j->first = false;
}

void hc_json_bytes(struct hc_json *j, const char *key, struct hc_bytes value)
{
    value_begins(j, key);
    hc_buf_add_str(j->out, "\"");
    hc_escape_json(j->out, value);
    hc_buf_add_str(j->out, "\"");
}

void hc_json_str(struct hc_json *j, const char *key, const char *value)
{
    if (value) {
        hc_json_bytes(j, key, hc_bytes_str(value));
        return;
    }
    value_begins(j, key);
    hc_buf_add_str(j->out, "null");
}

void hc_json_int(struct hc_json *j, const char *key, int64_t value)
{
    value_begins(j, key);
    hc_buf_addf(j->out, "%lld", (long long)value);
}

void hc_json_bool(struct hc_json *j, const char *key, bool value)
{
    value_begins(j, key);
    hc_buf_add_str(j->out, value ? "true" : "false");
}

void hc_json_time(struct hc_json *j, const char *key, int64_t t)
{
    char text[HC_TIME_TEXT];
    hc_json_str(j, key, hc_time_text(t, text));
}
