/* path_pattern.c - patterns over normalised paths. */
#include <stdlib.h>

#include "policy/path.h"
#include "policy/pattern.h"
#include "policy/segment.h"

struct hc_path_pattern {
    size_t n;
    uint8_t text[]; /* in the normal form, without a trailing slash: "" is the root */
};

/* RFC 3986 knows /a and /a/ as two paths, most back ends as one: a rule about one of them must not be passed by the
 * other. */
static struct hc_bytes without_final_slash(struct hc_bytes path)
{
    return path.p[path.n - 1] == '/' ? hc_bytes_head(path, path.n - 1) : path;
}

static struct hc_rc normal_form(const char *text, struct hc_buf *path, struct hc_err *e)
{
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
    struct hc_rc rc = hc_path_normalise(hc_bytes_str(text), false, path, &query, e);

    if (rc.code == HC_E_HTTP_PATH || rc.code == HC_E_HTTP_URI_TOO_LONG) {
        hc_err_prefix(e, "path %.200s", text);
        e->code = HC_E_PATTERN;
        return (struct hc_rc){HC_E_PATTERN};
    }
    HC_TRY(e, rc);
    if (query.n > 0)
        return HC_FAIL(e, HC_E_PATTERN, "path %.200s: rules judge paths only; leave out the query", text);
    return HC_OK;
}

struct hc_rc hc_path_pattern_parse(const char *text, struct hc_path_pattern **out, struct hc_err *e)
{
    HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
    struct hc_path_pattern *p;
    struct hc_bytes view;
    const char *wrong;

    HC_TRY(e, normal_form(text, &path, e));
    view = without_final_slash(hc_buf_view(&path));
    wrong = hc_segment_check(view);
    if (wrong)
        return HC_FAIL(e, HC_E_PATTERN, "path %.200s: %s", text, wrong);
    p = malloc(sizeof *p + view.n);
    if (!p)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a path pattern");
    p->n = view.n;
    if (view.n > 0)
        memcpy(p->text, view.p, view.n);
    *out = p;
    return HC_OK;
}

void hc_path_pattern_free(struct hc_path_pattern *p)
{
    free(p);
}

/* Decoded byte by decoded byte; the path's segment ends at its first `;`, plain or encoded. */
static bool segment_matches(struct hc_bytes pattern, struct hc_bytes segment)
{
    if (hc_segment_is_one(pattern))
        return segment.n > 0;
    while (segment.n > 0) {
        uint8_t c = hc_path_decode(&segment);

        if (c == ';')
            break;
        if (pattern.n == 0 || hc_path_decode(&pattern) != c)
            return false;
    }
    return pattern.n == 0;
}

bool hc_path_pattern_matches(const struct hc_path_pattern *p, struct hc_bytes path)
{
    struct hc_bytes pattern = {p->text, p->n};

    if (path.n == 0 || path.p[0] != '/')
        return false;
    path = without_final_slash(path);
    while (pattern.n > 0) {
        struct hc_bytes want = hc_segment_take(&pattern);

        if (hc_segment_is_rest(want))
            return true;
        if (path.n == 0 || !segment_matches(want, hc_segment_take(&path)))
            return false;
    }
    return path.n == 0;
}
