/*
 * dns_ask.h - one query to one name server and what came back: UDP, and TCP when the answer is truncated
 * [RFC 7766 5].
 */
#ifndef HC_DOCTOR_DNS_ASK_H
#define HC_DOCTOR_DNS_ASK_H

#include "doctor/dns_message.h"

#define HC_DNS_PORT 53
#define HC_DNS_WIRE 16384 /* bytes of an answer; addresses, aliases and delegations are never so many */

enum hc_dns_heard {
    HC_DNS_HEARD_ANSWER,    /* in `message`, of whatever rcode */
    HC_DNS_HEARD_NONSENSE,  /* answers that are malformed, and no other */
    HC_DNS_HEARD_NOTHING,   /* for as long as was waited */
    HC_DNS_HEARD_UNREACHED, /* the system says why: `sys` */
};

struct hc_dns_reply {
    enum hc_dns_heard heard;
    int sys; /* errno */
    bool tcp;
    uint32_t ms;
    struct hc_dns_message message; /* borrows wire: do not copy this struct */
    uint8_t wire[HC_DNS_WIRE];
};

struct hc_dns_ask {
    struct hc_addr server;
    struct hc_dns_name name;
    enum hc_dns_type type;
    bool recurse;
    unsigned patience_ms; /* for UDP, and once more for TCP */
};

/* Fills `out` whole. From a socket and with a number that nobody can guess; what answers neither is passed over.
 * Blocks for twice patience_ms at most. */
void hc_dns_ask(const struct hc_dns_ask *ask, struct hc_dns_reply *out);

/* "answers SERVFAIL", "says nothing", "cannot be reached: Connection refused", "answers nonsense". */
#define HC_DNS_ASK_TEXT 96
const char *hc_dns_ask_text(const struct hc_dns_reply *reply, char out[HC_DNS_ASK_TEXT]);

#endif
