/* h1_fields.c - the field lines of a head: their syntax, and what they say about framing and the connection. */
#include "proto/h1_parts.h"

/* The digits of INT64_MAX. */
#define LENGTH_DIGITS_MAX 19

/* One field being judged. */
struct reading {
    struct hc_h1_head *head;
    struct hc_h1_said *said;
    struct hc_err *e;
};

static struct hc_rc read_length(struct reading *r, struct hc_bytes value)
{
    uint64_t n = 0;

    /* RFC 9110 8.6 permits to repair repeated values; who repairs differently is smuggled past. */
    if (r->said->lengths++ > 0)
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Content-Length is given more than once");
    if (value.n == 0)
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Content-Length is empty");
    for (size_t i = 0; i < value.n; i++) {
        uint64_t digit = (uint64_t)value.p[i] - '0';

        if (digit > 9)
            return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Content-Length is not a plain decimal number");
        /* RFC 9110 8.6: "MUST anticipate potentially large decimal numerals" */
        if (i >= LENGTH_DIGITS_MAX || n > ((uint64_t)INT64_MAX - digit) / 10)
            return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Content-Length is larger than 63 bits hold");
        n = n * 10 + digit;
    }
    r->head->has_content_length = true;
    r->head->content_length = n;
    return HC_OK;
}

static bool ends_in_chunked(struct hc_bytes list)
{
    struct hc_bytes chunked = HC_BYTES("chunked");
    size_t comma = list.n;

    while (comma > 0 && list.p[comma - 1] != ',')
        comma--;
    return hc_bytes_eq_nocase(hc_bytes_trim(hc_bytes_skip(list, comma)), chunked);
}

static struct hc_rc read_coding(struct reading *r, struct hc_bytes value)
{
    if (r->said->codings++ > 0)
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Transfer-Encoding is given more than once");
    /* RFC 9112 6.1: a "message containing a Transfer-Encoding header field" in HTTP/1.0 is to be treated "as if the
     * framing is faulty". */
    if (r->head->minor == 0)
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Transfer-Encoding in HTTP/1.0");
    if (hc_bytes_eq_nocase(value, HC_BYTES("chunked")))
        return HC_OK;
    /* RFC 9112 6.3 (4): without chunked at the end the length "cannot be determined reliably". */
    if (!ends_in_chunked(value))
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "Transfer-Encoding does not end in chunked");
    return HC_FAIL(r->e, HC_E_HTTP_TRANSFER_CODING, "Transfer-Encoding names more than chunked");
}

static struct hc_rc read_option(struct reading *r, struct hc_bytes option)
{
    struct hc_h1_head *head = r->head;

    if (option.n == 0) /* RFC 9110 5.6.1.2: "MUST parse and ignore a reasonable number of empty list elements" */
        return HC_OK;
    if (!hc_h1_is_token(option))
        return HC_FAIL(r->e, HC_E_HTTP_MALFORMED, "Connection holds something that is not a name");
    if (head->n_connection == HC_H1_CONNECTION_MAX)
        return HC_FAIL(r->e, HC_E_HTTP_MALFORMED, "Connection holds more than %d names", HC_H1_CONNECTION_MAX);
    head->connection[head->n_connection++] = option;
    if (hc_bytes_eq_nocase(option, HC_BYTES("close")))
        r->said->close = true;
    if (hc_bytes_eq_nocase(option, HC_BYTES("keep-alive")))
        r->said->keep_alive = true;
    return HC_OK;
}

static struct hc_rc read_connection(struct reading *r, struct hc_bytes value)
{
    while (value.n > 0) {
        size_t comma = hc_bytes_find(value, ',');

        HC_TRY(r->e, read_option(r, hc_bytes_trim(hc_bytes_head(value, comma))));
        value = hc_bytes_skip(value, comma + 1);
    }
    return HC_OK;
}

static struct hc_rc read_upgrade(struct reading *r, struct hc_bytes value)
{
    (void)value;
    /* RFC 9110 7.8: "MUST ignore an Upgrade header field that is received in an HTTP/1.0 request". */
    r->head->has_upgrade = r->head->minor == 1;
    return HC_OK;
}

static struct hc_rc read_host(struct reading *r, struct hc_bytes value)
{
    if (r->said->response)
        return HC_OK;
    if (r->said->hosts++ > 0)
        return HC_FAIL(r->e, HC_E_HTTP_HOST, "Host is given more than once");
    if (!hc_h1_host_ok(value))
        return HC_FAIL(r->e, HC_E_HTTP_HOST, "Host is not a host name or address with an optional port");
    r->head->host = value;
    return HC_OK;
}

static struct hc_rc read_expect(struct reading *r, struct hc_bytes value)
{
    if (r->said->response || r->head->minor == 0) /* RFC 9110 10.1.1: "MUST ignore that expectation" in HTTP/1.0 */
        return HC_OK;
    if (!hc_bytes_eq_nocase(value, HC_BYTES("100-continue")))
        return HC_FAIL(r->e, HC_E_HTTP_EXPECT, "Expect asks for something else than 100-continue");
    r->head->expect_continue = true;
    return HC_OK;
}

/* The fields that this reader itself understands. */
static struct hc_rc judge(struct reading *r, const struct hc_h1_field *field)
{
    static const struct {
        struct hc_bytes name;
        struct hc_rc (*read)(struct reading *r, struct hc_bytes value);
    } known[] = {
        {{(const uint8_t *)"host", 4}, read_host},
        {{(const uint8_t *)"connection", 10}, read_connection},
        {{(const uint8_t *)"content-length", 14}, read_length},
        {{(const uint8_t *)"transfer-encoding", 17}, read_coding},
        {{(const uint8_t *)"upgrade", 7}, read_upgrade},
        {{(const uint8_t *)"expect", 6}, read_expect},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (hc_bytes_eq_nocase(field->name, known[i].name))
            return known[i].read(r, field->value);
    /* Content_Length is another name here and the same one to a back end behind CGI: two parsers, two lengths. */
    if (hc_h1_name_same(field->name, HC_BYTES("content-length")) ||
        hc_h1_name_same(field->name, HC_BYTES("transfer-encoding")))
        return HC_FAIL(r->e, HC_E_HTTP_FRAMING, "a header name that some back ends read as a framing field");
    return HC_OK;
}

static struct hc_rc split_line(struct hc_bytes line, bool response, struct hc_h1_field *out, struct hc_err *e)
{
    size_t colon = hc_bytes_find(line, ':');
    struct hc_bytes name = hc_bytes_head(line, colon);

    if (line.p[0] == ' ' || line.p[0] == '\t') /* RFC 9112 5.2: a server "MUST either reject the message" or unfold */
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "a header line starts with white space (line folding)");
    if (colon == line.n)
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "a header line has no colon");
    /* RFC 9112 5.1: a server "MUST reject, with a response status code of 400" white space before the colon; a proxy
     * "MUST remove any such whitespace from a response message". */
    if (response)
        name = hc_bytes_trim(name);
    if (!hc_h1_is_token(name))
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "a header line's name is empty or holds a byte that names cannot have");
    *out = (struct hc_h1_field){name, hc_bytes_trim(hc_bytes_skip(line, colon + 1))};
    return HC_OK;
}

struct hc_rc hc_h1_fields_read(struct hc_bytes lines, struct hc_h1_head *head, struct hc_h1_said *said,
                               struct hc_err *e)
{
    struct reading r = {.head = head, .said = said, .e = e};

    for (;;) {
        struct hc_bytes line = hc_h1_lines_take(&lines);
        struct hc_h1_field *field = &head->fields[head->n_fields];

        if (line.n == 0)
            return HC_OK;
        if (head->n_fields == HC_H1_FIELDS_MAX)
            return HC_FAIL(e, HC_E_HTTP_HEAD_TOO_BIG, "more than %d header fields", HC_H1_FIELDS_MAX);
        HC_TRY(e, split_line(line, said->response, field, e));
        head->n_fields++;
        HC_TRY(e, judge(&r, field));
    }
}
