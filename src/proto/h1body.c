/*
 * h1body.c - bodies as they arrive.
 *
 *   SIZE_FIRST -> SIZE -+-> SIZE_LF -+-> DATA -> DATA_CR -> DATA_LF -> SIZE_FIRST ...
 *                       +-> EXT -----+                                                    chunk size 0:
 *                                    +-> TRAILER -+-> END_LF -> DONE
 *                                        ^        +-> NAME -> VALUE -> VALUE_LF -+
 *                                        +---------------------------------------+
 *
 * A body with a length starts in DATA and is DONE when nothing is left. One that ends with the connection stays in
 * DATA.
 *
 * 1. left is 0 when a chunk's size begins.   2. Every state but DATA takes one byte; line and trailers bound how many.
 */
#include "proto/h1body.h"

/* Fifteen hexadecimal digits always fit into 63 bits. */
#define SIZE_DIGITS_MAX 15

enum state {
    SIZE_FIRST,
    SIZE,
    EXT,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
    DONE,
};

static void init(struct hc_h1_decoder *dec, const struct hc_h1_head *head)
{
    *dec = (struct hc_h1_decoder){.body = head->body, .state = DATA};
    if (head->body == HC_H1_BODY_NONE || (head->body == HC_H1_BODY_LENGTH && head->content_length == 0))
        dec->state = DONE;
    else if (head->body == HC_H1_BODY_CHUNKED)
        dec->state = SIZE_FIRST;
    else
        dec->left = head->body == HC_H1_BODY_LENGTH ? head->content_length : UINT64_MAX;
}

void hc_h1_decoder_init_request(struct hc_h1_decoder *dec, const struct hc_h1_head *head)
{
    init(dec, head);
    dec->fault = HC_E_HTTP_FRAMING;
    dec->closed = HC_E_HTTP_CLOSED;
}

void hc_h1_decoder_init_response(struct hc_h1_decoder *dec, const struct hc_h1_head *head)
{
    init(dec, head);
    dec->fault = HC_E_UPSTREAM_GARBAGE;
    dec->closed = HC_E_UPSTREAM_CLOSED;
}

/* The outcome of one byte: NULL, or what is wrong. */
static const char *take_size(struct hc_h1_decoder *dec, uint8_t c)
{
    int digit = hc_ascii_hex(c);

    if (digit >= 0) {
        if (dec->digits > 0 || digit > 0)
            dec->digits++;                 /* leading zeros are bounded by the line */
        if (dec->digits > SIZE_DIGITS_MAX) /* RFC 9112 7.1: "MUST anticipate potentially large hexadecimal numerals" */
            return "a chunk is larger than 60 bits hold";
        dec->left = dec->left * 16 + (unsigned)digit;
        dec->state = SIZE;
        return NULL;
    }
    if (dec->state == SIZE_FIRST)
        return "a chunk does not start with its size";
    if (c != ';' && c != '\r')
        return "a chunk's size is followed by neither an extension nor the end of its line";
    dec->state = c == ';' ? EXT : SIZE_LF;
    return NULL;
}

/* RFC 9112 7.1.1: "MUST ignore unrecognized chunk extensions"; a bare CR or LF inside would hide a second line. */
static const char *take_text(struct hc_h1_decoder *dec, uint8_t c, enum state next)
{
    if (c == '\r')
        dec->state = next;
    else if ((c < 0x20 && c != '\t') || c == 0x7f)
        return "a control byte or a bare line feed in a chunk extension or trailer";
    return NULL;
}

static const char *take_end_of_line(struct hc_h1_decoder *dec, uint8_t c, uint8_t want, enum state next)
{
    if (c != want)
        return "a line or a chunk does not end in CRLF";
    dec->state = next;
    return NULL;
}

static const char *end_of_size(struct hc_h1_decoder *dec, uint8_t c)
{
    dec->line = dec->digits = 0;
    return take_end_of_line(dec, c, '\n', dec->left == 0 ? TRAILER : DATA);
}

static const char *take_trailer(struct hc_h1_decoder *dec, uint8_t c)
{
    bool token = hc_h1_is_token((struct hc_bytes){&c, 1});

    if (dec->state == TRAILER && c == '\r') {
        dec->state = END_LF;
        return NULL;
    }
    if (dec->state == NAME && c == ':') {
        dec->state = VALUE;
        return NULL;
    }
    if (!token)
        return "a trailer is not a well-formed header line";
    dec->state = NAME;
    return NULL;
}

static const char *step(struct hc_h1_decoder *dec, uint8_t c)
{
    if (dec->state <= SIZE_LF && ++dec->line > HC_H1_CHUNK_LINE_MAX)
        return "a chunk's size line is longer than accepted";
    if (dec->state >= TRAILER && ++dec->trailers > HC_H1_TRAILERS_MAX)
        return "the trailers are longer than accepted";
    switch ((enum state)dec->state) {
    case SIZE_FIRST:
    case SIZE:
        return take_size(dec, c);
    case EXT:
        return take_text(dec, c, SIZE_LF);
    case SIZE_LF:
        return end_of_size(dec, c);
    case DATA_CR:
        return take_end_of_line(dec, c, '\r', DATA_LF);
    case DATA_LF:
        return take_end_of_line(dec, c, '\n', SIZE_FIRST);
    case TRAILER:
    case NAME:
        return take_trailer(dec, c);
    case VALUE:
        return take_text(dec, c, VALUE_LF);
    case VALUE_LF:
        return take_end_of_line(dec, c, '\n', TRAILER);
    case END_LF:
        return take_end_of_line(dec, c, '\n', DONE);
    case DATA:
    case DONE:
        break;
    }
    return "the decoder is confused"; /* cannot be: the caller steps neither DATA nor DONE */
}

static struct hc_bytes take_data(struct hc_h1_decoder *dec, struct hc_bytes in)
{
    struct hc_bytes data = dec->left < in.n ? hc_bytes_head(in, (size_t)dec->left) : in;

    dec->total += data.n;
    if (dec->body == HC_H1_BODY_UNTIL_CLOSE)
        return data;
    dec->left -= data.n;
    if (dec->left == 0)
        dec->state = dec->body == HC_H1_BODY_CHUNKED ? DATA_CR : DONE;
    return data;
}

struct hc_rc hc_h1_decode(struct hc_h1_decoder *dec, struct hc_bytes in, struct hc_h1_piece *piece, struct hc_err *e)
{
    struct hc_bytes data = {0};
    size_t i = 0;

    if (dec->failed != HC_OK_CODE)
        return HC_FAIL(e, dec->failed, "the body was malformed already");
    while (i < in.n && dec->state != DATA && dec->state != DONE) {
        const char *wrong = step(dec, in.p[i++]);

        if (wrong) {
            dec->failed = dec->fault;
            return HC_FAIL(e, dec->fault, "%s", wrong);
        }
    }
    if (dec->state == DATA && i < in.n) {
        data = take_data(dec, hc_bytes_skip(in, i));
        i += data.n;
    }
    *piece = (struct hc_h1_piece){i, data, dec->state == DONE ? HC_H1_DONE : HC_H1_MORE};
    return HC_OK;
}

struct hc_rc hc_h1_decode_eof(struct hc_h1_decoder *dec, struct hc_err *e)
{
    if (dec->failed != HC_OK_CODE)
        return HC_FAIL(e, dec->failed, "the body was malformed already");
    if (dec->body == HC_H1_BODY_UNTIL_CLOSE)
        dec->state = DONE;
    if (dec->state == DONE)
        return HC_OK;
    dec->failed = dec->closed;
    return HC_FAIL(e, dec->closed, "the connection ended after %llu bytes of an incomplete body",
                   (unsigned long long)dec->total);
}
