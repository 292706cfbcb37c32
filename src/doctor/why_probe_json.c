/* why_probe_json.c - jansson reads a probe's record. */
#include "doctor/why_probe_json.h"

#include <stdio.h>

#include "doctor/probe_out.h"
#include "doctor/why_parts_json.h"

#define NUMBER_MAX 255

static bool is_text(const json_t *object, const char *key, const char *want)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value && strcmp(value, want) == 0;
}

static void read_target(const json_t *target, struct hc_why_probe *out)
{
    char host[HC_WHY_TEXT - 8];

    hc_why_parts_text(target, "host", host, sizeof host);
    snprintf(out->target, sizeof out->target, "%s:%lld", host,
             (long long)hc_why_parts_number(target, "port", UINT16_MAX, 0));
}

/* Messages of other kinds (ChangeCipherSpec) are no part of what a gate records. */
static void read_message(const json_t *from, struct hc_why_probe *out)
{
    bool alert = is_text(from, "type", "alert");
    int64_t number = hc_why_parts_number(from, "number", NUMBER_MAX, -1);

    if (number < 0 || (!alert && !is_text(from, "type", "handshake")))
        return;
    if (out->n_messages == HC_WHY_PROBE_MESSAGES) {
        out->more_messages++;
        return;
    }
    out->message[out->n_messages++] =
        (struct hc_why_probe_message){.at_us = (uint64_t)hc_why_parts_number(from, "at_us", UINT32_MAX, 0),
                                      .sent = is_text(from, "from", "client"),
                                      .alert = alert,
                                      .number = (uint8_t)number};
}

static void read_connection(const json_t *connection, struct hc_why_probe *out)
{
    const json_t *messages = json_object_get(connection, "messages");
    char ref[HC_REF_TEXT + 1];

    out->has_random = hc_why_parts_hash(connection, "client_random_sha256", out->random_hash);
    hc_why_parts_text(connection, "version", out->tls, sizeof out->tls);
    hc_why_parts_text(connection, "suite", out->suite, sizeof out->suite);
    hc_why_parts_text(connection, "end_text", out->end, sizeof out->end);
    hc_why_parts_text(connection, "ref", ref, sizeof ref);
    if (strlen(ref) < sizeof out->ref.text)
        memcpy(out->ref.text, ref, strlen(ref) + 1);
    for (size_t i = 0; i < json_array_size(messages); i++)
        read_message(json_array_get(messages, i), out);
}

struct hc_rc hc_why_probe_read(struct hc_bytes json, struct hc_why_probe *out, struct hc_err *e)
{
    const json_t *connection;
    bool memory;
    json_t *root;
    bool good;

    if (json.n > HC_WHY_PROBE_FILE)
        return HC_FAIL(e, HC_E_TOO_BIG, "the record of a probe has at most %zu bytes", HC_WHY_PROBE_FILE);
    root = hc_why_parts_load(json, &memory);
    if (memory)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a probe's record");
    memset(out, 0, sizeof *out);
    connection = json_object_get(root, "connection");
    good = is_text(root, "format", HC_PROBE_FORMAT) && json_is_object(connection);
    if (good) {
        out->time = hc_why_parts_time(root, "time");
        read_target(json_object_get(root, "target"), out);
        hc_why_parts_text(json_object_get(root, "verdict"), "sentence", out->verdict, sizeof out->verdict);
        read_connection(connection, out);
    }
    json_decref(root);
    if (!good)
        return HC_FAIL(e, HC_E_PROBE_RECORD, "it is no JSON object of the format \"%s\" with a connection in it",
                       HC_PROBE_FORMAT);
    if (!out->has_random && !out->ref.text[0])
        return HC_FAIL(e, HC_E_PROBE_RECORD,
                       "the probe sent no ClientHello, so the gate cannot have seen that handshake");
    return HC_OK;
}
