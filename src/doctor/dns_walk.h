/*
 * dns_walk.h - from the root to whoever answers for a name: one query to each server of the way, none of which is asked
 * to find out for us.
 */
#ifndef HC_DOCTOR_DNS_WALK_H
#define HC_DOCTOR_DNS_WALK_H

#include "doctor/dns_message.h"

/* Fills out->step; nothing else. `type` is HC_DNS_A or HC_DNS_AAAA. Blocks: HC_DNS_STEPS queries at most. */
void hc_dns_walk(const struct hc_dns_question *question, const struct hc_dns_name *name, enum hc_dns_type type,
                 struct hc_dns *out);

#endif
