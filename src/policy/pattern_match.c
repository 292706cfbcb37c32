/* pattern_match.c - whether a peer's names satisfy a pattern: strictly for an allow, suspiciously for a deny. */
#include "policy/pattern_parts.h"
#include "policy/segment.h"

/* `name` is exactly one label and then `domain`. */
static bool is_child(struct hc_bytes name, struct hc_bytes domain)
{
    size_t dot = hc_bytes_find(name, '.');

    return dot > 0 && dot < name.n && hc_bytes_eq_nocase(hc_bytes_skip(name, dot + 1), domain);
}

/* What stands before and after the last @. */
static bool split_address(struct hc_bytes address, struct hc_bytes *local, struct hc_bytes *domain)
{
    size_t at = address.n;

    while (at > 0 && address.p[at - 1] != '@')
        at--;
    if (at < 2)
        return false;
    *local = hc_bytes_head(address, at - 1);
    *domain = hc_bytes_skip(address, at);
    return true;
}

/* Local parts are told apart by case [RFC 5321 2.4], except by a deny: no mail system in use does. */
static bool email_matches(const struct hc_pattern *p, enum hc_pattern_use use, struct hc_bytes address)
{
    struct hc_bytes local, domain, want_local, want_domain;

    if (!split_address(address, &local, &domain))
        return false;
    if (p->kind == EMAIL_DOMAIN)
        return hc_bytes_eq_nocase(domain, p->want);
    if (!split_address(p->want, &want_local, &want_domain) || !hc_bytes_eq_nocase(domain, want_domain))
        return false;
    return hc_bytes_eq(local, want_local) || (use == HC_PATTERN_DENY && hc_bytes_eq_nocase(local, want_local));
}

static bool is_clean_segment(struct hc_bytes segment)
{
    return segment.n > 0 && !hc_bytes_eq_str(segment, ".") && !hc_bytes_eq_str(segment, "..");
}

/* Escapes, a query, empty and dot segments: a path that could be read in two ways. */
static bool is_ambiguous(struct hc_bytes path)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '?' || path.p[i] == '#' || path.p[i] == '%')
            return true;
    while (path.n > 0)
        if (!is_clean_segment(hc_segment_take(&path)))
            return true;
    return false;
}

static bool segments_match(struct hc_bytes pattern, struct hc_bytes path)
{
    while (pattern.n > 0) {
        struct hc_bytes want = hc_segment_take(&pattern), have;

        if (path.n == 0)
            return false;
        if (hc_segment_is_rest(want))
            return true;
        have = hc_segment_take(&path);
        if (!hc_segment_is_one(want) && !hc_bytes_eq(want, have))
            return false;
    }
    return path.n == 0;
}

/* An ambiguous URI never proves what a wildcard asks for, and is always suspect. */
static bool uri_matches_wild(struct hc_bytes pattern, enum hc_pattern_use use, struct hc_bytes uri)
{
    size_t start = hc_pattern_path_start(pattern);
    struct hc_bytes path = hc_bytes_skip(uri, start);

    if (hc_pattern_path_start(uri) != start ||
        !hc_bytes_eq_nocase(hc_bytes_head(uri, start), hc_bytes_head(pattern, start)))
        return false;
    return is_ambiguous(path) ? use == HC_PATTERN_DENY : segments_match(hc_bytes_skip(pattern, start), path);
}

static bool ip_matches(const struct hc_pattern *p, const struct hc_name *name)
{
    if (name->ip_n != p->ip_n)
        return false;
    for (unsigned i = 0; i < p->bits; i++)
        if (hc_pattern_bit(name->ip, i) != hc_pattern_bit(p->ip, i))
            return false;
    return true;
}

static enum hc_name_type type_of(const struct hc_pattern *p)
{
    switch (p->kind) {
    case EMAIL:
    case EMAIL_DOMAIN:
        return HC_NAME_EMAIL;
    case URI:
    case URI_WILD:
        return HC_NAME_URI;
    case IP:
        return HC_NAME_IP;
    case DNS:
    case DNS_CHILD:
    case ANYONE:
    case AUTHENTICATED:
        break;
    }
    return HC_NAME_DNS;
}

static bool name_matches(const struct hc_pattern *p, enum hc_pattern_use use, const struct hc_name *name)
{
    switch (p->kind) {
    case DNS:
        return hc_bytes_eq_nocase(name->text, p->want);
    case DNS_CHILD:
        return is_child(name->text, p->want);
    case EMAIL:
    case EMAIL_DOMAIN:
        return email_matches(p, use, name->text);
    case URI:
        return hc_bytes_eq(name->text, p->want);
    case URI_WILD:
        return uri_matches_wild(p->want, use, name->text);
    case IP:
        return ip_matches(p, name);
    case ANYONE:
    case AUTHENTICATED:
        break;
    }
    return false;
}

/* A star in a name of a certificate: whoever bears it could be many (T21). */
static bool is_wildcard(const struct hc_name *name)
{
    return hc_bytes_find(name->text, '*') < name->text.n;
}

/* Could the wildcard name stand for one that the pattern means? */
static bool wildcard_suspect(const struct hc_pattern *p, const struct hc_name *name)
{
    struct hc_bytes domain = hc_bytes_skip(name->text, 2);

    if (!hc_bytes_starts(name->text, HC_BYTES("*.")))
        return false;
    return p->kind == DNS ? is_child(p->want, domain) : p->kind == DNS_CHILD && hc_bytes_eq_nocase(p->want, domain);
}

static bool name_counts(const struct hc_pattern *p, enum hc_pattern_use use, const struct hc_name *name)
{
    if (name->type != type_of(p))
        return false;
    if (use == HC_PATTERN_DENY && wildcard_suspect(p, name))
        return true;
    return (use == HC_PATTERN_DENY || !is_wildcard(name)) && name_matches(p, use, name);
}

static size_t count_uris(const struct hc_peer_view *peer)
{
    size_t n = 0;

    for (size_t i = 0; i < peer->n; i++)
        n += peer->names[i].type == HC_NAME_URI;
    return n;
}

static const struct hc_name *first_name(const struct hc_peer_view *peer)
{
    for (size_t i = 0; i < peer->n; i++)
        if (!is_wildcard(&peer->names[i]))
            return &peer->names[i];
    return NULL;
}

bool hc_pattern_matches(const struct hc_pattern *p, enum hc_pattern_use use, const struct hc_peer_view *peer,
                        const struct hc_name **name)
{
    if (p->kind == ANYONE || (p->kind == AUTHENTICATED && peer->verified)) {
        *name = p->kind == ANYONE ? NULL : first_name(peer);
        return true;
    }
    if (p->kind == AUTHENTICATED || !peer->verified)
        return false;
    if (use == HC_PATTERN_ALLOW && type_of(p) == HC_NAME_URI && count_uris(peer) != 1) /* T26: which of them is it? */
        return false;
    for (size_t i = 0; i < peer->n; i++) {
        if (name_counts(p, use, &peer->names[i])) {
            *name = &peer->names[i];
            return true;
        }
    }
    return false;
}
