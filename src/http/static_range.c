/* static_range.c - Range: bytes=FIRST-LAST, FIRST- and -SUFFIX [RFC 9110 14.1]. */
#include "http/static_internal.h"

static const struct hc_static_part whole = {HC_STATIC_WHOLE, 0, 0};
static const struct hc_static_part no_part = {HC_STATIC_NO_PART, 0, 0};

/* Digits as a number; beyond any file's size it stays at the limit. False when there is none or something else. */
static bool number(struct hc_bytes digits, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.n; i++) {
        if (!hc_ascii_is_digit(digits.p[i]))
            return false;
        value = value > (INT64_MAX - 9) / 10 ? INT64_MAX : value * 10 + (uint64_t)(digits.p[i] - '0');
    }
    *out = value;
    return digits.n > 0;
}

static struct hc_static_part suffix(struct hc_bytes digits, uint64_t size)
{
    uint64_t n;

    if (!number(digits, &n))
        return whole;
    if (n == 0)
        return no_part;
    if (size == 0) /* satisfiable, but there is no Content-Range that could say so */
        return whole;
    n = n < size ? n : size;
    return (struct hc_static_part){HC_STATIC_PART, size - n, n};
}

static struct hc_static_part between(struct hc_bytes from, struct hc_bytes to, uint64_t size)
{
    uint64_t first;
    uint64_t last = INT64_MAX;

    if (!number(from, &first) || (to.n > 0 && !number(to, &last)) || last < first)
        return whole; /* RFC 9110 14.2: an invalid ranges-specifier may be ignored */
    if (first >= size)
        return no_part;
    if (last >= size)
        last = size - 1;
    return (struct hc_static_part){HC_STATIC_PART, first, last - first + 1};
}

static struct hc_static_part parse(struct hc_bytes value, uint64_t size)
{
    size_t equals = hc_bytes_find(value, '=');
    struct hc_bytes spec = hc_bytes_trim(hc_bytes_skip(value, equals + 1));
    size_t dash = hc_bytes_find(spec, '-');
    struct hc_bytes from = hc_bytes_head(spec, dash);

    /* RFC 9110 14.2: "MUST ignore a Range header field that contains a range unit it does not understand" */
    if (equals == value.n || !hc_bytes_eq_nocase(hc_bytes_head(value, equals), HC_BYTES("bytes")) || dash == spec.n)
        return whole;
    /* a list holds a comma, which no number does: the whole file is the answer to it */
    if (from.n == 0)
        return suffix(hc_bytes_skip(spec, dash + 1), size);
    return between(from, hc_bytes_skip(spec, dash + 1), size);
}

/* The one field of that name; NULL when there is none or more than one, which means nothing certain. */
static const struct hc_h1_field *only_field(const struct hc_h1_head *head, struct hc_bytes name)
{
    const struct hc_h1_field *found = NULL;

    for (size_t i = 0; i < head->n_fields; i++) {
        if (!hc_bytes_eq_nocase(head->fields[i].name, name))
            continue;
        if (found)
            return NULL;
        found = &head->fields[i];
    }
    return found;
}

struct hc_static_part hc_static_range(const struct hc_h1_head *head, const struct hc_static_file *file)
{
    const struct hc_h1_field *range = only_field(head, HC_BYTES("Range"));
    const struct hc_h1_field *condition = hc_h1_field_find(head, HC_BYTES("If-Range"));

    if (!range)
        return whole;
    /* RFC 9110 13.1.5: "MUST ignore the Range header field" unless the validator matches, and strongly */
    if (condition && !hc_bytes_eq_str(condition->value, file->etag))
        return whole;
    return parse(range->value, (uint64_t)file->st.st_size);
}
