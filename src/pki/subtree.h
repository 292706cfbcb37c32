/*
 * subtree.h - one base of a name constraint, as the user writes it: dns:example.com, email:example.com,
 * uri:.example.com, ip:192.0.2.0/24 [RFC 5280 4.2.1.10].
 */
#ifndef HC_PKI_SUBTREE_H
#define HC_PKI_SUBTREE_H

#include "base/buf.h"
#include "pki/name.h"

/* A dNSName of 253 bytes is the longest host; a mailbox adds 64 bytes and an @ [RFC 5321 4.5.3.1]. */
#define HC_SUBTREE_MAX 320

struct hc_subtree {
    enum hc_name_type type;
    size_t n;
    uint8_t base[HC_SUBTREE_MAX]; /* the contents octets of the GeneralName; for ip address and mask, 8 or 32 bytes */
};

/*
 * Reads TYPE:VALUE.
 *   dns:example.com      the host and everything below it; dns:*.example.com and dns:.example.com are not taken: say
 *                        the domain
 *   email:example.com    every mailbox at exactly that host (email:*@example.com says the same)
 *   email:.example.com   every mailbox at a host below it
 *   email:a@example.com  that mailbox
 *   uri:example.com      URIs whose host is exactly that; uri:.example.com hosts below it
 *   ip:192.0.2.0/24      addresses of the network; without a prefix length that address alone
 * Fails with HC_E_USAGE, saying what was expected.
 */
struct hc_rc hc_subtree_parse(struct hc_bytes text, struct hc_subtree *out, struct hc_err *e);

/*
 * Takes the next base off a list as a certificate carries it (hc_cert.nc_permitted, .nc_excluded). False at the end,
 * and at what is malformed; bases of other types are passed over. For display: constraints.h is what judges.
 */
bool hc_subtree_next(struct hc_bytes *list, struct hc_subtree *out);

/*
 * The host that nobody can ever have [RFC 6761 6.4]. A type of text for which no name at all may be asserted has it
 * both permitted and excluded, because verifiers disagree on what an empty base means.
 */
#define HC_SUBTREE_NOBODY HC_BYTES("none.invalid")
bool hc_subtree_is_nobody(const struct hc_subtree *s);

/* Appends "dns:example.com", "ip:192.0.2.0/24". */
void hc_subtree_print(const struct hc_subtree *s, struct hc_buf *out);

#endif
