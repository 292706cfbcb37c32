/*
 * arena.h - memory that is released all at once: what one configuration needs, and no more than a cap.
 */
#ifndef HC_CONFIG_ARENA_H
#define HC_CONFIG_ARENA_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct hc_arena;

/* An empty arena that gives out at most `max` bytes. Fails with HC_E_NOMEM. */
struct hc_rc hc_arena_new(size_t max, struct hc_arena **out, struct hc_err *e);

/* Releases everything that it gave out. NULL-safe. */
void hc_arena_free(struct hc_arena *arena);
HC_DEFINE_AUTO(hc_arena)

/* `n` zeroed bytes, aligned for any type, valid until the arena is freed. NULL without memory or beyond the cap. */
void *hc_arena_take(struct hc_arena *arena, size_t n);

/* A NUL-terminated copy; NULL like hc_arena_take. */
char *hc_arena_copy(struct hc_arena *arena, struct hc_bytes text);

#endif
