/* h1_names.c - what a field's name says about who owns it, compared as the most careless back end would (T28). */
#include "base/auto.h"
#include "proto/h1_parts.h"

/* RFC 9110 5.6.2 */
static bool is_tchar(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || (c != 0 && memchr("!#$%&'*+-.^_`|~", c, 15));
}

bool hc_h1_is_token(struct hc_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (!is_tchar(b.p[i]))
            return false;
    return b.n > 0;
}

/* One byte of the normal form: CGI and its descendants keep letters and digits and fold all else into one byte. */
static uint8_t fold(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) ? hc_ascii_lower(c) : '-';
}

static bool same(struct hc_bytes a, struct hc_bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return false;
    return true;
}

/* Without what is folded away at the end. */
static struct hc_bytes trimmed(struct hc_bytes name)
{
    while (name.n > 0 && fold(name.p[name.n - 1]) == '-')
        name.n--;
    return name;
}

bool hc_h1_name_same(struct hc_bytes a, struct hc_bytes b)
{
    return same(trimmed(a), trimmed(b));
}

/* Whether the name is in the list; an entry that ends in `*` stands for every name that starts so. */
static bool listed(struct hc_bytes name, const char *const *list, size_t n)
{
    name = trimmed(name);
    for (size_t i = 0; i < n; i++) {
        struct hc_bytes entry = hc_bytes_str(list[i]);
        bool prefix = entry.p[entry.n - 1] == '*';

        if (prefix)
            entry.n--;
        if (same(prefix ? hc_bytes_head(name, entry.n) : name, entry))
            return true;
    }
    return false;
}

const struct hc_h1_field *hc_h1_field_find(const struct hc_h1_head *head, struct hc_bytes name)
{
    for (size_t i = 0; i < head->n_fields; i++)
        if (hc_bytes_eq_nocase(head->fields[i].name, name))
            return &head->fields[i];
    return NULL;
}

bool hc_h1_connection_nominates(const struct hc_h1_head *head, struct hc_bytes name)
{
    for (size_t i = 0; i < head->n_connection; i++)
        if (hc_h1_name_same(head->connection[i], name))
            return true;
    return false;
}

bool hc_h1_name_is_hop_by_hop(struct hc_bytes name)
{
    static const char *const list[] = {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-authentication-info",
        "http2-settings", /* RFC 9113 3.2.1: belongs to the Upgrade that is refused */
    };

    return listed(name, list, HC_COUNT(list));
}

bool hc_h1_name_is_identity(struct hc_bytes name)
{
    static const char *const list[] = {
        "handclasp*",
        "client-cert*", /* RFC 9440: Client-Cert, Client-Cert-Chain */
        "x-client-cert*",
        "x-client-verify*",
        "x-client-dn*",
        "x-client-s-dn*",
        "x-client-i-dn*",
        "x-client-subject-dn*",
        "x-client-issuer-dn*",
        "x-client-serial*",
        "x-client-fingerprint*",
        "x-forwarded-client-cert*",
        "x-forwarded-tls-client*",
        "x-ssl*",
        "ssl-client*",
        "tls-client*",
        "x-tls-client*",
        "x-amzn-mtls*",
        "x-arr-clientcert*",
        "cf-client-cert*",
        "remote-*",
        "x-remote-*",
        "x-authenticated-user*",
    };

    return listed(name, list, HC_COUNT(list));
}

bool hc_h1_name_is_override(struct hc_bytes name)
{
    static const char *const list[] = {
        "x-original-url", "x-original-uri",    "x-rewrite-url", "x-http-method-override",
        "x-http-method",  "x-method-override", "proxy", /* CGI hands it on as HTTP_PROXY, which client libraries obey */
    };

    return listed(name, list, HC_COUNT(list));
}

bool hc_h1_name_is_forwarded(struct hc_bytes name)
{
    static const char *const list[] = {
        "forwarded",           "x-forwarded*",      "x-real-ip",        "x-client-ip", "true-client-ip",
        "x-cluster-client-ip", "cf-connecting-ip*", "fastly-client-ip", "x-host",      "x-original-host",
    };

    return listed(name, list, HC_COUNT(list));
}
