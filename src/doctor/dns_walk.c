/*
 * dns_walk.c - the walk that a name server makes for its clients, made in the open.
 *
 * Each referral must lead further down towards the name, so one walk ends. Finding the address of a server without glue
 * is a walk of its own; those are bounded by PURSUITS, and all of them by HC_DNS_STEPS.
 */
#include "doctor/dns_walk.h"

#include <errno.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"
#include "doctor/dns_answer.h"
#include "doctor/dns_ask.h"
#include "doctor/dns_local.h"
#include "doctor/dns_servers.h"

#define PATIENCE_MS 1500u /* for each server; the next one is asked then */
#define SERVERS 16        /* of one zone that are looked at; the root has 13 */
#define ADDRESSES 2       /* of one server that are asked: IPv4 before IPv6 */
#define PURSUITS 4        /* walks within walks */
#define WALK_MS 20000     /* of all of them: longer than a walk of which half the servers are silent */

/* The root's servers, as IANA lists them [https://www.iana.org/domains/root/servers]. */
static const struct {
    const char *name, *v4, *v6;
} ROOTS[] = {
    {"a.root-servers.net", "198.41.0.4", "2001:503:ba3e::2:30"},
    {"b.root-servers.net", "170.247.170.2", "2801:1b8:10::b"},
    {"c.root-servers.net", "192.33.4.12", "2001:500:2::c"},
    {"d.root-servers.net", "199.7.91.13", "2001:500:2d::d"},
    {"e.root-servers.net", "192.203.230.10", "2001:500:a8::e"},
    {"f.root-servers.net", "192.5.5.241", "2001:500:2f::f"},
    {"g.root-servers.net", "192.112.36.4", "2001:500:12::d0d"},
    {"h.root-servers.net", "198.97.190.53", "2001:500:1::53"},
    {"i.root-servers.net", "192.36.148.17", "2001:7fe::53"},
    {"j.root-servers.net", "192.58.128.30", "2001:503:c27::2:30"},
    {"k.root-servers.net", "193.0.14.129", "2001:7fd::1"},
    {"l.root-servers.net", "199.7.83.42", "2001:500:9f::42"},
    {"m.root-servers.net", "202.12.27.33", "2001:dc3::35"},
};

struct server {
    struct hc_dns_name name; /* the root's when only an address is known */
    struct hc_addr addr[ADDRESSES];
    size_t n;
};

struct delegation {
    struct hc_dns_name zone;
    struct server server[SERVERS];
    size_t n;
};

/* What a walk looks for, and for whose sake. */
struct pursuit {
    struct hc_dns_name name;
    enum hc_dns_type type;
    const struct pursuit *of; /* NULL: the user's */
    struct hc_dns_answer answer;
};

struct walk {
    const struct hc_dns_question *question;
    struct hc_dns *out;
    unsigned port;
    bool unroutable[2]; /* IPv4, IPv6: this machine has no way there */
    struct hc_dns_reply reply;
    uint64_t until; /* hc_mono_ms */
};

enum turn { TURN_NEXT_SERVER, TURN_DOWN, TURN_END };

/* --- where it begins ---------------------------------------------------------------------------------------------- */

static void add_root(struct walk *w, struct delegation *d, const char *name, const char *const addr[ADDRESSES])
{
    struct server *s = &d->server[d->n++];

    *s = (struct server){.name = hc_dns_name_root()};
    (void)hc_dns_name_from(hc_bytes_str(name), &s->name);
    for (size_t i = 0; i < ADDRESSES && addr[i]; i++)
        if (hc_dns_servers_addr(addr[i], &s->addr[s->n]))
            s->n++;
    if (d->n == 1 && s->n > 0)
        w->port = hc_addr_port(&s->addr[0]);
}

static void begin(struct walk *w, struct delegation *d)
{
    const struct hc_dns_question *q = w->question;

    *d = (struct delegation){.zone = hc_dns_name_root()};
    for (size_t i = 0; i < q->n_root && q->root && d->n < SERVERS; i++)
        add_root(w, d, "", (const char *const[ADDRESSES]){q->root[i]});
    for (size_t i = 0; i < HC_COUNT(ROOTS) && !q->root; i++)
        add_root(w, d, ROOTS[i].name, (const char *const[ADDRESSES]){ROOTS[i].v4, ROOTS[i].v6});
}

/* --- the steps ---------------------------------------------------------------------------------------------------- */

/* The next row, NULL when all are used. `at` is NULL for a server whose address is not known. */
static struct hc_dns_step *add_step(struct walk *w, const struct delegation *d, const struct server *s,
                                    const struct hc_addr *at)
{
    if (w->out->n_steps == HC_DNS_STEPS || hc_mono_ms() >= w->until)
        return NULL;
    struct hc_dns_step *step = &w->out->step[w->out->n_steps++];
    hc_dns_name_text(&d->zone, step->zone);
    if (at)
        hc_addr_text(at, hc_addr_port(at) != HC_DNS_PORT, step->at);
    if (s->name.n > 1)
        hc_dns_name_text(&s->name, step->server);
    else
        memcpy(step->server, step->at, sizeof step->at);
    return step;
}

static void say_found(struct hc_dns_step *step, const struct hc_dns_answer *answer)
{
    char text[HC_DNS_NAME > HC_ADDR_TEXT ? HC_DNS_NAME : HC_ADDR_TEXT];
    size_t room = sizeof step->text, used = 0;

    step->result = HC_DNS_FOUND;
    if (answer->n == 0) {
        snprintf(step->text, room, "is an alias of %s", hc_dns_name_text(&answer->name, text));
        return;
    }
    for (size_t i = 0; i < answer->n && used < room / 2; i++)
        used += (size_t)snprintf(step->text + used, room - used, "%s%s", i ? ", " : "",
                                 hc_addr_text(&answer->address[i].addr, false, text));
    snprintf(step->text + used, room - used, " (TTL %u s)", answer->address[0].ttl);
}

static enum turn say(struct hc_dns_step *step, enum hc_dns_result result, enum turn turn, const char *text)
{
    step->result = result;
    snprintf(step->text, sizeof step->text, "%s", text);
    return turn;
}

/* --- what an answer means ----------------------------------------------------------------------------------------- */

static struct server *find_server(struct delegation *d, const struct hc_dns_name *name)
{
    for (size_t i = 0; i < d->n; i++)
        if (hc_dns_name_eq(&d->server[i].name, name))
            return &d->server[i];
    return NULL;
}

/* An address beside a referral counts only when it lies in the zone of whoever gave it: about other names it has no say. */
static void take_glue(const struct walk *w, const struct hc_dns_name *zone, uint16_t type, struct delegation *down)
{
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_record r;

    while (hc_dns_message_next(&w->reply.message, &cursor, &r)) {
        struct server *s = r.section == HC_DNS_ADDITIONAL && r.type == type && hc_dns_name_within(&r.name, zone)
                               ? find_server(down, &r.name)
                               : NULL;
        if (!s || s->n == ADDRESSES)
            continue;
        struct hc_dns_address a = {.addr = hc_dns_answer_addr(&r)};
        hc_addr_set_port(&a.addr, w->port);
        s->addr[s->n++] = a.addr;
    }
}

/* The servers of a zone below ours, towards the name. */
static bool read_referral(const struct walk *w, const struct hc_dns_name *zone, const struct hc_dns_name *name,
                          struct delegation *down)
{
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_record r;

    *down = (struct delegation){.zone = *zone};
    while (hc_dns_message_next(&w->reply.message, &cursor, &r)) {
        if (r.section != HC_DNS_AUTHORITY || r.type != HC_DNS_NS || down->n == SERVERS ||
            !hc_dns_name_within(&r.name, zone) || hc_dns_name_eq(&r.name, zone) || !hc_dns_name_within(name, &r.name))
            continue;
        if (down->n == 0)
            down->zone = r.name;
        if (hc_dns_name_eq(&r.name, &down->zone) && !find_server(down, &r.target))
            down->server[down->n++] = (struct server){.name = r.target};
    }
    take_glue(w, zone, HC_DNS_A, down);
    take_glue(w, zone, HC_DNS_AAAA, down);
    return down->n > 0;
}

static void say_referral(struct hc_dns_step *step, const struct delegation *down)
{
    char text[HC_DNS_NAME];

    step->result = HC_DNS_FOUND;
    step->referral = true;
    snprintf(step->text, sizeof step->text, "names %zu server%s of %s", down->n, down->n == 1 ? "" : "s",
             hc_dns_name_text(&down->zone, text));
}

static enum turn read_reply(struct walk *w, const struct delegation *at, struct pursuit *p, struct delegation *down,
                            struct hc_dns_step *step)
{
    const struct hc_dns_message *m = &w->reply.message;
    char what[HC_DNS_ASK_TEXT];

    hc_dns_ask_text(&w->reply, what);
    if (w->reply.heard != HC_DNS_HEARD_ANSWER)
        return say(step, w->reply.heard == HC_DNS_HEARD_NONSENSE ? HC_DNS_FAILED : HC_DNS_SILENT, TURN_NEXT_SERVER,
                   what);
    if (m->rcode != HC_DNS_NOERROR && m->rcode != HC_DNS_NXDOMAIN)
        return say(step, HC_DNS_FAILED, TURN_NEXT_SERVER, what);
    hc_dns_answer_read(m, &p->name, p->type, &p->answer);
    if (p->answer.n > 0 || p->answer.alias) {
        say_found(step, &p->answer);
        return TURN_END;
    }
    if (m->rcode == HC_DNS_NXDOMAIN)
        return say(step, HC_DNS_NO_NAME, TURN_END, "the name does not exist (NXDOMAIN)");
    if (!m->authoritative && read_referral(w, &at->zone, &p->name, down)) {
        say_referral(step, down);
        return TURN_DOWN;
    }
    if (m->authoritative)
        return say(step, HC_DNS_NO_ADDRESS, TURN_END,
                   p->type == HC_DNS_A ? "the name exists, and has no IPv4 address (A)"
                                       : "the name exists, and has no IPv6 address (AAAA)");
    return say(step, HC_DNS_FAILED, TURN_NEXT_SERVER, "knows nothing of this zone: a lame server");
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static enum turn ask_address(struct walk *w, const struct delegation *at, const struct server *s,
                             const struct hc_addr *addr, struct pursuit *p, struct delegation *down)
{
    bool v6 = addr->ss.ss_family == AF_INET6;
    struct hc_dns_ask ask = {*addr, p->name, p->type, false, PATIENCE_MS};

    if (w->unroutable[v6])
        return TURN_NEXT_SERVER;
    struct hc_dns_step *step = add_step(w, at, s, addr);
    if (!step)
        return TURN_END;
    hc_dns_ask(&ask, &w->reply);
    step->ms = w->reply.ms;
    w->unroutable[v6] = w->reply.heard == HC_DNS_HEARD_UNREACHED &&
                        (w->reply.sys == ENETUNREACH || w->reply.sys == EAFNOSUPPORT || w->reply.sys == EADDRNOTAVAIL);
    return read_reply(w, at, p, down, step);
}

static bool is_pursued(const struct pursuit *p, const struct hc_dns_name *name)
{
    unsigned n = 0;

    for (; p; p = p->of, n++)
        if (hc_dns_name_eq(&p->name, name))
            return true;
    return n >= PURSUITS;
}

static void descend(struct walk *w, struct pursuit *p);

/* A server without glue: its address is found as any other, unless that is what is going on already. */
static void pursue(struct walk *w, const struct delegation *at, struct server *s, const struct pursuit *of)
{
    struct pursuit p = {.name = s->name, .type = HC_DNS_A, .of = of};
    bool circle = is_pursued(of, &s->name);

    if (!circle)
        descend(w, &p);
    for (size_t i = 0; i < p.answer.n && s->n < ADDRESSES; i++) {
        hc_addr_set_port(&p.answer.address[i].addr, w->port);
        s->addr[s->n++] = p.answer.address[i].addr;
    }
    struct hc_dns_step *step = s->n == 0 ? add_step(w, at, s, NULL) : NULL;
    if (step)
        (void)say(step, HC_DNS_FAILED, TURN_END,
                  circle ? "its address cannot be found: the delegations lead in a circle"
                         : "no address of it was found");
}

static enum turn ask_server(struct walk *w, const struct delegation *at, struct server *s, struct pursuit *p,
                            struct delegation *down)
{
    if (s->n == 0 && s->name.n > 1 && w->out->n_steps < HC_DNS_STEPS)
        pursue(w, at, s, p);
    for (size_t i = 0; i < s->n; i++) {
        enum turn turn = ask_address(w, at, s, &s->addr[i], p, down);
        if (turn != TURN_NEXT_SERVER)
            return turn;
    }
    return TURN_NEXT_SERVER;
}

/* Those with an address come first: the others cost a walk each. */
static enum turn ask_zone(struct walk *w, struct delegation *at, struct pursuit *p, struct delegation *down)
{
    bool glueless[SERVERS];

    for (size_t i = 0; i < at->n; i++)
        glueless[i] = at->server[i].n == 0;
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < at->n; i++) {
            enum turn turn = glueless[i] == (pass == 1) ? ask_server(w, at, &at->server[i], p, down) : TURN_NEXT_SERVER;
            if (turn != TURN_NEXT_SERVER)
                return turn;
        }
    return TURN_END;
}

static void descend(struct walk *w, struct pursuit *p)
{
    struct delegation at, down;

    begin(w, &at);
    while (ask_zone(w, &at, p, &down) == TURN_DOWN)
        at = down;
}

void hc_dns_walk(const struct hc_dns_question *question, const struct hc_dns_name *name, enum hc_dns_type type,
                 struct hc_dns *out)
{
    struct walk w = {.question = question, .out = out, .port = HC_DNS_PORT, .until = hc_mono_ms() + WALK_MS};
    struct pursuit p = {.name = *name, .type = type};

    descend(&w, &p);
}
