/* people.c - see people.h. */
#include "people.h"

#include <stdio.h>

static void make_ca(struct people *p, const char *name, const struct testpki *issuer, struct testpki *out)
{
    struct testpki_spec spec = {.subject = name, .ca = true, .not_after = PEOPLE_FAR};

    testpki_issue(p->crypto, &spec, issuer, out);
}

static struct hc_bundle *make_bundle(struct people *p, const struct testpki *root)
{
    HC_BUF_AUTO(pem, 65536);
    struct hc_bundle *bundle = NULL;
    struct hc_err e;

    testpki_pem(root, &pem);
    expect_ok(&e, hc_bundle_parse(p->crypto, hc_buf_view(&pem), TESTPKI_NOW, &bundle, &e));
    return bundle;
}

int people_setup(void **state)
{
    struct people *p = calloc(1, sizeof *p);
    struct hc_err e;

    assert_non_null(p);
    expect_ok(&e, hc_crypto_new(&p->crypto, &e));
    make_ca(p, "Root", NULL, &p->root);
    make_ca(p, "Issuing", &p->root, &p->issuer);
    make_ca(p, "Other root", NULL, &p->other);
    p->bundle = make_bundle(p, &p->root);
    p->other_bundle = make_bundle(p, &p->other);
    *state = p;
    return 0;
}

int people_teardown(void **state)
{
    struct people *p = *state;

    testpki_fini(&p->root);
    testpki_fini(&p->issuer);
    testpki_fini(&p->other);
    hc_bundle_free(p->bundle);
    hc_bundle_free(p->other_bundle);
    hc_crypto_free(p->crypto);
    free(p);
    return 0;
}

void people_leaf(struct people *p, const char *email, int64_t not_after, struct testpki *out)
{
    char san[128];
    struct testpki_spec spec = {
        .subject = "somebody", .san = {san}, .client = true, .not_after = not_after ? not_after : PEOPLE_FAR};

    snprintf(san, sizeof san, "email:%s", email);
    testpki_issue(p->crypto, &spec, &p->issuer, out);
}

struct hc_checked_chain *people_check(struct people *p, const struct testpki *leaf)
{
    const struct hc_cert *cert[] = {leaf->cert, p->issuer.cert};
    struct hc_verify_policy policy = {
        .bundle = p->bundle,
        .purpose = HC_VERIFY_CLIENT,
        .revocation = HC_REVOCATION_NONE,
        .now = TESTPKI_NOW,
    };
    struct hc_presented presented = {.cert = cert, .n = 2};
    struct hc_checked_chain *chain = NULL;
    struct hc_report report;
    struct hc_err e;

    hc_report_init(&report, false);
    expect_ok(&e, hc_verify(p->crypto, &policy, presented, &chain, &report, &e));
    return chain;
}

struct hc_checked_chain *people_chain(struct people *p, const char *email, int64_t not_after)
{
    struct hc_checked_chain *chain;
    struct testpki leaf;

    people_leaf(p, email, not_after, &leaf);
    chain = people_check(p, &leaf);
    testpki_fini(&leaf);
    return chain;
}
