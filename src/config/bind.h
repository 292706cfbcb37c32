/*
 * bind.h - a tree of YAML into the struct that a schema describes, with every mistake reported where it stands.
 */
#ifndef HC_CONFIG_BIND_H
#define HC_CONFIG_BIND_H

#include "config/arena.h"
#include "config/problem.h"
#include "config/schema.h"
#include "config/tree.h"

struct hc_binding {
    struct hc_arena *arena;              /* lists and blocks go here; strings stay where the tree has them */
    struct hc_config_problems *problems; /* mistakes are added */
};

/*
 * Fills the zeroed struct at `out`, schema->size bytes, from `node`. Unknown keys (with the nearest valid one), wrong
 * types, values out of range and missing keys become problems; the fields that are right are filled all the same. A
 * string, list or block that is wrong has its mark, and no value: it was said.
 *
 * Succeeds even when there were mistakes. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_bind(const struct hc_schema *schema, const struct hc_node *node, const struct hc_binding *binding,
                     void *out, struct hc_err *e);

/*
 * From text to struct: hc_tree_parse, then hc_bind into schema->size zeroed bytes of the arena. Mistakes are only
 * collected: end with hc_config_problems_check. `out` is untouched when there is no usable tree (the reason is in
 * `problems`), and then the call succeeds, too. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_bind_text(const struct hc_schema *schema, struct hc_bytes text, const struct hc_binding *binding,
                          void **out, struct hc_err *e);

#endif
