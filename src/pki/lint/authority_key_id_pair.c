/*
 * authority_key_id_pair.c - "authorityCertIssuer and authorityCertSerialNumber MUST both be present or both be
 * absent".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    if (!hc_lint_value(j, HC_OID_AUTHORITY_KEY_ID, &d))
        return;
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    hc_der_skip_optional(&seq, HC_DER_CONTEXT(0));
    bool issuer = hc_der_skip_optional(&seq, HC_DER_CONTEXT_CONSTRUCTED(1));
    bool serial = hc_der_skip_optional(&seq, HC_DER_CONTEXT(2));
    if (issuer != serial)
        hc_lint_found(j, "authorityKeyIdentifier has %s without the other", issuer ? "an issuer" : "a serial number");
}

const struct hc_lint_rule hc_lint_rule_authority_key_id_pair = {
    .row =
        {
            .id = "authority-key-id-pair",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.2",
            .level = HC_LINT_ERROR,
            .sentence = "In authorityKeyIdentifier, issuer and serial number stand together.",
        },
    .judge = judge,
};
