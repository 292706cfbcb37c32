/*
 * watch.c - signatures of files and directories, compared.
 *
 * A signature is one 64-bit value: FNV-1a over what stat(2) says, or over its errno when there is nothing. The entries
 * of a directory are added up, so that the order in which the kernel lists them does not matter and nothing needs to be
 * stored or sorted. Whoever can write the files can cause a second look, and no more; so this is no place for a
 * cryptographic hash.
 */
#include "gate/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

struct watched {
    char *path; /* owned */
    uint64_t signature;
};

struct hc_file_watch {
    struct watched *items;
    size_t n;
    size_t cap;
};

/* --- signatures --------------------------------------------------------------------------------------------------- */

static uint64_t mix_number(uint64_t h, uint64_t v)
{
    return hc_bytes_hash(h, hc_bytes_of(&v, sizeof v));
}

static uint64_t of_stat(const struct stat *st)
{
    uint64_t h = HC_BYTES_HASH;

    h = mix_number(h, st->st_dev);
    h = mix_number(h, st->st_ino);
    h = mix_number(h, (uint64_t)st->st_size);
    h = mix_number(h, st->st_mode);
    h = mix_number(h, st->st_uid);
    h = mix_number(h, (uint64_t)st->st_mtim.tv_sec);
    h = mix_number(h, (uint64_t)st->st_mtim.tv_nsec);
    h = mix_number(h, (uint64_t)st->st_ctim.tv_sec);
    return mix_number(h, (uint64_t)st->st_ctim.tv_nsec);
}

static uint64_t of_nothing(int sys)
{
    return mix_number(HC_BYTES_HASH, (uint64_t)sys);
}

static uint64_t of_entry(int dir, const char *name)
{
    struct stat st;
    uint64_t h = fstatat(dir, name, &st, 0) == 0 ? of_stat(&st) : of_nothing(errno);

    return hc_bytes_hash(h, hc_bytes_str(name));
}

static uint64_t of_entries(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    uint64_t sum = 0;

    if (!dir)
        return of_nothing(errno);
    for (int i = 0; i < HC_WATCH_ENTRIES && (entry = readdir(dir)) != NULL; i++)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            sum += of_entry(dirfd(dir), entry->d_name);
    (void)closedir(dir);
    return sum;
}

static uint64_t signature_of(const char *path)
{
    struct stat st;
    uint64_t h;

    if (stat(path, &st) != 0)
        return of_nothing(errno);
    h = of_stat(&st);
    return S_ISDIR(st.st_mode) ? mix_number(h, of_entries(path)) : h;
}

/* --- the watch ---------------------------------------------------------------------------------------------------- */

struct hc_rc hc_file_watch_new(struct hc_file_watch **out, struct hc_err *e)
{
    struct hc_file_watch *w = calloc(1, sizeof *w);

    if (!w)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for watching files");
    *out = w;
    return HC_OK;
}

void hc_file_watch_clear(struct hc_file_watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->items[i].path);
    w->n = 0;
}

void hc_file_watch_free(struct hc_file_watch *w)
{
    if (!w)
        return;
    hc_file_watch_clear(w);
    free(w->items);
    free(w);
}

static struct hc_rc grow(struct hc_file_watch *w, struct hc_err *e)
{
    size_t cap = w->cap ? w->cap * 2 : 16;
    struct watched *items;

    if (w->n < w->cap)
        return HC_OK;
    items = realloc(w->items, cap * sizeof *items); /* at most HC_WATCH_PATHS: no overflow */
    if (!items)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for watching %zu files", cap);
    w->items = items;
    w->cap = cap;
    return HC_OK;
}

struct hc_rc hc_file_watch_add(struct hc_file_watch *w, const char *path, struct hc_err *e)
{
    size_t size = strlen(path) + 1;
    char *copy;

    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->items[i].path, path) == 0)
            return HC_OK;
    if (w->n == HC_WATCH_PATHS)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %d files to watch", HC_WATCH_PATHS);
    HC_TRY(e, grow(w, e));
    copy = malloc(size);
    if (!copy)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for watching %s", path);
    memcpy(copy, path, size);
    w->items[w->n++] = (struct watched){.path = copy, .signature = signature_of(path)};
    return HC_OK;
}

bool hc_file_watch_changed(struct hc_file_watch *w)
{
    bool changed = false;

    for (size_t i = 0; i < w->n; i++) { /* to the end: every state is taken, so that one change is reported once */
        uint64_t now = signature_of(w->items[i].path);

        changed |= now != w->items[i].signature;
        w->items[i].signature = now;
    }
    return changed;
}
