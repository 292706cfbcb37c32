/*
 * near.h - the word that was probably meant.
 *
 *     struct hc_near near = hc_near_start(HC_BYTES("idle_timout"));
 *     hc_near_try(&near, "idle_timeout");
 *     near.best is now "idle_timeout"
 */
#ifndef HC_CONFIG_NEAR_H
#define HC_CONFIG_NEAR_H

#include "base/bytes.h"

/* Longer words are no typing mistakes; also bounds the work. */
#define HC_NEAR_MAX 48

struct hc_near {
    struct hc_bytes word;
    const char *best; /* of those tried, or NULL when none is near enough */
    unsigned distance;
};

/* `word` is borrowed while `near` is used. */
struct hc_near hc_near_start(struct hc_bytes word);

/* Remembers `candidate` (borrowed) when it is nearer than those before: at most a third of the word is wrong, or the
 * word is the candidate cut short, which counts as one mistake. */
void hc_near_try(struct hc_near *near, const char *candidate);

/* Insertions, deletions, replacements and swaps of neighbours between two words, ignoring ASCII case; UINT_MAX when one
 * of them is too long. */
unsigned hc_near_distance(struct hc_bytes a, struct hc_bytes b);

#endif
