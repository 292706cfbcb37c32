/* endpoint.c - HOST:PORT and the URLs of back ends. */
#include "gate/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/auto.h"

#define PORT_MAX 65535
#define SHOWN 80 /* of a wrong value, in a message */

static_assert(HC_SOCKET_PATH == sizeof((struct sockaddr_un){0}).sun_path, "the kernel's limit");

bool hc_forward_is_relay(enum hc_forward_kind kind)
{
    return kind == HC_FORWARD_TCP || kind == HC_FORWARD_TLS || kind == HC_FORWARD_UNIX;
}

bool hc_forward_is_tls(enum hc_forward_kind kind)
{
    return kind == HC_FORWARD_HTTPS || kind == HC_FORWARD_TLS;
}

static bool parse_port(struct hc_bytes text, uint16_t *out)
{
    unsigned port = 0;

    if (text.n == 0 || text.n > 5 || (text.p[0] == '0' && text.n > 1))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        port = port * 10 + (unsigned)(text.p[i] - '0');
    }
    if (port > PORT_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* "HOST:PORT" or "[HOST]:PORT" in two; *bracketed tells which. */
static bool split(struct hc_bytes text, struct hc_bytes *host, struct hc_bytes *port, bool *bracketed)
{
    size_t end;

    *bracketed = text.n > 0 && text.p[0] == '[';
    if (*bracketed)
        text = hc_bytes_skip(text, 1);
    end = hc_bytes_find(text, *bracketed ? ']' : ':');
    *host = hc_bytes_head(text, end);
    text = hc_bytes_skip(text, *bracketed ? end + 1 : end);
    if (text.n == 0 || text.p[0] != ':')
        return false;
    *port = hc_bytes_skip(text, 1);
    return true;
}

/* An IP literal in its canonical form, so that equal addresses are equal text. */
static bool parse_literal(struct hc_bytes text, bool v6, char out[HC_HOST_TEXT])
{
    int family = v6 ? AF_INET6 : AF_INET;
    struct in6_addr address; /* large enough for either */
    char copy[INET6_ADDRSTRLEN];

    if (text.n >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%.*s", HC_BYTES_FMT(text));
    return strlen(copy) == text.n && inet_pton(family, copy, &address) == 1 &&
           inet_ntop(family, &address, out, HC_HOST_TEXT) != NULL;
}

static bool is_name_byte(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '-' || c == '_';
}

/* A host name: labels of letters, digits, - and _; a last label of digits only would be a mistyped address. */
static bool parse_name(struct hc_bytes text, char out[HC_HOST_TEXT])
{
    size_t label = 0;
    bool digits = true;

    if (text.n == 0 || text.n > 253)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' && label > 0) {
            label = 0;
            digits = true;
        } else if (is_name_byte(text.p[i]) && label < 63) { /* [RFC 1035 2.3.4] */
            label++;
            digits = digits && hc_ascii_is_digit(text.p[i]);
        } else {
            return false;
        }
    }
    if (label == 0 || digits)
        return false;
    snprintf(out, HC_HOST_TEXT, "%.*s", HC_BYTES_FMT(text));
    return true;
}

struct hc_rc hc_listen_parse(struct hc_bytes text, struct hc_listen *out, struct hc_err *e)
{
    struct hc_listen listen = {0};
    struct hc_bytes host;
    struct hc_bytes port;
    bool bracketed;

    if (split(text, &host, &port, &bracketed) && parse_port(port, &listen.port)) {
        bool every = host.n == 0 && !bracketed;
        bool localhost = hc_bytes_eq_str(host, "localhost") && !bracketed;

        if (localhost)
            snprintf(listen.host, sizeof listen.host, "localhost");
        if (every || localhost || parse_literal(host, bracketed, listen.host)) {
            *out = listen;
            return HC_OK;
        }
    }
    return HC_FAIL(
        e, HC_E_CONFIG_VALUE,
        "'%.*s' is not an address to listen on; write HOST:PORT with an IP address, an [IPv6 address] or localhost as "
        "HOST, or :PORT for every address",
        (int)(text.n < SHOWN ? text.n : SHOWN), (const char *)text.p);
}

static struct hc_rc refuse_forward(struct hc_bytes text, const char *why, struct hc_err *e)
{
    return HC_FAIL(
        e, HC_E_CONFIG_VALUE,
        "'%.*s' is not a back end: %s; write http://HOST:PORT, https://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or "
        "unix:/PATH",
        (int)(text.n < SHOWN ? text.n : SHOWN), (const char *)text.p, why);
}

static struct hc_rc parse_unix(struct hc_bytes text, struct hc_bytes path, struct hc_forward *out, struct hc_err *e)
{
    struct hc_forward forward = {.kind = HC_FORWARD_UNIX};

    if (path.n < 2 || path.p[0] != '/' || path.p[1] == '/')
        return refuse_forward(text, "after unix: comes an absolute path", e);
    if (path.n >= sizeof forward.path)
        return refuse_forward(text, "the path of a UNIX socket has at most 107 bytes", e);
    memcpy(forward.path, path.p, path.n);
    *out = forward;
    return HC_OK;
}

static struct hc_rc parse_authority(struct hc_bytes text, struct hc_bytes authority, enum hc_forward_kind kind,
                                    struct hc_forward *out, struct hc_err *e)
{
    struct hc_forward forward = {.kind = kind};
    struct hc_bytes host;
    struct hc_bytes port;
    bool bracketed;

    if (hc_bytes_find(authority, '/') < authority.n)
        return refuse_forward(text, "nothing may follow the port, not even /", e);
    if (hc_bytes_find(authority, '@') < authority.n)
        return refuse_forward(text, "it may not carry a user", e);
    if (!split(authority, &host, &port, &bracketed))
        return refuse_forward(text, "the port is missing", e);
    if (!parse_port(port, &forward.port) || forward.port == 0)
        return refuse_forward(text, "the port must be a number from 1 to 65535", e);
    if (host.n == 0)
        return refuse_forward(text, "the host is missing", e);
    if (!parse_literal(host, bracketed, forward.host) && (bracketed || !parse_name(host, forward.host)))
        return refuse_forward(text, "the host is neither a name nor an IP address", e);
    *out = forward;
    return HC_OK;
}

struct hc_rc hc_forward_parse(struct hc_bytes text, struct hc_forward *out, struct hc_err *e)
{
    static const struct {
        const char *prefix;
        enum hc_forward_kind kind;
    } schemes[] = {
        {"http://", HC_FORWARD_HTTP}, {"https://", HC_FORWARD_HTTPS}, {"tcp://", HC_FORWARD_TCP},
        {"tls://", HC_FORWARD_TLS},   {"unix:", HC_FORWARD_UNIX},
    };

    for (size_t i = 0; i < HC_COUNT(schemes); i++) {
        struct hc_bytes prefix = hc_bytes_str(schemes[i].prefix);

        if (!hc_bytes_starts(text, prefix))
            continue;
        if (schemes[i].kind == HC_FORWARD_UNIX)
            return parse_unix(text, hc_bytes_skip(text, prefix.n), out, e);
        return parse_authority(text, hc_bytes_skip(text, prefix.n), schemes[i].kind, out, e);
    }
    return refuse_forward(text, "it begins with none of the known schemes", e);
}

static bool covers(const char *a, const char *b)
{
    bool b_local = strcmp(b, "localhost") == 0;

    if (a[0] == 0 || strcmp(a, "::") == 0) /* both families: an IPv6 socket takes IPv4, too */
        return true;
    if (strcmp(a, "0.0.0.0") == 0)
        return b_local || (b[0] != 0 && strchr(b, ':') == NULL);
    if (strcmp(a, "localhost") == 0)
        return b_local || strcmp(b, "127.0.0.1") == 0 || strcmp(b, "::1") == 0;
    return strcmp(a, b) == 0;
}

bool hc_listen_same(const struct hc_listen *a, const struct hc_listen *b)
{
    return a->port == b->port && a->port != 0 && strcmp(a->host, b->host) == 0;
}

bool hc_listen_clashes(const struct hc_listen *a, const struct hc_listen *b)
{
    return a->port == b->port && a->port != 0 && (covers(a->host, b->host) || covers(b->host, a->host));
}
