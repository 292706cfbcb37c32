/* record.c - fills records of refusals from connections. */
#include "gate/record.h"

#include <assert.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "gate/flight.h"
#include "observe/ring.h"
#include "pki/dn.h"
#include "pki/verify.h"

/* Of a text before it is cut to a record's size. Names can be longer than a record takes of them; not for ever. */
#define TEXT_MAX 4096

static_assert(HC_TLS_MESSAGES <= HC_WHY_MESSAGES, "a record takes a whole trace");

static void put_str(char out[], size_t size, const char *text)
{
    hc_why_put(out, size, hc_bytes_str(text));
}
#define PUT(member, text) put_str((member), sizeof(member), (text))
#define PUT_BYTES(member, bytes) hc_why_put((member), sizeof(member), (bytes))

/* --- certificates ------------------------------------------------------------------------------------------------- */

/* What is longer than TEXT_MAX fails the buffer, whose beginning is what a record has room for anyway. */
static void put_names(struct hc_why_cert *out, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, TEXT_MAX);

    for (size_t i = 0; i < cert->n_names && text.n < sizeof out->names; i++) {
        if (i > 0)
            hc_buf_add_str(&text, ", ");
        hc_name_text(&cert->names[i], &text);
    }
    PUT_BYTES(out->names, hc_buf_view(&text));
}

static void put_dn(char out[HC_WHY_TEXT], struct hc_bytes dn)
{
    HC_BUF_AUTO(text, TEXT_MAX);

    hc_dn_text(dn, &text);
    hc_why_put(out, HC_WHY_TEXT, hc_buf_view(&text));
}

/* Beyond HC_WHY_CERTS they are counted. */
static void put_cert(struct hc_why *w, const struct hc_cert *cert)
{
    HC_BUF_AUTO(serial, TEXT_MAX);
    struct hc_why_cert *out;

    if (w->n_certs == HC_WHY_CERTS) {
        w->more_certs++;
        return;
    }
    out = &w->cert[w->n_certs++];
    put_dn(out->subject, cert->subject);
    put_dn(out->issuer, cert->issuer);
    put_names(out, cert);
    hc_serial_text(cert->serial, &serial);
    PUT_BYTES(out->serial, hc_buf_view(&serial));
    out->not_before = cert->not_before;
    out->not_after = cert->not_after;
    memcpy(out->sha256, cert->sha256, sizeof out->sha256);
}

void hc_record_chain(struct hc_why *w, const struct hc_checked_chain *chain)
{
    for (size_t i = 0; i < hc_checked_chain_count(chain); i++)
        put_cert(w, hc_checked_chain_cert(chain, i));
}

void hc_record_identity(struct hc_why *w, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, TEXT_MAX);

    if (cert->n_names > 0)
        hc_name_text(&cert->names[0], &text);
    else
        hc_dn_text(cert->subject, &text);
    PUT_BYTES(w->identity, hc_buf_view(&text));
}

static void put_certs(struct hc_why *w, const struct hc_conn *c)
{
    const struct hc_cert *cert;

    if (c->peer) {
        hc_record_chain(w, hc_verified_peer_chain(c->peer));
        return;
    }
    for (size_t i = 0; (cert = hc_tls_presented_at(c->tls, i)); i++)
        put_cert(w, cert);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static void put_findings(struct hc_why *w, const struct hc_report *r)
{
    for (size_t i = 0; r && i < r->n; i++) {
        const struct hc_finding *from = &r->finding[i];

        if (from->code == HC_OK_CODE)
            continue;
        if (w->n_findings == HC_WHY_FINDINGS) {
            w->more_findings++;
            continue;
        }
        w->finding[w->n_findings].code = from->code;
        w->finding[w->n_findings].depth = from->depth;
        PUT(w->finding[w->n_findings++].text, from->text);
    }
    w->more_findings += r ? r->lost : 0;
}

void hc_record_trace(struct hc_why *w, const struct hc_tls_trace *trace)
{
    if (!trace)
        return;
    w->n_messages = trace->n;
    w->more_messages = trace->more;
    for (size_t i = 0; i < trace->n; i++)
        w->message[i] = (struct hc_why_message){.at_us = trace->message[i].at_us,
                                                .sent = trace->message[i].sent,
                                                .alert = trace->message[i].alert,
                                                .number = trace->message[i].number};
}

void hc_record_random(struct hc_why *w, const uint8_t random[HC_TLS_RANDOM])
{
    hc_sha256(hc_bytes_of(random, HC_TLS_RANDOM), w->random_hash);
    w->has_random = true;
}

/* Before the ServerHello libssl only says what it would like best. */
static bool is_agreed(const struct hc_tls_trace *trace)
{
    const uint8_t server_hello = 2; /* [RFC 8446 4] */

    for (size_t i = 0; trace && i < trace->n; i++)
        if (trace->message[i].sent && !trace->message[i].alert && trace->message[i].number == server_hello)
            return true;
    return false;
}

static void put_tls(struct hc_why *w, const struct hc_tls *tls)
{
    uint8_t random[HC_TLS_RANDOM];
    const struct hc_tls_trace *trace = hc_tls_trace(tls);

    hc_record_trace(w, trace);
    if (hc_tls_random(tls, random))
        hc_record_random(w, random);
    PUT(w->server_name, hc_tls_server_name(tls));
    if (trace && !is_agreed(trace)) /* without one it is finished */
        return;
    PUT(w->tls, hc_tls_version(tls));
    PUT(w->suite, hc_tls_cipher(tls));
}

void hc_record_fill(const struct hc_conn *c, const struct hc_event *event, enum hc_why_stage stage, struct hc_why *out)
{
    int64_t us = event->duration_us < 0 ? (int64_t)(hc_mono_us() - c->began_us) : event->duration_us;

    memset(out, 0, sizeof *out);
    PUT(out->ref.text, event->ref);
    out->time = hc_time_now();
    out->stage = stage;
    out->code = event->why;
    PUT(out->text, event->text);
    PUT(out->gate, event->gate);
    PUT(out->peer, event->peer);
    PUT(out->identity, event->identity);
    PUT(out->rule, event->rule);
    PUT_BYTES(out->method, event->method);
    PUT_BYTES(out->path, event->path);
    out->status = event->status > 0 ? (unsigned)event->status : 0;
    out->took_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    out->proven = c->peer != NULL;
    put_certs(out, c);
    if (!c->tls)
        return;
    out->resumed = hc_tls_resumed(c->tls);
    put_findings(out, hc_tls_report(c->tls));
    put_tls(out, c->tls);
}

void hc_record_keep(const struct hc_conn *c, const struct hc_event *event, enum hc_why_stage stage)
{
    const struct hc_worker *w = c->svc->worker;
    bool flies = stage == HC_WHY_HANDSHAKE && w->flight;
    struct hc_source source;
    struct hc_why why;

    if (!w->engine->ring && !flies)
        return;
    hc_record_fill(c, event, stage, &why);
    source = hc_flood_source(&c->peer_addr);
    struct hc_ring_from from = {hc_bytes_of(source.at, source.n), hc_bytes_of(source.at, source.n_network)};
    (void)hc_ring_put(w->engine->ring, &why, from); /* a lost one is counted there */
    if (flies)
        hc_flight_refused(w->flight, c, &why);
}
