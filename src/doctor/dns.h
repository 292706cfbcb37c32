/*
 * dns.h - where a name leads, and who said so: the system's name servers, or the walk from the root that they make.
 *
 * Literals and local sources (/etc/hosts, localhost) come first. Then the servers of /etc/resolv.conf, as <resolv.h> reads
 * it, with its search list; last what else the C library knows (multicast DNS, containers). Queries and answers are our
 * own (dns_message.h): the C library's res_nsend(3) tells neither who answered nor SERVFAIL from silence, and drops
 * referrals without glue. Blocks: a look-up 4 seconds for each name server, and a few
 * for the query that is under way; a walk 20 seconds, and HC_DNS_STEPS queries.
 */
#ifndef HC_DOCTOR_DNS_H
#define HC_DOCTOR_DNS_H

#include "base/buf.h"
#include "net/sock.h"

#define HC_DNS_ADDRESSES 16
#define HC_DNS_STEPS 24           /* of a walk: delegations, and name servers that did not answer */
#define HC_DNS_NAME (253 * 4 + 1) /* a name as text, its odd bytes escaped */

enum hc_dns_result {
    HC_DNS_FOUND,
    HC_DNS_LITERAL,    /* an address was given: nobody was asked */
    HC_DNS_HOSTS,      /* /etc/hosts, or another local source, said so */
    HC_DNS_NO_NAME,    /* NXDOMAIN */
    HC_DNS_NO_ADDRESS, /* the name exists */
    HC_DNS_FAILED,     /* SERVFAIL, REFUSED, nonsense */
    HC_DNS_SILENT,     /* nobody answered */
};

struct hc_dns_address {
    struct hc_addr addr; /* with the port */
    uint32_t ttl;        /* seconds; 0 for LITERAL and HOSTS */
};

/* One question of a walk and what came back. */
struct hc_dns_step {
    char zone[HC_DNS_NAME];   /* "." first, then "com.", ... */
    char server[HC_DNS_NAME]; /* "a.root-servers.net." or an address */
    char at[HC_ADDR_TEXT];    /* the address that was asked */
    enum hc_dns_result result;
    bool referral; /* it named the next zone's servers */
    uint32_t ms;
    char text[256]; /* "names 2 servers of example.com.", "NXDOMAIN"; escaped */
};

struct hc_dns {
    enum hc_dns_result result;
    struct hc_dns_address address[HC_DNS_ADDRESSES]; /* of DNS: IPv4 before IPv6 */
    size_t n;
    char server[HC_ADDR_TEXT]; /* who was asked last, with its port unless that is 53; "" for LITERAL and HOSTS */
    char alias[HC_DNS_NAME];   /* the canonical name when the name is an alias; "" otherwise */
    uint32_t ms;
    struct hc_dns_step step[HC_DNS_STEPS]; /* of a walk */
    size_t n_steps;
    char text[256]; /* why there is no address; escaped; "" when there is one */
};

struct hc_dns_question {
    const char *host; /* a name, an IPv4 or IPv6 literal (without brackets) */
    unsigned port;
    const char *server; /* ask this name server alone, no local source: "127.0.0.1:5353", "::1"; NULL: the system's */
    bool walk;          /* also walk from the root: root, TLD, authoritative */
    const char *const *root; /* where the walk begins, "ADDRESS" or "ADDRESS:PORT"; NULL: the root servers */
    size_t n_root;
};

/* Never fails: the result tells. `out` is some 60 kB and is filled whole. A walk changes neither result nor addresses.
 * Delegated servers are asked at the port of the first root (53 unless said). Blocks. */
void hc_dns_find(const struct hc_dns_question *question, struct hc_dns *out);

#endif
