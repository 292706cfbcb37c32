/* flood.c - a direct-mapped table of counters. */
#include "gate/flood.h"

#include <netinet/in.h>

static struct hc_source source(uint8_t family, const void *address, size_t n)
{
    struct hc_source s = {.at = {family}, .n = 1 + n, .n_network = family == 4 ? 1 + 3 : 1 + 6};

    memcpy(s.at + 1, address, n);
    return s;
}

struct hc_source hc_flood_source(const struct hc_addr *a)
{
    if (a->ss.ss_family == AF_INET)
        return source(4, &((const struct sockaddr_in *)&a->ss)->sin_addr, 4);
    if (a->ss.ss_family == AF_INET6) {
        const struct in6_addr *at = &((const struct sockaddr_in6 *)&a->ss)->sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(at)) /* a listener for both families: else all of IPv4 were one source */
            return source(4, at->s6_addr + 12, 4);
        return source(6, at, 8); /* a /64 is one source */
    }
    return (struct hc_source){.n = 1, .n_network = 1};
}

/* Nobody gains by a collision: it only counts two sources as one. */
static uint64_t key_of(const struct hc_addr *a, enum hc_code why)
{
    struct hc_source s = hc_flood_source(a);
    uint64_t h = hc_bytes_hash(HC_BYTES_HASH, hc_bytes_of(&why, sizeof why));

    h = hc_bytes_hash(h, hc_bytes_of(s.at, s.n));
    return h ? h : 1;
}

bool hc_flood_tell(struct hc_flood *f, const struct hc_addr *source, enum hc_code why, uint64_t now_ms,
                   uint32_t *left_out)
{
    uint64_t key = key_of(source, why);
    size_t i = (size_t)(key % HC_FLOOD_SLOTS);

    *left_out = 0;
    if (f->slot[i].key != key) {
        f->slot[i].key = key;
        f->slot[i].began_ms = now_ms;
        f->slot[i].told = 0;
        f->slot[i].left_out = 0;
    } else if (now_ms - f->slot[i].began_ms >= HC_FLOOD_WINDOW_MS) {
        *left_out = f->slot[i].left_out;
        f->slot[i].began_ms = now_ms;
        f->slot[i].told = 0;
        f->slot[i].left_out = 0;
    }
    if (f->slot[i].told < HC_FLOOD_TOLD) {
        f->slot[i].told++;
        return true;
    }
    f->slot[i].left_out++;
    return false;
}
