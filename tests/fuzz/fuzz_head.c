/* fuzz_head.c - any bytes as the signed head of a ledger. What is read is spelled in one way only, so it must say the
 * same again. */
#include <assert.h>
#include <string.h>

#include "authority/head_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_head head, again;
    struct hc_err e;

    if (hc_failed(hc_head_peek(hc_bytes_of(data, size), &head, &e)))
        return 0;
    assert(head.links > 0 && strlen(head.issuer) < sizeof head.issuer);
    assert(hc_ok(hc_head_peek(hc_bytes_of(data, size), &again, &e)) && again.links == head.links);
    return 0;
}
