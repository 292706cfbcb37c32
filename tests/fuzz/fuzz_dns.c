/*
 * fuzz_dns.c - answers of name servers. The first byte chooses the type asked for, the next two are the query's number;
 * the rest is what came.
 *
 * Besides memory errors it finds: a message that was parsed and cannot be read again to its last record; a name that is
 * longer than a name may be, or whose text is not plain printable ASCII.
 */
#include <stdlib.h>

#include "doctor/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_name(const struct hc_dns_name *name)
{
    char text[HC_DNS_NAME];

    must(name->n >= 1 && name->n <= HC_DNS_NAME_WIRE && name->wire[name->n - 1] == 0);
    hc_dns_name_text(name, text);
    for (const char *p = text; *p; p++)
        must(*p > ' ' && *p <= '~');
    must(text[strlen(text) - 1] == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {HC_DNS_A, HC_DNS_AAAA};
    struct hc_dns_query query = {.name = hc_dns_name_root()};
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_message message;
    struct hc_dns_record record;
    struct hc_dns_answer answer;
    unsigned n = 0;

    if (size < 15)
        return 0;
    query.type = types[data[0] & 1];
    query.id = (uint16_t)(data[1] << 8 | data[2]);
    struct hc_bytes wire = hc_bytes_of(data + 1, size - 1);
    size_t at = 12;
    if (!hc_dns_name_read(wire, &at, &query.name)) /* whatever it answers was asked */
        query.name = hc_dns_name_root();
    if (hc_dns_message_parse(wire, &query, &message) != HC_DNS_READ)
        return 0;
    while (hc_dns_message_next(&message, &cursor, &record)) {
        check_name(&record.name);
        if (record.type == HC_DNS_NS || record.type == HC_DNS_CNAME)
            check_name(&record.target);
        n++;
    }
    must(n == message.n);
    hc_dns_answer_read(&message, &query.name, query.type, &answer);
    check_name(&answer.name);
    must(answer.n <= HC_DNS_ADDRESSES);
    return 0;
}
