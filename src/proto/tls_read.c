/* tls_read.c - numbers, vectors and extensions of TLS messages, each checked against what is there. */
#include "proto/tls_read.h"

struct hc_tls_read hc_tls_read_begin(const char *message, struct hc_bytes body, struct hc_err *e)
{
    return (struct hc_tls_read){.message = message, .start = body.p, .e = e, .rc = HC_OK};
}

static size_t offset(const struct hc_tls_read *r, struct hc_bytes where)
{
    return r->start ? (size_t)(where.p - r->start) : 0;
}

void hc_tls_read_wrong(struct hc_tls_read *r, struct hc_bytes where, const char *field, const char *what)
{
    if (hc_ok(r->rc))
        r->rc = HC_FAIL(r->e, HC_E_TLS_MESSAGE, "%s: %s %s, at byte %zu", r->message, field, what, offset(r, where));
}

struct hc_bytes hc_tls_read_bytes(struct hc_tls_read *r, struct hc_bytes *from, size_t n, const char *field)
{
    struct hc_bytes taken = hc_bytes_head(*from, n);

    if (hc_ok(r->rc) && from->n < n)
        r->rc = HC_FAIL(r->e, HC_E_TLS_MESSAGE, "%s: %s should have %zu bytes and %zu are left, at byte %zu",
                        r->message, field, n, from->n, offset(r, *from));
    if (hc_failed(r->rc))
        return *from = (struct hc_bytes){0}; /* loops over what is left end */
    *from = hc_bytes_skip(*from, n);
    return taken;
}

uint32_t hc_tls_read_number(struct hc_tls_read *r, struct hc_bytes *from, size_t bytes, const char *field)
{
    struct hc_bytes taken = hc_tls_read_bytes(r, from, bytes, field);
    uint32_t number = 0;

    for (size_t i = 0; i < taken.n; i++)
        number = number << 8 | taken.p[i];
    return number;
}

struct hc_bytes hc_tls_read_vector(struct hc_tls_read *r, struct hc_bytes *from, const struct hc_tls_vector *v)
{
    struct hc_bytes start = *from;
    uint32_t n = hc_tls_read_number(r, from, v->prefix, v->field);

    if (hc_ok(r->rc) && n > from->n)
        r->rc = HC_FAIL(r->e, HC_E_TLS_MESSAGE, "%s: %s says that it has %u bytes and %zu are left, at byte %zu",
                        r->message, v->field, n, from->n, offset(r, start));
    if (hc_ok(r->rc) && n < v->least)
        r->rc = HC_FAIL(r->e, HC_E_TLS_MESSAGE, "%s: %s has %u bytes, fewer than %zu, at byte %zu", r->message,
                        v->field, n, v->least, offset(r, start));
    if (v->unit > 1 && n % v->unit != 0)
        hc_tls_read_wrong(r, start, v->field, "has an odd number of bytes");
    return hc_tls_read_bytes(r, from, n, v->field);
}

void hc_tls_codes_add(struct hc_tls_codes *codes, uint16_t code)
{
    if (codes->n < HC_TLS_LIST_MAX)
        codes->code[codes->n++] = code;
    else
        codes->more++;
}

void hc_tls_read_codes(struct hc_tls_read *r, struct hc_bytes *from, const struct hc_tls_vector *v,
                       struct hc_tls_codes *out)
{
    struct hc_bytes list = hc_tls_read_vector(r, from, v);

    while (list.n > 0)
        hc_tls_codes_add(out, (uint16_t)hc_tls_read_number(r, &list, v->unit, v->field));
}

/* Nothing may be left of `rest`, which belongs to `field`. */
static void expect_end(struct hc_tls_read *r, struct hc_bytes rest, const char *field)
{
    if (rest.n > 0)
        hc_tls_read_wrong(r, rest, field, "is followed by bytes that belong to nothing");
}

struct hc_rc hc_tls_read_done(struct hc_tls_read *r, struct hc_bytes rest)
{
    expect_end(r, rest, "its last field");
    return r->rc;
}

static bool came_before(const struct hc_tls_codes *types, uint16_t type)
{
    for (size_t i = 0; i < types->n; i++)
        if (types->code[i] == type)
            return true;
    return false;
}

static const char *name_of(uint16_t type)
{
    const char *name = hc_tls_extension_text(type);

    return name ? name : "an extension";
}

void hc_tls_read_extensions(struct hc_tls_read *r, struct hc_bytes *from, hc_tls_extension_fn *fn, void *out,
                            struct hc_tls_codes *types)
{
    static const struct hc_tls_vector all = {"the list of extensions", 2, 0, 1};
    struct hc_bytes list = hc_tls_read_vector(r, from, &all);

    while (list.n > 0) {
        struct hc_bytes start = list;
        uint16_t type = (uint16_t)hc_tls_read_number(r, &list, 2, "an extension's type");
        struct hc_tls_vector one = {name_of(type), 2, 0, 1};
        struct hc_bytes value = hc_tls_read_vector(r, &list, &one);

        if (came_before(types, type)) /* RFC 8446 4.2: "MUST NOT be more than one extension of the same type" */
            hc_tls_read_wrong(r, start, one.field, "comes twice");
        hc_tls_codes_add(types, type);
        if (hc_ok(r->rc) && fn(r, type, &value, out))
            expect_end(r, value, one.field);
    }
}

void hc_tls_read_groups(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_codes *out)
{
    static const struct hc_tls_vector groups = {"supported_groups", 2, 2, 2};

    hc_tls_read_codes(r, value, &groups, out);
}

void hc_tls_read_signatures(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_codes *out)
{
    static const struct hc_tls_vector signatures = {"signature_algorithms", 2, 2, 2};

    hc_tls_read_codes(r, value, &signatures, out);
}

/* Goes through the names and returns the list as it came; `count` of them. */
static struct hc_bytes alpn_names(struct hc_tls_read *r, struct hc_bytes *value, size_t *count)
{
    static const struct hc_tls_vector list = {"the list of application protocols", 2, 2, 1};
    static const struct hc_tls_vector name = {"the name of an application protocol", 1, 1, 1};
    struct hc_bytes names = hc_tls_read_vector(r, value, &list), rest = names;

    for (*count = 0; rest.n > 0; ++*count)
        hc_tls_read_vector(r, &rest, &name);
    return names;
}

struct hc_bytes hc_tls_read_alpn_list(struct hc_tls_read *r, struct hc_bytes *value)
{
    size_t count;

    return alpn_names(r, value, &count);
}

struct hc_bytes hc_tls_read_alpn_one(struct hc_tls_read *r, struct hc_bytes *value)
{
    size_t count;
    struct hc_bytes start = *value, names = alpn_names(r, value, &count);

    /* RFC 7301 3.1: the server's list "MUST contain exactly one ProtocolName" */
    if (count != 1)
        hc_tls_read_wrong(r, start, "the answer about application protocols", "does not name exactly one");
    return hc_bytes_skip(names, 1);
}
