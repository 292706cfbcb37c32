/* move.h - directories that appear whole or not at all. Private to this module. */
#ifndef HC_AUTHORITY_MOVE_H
#define HC_AUTHORITY_MOVE_H

#include <stdbool.h>

#include "base/file.h"

/* A new directory "PATH<suffix of its own>" with that mode, beside `path`; its parents are made with 0755. Fails as
 * hc_dir_make. */
struct hc_rc hc_move_temporary(const char *path, mode_t mode, char out[HC_PATH], struct hc_err *e);

/* Removes the directories of hc_move_temporary beside `path` that killed processes left; what cannot be removed stays.
 * Only for whoever holds the lock under which they are made there. */
void hc_move_sweep(const char *path);

/*
 * Moves the directory `from` to `to`, in one step and durably. What is at `to` is exchanged with it (and then lies at
 * `from`) when `replace` is true, else it fails with HC_E_HOME_EXISTS unless it is an empty directory. *exchanged (may
 * be NULL) tells whether something now lies at `from`.
 */
struct hc_rc hc_move_into_place(const char *from, const char *to, bool replace, bool *exchanged, struct hc_err *e);

/* The same, durable only after hc_dir_sync of the directory that `to` lies in. */
struct hc_rc hc_move_rename(const char *from, const char *to, bool replace, bool *exchanged, struct hc_err *e);

#endif
