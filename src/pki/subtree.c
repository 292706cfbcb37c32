/* subtree.c - bases of name constraints, from text and to text. */
#include "pki/subtree.h"

#include "asn1/der.h"
#include "base/auto.h"

static struct hc_rc keep(enum hc_name_type type, struct hc_bytes base, struct hc_subtree *out, struct hc_err *e)
{
    if (base.n > sizeof out->base)
        return HC_FAIL(e, HC_E_USAGE, "the name constraint is longer than %zu bytes", sizeof out->base);
    *out = (struct hc_subtree){.type = type, .n = base.n};
    memcpy(out->base, base.p, base.n);
    return HC_OK;
}

/* What a value is quoted as in a message. */
static int quoted(struct hc_bytes v)
{
    return (int)(v.n < 80 ? v.n : 80);
}

/* A host, with a leading dot when `dot` allows one and the user wrote one. */
static struct hc_rc parse_host(enum hc_name_type type, bool dot, struct hc_bytes value, struct hc_subtree *out,
                               struct hc_err *e)
{
    HC_BUF_AUTO(base, HC_SUBTREE_MAX);
    struct hc_bytes host = value;
    if (dot && hc_bytes_starts(value, HC_BYTES("."))) {
        hc_buf_add_str(&base, ".");
        host = hc_bytes_skip(value, 1);
    }
    struct hc_err why;
    if (hc_failed(hc_name_canonical(HC_NAME_DNS, host, HC_NAME_PLAIN, &base, &why)))
        return HC_FAIL(e, HC_E_USAGE, "%s:%.*s is not a name constraint: %s", hc_name_type_text(type), quoted(value),
                       (const char *)value.p, why.text);
    HC_TRY(e, hc_buf_check(&base, e));
    return keep(type, hc_buf_view(&base), out, e);
}

static struct hc_rc parse_dns(struct hc_bytes value, struct hc_subtree *out, struct hc_err *e)
{
    if (hc_bytes_starts(value, HC_BYTES("*")) || hc_bytes_starts(value, HC_BYTES(".")))
        return HC_FAIL(e, HC_E_USAGE, "dns:%.*s: write the domain alone, it stands for itself and every name below it",
                       quoted(value), (const char *)value.p);
    return parse_host(HC_NAME_DNS, false, value, out, e);
}

static struct hc_rc parse_email(struct hc_bytes value, struct hc_subtree *out, struct hc_err *e)
{
    size_t at = hc_bytes_find(value, '@');
    if (at == value.n)
        return parse_host(HC_NAME_EMAIL, true, value, out, e);
    if (hc_bytes_eq_str(hc_bytes_head(value, at), "*"))
        return parse_host(HC_NAME_EMAIL, false, hc_bytes_skip(value, at + 1), out, e);
    HC_BUF_AUTO(base, HC_SUBTREE_MAX);
    struct hc_err why;
    if (hc_failed(hc_name_canonical(HC_NAME_EMAIL, value, HC_NAME_PLAIN, &base, &why)))
        return HC_FAIL(e, HC_E_USAGE, "email:%.*s is not a name constraint: %s", quoted(value), (const char *)value.p,
                       why.text);
    HC_TRY(e, hc_buf_check(&base, e));
    return keep(HC_NAME_EMAIL, hc_buf_view(&base), out, e);
}

/* Decimal, at most three digits, no sign and no leading zero; -1 otherwise. */
static int small_number(struct hc_bytes digits)
{
    int value = 0;
    if (digits.n == 0 || digits.n > 3 || (digits.n > 1 && digits.p[0] == '0'))
        return -1;
    for (size_t i = 0; i < digits.n; i++) {
        if (!hc_ascii_is_digit(digits.p[i]))
            return -1;
        value = value * 10 + (digits.p[i] - '0');
    }
    return value;
}

/* Address and mask [RFC 5280 4.2.1.10]; host bits beyond the prefix must be zero, so that a slip of the pen shows. */
static struct hc_rc parse_ip(struct hc_bytes value, struct hc_subtree *out, struct hc_err *e)
{
    size_t slash = hc_bytes_find(value, '/');
    uint8_t base[32] = {0};
    uint8_t n = hc_name_ip(hc_bytes_head(value, slash), base);
    int bits = slash == value.n ? n * 8 : small_number(hc_bytes_skip(value, slash + 1));
    if (n == 0 || bits < 0 || bits > n * 8)
        return HC_FAIL(e, HC_E_USAGE, "ip:%.*s is not a network: write for instance ip:192.0.2.0/24", quoted(value),
                       (const char *)value.p);
    for (int i = 0; i < n * 8; i++) {
        uint8_t bit = (uint8_t)(0x80 >> (i % 8));
        if (i < bits)
            base[n + i / 8] |= bit;
        else if (base[i / 8] & bit)
            return HC_FAIL(e, HC_E_USAGE, "ip:%.*s has address bits set beyond its prefix length", quoted(value),
                           (const char *)value.p);
    }
    return keep(HC_NAME_IP, hc_bytes_of(base, (size_t)n * 2), out, e);
}

struct hc_rc hc_subtree_parse(struct hc_bytes text, struct hc_subtree *out, struct hc_err *e)
{
    size_t colon = hc_bytes_find(text, ':');
    struct hc_bytes type = hc_bytes_head(text, colon), value = hc_bytes_skip(text, colon + 1);
    if (hc_bytes_eq_str(type, "dns"))
        return parse_dns(value, out, e);
    if (hc_bytes_eq_str(type, "email"))
        return parse_email(value, out, e);
    if (hc_bytes_eq_str(type, "uri"))
        return parse_host(HC_NAME_URI, true, value, out, e);
    if (hc_bytes_eq_str(type, "ip"))
        return parse_ip(value, out, e);
    return HC_FAIL(e, HC_E_USAGE,
                   "'%.*s' is not a name constraint: write dns:DOMAIN, email:DOMAIN, uri:HOST or ip:NETWORK",
                   quoted(text), (const char *)text.p);
}

/* One GeneralSubtree; false when its base is of a type that is not known here. */
static bool read_base(struct hc_bytes subtree, struct hc_subtree *out)
{
    static const uint8_t tags[] = {[HC_NAME_DNS] = HC_DER_CONTEXT(2),
                                   [HC_NAME_EMAIL] = HC_DER_CONTEXT(1),
                                   [HC_NAME_URI] = HC_DER_CONTEXT(6),
                                   [HC_NAME_IP] = HC_DER_CONTEXT(7)};
    struct hc_der d = hc_der_init(subtree);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    uint8_t tag = 0;
    struct hc_bytes base = hc_der_value(&seq, &tag);
    if (seq.failed || base.n > sizeof out->base)
        return false;
    for (size_t i = 0; i < HC_COUNT(tags); i++) {
        if (tag != tags[i] || (i == HC_NAME_IP && base.n != 8 && base.n != 32))
            continue;
        *out = (struct hc_subtree){.type = (enum hc_name_type)i, .n = base.n};
        if (base.n > 0)
            memcpy(out->base, base.p, base.n);
        return true;
    }
    return false;
}

bool hc_subtree_next(struct hc_bytes *list, struct hc_subtree *out)
{
    struct hc_der d = hc_der_init(*list);
    while (!hc_der_at_end(&d)) {
        struct hc_bytes subtree = hc_der_tlv(&d, HC_DER_SEQUENCE);
        *list = hc_bytes_of(d.p, d.failed ? 0 : (size_t)(d.end - d.p));
        if (!d.failed && read_base(subtree, out))
            return true;
    }
    *list = (struct hc_bytes){0};
    return false;
}

bool hc_subtree_is_nobody(const struct hc_subtree *s)
{
    return s->type != HC_NAME_IP && hc_bytes_eq(hc_bytes_of(s->base, s->n), HC_SUBTREE_NOBODY);
}

void hc_subtree_print(const struct hc_subtree *s, struct hc_buf *out)
{
    hc_buf_add_str(out, hc_name_type_text(s->type));
    hc_buf_add_str(out, ":");
    if (s->type != HC_NAME_IP) {
        hc_buf_add(out, hc_bytes_of(s->base, s->n));
        return;
    }
    size_t half = s->n / 2;
    int bits = 0;
    for (size_t i = 0; i < half; i++)
        bits += __builtin_popcount(s->base[half + i]);
    hc_name_ip_text(hc_bytes_of(s->base, half), out);
    hc_buf_addf(out, "/%d", bits);
}
