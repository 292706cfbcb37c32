/* detail.c - one flat JSON object, member by member. */
#include <inttypes.h>

#include "authority/detail.h"
#include "base/escape.h"
#include "pki/cert.h"

static void begin_member(struct hc_buf *d, const char *key)
{
    hc_buf_addf(d, "%s\"%s\":", d->n == 0 ? "{" : ",", key);
}

void hc_detail_str(struct hc_buf *d, const char *key, struct hc_bytes value)
{
    begin_member(d, key);
    hc_buf_add_byte(d, '"');
    hc_escape_json(d, value);
    hc_buf_add_byte(d, '"');
}

void hc_detail_int(struct hc_buf *d, const char *key, int64_t value)
{
    begin_member(d, key);
    hc_buf_addf(d, "%" PRId64, value);
}

void hc_detail_serial(struct hc_buf *d, const char *key, struct hc_bytes serial)
{
    begin_member(d, key);
    hc_buf_add_byte(d, '"');
    hc_serial_text(serial, d);
    hc_buf_add_byte(d, '"');
}

void hc_detail_end(struct hc_buf *d)
{
    hc_buf_add_str(d, d->n == 0 ? "{}" : "}");
}
