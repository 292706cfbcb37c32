/* static_internal.h - the parts of static.c that stand in files of their own. */
#ifndef HC_HTTP_STATIC_INTERNAL_H
#define HC_HTTP_STATIC_INTERNAL_H

#include <sys/stat.h>

#include "http/static.h"

/* A file that may be served: what it is, and what identifies this state of it. */
#define HC_STATIC_ETAG 64
struct hc_static_file {
    struct stat st;
    char etag[HC_STATIC_ETAG]; /* with its quotes */
};

/* --- static_open.c --- */

/*
 * Opens what `path` (decoded, without a leading slash, "" for the root) names below `root`: a regular file or a
 * directory. The descriptor does not block. Fails with HC_E_HTTP_NOT_FOUND, HC_E_FILE_UNREADABLE.
 */
struct hc_rc hc_static_open(int root, const char *path, int *out, struct stat *st, struct hc_err *e);

/* --- static_types.c --- */

/* The Content-Type by the name's extension. Static storage. */
const char *hc_static_type(struct hc_bytes name);

/* --- static_range.c --- */

struct hc_static_part {
    enum { HC_STATIC_WHOLE, HC_STATIC_PART, HC_STATIC_NO_PART } what; /* 200, 206, 416 */
    uint64_t offset;
    uint64_t length;
};

/* What a GET asks for of a file of `size` bytes: its Range and If-Range [RFC 9110 13.1.5, 14.2]. Pure. */
struct hc_static_part hc_static_range(const struct hc_h1_head *head, const struct hc_static_file *file);

/* --- static_conditions.c --- */

/* 0, or the status that the preconditions demand: 304 or 412 [RFC 9110 13.2.2]. Pure. */
unsigned hc_static_conditions(const struct hc_h1_head *head, const struct hc_static_file *file, int64_t now);

#endif
