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

/* What the checks work on: what could be bound. A value that is missing or wrong has been reported already. */
struct hc_gateconf_work {
    struct hc_gateconf *conf;
    struct hc_arena *arena; /* for what is derived */
    struct hc_config_problems *problems;
};

#define HC_GATECONF_ADD(work, mark, code, ...) hc_config_problems_add((work)->problems, (mark), (code), __VA_ARGS__)

/* A sentence from elsewhere becomes a problem; only a lack of memory goes on as a failure. */
struct hc_rc hc_gateconf_report(const struct hc_gateconf_work *w, struct hc_mark mark, struct hc_rc rc,
                                struct hc_err *e);

/* Relative paths mean something on a command line, and nothing in a file that a service reads. */
void hc_gateconf_check_path(const struct hc_gateconf_work *w, const struct hc_conf_string *path, const char *key);

/*
 * Checks what single values cannot tell, and fills what is derived: defaults, listen, forward, hosts, trusts. All add
 * problems and fail with HC_E_NOMEM only.
 */
struct hc_rc hc_gateconf_check(const struct hc_gateconf_work *w, struct hc_err *e);
/* Of one gate, against those before it: the address, and the server names that it answers to there. */
struct hc_rc hc_gateconf_check_hosts(const struct hc_gateconf_work *w, struct hc_gate_conf *gate, struct hc_err *e);
/* Bundles, revocation and profiles of all gates, and what routes say of them. */
struct hc_rc hc_gateconf_check_trusts(const struct hc_gateconf_work *w, struct hc_err *e);

#endif
