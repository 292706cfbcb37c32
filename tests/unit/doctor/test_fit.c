/* test_fit.c - which of the user's identities a server would take. */
#include "fabric.h"

static const struct hc_fit *fit(struct fabric *f)
{
    hc_probe_fit(f->p, "billing.pem", f->own, 1);
    return &f->p->fit[f->p->n_fits - 1];
}

/* rough.h makes Ed25519 keys, of a certificate that is its own issuer. */
static void own(struct fabric *f, struct hc_bytes eku)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);
    fabric_init(f);
    fabric_san(&exts, 0, "billing.example.com");
    if (eku.n > 0)
        fabric_eku(&exts, eku);
    f->own[0] = fabric_cert(HC_BYTES("Example Issuing"), hc_buf_view(&exts));
    f->spec.chain = f->own;
    f->spec.n_chain = 1;
    f->p->main.agreed.version = 0x0304;
    fabric_request(f, NULL, 0);
}

static void any_identity_fits_a_server_that_names_no_authority(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    const struct hc_fit *got = fit(&f);
    assert_true(got->fits);
    assert_false(got->used);
    assert_string_equal(got->name, "dns:billing.example.com");
    assert_non_null(strstr(got->text, "names no authority"));
    assert_non_null(strstr(got->text, "ed25519"));
    fabric_fini(&f);
}

static void an_authority_that_is_named_fits(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    fabric_request(&f, &f.own[0]->issuer, 1);
    assert_true(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[0].text, "CN=Example Issuing"));
    fabric_fini(&f);
}

static void an_authority_that_is_not_named_does_not_fit(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    const struct hc_bytes other = ROUGH_NAME;
    fabric_request(&f, &other, 1);
    f.p->main.request->more = 3;
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[0].text, "not among those that the server names: CN=Example Issuing"));
    assert_non_null(strstr(f.p->fit[0].text, "of 4 names the first 1"));
    fabric_fini(&f);
}

static void a_servers_certificate_does_not_fit_a_client(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_SERVER_AUTH);
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[0].text, "not for clients"));
    fabric_fini(&f);
}

static void an_expired_one_and_an_early_one_do_not_fit(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    f.p->now = f.own[0]->not_after;
    assert_true(fit(&f)->fits); /* the last second still counts */
    f.p->now = f.own[0]->not_after + 3 * HC_DAY;
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[1].text, "expired 3 days ago"));
    f.p->now = f.own[0]->not_before - 2 * HC_HOUR;
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[2].text, "only in 2 hours"));
    fabric_fini(&f);
}

static void a_key_that_can_make_no_listed_signature_does_not_fit(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    f.p->main.request->signatures = (struct hc_tls_codes){.code = {0x0403, 0x0804}, .n = 2};
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[0].text, "Ed25519"));
    fabric_fini(&f);
}

static void every_reason_is_told(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_SERVER_AUTH);
    f.p->now = f.own[0]->not_after + HC_DAY;
    assert_false(fit(&f)->fits);
    assert_non_null(strstr(f.p->fit[0].text, "expired"));
    assert_non_null(strstr(f.p->fit[0].text, "; it is not for clients"));
    fabric_fini(&f);
}

static void the_one_that_was_presented_is_marked(void **state)
{
    (void)state;
    struct fabric f;
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    f.p->main.n_sent = 1;
    assert_true(fit(&f)->used);
    fabric_fini(&f);
}

static void labels_are_escaped_and_cut_and_their_number_is_bounded(void **state)
{
    (void)state;
    struct fabric f;
    char label[600];
    own(&f, HC_OID_EKU_CLIENT_AUTH);
    memset(label, '\x1b', sizeof label - 1);
    label[sizeof label - 1] = '\0';
    for (size_t i = 0; i < HC_PROBE_FITS + 5; i++)
        hc_probe_fit(f.p, label, f.own, 1);
    assert_int_equal(f.p->n_fits, HC_PROBE_FITS);
    assert_memory_equal(f.p->fit[0].label, "\\x1b", 4);
    assert_string_equal(f.p->fit[0].label + strlen(f.p->fit[0].label) - 3, "...");
    fabric_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_identity_fits_a_server_that_names_no_authority),
        cmocka_unit_test(an_authority_that_is_named_fits),
        cmocka_unit_test(an_authority_that_is_not_named_does_not_fit),
        cmocka_unit_test(a_servers_certificate_does_not_fit_a_client),
        cmocka_unit_test(an_expired_one_and_an_early_one_do_not_fit),
        cmocka_unit_test(a_key_that_can_make_no_listed_signature_does_not_fit),
        cmocka_unit_test(every_reason_is_told),
        cmocka_unit_test(the_one_that_was_presented_is_marked),
        cmocka_unit_test(labels_are_escaped_and_cut_and_their_number_is_bounded),
    };
    return cmocka_run_group_tests_name("doctor/fit", tests, NULL, NULL);
}
