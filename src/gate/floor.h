/*
 * floor.h - what a gate must remember beyond a restart: the time that is never gone below (T45), and of each issuer the
 * newest CRL that was accepted (T16).
 *
 * Kept in DIR/gate-NAME.floor, a small text file written atomically by the main thread whenever something newer was
 * accepted; DIR is that of state.h. The file is the gate's own memory: one that is damaged or belongs to somebody else is
 * an alarm and is not believed, and one that cannot be written is an alarm too; the gate goes on with what it knows.
 * Whoever must set the floor back (a CRL was accepted while the clock ran ahead) removes the file while the gate is down.
 */
#ifndef HC_GATE_FLOOR_H
#define HC_GATE_FLOOR_H

#include "base/auto.h"
#include "base/err.h"
#include "pki/revocation.h"

struct hc_floor;

#define HC_FLOOR_CRLS (2 * HC_REVOCATION_CRLS) /* issuers and scopes remembered; the one heard of longest ago goes */

/* An empty memory that is kept at `path`, and what the file there says. A file that cannot be believed raises the alarm
 * and counts as none. Fails with HC_E_NOMEM. Blocks. */
struct hc_rc hc_floor_open(const char *path, hc_revocation_alarm *alarm, void *ctx, struct hc_floor **out,
                           struct hc_err *e);
void hc_floor_free(struct hc_floor *f);
HC_DEFINE_AUTO(hc_floor)

/* Where the floor of the gate of that name is kept; `state` is --state or NULL. Makes the directory. Fails with
 * HC_E_FILE_UNWRITABLE, HC_E_PERMISSIONS, HC_E_TOO_BIG; HC_E_FILE_MISSING when no directory is known. Reads the
 * environment. */
struct hc_rc hc_floor_path(const char *state, const char *name, char out[], size_t size, struct hc_err *e);

/* The time below which nothing is judged: the newest thisUpdate ever accepted, as far as the clock bore it out (it
 * never was more than HC_REVOCATION_SKEW ahead of the clock of that moment); INT64_MIN when none was. */
int64_t hc_floor_time(const struct hc_floor *f);

/* For struct hc_revocation_input: was a newer CRL of this key accepted before? `f` is a struct hc_floor. Any thread. */
bool hc_floor_knows_newer(void *f, const struct hc_revocation_mark *mark);

/* Takes note of what is in use now (r may be NULL) and writes the file when anything is newer than before. Fails with
 * the codes of hc_file_write_atomic; the memory is right all the same. Blocks. */
struct hc_rc hc_floor_note(struct hc_floor *f, const struct hc_revocation *r, struct hc_err *e);

#endif
