/* probe_target.c - HOST:PORT as people type it. */
#include "cmd/probe_target.h"

#include "base/bytes.h"

#define PORT 443

static struct hc_rc read_port(struct hc_bytes text, unsigned *port, struct hc_err *e)
{
    unsigned value = 0;
    bool good = text.n > 0 && text.n <= 5;
    for (size_t i = 0; good && i < text.n; i++) {
        good = hc_ascii_is_digit(text.p[i]);
        value = value * 10 + (unsigned)(text.p[i] - '0');
    }
    if (!good || value == 0 || value > 65535)
        return HC_FAIL(e, HC_E_USAGE, "'%.*s' is no port; a port is a number from 1 to 65535", (int)(text.n % 64),
                       (const char *)text.p);
    *port = value;
    return HC_OK;
}

static struct hc_rc read_host(struct hc_bytes text, char host[HC_PROBE_TARGET_HOST], struct hc_err *e)
{
    if (text.n == 0)
        return HC_FAIL(e, HC_E_USAGE, "no host is given; a target is HOST:PORT, such as shop.example.com:443");
    if (text.n >= HC_PROBE_TARGET_HOST)
        return HC_FAIL(e, HC_E_USAGE, "the host is longer than the %d characters that a name may have",
                       HC_PROBE_TARGET_HOST - 1);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] == 0x7f || text.p[i] == '/' || text.p[i] == '@')
            return HC_FAIL(e, HC_E_USAGE, "the host holds a character that no host name has; a target is HOST:PORT");
    memcpy(host, text.p, text.n);
    host[text.n] = '\0';
    return HC_OK;
}

/* The rest of a URL behind its authority; what is after # stays with the browser [RFC 3986 3.5]. */
static struct hc_rc read_path(struct hc_bytes text, char path[HC_PROBE_TARGET_PATH], struct hc_err *e)
{
    text = hc_bytes_head(text, hc_bytes_find(text, '#'));
    if (text.n + 2 > HC_PROBE_TARGET_PATH)
        return HC_FAIL(e, HC_E_USAGE, "the path is longer than %d bytes", HC_PROBE_TARGET_PATH - 2);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
            return HC_FAIL(e, HC_E_USAGE, "the path holds a space or a character that must be written as %%XX");
    size_t n = text.n > 0 && text.p[0] == '/' ? 0 : 1; /* "?query" alone is a query of "/" */
    path[0] = '/';
    if (text.n > 0)
        memcpy(path + n, text.p, text.n);
    path[n + text.n] = '\0';
    return HC_OK;
}

/* The authority of the URL, or all of it. */
static struct hc_bytes cut_url(struct hc_bytes text, bool *url, struct hc_bytes *path)
{
    *url = text.n >= 8 && hc_bytes_eq_nocase(hc_bytes_head(text, 8), HC_BYTES("https://"));
    if (*url)
        text = hc_bytes_skip(text, 8);
    size_t n = 0;
    while (*url && n < text.n && text.p[n] != '/' && text.p[n] != '?' && text.p[n] != '#')
        n++;
    *path = *url ? hc_bytes_skip(text, n) : (struct hc_bytes){NULL, 0};
    return *url ? hc_bytes_head(text, n) : text;
}

/* Host and, empty when none is said, port. An IPv6 address without brackets has no port. */
static struct hc_rc cut_port(struct hc_bytes text, struct hc_bytes *host, struct hc_bytes *port, bool *said,
                             struct hc_err *e)
{
    size_t colon = hc_bytes_find(text, ':');
    *said = false;
    *host = text;
    if (text.n > 0 && text.p[0] == '[') {
        size_t end = hc_bytes_find(text, ']');
        struct hc_bytes rest = hc_bytes_skip(text, end + 1);
        if (end == text.n || (rest.n > 0 && rest.p[0] != ':'))
            return HC_FAIL(e, HC_E_USAGE, "an IPv6 address is written as [::1]:443");
        *host = hc_bytes_skip(hc_bytes_head(text, end), 1);
        *said = rest.n > 0;
        *port = hc_bytes_skip(rest, 1);
        return HC_OK;
    }
    if (colon == text.n || hc_bytes_find(hc_bytes_skip(text, colon + 1), ':') < text.n - colon - 1)
        return HC_OK;
    *host = hc_bytes_head(text, colon);
    *port = hc_bytes_skip(text, colon + 1);
    *said = true;
    return HC_OK;
}

struct hc_rc hc_probe_target_parse(const char *text, struct hc_probe_target *out, struct hc_err *e)
{
    struct hc_probe_target target = {.port = PORT};
    struct hc_bytes path, host, port;
    bool url, said;
    struct hc_bytes authority = cut_url(hc_bytes_str(text), &url, &path);
    if (!url && strstr(text, "://"))
        return HC_FAIL(e, HC_E_USAGE,
                       "of URLs only https:// is known here; give HOST:PORT, and --starttls where TLS "
                       "begins later");
    HC_TRY(e, cut_port(authority, &host, &port, &said, e));
    HC_TRY(e, read_host(host, target.host, e));
    if (said)
        HC_TRY(e, read_port(port, &target.port, e));
    if (url)
        HC_TRY(e, read_path(path, target.path, e));
    *out = target;
    return HC_OK;
}
