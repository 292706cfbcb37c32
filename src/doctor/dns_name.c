/* dns_name.c - domain names: from text, from a message with its pointers, and to text. */
#include "doctor/dns_name.h"

#include <stdio.h>

#define LABEL_MAX 63
#define POINTER 0xc0

struct hc_dns_name hc_dns_name_root(void)
{
    return (struct hc_dns_name){.n = 1};
}

/* Puts one label behind the others; room for the root's is always left. */
static bool add_label(struct hc_dns_name *name, struct hc_bytes label)
{
    if (label.n == 0 || label.n > LABEL_MAX || name->n + 1 + label.n > HC_DNS_NAME_WIRE - 1)
        return false;
    name->wire[name->n++] = (uint8_t)label.n;
    for (size_t i = 0; i < label.n; i++)
        name->wire[name->n++] = hc_ascii_lower(label.p[i]);
    return true;
}

static void end_name(struct hc_dns_name *name)
{
    name->wire[name->n++] = 0;
}

static bool is_printable(struct hc_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return false;
    return true;
}

bool hc_dns_name_from(struct hc_bytes text, struct hc_dns_name *out)
{
    struct hc_dns_name name = {.n = 0};

    if (text.n == 0 || !is_printable(text))
        return false;
    if (text.p[text.n - 1] == '.')
        text.n--;
    while (text.n > 0) {
        size_t dot = hc_bytes_find(text, '.');
        if (!add_label(&name, hc_bytes_head(text, dot)) || dot + 1 == text.n)
            return false;
        text = hc_bytes_skip(text, dot + 1);
    }
    end_name(&name);
    *out = name;
    return true;
}

/* A pointer must lead to before where its name (or the piece of it that holds the pointer) began: so each one leads
 * further back, and no message holds a circle. */
bool hc_dns_name_read(struct hc_bytes message, size_t *at, struct hc_dns_name *out)
{
    size_t pos = *at, began = *at, after = 0;

    out->n = 0;
    while (pos < message.n) {
        uint8_t c = message.p[pos];
        if (c == 0) {
            end_name(out);
            *at = after ? after : pos + 1;
            return true;
        }
        if ((c & POINTER) == POINTER) {
            if (pos + 1 >= message.n)
                return false;
            after = after ? after : pos + 2;
            pos = (size_t)(c & ~POINTER) << 8 | message.p[pos + 1];
            if (pos >= began)
                return false;
            began = pos;
        } else {
            if (c > LABEL_MAX || pos + 1 + c > message.n || !add_label(out, hc_bytes_of(message.p + pos + 1, c)))
                return false;
            pos += 1u + c;
        }
    }
    return false;
}

static bool is_plain(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '-' || c == '_';
}

const char *hc_dns_name_text(const struct hc_dns_name *name, char out[HC_DNS_NAME])
{
    size_t n = 0;

    for (size_t i = 0; i < name->n && name->wire[i] != 0; i += 1u + name->wire[i]) {
        for (size_t k = 1; k <= name->wire[i]; k++) {
            uint8_t c = name->wire[i + k];
            n += (size_t)snprintf(out + n, HC_DNS_NAME - n, is_plain(c) ? "%c" : "\\%03u", c);
        }
        n += (size_t)snprintf(out + n, HC_DNS_NAME - n, ".");
    }
    if (n == 0)
        snprintf(out, HC_DNS_NAME, ".");
    return out;
}

static struct hc_bytes view(const struct hc_dns_name *name)
{
    return hc_bytes_of(name->wire, name->n);
}

bool hc_dns_name_eq(const struct hc_dns_name *a, const struct hc_dns_name *b)
{
    return hc_bytes_eq(view(a), view(b));
}

bool hc_dns_name_within(const struct hc_dns_name *name, const struct hc_dns_name *zone)
{
    for (size_t i = 0; i < name->n; i += 1u + name->wire[i])
        if (hc_bytes_eq(hc_bytes_skip(view(name), i), view(zone)))
            return true;
    return false;
}

bool hc_dns_name_append(const struct hc_dns_name *name, const struct hc_dns_name *suffix, struct hc_dns_name *out)
{
    if (name->n - 1 + suffix->n > HC_DNS_NAME_WIRE)
        return false;
    struct hc_dns_name whole = *name;
    memcpy(whole.wire + name->n - 1, suffix->wire, suffix->n);
    whole.n = name->n - 1 + suffix->n;
    *out = whole;
    return true;
}
