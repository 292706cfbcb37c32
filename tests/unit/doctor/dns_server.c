/* dns_server.c - names that behave as well or as badly as a test wants. */
#include "dns_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct dns_server {
    const struct dns_rule *rules;
    int udp[DNS_SERVERS + 1], tcp, stop[2]; /* udp[n] is 127.0.0.n */
    unsigned port, asked;
    char at[DNS_SERVERS + 1][32];
    pthread_t thread;
    struct dns_building building;
    struct sockaddr_in from;
    int fd;
};

/* --- sockets ------------------------------------------------------------------------------------------------------ */

static struct sockaddr_in address(unsigned n, unsigned port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(0x7f000000u + n)};
}

static bool open_all(struct dns_server *s, unsigned port)
{
    struct sockaddr_in a = address(1, port);
    socklen_t len = sizeof a;

    s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->tcp, (struct sockaddr *)&a, sizeof a) != 0 || listen(s->tcp, 4) != 0)
        return false;
    getsockname(s->tcp, (struct sockaddr *)&a, &len);
    s->port = ntohs(a.sin_port);
    for (unsigned n = 1; n <= DNS_SERVERS; n++) {
        a = address(n, s->port);
        s->udp[n] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (bind(s->udp[n], (struct sockaddr *)&a, sizeof a) != 0)
            return false;
    }
    return true;
}

static void close_all(struct dns_server *s)
{
    for (unsigned n = 1; n <= DNS_SERVERS; n++)
        if (s->udp[n] > 0)
            close(s->udp[n]);
    if (s->tcp > 0)
        close(s->tcp);
    memset(s->udp, 0, sizeof s->udp);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static void put16(struct dns_building *b, unsigned v)
{
    dns_bytes(b, hc_bytes_of((uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2));
}

static void put_name(struct dns_building *b, const char *name)
{
    while (*name && strcmp(name, ".") != 0) {
        uint8_t label[64] = {0};
        for (; *name && *name != '.'; name++) {
            unsigned c = (unsigned char)*name;
            if (*name == '\\' && sscanf(name + 1, "%3u", &c) == 1)
                name += 3;
            label[++label[0]] = (uint8_t)c;
        }
        dns_bytes(b, hc_bytes_of(label, 1u + label[0]));
        name += *name == '.';
    }
    dns_bytes(b, hc_bytes_of("", 1));
}

static void name_asked(struct hc_bytes query, char out[256])
{
    size_t n = 0;

    for (size_t at = 12; at < query.n && query.p[at] != 0; at += 1u + query.p[at])
        n += (size_t)snprintf(out + n, 256 - n, "%s%.*s", n ? "." : "", query.p[at], query.p + at + 1);
    out[n] = '\0';
}

static uint16_t type_asked(struct hc_bytes query)
{
    return (uint16_t)(query.p[query.n - 4] << 8 | query.p[query.n - 3]);
}

static bool fits(const struct dns_rule *r, unsigned server, struct hc_bytes query)
{
    char name[256];
    size_t n = strlen(r->zone);

    name_asked(query, name);
    size_t len = strlen(name);
    bool named = n == 0 || strcasecmp(name, r->zone) == 0 ||
                 (r->zone[0] == '.' && len >= n && strcasecmp(name + len - n, r->zone) == 0);
    return named && r->server == server && (r->type == 0 || r->type == type_asked(query));
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

void dns_bytes(struct dns_building *b, struct hc_bytes raw)
{
    assert(b->n + raw.n <= sizeof b->wire);
    memcpy(b->wire + b->n, raw.p, raw.n);
    b->n += raw.n;
}

void dns_begin(struct dns_building *b, unsigned flags)
{
    b->n = 0;
    dns_bytes(b, b->query);
    b->wire[2] = (uint8_t)(flags >> 8);
    b->wire[3] = (uint8_t)flags;
}

static void begin_record(struct dns_building *b, int section, const char *name, unsigned type, uint32_t ttl)
{
    b->wire[section + 1]++;
    put_name(b, name);
    put16(b, type);
    put16(b, 1);
    put16(b, ttl >> 16);
    put16(b, ttl & 0xffff);
}

static void put_target(struct dns_building *b, const char *target)
{
    size_t length = b->n;

    put16(b, 0);
    put_name(b, target);
    b->wire[length + 1] = (uint8_t)(b->n - length - 2);
}

void dns_a(struct dns_building *b, int section, const char *name, uint32_t ttl, const char *text)
{
    bool v6 = strchr(text, ':') != NULL;
    uint8_t raw[16];

    inet_pton(v6 ? AF_INET6 : AF_INET, text, raw);
    begin_record(b, section, name, v6 ? 28 : 1, ttl);
    put16(b, v6 ? 16 : 4);
    dns_bytes(b, hc_bytes_of(raw, v6 ? 16 : 4));
}

void dns_ns(struct dns_building *b, const char *zone, const char *server)
{
    begin_record(b, DNS_AUTHORITY, zone, 2, 3600);
    put_target(b, server);
}

void dns_cname(struct dns_building *b, const char *name, uint32_t ttl, const char *target)
{
    begin_record(b, DNS_ANSWER, name, 5, ttl);
    put_target(b, target);
}

/* --- serving ------------------------------------------------------------------------------------------------------ */

static void send_datagram(void *ctx, struct hc_bytes m)
{
    struct dns_server *s = ctx;

    (void)!sendto(s->fd, m.p, m.n, 0, (struct sockaddr *)&s->from, sizeof s->from);
}

static void answer(struct dns_server *s, unsigned n, struct hc_bytes query, bool tcp)
{
    s->building.query = query;
    s->building.n = 0;
    s->building.tcp = tcp;
    s->building.more = send_datagram;
    s->building.ctx = s;
    __atomic_fetch_add(&s->asked, 1, __ATOMIC_RELAXED);
    for (const struct dns_rule *r = s->rules; r->answer; r++)
        if (fits(r, n, query)) {
            r->answer(&s->building);
            return;
        }
}

static void serve_udp(struct dns_server *s, unsigned n)
{
    uint8_t query[512];
    socklen_t len = sizeof s->from;
    ssize_t got = recvfrom(s->udp[n], query, sizeof query, 0, (struct sockaddr *)&s->from, &len);

    if (got < 17)
        return;
    s->fd = s->udp[n];
    answer(s, n, hc_bytes_of(query, (size_t)got), false);
    if (s->building.n > 0)
        send_datagram(s, hc_bytes_of(s->building.wire, s->building.n));
}

static void serve_tcp(struct dns_server *s)
{
    uint8_t query[514], length[2];
    int fd = accept(s->tcp, NULL, NULL);
    ssize_t got = recv(fd, query, sizeof query, 0);

    if (got > 19) {
        answer(s, 1, hc_bytes_of(query + 2, (size_t)got - 2), true);
        length[0] = (uint8_t)(s->building.n >> 8);
        length[1] = (uint8_t)s->building.n;
        if (s->building.n > 0)
            (void)!(write(fd, length, 2) + write(fd, s->building.wire, s->building.n));
    }
    close(fd);
}

static void *serve(void *ctx)
{
    struct dns_server *s = ctx;

    for (;;) {
        struct pollfd p[DNS_SERVERS + 2] = {{.fd = s->stop[0], .events = POLLIN}};
        for (unsigned n = 1; n <= DNS_SERVERS; n++)
            p[n] = (struct pollfd){.fd = s->udp[n], .events = POLLIN};
        p[DNS_SERVERS + 1] = (struct pollfd){.fd = s->tcp, .events = POLLIN};
        poll(p, DNS_SERVERS + 2, -1);
        if (p[0].revents)
            return NULL;
        for (unsigned n = 1; n <= DNS_SERVERS; n++)
            if (p[n].revents)
                serve_udp(s, n);
        if (p[DNS_SERVERS + 1].revents)
            serve_tcp(s);
    }
}

struct dns_server *dns_server_start(const struct dns_rule *rules)
{
    struct dns_server *s = calloc(1, sizeof *s);
    bool open = false;

    assert(s);
    s->rules = rules;
    for (unsigned i = 0; i < 20 && !open; i++) { /* another program may have the port at one of the addresses */
        open = open_all(s, 0);
        if (!open)
            close_all(s);
    }
    assert(open && pipe(s->stop) == 0);
    assert(pthread_create(&s->thread, NULL, serve, s) == 0);
    return s;
}

void dns_server_stop(struct dns_server *s)
{
    (void)!write(s->stop[1], "", 1);
    pthread_join(s->thread, NULL);
    close_all(s);
    close(s->stop[0]);
    close(s->stop[1]);
    free(s);
}

const char *dns_server_at(struct dns_server *s, unsigned n)
{
    snprintf(s->at[n], sizeof s->at[n], "127.0.0.%u:%u", n, s->port);
    return s->at[n];
}

unsigned dns_server_asked(struct dns_server *s)
{
    return __atomic_load_n(&s->asked, __ATOMIC_RELAXED);
}
