/*
 * flood.h - a stranger who knocks a thousand times fills twenty lines of the log, not a thousand (T43).
 *
 * Counts refused handshakes by source address (without its port) and row. Within a window the first few are told one by
 * one, the rest are counted, and the count is told with the first refusal of a later window. A table of fixed size: a
 * source that is crowded out by another begins anew. Requests are never collapsed, as each has told its sender an id
 * that the log must know.
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_FLOOD_H
#define HC_GATE_FLOOD_H

#include "base/catalogue.h"
#include "net/sock.h"

/* Who fills a log, a ring: an address without its port, of IPv6 its /64. Compared byte by byte. The first n_network bytes
 * are its network: of IPv6 the /48, which one customer may have whole, of IPv4 the /24. */
struct hc_source {
    uint8_t at[9];
    size_t n, n_network;
};
struct hc_source hc_flood_source(const struct hc_addr *a);

#define HC_FLOOD_SLOTS 512 /* sources at a time; 32 bytes each */
#define HC_FLOOD_WINDOW_MS 10000
#define HC_FLOOD_TOLD 20 /* lines a window for one source and row */

struct hc_flood {
    struct {
        uint64_t key; /* hash of address and row; 0: free */
        uint64_t began_ms;
        uint32_t told;
        uint32_t left_out;
    } slot[HC_FLOOD_SLOTS];
};

/* Whether this refusal is to be told. *left_out gets how many like it were not told before it; 0 when it is not
 * told. */
bool hc_flood_tell(struct hc_flood *f, const struct hc_addr *source, enum hc_code why, uint64_t now_ms,
                   uint32_t *left_out);

#endif
