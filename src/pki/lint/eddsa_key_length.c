/* eddsa_key_length.c - the key is as RFC 8032 and RFC 7748 encode it: 32 octets, 57 for Ed448, 56 for X448. */
#include "pki/lint/rule.h"

static const struct {
    struct hc_bytes oid;
    size_t n;
} KINDS[] = {{HC_OID_ED25519, 32}, {HC_OID_X25519, 32}, {HC_OID_ED448, 57}, {HC_OID_X448, 56}};

static void judge(struct hc_lint_judging *j)
{
    for (size_t i = 0; i < HC_COUNT(KINDS); i++)
        if (hc_lint_key_is(j->cert, KINDS[i].oid) && j->cert->spki_key.n != KINDS[i].n)
            hc_lint_found(j, "the key has %zu octets instead of %zu", j->cert->spki_key.n, KINDS[i].n);
}

const struct hc_lint_rule hc_lint_rule_eddsa_key_length = {
    .row =
        {
            .id = "eddsa-key-length",
            .source = "RFC 8410",
            .clause = "RFC 8410 4",
            .level = HC_LINT_ERROR,
            .sentence = "An Ed25519, X25519, Ed448 or X448 key has its length.",
        },
    .judge = judge,
};
