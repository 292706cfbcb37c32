/*
 * dns_name.h - a domain name as it is on the wire: labels, each after its length, ended by the root's empty one
 * [RFC 1035 3.1]. Kept in lower case, so that equal names are equal bytes [RFC 4343 3].
 */
#ifndef HC_DOCTOR_DNS_NAME_H
#define HC_DOCTOR_DNS_NAME_H

#include "base/bytes.h"
#include "doctor/dns.h"

#define HC_DNS_NAME_WIRE 255 /* octets of the longest name [RFC 1035 2.3.4] */

struct hc_dns_name {
    uint8_t wire[HC_DNS_NAME_WIRE];
    size_t n; /* 1: the root */
};

struct hc_dns_name hc_dns_name_root(void);

/* From "shop.example.com", with or without a final dot; "." is the root. False for empty or long labels and names, and
 * for bytes that are no printable ASCII. */
bool hc_dns_name_from(struct hc_bytes text, struct hc_dns_name *out);

/* The name at *at of a message, its pointers followed [RFC 1035 4.1.4]; *at moves behind it. False when it is malformed;
 * *at and `out` may then have changed. Ends on every input: a pointer leads only backwards. */
bool hc_dns_name_read(struct hc_bytes message, size_t *at, struct hc_dns_name *out);

/* "shop.example.com." into out; what is no letter, digit, hyphen or underscore as \DDD [RFC 4343 2.1]. */
const char *hc_dns_name_text(const struct hc_dns_name *name, char out[HC_DNS_NAME]);

bool hc_dns_name_eq(const struct hc_dns_name *a, const struct hc_dns_name *b);

/* `name` is `zone` or lies below it. */
bool hc_dns_name_within(const struct hc_dns_name *name, const struct hc_dns_name *zone);

/* name and then suffix, as a search list says. False when that is too long. */
bool hc_dns_name_append(const struct hc_dns_name *name, const struct hc_dns_name *suffix, struct hc_dns_name *out);

#endif
