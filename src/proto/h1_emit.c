/* h1_emit.c - heads and chunks as they are sent. */
#include <assert.h>
#include <inttypes.h>

#include "base/auto.h"
#include "proto/h1body.h"

/* The buffer's owner must not send it: what it holds is not what was meant. */
static void spoil(struct hc_buf *out)
{
    if (out->failed == HC_OK_CODE)
        out->failed = HC_E_HTTP_MALFORMED;
}

static bool value_ok(struct hc_bytes value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
            return false;
    return true;
}

static bool target_ok(struct hc_bytes target)
{
    for (size_t i = 0; i < target.n; i++)
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7f)
            return false;
    return target.n > 0;
}

void hc_h1_emit_status(struct hc_buf *out, unsigned status, struct hc_bytes reason)
{
    if (status < 100 || status > 599 || !value_ok(reason)) {
        spoil(out);
        return;
    }
    hc_buf_addf(out, "HTTP/1.1 %u ", status); /* RFC 9112 4: the space is sent even when the reason is absent */
    hc_buf_add(out, reason);
    hc_buf_add_str(out, "\r\n");
}

void hc_h1_emit_request(struct hc_buf *out, struct hc_bytes method, struct hc_bytes target)
{
    if (!hc_h1_is_token(method) || !target_ok(target)) {
        spoil(out);
        return;
    }
    hc_buf_add(out, method);
    hc_buf_add_byte(out, ' ');
    hc_buf_add(out, target);
    hc_buf_add_str(out, " HTTP/1.1\r\n");
}

void hc_h1_emit_field(struct hc_buf *out, struct hc_bytes name, struct hc_bytes value)
{
    if (!hc_h1_is_token(name) || !value_ok(value)) {
        spoil(out);
        return;
    }
    hc_buf_add(out, name);
    hc_buf_add_str(out, ": ");
    hc_buf_add(out, value);
    hc_buf_add_str(out, "\r\n");
}

void hc_h1_emit_field_number(struct hc_buf *out, struct hc_bytes name, uint64_t value)
{
    if (!hc_h1_is_token(name)) {
        spoil(out);
        return;
    }
    hc_buf_add(out, name);
    hc_buf_addf(out, ": %" PRIu64 "\r\n", value);
}

void hc_h1_emit_end(struct hc_buf *out)
{
    hc_buf_add_str(out, "\r\n");
}

const char *hc_h1_reason(unsigned status)
{
    /* RFC 9110 15, RFC 6585: what this program answers by itself, and its neighbours */
    static const struct {
        unsigned status;
        const char *reason;
    } known[] = {
        {100, "Continue"},
        {200, "OK"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < HC_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].reason;
    return "";
}

void hc_h1_chunk_begin(struct hc_buf *out, size_t n)
{
    assert(n > 0);
    hc_buf_addf(out, "%zx\r\n", n);
}

void hc_h1_chunk_end(struct hc_buf *out)
{
    hc_buf_add_str(out, "\r\n");
}

void hc_h1_chunk_last(struct hc_buf *out)
{
    hc_buf_add_str(out, "0\r\n\r\n");
}
