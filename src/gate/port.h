/*
 * port.h - a listening address: one socket for each worker, shared by the snapshots that listen there.
 *
 * A reload that keeps an address keeps its sockets, so no connection in the backlog is lost.
 */
#ifndef HC_GATE_PORT_H
#define HC_GATE_PORT_H

#include "base/auto.h"
#include "base/err.h"
#include "gate/endpoint.h"
#include "net/sock.h"

#define HC_WORKERS_MAX 256

struct hc_port;

/* Opens `workers` sockets (1 to HC_WORKERS_MAX). Fails with HC_E_PORT_IN_USE, HC_E_ADDRESS, HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_port_open(const struct hc_listen *listen, unsigned workers, struct hc_port **out, struct hc_err *e);

/* One more owner; returns p. Any thread. */
struct hc_port *hc_port_ref(struct hc_port *p);
/* The last one closes the sockets. NULL-safe; any thread. */
void hc_port_free(struct hc_port *p);
HC_DEFINE_AUTO(hc_port)

/* As it was asked for. */
const struct hc_listen *hc_port_listen(const struct hc_port *p);
/* Where it listens in fact, with the port that the kernel chose. */
const struct hc_addr *hc_port_addr(const struct hc_port *p);
/* The socket of that worker; borrowed. */
int hc_port_fd(const struct hc_port *p, unsigned worker);

#endif
