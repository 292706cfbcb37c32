/* why_line_json.c - jansson reads a gate's line about a handshake. */
#include "doctor/why_line_json.h"

#include <stdlib.h>

#include "doctor/why_parts_json.h"

#define LEFT_OUT_MAX 255

#define TEXT(object, key, member) hc_why_parts_text((object), (key), (member), sizeof(member))

static enum hc_code read_id(const json_t *object)
{
    char id[HC_ID_TEXT];
    int v = 0;

    TEXT(object, "id", id);
    for (const char *at = strncmp(id, "HC-", 3) == 0 ? id + 3 : ""; hc_ascii_is_digit((uint8_t)*at) && v < 1000; at++)
        v = v * 10 + (*at - '0');
    return (enum hc_code)v;
}

static void read_chain(const json_t *root, struct hc_why *out)
{
    const json_t *chain = json_object_get(root, "chain");

    for (size_t i = 0; i < json_array_size(chain) && out->n_certs < HC_WHY_CERTS; i++) {
        const json_t *from = json_array_get(chain, i);
        struct hc_why_cert *c = &out->cert[out->n_certs++];

        TEXT(from, "subject", c->subject);
        TEXT(from, "issuer", c->issuer);
        TEXT(from, "names", c->names);
        TEXT(from, "serial", c->serial);
        c->not_before = hc_why_parts_time(from, "not_before");
        c->not_after = hc_why_parts_time(from, "not_after");
        (void)hc_why_parts_hash(from, "sha256", c->sha256);
    }
    out->more_certs = (size_t)hc_why_parts_number(root, "chain_left_out", LEFT_OUT_MAX, 0);
}

static void read_findings(const json_t *root, struct hc_why *out)
{
    const json_t *findings = json_object_get(root, "findings");

    for (size_t i = 0; i < json_array_size(findings) && out->n_findings < HC_WHY_FINDINGS; i++) {
        const json_t *from = json_array_get(findings, i);
        struct hc_why_finding *f = &out->finding[out->n_findings++];

        f->code = read_id(from);
        f->depth = (int)hc_why_parts_number(from, "depth", 64, -1);
        TEXT(from, "text", f->text);
    }
    out->more_findings = (size_t)hc_why_parts_number(root, "findings_left_out", LEFT_OUT_MAX, 0);
}

static void read_messages(const json_t *root, struct hc_why *out)
{
    const json_t *messages = json_object_get(root, "messages");

    for (size_t i = 0; i < json_array_size(messages) && out->n_messages < HC_WHY_MESSAGES; i++) {
        const json_t *from = json_array_get(messages, i);
        struct hc_why_message *m = &out->message[out->n_messages++];
        char word[16];

        m->at_us = (uint32_t)hc_why_parts_number(from, "at_us", UINT32_MAX, 0);
        TEXT(from, "from", word);
        m->sent = strcmp(word, "gate") == 0;
        TEXT(from, "type", word);
        m->alert = strcmp(word, "alert") == 0;
        m->number = (uint8_t)hc_why_parts_number(from, "number", UINT8_MAX, 0);
    }
    out->more_messages = (size_t)hc_why_parts_number(root, "messages_left_out", LEFT_OUT_MAX, 0);
}

static void read_head(const json_t *root, struct hc_why *out)
{
    char stage[16];

    TEXT(root, "ref", out->ref.text);
    if (!hc_ref_is(out->ref.text))
        out->ref.text[0] = 0;
    out->time = hc_why_parts_time(root, "time");
    TEXT(root, "stage", stage);
    for (int s = HC_WHY_HANDSHAKE; s <= HC_WHY_REQUEST; s++)
        if (strcmp(stage, hc_why_stage_text((enum hc_why_stage)s)) == 0)
            out->stage = (enum hc_why_stage)s;
    out->code = read_id(root);
    TEXT(root, "text", out->text);
    TEXT(root, "gate", out->gate);
    TEXT(root, "from", out->peer);
    TEXT(root, "server_name", out->server_name);
    TEXT(root, "tls", out->tls);
    TEXT(root, "suite", out->suite);
    TEXT(root, "identity", out->identity);
    TEXT(root, "rule", out->rule);
    TEXT(root, "method", out->method);
    TEXT(root, "path", out->path);
    out->proven = json_is_true(json_object_get(root, "proven"));
    out->resumed = json_is_true(json_object_get(root, "resumed"));
    out->status = (unsigned)hc_why_parts_number(root, "status", 999, 0);
    out->took_us = (uint32_t)hc_why_parts_number(root, "us", UINT32_MAX, 0);
    out->has_random = hc_why_parts_hash(root, "client_random_sha256", out->random_hash);
}

struct hc_rc hc_why_line_read(struct hc_bytes line, struct hc_why *out, struct hc_err *e)
{
    bool memory;
    json_t *root = hc_why_parts_load(line, &memory);

    if (!json_is_object(root)) {
        json_decref(root);
        return memory ? HC_FAIL(e, HC_E_NOMEM, "out of memory for a handshake")
                      : HC_FAIL(e, HC_E_WHY_RECORD, "the gate's line about a handshake is no JSON object");
    }
    memset(out, 0, sizeof *out);
    read_head(root, out);
    read_chain(root, out);
    read_findings(root, out);
    read_messages(root, out);
    json_decref(root);
    return HC_OK;
}
