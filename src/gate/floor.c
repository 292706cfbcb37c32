/*
 * floor.c - the newest CRL of each issuer and the newest time, in a file.
 *
 *     handclasp gate floor 1
 *     time 1795286550
 *     crl WHOSE NUMBER THIS-UPDATE HEARD     hexadecimal, hexadecimal, decimal, decimal; sorted by WHOSE
 *     sha256 HEX                             over every byte before this line
 *
 * HEARD counts upwards: the issuer that has the least was heard of longest ago, and makes room for a new one.
 */
#include "gate/floor.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "gate/state.h"
#include "pki/crl.h"

#define HEAD "handclasp gate floor 1\n"
#define LINE_MAX_BYTES 192 /* a `crl` line: 4 + 64 + 1 + 40 + 1 + 20 + 1 + 20 + 1 */
#define FILE_MAX ((HC_FLOOR_CRLS + 3) * LINE_MAX_BYTES)

struct mark {
    uint8_t whose[32];
    uint8_t number[HC_CRL_NUMBER_MAX];
    size_t number_n;
    int64_t this_update;
    uint64_t heard;
};

struct hc_floor {
    char path[HC_PATH];   /* "": nothing is written */
    pthread_mutex_t lock; /* of the marks: workers ask, the main thread takes note */
    int64_t time;
    uint64_t heard;
    bool unwritten; /* the file lacks something newer */
    size_t n;
    struct mark mark[HC_FLOOR_CRLS]; /* sorted by whose */
};

/* --- the memory --------------------------------------------------------------------------------------------------- */

/* Where the issuer is, or would be. */
static size_t place(const struct hc_floor *f, const uint8_t whose[32])
{
    size_t low = 0, high = f->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(f->mark[middle].whose, whose, 32) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct hc_floor *f, size_t at, const uint8_t whose[32])
{
    return at < f->n && memcmp(f->mark[at].whose, whose, 32) == 0;
}

static struct hc_bytes number_of(const struct mark *m)
{
    return hc_bytes_of(m->number, m->number_n);
}

static void drop_oldest(struct hc_floor *f)
{
    size_t oldest = 0;

    for (size_t i = 1; i < f->n; i++)
        if (f->mark[i].heard < f->mark[oldest].heard)
            oldest = i;
    f->n--;
    memmove(&f->mark[oldest], &f->mark[oldest + 1], (f->n - oldest) * sizeof f->mark[0]);
}

/* A place for this issuer, empty when it is new. */
static struct mark *make_place(struct hc_floor *f, const uint8_t whose[32])
{
    size_t at = place(f, whose);

    if (is_at(f, at, whose))
        return &f->mark[at];
    if (f->n == HC_FLOOR_CRLS) {
        drop_oldest(f);
        at = place(f, whose);
    }
    memmove(&f->mark[at + 1], &f->mark[at], (f->n - at) * sizeof f->mark[0]);
    f->mark[at] = (struct mark){.this_update = INT64_MIN};
    memcpy(f->mark[at].whose, whose, 32);
    f->n++;
    return &f->mark[at];
}

static void set(struct mark *m, const struct hc_revocation_mark *to)
{
    memcpy(m->number, to->number.p, to->number.n);
    m->number_n = to->number.n;
    m->this_update = to->this_update;
}

int64_t hc_floor_time(const struct hc_floor *f)
{
    return f->time;
}

/* By number and by date, as hc_revocation_build compares two CRLs of one issuer. */
static bool knows_newer_locked(const struct hc_floor *f, const struct hc_revocation_mark *mark)
{
    size_t at = place(f, mark->whose);

    return is_at(f, at, mark->whose) && (hc_crl_number_cmp(mark->number, number_of(&f->mark[at])) < 0 ||
                                         mark->this_update < f->mark[at].this_update);
}

bool hc_floor_knows_newer(void *floor, const struct hc_revocation_mark *mark)
{
    struct hc_floor *f = floor;
    bool newer;

    pthread_mutex_lock(&f->lock);
    newer = knows_newer_locked(f, mark);
    pthread_mutex_unlock(&f->lock);
    return newer;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static void emit(const struct hc_floor *f, struct hc_buf *out)
{
    uint8_t sum[HC_SHA256_SIZE];

    hc_buf_add_str(out, HEAD);
    hc_buf_addf(out, "time %lld\n", (long long)f->time);
    for (size_t i = 0; i < f->n; i++) {
        const struct mark *m = &f->mark[i];

        hc_buf_add_str(out, "crl ");
        hc_escape_hex(out, hc_bytes_of(m->whose, sizeof m->whose), 0);
        hc_buf_add_byte(out, ' ');
        hc_escape_hex(out, number_of(m), 0);
        hc_buf_addf(out, " %lld %llu\n", (long long)m->this_update, (unsigned long long)m->heard);
    }
    hc_sha256(hc_buf_view(out), sum);
    hc_buf_add_str(out, "sha256 ");
    hc_escape_hex(out, hc_bytes_of(sum, sizeof sum), 0);
    hc_buf_add_byte(out, '\n');
}

/* Takes what stands before the next space or the end of the line. */
static struct hc_bytes word(struct hc_bytes *line)
{
    size_t end = hc_bytes_find(*line, ' ');
    struct hc_bytes w = hc_bytes_head(*line, end);

    *line = hc_bytes_skip(*line, end + 1);
    return w;
}

static bool read_hex(struct hc_bytes text, uint8_t *out, size_t min, size_t max, size_t *n)
{
    *n = text.n / 2;
    return *n >= min && *n <= max && hc_bytes_unhex(text, out);
}

static bool read_number(struct hc_bytes text, int64_t *out)
{
    bool minus = text.n > 0 && text.p[0] == '-';
    struct hc_bytes digits = hc_bytes_skip(text, minus);
    int64_t v = 0;

    if (digits.n == 0)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (!hc_ascii_is_digit(digits.p[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, digits.p[i] - '0', &v)) /* downwards: INT64_MIN is a number too */
            return false;
    }
    if (!minus && v == INT64_MIN)
        return false;
    *out = minus ? v : -v;
    return true;
}

static bool read_crl(struct hc_floor *f, struct hc_bytes line)
{
    struct mark m = {.this_update = 0};
    size_t n;
    int64_t heard;

    if (f->n == HC_FLOOR_CRLS || !read_hex(word(&line), m.whose, sizeof m.whose, sizeof m.whose, &n) ||
        !read_hex(word(&line), m.number, 1, sizeof m.number, &m.number_n) ||
        !read_number(word(&line), &m.this_update) || !read_number(word(&line), &heard) || heard < 0 || line.n > 0 ||
        m.this_update > HC_TIME_MAX)
        return false;
    if (f->n > 0 && memcmp(f->mark[f->n - 1].whose, m.whose, sizeof m.whose) >= 0)
        return false; /* sorted, and none twice */
    m.heard = (uint64_t)heard;
    f->heard = m.heard > f->heard ? m.heard : f->heard;
    f->mark[f->n++] = m;
    return true;
}

/* The text before the checksum, when that is right. */
static bool check_sum(struct hc_bytes *text)
{
    const size_t last = sizeof "sha256 \n" - 1 + 2 * HC_SHA256_SIZE;
    struct hc_bytes line;
    uint8_t said[HC_SHA256_SIZE], is[HC_SHA256_SIZE];
    size_t n;

    if (text->n < last)
        return false;
    line = hc_bytes_skip(*text, text->n - last);
    *text = hc_bytes_head(*text, text->n - last);
    hc_sha256(*text, is);
    return hc_bytes_starts(line, HC_BYTES("sha256 ")) && line.p[last - 1] == '\n' &&
           read_hex(hc_bytes_head(hc_bytes_skip(line, 7), last - 8), said, sizeof said, sizeof said, &n) &&
           memcmp(said, is, sizeof is) == 0;
}

static bool parse(struct hc_floor *f, struct hc_bytes text)
{
    if (!check_sum(&text) || !hc_bytes_starts(text, HC_BYTES(HEAD "time ")))
        return false;
    text = hc_bytes_skip(text, sizeof HEAD "time " - 1);
    for (bool first = true; text.n > 0; first = false) {
        size_t end = hc_bytes_find(text, '\n');
        struct hc_bytes line = hc_bytes_head(text, end);

        if (end == text.n)
            return false;
        text = hc_bytes_skip(text, end + 1);
        if (first ? !read_number(line, &f->time)
                  : !hc_bytes_starts(line, HC_BYTES("crl ")) || !read_crl(f, hc_bytes_skip(line, 4)))
            return false;
    }
    return f->time <= HC_TIME_MAX;
}

static struct hc_rc check_owner(const char *path, struct hc_err *e)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return HC_FAIL_SYS(e, errno == ENOENT ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno, "cannot look at %s",
                           path);
    if (!S_ISREG(st.st_mode))
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s is no regular file", path);
    if (st.st_uid != geteuid() || (st.st_mode & 022))
        return HC_FAIL(e, HC_E_PERMISSIONS, "%s is not this gate's own: it belongs to user %u and has mode %03o", path,
                       (unsigned)st.st_uid, (unsigned)st.st_mode & 0777);
    return HC_OK;
}

static struct hc_rc load(struct hc_floor *f, struct hc_err *e)
{
    HC_BUF_AUTO(text, FILE_MAX);

    HC_TRY(e, check_owner(f->path, e));
    HC_TRY(e, hc_file_read(f->path, &text, e));
    if (parse(f, hc_buf_view(&text)))
        return HC_OK;
    return HC_FAIL(e, HC_E_FILE_UNREADABLE,
                   "%s is damaged: which CRLs this gate accepted before its start is not known any more", f->path);
}

static void forget(struct hc_floor *f)
{
    f->time = INT64_MIN;
    f->heard = 0;
    f->n = 0;
}

static struct hc_floor *floor_new(void)
{
    struct hc_floor *f = calloc(1, sizeof *f);

    if (f && pthread_mutex_init(&f->lock, NULL) != 0) {
        free(f);
        return NULL;
    }
    return f;
}

struct hc_rc hc_floor_open(const char *path, hc_revocation_alarm *alarm, void *ctx, struct hc_floor **out,
                           struct hc_err *e)
{
    HC_AUTO(hc_floor) f = floor_new();
    struct hc_err why = {0};
    struct hc_rc rc;

    if (!f)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for what the gate remembers");
    if (strlen(path) >= sizeof f->path)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path is longer than %d bytes", HC_PATH - 1);
    memcpy(f->path, path, strlen(path) + 1);
    forget(f);
    rc = f->path[0] ? load(f, &why) : HC_OK;
    if (hc_failed(rc)) {
        forget(f);
        if (rc.code == HC_E_NOMEM)
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for what the gate remembers");
        if (rc.code != HC_E_FILE_MISSING)
            alarm(ctx, rc.code, f->path, why.text);
    }
    *out = HC_GIVE(f);
    return HC_OK;
}

void hc_floor_free(struct hc_floor *f)
{
    if (!f)
        return;
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* --- taking note -------------------------------------------------------------------------------------------------- */

/* Time is moved as far as the clock bears it out. As far as the floor would let it go, a CRL a little ahead of the one
 * before would walk it on for ever, and one authority's CRLs end everybody's certificates. */
struct noting {
    struct hc_floor *f;
    int64_t latest; /* a CRL of a later date is not in use yet */
    int64_t clock;  /* and one of a later date moves no time */
};

static void note_one(void *ctx, const struct hc_revocation_mark *mark)
{
    struct noting *noting = ctx;
    struct hc_floor *f = noting->f;
    struct mark *m;

    if (mark->number.n == 0 || mark->number.n > HC_CRL_NUMBER_MAX || mark->this_update > noting->latest)
        return;
    m = make_place(f, mark->whose);
    m->heard = f->heard;
    if (!knows_newer_locked(f, mark) &&
        (m->this_update < mark->this_update || !hc_bytes_eq(number_of(m), mark->number))) {
        set(m, mark);
        f->unwritten = true;
    }
    if (mark->this_update > f->time && mark->this_update <= noting->clock) {
        f->time = mark->this_update;
        f->unwritten = true;
    }
}

struct hc_rc hc_floor_note(struct hc_floor *f, const struct hc_revocation *r, struct hc_err *e)
{
    HC_BUF_AUTO(text, FILE_MAX);
    int64_t now = hc_time_now();
    struct noting noting = {f, (now > f->time ? now : f->time) + HC_REVOCATION_SKEW, now + HC_REVOCATION_SKEW};

    pthread_mutex_lock(&f->lock);
    f->heard++;
    if (r)
        hc_revocation_marks(r, note_one, &noting);
    pthread_mutex_unlock(&f->lock);
    if (!f->unwritten || !f->path[0])
        return HC_OK;
    emit(f, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, hc_file_write_atomic(f->path, hc_buf_view(&text), 0600, e));
    f->unwritten = false;
    return HC_OK;
}

/* --- where -------------------------------------------------------------------------------------------------------- */

struct hc_rc hc_floor_path(const char *state, const char *name, char out[], size_t size, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_state_path(state, name, "floor", path, e));
    if (strlen(path) >= size)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path %s is too long", path);
    memcpy(out, path, strlen(path) + 1);
    return HC_OK;
}
