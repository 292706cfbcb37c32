/* ring_read.c - the readers' side: the file as it is, while somebody may write it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "observe/ring_file.h"

struct place {
    uint64_t sequence;
    size_t i;
};

/* All that a reading needs, in one piece of memory. */
struct reading {
    struct hc_ring_key key;
    struct place place[HC_RING_SLOTS];
    size_t n;
    uint8_t bytes[HC_RING_SLOT];
    struct hc_why why;
};

static int newest_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->sequence < y->sequence ? 1 : x->sequence > y->sequence ? -1 : 0;
}

static struct hc_rc open_file(const char *path, int *out, struct hc_err *e)
{
    HC_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return HC_FAIL_SYS(e, errno == ENOENT || errno == ENOTDIR ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno,
                           "cannot open %s", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return HC_FAIL(e, HC_E_WHY_STORE, "%s is no regular file", path);
    if (st.st_mode & 077)
        return HC_FAIL(e, HC_E_PERMISSIONS, "others may read or change the records in %s: chmod 600 %s", path, path);
    if (st.st_size != HC_RING_FILE_SIZE)
        return HC_FAIL(e, HC_E_WHY_STORE, "%s does not hold records of refusals", path);
    *out = fd;
    fd = -1;
    return HC_OK;
}

static struct hc_rc read_head(int fd, const char *path, struct hc_ring_key *key, struct hc_err *e)
{
    uint8_t head[HC_RING_HEAD];

    if (pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && hc_ring_file_head_read(head, key))
        return HC_OK;
    return HC_FAIL(e, HC_E_WHY_STORE, "%s does not hold records of refusals", path);
}

static struct hc_rc find_places(int fd, const char *path, struct reading *r, size_t *damaged, struct hc_err *e)
{
    for (size_t i = 0; i < HC_RING_SLOTS; i++) {
        struct hc_ring_slot slot;

        switch (hc_ring_file_slot_read(fd, &r->key, i, r->bytes, &slot)) {
        case HC_RING_EMPTY:
            break;
        case HC_RING_RECORD:
            r->place[r->n++] = (struct place){slot.sequence, i};
            break;
        case HC_RING_DAMAGED:
            ++*damaged;
            break;
        case HC_RING_UNREADABLE:
            return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "cannot read %s", path);
        }
    }
    qsort(r->place, r->n, sizeof r->place[0], newest_first);
    return HC_OK;
}

/* The record at that place, unless it was overwritten meanwhile: then it is not the one that was looked for. */
static bool load(int fd, struct reading *r, const struct place *at, size_t *damaged)
{
    struct hc_ring_slot slot;
    struct hc_err e;

    if (hc_ring_file_slot_read(fd, &r->key, at->i, r->bytes, &slot) != HC_RING_RECORD || slot.sequence != at->sequence)
        return false;
    if (hc_ok(hc_why_parse(hc_bytes_of(r->bytes + HC_RING_SLOT_HEAD, slot.length), &r->why, &e)))
        return true;
    ++*damaged;
    return false;
}

struct hc_rc hc_ring_read(const char *path, hc_ring_visit *visit, void *ctx, size_t *damaged, struct hc_err *e)
{
    HC_FD fd = -1;
    struct reading *r;
    struct hc_rc rc;
    size_t bad = 0;

    HC_TRY(e, open_file(path, &fd, e));
    r = calloc(1, sizeof *r);
    if (!r)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for records of refusals");
    rc = read_head(fd, path, &r->key, e);
    if (hc_ok(rc))
        rc = find_places(fd, path, r, &bad, e);
    for (size_t i = 0; hc_ok(rc) && i < r->n; i++)
        if (load(fd, r, &r->place[i], &bad) && !visit(ctx, &r->why))
            break;
    free(r);
    if (damaged && hc_ok(rc))
        *damaged = bad;
    return rc;
}
