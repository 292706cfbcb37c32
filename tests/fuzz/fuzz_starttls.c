/*
 * fuzz_starttls.c - what servers say before TLS, and what their first bytes are taken for. The first byte chooses the
 * protocol, the second how the bytes are cut.
 *
 * Besides memory errors it finds: an outcome that depends on the cuts; a dialogue that has no end; bytes that are
 * counted as injected and came before the agreement.
 */
#include <stdlib.h>

#include "proto/sniff.h"
#include "proto/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void talk(struct hc_starttls *s, enum hc_starttls_kind kind, struct hc_bytes server, size_t step,
                 struct hc_buf *client)
{
    size_t fed = 0;

    hc_starttls_init(s, kind, client);
    while (server.n > 0 && s->state == HC_STARTTLS_GOES_ON) {
        struct hc_bytes part = hc_bytes_head(server, step);

        hc_starttls_feed(s, part, client);
        fed += part.n;
        must(s->injected == 0 || s->state == HC_STARTTLS_AGREED);
        must(s->injected < part.n || s->injected == 0);
        server = hc_bytes_skip(server, part.n);
    }
    must(s->state != HC_STARTTLS_GOES_ON || fed <= HC_STARTTLS_BYTES);
    must(!s->said.failed && !client->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_bytes in = hc_bytes_of(data, size);
    struct hc_starttls whole, parts;
    HC_BUF_AUTO(client, 4096);
    HC_BUF_AUTO(again, 4096);
    enum hc_starttls_kind kind;
    size_t step;

    if (size < 2)
        return 0;
    kind = (enum hc_starttls_kind)(HC_STARTTLS_SMTP + in.p[0] % 4);
    step = 1 + in.p[1] % 64;
    in = hc_bytes_skip(in, 2);
    must(hc_sniff_text(hc_sniff(in)) != NULL);
    talk(&whole, kind, in, SIZE_MAX, &client);
    talk(&parts, kind, in, step, &again);
    /* PostgreSQL's letters stand alone: what comes with them is looked at only when it comes in the same bytes */
    if (kind != HC_STARTTLS_POSTGRES) {
        must(whole.state == parts.state);
        must(hc_bytes_eq(hc_buf_view(&client), hc_buf_view(&again)));
        must(hc_bytes_eq(hc_buf_view(&whole.said), hc_buf_view(&parts.said)));
        must(whole.injected >= parts.injected);
    }
    hc_starttls_fini(&whole);
    hc_starttls_fini(&parts);
    return 0;
}
