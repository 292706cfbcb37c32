/*
 * tree.h - YAML text to a bounded tree in which every key and value knows its place.
 *
 * A plain subset: one document of blocks, lists and scalars. Anchors, aliases, tags, keys that are not scalars, keys
 * said twice and further documents are refused, so that what a person reads is what the program reads. No scalar has a
 * type here: the schema decides, and `no`, `010` or `1e3` stay what was written.
 */
#ifndef HC_CONFIG_TREE_H
#define HC_CONFIG_TREE_H

#include "base/bytes.h"
#include "base/err.h"
#include "config/arena.h"
#include "config/problem.h"

#define HC_TREE_INPUT_MAX ((size_t)1 << 20) /* the largest hand-written configurations are a tenth of this */
#define HC_TREE_DEPTH_MAX 16                /* our deepest key is at 6 */
#define HC_TREE_NODES_MAX 50000             /* every node is a few hundred bytes of memory at most */
#define HC_TREE_KEYS_MAX 256                /* in one block; bounds the search for keys said twice */
#define HC_TREE_MEMORY_MAX ((size_t)32 << 20)

enum hc_node_kind {
    HC_NODE_BAD, /* already reported; say nothing more about it */
    HC_NODE_SCALAR,
    HC_NODE_LIST,
    HC_NODE_BLOCK,
};

/* All of it lives in the arena given to hc_tree_parse. */
struct hc_node {
    enum hc_node_kind kind;
    struct hc_mark mark;   /* where the value begins */
    struct hc_bytes text;  /* of a scalar; NUL-terminated, with no NUL inside */
    bool plain;            /* a scalar without quotes, not in block style */
    struct hc_node *first; /* children of a list or a block, in the order of the file */
    struct hc_node *last;
    struct hc_node *next; /* sibling */
    size_t n;             /* number of children */
    struct hc_bytes key;  /* in a block: the key of this value; {NULL, 0} elsewhere */
    struct hc_mark key_mark;
};

/*
 * Reads a document. What is refused but leaves a usable tree is added to `problems` and the call succeeds. `out` is
 * untouched on failure.
 *
 * Fails with HC_E_CONFIG_SYNTAX when there is no tree to work with (the reason is in `problems` too), HC_E_NOMEM.
 */
struct hc_rc hc_tree_parse(struct hc_bytes input, struct hc_arena *arena, struct hc_config_problems *problems,
                           struct hc_node **out, struct hc_err *e);

/* A tree made by hand: a value of `kind` in the arena, NULL without memory; and a child at the end of its parent, with
 * a key (borrowed, NULL in a list). */
struct hc_node *hc_node_make(struct hc_arena *arena, enum hc_node_kind kind, struct hc_mark mark);
void hc_node_add(struct hc_node *parent, const char *key, struct hc_node *child);

/* The value of `key` in a block, or NULL. */
const struct hc_node *hc_node_find(const struct hc_node *block, struct hc_bytes key);

/* "text", "a list", "a block" for messages. */
const char *hc_node_what(const struct hc_node *node);

#endif
