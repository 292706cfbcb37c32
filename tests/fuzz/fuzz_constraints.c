/*
 * fuzz_constraints.c - one name against one base, and a whole certificate under a CA with the rest of the input as
 * constraints.
 *
 * Input: tag, length of the name, name, base. What a permission and an exclusion say about the same pair must never
 * contradict each other, and an excluded base that is "" excludes everything.
 */
#include <stdlib.h>

#include "pki/constraints.h"
#include "pki/within.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pair(uint8_t tag, struct hc_bytes name, struct hc_bytes base)
{
    if (!hc_within_base_ok(tag, base))
        return;
    enum hc_within said = hc_within_judge(tag, name, base);
    if (!hc_within_judges(tag) && said != HC_WITHIN_PART)
        abort();
    if (base.n == 0 && (tag == HC_GN_DNS || tag == HC_GN_URI || tag == HC_GN_EMAIL) && said != HC_WITHIN_ALL)
        abort();
}

static void check_certificate(struct hc_bytes name, struct hc_bytes subtrees)
{
    struct hc_name names[] = {{.type = HC_NAME_DNS, .text = name},
                              {.type = HC_NAME_EMAIL, .text = name},
                              {.type = HC_NAME_URI, .text = name},
                              {.type = HC_NAME_IP, .ip_n = 4}};
    struct hc_cert ca = {
        .subject = HC_BYTES("\x30\x00"), .has_nc = true, .nc_permitted = subtrees, .nc_excluded = subtrees};
    struct hc_cert below = {.subject = HC_BYTES("\x30\x00"),
                            .subject_empty = true,
                            .names = names,
                            .n_names = sizeof(names) / sizeof(names[0])};
    struct hc_report report;
    hc_report_init(&report, false);
    bool ok = hc_constraints_check(&ca, &below, &report, 0);
    if (ok != hc_report_ok(&report))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct hc_bytes rest = hc_bytes_of(data + 2, size - 2);
    struct hc_bytes name = hc_bytes_head(rest, data[1]);
    struct hc_bytes base = hc_bytes_skip(rest, data[1]);
    check_pair(data[0], name, base);
    check_certificate(name, base);
    return 0;
}
