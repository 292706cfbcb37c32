/*
 * signature_not_sha1.c - endpoints are advised to abort on SHA-1 too. The signature of a trust anchor is looked at
 * by nobody.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes oid = hc_lint_algorithm(j->cert->sig_alg).oid;
    bool sha1 = hc_bytes_eq(oid, HC_OID_SHA1_RSA) || hc_bytes_eq(oid, HC_OID_ECDSA_SHA1);
    if (sha1 && !hc_cert_self_issued(j->cert))
        hc_lint_found(j, "it is signed with SHA-1, which can be forged with effort");
}

const struct hc_lint_rule hc_lint_rule_signature_not_sha1 = {
    .row =
        {
            .id = "signature-not-sha1",
            .source = "RFC 8446",
            .clause = "RFC 8446 4.4.2.4",
            .level = HC_LINT_WARNING,
            .sentence = "The signature does not use SHA-1.",
        },
    .judge = judge,
};
