/* segment.h - paths cut at their slashes; private to src/policy. */
#ifndef HC_POLICY_SEGMENT_H
#define HC_POLICY_SEGMENT_H

#include "base/bytes.h"

/* Takes "/segment" off the front of `path`, which starts with a slash; gives the segment without it, maybe empty. */
static inline struct hc_bytes hc_segment_take(struct hc_bytes *path)
{
    struct hc_bytes rest = hc_bytes_skip(*path, 1);
    struct hc_bytes segment = hc_bytes_head(rest, hc_bytes_find(rest, '/'));

    *path = hc_bytes_skip(rest, segment.n);
    return segment;
}

/* Any one segment; any segments to the end. */
static inline bool hc_segment_is_one(struct hc_bytes segment)
{
    return hc_bytes_eq_str(segment, "*");
}

static inline bool hc_segment_is_rest(struct hc_bytes segment)
{
    return hc_bytes_eq_str(segment, "**");
}

/* What is wrong with the wildcards of a pattern's path ("" or starting with a slash), or NULL. */
static inline const char *hc_segment_check(struct hc_bytes path)
{
    while (path.n > 0) {
        struct hc_bytes segment = hc_segment_take(&path);

        if (hc_segment_is_rest(segment) && path.n > 0)
            return "** may only stand at the end";
        if (!hc_segment_is_one(segment) && !hc_segment_is_rest(segment) && hc_bytes_find(segment, '*') < segment.n)
            return "* stands for a whole segment between two slashes, never for a part of one";
    }
    return NULL;
}

#endif
