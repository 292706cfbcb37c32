/*
 * making.h - a root, an issuing CA and leaves, made with the writers under test and really signed.
 */
#ifndef HC_TEST_PKI_MAKING_H
#define HC_TEST_PKI_MAKING_H

#include "hc_test.h"

#include "base/clock.h"
#include "crypto/key.h"
#include "pki/lint.h"
#include "pki/tbs.h"

#define MAKING_NOW INT64_C(1792800000) /* 2026-10-23T23:20:00Z */
#define MAKING_SERIAL HC_BYTES("\x8f\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f")

struct made {
    struct hc_key *key;
    struct hc_buf spki;
    struct hc_cert *cert;
};

static inline void made_fini(struct made *m)
{
    hc_key_free(m->key);
    hc_buf_fini(&m->spki);
    hc_cert_free(m->cert);
}

static inline struct hc_name *making_name(const char *text)
{
    struct hc_err e;
    struct hc_name *name = NULL;
    expect_ok(&e, hc_name_parse(hc_bytes_str(text), HC_NAME_WILDCARD, &name, &e));
    return name;
}

/* A key of the profile's kind and its public half. */
static inline void making_key(const struct hc_crypto *c, enum hc_key_kind kind, struct made *out)
{
    struct hc_err e;
    *out = (struct made){.spki = HC_BUF(1024)};
    expect_ok(&e, hc_key_generate(c, kind, &out->key, &e));
    expect_ok(&e, hc_key_spki(out->key, &out->spki, &e));
}

/* What every request shares. The key that signs is the issuer's, or the subject's own for a root. */
static inline struct hc_tbs_request making_request(enum hc_profile profile, const struct made *subject,
                                                   const struct made *issuer)
{
    return (struct hc_tbs_request){
        .profile = profile,
        .common_name = hc_profile_row(profile)->word,
        .spki = hc_buf_view(&subject->spki),
        .serial = MAKING_SERIAL,
        .not_before = MAKING_NOW,
        .not_after = MAKING_NOW + HC_DAY,
        .issuer = issuer ? issuer->cert : NULL,
        .sig_alg = hc_key_signature_algorithm(issuer ? issuer->key : subject->key),
    };
}

/* Compose, lint, sign, assemble. `issuers` as in struct hc_lint_rules. */
static inline struct hc_cert *making_sign(const struct hc_tbs_request *r, const struct hc_lint_rules *rules,
                                          const struct hc_key *key)
{
    struct hc_err e;
    struct hc_tbs *tbs = NULL;
    struct hc_linted_tbs *linted = NULL;
    struct hc_cert *cert = NULL;
    struct hc_buf signature = HC_BUF(HC_KEY_SIGNATURE_MAX);
    expect_ok(&e, hc_tbs_from_profile(r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(rules, tbs, NULL, &linted, &e));
    expect_ok(&e, hc_key_sign(key, hc_linted_tbs_der(linted), &signature, &e));
    expect_ok(&e, hc_cert_assemble(linted, r->sig_alg, hc_buf_view(&signature), &cert, &e));
    hc_buf_fini(&signature);
    hc_linted_tbs_free(linted);
    hc_tbs_free(tbs);
    return cert;
}

/* A P-384 root of ten years, with these constraints. */
static inline void making_root(const struct hc_crypto *c, struct hc_tbs_subtrees permitted, struct made *out)
{
    making_key(c, HC_KEY_P384, out);
    struct hc_tbs_request r = making_request(HC_PROFILE_ROOT_CA, out, NULL);
    r.not_after = MAKING_NOW + 3650 * INT64_C(86400);
    r.permitted = permitted;
    r.organisation = "Example Corp";
    r.common_name = "Example Corp Root CA";
    out->cert = making_sign(&r, &(struct hc_lint_rules){.n_issuers = 0}, out->key);
}

/* A P-256 issuing CA of one year below the root. */
static inline void making_issuer(const struct hc_crypto *c, const struct made *root, struct made *out)
{
    making_key(c, HC_KEY_P256, out);
    struct hc_tbs_request r = making_request(HC_PROFILE_ISSUING_CA, out, root);
    r.not_after = MAKING_NOW + 365 * INT64_C(86400);
    const struct hc_cert *above[] = {root->cert};
    out->cert = making_sign(&r, &(struct hc_lint_rules){.issuers = above, .n_issuers = 1}, root->key);
}

#endif
