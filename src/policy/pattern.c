/* pattern.c - reading patterns over identities. */
#include "policy/pattern.h"

#include <stdlib.h>

#include "policy/pattern_parts.h"
#include "policy/segment.h"

/* A pattern being read: `want` is still in a buffer. */
struct draft {
    const char *text;
    struct hc_pattern head;
    struct hc_buf want;
};

static struct hc_rc wrong(const struct draft *d, const char *why, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_PATTERN, "pattern %.200s: %s", d->text, why);
}

/* Canonical text of the value, by the one canonicaliser of names; its sentence, our code. */
static struct hc_rc canonical(struct draft *d, enum hc_name_type type, struct hc_bytes value, struct hc_err *e)
{
    enum hc_name_flags flags = type == HC_NAME_DNS ? HC_NAME_ROOT_DOT : HC_NAME_PLAIN;
    struct hc_rc rc = hc_name_canonical(type, value, flags, &d->want, e);

    if (rc.code == HC_E_IDENTITY_NAME) {
        hc_err_prefix(e, "pattern %.200s", d->text);
        e->code = HC_E_PATTERN;
        return (struct hc_rc){HC_E_PATTERN};
    }
    HC_TRY(e, rc);
    return hc_buf_check(&d->want, e);
}

static struct hc_rc read_dns(struct draft *d, struct hc_bytes value, struct hc_err *e)
{
    bool child = hc_bytes_starts(value, HC_BYTES("*."));

    if (child)
        value = hc_bytes_skip(value, 2);
    if (hc_bytes_find(value, '*') < value.n)
        return wrong(d, "* stands for one whole label at the very left, as in dns:*.example.com", e);
    d->head.kind = child ? DNS_CHILD : DNS;
    return canonical(d, HC_NAME_DNS, value, e);
}

static struct hc_rc read_email(struct draft *d, struct hc_bytes value, struct hc_err *e)
{
    bool domain = hc_bytes_starts(value, HC_BYTES("*@"));

    if (domain)
        value = hc_bytes_skip(value, 2);
    if (hc_bytes_find(value, '*') < value.n)
        return wrong(d, "* stands for the whole part before the @, as in email:*@example.com", e);
    d->head.kind = domain ? EMAIL_DOMAIN : EMAIL;
    return canonical(d, domain ? HC_NAME_DNS : HC_NAME_EMAIL, value, e);
}

/* The pattern with its wildcards replaced by letters must be a URI; its scheme and host are then taken in canonical
 * form. */
static struct hc_rc canonical_wild(struct draft *d, struct hc_bytes value, size_t path, struct hc_err *e)
{
    HC_BUF_AUTO(plain, HC_PATTERN_MAX);

    for (size_t i = 0; i < value.n; i++)
        hc_buf_add_byte(&plain, value.p[i] == '*' ? 'x' : value.p[i]);
    HC_TRY(e, hc_buf_check(&plain, e));
    HC_TRY(e, canonical(d, HC_NAME_URI, hc_buf_view(&plain), e));
    if (d->want.n != value.n) /* the canonical form moved the path: nothing says where the wildcards are now */
        return wrong(d, "write the URI in its canonical form", e);
    memcpy(d->want.p + path, value.p + path, value.n - path);
    return HC_OK;
}

static struct hc_rc read_uri(struct draft *d, struct hc_bytes value, struct hc_err *e)
{
    size_t path = hc_pattern_path_start(value);
    const char *why = hc_segment_check(hc_bytes_skip(value, path));

    d->head.kind = URI;
    if (hc_bytes_find(value, '*') == value.n)
        return canonical(d, HC_NAME_URI, value, e);
    d->head.kind = URI_WILD;
    if (hc_bytes_find(value, '*') < path)
        return wrong(d, "* may only stand in the path of a URI, as in spiffe://example.com/web/*", e);
    if (why)
        return wrong(d, why, e);
    if (hc_bytes_find(value, '?') < value.n || hc_bytes_find(value, '#') < value.n ||
        hc_bytes_find(value, '%') < value.n)
        return wrong(d, "a URI with * cannot have a query, a fragment or an escape", e);
    return canonical_wild(d, value, path, e);
}

/* False for a number that is none or more than 128. */
static bool read_bits(struct hc_bytes text, unsigned *bits)
{
    unsigned n = 0;

    if (text.n == 0 || text.n > 3)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        n = n * 10 + (unsigned)(text.p[i] - '0');
    }
    *bits = n;
    return n <= 128;
}

static struct hc_rc read_ip(struct draft *d, struct hc_bytes value, struct hc_err *e)
{
    size_t slash = hc_bytes_find(value, '/');
    struct hc_bytes address = hc_bytes_head(value, slash);
    struct hc_pattern *p = &d->head;

    if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
        address = hc_bytes_skip(hc_bytes_head(address, address.n - 1), 1);
    p->kind = IP;
    p->ip_n = hc_name_ip(address, p->ip);
    if (p->ip_n == 0)
        return wrong(d, "that is no IPv4 or IPv6 address", e);
    p->bits = p->ip_n * 8u;
    if (slash < value.n && (!read_bits(hc_bytes_skip(value, slash + 1), &p->bits) || p->bits > p->ip_n * 8u))
        return wrong(d, "the prefix length is a number from 0 to 32 (IPv4) or 128 (IPv6)", e);
    for (unsigned i = p->bits; i < p->ip_n * 8u; i++)
        if (hc_pattern_bit(p->ip, i)) /* 10.0.0.5/8: one address or a block of millions? */
            return wrong(d, "the address has bits beyond its prefix length; write the block's first address", e);
    return HC_OK;
}

static struct hc_rc read_word(struct draft *d, struct hc_bytes text, struct hc_err *e)
{
    if (hc_bytes_eq_str(text, "anyone")) {
        d->head.kind = ANYONE;
        return HC_OK;
    }
    if (hc_bytes_eq_str(text, "authenticated")) {
        d->head.kind = AUTHENTICATED;
        return HC_OK;
    }
    if (hc_bytes_eq_str(text, "*"))
        return wrong(d, "write authenticated for any verified peer, or anyone", e);
    if (hc_bytes_find(text, '@') < text.n)
        return wrong(d, "it has no type; write email: before it", e);
    return wrong(d, "it has no type that is known; write dns:, email:, uri:, ip: or spiffe:// before it", e);
}

static struct hc_rc read_pattern(struct draft *d, struct hc_err *e)
{
    static const struct {
        const char *type;
        struct hc_rc (*read)(struct draft *d, struct hc_bytes value, struct hc_err *e);
    } types[] = {{"dns:", read_dns}, {"email:", read_email}, {"uri:", read_uri}, {"ip:", read_ip}};
    struct hc_bytes text = hc_bytes_str(d->text);

    if (text.n > HC_PATTERN_MAX)
        return wrong(d, "it is too long", e);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= 0x20 || text.p[i] >= 0x7f)
            return wrong(d, "it holds a space, a control byte or a byte that is not ASCII", e);
    for (size_t i = 0; i < HC_COUNT(types); i++)
        if (hc_bytes_starts(text, hc_bytes_str(types[i].type)))
            return types[i].read(d, hc_bytes_skip(text, strlen(types[i].type)), e);
    if (hc_bytes_starts(text, HC_BYTES("spiffe://")))
        return read_uri(d, text, e);
    return read_word(d, text, e);
}

static struct hc_rc settle(const struct draft *d, struct hc_pattern **out, struct hc_err *e)
{
    size_t written = strlen(d->text) + 1;
    struct hc_pattern *p = malloc(sizeof *p + d->want.n + written);
    char *storage;

    if (!p)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a pattern");
    *p = d->head;
    storage = (char *)(p + 1);
    if (d->want.n > 0)
        memcpy(storage, d->want.p, d->want.n);
    p->want = hc_bytes_of(storage, d->want.n);
    p->written = storage + d->want.n;
    memcpy(p->written, d->text, written);
    *out = p;
    return HC_OK;
}

struct hc_rc hc_pattern_parse(const char *text, struct hc_pattern **out, struct hc_err *e)
{
    struct draft d = {.text = text, .want = HC_BUF(HC_PATTERN_MAX)};
    struct hc_rc rc = read_pattern(&d, e);

    if (hc_ok(rc))
        rc = settle(&d, out, e);
    hc_buf_fini(&d.want);
    return rc;
}

void hc_pattern_free(struct hc_pattern *p)
{
    free(p);
}

const char *hc_pattern_text(const struct hc_pattern *p)
{
    return p->written;
}

bool hc_pattern_is_anyone(const struct hc_pattern *p)
{
    return p->kind == ANYONE;
}
