/* state.c - the directory of what a restart must not forget. */
#include "gate/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 128 /* of a file: a gate's name has at most 64 bytes, suffixes are ours */

struct hc_rc hc_state_directory(const char *said, char out[HC_PATH], struct hc_err *e)
{
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (said)
        return hc_path_join(out, "", said, e);
    if (systemd && systemd[0] == '/') { /* several are separated by colons; the first is ours */
        char first[HC_PATH];

        snprintf(first, sizeof first, "%.*s", (int)hc_bytes_find(hc_bytes_str(systemd), ':'), systemd);
        return hc_path_join(out, "", first, e);
    }
    if (geteuid() == 0)
        return hc_path_join(out, "", "/var/lib/handclasp-gate", e);
    if (xdg && xdg[0] == '/')
        return hc_path_join(out, xdg, "handclasp", e);
    if (home && home[0] == '/')
        return hc_path_join(out, home, ".local/state/handclasp", e);
    return HC_FAIL(e, HC_E_FILE_MISSING, "no directory is known for what the gate must remember: give --state DIR");
}

static struct hc_rc check_directory(const char *dir, struct hc_err *e)
{
    struct stat st;

    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
        return HC_FAIL(e, HC_E_FILE_UNWRITABLE, "%s is no directory", dir);
    if (st.st_uid != geteuid() || (st.st_mode & 022))
        return HC_FAIL(e, HC_E_PERMISSIONS,
                       "%s holds what the gate remembers and must belong to its user alone: chmod 700 %s, or give "
                       "another --state",
                       dir, dir);
    return HC_OK;
}

struct hc_rc hc_state_path(const char *said, const char *name, const char *suffix, char out[HC_PATH], struct hc_err *e)
{
    char dir[HC_PATH];
    char file[NAME_BYTES];

    if (strchr(name, '/') || strlen(name) + strlen(suffix) + sizeof "gate-." > sizeof file)
        return HC_FAIL(e, HC_E_TOO_BIG, "'%.80s' is not the name of a gate", name);
    snprintf(file, sizeof file, "gate-%s.%s", name, suffix);
    HC_TRY(e, hc_state_directory(said, dir, e));
    HC_TRY(e, hc_dir_make(dir, 0700, e));
    HC_TRY(e, check_directory(dir, e));
    return hc_path_join(out, dir, file, e);
}
