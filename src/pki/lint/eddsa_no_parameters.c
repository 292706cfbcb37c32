/* eddsa_no_parameters.c - "the parameters MUST be absent", of keys and of signatures. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_lint_algorithm signature = hc_lint_algorithm(j->cert->sig_alg);
    if (hc_lint_algorithm(j->cert->spki_alg).parameters.n &&
        (hc_lint_key_is_eddsa(j->cert) || hc_lint_key_is_montgomery(j->cert)))
        hc_lint_found(j, "the key's algorithm has parameters");
    if (signature.parameters.n &&
        (hc_bytes_eq(signature.oid, HC_OID_ED25519) || hc_bytes_eq(signature.oid, HC_OID_ED448)))
        hc_lint_found(j, "the signature's algorithm has parameters");
}

const struct hc_lint_rule hc_lint_rule_eddsa_no_parameters = {
    .row =
        {
            .id = "eddsa-no-parameters",
            .source = "RFC 8410",
            .clause = "RFC 8410 3",
            .level = HC_LINT_ERROR,
            .sentence = "Ed25519, Ed448, X25519 and X448 have no parameters.",
        },
    .judge = judge,
};
