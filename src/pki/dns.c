/* dns.c - DNS names: the canonical form, and what a certificate's name stands for. */
#include "pki/canonical.h"

static struct hc_rc refuse(struct hc_bytes value, const char *why, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_IDENTITY_NAME, "'%.*s' is not a DNS name: %s",
                   HC_BYTES_FMT(hc_bytes_head(value, HC_NAME_SHOWN)), why);
}

static bool is_label_byte(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '-' || c == '_';
}

/* What is wrong with one label, or NULL. Underscores are outside RFC 1123 but in use. */
static const char *label_fault(struct hc_bytes label)
{
    if (label.n == 0)
        return "a label is empty";
    if (label.n > HC_LABEL_MAX)
        return "a label is longer than 63 bytes";
    if (label.p[0] == '-' || label.p[label.n - 1] == '-')
        return "a label begins or ends with a hyphen"; /* [RFC 1123 2.1] */
    for (size_t i = 0; i < label.n; i++) {
        if (label.p[i] == '*')
            return "a wildcard may stand only where one is allowed, alone and left-most";
        if (label.p[i] >= 0x80)
            return "write international names in their ASCII form (xn--...)";
        if (!is_label_byte(label.p[i]))
            return "only letters, digits, hyphens, underscores and dots may stand in it";
    }
    return NULL;
}

static bool all_digits(struct hc_bytes label)
{
    for (size_t i = 0; i < label.n; i++)
        if (!hc_ascii_is_digit(label.p[i]))
            return false;
    return label.n > 0;
}

static struct hc_bytes last_label(struct hc_bytes name)
{
    size_t at = name.n;

    while (at > 0 && name.p[at - 1] != '.')
        at--;
    return hc_bytes_skip(name, at);
}

static const char *labels_fault(struct hc_bytes rest)
{
    for (;;) {
        size_t dot = hc_bytes_find(rest, '.');
        const char *why = label_fault(hc_bytes_head(rest, dot));

        if (why || dot == rest.n)
            return why;
        rest = hc_bytes_skip(rest, dot + 1);
    }
}

struct hc_rc hc_dns_canonical(struct hc_bytes value, enum hc_name_flags flags, struct hc_buf *out, struct hc_err *e)
{
    struct hc_bytes name = value;
    struct hc_bytes rest;
    const char *why;

    if (flags & HC_NAME_ROOT_DOT && name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n == 0)
        return refuse(value, "it is empty", e);
    if (name.n > HC_DNS_MAX)
        return refuse(value, "it is longer than 253 bytes", e);
    rest = flags & HC_NAME_WILDCARD && hc_bytes_starts(name, HC_BYTES("*.")) ? hc_bytes_skip(name, 2) : name;
    why = labels_fault(rest);
    if (!why && !(flags & HC_NAME_NUMERIC) && all_digits(last_label(rest)))
        why = "its last label is a number, as in an IP address"; /* some readers take such a host for an address */
    if (why)
        return refuse(value, why, e);
    for (size_t i = 0; i < name.n; i++)
        hc_buf_add_byte(out, hc_ascii_lower(name.p[i]));
    return HC_OK;
}

bool hc_dns_matches(struct hc_bytes pattern, struct hc_bytes host)
{
    size_t dot = hc_bytes_find(host, '.');
    struct hc_bytes above;

    /* An IP address is never matched by a dns name [RFC 9525 6.5]; a wildcard is not something one connects to. */
    if (labels_fault(host) || all_digits(last_label(host)))
        return false;
    if (!hc_bytes_starts(pattern, HC_BYTES("*.")))
        return hc_bytes_eq_nocase(pattern, host);
    above = hc_bytes_skip(pattern, 2);
    if (labels_fault(above) || hc_bytes_find(above, '.') == above.n) /* "*.com" would be half of the Internet */
        return false;
    return dot < host.n && hc_bytes_eq_nocase(hc_bytes_skip(host, dot + 1), above);
}
