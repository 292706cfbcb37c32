/* starttls_postgres.c - a message, SSLRequest, and a letter [PostgreSQL documentation, "SSL Session Encryption"]. */
#include "proto/starttls_parts.h"

/* A message after the letter: its length, which counts its own four bytes. */
#define HEADER 5

/* Length 8, code 80877103. */
static const uint8_t request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};

void hc_starttls_postgres_ask(struct hc_starttls *s, struct hc_buf *out)
{
    hc_starttls_note(s, 'C', HC_BYTES("SSLRequest"));
    hc_buf_add(out, hc_bytes_of(request, sizeof request));
}

size_t hc_starttls_postgres_want(struct hc_bytes begun)
{
    size_t n;

    if (begun.n == 0 || begun.p[0] == 'S' || begun.p[0] == 'N')
        return 1;
    if (begun.p[0] != 'E')
        return 0;
    if (begun.n < HEADER)
        return HEADER;
    n = (size_t)begun.p[1] << 24 | (size_t)begun.p[2] << 16 | (size_t)begun.p[3] << 8 | begun.p[4];
    /* no message, but words like "ERROR": four letters make a length of more than a thousand million */
    return n < 4 || n + 1 > HC_STARTTLS_BYTES ? 0 : n + 1;
}

/* The field 'M' of an ErrorResponse, a sentence; fields are a letter and a string that ends in NUL. */
static struct hc_bytes sentence_of(struct hc_bytes fields)
{
    while (fields.n > 1) {
        struct hc_bytes text = hc_bytes_head(hc_bytes_skip(fields, 1), hc_bytes_find(hc_bytes_skip(fields, 1), 0));

        if (fields.p[0] == 'M')
            return text;
        fields = hc_bytes_skip(fields, text.n + 2);
    }
    return HC_BYTES("(no sentence)");
}

void hc_starttls_postgres_answer(struct hc_starttls *s, struct hc_bytes message)
{
    HC_BUF_AUTO(words, HC_STARTTLS_BYTES + 64);

    if (message.p[0] != 'E') {
        hc_starttls_note(s, 'S', message);
        s->state = message.p[0] == 'S' ? HC_STARTTLS_AGREED : HC_STARTTLS_NOT_OFFERED;
        return;
    }
    hc_buf_add_str(&words, "ErrorResponse: ");
    hc_buf_add(&words, sentence_of(hc_bytes_skip(message, HEADER)));
    hc_starttls_note(s, 'S', hc_buf_view(&words));
    hc_buf_fail(&s->said, words.failed);
    s->state = HC_STARTTLS_DENIED;
}
