/*
 * attempt_answer.c - what an HTTP/1.x answer says: its status, its Date, and the id of a gate's refusal.
 *
 * For messages, never for a decision, so it reads what it can and passes over the rest: a strict reader (proto/h1.h)
 * would have nothing to say about the very servers that one asks a doctor about. Bounded by what was kept.
 */
#include "base/clock.h"
#include "doctor/attempt_inside.h"
#include "proto/http_date.h"

#define INTERIM_MAX 8 /* 1xx heads before the answer; servers send one or two */

struct head {
    unsigned status;
    int64_t date;
    bool has_length, chunked;
    uint64_t length;
};

/* Takes a line, without its end (CRLF or LF); false when its end has not come. */
static bool take_line(struct hc_bytes *rest, struct hc_bytes *line)
{
    size_t n = hc_bytes_find(*rest, '\n');

    if (n == rest->n)
        return false;
    *line = hc_bytes_head(*rest, n);
    if (n > 0 && line->p[n - 1] == '\r')
        line->n--;
    *rest = hc_bytes_skip(*rest, n + 1);
    return true;
}

/* `n` digits at `at`, which must be there; -1 when they are none. */
static int digits(struct hc_bytes text, size_t at, size_t n)
{
    int value = 0;

    for (size_t i = at; i < at + n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return -1;
        value = value * 10 + (text.p[i] - '0');
    }
    return value;
}

static bool read_length(struct hc_bytes text, uint64_t *out)
{
    uint64_t n = 0;

    if (text.n == 0 || text.n > 18) /* longer than any length that matters */
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = n;
    return true;
}

static void read_field(struct hc_bytes line, struct head *h)
{
    size_t colon = hc_bytes_find(line, ':');
    struct hc_bytes name = hc_bytes_trim(hc_bytes_head(line, colon));
    struct hc_bytes value = hc_bytes_trim(hc_bytes_skip(line, colon + 1));

    if (hc_bytes_eq_nocase(name, HC_BYTES("Date"))) {
        if (!hc_http_date_parse(value, hc_time_now(), &h->date))
            h->date = 0;
    } else if (hc_bytes_eq_nocase(name, HC_BYTES("Content-Length"))) {
        h->has_length = read_length(value, &h->length);
    } else if (hc_bytes_eq_nocase(name, HC_BYTES("Transfer-Encoding"))) {
        h->chunked = true;
    }
}

/* "HTTP/1.1 403 Forbidden"; 0 when it is none. */
static unsigned read_status(struct hc_bytes line)
{
    int status;

    if (line.n < 12 || !hc_bytes_starts(line, HC_BYTES("HTTP/1.")) || line.p[8] != ' ')
        return 0;
    status = digits(line, 9, 3);
    return status >= 100 && status <= 599 && (line.n == 12 || line.p[12] == ' ') ? (unsigned)status : 0;
}

/* Reads a head; true when it is complete, and `rest` then what follows. */
static bool read_head(struct hc_bytes *rest, struct head *h)
{
    struct hc_bytes line;

    *h = (struct head){0};
    if (!take_line(rest, &line))
        return false;
    h->status = read_status(line);
    while (h->status != 0 && take_line(rest, &line)) {
        if (line.n == 0)
            return true;
        read_field(line, h);
    }
    return false;
}

/* The gate's line "id: 0123456789ab" in a refusal's body. */
static void find_ref(struct hc_bytes body, struct hc_ref *out)
{
    struct hc_bytes line;

    while (take_line(&body, &line)) {
        struct hc_bytes id = hc_bytes_skip(line, 4);
        struct hc_ref ref = {.text = ""};

        if (!hc_bytes_starts(line, HC_BYTES("id: ")) || id.n != HC_REF_TEXT - 1)
            continue;
        memcpy(ref.text, id.p, id.n);
        if (!hc_ref_is(ref.text))
            continue;
        *out = ref;
        return;
    }
}

static bool is_whole(const struct head *h, struct hc_bytes body)
{
    if (h->status < 400)
        return true; /* what it serves is not asked for */
    if (h->chunked)
        return hc_bytes_ends(body, HC_BYTES("0\r\n\r\n"));
    return h->has_length && body.n >= h->length;
}

void hc_attempt_answer_read(struct hc_bytes said, struct hc_attempt_answer *out)
{
    struct head h = {0};
    bool complete = false;

    *out = (struct hc_attempt_answer){0};
    for (int i = 0; i < INTERIM_MAX; i++) {
        complete = read_head(&said, &h);
        if (!complete || h.status >= 200)
            break;
    }
    out->status = h.status;
    out->date = h.date;
    if (!complete || h.status < 200)
        return;
    out->whole = is_whole(&h, said);
    if (h.status >= 400)
        find_ref(said, &out->ref);
}
