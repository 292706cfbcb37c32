/* revocation_read.c - a CRL from memory or a file into an entry, piece by piece. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "asn1/derw.h"
#include "base/file.h"
#include "pki/crl_read.h"
#include "pki/crl_text.h"
#include "pki/revocation_set.h"

#define PIECE (64 * 1024)             /* read at once */
#define TEXT_MAX (HC_CRL_MAX / 2 * 3) /* base64 and line ends add some 36 per cent */
#define FACTS_MAX (HC_CRL_READ_NAME + HC_CRL_READ_EXTENSIONS + HC_CRL_READ_SIGNATURE + 4096)
#define SETTLED 2 /* seconds: the coarsest time stamps of a file system in use (FAT) */

/* ---- what the reader calls ---- */

/* Views are made of these once nothing is added any more: the buffer may move. */
struct span {
    size_t at, n;
};

struct filling {
    struct hc_revocation_entry *entry;
    struct hc_crl_read *reader;
    struct span sig_alg, issuer, number, aki, base, idp, signature;
};

static struct span put(struct filling *f, struct hc_bytes more)
{
    struct span s = {.at = f->entry->facts.n, .n = more.n};

    hc_buf_add(&f->entry->facts, more);
    return s;
}

static struct hc_rc take_head(void *ctx, const struct hc_crl_head *head, struct hc_err *e)
{
    struct filling *f = ctx;

    f->sig_alg = put(f, head->sig_alg);
    f->issuer = put(f, head->issuer);
    f->entry->this_update = head->this_update;
    f->entry->next_update = head->next_update;
    return hc_buf_check(&f->entry->facts, e);
}

static struct hc_rc take_entry(void *ctx, const struct hc_crl_read_entry *entry, struct hc_err *e)
{
    struct filling *f = ctx;
    struct hc_crl_entry what = {.time = entry->time, .reason = entry->reason};

    return hc_revocation_table_add(&f->entry->table, entry->serial, what, e);
}

static struct hc_rc take_tail(void *ctx, const struct hc_crl_tail *tail, struct hc_err *e)
{
    struct filling *f = ctx;

    f->number = put(f, tail->number);
    f->aki = put(f, tail->aki);
    f->base = put(f, tail->base);
    f->idp = put(f, tail->idp);
    return hc_buf_check(&f->entry->facts, e);
}

static struct hc_bytes view(const struct filling *f, struct span s)
{
    return hc_bytes_of(f->entry->facts.p + s.at, s.n);
}

/* Each part with its length, so that no two different wholes are the same bytes. */
static struct hc_rc name_owner(struct hc_revocation_entry *entry, struct hc_err *e)
{
    HC_BUF_AUTO(whose, FACTS_MAX);

    hc_derw_raw(&whose, entry->issuer);
    hc_derw_octets(&whose, entry->aki);
    hc_derw_octets(&whose, entry->idp);
    hc_derw_bool(&whose, entry->base.n > 0);
    HC_TRY(e, hc_buf_check(&whose, e));
    hc_sha256(hc_buf_view(&whose), entry->whose);
    return HC_OK;
}

static struct hc_rc finish(struct filling *f, struct hc_err *e)
{
    struct hc_revocation_entry *entry = f->entry;
    struct hc_crl_read_end end;

    HC_TRY(e, hc_crl_read_end(f->reader, &end, e));
    f->signature = put(f, end.signature);
    HC_TRY(e, hc_buf_check(&entry->facts, e));
    entry->sig_alg = view(f, f->sig_alg);
    entry->issuer = view(f, f->issuer);
    entry->number = view(f, f->number);
    entry->aki = view(f, f->aki);
    entry->base = view(f, f->base);
    entry->idp = view(f, f->idp);
    entry->signature = view(f, f->signature);
    entry->scope = HC_CRL_SCOPE_COMPLETE;
    if (entry->idp.n > 0 && !hc_crl_scope_parse(entry->idp, &entry->scope))
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "its issuing distribution point is malformed");
    entry->indirect = end.indirect;
    memcpy(entry->hash, end.hash, sizeof(entry->hash));
    memcpy(entry->digest, end.digest, sizeof(entry->digest));
    entry->n_digest = end.n_digest;
    if (end.n_digest == 0) {
        entry->message = *end.message;
        *end.message = HC_BUF(0);
    }
    if (entry->indirect)
        hc_revocation_table_fini(&entry->table);
    hc_revocation_table_finish(&entry->table);
    return name_owner(entry, e);
}

/* ---- pieces ---- */

static struct hc_rc take_der(void *ctx, struct hc_bytes der, struct hc_err *e)
{
    return hc_crl_read_feed(ctx, der, e);
}

/* The next piece into `buf`; *got 0 at the end. */
typedef struct hc_rc more(void *ctx, uint8_t buf[PIECE], size_t *got, struct hc_err *e);

struct input {
    more *next;
    void *ctx;
};

static struct hc_rc feed_all(const struct input *in, struct hc_crl_read *reader, struct hc_err *e)
{
    HC_BUF_AUTO(piece, PIECE);
    struct hc_crl_text text = {.out = take_der, .ctx = reader};
    uint8_t *buf = hc_buf_reserve(&piece, PIECE);
    size_t got = 1;

    HC_TRY(e, hc_buf_check(&piece, e));
    while (got > 0) {
        HC_TRY(e, in->next(in->ctx, buf, &got, e));
        HC_TRY(e, hc_crl_text_feed(&text, hc_bytes_of(buf, got), e));
    }
    return hc_crl_text_end(&text, e);
}

static struct hc_rc read_entry(const struct input *in, const char *source, struct hc_revocation_entry **out,
                               struct hc_err *e)
{
    HC_AUTO(hc_revocation_entry) entry = NULL;
    HC_AUTO(hc_crl_read) reader = NULL;
    struct filling f = {0};
    struct hc_crl_read_sink sink = {
        .head = take_head, .entry = take_entry, .tail = take_tail, .ctx = &f, .verify = true};

    HC_TRY(e, hc_revocation_entry_new(source, &entry, e));
    hc_buf_init(&entry->facts, FACTS_MAX);
    HC_TRY(e, hc_crl_read_new(&sink, &reader, e));
    f.entry = entry;
    f.reader = reader;
    struct hc_rc rc = feed_all(in, reader, e);
    if (rc.code == HC_E_PEM) {
        struct hc_err why = *e;
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "%s", why.text);
    }
    HC_TRY(e, rc);
    HC_TRY(e, finish(&f, e));
    *out = HC_GIVE(entry);
    return HC_OK;
}

static struct hc_rc next_of_bytes(void *ctx, uint8_t buf[PIECE], size_t *got, struct hc_err *e)
{
    struct hc_bytes *rest = ctx;

    (void)e;
    *got = rest->n < PIECE ? rest->n : PIECE;
    if (*got > 0)
        memcpy(buf, rest->p, *got);
    *rest = hc_bytes_skip(*rest, *got);
    return HC_OK;
}

struct hc_rc hc_revocation_read(struct hc_bytes data, const char *source, struct hc_revocation_entry **out,
                                struct hc_err *e)
{
    struct input in = {.next = next_of_bytes, .ctx = &data};

    if (data.n == 0)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is empty");
    return read_entry(&in, source, out, e);
}

/* ---- files ---- */

struct file {
    int fd;
    const char *path;
    size_t n; /* bytes read so far */
};

static struct hc_rc next_of_file(void *ctx, uint8_t buf[PIECE], size_t *got, struct hc_err *e)
{
    struct file *f = ctx;
    ssize_t n;

    do
        n = read(f->fd, buf, PIECE);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", f->path);
    f->n += (size_t)n;
    if (f->n > TEXT_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s is larger than the limit of %d bytes", f->path, TEXT_MAX);
    *got = (size_t)n;
    return HC_OK;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_contents(const struct hc_revocation_stamp *a, const struct hc_revocation_stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size && same_time(a->mtime, b->mtime);
}

/* A change within the tick of the clock in which the file was last changed leaves its times as they were, so times say
 * nothing before that tick is surely over. A clock that was set back is no proof of age either. */
static struct hc_revocation_stamp stamp_of(const struct stat *st)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct hc_revocation_stamp){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size = st->st_size,
        .mtime = st->st_mtim,
        .ctime = st->st_ctim,
        .settled = st->st_ctim.tv_sec + SETTLED < now.tv_sec && st->st_mtim.tv_sec + SETTLED < now.tv_sec,
    };
}

static struct hc_revocation_entry *unchanged(const struct hc_revocation *previous, const char *path,
                                             const struct hc_revocation_stamp *now)
{
    for (size_t i = 0; previous != NULL && i < previous->n_files; i++) {
        const struct hc_revocation_file *f = &previous->file[i];
        if (f->stamp.settled && same_contents(&f->stamp, now) && same_time(f->stamp.ctime, now->ctime) &&
            strcmp(f->path, path) == 0)
            return hc_revocation_entry_ref(f->entry);
    }
    return NULL;
}

static struct hc_rc read_irregular(const char *path, struct hc_revocation_entry **out, struct hc_err *e)
{
    HC_BUF_AUTO(data, TEXT_MAX);

    HC_TRY(e, hc_file_read(path, &data, e));
    return hc_revocation_read(hc_buf_view(&data), path, out, e);
}

static struct hc_rc check_stat(const char *path, const struct stat *st, struct hc_err *e)
{
    if (!S_ISREG(st->st_mode))
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s is not a regular file", path);
    if (st->st_size == 0)
        return HC_FAIL(e, HC_E_FILE_EMPTY, "%s is empty", path);
    if (st->st_size > TEXT_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s is larger than the limit of %d bytes", path, TEXT_MAX);
    return HC_OK;
}

/* Reads what is open. One that changed meanwhile is nothing, whatever was read: the next look gets it whole. */
static struct hc_rc read_open(int fd, const char *path, const struct hc_revocation_stamp *before,
                              struct hc_revocation_entry **out, struct hc_err *e)
{
    HC_AUTO(hc_revocation_entry) entry = NULL;
    struct file f = {.fd = fd, .path = path};
    struct hc_rc rc = read_entry(&(struct input){.next = next_of_file, .ctx = &f}, path, &entry, e);
    struct hc_revocation_stamp after;
    struct stat st;

    if (rc.code == HC_E_NOMEM)
        return rc;
    if (fstat(fd, &st) != 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", path);
    after = stamp_of(&st);
    if (!same_contents(before, &after) || (hc_ok(rc) && f.n != (size_t)st.st_size))
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s was changed while it was read", path);
    HC_TRY(e, rc);
    *out = HC_GIVE(entry);
    return HC_OK;
}

struct hc_rc hc_revocation_read_file(const char *path, bool patient, const struct hc_revocation *previous,
                                     struct hc_revocation_entry **out, struct hc_revocation_stamp *stamp,
                                     struct hc_err *e)
{
    HC_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a FIFO must not hang us */
    struct hc_revocation_stamp now;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return HC_FAIL_SYS(e, errno == ENOENT || errno == ENOTDIR ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno,
                           "%s", path);
    now = stamp_of(&st);
    if (patient && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        now.settled = false;
        HC_TRY(e, read_irregular(path, out, e));
        *stamp = now;
        return HC_OK;
    }
    HC_TRY(e, check_stat(path, &st, e));
    struct hc_revocation_entry *entry = unchanged(previous, path, &now);
    if (entry == NULL)
        HC_TRY(e, read_open(fd, path, &now, &entry, e));
    *out = entry;
    *stamp = now;
    return HC_OK;
}
