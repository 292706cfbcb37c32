/*
 * store_java.c - Java's keystore of anchors, by keytool.
 *
 * Where the system's store feeds Java's (Debian's ca-certificates-java), an anchor that went into the former is found
 * here under the system's name and is nobody else's business.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust/store_inside.h"

#define ALIAS_LINE "Alias name: " /* keytool in the locale C */
#define ANCHOR_LINE "Entry type: trustedCertEntry"

/* The directory above bin/java, by the symbolic links that lead there. */
static bool java_home(const struct hc_store_places *places, char out[HC_PATH])
{
    char java[HC_PATH], real[PATH_MAX];
    if (places->java_home && *places->java_home == '/' && strlen(places->java_home) < HC_PATH) {
        snprintf(out, HC_PATH, "%s", places->java_home);
        return true;
    }
    if (!hc_run_find(places->tools, "java", java) || !realpath(java, real))
        return false;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(real, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    snprintf(out, HC_PATH, "%s", real);
    return *out == '/';
}

static struct hc_rc tell_real(const char *path, const struct hc_store_tell *tell, struct hc_err *e)
{
    char real[PATH_MAX];
    return realpath(path, real) ? tell->fn(tell->ctx, real, e) : HC_OK;
}

static struct hc_rc each(const struct hc_store_places *places, const struct hc_store_tell *tell, struct hc_err *e)
{
    static const char *const below[] = {"lib/security/cacerts",
                                        "jre/lib/security/cacerts"}; /* the second before Java 9 */
    char home[HC_PATH], path[HC_PATH];
    if (places->java_store)
        return tell_real(places->java_store, tell, e);
    if (!java_home(places, home))
        return HC_OK;
    for (size_t i = 0; i < HC_COUNT(below); i++) {
        HC_TRY(e, hc_path_join(path, home, below[i], e));
        HC_TRY(e, tell_real(path, tell, e));
    }
    return HC_OK;
}

static bool look(const struct hc_store_places *places, struct hc_store *store)
{
    char home[HC_PATH], bin[HC_PATH];
    struct hc_err quiet;
    struct stat st;
    if (stat(store->path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    bool own = java_home(places, home) && hc_ok(hc_path_join(bin, home, "bin", &quiet)) &&
               hc_run_find(bin, "keytool", store->tool);
    if (!own && !hc_run_find(places->tools, "keytool", store->tool))
        hc_store_because(store, "keytool is not installed; it comes with Java (or set JAVA_HOME)");
    if (!hc_store_may_write(store->path))
        hc_store_because(store, "only its owner may change it; run the command with sudo");
    return true;
}

/* Appends the words that say which keystore; "changeit" is what Java itself ships, and no secret. */
static void keystore_words(const struct hc_store *store, const char *argv[HC_RUN_ARGS], size_t n)
{
    argv[n++] = "-keystore";
    argv[n++] = store->path;
    argv[n++] = store->java_passphrase ? "-storepass:file" : "-storepass";
    argv[n++] = store->java_passphrase ? store->java_passphrase : "changeit";
    argv[n] = NULL;
}

/* keytool keeps aliases in lower case. */
static bool is_our_alias(struct hc_bytes alias, const struct hc_anchor *anchor)
{
    return hc_bytes_eq_nocase(alias, hc_bytes_str(anchor->name));
}

/* Where the next line that begins so stands, or the end. */
static size_t find_line(struct hc_bytes text, struct hc_bytes begin)
{
    for (size_t i = 0; i < text.n; i += hc_bytes_find(hc_bytes_skip(text, i), '\n') + 1)
        if (hc_bytes_starts(hc_bytes_skip(text, i), begin))
            return i;
    return text.n;
}

static size_t next_entry(struct hc_bytes text)
{
    return find_line(text, HC_BYTES(ALIAS_LINE));
}

/* A private key has a certificate's chain with it, and the anchor may be in there: nothing is trusted for that, and an
 * alias with a key is never ours to delete. */
static bool is_anchor_entry(struct hc_bytes entry)
{
    return find_line(entry, HC_BYTES(ANCHOR_LINE)) < entry.n;
}

static struct hc_rc find(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_store_found *out,
                         struct hc_err *e)
{
    const char *argv[HC_RUN_ARGS] = {store->tool, "-list", "-rfc"};
    HC_BUF_AUTO(list, HC_RUN_OUTPUT);
    if (!*store->tool)
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s: %s", store->path, store->why);
    keystore_words(store, argv, 3);
    HC_TRY(e, hc_store_run(store, argv, &list, e));
    struct hc_bytes rest = hc_buf_view(&list);
    rest = hc_bytes_skip(rest, next_entry(rest));
    while (rest.n > 0) {
        struct hc_bytes alias = hc_bytes_trim(hc_bytes_skip(hc_bytes_next_line(&rest), strlen(ALIAS_LINE)));
        struct hc_bytes entry = hc_bytes_head(rest, next_entry(rest));
        rest = hc_bytes_skip(rest, entry.n);
        bool has = false;
        if (is_anchor_entry(entry))
            HC_TRY(e, hc_store_pem_has(entry, anchor, &has, e));
        if (has)
            hc_store_listed(out, alias, is_our_alias(alias, anchor));
    }
    return HC_OK;
}

static void put_argv(const struct hc_store *store, const struct hc_anchor *anchor, const char *file,
                     const char *argv[HC_RUN_ARGS])
{
    const char *words[] = {store->tool, "-importcert", "-noprompt", "-alias", anchor->name, "-file", file};
    memcpy(argv, words, sizeof words);
    keystore_words(store, argv, HC_COUNT(words));
}

static void take_argv(const struct hc_store *store, const struct hc_anchor *anchor, const char *argv[HC_RUN_ARGS])
{
    const char *words[] = {store->tool, "-delete", "-noprompt", "-alias", anchor->name};
    memcpy(argv, words, sizeof words);
    keystore_words(store, argv, HC_COUNT(words));
}

static struct hc_rc put(const struct hc_store *store, const struct hc_anchor *anchor, const char *file,
                        struct hc_err *e)
{
    const char *argv[HC_RUN_ARGS];
    put_argv(store, anchor, file, argv);
    return hc_store_run(store, argv, NULL, e);
}

static struct hc_rc take(const struct hc_store *store, const struct hc_anchor *anchor, struct hc_err *e)
{
    const char *argv[HC_RUN_ARGS];
    take_argv(store, anchor, argv);
    return hc_store_run(store, argv, NULL, e);
}

static void explain(const struct hc_store *store, const struct hc_anchor *anchor, const char *file, bool put_,
                    struct hc_buf *out)
{
    const char *argv[HC_RUN_ARGS];
    if (put_)
        put_argv(store, anchor, file, argv);
    else
        take_argv(store, anchor, argv);
    hc_store_explain_run(argv, out);
}

const struct hc_store_row hc_store_java = {
    .word = "java",
    .scratch = true,
    .each = each,
    .look = look,
    .find = find,
    .put = put,
    .take = take,
    .explain = explain,
};
