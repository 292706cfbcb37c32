/*
 * signature_rsa_parameters.c - sha256WithRSAEncryption and its kin: "the parameters MUST be NULL"; so too RFC 3279
 * 2.2.1.
 */
#include "pki/lint/rule.h"

static bool is_pkcs1(struct hc_bytes oid)
{
    return hc_bytes_eq(oid, HC_OID_MD5_RSA) || hc_bytes_eq(oid, HC_OID_SHA1_RSA) ||
           hc_bytes_eq(oid, HC_OID_SHA256_RSA) || hc_bytes_eq(oid, HC_OID_SHA384_RSA) ||
           hc_bytes_eq(oid, HC_OID_SHA512_RSA);
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_lint_algorithm a = hc_lint_algorithm(j->cert->sig_alg);
    if (is_pkcs1(a.oid) && !hc_bytes_eq(a.parameters, HC_BYTES("\x05\x00")))
        hc_lint_found(j, "the parameters of the signature's algorithm are %s", a.parameters.n ? "not NULL" : "absent");
}

const struct hc_lint_rule hc_lint_rule_signature_rsa_parameters = {
    .row =
        {
            .id = "signature-rsa-parameters",
            .source = "RFC 4055",
            .clause = "RFC 4055 5",
            .level = HC_LINT_ERROR,
            .sentence = "The parameters of an RSA signature's algorithm are NULL.",
        },
    .judge = judge,
};
