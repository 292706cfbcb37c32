/* hosts.c - the one canonical form of server names, and the names of one gate in order. */
#include "gate/hosts.h"

#include <stdlib.h>

#include "pki/name.h"

#define SHOWN 80 /* of a wrong name, in a message */
#define PORT_MAX 65535

struct hc_hosts {
    size_t n;
    struct hc_host at[]; /* sorted, each once */
};

/* --- the canonical form ------------------------------------------------------------------------------------------- */

static struct hc_rc wrong(struct hc_bytes text, const char *why, struct hc_err *e)
{
    struct hc_bytes shown = hc_bytes_head(text, SHOWN);

    return HC_FAIL(e, HC_E_HTTP_HOST, "'%.*s' is no host: %s", HC_BYTES_FMT(shown), why);
}

/* A port that TCP has, written plainly. */
static bool is_port(struct hc_bytes text)
{
    unsigned long port = 0;

    if (text.n == 0 || text.n > 5 || text.p[0] == '0')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!hc_ascii_is_digit(text.p[i]))
            return false;
        port = port * 10 + (unsigned long)(text.p[i] - '0');
    }
    return port <= PORT_MAX;
}

/* "[2001:db8::1]", "[2001:db8::1]:443", "shop.example.com:443" without brackets and port [RFC 3986 3.2.2]. */
static struct hc_rc take_host(struct hc_bytes text, struct hc_bytes *host, bool *bracketed, struct hc_err *e)
{
    struct hc_bytes rest = text;
    size_t end;

    *bracketed = text.p[0] == '[';
    if (*bracketed)
        rest = hc_bytes_skip(rest, 1);
    end = hc_bytes_find(rest, *bracketed ? ']' : ':');
    *host = hc_bytes_head(rest, end);
    if (*bracketed && end == rest.n)
        return wrong(text, "the ] is missing", e);
    rest = hc_bytes_skip(rest, *bracketed ? end + 1 : end);
    if (rest.n > 0 && (rest.p[0] != ':' || !is_port(hc_bytes_skip(rest, 1))))
        return wrong(text, "after the host comes nothing, or : and a port from 1 to 65535", e);
    return HC_OK;
}

static struct hc_rc settle(struct hc_bytes text, const struct hc_buf *canonical, bool is_address, struct hc_host *out,
                           struct hc_err *e)
{
    struct hc_host host = {.n = canonical->n, .is_address = is_address};

    HC_TRY(e, hc_buf_check(canonical, e));
    if (canonical->n == 0 || canonical->n > HC_HOST_MAX)
        return wrong(text, "it is empty or too long", e);
    memcpy(host.at, canonical->p, canonical->n);
    *out = host;
    return HC_OK;
}

static struct hc_rc name_canonical(struct hc_bytes text, struct hc_bytes name, enum hc_name_flags flags,
                                   struct hc_host *out, struct hc_err *e)
{
    HC_BUF_AUTO(canonical, HC_HOST_MAX + 1);
    struct hc_rc rc = hc_name_canonical(HC_NAME_DNS, name, flags, &canonical, e);

    if (rc.code == HC_E_IDENTITY_NAME) { /* its sentence, our code */
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_HTTP_HOST, "%s", why.text);
    }
    HC_TRY(e, rc);
    return settle(text, &canonical, false, out, e);
}

/* True when the text was an address; *rc then tells how it went. */
static bool address_canonical(struct hc_bytes text, struct hc_bytes host, bool bracketed, struct hc_host *out,
                              struct hc_rc *rc, struct hc_err *e)
{
    HC_BUF_AUTO(canonical, HC_HOST_MAX + 1);
    uint8_t ip[16];
    uint8_t n = hc_name_ip(host, ip);

    if (n == 0 && !bracketed)
        return false;
    if (n != (bracketed ? 16 : 4)) {
        *rc =
            wrong(text, bracketed ? "between [ and ] stands an IPv6 address" : "an IPv6 address stands in brackets", e);
        return true;
    }
    hc_name_ip_text(hc_bytes_of(ip, n), &canonical);
    *rc = settle(text, &canonical, true, out, e);
    return true;
}

struct hc_rc hc_host_canonical(struct hc_bytes text, enum hc_host_form form, struct hc_host *out, struct hc_err *e)
{
    enum hc_name_flags flags = HC_NAME_ROOT_DOT;
    struct hc_bytes host = text;
    bool bracketed = false;
    struct hc_rc rc;

    if (text.n == 0) {
        *out = (struct hc_host){0};
        return HC_OK;
    }
    if (form == HC_HOST_FIELD) {
        HC_TRY(e, take_host(text, &host, &bracketed, e));
        if (address_canonical(text, host, bracketed, out, &rc, e))
            return rc;
    }
    if (form == HC_HOST_WORD)
        flags |= HC_NAME_WILDCARD;
    return name_canonical(text, host, flags, out, e);
}

/* --- the names of a gate ------------------------------------------------------------------------------------------ */

static struct hc_bytes view(const struct hc_host *host)
{
    return hc_bytes_of(host->at, host->n);
}

static int by_name(const void *a, const void *b)
{
    return hc_bytes_cmp(view(a), view(b));
}

struct hc_rc hc_hosts_new(const struct hc_host host[], size_t n, struct hc_hosts **out, struct hc_err *e)
{
    struct hc_hosts *hosts;

    if (n > HC_HOSTS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "a gate answers to at most %d names, not %zu", HC_HOSTS_MAX, n);
    hosts = malloc(sizeof *hosts + n * sizeof hosts->at[0]);
    if (!hosts)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the names of a gate");
    hosts->n = 0;
    for (size_t i = 0; i < n; i++)
        if (host[i].n > 0)
            hosts->at[hosts->n++] = host[i];
    qsort(hosts->at, hosts->n, sizeof hosts->at[0], by_name);
    n = hosts->n;
    hosts->n = 0;
    for (size_t i = 0; i < n; i++)
        if (hosts->n == 0 || by_name(&hosts->at[hosts->n - 1], &hosts->at[i]) != 0)
            hosts->at[hosts->n++] = hosts->at[i];
    *out = hosts;
    return HC_OK;
}

void hc_hosts_free(struct hc_hosts *h)
{
    free(h);
}

size_t hc_hosts_count(const struct hc_hosts *h)
{
    return h->n;
}

static bool has(const struct hc_hosts *h, const struct hc_host *name)
{
    return bsearch(name, h->at, h->n, sizeof h->at[0], by_name) != NULL;
}

enum hc_hosts_fit hc_hosts_fit(const struct hc_hosts *h, struct hc_bytes canonical)
{
    size_t dot = hc_bytes_find(canonical, '.');
    struct hc_host name = {.n = canonical.n};
    uint8_t ip[16];

    /* A name that anybody asks for has no * in it, so an entry with one is never its own match. */
    if (canonical.n == 0 || canonical.n > HC_HOST_MAX || hc_bytes_find(canonical, '*') < canonical.n)
        return HC_HOSTS_NOT;
    memcpy(name.at, canonical.p, canonical.n);
    if (has(h, &name))
        return HC_HOSTS_EXACT;
    if (dot == 0 || dot == canonical.n || hc_name_ip(canonical, ip) > 0)
        return HC_HOSTS_NOT;
    name = (struct hc_host){.n = canonical.n - dot + 1, .at = "*"};
    memcpy(name.at + 1, canonical.p + dot, canonical.n - dot);
    return has(h, &name) ? HC_HOSTS_WILDCARD : HC_HOSTS_NOT;
}

const char *hc_hosts_clash(const struct hc_hosts *a, const struct hc_hosts *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (has(b, &a->at[i]))
            return a->at[i].at;
    return NULL;
}
