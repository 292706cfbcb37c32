/*
 * state.h - where a gate keeps what a restart must not forget: its floor (floor.h) and its records of refusals.
 *
 * DIR is --state DIR, $STATE_DIRECTORY (systemd), /var/lib/handclasp-gate for root, else $XDG_STATE_HOME/handclasp or
 * $HOME/.local/state/handclasp.
 */
#ifndef HC_GATE_STATE_H
#define HC_GATE_STATE_H

#include "base/file.h"

/* The directory; `said` is --state or NULL. Makes nothing. Fails with HC_E_FILE_MISSING (none is known), HC_E_TOO_BIG.
 * Reads the environment. */
struct hc_rc hc_state_directory(const char *said, char out[HC_PATH], struct hc_err *e);

/* DIR/gate-NAME.SUFFIX, and makes DIR with 0700. Fails with HC_E_FILE_MISSING, HC_E_TOO_BIG, HC_E_PERMISSIONS,
 * HC_E_FILE_UNWRITABLE. */
struct hc_rc hc_state_path(const char *said, const char *name, const char *suffix, char out[HC_PATH], struct hc_err *e);

#endif
