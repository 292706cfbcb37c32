/* init_check.c - what init refuses before it makes anything. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/home.h"
#include "authority/init_check.h"
#include "authority/issuer.h"
#include "base/escape.h"
#include "base/file.h"

static struct hc_rc check_name(const char *name, struct hc_err *e)
{
    size_t n = name ? strlen(name) : 0;
    HC_BUF_AUTO(shown, 16 * HC_INIT_NAME_MAX);

    if (n == 0 || n > HC_INIT_NAME_MAX)
        return HC_FAIL(e, HC_E_USAGE, "the authority's name must have 1 to %d bytes, for instance \"Example Corp\"",
                       HC_INIT_NAME_MAX);
    /* What the escaper would change is not UTF-8, or is a character that does not show as itself. */
    hc_escape_text(&shown, hc_bytes_str(name));
    HC_TRY(e, hc_buf_check(&shown, e));
    if (!hc_bytes_eq_str(hc_buf_view(&shown), name))
        return HC_FAIL(e, HC_E_USAGE, "the authority's name must be plain UTF-8 text: %s", hc_buf_cstr(&shown));
    return HC_OK;
}

/* The root is here, on a stick, here alone, or elsewhere; and nothing is asked of what will not be made. */
static struct hc_rc check_places(const struct hc_init_options *o, struct hc_err *e)
{
    bool adopts = o->root_certificate.n > 0;

    if ((o->root_out != NULL) + o->root_only + adopts > 1)
        return HC_FAIL(e, HC_E_USAGE, "the root is on a stick, alone in this home, or made elsewhere: one of these");
    if (o->root_passphrase && !o->root_out)
        return HC_FAIL(e, HC_E_USAGE, "a passphrase of the root's own is for a root on a stick");
    if (adopts && (o->permitted.n > 0 || o->excluded.n > 0 || o->root_seconds || o->has_root_key))
        return HC_FAIL(e, HC_E_USAGE, "a root that was made elsewhere has its constraints, lifetime and key already");
    if ((adopts || o->root_only) && (o->issuer_seconds || o->has_issuer_key))
        return HC_FAIL(e, HC_E_USAGE, "no issuing CA is made here: its key and lifetime are asked for with issuer add");
    return HC_OK;
}

static struct hc_rc check_passphrase(const struct hc_secret *passphrase, struct hc_err *e)
{
    if (passphrase && hc_secret_view(passphrase).n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the passphrase is empty");
    return HC_OK;
}

struct hc_rc hc_init_check_options(const struct hc_init_options *o, struct hc_err *e)
{
    HC_TRY(e, check_name(o->name, e));
    HC_TRY(e, check_places(o, e));
    HC_TRY(e, check_passphrase(o->passphrase, e));
    HC_TRY(e, check_passphrase(o->root_passphrase, e));
    return o->public_url && *o->public_url ? hc_issuer_check_url(o->public_url, e) : HC_OK;
}

static bool has_entries(const char *path)
{
    DIR *dir = opendir(path);
    bool found = false;

    for (struct dirent *d = dir ? readdir(dir) : NULL; d && !found; d = readdir(dir))
        found = strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    if (dir)
        (void)closedir(dir);
    return found;
}

struct hc_rc hc_init_check_free(const char *home, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_home_path(home, HC_HOME_AUTHORITY, path, e));
    if (has_entries(path) || (hc_file_exists(path) && access(path, R_OK | X_OK) != 0))
        return HC_FAIL(e, HC_E_HOME_EXISTS, "there is an authority in %s", path);
    HC_TRY(e, hc_home_path(home, HC_HOME_PUBLISH, path, e));
    if (has_entries(path))
        return HC_FAIL(e, HC_E_HOME_EXISTS, "%s holds what another authority published; move it away first", path);
    return HC_OK;
}

/* Whoever else owns a directory, or may write to it, can replace what lies in it, an authority and its identities too.
 */
static struct hc_rc check_one_owner(const char *path, struct hc_err *e)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT ? HC_OK : HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "cannot look at %s", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return HC_FAIL(e, HC_E_PERMISSIONS,
                       "%s belongs to another user (uid %u); choose another --home, or: chown %u '%s'", path,
                       (unsigned)st.st_uid, (unsigned)geteuid(), path);
    if ((st.st_mode & 022) != 0)
        return HC_FAIL(e, HC_E_PERMISSIONS, "%s has mode %04o, so others can write to it; run: chmod go-w '%s'", path,
                       (unsigned)st.st_mode & 07777, path);
    return HC_OK;
}

struct hc_rc hc_init_check_owner(const char *home, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, check_one_owner(home, e));
    HC_TRY(e, hc_home_path(home, HC_HOME_IDENTITIES, path, e));
    return check_one_owner(path, e);
}
