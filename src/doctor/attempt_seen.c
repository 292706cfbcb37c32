/* attempt_seen.c - what the kept messages of a handshake say. */
#include <stdlib.h>

#include "doctor/attempt_inside.h"

#define HEADER 4 /* of a handshake message */
#define RANDOM 32
#define RANDOM_AT 2 /* in a ClientHello's body, after legacy_version [RFC 8446 4.1.2] */

/* The first message of that type from that side, at `from` or later. */
static bool find(const struct hc_attempt *a, uint8_t type, bool sent, size_t *from, struct hc_bytes *body)
{
    struct hc_tls_seen seen;

    for (size_t i = *from; a->tls && hc_tls_probe_seen(a->tls, i, &seen); i++)
        if (seen.kind == HC_TLS_SEEN_HANDSHAKE && seen.sent == sent && seen.bytes.n >= HEADER &&
            seen.bytes.p[0] == type) {
            *from = i + 1;
            *body = hc_bytes_skip(seen.bytes, HEADER);
            return true;
        }
    return false;
}

bool hc_attempt_message(const struct hc_attempt *a, uint8_t type, bool sent, struct hc_bytes *body)
{
    size_t from = 0;

    return find(a, type, sent, &from, body);
}

enum hc_attempt_stage hc_attempt_seen_stage(const struct hc_attempt *a)
{
    struct hc_bytes body;

    if (a->stage < HC_STAGE_SHOWN && hc_attempt_message(a, HC_TLS_CERTIFICATE, false, &body))
        return HC_STAGE_SHOWN;
    if (a->stage < HC_STAGE_ANSWERED && hc_attempt_message(a, HC_TLS_SERVER_HELLO, false, &body))
        return HC_STAGE_ANSWERED;
    return a->stage;
}

/* The last alert of that side that is none of the polite ones; false when there is none. */
static bool last_alert(const struct hc_attempt *a, bool sent, struct hc_tls_seen *out)
{
    struct hc_tls_seen seen;
    bool found = false;

    for (size_t i = 0; a->tls && hc_tls_probe_seen(a->tls, i, &seen); i++) {
        uint8_t number = seen.bytes.n == 2 ? seen.bytes.p[1] : HC_TLS_ALERT_CLOSE_NOTIFY;

        if (seen.kind != HC_TLS_SEEN_ALERT || seen.sent != sent || number == HC_TLS_ALERT_CLOSE_NOTIFY ||
            number == HC_TLS_ALERT_USER_CANCELED || number == HC_TLS_ALERT_NO_RENEGOTIATION)
            continue;
        *out = seen;
        found = true;
    }
    return found;
}

/* --- the server's chain ------------------------------------------------------------------------------------------- */

/* One that cannot be read is told and left out; the first of them is told. */
static struct hc_rc take_certificate(struct hc_attempt *a, struct hc_bytes der, size_t number, struct hc_err *e)
{
    struct hc_cert *cert = NULL;
    struct hc_err why = {0};
    struct hc_rc rc = hc_cert_parse(der, &cert, &why);

    if (hc_ok(rc))
        return hc_cert_list_take(&a->presented, cert, e);
    if (rc.code == HC_E_NOMEM) {
        *e = why;
        return rc;
    }
    if (a->presented_error.code == HC_OK_CODE) {
        hc_err_prefix(&why, "certificate %zu of the server's chain", number);
        a->presented_error = why;
    }
    return HC_OK;
}

static struct hc_rc read_chain(struct hc_attempt *a, struct hc_err *e)
{
    struct hc_tls_certificate certificate;
    struct hc_bytes body;

    if (!hc_attempt_message(a, HC_TLS_CERTIFICATE, false, &body))
        return HC_OK;
    if (hc_failed(hc_tls_wire_certificate(body, a->agreed.version, &certificate, &a->presented_error)))
        return HC_OK;
    a->n_presented = certificate.n + certificate.more;
    a->staple = certificate.staple;
    for (size_t i = 0; i < certificate.n; i++) {
        HC_TRY(e, take_certificate(a, certificate.cert[i], i + 1, e));
        if (a->presented.n == 0) /* whoever comes after an unreadable leaf must not be taken for it */
            return HC_OK;
    }
    return HC_OK;
}

/* TLS 1.2 has a message of its own for it. */
static void read_staple(struct hc_attempt *a)
{
    struct hc_err unread = {0};
    struct hc_bytes body;

    if (a->staple.n == 0 && hc_attempt_message(a, HC_TLS_CERTIFICATE_STATUS, false, &body))
        hc_ignore(hc_tls_wire_certificate_status(body, &a->staple, &unread)); /* then there is none to judge */
}

static void read_prime(struct hc_attempt *a)
{
    struct hc_tls_key_exchange exchange;
    struct hc_err unread = {0};
    struct hc_bytes body;

    if (hc_attempt_message(a, HC_TLS_SERVER_KEY_EXCHANGE, false, &body) &&
        hc_ok(hc_tls_wire_key_exchange(body, a->agreed.suite, &exchange, &unread)))
        a->dh_bits = exchange.dh_bits;
}

/* --- what was asked of this side, and sent ------------------------------------------------------------------------ */

static struct hc_rc read_request(struct hc_attempt *a, struct hc_err *e)
{
    struct hc_err unread = {0};
    struct hc_bytes body;

    a->has_request = hc_attempt_message(a, HC_TLS_CERTIFICATE_REQUEST, false, &body);
    if (!a->has_request)
        return HC_OK;
    a->request = calloc(1, sizeof *a->request);
    if (!a->request)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a CertificateRequest");
    if (hc_failed(hc_tls_wire_certificate_request(body, a->agreed.version, a->request, &unread))) {
        free(a->request);
        a->request = NULL;
    }
    return HC_OK;
}

/* A server may ask twice (after the handshake once more); the longest answer counts. */
static void count_sent(struct hc_attempt *a)
{
    struct hc_tls_certificate certificate;
    struct hc_err unread = {0};
    struct hc_bytes body;
    size_t from = 0;

    while (find(a, HC_TLS_CERTIFICATE, true, &from, &body)) {
        if (hc_failed(hc_tls_wire_certificate(body, a->agreed.version, &certificate, &unread)))
            continue;
        if (certificate.n + certificate.more > a->n_sent)
            a->n_sent = certificate.n + certificate.more;
    }
}

static void read_random(struct hc_attempt *a)
{
    struct hc_bytes body;

    a->has_random = hc_attempt_message(a, HC_TLS_CLIENT_HELLO, true, &body) && body.n >= RANDOM_AT + RANDOM;
    if (a->has_random)
        memcpy(a->random, body.p + RANDOM_AT, RANDOM);
}

static void read_alerts(struct hc_attempt *a)
{
    struct hc_tls_seen seen;

    if (last_alert(a, true, &seen))
        a->our_alert = seen.bytes.p[1];
    if (a->end != HC_END_ALERT || !last_alert(a, false, &seen))
        return;
    a->alert = seen.bytes.p[1];
    a->us_alert = a->us_tls + seen.at_us;
}

struct hc_rc hc_attempt_seen_all(struct hc_attempt *a, struct hc_err *e)
{
    hc_tls_probe_agreed(a->tls, &a->agreed);
    read_random(a);
    read_alerts(a);
    count_sent(a);
    HC_TRY(e, read_chain(a, e));
    read_staple(a);
    read_prime(a);
    return read_request(a, e);
}
