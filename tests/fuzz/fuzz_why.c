/* fuzz_why.c - records of refusals: whatever is read back is written as the same bytes again. */
#include <stdlib.h>

#include "observe/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hc_why why;
    struct hc_err e = {0};
    HC_BUF_AUTO(again, HC_WHY_BYTES);

    if (hc_failed(hc_why_parse(hc_bytes_of(data, size), &why, &e)))
        return 0;
    hc_why_emit(&why, &again);
    if (again.failed != HC_OK_CODE || !hc_bytes_eq(hc_buf_view(&again), hc_bytes_of(data, size)))
        abort();
    return 0;
}
