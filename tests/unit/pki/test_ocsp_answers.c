/* test_ocsp_answers.c */
#include "ocsping.h"

#include "pki/ocsp_answers.h"

static void answers_say_what_the_response_says(void **state)
{
    HC_AUTO(hc_crypto) c = NULL;
    HC_AUTO(hc_ocsp) o = NULL;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct testpki root, leaf;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&c, &e));
    testpki_issue(c, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &root);
    testpki_issue(c, &(struct testpki_spec){.subject = "leaf", .san = {"dns:leaf.example"}}, &root, &leaf);
    ocsping_der(&der, &(struct ocsping){
                          .signer = &root,
                          .answer = {{.cert = leaf.cert, .issuer = root.cert},
                                     {.cert = leaf.cert, .issuer = root.cert, .status = OCSPING_REVOKED_FOR_KEY}}});
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e));
    assert_int_equal(hc_ocsp_answers_count(o), 2);
    assert_string_equal(hc_ocsp_answers_at(o, 0).status, "good");
    assert_false(hc_ocsp_answers_at(o, 0).revoked);
    assert_true(hc_bytes_eq(hc_ocsp_answers_at(o, 0).serial, leaf.cert->serial));
    assert_string_equal(hc_ocsp_answers_at(o, 1).status, "revoked");
    assert_true(hc_ocsp_answers_at(o, 1).revoked);
    assert_int_equal(hc_ocsp_answers_at(o, 1).reason, HC_CRL_KEY_COMPROMISE);
    assert_true(hc_ocsp_answers_at(o, 1).this_update < hc_ocsp_answers_at(o, 1).next_update);
    testpki_fini(&leaf);
    testpki_fini(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_say_what_the_response_says),
    };
    return cmocka_run_group_tests_name("pki/ocsp_answers", tests, NULL, NULL);
}
