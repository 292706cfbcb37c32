/* pattern_parts.h - the inside of a pattern; private to src/policy/pattern*.c. */
#ifndef HC_POLICY_PATTERN_PARTS_H
#define HC_POLICY_PATTERN_PARTS_H

#include "policy/pattern.h"

enum kind { ANYONE, AUTHENTICATED, DNS, DNS_CHILD, EMAIL, EMAIL_DOMAIN, URI, URI_WILD, IP };

/* One block: this, the canonical text, what was written. */
struct hc_pattern {
    enum kind kind;
    char *written;        /* as in the configuration */
    struct hc_bytes want; /* canonical: what a name is compared with, without the wildcard of DNS_CHILD, EMAIL_DOMAIN */
    uint8_t ip[16];
    uint8_t ip_n;
    unsigned bits;
};

/* Where the path of "scheme://authority/path" starts, or uri.n when it has none. */
static inline size_t hc_pattern_path_start(struct hc_bytes uri)
{
    size_t colon = hc_bytes_find(uri, ':');

    if (!hc_bytes_starts(hc_bytes_skip(uri, colon), HC_BYTES("://")))
        return uri.n;
    colon += 3;
    return colon + hc_bytes_find(hc_bytes_skip(uri, colon), '/');
}

/* The i-th bit of an address, from the most significant. */
static inline bool hc_pattern_bit(const uint8_t ip[16], unsigned i)
{
    return ip[i / 8] >> (7 - i % 8) & 1;
}

#endif
