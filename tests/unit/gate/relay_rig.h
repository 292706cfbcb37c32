/*
 * relay_rig.h - a relay between two connections whose other ends the test holds.
 */
#ifndef HC_TEST_GATE_RELAY_RIG_H
#define HC_TEST_GATE_RELAY_RIG_H

#include "../net/pair.h"

#include "gate/relay.h"

struct relay_rig {
    struct hc_loop *loop;
    struct hc_timer tick;
    struct hc_relay *r; /* freed in over, as its owner would */
    unsigned connected, ended, over;
    enum hc_code refuse_back; /* the back end is refused with this code once it is reached */
    enum hc_code why;
    uint64_t bytes_out, bytes_in;
    int client, back; /* the test's ends */
    int relay_client, relay_back;
};

/* No limit that a test would ever meet. */
extern const struct hc_relay_limits rig_patient;

/* Makes the loop. */
void rig_loop(struct relay_rig *f);
/* One TCP connection over loopback; both ends non-blocking. */
void rig_tcp_pair(int *ours, int *theirs);
/* Starts the relay between these two, which it owns from then on. */
void rig_begin(struct relay_rig *f, struct hc_stream down, struct hc_dial up, struct hc_relay_limits limits);
/* All of the above: a relay between two TCP connections. */
void rig_plain(struct relay_rig *f, struct hc_relay_limits limits);
/* Aborts it when it lives still; checks that its owner was told exactly once; frees everything. */
void rig_finish(struct relay_rig *f);

/* What rig_begin gives to the relay; it notes in the rig made last. */
extern const struct hc_relay_owner rig_owner;

void rig_run_for(struct relay_rig *f, uint64_t ms);
void rig_run_until_over(struct relay_rig *f);
/* What one read at `fd` gives, with the loop running meanwhile: bytes, 0 for an end, -errno for a break. */
int rig_hear(struct relay_rig *f, int fd, char *out, size_t n);
/* Closes with RST. */
void rig_cut(int *fd);

#endif
