/* name.c - identities: reading them from people and writing them back. */
#include "pki/name.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/escape.h"
#include "pki/canonical.h"

static struct hc_rc refuse_email(struct hc_bytes value, const char *why, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_IDENTITY_NAME, "'%.*s' is not an acceptable e-mail address: %s",
                   HC_BYTES_FMT(hc_bytes_head(value, HC_NAME_SHOWN)), why);
}

/* [RFC 5322 3.2.3] dot-atom, without the asterisk: to a rule it means "anybody". */
static const char *local_fault(struct hc_bytes local)
{
    static const char atext[] = "!#$%&'+-/=?^_`{|}~";

    if (local.n == 0 || local.n > HC_LOCAL_MAX)
        return "the part before the @ has 1 to 64 characters";
    for (size_t i = 0; i < local.n; i++) {
        uint8_t c = local.p[i];

        if (c == '.') {
            if (i == 0 || i + 1 == local.n || local.p[i + 1] == '.')
                return "a dot before the @ must stand between two other characters";
        } else if (!hc_ascii_is_alpha(c) && !hc_ascii_is_digit(c) && !memchr(atext, c, sizeof atext - 1)) {
            return "a character before the @ is not accepted there";
        }
    }
    return NULL;
}

struct hc_rc hc_email_canonical(struct hc_bytes value, struct hc_buf *out, struct hc_err *e)
{
    size_t at = hc_bytes_find(value, '@');
    HC_BUF_AUTO(domain, HC_DNS_MAX);
    const char *why;

    if (at == value.n)
        return refuse_email(value, "there is no @ in it", e);
    if (value.n > HC_EMAIL_MAX)
        return refuse_email(value, "it is longer than 254 bytes", e);
    why = local_fault(hc_bytes_head(value, at));
    if (why)
        return refuse_email(value, why, e);
    HC_TRY(e, hc_dns_canonical(hc_bytes_skip(value, at + 1), HC_NAME_PLAIN, &domain, e));
    HC_TRY(e, hc_buf_check(&domain, e));
    hc_buf_add(out, hc_bytes_head(value, at + 1));
    hc_buf_add(out, hc_buf_view(&domain));
    return HC_OK;
}

uint8_t hc_name_ip(struct hc_bytes text, uint8_t ip[16])
{
    char s[INET6_ADDRSTRLEN];
    bool six = hc_bytes_find(text, ':') < text.n;

    if (text.n == 0 || text.n >= sizeof s || hc_bytes_find(text, 0) < text.n)
        return 0;
    memcpy(s, text.p, text.n);
    s[text.n] = 0;
    if (inet_pton(six ? AF_INET6 : AF_INET, s, ip) != 1)
        return 0;
    return six ? 16 : 4;
}

void hc_name_ip_text(struct hc_bytes ip, struct hc_buf *out)
{
    char s[INET6_ADDRSTRLEN];

    if ((ip.n == 4 || ip.n == 16) && inet_ntop(ip.n == 4 ? AF_INET : AF_INET6, ip.p, s, sizeof s))
        hc_buf_add_str(out, s);
}

/* "[::1]" is how people write an IPv6 address beside a port. */
static struct hc_bytes without_brackets(struct hc_bytes text)
{
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']' && hc_bytes_find(text, ':') < text.n)
        return hc_bytes_of(text.p + 1, text.n - 2);
    return text;
}

static struct hc_rc ip_canonical(struct hc_bytes value, struct hc_buf *out, struct hc_err *e)
{
    uint8_t ip[16];
    uint8_t n = hc_name_ip(without_brackets(value), ip);

    if (n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_NAME, "'%.*s' is not an IPv4 or IPv6 address",
                       HC_BYTES_FMT(hc_bytes_head(value, HC_NAME_SHOWN)));
    hc_name_ip_text(hc_bytes_of(ip, n), out);
    return HC_OK;
}

struct hc_rc hc_name_canonical(enum hc_name_type type, struct hc_bytes value, enum hc_name_flags flags,
                               struct hc_buf *out, struct hc_err *e)
{
    switch (type) {
    case HC_NAME_DNS:
        return hc_dns_canonical(value, flags, out, e);
    case HC_NAME_EMAIL:
        return hc_email_canonical(value, out, e);
    case HC_NAME_URI:
        return hc_uri_canonical(value, out, e);
    case HC_NAME_IP:
        return ip_canonical(value, out, e);
    }
    return HC_FAIL(e, HC_E_IDENTITY_NAME, "there is no name type %d", (int)type);
}

/* One block: the struct, then its text. */
static struct hc_rc own(const struct hc_name *from, struct hc_name **out, struct hc_err *e)
{
    struct hc_name *name = malloc(sizeof *name + from->text.n);
    uint8_t *text;

    if (!name)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a name");
    text = (uint8_t *)(name + 1);
    if (from->text.n)
        memcpy(text, from->text.p, from->text.n);
    *name = *from;
    name->text = hc_bytes_of(text, from->text.n);
    *out = name;
    return HC_OK;
}

struct hc_rc hc_name_make(enum hc_name_type type, struct hc_bytes value, enum hc_name_flags flags, struct hc_name **out,
                          struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    struct hc_name name = {.type = type};

    HC_TRY(e, hc_name_canonical(type, value, flags, &text, e));
    HC_TRY(e, hc_buf_check(&text, e));
    name.text = hc_buf_view(&text);
    if (type == HC_NAME_IP)
        name.ip_n = hc_name_ip(name.text, name.ip);
    return own(&name, out, e);
}

struct hc_rc hc_name_copy(const struct hc_name *name, struct hc_name **out, struct hc_err *e)
{
    return own(name, out, e);
}

void hc_name_free(struct hc_name *name)
{
    free(name);
}

struct hc_rc hc_name_parse(struct hc_bytes text, enum hc_name_flags flags, struct hc_name **out, struct hc_err *e)
{
    size_t colon = hc_bytes_find(text, ':');
    struct hc_bytes type = hc_bytes_head(text, colon);

    if (hc_bytes_eq_str(type, "spiffe"))
        return hc_name_make(HC_NAME_URI, text, flags, out, e);
    for (int t = HC_NAME_DNS; t <= HC_NAME_IP && colon < text.n; t++)
        if (hc_bytes_eq_str(type, hc_name_type_text((enum hc_name_type)t)))
            return hc_name_make((enum hc_name_type)t, hc_bytes_skip(text, colon + 1), flags | HC_NAME_ROOT_DOT, out, e);
    return HC_FAIL(e, HC_E_IDENTITY_NAME, "'%.*s' does not begin with a type: dns:, email:, uri:, spiffe:// or ip:",
                   HC_BYTES_FMT(hc_bytes_head(text, HC_NAME_SHOWN)));
}

static bool contains(struct hc_bytes text, struct hc_bytes what)
{
    return text.n > 0 && memmem(text.p, text.n, what.p, what.n) != NULL;
}

struct hc_rc hc_name_guess(struct hc_bytes text, enum hc_name_flags flags, struct hc_name **out, struct hc_err *e)
{
    enum hc_name_type type = HC_NAME_DNS;
    uint8_t ip[16];

    if (contains(text, HC_BYTES("://")))
        type = HC_NAME_URI;
    else if (hc_bytes_find(text, '@') < text.n)
        type = HC_NAME_EMAIL;
    else if (hc_name_ip(without_brackets(text), ip))
        type = HC_NAME_IP;
    return hc_name_make(type, text, flags | HC_NAME_ROOT_DOT, out, e);
}

const char *hc_name_type_text(enum hc_name_type type)
{
    switch (type) {
    case HC_NAME_DNS:
        return "dns";
    case HC_NAME_EMAIL:
        return "email";
    case HC_NAME_URI:
        return "uri";
    case HC_NAME_IP:
        return "ip";
    }
    return "?";
}

void hc_name_text(const struct hc_name *name, struct hc_buf *out)
{
    if (!hc_name_is_spiffe(name)) {
        hc_buf_add_str(out, hc_name_type_text(name->type));
        hc_buf_add_byte(out, ':');
    }
    hc_buf_add(out, name->text);
}

bool hc_name_eq(const struct hc_name *a, const struct hc_name *b)
{
    return a->type == b->type && hc_bytes_eq(a->text, b->text);
}

bool hc_name_is_spiffe(const struct hc_name *name)
{
    return name->type == HC_NAME_URI && hc_bytes_starts(name->text, HC_BYTES("spiffe://"));
}

struct hc_rc hc_name_dirname(const struct hc_name *name, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(d, 3 * HC_URI_MAX); /* every byte percent-encoded */

    hc_escape_dirname(&d, name->text);
    HC_TRY(e, hc_buf_check(&d, e));
    if (d.n > HC_NAME_DIRNAME_MAX)
        return HC_FAIL(e, HC_E_IDENTITY_NAME,
                       "'%.*s...' is too long for the name of a directory: %zu bytes, at most %d",
                       HC_BYTES_FMT(hc_bytes_head(name->text, HC_NAME_SHOWN)), d.n, HC_NAME_DIRNAME_MAX);
    hc_buf_add(out, hc_buf_view(&d));
    return HC_OK;
}
