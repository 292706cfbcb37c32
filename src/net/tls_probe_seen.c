/*
 * tls_probe_seen.c - keeps the messages of both sides, as libssl tells them, without what is nobody's business.
 *
 * libssl calls back when a message is complete and before it is judged, so that a message that it does not like is kept
 * too. Messages after the handshake (tickets, a late CertificateRequest, alerts) come the same way. Only the server's
 * ChangeCipherSpec is not told by OpenSSL 3.0.
 */
#include "base/clock.h"
#include "net/tls_probe_inside.h"

#define HEADER 4      /* of a handshake message: type and length [RFC 8446 4] */
#define LIFETIME 4    /* of a NewSessionTicket: seconds */
#define AGE_ADD 4     /* its ticket_age_add, TLS 1.3 only */
#define LIST_LENGTH 3 /* of the certificates in a Certificate message */
#define ALERT 2       /* bytes: level and number */
#define FOR_ALERTS 2  /* places that nothing else takes: the end of each side */

/* The ticket is the server's secret state in our hands, and ticket_age_add and nonce belong to it: zeros stand where
 * they were, so that the message can still be read. */
static void blank_ticket(uint8_t *at, size_t n, bool is_13)
{
    size_t nonce = HEADER + LIFETIME + AGE_ADD;
    size_t ticket = HEADER + LIFETIME;
    size_t length;

    if (is_13 && n > ticket)
        memset(at + ticket, 0, n < nonce ? n - ticket : AGE_ADD);
    if (is_13)
        ticket = n > nonce ? nonce + 1 + at[nonce] : n;
    if (is_13 && ticket <= n && n > nonce)
        memset(at + nonce + 1, 0, at[nonce]);
    if (ticket + 2 > n) { /* malformed */
        size_t from = HEADER + LIFETIME;

        if (n > from)
            memset(at + from, 0, n - from);
        return;
    }
    length = (size_t)at[ticket] << 8 | at[ticket + 1];
    if (length > n - ticket - 2)
        length = n - ticket - 2;
    memset(at + ticket + 2, 0, length);
}

/* Finished is a hash under a secret, ClientKeyExchange is, with RSA, the secret itself under the server's key. */
static bool is_kept_whole(uint8_t type)
{
    return type != SSL3_MT_FINISHED && type != SSL3_MT_CLIENT_KEY_EXCHANGE;
}

static bool is_fatal_alert(const struct hc_tls_seen *seen, bool is_13)
{
    if (seen->kind != HC_TLS_SEEN_ALERT || seen->bytes.n != 2)
        return false;
    /* In TLS 1.3 the level says nothing [RFC 8446 6]. */
    return is_13 ? seen->bytes.p[1] != SSL_AD_USER_CANCELLED : seen->bytes.p[0] == SSL3_AL_FATAL;
}

/* What a server may send any number of times. */
static bool is_chatter(const struct hc_tls_seen *seen)
{
    uint8_t type = seen->bytes.n > 0 ? seen->bytes.p[0] : SSL3_MT_HELLO_REQUEST;

    return seen->kind != HC_TLS_SEEN_HANDSHAKE || type == SSL3_MT_HELLO_REQUEST || type == SSL3_MT_KEY_UPDATE ||
           type == SSL3_MT_NEWSESSION_TICKET;
}

/* A server must not be able to fill the log before its certificate comes, which would then be judged by nobody, nor
 * before the alert that ends it: what comes again and again has half of the room, and alerts have places of their own. */
static bool has_room(const struct hc_tls_probe_log *log, const struct hc_tls_seen *seen, size_t n, bool is_13)
{
    size_t places = HC_TLS_PROBE_MESSAGES - FOR_ALERTS, room = HC_TLS_PROBE_BYTES - FOR_ALERTS * ALERT;

    if (is_fatal_alert(seen, is_13)) {
        places = HC_TLS_PROBE_MESSAGES;
        room = HC_TLS_PROBE_BYTES;
    } else if (is_chatter(seen)) {
        places = HC_TLS_PROBE_MESSAGES / 2;
    }
    return log->n < places && log->bytes.n <= room && n <= room - log->bytes.n;
}

static void keep(struct hc_tls_probe_log *log, const struct hc_tls_seen *seen, bool is_13)
{
    struct hc_bytes bytes = seen->bytes;
    struct hc_tls_kept_message *to;

    if (seen->kind == HC_TLS_SEEN_HANDSHAKE && bytes.n > 0 && !is_kept_whole(bytes.p[0]))
        bytes = hc_bytes_head(bytes, HEADER);
    if (!has_room(log, seen, bytes.n, is_13)) {
        log->unseen++;
        return;
    }
    to = &log->message[log->n];
    *to = (struct hc_tls_kept_message){.seen = *seen, .at = log->bytes.n, .n = bytes.n};
    hc_buf_add(&log->bytes, bytes);
    if (log->bytes.failed != HC_OK_CODE)
        return; /* out of memory; hc_tls_probe_feed tells */
    if (seen->kind == HC_TLS_SEEN_HANDSHAKE && bytes.n > 0 && bytes.p[0] == SSL3_MT_NEWSESSION_TICKET)
        blank_ticket(log->bytes.p + to->at, to->n, is_13);
    log->n++;
}

/* A client without a certificate that fits sends the message all the same, with an empty list [RFC 8446 4.4.2, RFC 5246
 * 7.4.6]. */
static bool holds_certificate(struct hc_bytes message, bool is_13)
{
    size_t at = HEADER;

    if (is_13 && message.n > at)
        at += 1u + message.p[at]; /* certificate_request_context */
    return message.n >= at + LIST_LENGTH && (message.p[at] | message.p[at + 1] | message.p[at + 2]) != 0;
}

static void note(struct hc_tls_probe_log *log, const struct hc_tls_seen *seen, bool is_13)
{
    uint8_t type = seen->bytes.n > 0 ? seen->bytes.p[0] : 0;

    if (seen->kind != HC_TLS_SEEN_HANDSHAKE)
        return;
    if (!seen->sent && type == SSL3_MT_SERVER_HELLO)
        log->answered = true;
    if (!seen->sent && type == SSL3_MT_CERTIFICATE_REQUEST)
        log->asked = true;
    if (seen->sent && type == SSL3_MT_CERTIFICATE && holds_certificate(seen->bytes, is_13))
        log->presented = true;
}

void hc_tls_probe_seen_take(struct hc_tls_probe_log *log, const struct hc_tls_seen *seen, bool is_13)
{
    note(log, seen, is_13);
    keep(log, seen, is_13);
}

/* libssl's message callback; it tells records and their inner types too, which are passed over. */
static void heard(int sent, int version, int kind, const void *at, size_t n, SSL *ssl, void *arg)
{
    struct hc_tls_probe_log *log = arg;
    bool is_13 = SSL_version(ssl) == TLS1_3_VERSION;
    struct hc_tls_seen seen;

    (void)version;
    if (kind != HC_TLS_SEEN_HANDSHAKE && kind != HC_TLS_SEEN_ALERT && kind != HC_TLS_SEEN_CHANGE_CIPHER)
        return;
    seen = (struct hc_tls_seen){
        .at_us = hc_mono_us() - log->born_us,
        .sent = sent != 0,
        .kind = (enum hc_tls_seen_kind)kind,
        .length = (uint32_t)n,
        .bytes = hc_bytes_of(at, n),
    };
    hc_tls_probe_seen_take(log, &seen, is_13);
}

void hc_tls_probe_seen_watch(struct hc_tls_probe_log *log, SSL *ssl)
{
    log->born_us = hc_mono_us();
    log->bytes = HC_BUF(HC_TLS_PROBE_BYTES);
    SSL_set_msg_callback(ssl, heard);
    SSL_set_msg_callback_arg(ssl, log);
}

void hc_tls_probe_seen_fini(struct hc_tls_probe_log *log)
{
    hc_buf_fini(&log->bytes);
}

bool hc_tls_probe_seen_at(const struct hc_tls_probe_log *log, size_t i, struct hc_tls_seen *out)
{
    if (i >= log->n)
        return false;
    *out = log->message[i].seen;
    out->bytes = hc_bytes_of(log->bytes.p + log->message[i].at, log->message[i].n);
    return true;
}
