/*
 * flight_rig.h - connections as a worker has them, from real handshakes, without a worker that runs.
 */
#ifndef HC_TEST_GATE_FLIGHT_RIG_H
#define HC_TEST_GATE_FLIGHT_RIG_H

#include "../net/pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/clock.h"
#include "gate/conn.h"
#include "gate/flight.h"
#include "gate/record.h"

struct flight_rig {
    struct pair_pki *pki;
    struct hc_engine engine;
    struct hc_worker worker;
    struct hc_snapshot_gate gate;
    struct hc_service service;
    struct pair_judge judge;
    struct hc_tls_context *server;
    struct pair pair;
    struct hc_conn conn;
};

static inline void flight_rig_begin(struct flight_rig *r, void **state)
{
    struct hc_err e = {0};

    *r = (struct flight_rig){.pki = *state};
    strcpy(r->gate.name, "shop");
    r->worker.engine = &r->engine;
    r->service = (struct hc_service){.worker = &r->worker, .gate = &r->gate};
    expect_ok(&e, hc_flight_new(&r->worker.flight, &e));
}

static inline void flight_rig_end(struct flight_rig *r)
{
    hc_flight_free(r->worker.flight);
}

/* Where the peer is. */
static inline void flight_rig_from(struct flight_rig *r, const char *ip)
{
    struct hc_err e = {0};
    char text[64];

    snprintf(text, sizeof text, strchr(ip, ':') ? "[%s]:5000" : "%s:5000", ip);
    expect_ok(&e, hc_addr_parse(hc_bytes_str(text), &r->conn.peer_addr, &e));
}

/* A handshake with this identity, which the judge refuses with `refuse` unless that is HC_OK_CODE. */
static inline void flight_rig_shake(struct flight_rig *r, const struct testpki *who, int version, enum hc_code refuse)
{
    SSL_CTX *client = pair_raw_client(r->pki, who, version);

    r->judge = (struct pair_judge){.pki = r->pki, .purpose = HC_VERIFY_CLIENT, .refuse = refuse};
    r->server = pair_server(r->pki, HC_TLS_ASK_OPTIONAL);
    pair_open(&r->pair, r->server, client, &r->judge);
    pair_shake(&r->pair);
    SSL_CTX_free(client);
    r->conn = (struct hc_conn){.svc = &r->service, .tls = r->pair.server, .began_us = hc_mono_us()};
    r->conn.peer = hc_tls_peer(r->pair.server);
    flight_rig_from(r, "192.0.2.7");
}

static inline void flight_rig_close(struct flight_rig *r)
{
    pair_close(&r->pair);
    hc_tls_context_free(r->server);
}

/* The event of its end, as tell.c makes it. */
static inline struct hc_event flight_rig_event(const struct flight_rig *r)
{
    return (struct hc_event){.what = "handshake",
                             .gate = "shop",
                             .peer = "192.0.2.7:5000",
                             .why = r->pair.e.code,
                             .text = r->pair.e.text,
                             .ref = "k7mq2fzt9xwd",
                             .bytes_in = -1,
                             .bytes_out = -1,
                             .duration_us = -1};
}

#endif
