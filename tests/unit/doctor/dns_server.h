/*
 * dns_server.h - a small name server for the tests: UDP on 127.0.0.1 to 127.0.0.8 at one port, TCP on 127.0.0.1. It says
 * what a row of a table tells it to.
 */
#ifndef HC_TEST_DNS_SERVER_H
#define HC_TEST_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define DNS_SERVERS 8

/* An answer as it grows. */
struct dns_building {
    struct hc_bytes query;
    uint8_t wire[65536];
    size_t n;
    bool tcp;                                   /* the query came that way */
    void (*more)(void *ctx, struct hc_bytes m); /* sends one more datagram before the answer */
    void *ctx;
};

/* One name at one server. */
struct dns_rule {
    unsigned server;  /* 127.0.0.N */
    const char *zone; /* the name, or ".name" for all below it; "" for all */
    uint16_t type;    /* 0: all */
    void (*answer)(struct dns_building *b);
};

struct dns_server;

/* Ends at the row whose `answer` is NULL; the first that fits counts, and what fits none is not answered. */
struct dns_server *dns_server_start(const struct dns_rule *rules);
void dns_server_stop(struct dns_server *s);
/* "127.0.0.N:PORT"; valid until the next call with that n. */
const char *dns_server_at(struct dns_server *s, unsigned n);
/* Queries that came so far. */
unsigned dns_server_asked(struct dns_server *s);

/* --- parts of answers --- */

enum { DNS_ANSWER = 6, DNS_AUTHORITY = 8, DNS_ADDITIONAL = 10 }; /* where the header counts them */
/* Copies header and question; flags as in the header: 0x8400 an authoritative answer, 0x8180 a resolver's. */
void dns_begin(struct dns_building *b, unsigned flags);
/* Names are text with \\DDD. */
void dns_a(struct dns_building *b, int section, const char *name, uint32_t ttl, const char *address);
void dns_ns(struct dns_building *b, const char *zone, const char *server);
void dns_cname(struct dns_building *b, const char *name, uint32_t ttl, const char *target);
void dns_bytes(struct dns_building *b, struct hc_bytes raw);

#endif
