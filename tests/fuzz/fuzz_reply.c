/* fuzz_reply.c - any bytes as the reply of a root's home. */
#include <assert.h>

#include "authority/issuer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HC_ISSUER_REPLY(reply);
    struct hc_err e;

    if (hc_ok(hc_issuer_reply_parse(hc_bytes_of(data, size), &reply, &e)))
        assert(reply.cert && reply.root && reply.crl);
    return 0;
}
