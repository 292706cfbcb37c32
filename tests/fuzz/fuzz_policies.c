/*
 * fuzz_policies.c - certificate policies of a chain, each certificate given by its list of extensions.
 *
 * Input: which certificates are self-issued (a bit each), then for up to four certificates, the leaf first, a length of
 * one byte and that many bytes of the contents of Extensions. Demanding less must never refuse what demanding more
 * accepts.
 */
#include <stdlib.h>

#include "pki/oid.h"
#include "pki/policies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CERTS 4

static bool judge(const struct hc_cert *const path[], size_t n, const struct hc_verify_policies *wanted)
{
    struct hc_report report;
    hc_report_init(&report, false);
    bool ok = hc_policies_check(path, n, wanted, &report);
    if (ok != hc_report_ok(&report))
        abort();
    return ok;
}

static bool has(const struct hc_cert *cert, struct hc_bytes oid)
{
    struct hc_bytes value;
    return hc_cert_extension(cert, oid, &value, NULL);
}

static void check(const struct hc_cert *const path[], size_t n)
{
    struct hc_bytes asked = HC_BYTES("\x2a\x03\x01");
    bool free = judge(path, n, &(struct hc_verify_policies){0});
    bool any = judge(path, n, &(struct hc_verify_policies){.explicit_policy = true});
    bool one = judge(path, n, &(struct hc_verify_policies){.accepted = &asked, .n = 1, .explicit_policy = true});
    bool strict =
        judge(path, n,
              &(struct hc_verify_policies){
                  .accepted = &asked, .n = 1, .explicit_policy = true, .inhibit_mapping = true, .inhibit_any = true});
    if ((any && !free) || (one && !any))
        abort();
    (void)strict; /* without a mapping a policy may hold under its own name: neither implies the other */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_cert cert[CERTS] = {0};
    const struct hc_cert *path[CERTS];
    struct hc_bytes in = hc_bytes_skip(hc_bytes_of(data, size), 1);
    size_t n = 0;
    for (; n < CERTS && in.n > 0; n++) {
        bool self = (data[0] >> n) & 1;
        cert[n].subject = HC_BYTES("\x30\x00");
        cert[n].issuer = self ? HC_BYTES("\x30\x00") : HC_BYTES("\x30\x02\x31\x00");
        cert[n].extensions = hc_bytes_head(hc_bytes_skip(in, 1), in.p[0]);
        cert[n].has_policy_constraints = has(&cert[n], HC_OID_POLICY_CONSTRAINTS);
        cert[n].has_policy_mappings = has(&cert[n], HC_OID_POLICY_MAPPINGS);
        in = hc_bytes_skip(in, 1 + (size_t)in.p[0]);
        path[n] = &cert[n];
    }
    if (n > 0)
        check(path, n);
    return 0;
}
