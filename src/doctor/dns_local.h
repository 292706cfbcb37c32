/*
 * dns_local.h - names that lead somewhere without any name server: literals, /etc/hosts, localhost, and whatever else
 * this machine's C library was told to ask.
 */
#ifndef HC_DOCTOR_DNS_LOCAL_H
#define HC_DOCTOR_DNS_LOCAL_H

#include "doctor/dns.h"

/* Adds an address unless it is there already or there is no room; the port is set. */
void hc_dns_local_add(struct hc_dns *out, const struct hc_dns_address *address, unsigned port);

/* The host is an address as text (HC_DNS_LITERAL). */
bool hc_dns_local_literal(const struct hc_dns_question *question, struct hc_dns *out);

/* /etc/hosts, then localhost and all below it [RFC 6761 6.3] (HC_DNS_HOSTS). Blocks: the disk. */
bool hc_dns_local_hosts(const struct hc_dns_question *question, struct hc_dns *out);

/* The addresses that the text of a hosts file gives to the host: HC_DNS_HOSTS when there are any. */
bool hc_dns_local_hosts_text(struct hc_bytes text, const struct hc_dns_question *question, struct hc_dns *out);

/* getaddrinfo(3): multicast DNS, containers, directories (HC_DNS_HOSTS). Blocks. */
bool hc_dns_local_other(const struct hc_dns_question *question, struct hc_dns *out);

#endif
