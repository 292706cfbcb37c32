/*
 * hosts.h - server names: one canonical form for the configuration, the ClientHello and the Host field (T7).
 *
 * Every place that compares a server name goes through hc_host_canonical first, so that no spelling of a name (case, a
 * final dot, a port, brackets) reaches another gate than another spelling of it.
 */
#ifndef HC_GATE_HOSTS_H
#define HC_GATE_HOSTS_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define HC_HOST_MAX 255   /* a DNS name has 253 bytes, an address with a zone is not taken */
#define HC_HOSTS_MAX 1024 /* names of one gate: as many as a certificate may carry */

/* A canonical name: lower case, without a final dot, without a port; an address in its shortest form. */
struct hc_host {
    size_t n; /* 0: none */
    char at[HC_HOST_MAX + 1];
    bool is_address;
};

/* What the text may have besides the name. */
enum hc_host_form {
    HC_HOST_SNI,   /* a DNS name only [RFC 6066 3]; a final dot is taken off, which clients are not to send */
    HC_HOST_FIELD, /* a Host field or an authority: maybe :PORT, an address, [an IPv6 address] */
    HC_HOST_WORD,  /* of a configuration: a DNS name, or one with a wildcard as its left-most label */
};

/* Empty text gives an empty host. Fails with HC_E_HTTP_HOST (what is no host: an empty label, a byte that no host name
 * has, user information, a U-label, too long, a bad port; a lone `*`). */
struct hc_rc hc_host_canonical(struct hc_bytes text, enum hc_host_form form, struct hc_host *out, struct hc_err *e);

/* The names of one gate. Immutable; any thread. */
struct hc_hosts;

/* From canonical names. The same twice counts once. Fails with HC_E_TOO_BIG, HC_E_NOMEM. */
struct hc_rc hc_hosts_new(const struct hc_host host[], size_t n, struct hc_hosts **out, struct hc_err *e);
void hc_hosts_free(struct hc_hosts *h);
HC_DEFINE_AUTO(hc_hosts)

/* How many; 0: it answers to no name. */
size_t hc_hosts_count(const struct hc_hosts *h);

/* How well the name fits. A wildcard stands for exactly one label and never for an address. */
enum hc_hosts_fit { HC_HOSTS_NOT, HC_HOSTS_WILDCARD, HC_HOSTS_EXACT };
enum hc_hosts_fit hc_hosts_fit(const struct hc_hosts *h, struct hc_bytes canonical);

/* The first name that both have, for a message; NULL when they have none in common. Borrowed from `a`. */
const char *hc_hosts_clash(const struct hc_hosts *a, const struct hc_hosts *b);

#endif
