/* dns_message.c - questions and answers of DNS. Everything that is read here was written by a stranger. */
#include "doctor/dns_message.h"

#define HEADER 12
#define CLASS_IN 1
#define FLAG_ANSWER 0x8000
#define FLAG_OPCODE 0x7800
#define FLAG_AUTHORITATIVE 0x0400
#define FLAG_TRUNCATED 0x0200
#define FLAG_RECURSE 0x0100
#define RCODE 0x000f
#define TTL_MAX 0x7fffffffu

static uint16_t get16(struct hc_bytes m, size_t at)
{
    return (uint16_t)(m.p[at] << 8 | m.p[at + 1]);
}

static uint32_t get32(struct hc_bytes m, size_t at)
{
    return (uint32_t)get16(m, at) << 16 | get16(m, at + 2);
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

size_t hc_dns_message_emit(const struct hc_dns_query *query, uint8_t out[HC_DNS_QUERY_WIRE])
{
    memset(out, 0, HEADER);
    put16(out, query->id);
    put16(out + 2, query->recurse ? FLAG_RECURSE : 0);
    put16(out + 4, 1); /* one question */
    memcpy(out + HEADER, query->name.wire, query->name.n);
    put16(out + HEADER + query->name.n, query->type);
    put16(out + HEADER + query->name.n + 2, CLASS_IN);
    return HEADER + query->name.n + 4;
}

/* The question that is answered is ours. A server that refuses may leave it out. */
static enum hc_dns_reading check_question(struct hc_dns_message *m, const struct hc_dns_query *query)
{
    unsigned n = get16(m->wire, 4);
    struct hc_dns_name name;
    size_t at = HEADER;

    m->records = HEADER;
    if (n == 0 && m->rcode != HC_DNS_NOERROR && m->rcode != HC_DNS_NXDOMAIN)
        return HC_DNS_READ;
    if (n != 1 || !hc_dns_name_read(m->wire, &at, &name) || at + 4 > m->wire.n)
        return HC_DNS_BROKEN;
    if (!hc_dns_name_eq(&name, &query->name) || get16(m->wire, at) != query->type || get16(m->wire, at + 2) != CLASS_IN)
        return HC_DNS_ALIEN;
    m->records = at + 4;
    return HC_DNS_READ;
}

/* What is known of its data: an address, a name; of other types nothing. */
static bool read_data(struct hc_bytes wire, size_t at, size_t n, struct hc_dns_record *r)
{
    struct hc_bytes upto = hc_bytes_head(wire, at + n);
    size_t end = at;

    switch (r->type) {
    case HC_DNS_A:
    case HC_DNS_AAAA:
        if (n != (r->type == HC_DNS_A ? 4 : 16))
            return false;
        memcpy(r->address, wire.p + at, n);
        return true;
    case HC_DNS_NS:
    case HC_DNS_CNAME:
        return hc_dns_name_read(upto, &end, &r->target) && end == at + n;
    default:
        return true;
    }
}

static bool read_record(struct hc_bytes wire, size_t *at, struct hc_dns_record *r)
{
    size_t pos = *at;

    if (!hc_dns_name_read(wire, &pos, &r->name) || pos + 10 > wire.n)
        return false;
    r->type = get16(wire, pos + 2) == CLASS_IN ? get16(wire, pos) : 0;
    r->ttl = get32(wire, pos + 4);
    if (r->ttl > TTL_MAX) /* "should be treated as if the entire value received was zero" [RFC 2181 8] */
        r->ttl = 0;
    size_t n = get16(wire, pos + 8);
    pos += 10;
    if (n > wire.n - pos || !read_data(wire, pos, n, r))
        return false;
    *at = pos + n;
    return true;
}

static enum hc_dns_section section_of(const struct hc_dns_message *m, unsigned index)
{
    return index < m->answers ? HC_DNS_ANSWER : index < m->authorities ? HC_DNS_AUTHORITY : HC_DNS_ADDITIONAL;
}

static bool read_all(struct hc_dns_message *m)
{
    struct hc_dns_record r;
    size_t at = m->records;

    m->answers = get16(m->wire, 6);
    m->authorities = m->answers + get16(m->wire, 8);
    m->n = m->authorities + get16(m->wire, 10);
    for (unsigned i = 0; i < m->n; i++)
        if (!read_record(m->wire, &at, &r))
            return false;
    return true;
}

enum hc_dns_reading hc_dns_message_parse(struct hc_bytes wire, const struct hc_dns_query *query,
                                         struct hc_dns_message *out)
{
    struct hc_dns_message m = {.wire = wire};

    if (wire.n < HEADER || get16(wire, 0) != query->id)
        return HC_DNS_ALIEN;
    unsigned flags = get16(wire, 2);
    if (!(flags & FLAG_ANSWER) || (flags & FLAG_OPCODE) != 0)
        return HC_DNS_ALIEN;
    m.rcode = flags & RCODE;
    m.authoritative = (flags & FLAG_AUTHORITATIVE) != 0;
    m.truncated = (flags & FLAG_TRUNCATED) != 0;
    enum hc_dns_reading reading = check_question(&m, query);
    if (reading == HC_DNS_READ && !m.truncated && !read_all(&m))
        reading = HC_DNS_BROKEN;
    if (reading == HC_DNS_READ)
        *out = m;
    return reading;
}

bool hc_dns_message_next(const struct hc_dns_message *message, struct hc_dns_cursor *cursor, struct hc_dns_record *out)
{
    if (cursor->index >= message->n)
        return false;
    if (cursor->index == 0)
        cursor->at = message->records;
    if (!read_record(message->wire, &cursor->at, out))
        return false;
    out->section = section_of(message, cursor->index++);
    return true;
}
