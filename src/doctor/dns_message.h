/*
 * dns_message.h - DNS messages as bytes [RFC 1035 4]: one question out, one answer in. No input or output.
 */
#ifndef HC_DOCTOR_DNS_MESSAGE_H
#define HC_DOCTOR_DNS_MESSAGE_H

#include "doctor/dns_name.h"

#define HC_DNS_QUERY_WIRE (12 + HC_DNS_NAME_WIRE + 4) /* header, name, type and class */

enum hc_dns_type { HC_DNS_A = 1, HC_DNS_NS = 2, HC_DNS_CNAME = 5, HC_DNS_SOA = 6, HC_DNS_AAAA = 28 };

enum hc_dns_rcode { HC_DNS_NOERROR = 0, HC_DNS_SERVFAIL = 2, HC_DNS_NXDOMAIN = 3, HC_DNS_REFUSED = 5 };

struct hc_dns_query {
    uint16_t id; /* random */
    uint16_t type;
    bool recurse; /* the server is to find out; otherwise it is to say what it knows */
    struct hc_dns_name name;
};

/* Writes the query, and returns its length. */
size_t hc_dns_message_emit(const struct hc_dns_query *query, uint8_t out[HC_DNS_QUERY_WIRE]);

struct hc_dns_message {
    struct hc_bytes wire;             /* borrowed */
    unsigned rcode;                   /* enum hc_dns_rcode, and others */
    bool authoritative, truncated;    /* a truncated one is not read further: it has no records */
    size_t records;                   /* where they begin */
    unsigned answers, authorities, n; /* how many: in the first section, in the first two, in all */
};

enum hc_dns_reading {
    HC_DNS_READ,
    HC_DNS_BROKEN, /* it answers the query, and is malformed */
    HC_DNS_ALIEN,  /* it answers no query, or another one: to be ignored */
};

/* Reads an answer to `query`, every record of it. `out` is filled with HC_DNS_READ only, and borrows `wire`. */
enum hc_dns_reading hc_dns_message_parse(struct hc_bytes wire, const struct hc_dns_query *query,
                                         struct hc_dns_message *out);

enum hc_dns_section { HC_DNS_ANSWER, HC_DNS_AUTHORITY, HC_DNS_ADDITIONAL };

struct hc_dns_record {
    enum hc_dns_section section;
    struct hc_dns_name name;
    uint16_t type; /* 0 when it is of another class than IN */
    uint32_t ttl;
    uint8_t address[16];       /* of A (4 bytes) and AAAA */
    struct hc_dns_name target; /* of NS and CNAME */
};

/* Where a reading of the records stands: {0} at the beginning. */
struct hc_dns_cursor {
    unsigned index;
    size_t at;
};

/* The next record of a message that was parsed; false behind the last. */
bool hc_dns_message_next(const struct hc_dns_message *message, struct hc_dns_cursor *cursor, struct hc_dns_record *out);

#endif
