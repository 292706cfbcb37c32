/*
 * file.h - the seam to the file system: bounded reads, atomic writes, and the checks on who may touch a file.
 *
 * Paths are C strings. Errors name the path. Nothing here follows a race: what is checked is what was opened.
 */
#ifndef HC_BASE_FILE_H
#define HC_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"

/* Closes *fd unless it is negative; scope clean-up: HC_FD fd = open(...). */
void hc_fd_close(int *fd);
#define HC_FD __attribute__((cleanup(hc_fd_close))) int

/* How long a pipe, a terminal or a device may take in all: enough for a command in <(...), and no hang for a gate in
 * whose directory somebody has put a FIFO. */
#define HC_FILE_PATIENCE_MS 2000

/*
 * Appends the whole file to `out`; its cap bounds what is read. "-" is not special; what is no regular file
 * (/dev/stdin, the pipe of a shell's <(...)) is read to its end if that comes within HC_FILE_PATIENCE_MS. After a
 * failure `out` holds what it held before.
 * Fails with HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE (a directory, a pipe that is silent too), HC_E_FILE_EMPTY,
 * HC_E_TOO_BIG, HC_E_NOMEM. Blocks: the disk, and up to HC_FILE_PATIENCE_MS for what is no regular file.
 */
struct hc_rc hc_file_read(const char *path, struct hc_buf *out, struct hc_err *e);

/*
 * Replaces the file in one step: a temporary file beside it, fsync, rename, fsync of the directory. After a failure or
 * a crash the path holds either the old or the new contents, whole. `mode` is the new file's mode, whatever the umask.
 * A symbolic link at the path is replaced, not followed; a device, a pipe or a socket is refused.
 * Fails with HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL (or a quota, or the limit on the size of files: e->sys tells),
 * HC_E_FILE_MISSING (no such directory), HC_E_TOO_BIG (the path). Blocks.
 */
struct hc_rc hc_file_write_atomic(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e);

/* Like hc_file_write_atomic, but fails with HC_E_FILE_EXISTS when the path exists already. */
struct hc_rc hc_file_create(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e);

/*
 * Writes a file into a directory that nobody looks into yet, because it is to be moved into place as a whole: contents
 * and mode are on the disk, the name only after hc_dir_sync. An existing path fails with HC_E_FILE_UNWRITABLE;
 * otherwise as hc_file_write_atomic.
 */
struct hc_rc hc_file_write_new(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e);

/* The same for one of many files: nothing is on the disk, and no failure of it is known, before all of them are synced
 * at once. */
struct hc_rc hc_file_write_unsynced(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e);

/*
 * Removes from the directory the temporary files of hc_file_write_atomic and hc_file_create that killed processes left.
 * Only for whoever holds the lock under which files are written there. What cannot be removed stays.
 */
void hc_dir_sweep(const char *path);

/* The names in the directory are on the disk. Fails with HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL. */
struct hc_rc hc_dir_sync(const char *path, struct hc_err *e);

/*
 * Makes the directory and those above it, each with `mode` whatever the umask; an existing one keeps its mode.
 * Fails with HC_E_FILE_UNWRITABLE, HC_E_DISK_FULL, HC_E_TOO_BIG (the path).
 */
struct hc_rc hc_dir_make(const char *path, mode_t mode, struct hc_err *e);

/*
 * Removes a directory tree that this program made, up to 32 deep; symbolic links are removed, never followed. A missing
 * one is fine. Fails with HC_E_FILE_UNWRITABLE.
 */
struct hc_rc hc_dir_remove(const char *path, struct hc_err *e);

/* Something is there; a symbolic link that leads nowhere is nothing. */
bool hc_file_exists(const char *path);

/*
 * T44. Not readable or writable by anyone but its owner (a private key), resp. not writable by anyone but its owner or
 * root (configuration, bundle, CRLs: the file and the directory it lies in; behind a symbolic link both directories
 * count; a sticky directory such as /tmp protects the files in it and passes). The mode of a pipe, a socket or a device
 * says nothing about who writes what comes out of it: only a regular file is private, and only that or a directory is
 * not shared. Never waits for a FIFO. Fails with HC_E_PERMISSIONS, naming the chmod that mends it, HC_E_FILE_MISSING,
 * HC_E_FILE_UNREADABLE (what it is too, when it is of the wrong kind).
 */
struct hc_rc hc_file_check_private(const char *path, struct hc_err *e);
struct hc_rc hc_file_check_not_shared(const char *path, struct hc_err *e);

/* "a/b" into out, cut never: fails with HC_E_TOO_BIG beyond HC_PATH. */
#define HC_PATH 4096
struct hc_rc hc_path_join(char out[HC_PATH], const char *dir, const char *name, struct hc_err *e);

/* The names in a directory that end with `suffix` ("" for all), sorted, without "." and ".."; owned by the caller. */
struct hc_names {
    char **name;
    size_t n;
};
void hc_names_fini(struct hc_names *names);
/* At most `max` names. Fails with HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE, HC_E_TOO_BIG, HC_E_NOMEM. */
struct hc_rc hc_dir_list(const char *path, const char *suffix, size_t max, struct hc_names *out, struct hc_err *e);

#endif
