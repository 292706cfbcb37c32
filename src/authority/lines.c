/* lines.c - lines of "KEY: VALUE". */
#include "authority/lines.h"

#include <string.h>

bool hc_lines_take(struct hc_bytes *in, const char *key, struct hc_bytes *value)
{
    size_t n = hc_bytes_find(*in, '\n');
    struct hc_bytes line = hc_bytes_head(*in, n);

    if (n == in->n || !hc_bytes_starts(line, hc_bytes_str(key)))
        return false;
    *value = hc_bytes_skip(line, strlen(key));
    *in = hc_bytes_skip(*in, n + 1);
    return true;
}

bool hc_lines_sha256(struct hc_bytes text, uint8_t out[HC_SHA256_SIZE])
{
    return text.n == (size_t)2 * HC_SHA256_SIZE && hc_bytes_unhex(text, out);
}
