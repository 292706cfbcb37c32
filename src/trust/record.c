/* record.c - the memory of what was put into trust stores. */
#include "trust/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "handclasp trust 1"
#define HEADER_ANY "handclasp trust "
#define LINE_FIELDS 4

void hc_records_fini(struct hc_records *r)
{
    hc_fd_close(&r->lock);
    free(r->record);
    r->record = NULL;
    r->n = r->cap = 0;
    r->lock = -1;
}

static struct hc_rc push(struct hc_records *r, const struct hc_record *record, struct hc_err *e)
{
    if (r->n == HC_RECORDS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the record of trust stores has more than %d lines", HC_RECORDS_MAX);
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 8;
        struct hc_record *more = realloc(r->record, cap * sizeof *more);
        if (!more)
            return HC_FAIL(e, HC_E_NOMEM, "no memory for the record of trust stores");
        r->record = more;
        r->cap = cap;
    }
    r->record[r->n++] = *record;
    return HC_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool parse_kind(struct hc_bytes word, enum hc_store_kind *out)
{
    for (unsigned k = 0; k < HC_STORE_KINDS; k++) {
        if (!hc_bytes_eq_str(word, hc_store_word((enum hc_store_kind)k)))
            continue;
        *out = (enum hc_store_kind)k;
        return true;
    }
    return false;
}

static bool parse_path(struct hc_bytes path, char out[HC_PATH])
{
    if (path.n == 0 || path.n >= HC_PATH || path.p[0] != '/')
        return false;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] < ' ' || path.p[i] == 127)
            return false;
    memcpy(out, path.p, path.n);
    out[path.n] = '\0';
    return true;
}

static bool parse_line(struct hc_bytes line, struct hc_record *out)
{
    struct hc_bytes field[LINE_FIELDS];
    struct hc_anchor anchor;
    for (size_t i = 0; i < LINE_FIELDS; i++) {
        size_t end = hc_bytes_find(line, '\t');
        if ((end == line.n) != (i == LINE_FIELDS - 1))
            return false;
        field[i] = hc_bytes_head(line, end);
        line = hc_bytes_skip(line, end + 1);
    }
    if (!parse_kind(field[0], &out->kind) || !hc_anchor_named(&anchor, field[1], field[2]))
        return false;
    memcpy(out->sha256, anchor.sha256, sizeof out->sha256);
    memcpy(out->name, anchor.name, sizeof out->name);
    return parse_path(field[3], out->path);
}

static struct hc_rc parse_header(struct hc_bytes line, struct hc_err *e)
{
    if (hc_bytes_eq_str(line, HEADER))
        return HC_OK;
    if (hc_bytes_starts(line, HC_BYTES(HEADER_ANY)))
        return HC_FAIL(e, HC_E_TRUST_STORE, "the record of trust stores was written by another version of handclasp");
    return HC_FAIL(e, HC_E_TRUST_STORE, "the record of trust stores does not begin with '%s'", HEADER);
}

struct hc_rc hc_records_parse(struct hc_bytes text, struct hc_records *r, struct hc_err *e)
{
    struct hc_record *one = calloc(1, sizeof *one); /* too large for a stack */
    struct hc_rc rc = HC_OK;
    if (!one)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the record of trust stores");
    r->n = 0;
    for (size_t number = 1; hc_ok(rc) && text.n > 0; number++) {
        size_t end = hc_bytes_find(text, '\n');
        struct hc_bytes line = hc_bytes_head(text, end);
        if (end == text.n)
            rc = HC_FAIL(e, HC_E_TRUST_STORE, "line %zu of the record of trust stores is cut", number);
        else if (number == 1)
            rc = parse_header(line, e);
        else if (!parse_line(line, one))
            rc = HC_FAIL(e, HC_E_TRUST_STORE, "line %zu of the record of trust stores cannot be read", number);
        else if (!hc_records_find(r, one->kind, one->path, one->sha256))
            rc = push(r, one, e);
        text = hc_bytes_skip(text, end + 1);
    }
    free(one);
    if (hc_failed(rc))
        r->n = 0;
    return rc;
}

/* --- the directory and the file ----------------------------------------------------------------------------------- */

/* What the record names is taken out of stores: by root, too, so it must not be a user's to write. */
static struct hc_rc check_owner(const char *path, struct hc_err *e)
{
    struct stat st;
    if (stat(path, &st) != 0) /* what is not there is nobody's; any other reason shows when it is read */
        return HC_OK;
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return HC_FAIL(e, HC_E_PERMISSIONS,
                       "%s belongs to another user; run the command as that user, or with HOME of your own (sudo -H)",
                       path);
    if (st.st_mode & 022)
        return HC_FAIL(e, HC_E_PERMISSIONS, "%s can be written by others; run: chmod go-w '%s'", path, path);
    return HC_OK;
}

static struct hc_rc lock(struct hc_records *r, struct hc_err *e)
{
    HC_TRY(e, hc_dir_make(r->dir, 0700, e));
    r->lock = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lock < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", r->dir);
    if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
        return HC_FAIL_SYS(e, HC_E_TRUST_STORE, errno, "another handclasp changes this user's trust stores just now");
    return HC_OK;
}

struct hc_rc hc_records_open(const char *dir, bool change, struct hc_records *out, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_RECORDS_BYTES);
    HC_RECORDS(r);
    HC_TRY(e, hc_path_join(r.dir, dir, "", e));
    r.dir[strlen(r.dir) - 1] = '\0'; /* the slash that joined nothing */
    HC_TRY(e, hc_path_join(r.file, r.dir, "trust", e));
    if (change)
        HC_TRY(e, lock(&r, e));
    HC_TRY(e, check_owner(r.dir, e));
    HC_TRY(e, check_owner(r.file, e));
    struct hc_rc rc = hc_file_check_private(r.file, e);
    if (hc_ok(rc))
        rc = hc_file_read(r.file, &text, e);
    if (hc_ok(rc))
        rc = hc_records_parse(hc_buf_view(&text), &r, e);
    else if (rc.code == HC_E_FILE_MISSING)
        rc = HC_OK;
    if (rc.code == HC_E_TRUST_STORE)
        hc_err_prefix(e, "%s", r.file);
    HC_TRY(e, rc);
    *out = r;
    r = (struct hc_records){.record = NULL, .lock = -1};
    return HC_OK;
}

static struct hc_rc save(const struct hc_records *r, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_RECORDS_BYTES);
    if (r->n == 0) {
        if (unlink(r->file) != 0 && errno != ENOENT)
            return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "%s", r->file);
        return HC_OK;
    }
    hc_buf_add_str(&text, HEADER "\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_record *one = &r->record[i];
        hc_buf_addf(&text, "%s\t%s\t%s\t%s\n", hc_store_word(one->kind), one->sha256, one->name, one->path);
    }
    HC_TRY(e, hc_buf_check(&text, e));
    return hc_file_write_atomic(r->file, hc_buf_view(&text), 0600, e);
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

const struct hc_record *hc_records_find(const struct hc_records *r, enum hc_store_kind kind, const char *path,
                                        const char *sha256)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_record *one = &r->record[i];
        if (one->kind == kind && strcmp(one->path, path) == 0 && strcmp(one->sha256, sha256) == 0)
            return one;
    }
    return NULL;
}

struct hc_rc hc_records_add(struct hc_records *r, const struct hc_store *store, const struct hc_anchor *anchor,
                            struct hc_err *e)
{
    if (hc_records_find(r, store->kind, store->path, anchor->sha256))
        return HC_OK;
    struct hc_record *one = calloc(1, sizeof *one);
    if (!one)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the record of trust stores");
    one->kind = store->kind;
    memcpy(one->sha256, anchor->sha256, sizeof one->sha256);
    memcpy(one->name, anchor->name, sizeof one->name);
    memcpy(one->path, store->path, sizeof one->path);
    struct hc_rc rc = push(r, one, e);
    free(one);
    HC_TRY(e, rc);
    rc = save(r, e);
    if (hc_failed(rc))
        r->n--;
    return rc;
}

struct hc_rc hc_records_drop(struct hc_records *r, enum hc_store_kind kind, const char *path, const char *sha256,
                             struct hc_err *e)
{
    const struct hc_record *found = hc_records_find(r, kind, path, sha256);
    if (!found)
        return HC_OK;
    size_t at = (size_t)(found - r->record);
    struct hc_record last = r->record[r->n - 1], gone = r->record[at];
    r->record[at] = last;
    r->n--;
    struct hc_rc rc = save(r, e);
    if (hc_ok(rc))
        return rc;
    r->record[r->n++] = last;
    r->record[at] = gone;
    return rc;
}
