/*
 * dns_answer.h - what an answer says about a name: through its aliases to addresses.
 */
#ifndef HC_DOCTOR_DNS_ANSWER_H
#define HC_DOCTOR_DNS_ANSWER_H

#include "doctor/dns_message.h"

struct hc_dns_answer {
    struct hc_dns_name name;                         /* at the end of the aliases */
    bool alias;                                      /* which is another than was asked for */
    uint32_t ttl;                                    /* the least of the aliases'; UINT32_MAX when there is none */
    struct hc_dns_address address[HC_DNS_ADDRESSES]; /* without a port */
    size_t n;
};

/* Reads the addresses of `name` out of the message, following aliases that are in it. Ends on every input. */
void hc_dns_answer_read(const struct hc_dns_message *message, const struct hc_dns_name *name, enum hc_dns_type type,
                        struct hc_dns_answer *out);

/* The address of a record of type A or AAAA, without a port. */
struct hc_addr hc_dns_answer_addr(const struct hc_dns_record *record);

#endif
