/* fuzz_record.c - any bytes as the record of what was put into trust stores, which says what is taken out again. */
#include <assert.h>

#include "trust/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HC_RECORDS(records);
    struct hc_err e;

    if (hc_ok(hc_records_parse(hc_bytes_of(data, size), &records, &e)))
        for (size_t i = 0; i < records.n; i++)
            assert(records.record[i].path[0] == '/');
    return 0;
}
