/*
 * store_nss.c - certificate databases of NSS: Firefox, Chromium, Chrome.
 *
 * certutil is asked, for there is no other public way to write them. Two things about it shape this file. A nickname
 * with a colon names a device, and the certificate is then never found again. And certificates of one subject are shown
 * under each other's nicknames (a root and its successor): so it is the list of nicknames that says which are there,
 * and the contents that say whether one of them may be ours.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "trust/store_inside.h"

#define NICKNAMES_MAX 1024 /* a browser keeps the intermediates it met; each costs one run of certutil, some 10 ms */
#define PROFILES_MAX 64

/* Below the user's home. */
static const char *const DATABASES[] = {
    ".pki/nssdb", /* Chromium and Chrome */
    ".local/share/pki/nssdb",
    "snap/chromium/current/.pki/nssdb",
    ".var/app/org.chromium.Chromium/data/pki/nssdb",
    ".var/app/com.google.Chrome/data/pki/nssdb",
};
/* Each profile in there has one. */
static const char *const PROFILES[] = {
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
};

static void names_free(struct hc_names *names)
{
    hc_names_fini(names);
}

static struct hc_rc each_profile(const char *dir, const struct hc_store_tell *tell, struct hc_err *e)
{
    char path[HC_PATH];
    __attribute__((cleanup(names_free))) struct hc_names names = {NULL, 0};
    struct hc_rc rc = hc_dir_list(dir, "", NICKNAMES_MAX, &names, e);
    if (hc_failed(rc))
        return rc.code == HC_E_NOMEM ? rc : HC_OK; /* not there, or not ours to read: no browser of this user */
    for (size_t i = 0; i < names.n && i < PROFILES_MAX; i++) {
        HC_TRY(e, hc_path_join(path, dir, names.name[i], e));
        HC_TRY(e, tell->fn(tell->ctx, path, e));
    }
    return HC_OK;
}

static struct hc_rc each(const struct hc_store_places *places, const struct hc_store_tell *tell, struct hc_err *e)
{
    char path[HC_PATH];
    for (size_t i = 0; places->home && i < HC_COUNT(DATABASES); i++) {
        HC_TRY(e, hc_path_join(path, places->home, DATABASES[i], e));
        HC_TRY(e, tell->fn(tell->ctx, path, e));
    }
    for (size_t i = 0; places->home && i < HC_COUNT(PROFILES); i++) {
        HC_TRY(e, hc_path_join(path, places->home, PROFILES[i], e));
        HC_TRY(e, each_profile(path, tell, e));
    }
    return HC_OK;
}

/* pkcs11.txt beside the database names libraries, and certutil loads them even to list. With another user's database
 * root would run that user's code. */
static bool is_safe(const struct hc_store *store, const char *file)
{
    char modules[HC_PATH];
    struct hc_err quiet;
    struct stat st;
    if (hc_failed(hc_path_join(modules, store->path, "pkcs11.txt", &quiet)))
        return false;
    return hc_store_is_own(store->path) && hc_store_is_own(file) &&
           (lstat(modules, &st) != 0 || hc_store_is_own(modules));
}

static bool look(const struct hc_store_places *places, struct hc_store *store)
{
    char file[HC_PATH];
    struct hc_err quiet;
    struct stat st;
    if (hc_failed(hc_path_join(file, store->path, "cert9.db", &quiet)) || stat(file, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    if (!is_safe(store, file)) { /* without a tool it is not even looked at */
        hc_store_because(store,
                         "another user owns it or may write there, and could have certutil run programs; run the "
                         "command as its owner, or chmod go-w");
        return true;
    }
    if (!hc_run_find(places->tools, "certutil", store->tool))
        hc_store_because(store, "certutil is not installed; the package is libnss3-tools (Debian, Ubuntu), nss-tools "
                                "(Fedora), mozilla-nss-tools (SUSE) or nss (Arch)");
    if (!hc_store_may_write(file) || !hc_store_may_write(store->path))
        hc_store_because(store, "only its owner may change it");
    return true;
}

/* "sql:" says which format, as certutil wants it. */
struct database {
    char text[HC_PATH + 8];
};

static const char *database(const struct hc_store *store, struct database *d)
{
    snprintf(d->text, sizeof d->text, "sql:%s", store->path);
    return d->text;
}

/* A nickname of a line "NICKNAME     C,," of the list; empty for a line of its heading. */
static struct hc_bytes nickname(struct hc_bytes line)
{
    size_t commas = 0;
    line = hc_bytes_trim(line);
    size_t from = line.n;
    while (from > 0 && (hc_ascii_is_alpha(line.p[from - 1]) || line.p[from - 1] == ',')) {
        from--;
        commas += line.p[from] == ',';
    }
    if (commas != 2 || from == 0 || line.p[from - 1] != ' ')
        return HC_BYTES("");
    return hc_bytes_trim(hc_bytes_head(line, from));
}

static struct hc_rc look_at(const struct hc_store *store, struct hc_bytes nick, const struct hc_anchor *anchor,
                            struct hc_store_found *out, struct hc_err *e)
{
    struct database d;
    char name[512], said[HC_RUN_SAID];
    int status = 0;
    HC_BUF_AUTO(pem, HC_RUN_OUTPUT);
    if (nick.n >= sizeof name)
        return HC_OK; /* certutil cuts longer ones, so it would not find it either */
    snprintf(name, sizeof name, "%.*s", HC_BYTES_FMT(nick));
    const char *argv[] = {store->tool, "-L", "-d", database(store, &d), "-n", name, "-a", NULL};
    const struct hc_run run = {.argv = argv, .home = store->home};
    HC_TRY(e, hc_run_program(&run, &pem, &status, said, e));
    bool has = false;
    if (status == 0)
        HC_TRY(e, hc_store_pem_has(hc_buf_view(&pem), anchor, &has, e));
    if (has)
        hc_store_listed(out, nick, hc_bytes_eq_str(nick, anchor->name));
    return HC_OK;
}

static struct hc_rc find(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                         struct hc_err *e)
{
    struct database d;
    size_t seen = 0;
    const char *argv[] = {store->tool, "-L", "-d", database(store, &d), NULL};
    HC_BUF_AUTO(list, HC_RUN_OUTPUT);
    if (!*store->tool)
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s: %s", store->path, store->why);
    HC_TRY(e, hc_store_run(store, argv, &list, e));
    for (struct hc_bytes rest = hc_buf_view(&list); rest.n > 0;) {
        struct hc_bytes line = hc_bytes_head(rest, hc_bytes_find(rest, '\n'));
        struct hc_bytes nick = nickname(line);
        rest = hc_bytes_skip(rest, line.n + 1);
        if (nick.n == 0)
            continue;
        if (++seen > NICKNAMES_MAX)
            return HC_FAIL(e, HC_E_TRUST_STORE, "%s has more than %d certificates", store->path, NICKNAMES_MAX);
        HC_TRY(e, look_at(store, nick, anchor, out, e));
    }
    return HC_OK;
}

/* "C": a CA whose server certificates are trusted; neither e-mail nor code. */
static void put_argv(const struct hc_store *store, const struct hc_anchor *anchor, const char *file, struct database *d,
                     const char *argv[HC_RUN_ARGS])
{
    const char *words[] = {store->tool, "-A", "-d", database(store, d), "-n", anchor->name, "-t", "C,,",
                           "-i",        file, NULL};
    memcpy(argv, words, sizeof words);
}

static void take_argv(const struct hc_store *store, const struct hc_anchor *anchor, struct database *d,
                      const char *argv[HC_RUN_ARGS])
{
    const char *words[] = {store->tool, "-D", "-d", database(store, d), "-n", anchor->name, NULL};
    memcpy(argv, words, sizeof words);
}

static struct hc_rc put(const struct hc_store *store, const struct hc_anchor *anchor, const char *file,
                        struct hc_err *e)
{
    struct database d;
    const char *argv[HC_RUN_ARGS];
    put_argv(store, anchor, file, &d, argv);
    return hc_store_run(store, argv, NULL, e);
}

/* certutil deletes by nickname, and of two certificates under one it is not we who choose. */
static struct hc_rc check_only(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e)
{
    struct database d;
    size_t n = 0;
    const char *argv[] = {store->tool, "-L", "-d", database(store, &d), NULL};
    HC_BUF_AUTO(list, HC_RUN_OUTPUT);
    HC_TRY(e, hc_store_run(store, argv, &list, e));
    for (struct hc_bytes rest = hc_buf_view(&list); rest.n > 0;) {
        struct hc_bytes line = hc_bytes_head(rest, hc_bytes_find(rest, '\n'));
        n += hc_bytes_eq_str(nickname(line), anchor->name);
        rest = hc_bytes_skip(rest, line.n + 1);
    }
    if (n <= 1)
        return HC_OK;
    return HC_FAIL(e, HC_E_TRUST_STORE, "%s has %zu certificates named '%s'; remove ours by hand", store->path, n,
                   anchor->name);
}

static struct hc_rc take(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e)
{
    struct database d;
    const char *argv[HC_RUN_ARGS];
    HC_TRY(e, check_only(store, anchor, e));
    take_argv(store, anchor, &d, argv);
    return hc_store_run(store, argv, NULL, e);
}

static void explain(const struct hc_store *store, const struct hc_anchor *anchor, const char *file, bool put_,
                    struct hc_buf *out)
{
    struct database d;
    const char *argv[HC_RUN_ARGS];
    if (put_)
        put_argv(store, anchor, file, &d, argv);
    else
        take_argv(store, anchor, &d, argv);
    hc_store_explain_run(argv, out);
}

const struct hc_store_row hc_store_nss = {
    .word = "nss",
    .scratch = true,
    .each = each,
    .look = look,
    .find = find,
    .put = put,
    .take = take,
    .explain = explain,
};
