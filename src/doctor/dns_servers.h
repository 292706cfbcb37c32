/*
 * dns_servers.h - whom to ask: /etc/resolv.conf as the C library reads it, or the one server that was named.
 */
#ifndef HC_DOCTOR_DNS_SERVERS_H
#define HC_DOCTOR_DNS_SERVERS_H

#include "doctor/dns_name.h"

#define HC_DNS_SERVERS 3 /* as many as resolv.conf may name */
#define HC_DNS_SEARCH 6

struct hc_dns_servers {
    struct hc_addr addr[HC_DNS_SERVERS];
    size_t n;
    struct hc_dns_name search[HC_DNS_SEARCH]; /* domains that short names are tried in */
    size_t n_search;
    unsigned ndots; /* a name with fewer dots is short */
};

/* The system's. None when there are none. Blocks: reads a file. */
void hc_dns_servers_system(struct hc_dns_servers *out);

/* "ADDRESS", "[ADDRESS]" or "ADDRESS:PORT"; port 53 unless said. False when it is none of these. */
bool hc_dns_servers_addr(const char *text, struct hc_addr *out);

/* The names that a host may stand for, in the order in which they are tried: as it is, and below each domain of the
 * search list; those first when it is short; as it is and no other when it ends with a dot [resolv.conf(5)]. */
struct hc_dns_candidates {
    struct hc_dns_name name[HC_DNS_SEARCH + 1];
    size_t n, whole; /* name[whole] is the host as it is */
};
void hc_dns_servers_candidates(const struct hc_dns_servers *servers, const char *host, const struct hc_dns_name *whole,
                               struct hc_dns_candidates *out);

#endif
