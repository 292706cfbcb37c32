/*
 * ec_point.c - "The first octet of the OCTET STRING indicates whether the key is compressed or uncompressed": 04,
 * or 02 and 03.
 */
#include "pki/lint/rule.h"

/* Bytes of a coordinate; 0 for a curve that is not known here. */
static size_t field_bytes(struct hc_bytes parameters)
{
    struct hc_bytes curve = hc_bytes_skip(parameters, 2); /* short OIDs: one byte of length */
    return hc_bytes_eq(curve, HC_OID_P256)   ? 32
           : hc_bytes_eq(curve, HC_OID_P384) ? 48
           : hc_bytes_eq(curve, HC_OID_P521) ? 66
                                             : 0;
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes key = j->cert->spki_key;
    size_t field = field_bytes(hc_lint_algorithm(j->cert->spki_alg).parameters);
    if (!hc_lint_key_is_ec(j->cert))
        return;
    if (key.n == 0 || key.p[0] < 2 || key.p[0] > 4)
        hc_lint_found(j, "the key is not a point in a form that is allowed");
    else if (field && key.n != (key.p[0] == 4 ? 2 * field : field) + 1)
        hc_lint_found(j, "the point has %zu bytes, which is not its curve's length", key.n);
}

const struct hc_lint_rule hc_lint_rule_ec_point = {
    .row =
        {
            .id = "ec-point",
            .source = "RFC 5480",
            .clause = "RFC 5480 2.2",
            .level = HC_LINT_ERROR,
            .sentence = "An elliptic-curve key is one point of the right length, uncompressed or compressed.",
        },
    .judge = judge,
};
