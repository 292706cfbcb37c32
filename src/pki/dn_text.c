/* dn_text.c - distinguished names for people [RFC 4514]. */
#include "asn1/derw.h"
#include "base/escape.h"
#include "pki/charset.h"
#include "pki/dn.h"
#include "pki/oid.h"

/* A value that is not text is shown as the hexadecimal of its encoding [RFC 4514 2.4]. */
static void add_hex_value(const struct hc_dn_attribute *a, struct hc_buf *out)
{
    HC_BUF_AUTO(der, a->value.n + 8);

    hc_derw_element(&der, a->tag, a->value);
    if (der.failed != HC_OK_CODE)
        out->failed = der.failed;
    hc_buf_add_byte(out, '#');
    hc_escape_hex(out, hc_buf_view(&der), 0);
}

static void add_hex_pairs(struct hc_bytes bytes, struct hc_buf *out)
{
    for (size_t i = 0; i < bytes.n; i++)
        hc_buf_addf(out, "\\%02X", bytes.p[i]);
}

static void add_char(uint32_t c, bool at_edge, struct hc_buf *out)
{
    uint8_t utf8[4];
    size_t n = hc_charset_utf8(c, utf8);

    if (c >= HC_CHARSET_INVALID) {
        utf8[0] = (uint8_t)c;
        add_hex_pairs(hc_bytes_of(utf8, 1), out);
        return;
    }
    if (hc_charset_is_control(c) || hc_charset_is_deceptive(c)) {
        add_hex_pairs(hc_bytes_of(utf8, n), out);
        return;
    }
    if ((c < 0x80 && c != 0 && strchr("\"+,;<>\\=", (int)c)) || (at_edge && (c == ' ' || c == '#')))
        hc_buf_add_byte(out, '\\');
    hc_buf_add(out, hc_bytes_of(utf8, n));
}

static void add_attribute(const struct hc_dn_attribute *a, struct hc_buf *out)
{
    const char *name = hc_oid_attribute(a->oid);
    struct hc_bytes in = a->value;
    bool first = true;
    uint32_t c;

    if (name)
        hc_buf_add_str(out, name);
    else
        hc_oid_text(a->oid, out);
    hc_buf_add_byte(out, '=');
    if (!hc_charset_is_text(a->tag)) {
        add_hex_value(a, out);
        return;
    }
    for (; out->failed == HC_OK_CODE && hc_charset_next(a->tag, &in, &c); first = false)
        add_char(c, first || in.n == 0, out);
}

void hc_dn_text(struct hc_bytes dn, struct hc_buf *out)
{
    struct hc_dn_attribute a[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(dn, a, HC_DN_ATTRIBUTES_MAX);
    size_t end = n;

    if ((n == 0 && !hc_dn_is_empty(dn)) || n > HC_DN_ATTRIBUTES_MAX) {
        hc_buf_add_byte(out, '?');
        return;
    }
    while (end > 0 && out->failed == HC_OK_CODE) { /* one relative distinguished name after the other, the last first
                                                    * [RFC 4514 2.1] */
        size_t start = end - 1;

        while (!a[start].first)
            start--;
        for (size_t i = start; i < end; i++) {
            if (i > start || end < n)
                hc_buf_add_byte(out, i > start ? '+' : ',');
            add_attribute(&a[i], out);
        }
        end = start;
    }
}

void hc_dn_utf8(uint8_t tag, struct hc_bytes value, struct hc_buf *out)
{
    uint8_t utf8[4];
    uint32_t c;

    if (!hc_charset_is_text(tag))
        return;
    while (hc_charset_next(tag, &value, &c))
        hc_buf_add(out, hc_bytes_of(utf8, hc_charset_utf8(c, utf8)));
}
