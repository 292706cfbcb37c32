/*
 * record.h - what `why` is told about a connection: its records of refusals (observe/why.h).
 *
 * A refusal is written into the gate's ring on disk, by another thread, and a refused handshake into the worker's flight
 * recorder too. Nothing here fails a connection or waits for anything.
 */
#ifndef HC_GATE_RECORD_H
#define HC_GATE_RECORD_H

#include "gate/conn.h"
#include "observe/why.h"

/* Fills the record of what the event says about the connection: who it is or what it presented, every failed rule, the
 * decision, the messages of the handshake. Allocates nothing that lasts. */
void hc_record_fill(const struct hc_conn *c, const struct hc_event *event, enum hc_why_stage stage, struct hc_why *out);

/* Keeps the record of a refusal. Does nothing where there is no ring and no flight recorder. */
void hc_record_keep(const struct hc_conn *c, const struct hc_event *event, enum hc_why_stage stage);

/* --- parts, for flight.c --- */

/* Adds the chain's certificates; beyond HC_WHY_CERTS they are counted. */
void hc_record_chain(struct hc_why *w, const struct hc_checked_chain *chain);
/* The messages. */
void hc_record_trace(struct hc_why *w, const struct hc_tls_trace *trace);
/* The hash of the client's random. */
void hc_record_random(struct hc_why *w, const uint8_t random[HC_TLS_RANDOM]);
/* The first name of the certificate, or its subject when it has none, into `identity`. */
void hc_record_identity(struct hc_why *w, const struct hc_cert *cert);

#endif
