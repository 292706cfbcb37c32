/*
 * judging.h - a root, an issuing CA and a bundle, and what judges chains below them; for the tests of the verifier.
 */
#ifndef HC_TEST_PKI_JUDGING_H
#define HC_TEST_PKI_JUDGING_H

#include "testpki.h"

#include "pki/verify.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, issuer;
    struct hc_bundle *bundle;
} w;

static inline struct hc_bundle *bundle_of(const struct testpki *root)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(root, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &b, &e));
    return b;
}

static inline struct hc_verify_policy policy_of(const struct hc_bundle *bundle)
{
    return (struct hc_verify_policy){
        .bundle = bundle, .purpose = HC_VERIFY_EITHER, .revocation = HC_REVOCATION_NONE, .now = TESTPKI_NOW};
}

#define CHAIN 8

/* Judges certificates, leaf first; NULL ends the list. */
static inline struct hc_rc judge(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN],
                                 struct hc_checked_chain **out, struct hc_report *report, struct hc_err *e)
{
    const struct hc_cert *cert[CHAIN];
    size_t n = 0;
    for (; n < CHAIN && chain[n] != NULL; n++)
        cert[n] = chain[n]->cert;
    hc_report_init(report, false);
    return hc_verify(w.crypto, policy, (struct hc_presented){.cert = cert, .n = n}, out, report, e);
}

static inline void expect_refused(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN],
                                  enum hc_code want)
{
    struct hc_err e;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    expect_fail(&e, judge(policy, chain, &out, &report, &e), want);
    assert_null(out);
    assert_int_equal(hc_report_code(&report), want);
}

static inline void expect_accepted(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN])
{
    struct hc_err e;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    expect_ok(&e, judge(policy, chain, &out, &report, &e));
    assert_true(hc_report_ok(&report));
    assert_ptr_equal(hc_checked_chain_leaf(out), chain[0]->cert);
}

/* A leaf of the world's issuing CA, good but for what the spec says. */
static inline void leaf(struct testpki_spec spec, struct testpki *out)
{
    if (spec.subject == NULL)
        spec.subject = "leaf";
    if (spec.san[0] == NULL)
        spec.san[0] = "dns:a.example";
    testpki_issue(w.crypto, &spec, &w.issuer, out);
}

static inline int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .pathlen = 1, .serial = 5}, &w.root,
                  &w.issuer);
    w.bundle = bundle_of(&w.root);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    testpki_fini(&w.root);
    testpki_fini(&w.issuer);
    hc_bundle_free(w.bundle);
    hc_crypto_free(w.crypto);
    return 0;
}

#endif
