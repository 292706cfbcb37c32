/* within.c - one rule for each type of name. Pure functions over bytes; input is a stranger's. */
#include "pki/within.h"

#include "pki/dn.h"
#include "pki/name.h"

#define IPV4_AND_MASK 8
#define IPV6_AND_MASK 32

static bool label_byte(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '-' || c == '_';
}

/* Labels of 1 to 63 letters, digits, hyphens and underscores between single dots; no wildcard, no final dot. */
static bool host_ok(struct hc_bytes host)
{
    if (host.n == 0 || host.n > HC_DNS_MAX)
        return false;
    size_t label = 0;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!label_byte(host.p[i]) || ++label > HC_LABEL_MAX) {
            return false;
        }
    }
    return label > 0;
}

/* For e-mail and URIs: a host, or a dot and a host; empty is every name. */
static bool host_base_ok(struct hc_bytes base)
{
    if (base.n == 0)
        return true;
    return host_ok(base.p[0] == '.' ? hc_bytes_skip(base, 1) : base);
}

/* host = any labels + "." + base */
static bool host_below(struct hc_bytes host, struct hc_bytes base)
{
    if (host.n <= base.n + 1 || host.p[host.n - base.n - 1] != '.')
        return false;
    return hc_bytes_eq_nocase(hc_bytes_skip(host, host.n - base.n), base);
}

/* "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side of the name
 * satisfies the name constraint." */
static enum hc_within dns_within(struct hc_bytes name, struct hc_bytes base)
{
    if (base.n == 0)
        return HC_WITHIN_ALL;
    if (!hc_bytes_starts(name, HC_BYTES("*.")))
        return host_below(name, base) || hc_bytes_eq_nocase(name, base) ? HC_WITHIN_ALL : HC_WITHIN_NONE;
    /* "*.X" stands for every LABEL.X, all of which are below X. */
    struct hc_bytes parent = hc_bytes_skip(name, 2);
    if (hc_bytes_eq_nocase(parent, base) || host_below(parent, base))
        return HC_WITHIN_ALL;
    /* The base itself may be one of them (T23). */
    size_t dot = hc_bytes_find(base, '.');
    if (dot < base.n && hc_bytes_eq_nocase(hc_bytes_skip(base, dot + 1), parent))
        return HC_WITHIN_PART;
    return HC_WITHIN_NONE;
}

/* "host" is exactly that host, ".host" the hosts below it. */
static enum hc_within host_within(struct hc_bytes host, struct hc_bytes base)
{
    if (base.n == 0)
        return HC_WITHIN_ALL;
    bool in = base.p[0] == '.' ? host_below(host, hc_bytes_skip(base, 1)) : hc_bytes_eq_nocase(host, base);
    return in ? HC_WITHIN_ALL : HC_WITHIN_NONE;
}

/* The last '@': a quoted local part may hold others. */
static size_t find_at(struct hc_bytes mailbox)
{
    for (size_t i = mailbox.n; i-- > 0;) {
        if (mailbox.p[i] == '@')
            return i;
    }
    return mailbox.n;
}

static bool email_base_ok(struct hc_bytes base)
{
    size_t at = find_at(base);
    if (at == base.n)
        return host_base_ok(base);
    if (at == 0 || at > HC_LOCAL_MAX || !host_ok(hc_bytes_skip(base, at + 1)))
        return false;
    for (size_t i = 0; i < at; i++) {
        if (base.p[i] <= ' ' || base.p[i] >= 0x7f || base.p[i] == '@')
            return false;
    }
    return true;
}

static enum hc_within email_within(struct hc_bytes name, struct hc_bytes base)
{
    if (base.n == 0)
        return HC_WITHIN_ALL;
    size_t at = find_at(name);
    struct hc_bytes host = hc_bytes_skip(name, at + 1);
    if (at == 0 || at == name.n || !host_ok(host))
        return HC_WITHIN_PART; /* not a mailbox that could be judged */
    size_t base_at = find_at(base);
    if (base_at == base.n)
        return host_within(host, base);
    if (!hc_bytes_eq_nocase(host, hc_bytes_skip(base, base_at + 1)))
        return HC_WITHIN_NONE;
    struct hc_bytes local = hc_bytes_head(name, at);
    struct hc_bytes base_local = hc_bytes_head(base, base_at);
    if (hc_bytes_eq(local, base_local))
        return HC_WITHIN_ALL;
    /* Whether ALICE@ is alice@ is the receiving host's business: neither permitted nor free of an exclusion. */
    return hc_bytes_eq_nocase(local, base_local) ? HC_WITHIN_PART : HC_WITHIN_NONE;
}

/* "When a constraint is applied to a URI and the URI does not include an authority component, or the host is an IP
 * address, the application MUST reject the certificate" - in substance. */
static enum hc_within uri_within(struct hc_bytes name, struct hc_bytes base)
{
    if (base.n == 0)
        return HC_WITHIN_ALL;
    struct hc_bytes host = {NULL, 0};
    uint8_t ip[16];
    if (!hc_uri_host(name, &host) || hc_name_ip(host, ip) != 0)
        return HC_WITHIN_PART;
    if (host.p[-1] == '@') /* OpenSSL takes the user for a part of the host, and both must accept */
        return HC_WITHIN_PART;
    return host_ok(host) ? host_within(host, base) : HC_WITHIN_PART;
}

/* Address and mask; the mask is ones, then zeros, and the address has no bits beyond it. */
static bool ip_base_ok(struct hc_bytes base)
{
    if (base.n != IPV4_AND_MASK && base.n != IPV6_AND_MASK)
        return false;
    const uint8_t *mask = base.p + base.n / 2;
    bool ended = false;
    for (size_t bit = 0; bit < base.n / 2 * 8; bit++) {
        bool one = (mask[bit / 8] >> (7 - bit % 8)) & 1;
        if (one && ended)
            return false;
        ended = !one;
    }
    return true;
}

/* ::ffff:192.0.2.1 is another name of 192.0.2.1 [RFC 4291 2.5.5.2]: a network of IPv4 does not permit it, for readers
 * differ, but does exclude it. */
static enum hc_within ip_within(struct hc_bytes name, struct hc_bytes base)
{
    static const struct hc_bytes mapped = HC_BYTES("\0\0\0\0\0\0\0\0\0\0\xff\xff");

    if (base.n == IPV4_AND_MASK && hc_bytes_starts(name, mapped))
        return ip_within(hc_bytes_skip(name, mapped.n), base) == HC_WITHIN_NONE ? HC_WITHIN_NONE : HC_WITHIN_PART;
    if (name.n * 2 != base.n)
        return HC_WITHIN_NONE;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t mask = base.p[name.n + i];
        if ((name.p[i] & mask) != (base.p[i] & mask))
            return HC_WITHIN_NONE;
    }
    return HC_WITHIN_ALL;
}

static bool directory_base_ok(struct hc_bytes base)
{
    struct hc_err ignored;
    return hc_ok(hc_dn_check(base, "a subtree", &ignored));
}

uint8_t hc_within_tag(enum hc_name_type type)
{
    static const uint8_t tags[] = {
        [HC_NAME_DNS] = HC_GN_DNS, [HC_NAME_EMAIL] = HC_GN_EMAIL, [HC_NAME_URI] = HC_GN_URI, [HC_NAME_IP] = HC_GN_IP};
    return tags[type];
}

bool hc_within_judges(uint8_t tag)
{
    return tag == HC_GN_DNS || tag == HC_GN_EMAIL || tag == HC_GN_URI || tag == HC_GN_IP || tag == HC_GN_DIRECTORY;
}

bool hc_within_base_ok(uint8_t tag, struct hc_bytes base)
{
    switch (tag) {
    case HC_GN_DNS: /* a leading dot has no meaning here [RFC 5280 4.2.1.10], and no two readers agree on one */
        return base.n == 0 || host_ok(base);
    case HC_GN_URI:
        return host_base_ok(base);
    case HC_GN_EMAIL:
        return email_base_ok(base);
    case HC_GN_IP:
        return ip_base_ok(base);
    case HC_GN_DIRECTORY:
        return directory_base_ok(base);
    case HC_GN_OTHER:
    case HC_GN_X400:
    case HC_GN_EDI:
    case HC_GN_REGISTERED:
        return true;
    default: /* no GeneralName: whom it was meant for, nobody can say */
        return false;
    }
}

enum hc_within hc_within_judge(uint8_t tag, struct hc_bytes name, struct hc_bytes base)
{
    switch (tag) {
    case HC_GN_DNS:
        return dns_within(name, base);
    case HC_GN_EMAIL:
        return email_within(name, base);
    case HC_GN_URI:
        return uri_within(name, base);
    case HC_GN_IP:
        return ip_within(name, base);
    case HC_GN_DIRECTORY:
        return hc_dn_under(name, base) ? HC_WITHIN_ALL : HC_WITHIN_NONE;
    default:
        return HC_WITHIN_PART;
    }
}
