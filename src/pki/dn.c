/* dn.c - walking, checking and comparing distinguished names. */
#include "pki/dn.h"

#include "asn1/der.h"
#include "pki/charset.h"

/* RDNSequence ::= SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type OID, value ANY } */
struct walk {
    struct hc_der names; /* fails for what is not a Name */
    struct hc_der set;   /* the relative distinguished name at hand */
};

static struct walk walk_begin(struct hc_bytes dn)
{
    struct hc_der d = hc_der_init(dn);
    struct walk w = {.names = hc_der_enter(&d, HC_DER_SEQUENCE), .set = hc_der_init((struct hc_bytes){NULL, 0})};

    if (d.failed || !hc_der_at_end(&d))
        hc_der_fail(&w.names);
    return w;
}

/* False at the end and when the walk failed. */
static bool walk_next(struct walk *w, struct hc_dn_attribute *out)
{
    struct hc_der pair;

    out->first = hc_der_at_end(&w->set);
    if (out->first) {
        if (hc_der_at_end(&w->names))
            return false;
        w->set = hc_der_enter(&w->names, HC_DER_SET);
    }
    pair = hc_der_enter(&w->set, HC_DER_SEQUENCE); /* fails for an empty SET */
    out->oid = hc_der_oid(&pair);
    out->value = hc_der_value(&pair, &out->tag);
    hc_der_leave(&w->set, &pair);
    if (w->set.failed)
        hc_der_fail(&w->names);
    return !w->names.failed;
}

struct hc_rc hc_dn_check_string(uint8_t tag, struct hc_bytes value, const char *what, struct hc_err *e)
{
    uint32_t c;

    if (!hc_charset_is_text(tag))
        return HC_OK;
    while (hc_charset_next(tag, &value, &c)) {
        if (c >= HC_CHARSET_INVALID)
            return HC_FAIL(e, HC_E_CERT_MALFORMED, "%s has text that is not valid in its string type", what);
        if (hc_charset_is_control(c) && !(tag == HC_DER_TELETEX && c >= 0x80))
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "%s has the control character U+%04X in it", what, (unsigned)c);
    }
    return HC_OK;
}

struct hc_rc hc_dn_check(struct hc_bytes dn, const char *what, struct hc_err *e)
{
    struct walk w = walk_begin(dn);
    struct hc_dn_attribute a;
    size_t n = 0;

    while (walk_next(&w, &a)) {
        if (++n > HC_DN_ATTRIBUTES_MAX)
            return HC_FAIL(e, HC_E_CERT_MALFORMED, "%s has more than %d attributes", what, HC_DN_ATTRIBUTES_MAX);
        HC_TRY(e, hc_dn_check_string(a.tag, a.value, what, e));
    }
    if (w.names.failed)
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "%s is not a well-formed name", what);
    return HC_OK;
}

bool hc_dn_is_empty(struct hc_bytes dn)
{
    return hc_bytes_eq(dn, HC_BYTES("\x30\x00"));
}

/* Text as [RFC 5280 7.1] compares it: ASCII case folded, white space trimmed and runs of it made one space. */
struct folded {
    uint8_t tag;
    struct hc_bytes in;
    bool started;
    bool has_held;
    uint32_t held; /* the character after the space that was given last */
};

static bool next_folded(struct folded *f, uint32_t *c)
{
    bool space = false;

    if (f->has_held) {
        f->has_held = false;
        *c = f->held;
        return true;
    }
    do {
        if (!hc_charset_next(f->tag, &f->in, c))
            return false;
    } while (*c == ' ' && (space = true));
    if (*c < 0x80)
        *c = hc_ascii_lower((uint8_t)*c);
    if (space && f->started) {
        f->held = *c;
        f->has_held = true;
        *c = ' ';
    }
    f->started = true;
    return true;
}

static bool text_eq(struct folded a, struct folded b)
{
    for (;;) {
        uint32_t ca = 0;
        uint32_t cb = 0;
        bool more = next_folded(&a, &ca);

        if (more != next_folded(&b, &cb))
            return false;
        if (!more || ca != cb)
            return !more;
    }
}

static bool attribute_eq(const struct hc_dn_attribute *a, const struct hc_dn_attribute *b)
{
    if (a->first != b->first || !hc_bytes_eq(a->oid, b->oid))
        return false;
    if (a->tag == b->tag && hc_bytes_eq(a->value, b->value))
        return true;
    if (!hc_charset_is_text(a->tag) || !hc_charset_is_text(b->tag))
        return false;
    return text_eq((struct folded){.tag = a->tag, .in = a->value}, (struct folded){.tag = b->tag, .in = b->value});
}

/* Compares as far as `base` goes; then *rest says whether `dn` goes on, and where. */
enum rest { REST_NONE, REST_NEW_RDN, REST_SAME_RDN };

static bool begins_with(struct hc_bytes dn, struct hc_bytes base, enum rest *rest)
{
    struct walk wd = walk_begin(dn);
    struct walk wb = walk_begin(base);
    struct hc_dn_attribute d;
    struct hc_dn_attribute b;
    bool more;

    while (walk_next(&wb, &b))
        if (!walk_next(&wd, &d) || !attribute_eq(&d, &b))
            return false;
    more = walk_next(&wd, &d);
    *rest = !more ? REST_NONE : d.first ? REST_NEW_RDN : REST_SAME_RDN;
    return !wd.names.failed && !wb.names.failed;
}

bool hc_dn_eq(struct hc_bytes a, struct hc_bytes b)
{
    enum rest rest;

    return begins_with(a, b, &rest) && rest == REST_NONE;
}

bool hc_dn_under(struct hc_bytes dn, struct hc_bytes base)
{
    enum rest rest;

    return begins_with(dn, base, &rest) && rest != REST_SAME_RDN;
}

size_t hc_dn_attributes(struct hc_bytes dn, struct hc_dn_attribute *out, size_t max)
{
    struct walk w = walk_begin(dn);
    struct hc_dn_attribute a;
    size_t n = 0;

    for (; walk_next(&w, &a); n++)
        if (n < max)
            out[n] = a;
    return w.names.failed ? 0 : n;
}
