/* fuzz_crl.c - any bytes as a CRL; every entry of what parses must be found again. */
#include <assert.h>

#include "pki/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_crl *crl = NULL;
    struct hc_err e;

    if (hc_failed(hc_crl_parse(hc_bytes_of(data, size), &crl, &e)))
        return 0;
    for (size_t i = 0; i < crl->n_entries; i++) {
        struct hc_bytes serial;
        struct hc_crl_entry entry = hc_crl_entry_at(crl, i, &serial);

        assert(hc_crl_find(crl, serial, &entry));
        hc_crl_reason_text(entry.reason);
    }
    assert(hc_crl_number_cmp(crl->number, crl->number) == 0);
    hc_crl_free(crl);
    return 0;
}
