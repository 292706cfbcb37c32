/*
 * fuzz_tls_probe.c - what a stranger's server says: its flight to a fresh probe, a message to its memory, and an answer
 * to a request.
 *
 * The first byte chooses the offer and how the rest is cut; the same bytes are then read as a late message, which no
 * fuzzer could encrypt, and as an HTTP answer.
 */
#include <assert.h>
#include <stdlib.h>

#include "crypto/lib.h"
#include "doctor/attempt_inside.h"
#include "net/tls_probe_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hc_crypto *crypto(void)
{
    static struct hc_crypto *c;
    struct hc_err e = {0};

    if (!c && hc_failed(hc_crypto_new(&c, &e)))
        abort();
    return c;
}

static void look(const struct hc_tls_probe *p)
{
    struct hc_tls_agreed agreed;
    struct hc_tls_seen seen;
    size_t all = 0;

    for (size_t i = 0; hc_tls_probe_seen(p, i, &seen); i++)
        assert(seen.bytes.n <= seen.length);
    hc_tls_probe_agreed(p, &agreed);
    assert(agreed.asked || !agreed.presented);
    assert(hc_tls_probe_application(p, &all).n <= all);
}

static void flight(uint8_t how, struct hc_bytes said)
{
    struct hc_tls_probe_spec spec = {
        .crypto = crypto(),
        .server_name = "server.example",
        .min = how & 1 ? 0x0301 : 0x0303,
        .max = how & 2 ? 0x0303 : 0x0304,
        .alpn = "http/1.1",
        .anything = how & 1,
    };
    HC_BUF_AUTO(out, 1u << 20);
    HC_AUTO(hc_tls_probe) p = NULL;
    struct hc_err e = {0};
    size_t step = how & 4 ? 1 + (how >> 3) : said.n;

    if (hc_failed(hc_tls_probe_new(&spec, &p, &e)))
        abort();
    hc_tls_probe_feed(p, (struct hc_bytes){NULL, 0});
    for (; said.n > 0; said = hc_bytes_skip(said, step)) {
        hc_tls_probe_feed(p, hc_bytes_head(said, step));
        hc_tls_probe_drain(p, &out);
    }
    look(p);
    hc_tls_probe_close(p);
    hc_ignore(hc_tls_probe_error(p, &e));
}

static void message(uint8_t how, struct hc_bytes said)
{
    struct hc_tls_probe_log log = {.bytes = HC_BUF(HC_TLS_PROBE_BYTES)};
    struct hc_tls_seen seen = {
        .kind = HC_TLS_SEEN_HANDSHAKE, .sent = how & 2, .length = (uint32_t)said.n, .bytes = said};

    hc_tls_probe_seen_take(&log, &seen, how & 1);
    for (size_t i = 0; hc_tls_probe_seen_at(&log, i, &seen); i++)
        assert(seen.bytes.n <= said.n);
    hc_tls_probe_seen_fini(&log);
}

static void answer(struct hc_bytes said)
{
    struct hc_attempt_answer a;

    hc_attempt_answer_read(said, &a);
    assert(a.status == 0 || (a.status >= 100 && a.status <= 599));
    assert(strlen(a.ref.text) == 0 || strlen(a.ref.text) == HC_REF_TEXT - 1);
    assert(!a.whole || a.status >= 200);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_bytes rest;

    if (size == 0)
        return 0;
    rest = hc_bytes_of(data + 1, size - 1);
    flight(data[0], rest);
    message(data[0], rest);
    answer(rest);
    return 0;
}
