/* gateconf_internal.h - shared by the files of gateconf only. */
#ifndef HC_GATE_GATECONF_INTERNAL_H
#define HC_GATE_GATECONF_INTERNAL_H

#include "config/arena.h"
#include "config/tree.h"
#include "gate/gateconf.h"

/*
 * From a tree to a checked configuration, which then owns the arena: binds, checks, and takes *arena (set to NULL) on
 * success. `root` is NULL when there was no usable tree. Fails with HC_E_CONFIG_INVALID, HC_E_NOMEM.
 */
struct hc_rc hc_gateconf_from_tree(const struct hc_node *root, const char *file_name, struct hc_arena **arena,
                                   struct hc_gateconf **out, struct hc_config_problems *problems, struct hc_err *e);

/*
 * Checks what single values cannot tell, and fills what is derived: defaults, listen, forward. Works on what could be
 * bound; adds problems. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_gateconf_check(struct hc_gateconf *conf, struct hc_config_problems *problems, struct hc_err *e);

#endif
