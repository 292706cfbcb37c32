/* dns_local.c - where a name leads without a name server. */
#include "doctor/dns_local.h"

#include <netdb.h>

#include "base/file.h"

#define HOSTS_FILE "/etc/hosts"
#define HOSTS_MAX (8u << 20) /* bytes; lists that block advertisements are long */
#define LOCALHOST "localhost"

static bool same_address(const struct hc_addr *a, const struct hc_addr *b)
{
    return a->len == b->len && memcmp(&a->ss, &b->ss, a->len) == 0;
}

void hc_dns_local_add(struct hc_dns *out, const struct hc_dns_address *address, unsigned port)
{
    struct hc_dns_address a = *address;

    hc_addr_set_port(&a.addr, port);
    for (size_t i = 0; i < out->n; i++)
        if (same_address(&out->address[i].addr, &a.addr))
            return;
    if (out->n < HC_DNS_ADDRESSES)
        out->address[out->n++] = a;
}

static bool ask_system(const char *host, int flags, unsigned port, struct hc_dns *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;

    if (getaddrinfo(host, NULL, &hints, &list) != 0)
        return false;
    size_t before = out->n;
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        struct hc_dns_address one = {.addr = {.len = a->ai_addrlen}};
        if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
            continue;
        memcpy(&one.addr.ss, a->ai_addr, a->ai_addrlen);
        hc_dns_local_add(out, &one, port);
    }
    freeaddrinfo(list);
    return out->n > before;
}

bool hc_dns_local_literal(const struct hc_dns_question *question, struct hc_dns *out)
{
    if (!ask_system(question->host, AI_NUMERICHOST, question->port, out))
        return false;
    out->result = HC_DNS_LITERAL;
    return true;
}

bool hc_dns_local_other(const struct hc_dns_question *question, struct hc_dns *out)
{
    if (!ask_system(question->host, 0, question->port, out))
        return false;
    out->result = HC_DNS_HOSTS;
    return true;
}

/* --- /etc/hosts --------------------------------------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off the line; empty behind the last. */
static struct hc_bytes next_word(struct hc_bytes *line)
{
    size_t from = 0;
    while (from < line->n && is_blank(line->p[from]))
        from++;
    size_t to = from;
    while (to < line->n && !is_blank(line->p[to]))
        to++;
    struct hc_bytes word = hc_bytes_head(hc_bytes_skip(*line, from), to - from);
    *line = hc_bytes_skip(*line, to);
    return word;
}

static struct hc_bytes without_dot(struct hc_bytes host)
{
    return hc_bytes_ends(host, HC_BYTES(".")) ? hc_bytes_head(host, host.n - 1) : host;
}

static bool line_names(struct hc_bytes line, struct hc_bytes host)
{
    for (struct hc_bytes word = next_word(&line); word.n > 0; word = next_word(&line))
        if (hc_bytes_eq_nocase(word, host))
            return true;
    return false;
}

bool hc_dns_local_hosts_text(struct hc_bytes text, const struct hc_dns_question *question, struct hc_dns *out)
{
    struct hc_bytes host = without_dot(hc_bytes_str(question->host));

    while (text.n > 0) {
        struct hc_bytes whole = hc_bytes_next_line(&text);
        struct hc_bytes line = hc_bytes_head(whole, hc_bytes_find(whole, '#'));
        struct hc_bytes address = next_word(&line);
        char literal[HC_ADDR_TEXT];
        if (address.n == 0 || address.n >= sizeof literal || !line_names(line, host))
            continue;
        memcpy(literal, address.p, address.n);
        literal[address.n] = '\0';
        (void)ask_system(literal, AI_NUMERICHOST, question->port, out); /* a line that is wrong says nothing */
    }
    if (out->n > 0)
        out->result = HC_DNS_HOSTS;
    return out->n > 0;
}

static bool is_localhost(struct hc_bytes host)
{
    size_t n = strlen(LOCALHOST);
    struct hc_bytes end = host.n > n ? hc_bytes_skip(host, host.n - n) : host;

    return hc_bytes_eq_nocase(end, HC_BYTES(LOCALHOST)) && (host.n == n || host.p[host.n - n - 1] == '.');
}

bool hc_dns_local_hosts(const struct hc_dns_question *question, struct hc_dns *out)
{
    HC_BUF_AUTO(text, HOSTS_MAX);
    struct hc_err e;

    if (hc_ok(hc_file_read(HOSTS_FILE, &text, &e)) && hc_dns_local_hosts_text(hc_buf_view(&text), question, out))
        return true;
    if (!is_localhost(without_dot(hc_bytes_str(question->host))))
        return false;
    (void)ask_system("127.0.0.1", AI_NUMERICHOST, question->port, out);
    (void)ask_system("::1", AI_NUMERICHOST, question->port, out);
    out->result = HC_DNS_HOSTS;
    return out->n > 0;
}
