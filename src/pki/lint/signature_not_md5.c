/*
 * signature_not_md5.c - "Any endpoint receiving any certificate which it would need to validate using any signature
 * algorithm using an MD5 hash MUST abort".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (hc_bytes_eq(hc_lint_algorithm(j->cert->sig_alg).oid, HC_OID_MD5_RSA) && !hc_cert_self_issued(j->cert))
        hc_lint_found(j, "it is signed with MD5, which anybody can forge");
}

const struct hc_lint_rule hc_lint_rule_signature_not_md5 = {
    .row =
        {
            .id = "signature-not-md5",
            .source = "RFC 8446",
            .clause = "RFC 8446 4.4.2.4",
            .level = HC_LINT_ERROR,
            .sentence = "The signature does not use MD5.",
        },
    .judge = judge,
};
