/*
 * tls_trace.c - the messages of a server's handshake, as libssl hands them to whoever watches.
 *
 * On the way of every handshake: a clock reading and some stores for each message, nothing for records, and nothing at
 * all once the handshake is done. What is kept is what anybody on the wire may know, but for the types of messages that
 * TLS 1.3 encrypts.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "net/tls_internal.h"

#define HELLO_RANDOM 6 /* where the random stands in a ClientHello: after type, length and version [RFC 8446 4.1.2] */

struct hc_tls_noted {
    uint64_t began_us;
    struct hc_tls_trace trace;
};

static void note(struct hc_tls_noted *noted, bool sent, bool alert, uint8_t number)
{
    struct hc_tls_trace *t = &noted->trace;
    uint64_t at_us = hc_mono_us() - noted->began_us;

    if (t->n == HC_TLS_MESSAGES) {
        t->more = t->more < UINT8_MAX ? t->more + 1 : t->more;
        return;
    }
    t->message[t->n].at_us = at_us < UINT32_MAX ? (uint32_t)at_us : UINT32_MAX;
    t->message[t->n].sent = sent;
    t->message[t->n].alert = alert;
    t->message[t->n++].number = number;
}

/* A client that is asked for another hello says the same random again. */
static void note_random(struct hc_tls_trace *t, struct hc_bytes hello)
{
    if (t->has_random || hello.n < HELLO_RANDOM + HC_TLS_RANDOM)
        return;
    memcpy(t->random, hello.p + HELLO_RANDOM, HC_TLS_RANDOM);
    t->has_random = true;
}

static void seen(int sent, int version, int type, const void *at, size_t n, SSL *ssl, void *ctx)
{
    struct hc_tls_noted *noted = ctx;
    const uint8_t *bytes = at;

    (void)version;
    (void)ssl;
    if (type == SSL3_RT_HANDSHAKE && n > 0) {
        if (!sent && bytes[0] == SSL3_MT_CLIENT_HELLO)
            note_random(&noted->trace, hc_bytes_of(bytes, n));
        note(noted, sent != 0, false, bytes[0]);
    } else if (type == SSL3_RT_ALERT && n == 2) {
        note(noted, sent != 0, true, bytes[1]);
    }
}

struct hc_rc hc_tls_trace_begin(struct hc_tls *tls, struct hc_err *e)
{
    tls->noted = calloc(1, sizeof *tls->noted);
    if (!tls->noted)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a TLS session");
    tls->noted->began_us = hc_mono_us();
    SSL_set_msg_callback(tls->ssl, seen);
    SSL_set_msg_callback_arg(tls->ssl, tls->noted);
    return HC_OK;
}

void hc_tls_trace_end(struct hc_tls *tls)
{
    SSL_set_msg_callback(tls->ssl, NULL);
    SSL_set_msg_callback_arg(tls->ssl, NULL);
}

const struct hc_tls_trace *hc_tls_trace(const struct hc_tls *tls)
{
    return tls->noted ? &tls->noted->trace : NULL;
}

void hc_tls_forget(struct hc_tls *tls)
{
    if (!tls->noted)
        return;
    hc_tls_trace_end(tls);
    free(tls->noted);
    tls->noted = NULL;
}

bool hc_tls_random(const struct hc_tls *tls, uint8_t out[HC_TLS_RANDOM])
{
    if (tls->noted && tls->noted->trace.has_random) {
        memcpy(out, tls->noted->trace.random, HC_TLS_RANDOM);
        return true;
    }
    return tls->done && SSL_get_client_random(tls->ssl, out, HC_TLS_RANDOM) == HC_TLS_RANDOM;
}
