/* fuzz_der.c - reads any bytes as nested DER in every way the reader knows, and writes back what it understood. */
#include <assert.h>

#include "asn1/derw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 16

static void read_value(struct hc_bytes whole)
{
    struct hc_der d[9];
    bool odd = false;

    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        d[i] = hc_der_init(whole);
    hc_der_bool(&d[0]);
    hc_der_integer(&d[1]);
    assert(hc_der_small(&d[2], 1000) <= 1000);
    hc_der_oid(&d[3]);
    hc_der_bitstring(&d[4]);
    hc_der_named_bits(&d[5]);
    hc_der_null(&d[6]);
    assert(hc_der_enumerated(&d[7], 10) <= 10);
    hc_der_time(&d[8], &odd);
}

/* Walks the elements and checks that each one written again is the same bytes: there is no second encoding. */
static void walk(struct hc_der d, int depth)
{
    while (!hc_der_at_end(&d)) {
        struct hc_der again = d;
        uint8_t tag;
        struct hc_bytes whole = hc_der_any(&d, &tag);
        struct hc_bytes contents;
        struct hc_buf out = HC_BUF(1 << 20);

        if (d.failed)
            return;
        contents = hc_der_get(&again, tag);
        hc_derw_element(&out, tag, contents);
        assert(hc_bytes_eq(hc_buf_view(&out), whole));
        hc_buf_fini(&out);
        read_value(whole);
        if (tag & 0x20 && depth < DEPTH_MAX)
            walk(hc_der_init(contents), depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk(hc_der_init(hc_bytes_of(data, size)), 0);
    return 0;
}
