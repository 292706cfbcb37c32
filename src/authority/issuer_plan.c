/* issuer_plan.c - what an issuer may be called, where it may be found, which names it may be meant for. */
#include <stdio.h>

#include "authority/home.h"
#include "authority/init.h"
#include "authority/issuer_inside.h"
#include "pki/oid.h"

/* ---- name and URL ---- */

struct hc_rc hc_issuer_check_name(const char *name, struct hc_err *e)
{
    size_t n = name ? strlen(name) : 0;
    bool good = n > 0 && n <= HC_ISSUER_NAME_MAX && name[0] >= 'a' && name[0] <= 'z';

    for (size_t i = 0; i < n && good; i++)
        good = (name[i] >= 'a' && name[i] <= 'z') || hc_ascii_is_digit((uint8_t)name[i]) || name[i] == '-';
    if (!good)
        return HC_FAIL(e, HC_E_ISSUER_NAME, "'%.80s' is not a name for an issuer", name ? name : "");
    if (strcmp(name, HC_HOME_ROOT) == 0)
        return HC_FAIL(e, HC_E_ISSUER_NAME, "root is the root");
    return HC_OK;
}

/* What stands in a path without being escaped and means nothing to a shell or a log. */
static bool is_path(struct hc_bytes path)
{
    for (size_t i = 0; i < path.n; i++) {
        uint8_t c = path.p[i];

        if (!hc_ascii_is_alpha(c) && !hc_ascii_is_digit(c) && (c == '\0' || !strchr("-._~/", c)))
            return false;
        if (c == '/' && (i + 1 == path.n || path.p[i + 1] == '/'))
            return false;
    }
    return true;
}

/* "" or ":80". */
static bool is_port(struct hc_bytes text)
{
    long port = 0;

    if (text.n == 0)
        return true;
    if (text.p[0] != ':' || text.n < 2 || text.n > 6)
        return false;
    for (size_t i = 1; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        port = port * 10 + (text.p[i] - '0');
    }
    return port > 0 && port < 65536;
}

/* HOST, HOST:PORT, [IPV6], [IPV6]:PORT. User information has an '@', which none of these takes. */
static bool is_place(struct hc_bytes place)
{
    HC_BUF_AUTO(canonical, HC_DNS_MAX + 1);
    struct hc_err ignored = {0};
    uint8_t ip[16];
    size_t end;

    if (hc_bytes_starts(place, HC_BYTES("["))) {
        end = hc_bytes_find(place, ']');
        return end < place.n && hc_name_ip(hc_bytes_head(hc_bytes_skip(place, 1), end - 1), ip) == 16 &&
               is_port(hc_bytes_skip(place, end + 1));
    }
    end = hc_bytes_find(place, ':');
    if (!is_port(hc_bytes_skip(place, end)))
        return false;
    place = hc_bytes_head(place, end);
    return hc_name_ip(place, ip) == 4 ||
           hc_ok(hc_name_canonical(HC_NAME_DNS, place, HC_NAME_PLAIN, &canonical, &ignored));
}

struct hc_rc hc_issuer_check_url(const char *url, struct hc_err *e)
{
    static const char scheme[] = "http://";
    struct hc_bytes text = hc_bytes_str(url), rest;
    size_t slash;

    if (text.n >= HC_CA_URL_MAX)
        return HC_FAIL(e, HC_E_PUBLIC_URL, "the URL is longer than %d bytes", HC_CA_URL_MAX - 1);
    if (!hc_bytes_starts(text, hc_bytes_str(scheme)))
        return HC_FAIL(e, HC_E_PUBLIC_URL, "'%.80s' does not begin with http://", url);
    rest = hc_bytes_skip(text, sizeof scheme - 1);
    slash = hc_bytes_find(rest, '/');
    if (!is_place(hc_bytes_head(rest, slash)) || !is_path(hc_bytes_skip(rest, slash)))
        return HC_FAIL(e, HC_E_PUBLIC_URL,
                       "'%.80s' is not http://HOST/PATH with a host, plain letters and no slash at its end", url);
    return HC_OK;
}

const char *hc_issuer_plan_url(const struct hc_authority *a, const struct hc_issuer_plan *plan)
{
    return plan->public_url ? plan->public_url : a->ca[a->n_ca - 1].public_url;
}

/* ---- constraints within the root's ---- */

static bool same_network(const struct hc_subtree *inner, const struct hc_subtree *outer)
{
    size_t half = outer->n / 2;

    if (inner->n != outer->n)
        return false;
    for (size_t i = 0; i < half; i++) {
        uint8_t mask = outer->base[half + i];

        if ((inner->base[half + i] & mask) != mask || (inner->base[i] & mask) != (outer->base[i] & mask))
            return false;
    }
    return true;
}

/* Is every name of `inner` one of `outer`? Of the same type; RFC 5280 4.2.1.10 for what a base means. */
static bool is_inside(const struct hc_subtree *inner, const struct hc_subtree *outer)
{
    struct hc_bytes in = hc_bytes_of(inner->base, inner->n), out = hc_bytes_of(outer->base, outer->n);
    struct hc_bytes host = in;
    size_t at = hc_bytes_find(in, '@');

    if (inner->type == HC_NAME_IP)
        return same_network(inner, outer);
    if (out.n == 0 || hc_bytes_eq_nocase(in, out))
        return true;
    if (at < in.n)
        host = hc_bytes_skip(in, at + 1);
    if (inner->type == HC_NAME_DNS)
        return in.n > out.n && in.p[in.n - out.n - 1] == '.' &&
               hc_bytes_eq_nocase(hc_bytes_skip(in, in.n - out.n), out);
    if (out.p[0] == '.')
        return host.n >= out.n && hc_bytes_eq_nocase(hc_bytes_skip(host, host.n - out.n), out);
    return at < in.n && hc_bytes_eq_nocase(host, out); /* a mailbox at that host */
}

static bool is_inside_any(const struct hc_subtree *inner, struct hc_bytes list, bool *any)
{
    struct hc_subtree outer;
    bool inside = false;

    while (hc_subtree_next(&list, &outer)) {
        if (outer.type != inner->type)
            continue;
        *any = true;
        inside = inside || is_inside(inner, &outer);
    }
    return inside;
}

static struct hc_rc check_within(const struct hc_cert *root, const struct hc_subtree *s, struct hc_err *e)
{
    HC_BUF_AUTO(text, 2 * HC_SUBTREE_MAX);
    bool permits = false, excludes = false;
    bool inside = is_inside_any(s, root->nc_permitted, &permits);

    if ((!permits || inside) && !is_inside_any(s, root->nc_excluded, &excludes))
        return HC_OK;
    hc_subtree_print(s, &text);
    return HC_FAIL(e, HC_E_OUTSIDE_CONSTRAINTS, "%s is outside of what the root itself may permit", hc_buf_cstr(&text));
}

struct hc_rc hc_issuer_check_plan(const struct hc_cert *root, const struct hc_issuer_plan *plan, struct hc_err *e)
{
    const unsigned leaves =
        1u << HC_PROFILE_SERVER | 1u << HC_PROFILE_CLIENT | 1u << HC_PROFILE_PEER | 1u << HC_PROFILE_PERSON;

    HC_TRY(e, hc_issuer_check_name(plan->name, e));
    if (plan->seconds < 0 || plan->seconds > HC_INIT_LIFETIME_MAX)
        return HC_FAIL(e, HC_E_LIFETIME, "an issuer lives for 100 years at most");
    if (plan->leaf_seconds < 0 || plan->leaf_seconds > HC_INIT_LIFETIME_MAX)
        return HC_FAIL(e, HC_E_LIFETIME, "a certificate lives for 100 years at most");
    if (plan->profiles & ~leaves)
        return HC_FAIL(e, HC_E_USAGE, "an issuer issues leaves and no CAs");
    if (plan->public_url && *plan->public_url)
        HC_TRY(e, hc_issuer_check_url(plan->public_url, e));
    for (size_t i = 0; i < plan->permitted.n; i++)
        HC_TRY(e, check_within(root, &plan->permitted.at[i], e));
    return HC_OK;
}

/* ---- subject ---- */

static const char INFIX[] = "Issuing CA ";

/* The last attribute of that type, in UTF-8. */
static void read_attribute(struct hc_bytes dn, struct hc_bytes oid, struct hc_buf *out)
{
    struct hc_dn_attribute at[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(dn, at, HC_COUNT(at));

    for (size_t i = n < HC_COUNT(at) ? n : HC_COUNT(at); i-- > 0;) {
        if (hc_bytes_eq(at[i].oid, oid)) {
            hc_dn_utf8(at[i].tag, at[i].value, out);
            return;
        }
    }
}

static bool begins_character(uint8_t c)
{
    return (c & 0xc0) != 0x80;
}

/* As much of it as has `max` characters, without blanks at the end. */
static struct hc_bytes cut(struct hc_bytes text, size_t max)
{
    size_t chars = 0, n = 0;

    for (; n < text.n; n++) {
        if (begins_character(text.p[n]) && ++chars > max)
            break;
    }
    while (n > 0 && text.p[n - 1] == ' ')
        n--;
    return hc_bytes_head(text, n);
}

struct hc_rc hc_issuer_subject(const struct hc_cert *root, const char *name, struct hc_issuer_subject *out,
                               struct hc_err *e)
{
    HC_BUF_AUTO(organisation, HC_CERT_MAX);
    struct hc_bytes whose;
    size_t own = sizeof INFIX - 1 + strlen(name);

    read_attribute(root->subject, HC_OID_AT_ORGANIZATION, &organisation);
    HC_TRY(e, hc_buf_check(&organisation, e));
    whose = cut(hc_buf_view(&organisation), HC_TBS_NAME_CHARS);
    (void)snprintf(out->organisation, sizeof out->organisation, "%.*s", HC_BYTES_FMT(whose));
    if (whose.n == 0) { /* a root made elsewhere may have none */
        hc_buf_clear(&organisation);
        read_attribute(root->subject, HC_OID_AT_COMMON_NAME, &organisation);
        HC_TRY(e, hc_buf_check(&organisation, e));
    }
    whose = cut(hc_buf_view(&organisation), HC_TBS_NAME_CHARS - own - 1);
    (void)snprintf(out->common_name, sizeof out->common_name, "%.*s%s%s%s", HC_BYTES_FMT(whose), whose.n > 0 ? " " : "",
                   INFIX, name);
    return HC_OK;
}

struct hc_rc hc_issuer_name_of(struct hc_bytes subject, char out[HC_ISSUER_NAME_MAX + 1], struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_CERT_MAX);
    const char *name;

    read_attribute(subject, HC_OID_AT_COMMON_NAME, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    name = strrchr(hc_buf_cstr(&text), ' ');
    if (!name || (size_t)(name + 1 - hc_buf_cstr(&text)) < sizeof INFIX - 1 ||
        strncmp(name + 1 - (sizeof INFIX - 1), INFIX, sizeof INFIX - 1) != 0)
        return HC_FAIL(e, HC_E_ISSUER_NAME, "the request does not say how the issuer is to be called; say --name NAME");
    HC_TRY(e, hc_issuer_check_name(name + 1, e));
    (void)snprintf(out, HC_ISSUER_NAME_MAX + 1, "%s", name + 1);
    return HC_OK;
}
