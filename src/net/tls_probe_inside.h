/*
 * tls_probe_inside.h - what tls_probe.c and tls_probe_seen.c share; nobody else includes it.
 */
#ifndef HC_NET_TLS_PROBE_INSIDE_H
#define HC_NET_TLS_PROBE_INSIDE_H

#include <openssl/ssl.h>

#include "net/tls_internal.h"
#include "net/tls_probe.h"

struct hc_tls_kept_message {
    struct hc_tls_seen seen; /* without `bytes` */
    size_t at, n;            /* in `bytes` below, whose storage moves while it grows */
};

/* What was seen so far. */
struct hc_tls_probe_log {
    uint64_t born_us;
    struct hc_buf bytes;
    struct hc_tls_kept_message message[HC_TLS_PROBE_MESSAGES];
    size_t n, unseen;
    bool answered;  /* a ServerHello came */
    bool asked;     /* a CertificateRequest */
    bool presented; /* and a certificate was sent */
};

/* Has libssl tell every message of this connection. `log` must live as long as `ssl`. */
void hc_tls_probe_seen_watch(struct hc_tls_probe_log *log, SSL *ssl);
/* One message; `seen->bytes` is all of it. What of it is nobody's business is left out or blanked. */
void hc_tls_probe_seen_take(struct hc_tls_probe_log *log, const struct hc_tls_seen *seen, bool is_13);
void hc_tls_probe_seen_fini(struct hc_tls_probe_log *log);
bool hc_tls_probe_seen_at(const struct hc_tls_probe_log *log, size_t i, struct hc_tls_seen *out);

#endif
