/* dns_answer.c - aliases and addresses in the answer section. */
#include "doctor/dns_answer.h"

#include <netinet/in.h>

#define LINKS 16 /* of aliases; resolvers follow about as many */

struct hc_addr hc_dns_answer_addr(const struct hc_dns_record *record)
{
    struct hc_addr a = {.len = 0};

    if (record->type == HC_DNS_AAAA) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.ss;
        v6->sin6_family = AF_INET6;
        memcpy(&v6->sin6_addr, record->address, 16);
        a.len = sizeof *v6;
    } else {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&a.ss;
        v4->sin_family = AF_INET;
        memcpy(&v4->sin_addr, record->address, 4);
        a.len = sizeof *v4;
    }
    return a;
}

/* The next alias of out->name; false when it has none. */
static bool follow(const struct hc_dns_message *message, struct hc_dns_answer *out)
{
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_record r;

    while (hc_dns_message_next(message, &cursor, &r)) {
        if (r.section != HC_DNS_ANSWER || r.type != HC_DNS_CNAME || !hc_dns_name_eq(&r.name, &out->name))
            continue;
        out->name = r.target;
        out->alias = true;
        out->ttl = r.ttl < out->ttl ? r.ttl : out->ttl;
        return true;
    }
    return false;
}

void hc_dns_answer_read(const struct hc_dns_message *message, const struct hc_dns_name *name, enum hc_dns_type type,
                        struct hc_dns_answer *out)
{
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_record r;

    *out = (struct hc_dns_answer){.name = *name, .ttl = UINT32_MAX};
    for (unsigned i = 0; i < LINKS && follow(message, out); i++)
        ;
    while (out->n < HC_DNS_ADDRESSES && hc_dns_message_next(message, &cursor, &r))
        if (r.section == HC_DNS_ANSWER && r.type == type && hc_dns_name_eq(&r.name, &out->name))
            out->address[out->n++] =
                (struct hc_dns_address){hc_dns_answer_addr(&r), r.ttl < out->ttl ? r.ttl : out->ttl};
}
