/* Object identifiers for people. */
#include "hc_test.h"

#include "pki/oid.h"

static void expect_text(struct hc_bytes oid, const char *text)
{
    HC_BUF_AUTO(out, 256);

    hc_oid_text(oid, &out);
    assert_string_equal(hc_buf_cstr(&out), text);
}

static void oid_has_a_dotted_text(void **state)
{
    (void)state;
    expect_text(HC_OID_SUBJECT_ALT_NAME, "2.5.29.17");
    expect_text(HC_OID_EKU_SERVER_AUTH, "1.3.6.1.5.5.7.3.1");
    expect_text(HC_OID_SHA256_RSA, "1.2.840.113549.1.1.11");
    expect_text(HC_OID_AT_USER_ID, "0.9.2342.19200300.100.1.1");
    expect_text(HC_BYTES("\x88\x37"), "2.999");
}

static void oid_without_a_text_is_a_question_mark(void **state)
{
    (void)state;
    expect_text(HC_BYTES(""), "?");
    expect_text(HC_BYTES("\x55\x9d"), "?");
    expect_text(HC_BYTES("\x55\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "?");
}

static void oid_names_the_usual_attributes(void **state)
{
    (void)state;
    assert_string_equal(hc_oid_attribute(HC_OID_AT_COMMON_NAME), "CN");
    assert_string_equal(hc_oid_attribute(HC_OID_AT_DOMAIN_COMPONENT), "DC");
    assert_null(hc_oid_attribute(HC_OID_EKU_ANY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oid_has_a_dotted_text),
        cmocka_unit_test(oid_without_a_text_is_a_question_mark),
        cmocka_unit_test(oid_names_the_usual_attributes),
    };

    return cmocka_run_group_tests_name("pki/oid", tests, NULL, NULL);
}
