/*
 * roll.h - a worker's answer to an order (order.h): who is connected here, and the end of those who are meant.
 *
 * A line of a listing is a JSON object:
 *
 *     {"gate":"shop","protocol":"http","from":"192.0.2.7:51234","who":"email:alice@example.com",
 *      "names":["email:alice@example.com"],"serial":"0a1b","issuer":"CN=...","since":"2026-11-21T10:00:00Z",
 *      "requests":3,"tls":"TLSv1.3","resumed":false,"worker":0}
 *
 * protocol is "tcp", "http" or "static"; who, names, serial and issuer are left out for a peer without a certificate,
 * requests for a relay. A line for which no room is left is counted in left_out.
 */
#ifndef HC_GATE_ROLL_H
#define HC_GATE_ROLL_H

#include "gate/worker.h"

struct hc_order;

/* Carries the order out; the answer is the caller's to give. */
void hc_roll_call(struct hc_worker *w, struct hc_order *order);

#endif
