/* arena.c - chunks in a list; the newest is filled, the older ones wait to be freed. */
#include "config/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define CHUNK_SIZE 8192 /* a usual configuration fits into a few */

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) uint8_t data[];
};

struct hc_arena {
    struct chunk *chunks;
    size_t left;
};

struct hc_rc hc_arena_new(size_t max, struct hc_arena **out, struct hc_err *e)
{
    struct hc_arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a configuration");
    arena->left = max;
    *out = arena;
    return HC_OK;
}

void hc_arena_free(struct hc_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->chunks != NULL) {
        struct chunk *next = arena->chunks->next;

        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

static struct chunk *new_chunk(struct hc_arena *arena, size_t at_least)
{
    size_t size = at_least > CHUNK_SIZE ? at_least : CHUNK_SIZE;
    struct chunk *chunk = calloc(1, sizeof *chunk + size);

    if (chunk == NULL)
        return NULL;
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *hc_arena_take(struct hc_arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);
    struct chunk *chunk = arena->chunks;
    void *out;

    if (n > arena->left || n > SIZE_MAX / 2)
        return NULL;
    n = (n + align - 1) / align * align;
    if (chunk == NULL || chunk->size - chunk->used < n)
        chunk = new_chunk(arena, n);
    if (chunk == NULL)
        return NULL;
    out = chunk->data + chunk->used;
    chunk->used += n;
    arena->left -= n < arena->left ? n : arena->left;
    return out;
}

char *hc_arena_copy(struct hc_arena *arena, struct hc_bytes text)
{
    char *copy = hc_arena_take(arena, text.n + 1);

    if (copy != NULL && text.n > 0)
        memcpy(copy, text.p, text.n);
    return copy;
}
