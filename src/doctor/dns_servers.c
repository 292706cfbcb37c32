/* dns_servers.c - the name servers and the search list of this machine. */
#include "doctor/dns_servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>

#include "doctor/dns_ask.h"

_Static_assert(HC_DNS_SERVERS >= MAXNS && HC_DNS_SEARCH >= MAXDNSRCH, "room for what the C library reads");

static void add(struct hc_dns_servers *out, const void *sa, socklen_t len)
{
    struct hc_addr *a = &out->addr[out->n++];

    *a = (struct hc_addr){.len = len};
    memcpy(&a->ss, sa, len);
}

/* An IPv6 server lies beside the list, whose row is then of no family. */
static void copy_servers(const struct __res_state *state, struct hc_dns_servers *out)
{
    for (int i = 0; i < state->nscount && i < MAXNS; i++) {
        const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];
        if (state->nsaddr_list[i].sin_family == AF_INET)
            add(out, &state->nsaddr_list[i], sizeof state->nsaddr_list[i]);
        else if (v6 && v6->sin6_family == AF_INET6)
            add(out, v6, sizeof *v6);
    }
}

void hc_dns_servers_system(struct hc_dns_servers *out)
{
    struct __res_state state = {.options = 0}; /* private: the C library's own is shared by all threads */

    *out = (struct hc_dns_servers){.ndots = 1};
    if (res_ninit(&state) != 0)
        return;
    copy_servers(&state, out);
    for (size_t i = 0; i < MAXDNSRCH && state.dnsrch[i]; i++)
        if (hc_dns_name_from(hc_bytes_str(state.dnsrch[i]), &out->search[out->n_search]))
            out->n_search++;
    out->ndots = state.ndots;
    res_nclose(&state);
}

bool hc_dns_servers_addr(const char *text, struct hc_addr *out)
{
    struct hc_err e;
    char whole[HC_ADDR_TEXT];
    struct in6_addr v6;

    if (hc_ok(hc_addr_parse(hc_bytes_str(text), out, &e)))
        return true;
    bool bare = inet_pton(AF_INET6, text, &v6) == 1;
    int n = bare ? snprintf(whole, sizeof whole, "[%s]:%d", text, HC_DNS_PORT)
                 : snprintf(whole, sizeof whole, "%s:%d", text, HC_DNS_PORT);
    return n < (int)sizeof whole && hc_ok(hc_addr_parse(hc_bytes_str(whole), out, &e));
}

static size_t count_dots(const char *host)
{
    size_t n = 0;
    for (const char *p = host; *p; p++)
        n += *p == '.';
    return n;
}

void hc_dns_servers_candidates(const struct hc_dns_servers *servers, const char *host, const struct hc_dns_name *whole,
                               struct hc_dns_candidates *out)
{
    bool final_dot = host[0] != '\0' && host[strlen(host) - 1] == '.';
    bool is_short = !final_dot && count_dots(host) < servers->ndots;

    out->n = out->whole = 0;
    if (!is_short)
        out->name[out->n++] = *whole;
    for (size_t i = 0; i < servers->n_search && !final_dot; i++)
        if (hc_dns_name_append(whole, &servers->search[i], &out->name[out->n]))
            out->n++;
    if (is_short) {
        out->whole = out->n;
        out->name[out->n++] = *whole;
    }
}
