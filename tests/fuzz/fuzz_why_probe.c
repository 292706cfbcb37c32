/* fuzz_why_probe.c - any bytes as a probe's record, and as what a gate says about a handshake; what is read of them is told. */
#include <assert.h>

#include "doctor/why.h"
#include "doctor/why_line_json.h"
#include "doctor/why_probe_json.h"

#define OUT_MAX (512 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hc_why_probe probe;
    static struct hc_why why;
    struct hc_bytes in = hc_bytes_of(data, size);
    HC_BUF_AUTO(out, OUT_MAX);
    struct hc_err e = {0};

    if (hc_ok(hc_why_line_read(in, &why, &e)))
        hc_why_tell(&why, 0, &out);
    if (hc_ok(hc_why_probe_read(in, &probe, &e)))
        hc_why_both(&probe, &why, &out);
    assert(out.failed == HC_OK_CODE);
    return 0;
}
