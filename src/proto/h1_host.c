/* h1_host.c - the syntax of Host: narrower than RFC 3986's reg-name, which back ends read in different ways. */
#include "proto/h1_parts.h"

#include <arpa/inet.h>

static bool port_ok(struct hc_bytes port)
{
    unsigned value = 0;

    if (port.n == 0 || port.n > 5)
        return false;
    for (size_t i = 0; i < port.n; i++) {
        if (!hc_ascii_is_digit(port.p[i]))
            return false;
        value = value * 10 + (unsigned)(port.p[i] - '0');
    }
    return value <= 65535;
}

/* Labels of letters, digits, - and _; one final dot is fine. An IPv4 address is such a name. */
static bool name_ok(struct hc_bytes name)
{
    if (name.n == 0 || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];

        if (c == '.' && name.p[i - 1] == '.')
            return false;
        if (!hc_ascii_is_alpha(c) && !hc_ascii_is_digit(c) && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static bool ipv6_ok(struct hc_bytes inside)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t ip[16];

    if (inside.n >= sizeof text || hc_bytes_find(inside, 0) < inside.n)
        return false;
    memcpy(text, inside.p, inside.n);
    text[inside.n] = 0;
    return inet_pton(AF_INET6, text, ip) == 1;
}

static bool host_and_port_ok(struct hc_bytes host, bool port_needed)
{
    size_t end;
    bool ok;

    if (host.n == 0 || host.n > HC_H1_HOST_MAX)
        return false;
    if (host.p[0] == '[') {
        end = hc_bytes_find(host, ']');
        if (end == host.n)
            return false;
        ok = ipv6_ok(hc_bytes_skip(hc_bytes_head(host, end), 1));
        end++;
    } else {
        end = hc_bytes_find(host, ':');
        ok = name_ok(hc_bytes_head(host, end));
    }
    if (!ok || end == host.n)
        return ok && !port_needed;
    return host.p[end] == ':' && port_ok(hc_bytes_skip(host, end + 1));
}

bool hc_h1_host_ok(struct hc_bytes host)
{
    return host_and_port_ok(host, false);
}

bool hc_h1_authority_ok(struct hc_bytes authority)
{
    return host_and_port_ok(authority, true);
}
