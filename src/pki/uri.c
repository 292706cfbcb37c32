/* uri.c - URIs as identities [RFC 3986]: the canonical form, the host, and what the SPIFFE-ID standard demands. */
#include <arpa/inet.h>

#include "pki/canonical.h"

#define TRUST_DOMAIN_MAX 255 /* SPIFFE-ID 2.1 */

static struct hc_rc refuse(struct hc_bytes value, const char *why, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_IDENTITY_NAME, "'%.*s' is not an acceptable URI: %s",
                   HC_BYTES_FMT(hc_bytes_head(value, HC_NAME_SHOWN)), why);
}

/* The length of the scheme, without the colon; 0 when there is none [RFC 3986 3.1]. */
static size_t scheme_length(struct hc_bytes uri)
{
    size_t n = hc_bytes_find(uri, ':');

    if (n == uri.n || n == 0 || !hc_ascii_is_alpha(uri.p[0]))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!hc_ascii_is_alpha(uri.p[i]) && !hc_ascii_is_digit(uri.p[i]) && !memchr("+-.", uri.p[i], 3))
            return 0;
    return n;
}

/* [RFC 3986 2]: printable ASCII without the delimiters that no URI may hold, and whole percent escapes. */
static const char *bytes_fault(struct hc_bytes uri)
{
    for (size_t i = 0; i < uri.n; i++) {
        uint8_t c = uri.p[i];

        if (c <= 0x20 || c >= 0x7f)
            return "only printable ASCII without spaces may stand in it";
        if (memchr("\"<>\\^`{|}", c, 9))
            return "a character in it must be percent-encoded";
        if (c == '%' && (uri.n - i < 3 || hc_ascii_hex(uri.p[i + 1]) < 0 || hc_ascii_hex(uri.p[i + 2]) < 0))
            return "a percent sign is not followed by two hexadecimal digits";
    }
    return NULL;
}

/* The authority of a URI with "//" after its scheme; false without one. */
static bool authority(struct hc_bytes uri, struct hc_bytes *out)
{
    struct hc_bytes rest = hc_bytes_skip(uri, scheme_length(uri) + 1);
    size_t n = 0;

    if (scheme_length(uri) == 0 || !hc_bytes_starts(rest, HC_BYTES("//")))
        return false;
    rest = hc_bytes_skip(rest, 2);
    while (n < rest.n && !memchr("/?#", rest.p[n], 3))
        n++;
    *out = hc_bytes_head(rest, n);
    return true;
}

struct parts {
    struct hc_bytes host; /* without brackets */
    bool literal;         /* it stood in brackets */
    struct hc_bytes port; /* with its colon; empty when there is none */
    bool has_user;
};

/* Splits "user@host:port"; false when brackets are left open or something stands between bracket and colon. */
static bool split(struct hc_bytes auth, struct parts *out)
{
    size_t at = hc_bytes_find(auth, '@');
    size_t n;

    *out = (struct parts){.has_user = at < auth.n};
    if (out->has_user)
        auth = hc_bytes_skip(auth, at + 1);
    out->literal = auth.n > 0 && auth.p[0] == '[';
    if (out->literal) {
        auth = hc_bytes_skip(auth, 1);
        n = hc_bytes_find(auth, ']');
        if (n == auth.n)
            return false;
        out->port = hc_bytes_skip(auth, n + 1);
    } else {
        n = hc_bytes_find(auth, ':');
        out->port = hc_bytes_skip(auth, n);
    }
    out->host = hc_bytes_head(auth, n);
    return out->port.n == 0 || out->port.p[0] == ':';
}

bool hc_uri_host(struct hc_bytes uri, struct hc_bytes *host)
{
    struct hc_bytes auth;
    struct parts parts;

    if (!authority(uri, &auth) || !split(auth, &parts) || parts.host.n == 0)
        return false;
    *host = parts.host;
    return true;
}

static bool is_ipv6(struct hc_bytes text)
{
    uint8_t ip[16];

    return hc_name_ip(text, ip) == 16;
}

static const char *authority_fault(struct hc_bytes auth)
{
    struct parts p;

    if (!split(auth, &p) || (p.literal && !is_ipv6(p.host)))
        return "the address in brackets is malformed";
    if (p.host.n == 0 && (p.has_user || p.port.n > 0 || p.literal))
        return "the host is empty";
    for (size_t i = 0; i < p.host.n && !p.literal; i++)
        if (!hc_ascii_is_alpha(p.host.p[i]) && !hc_ascii_is_digit(p.host.p[i]) && !memchr("-._~", p.host.p[i], 4))
            return "the host may hold letters, digits, hyphens, underscores and dots only";
    for (size_t i = 1; i < p.port.n; i++)
        if (!hc_ascii_is_digit(p.port.p[i]))
            return "the port is not a number";
    return NULL;
}

static bool is_segment(struct hc_bytes s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!hc_ascii_is_alpha(s.p[i]) && !hc_ascii_is_digit(s.p[i]) && !memchr("._-", s.p[i], 3))
            return false;
    return s.n > 0 && !hc_bytes_eq_str(s, ".") && !hc_bytes_eq_str(s, "..");
}

/* SPIFFE-ID 2: `rest` is what follows "spiffe://". Nothing is folded: a SPIFFE ID is canonical or it is none. */
static const char *spiffe_fault(struct hc_bytes rest)
{
    size_t n = hc_bytes_find(rest, '/');

    if (n == 0 || n > TRUST_DOMAIN_MAX)
        return "a SPIFFE trust domain has 1 to 255 characters";
    for (size_t i = 0; i < n; i++)
        if (!(rest.p[i] >= 'a' && rest.p[i] <= 'z') && !hc_ascii_is_digit(rest.p[i]) && !memchr("._-", rest.p[i], 3))
            return "a SPIFFE trust domain holds lower-case letters, digits, dots, hyphens and underscores only";
    while (n < rest.n) {
        rest = hc_bytes_skip(rest, n + 1);
        n = hc_bytes_find(rest, '/');
        if (!is_segment(hc_bytes_head(rest, n)))
            return "a segment of a SPIFFE path is letters, digits, dots, hyphens and underscores; not empty, not . or "
                   "..";
    }
    return NULL;
}

static const char *fault(struct hc_bytes uri, size_t scheme)
{
    struct hc_bytes auth;
    const char *why = bytes_fault(uri);

    if (why)
        return why;
    if (scheme == 0 || uri.n == scheme + 1)
        return "it must be absolute, as in https://example.com/app or spiffe://example.com/web";
    if (hc_bytes_eq_nocase(hc_bytes_head(uri, scheme), HC_BYTES("spiffe"))) {
        if (!hc_bytes_starts(uri, HC_BYTES("spiffe://")))
            return "a SPIFFE ID begins with spiffe:// in lower case";
        return spiffe_fault(hc_bytes_skip(uri, sizeof "spiffe://" - 1));
    }
    return authority(uri, &auth) ? authority_fault(auth) : NULL;
}

struct hc_rc hc_uri_canonical(struct hc_bytes value, struct hc_buf *out, struct hc_err *e)
{
    size_t scheme = scheme_length(value);
    struct hc_bytes host = {NULL, 0};
    const char *why = value.n > HC_URI_MAX ? "it is longer than 2048 bytes" : fault(value, scheme);

    if (why)
        return refuse(value, why, e);
    hc_uri_host(value, &host);
    for (size_t i = 0; i < value.n; i++) {
        const uint8_t *p = value.p + i;
        bool folds = i < scheme || (host.p && p >= host.p && p < host.p + host.n);

        hc_buf_add_byte(out, folds ? hc_ascii_lower(*p) : *p);
    }
    return HC_OK;
}
