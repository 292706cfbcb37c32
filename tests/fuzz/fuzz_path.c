/*
 * fuzz_path.c - paths. Besides memory errors it finds: a normal form that has another normal form; one that a back end
 * which decodes once or twice reads as another path; a path pattern that misses the path it was made from.
 */
#include <stdlib.h>

#include "policy/path.h"
#include "policy/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void decode(struct hc_bytes in, struct hc_buf *out)
{
    while (in.n > 0)
        hc_buf_add_byte(out, hc_path_decode(&in));
}

static size_t count_slashes(struct hc_bytes b)
{
    size_t n = 0;

    for (size_t i = 0; i < b.n; i++)
        n += b.p[i] == '/';
    return n;
}

static void must_be_harmless(struct hc_bytes decoded, size_t slashes)
{
    must(count_slashes(decoded) == slashes);
    for (size_t i = 0; i < decoded.n; i++)
        must(decoded.p[i] >= 0x20 && decoded.p[i] != 0x7f && decoded.p[i] != '\\');
    while (decoded.n > 0) {
        struct hc_bytes rest = hc_bytes_skip(decoded, 1);
        struct hc_bytes segment = hc_bytes_head(rest, hc_bytes_find(rest, '/'));

        decoded = hc_bytes_skip(rest, segment.n);
        segment = hc_bytes_head(segment, hc_bytes_find(segment, ';')); /* as servlet containers do */
        must(!hc_bytes_eq_str(segment, ".") && !hc_bytes_eq_str(segment, ".."));
        must(segment.n > 0 || decoded.n == 0);
    }
}

/* The path as a pattern: it may be refused as one (stars), but when it is not it must match the path. */
static void must_match_itself(struct hc_buf *path)
{
    HC_AUTO(hc_path_pattern) p = NULL;
    struct hc_err e;

    if (hc_ok(hc_path_pattern_parse(hc_buf_cstr(path), &p, &e)))
        must(hc_path_pattern_matches(p, hc_buf_view(path)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HC_BUF_AUTO(once, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(twice, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(decoded, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(decoded2, HC_PATH_NORMAL_MAX);
    bool semicolon = size > 0 && data[0] & 1;
    struct hc_bytes target = hc_bytes_skip(hc_bytes_of(data, size), 1);
    struct hc_err e;

    if (hc_failed(hc_path_normalise(target, semicolon, &once, &query, &e))) {
        must(once.n == 0 && query.n == 0);
        return 0;
    }
    if (once.n <= HC_PATH_TARGET_MAX) {
        must(hc_ok(hc_path_normalise(hc_buf_view(&once), semicolon, &twice, &query, &e)));
        must(hc_bytes_eq(hc_buf_view(&once), hc_buf_view(&twice)));
    }
    decode(hc_buf_view(&once), &decoded);
    decode(hc_buf_view(&decoded), &decoded2);
    must_be_harmless(hc_buf_view(&decoded), count_slashes(hc_buf_view(&once)));
    must_be_harmless(hc_buf_view(&decoded2), count_slashes(hc_buf_view(&once)));
    must_match_itself(&once);
    return 0;
}
