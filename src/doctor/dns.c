/*
 * dns.c - where a name leads: local sources first, then the name servers of this machine, or the one that was named.
 */
#include "doctor/dns.h"

#include <stdio.h>

#include "base/clock.h"
#include "doctor/dns_answer.h"
#include "doctor/dns_ask.h"
#include "doctor/dns_local.h"
#include "doctor/dns_servers.h"
#include "doctor/dns_walk.h"

#define ROUNDS 2
#define PATIENCE_MS 1000u /* of the first round; a later one waits twice as long */
#define LINKS 8           /* aliases whose end the server left for us to ask for */
/* A look-up that takes longer than this for each server is one that is led on: by alias after alias, each answered late. */
#define PER_SERVER_MS 4000u

struct lookup {
    const struct hc_dns_question *question;
    struct hc_dns_servers servers;
    struct hc_dns *out;
    struct hc_dns_reply reply; /* to the last query */
    uint64_t until;            /* hc_mono_ms */
};

static void say_server(struct lookup *l, const struct hc_addr *server)
{
    hc_addr_text(server, hc_addr_port(server) != HC_DNS_PORT, l->out->server);
}

static void say_trouble(struct lookup *l)
{
    char what[HC_DNS_ASK_TEXT];

    snprintf(l->out->text, sizeof l->out->text, "the name server %s %s", l->out->server,
             hc_dns_ask_text(&l->reply, what));
}

/* It says whether the name exists; every other answer is no answer. */
static bool is_decisive(const struct hc_dns_reply *reply)
{
    return reply->heard == HC_DNS_HEARD_ANSWER &&
           (reply->message.rcode == HC_DNS_NOERROR || reply->message.rcode == HC_DNS_NXDOMAIN);
}

/* Asks one server after the other until one of them knows: HC_DNS_FOUND, with its answer in l->reply. A server that said
 * something is not asked again. */
static enum hc_dns_result ask_servers(struct lookup *l, const struct hc_dns_name *name, enum hc_dns_type type)
{
    bool done[HC_DNS_SERVERS] = {false};
    enum hc_dns_result worst = HC_DNS_SILENT;

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < l->servers.n; i++) {
            struct hc_dns_ask ask = {l->servers.addr[i], *name, type, true, PATIENCE_MS << round};
            if (done[i])
                continue;
            hc_dns_ask(&ask, &l->reply);
            bool spoke = l->reply.heard == HC_DNS_HEARD_ANSWER || l->reply.heard == HC_DNS_HEARD_NONSENSE;
            if (spoke || worst == HC_DNS_SILENT) {
                say_server(l, &l->servers.addr[i]);
                say_trouble(l);
            }
            if (is_decisive(&l->reply))
                return HC_DNS_FOUND;
            worst = spoke ? HC_DNS_FAILED : worst;
            done[i] = l->reply.heard != HC_DNS_HEARD_NOTHING;
        }
    }
    return worst;
}

static bool is_over(struct lookup *l)
{
    bool over = hc_mono_ms() >= l->until;
    if (over)
        snprintf(l->out->text, sizeof l->out->text, "the name server answers, and leads on and on");
    return over;
}

static void say_alias(struct lookup *l, const struct hc_dns_name *name)
{
    hc_dns_name_text(name, l->out->alias);
    l->out->alias[strlen(l->out->alias) - 1] = '\0'; /* the final dot */
}

/* The addresses of one type. */
static enum hc_dns_result find_type(struct lookup *l, const struct hc_dns_name *name, enum hc_dns_type type)
{
    struct hc_dns_answer answer;
    struct hc_dns_name at = *name;
    uint32_t ttl = UINT32_MAX;

    for (unsigned link = 0; link < LINKS; link++) {
        if (is_over(l))
            return HC_DNS_FAILED;
        enum hc_dns_result asked = ask_servers(l, &at, type);
        if (asked != HC_DNS_FOUND)
            return asked;
        hc_dns_answer_read(&l->reply.message, &at, type, &answer);
        if (answer.alias)
            say_alias(l, &answer.name);
        ttl = answer.ttl < ttl ? answer.ttl : ttl;
        for (size_t i = 0; i < answer.n; i++) {
            answer.address[i].ttl = answer.address[i].ttl < ttl ? answer.address[i].ttl : ttl;
            hc_dns_local_add(l->out, &answer.address[i], l->question->port);
        }
        if (answer.n > 0)
            return HC_DNS_FOUND;
        if (l->reply.message.rcode == HC_DNS_NXDOMAIN)
            return HC_DNS_NO_NAME;
        if (!answer.alias)
            return HC_DNS_NO_ADDRESS;
        at = answer.name; /* the server followed it no further */
    }
    snprintf(l->out->text, sizeof l->out->text, "its aliases lead from one to the next without end");
    return HC_DNS_FAILED;
}

static void say_absent(struct lookup *l, const struct hc_dns_name *name, enum hc_dns_result result)
{
    char text[HC_DNS_NAME];
    const char *alias = l->out->alias;
    snprintf(l->out->text, sizeof l->out->text, "%s says that %s%.100s %s", l->out->server,
             *alias ? "it is an alias, and " : "", *alias ? alias : hc_dns_name_text(name, text),
             result == HC_DNS_NO_NAME ? "does not exist (NXDOMAIN)" : "has no address (neither A nor AAAA)");
}

/* Both types. What says least about the name counts: silence before a failure before "no address". */
static enum hc_dns_result find_name(struct lookup *l, const struct hc_dns_name *name)
{
    l->out->alias[0] = '\0';
    enum hc_dns_result v4 = find_type(l, name, HC_DNS_A);
    if (v4 != HC_DNS_NO_NAME && v4 != HC_DNS_SILENT) {
        char text[sizeof l->out->text];
        memcpy(text, l->out->text, sizeof text);
        enum hc_dns_result v6 = find_type(l, name, HC_DNS_AAAA);
        if (v6 == HC_DNS_FOUND)
            v4 = HC_DNS_FOUND;
        else if (v4 == HC_DNS_FAILED)
            memcpy(l->out->text, text, sizeof text);
        else if (v4 != HC_DNS_FOUND)
            v4 = v6;
    }
    return v4;
}

/* *name becomes the one that was found. When none is, what is said is said of the host as it is. */
static enum hc_dns_result find_searching(struct lookup *l, struct hc_dns_name *name)
{
    struct hc_dns_candidates c;
    enum hc_dns_result of_whole = HC_DNS_NO_NAME;

    hc_dns_servers_candidates(&l->servers, l->question->host, name, &c);
    for (size_t i = 0; i < c.n; i++) {
        enum hc_dns_result result = find_name(l, &c.name[i]);
        if (i == c.whole)
            of_whole = result;
        if (result == HC_DNS_NO_NAME || result == HC_DNS_NO_ADDRESS)
            continue;
        *name = c.name[i];
        if (result == HC_DNS_FOUND && i != c.whole && !*l->out->alias)
            say_alias(l, name);
        return result;
    }
    if (c.n > 1)
        l->out->alias[0] = '\0';
    say_absent(l, &c.name[c.whole], of_whole);
    return of_whole;
}

static bool choose_servers(struct lookup *l)
{
    struct hc_dns *out = l->out;

    if (!l->question->server) {
        hc_dns_servers_system(&l->servers);
        if (l->servers.n == 0)
            snprintf(out->text, sizeof out->text, "/etc/resolv.conf names no name server");
        return l->servers.n > 0;
    }
    l->servers = (struct hc_dns_servers){.n = 1, .ndots = 1};
    if (hc_dns_servers_addr(l->question->server, &l->servers.addr[0]))
        return true;
    snprintf(out->text, sizeof out->text,
             "the name server's address is none: write 192.0.2.1, 192.0.2.1:53 or [::1]:53");
    return false;
}

static void ask_dns(struct lookup *l, struct hc_dns_name *name)
{
    struct hc_dns *out = l->out;

    out->result = HC_DNS_FAILED;
    bool chosen = choose_servers(l);
    l->until = hc_mono_ms() + l->servers.n * PER_SERVER_MS;
    if (chosen)
        out->result = find_searching(l, name);
    if (out->result != HC_DNS_FOUND && out->result != HC_DNS_SILENT && !l->question->server &&
        hc_dns_local_other(l->question, out))
        out->server[0] = out->alias[0] = '\0';
    if (out->n > 0)
        out->text[0] = '\0';
}

static void find(const struct hc_dns_question *question, struct hc_dns *out)
{
    struct lookup l = {.question = question, .out = out};
    struct hc_dns_name name;

    if (hc_dns_local_literal(question, out))
        return;
    if (!hc_dns_name_from(hc_bytes_str(question->host), &name)) {
        out->result = HC_DNS_FAILED;
        snprintf(
            out->text, sizeof out->text,
            "this is no host name: 1 to 63 characters between dots, 253 in all, letters of other scripts as xn--...");
        return;
    }
    if (question->server || !hc_dns_local_hosts(question, out))
        ask_dns(&l, &name);
    if (question->walk) {
        bool v6 = out->n > 0 && out->address[0].addr.ss.ss_family == AF_INET6;
        hc_dns_walk(question, &name, v6 ? HC_DNS_AAAA : HC_DNS_A, out);
    }
}

void hc_dns_find(const struct hc_dns_question *question, struct hc_dns *out)
{
    uint64_t start = hc_mono_ms();

    memset(out, 0, sizeof *out);
    find(question, out);
    out->ms = (uint32_t)(hc_mono_ms() - start);
}
