/* signature_ecdsa_parameters.c - ecdsa-with-SHA256 and its kin: "the encoding MUST omit the parameters field". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_lint_algorithm a = hc_lint_algorithm(j->cert->sig_alg);
    if (a.parameters.n && hc_bytes_starts(a.oid, HC_BYTES("\x2a\x86\x48\xce\x3d\x04"))) /* ansi-X9-62 signatures */
        hc_lint_found(j, "the signature's algorithm has parameters");
}

const struct hc_lint_rule hc_lint_rule_signature_ecdsa_parameters = {
    .row =
        {
            .id = "signature-ecdsa-parameters",
            .source = "RFC 5758",
            .clause = "RFC 5758 3.2",
            .level = HC_LINT_ERROR,
            .sentence = "An ECDSA signature's algorithm has no parameters.",
        },
    .judge = judge,
};
