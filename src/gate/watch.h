/*
 * watch.h - did any of these files change?
 *
 * Asks stat(2) again and again rather than inotify: a rename into place, a bind mount and a network file system all
 * show in a signature, and none of them is missed. Belongs to one thread.
 */
#ifndef HC_GATE_WATCH_H
#define HC_GATE_WATCH_H

#include "base/auto.h"
#include "base/err.h"

#define HC_WATCH_PATHS 4096   /* what a configuration of the largest size names */
#define HC_WATCH_ENTRIES 8192 /* entries looked at in one directory */

struct hc_file_watch;

/* Watches nothing at first. Fails with HC_E_NOMEM. */
struct hc_rc hc_file_watch_new(struct hc_file_watch **out, struct hc_err *e);
void hc_file_watch_free(struct hc_file_watch *w);
HC_DEFINE_AUTO(hc_file_watch)

/* A file, or a directory with what lies directly in it; missing is a state like any other. Its state is taken now: add
 * first and read the file afterwards, and no change slips in between. A path that is watched already is left alone.
 * `path` is copied. Fails with HC_E_TOO_BIG (HC_WATCH_PATHS), HC_E_NOMEM. */
struct hc_rc hc_file_watch_add(struct hc_file_watch *w, const char *path, struct hc_err *e);

/* Forgets all paths. */
void hc_file_watch_clear(struct hc_file_watch *w);

/* True when anything differs from what the last call (or add) saw: device, inode, size, mode, owner, mtime or ctime to
 * the nanosecond; of a directory, also of each entry (symbolic links are followed), and their names. A change is
 * reported once. A file whose content is rewritten in place within one tick of the file system's clock and with the
 * same size escapes it; programs that write atomically always show. Cost: one stat(2) for each file and entry; never
 * fails: what cannot be looked at is a state. */
bool hc_file_watch_changed(struct hc_file_watch *w);

#endif
