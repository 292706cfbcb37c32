/* Distinguished names: clean, comparable as the standard says, and shown without deceiving anybody. */
#include "hc_test.h"

#include "pki/dn.h"
#include "rough.h"

static void expect_text(uint8_t tag, struct hc_bytes value, const char *text)
{
    HC_BUF_AUTO(dn, 1024);
    HC_BUF_AUTO(out, 4096);

    rough_name(&dn, HC_OID_AT_COMMON_NAME, tag, value);
    hc_dn_text(hc_buf_view(&dn), &out);
    assert_string_equal(hc_buf_cstr(&out), text);
}

static void dn_shows_text_with_everything_deceptive_escaped(void **state)
{
    (void)state;
    expect_text(HC_DER_UTF8, HC_BYTES("Alice"), "CN=Alice");
    expect_text(HC_DER_UTF8,
                HC_BYTES("B\xc3\xbc"
                         "cher"),
                "CN=B\xc3\xbc"
                "cher");
    expect_text(HC_DER_UTF8, HC_BYTES("a,O=b+c"), "CN=a\\,O\\=b\\+c");
    expect_text(HC_DER_UTF8, HC_BYTES("#a "), "CN=\\#a\\ ");
    expect_text(HC_DER_UTF8, HC_BYTES("a\nb\x1b["), "CN=a\\0Ab\\1B[");
    expect_text(HC_DER_UTF8, HC_BYTES("a\0b"), "CN=a\\00b");
    expect_text(HC_DER_UTF8,
                HC_BYTES("a\xe2\x80\xae"
                         "b"),
                "CN=a\\E2\\80\\AEb"); /* right-to-left override */
    expect_text(HC_DER_UTF8, HC_BYTES("a\xff"), "CN=a\\FF");
    expect_text(HC_DER_BMP,
                HC_BYTES("\x00"
                         "A\x20\xac"),
                "CN=A\xe2\x82\xac");
    expect_text(HC_DER_UNIVERSAL, HC_BYTES("\x00\x01\xf6\x00"), "CN=\xf0\x9f\x98\x80");
    expect_text(HC_DER_TELETEX, HC_BYTES("\xfc"), "CN=\xc3\xbc");
    expect_text(HC_DER_OCTETS, HC_BYTES("\x01\x02"), "CN=#04020102");
}

static void dn_shows_the_last_attribute_first(void **state)
{
    /* O=Org, then CN=a + OU=b, then 1.2.3=x */
    const struct hc_bytes dn = HC_BYTES(
        "\x30\x2e\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x0c\x03Org\x31\x14\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"
        "\x30\x08\x06\x03\x55\x04\x0b\x0c\x01\x62\x31\x08\x30\x06\x06\x01\x2a\x0c\x01x");
    HC_BUF_AUTO(out, 256);
    struct hc_dn_attribute a[2];
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_dn_check(dn, "it", &e));
    hc_dn_text(dn, &out);
    assert_string_equal(hc_buf_cstr(&out), "1.2=x,CN=a+OU=b,O=Org");
    assert_int_equal(hc_dn_attributes(dn, a, 2), 4);
    assert_true(a[0].first && a[1].first);
    expect_bytes(a[1].value, "a");
}

static void dn_shows_a_question_mark_for_what_is_no_name(void **state)
{
    HC_BUF_AUTO(out, 16);

    (void)state;
    hc_dn_text(HC_BYTES("\x30\x03\x31\x00"), &out);
    hc_dn_text(HC_BYTES(""), &out);
    hc_dn_text(HC_BYTES("\x30\x00"), &out); /* the empty name has the empty text */
    assert_string_equal(hc_buf_cstr(&out), "??");
}

static struct hc_rc check(uint8_t tag, struct hc_bytes value, struct hc_err *e)
{
    HC_BUF_AUTO(dn, 1024);

    rough_name(&dn, HC_OID_AT_ORGANIZATION, tag, value);
    return hc_dn_check(hc_buf_view(&dn), "the subject", e);
}

static void dn_refuses_control_characters_in_every_string_type(void **state)
{
    struct hc_err e;

    (void)state;
    expect_fail(&e, check(HC_DER_UTF8, HC_BYTES("a\0b"), &e), HC_E_CERT_CONTROL_BYTE);
    assert_string_equal(e.text, "the subject has the control character U+0000 in it");
    expect_fail(&e, check(HC_DER_PRINTABLE, HC_BYTES("a\nb"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_fail(&e, check(HC_DER_IA5, HC_BYTES("a\x7f"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_fail(&e, check(HC_DER_TELETEX, HC_BYTES("\x1b"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_fail(&e, check(HC_DER_UTF8, HC_BYTES("\xc2\x9b"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_fail(&e, check(HC_DER_BMP, HC_BYTES("\x00\x41\x00\x00"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_fail(&e, check(HC_DER_UNIVERSAL, HC_BYTES("\x00\x00\x00\x07"), &e), HC_E_CERT_CONTROL_BYTE);
    expect_ok(&e, check(HC_DER_BMP, HC_BYTES("\x00\x41"), &e));
    expect_ok(&e, check(HC_DER_BITSTRING, HC_BYTES("\x00\x01"), &e)); /* no text */
}

static void dn_refuses_text_that_does_not_decode(void **state)
{
    static const struct {
        uint8_t tag;
        struct hc_bytes value;
    } bad[] = {
        {HC_DER_UTF8, HC_BYTES("\xc0\xaf")},
        {HC_DER_UTF8, HC_BYTES("\xe2\x82")},
        {HC_DER_UTF8, HC_BYTES("\xed\xa0\x80")},
        {HC_DER_UTF8, HC_BYTES("\xf4\x90\x80\x80")},
        {HC_DER_UTF8, HC_BYTES("\x80")},
        {HC_DER_PRINTABLE, HC_BYTES("\xfc")},
        {HC_DER_BMP, HC_BYTES("\x00\x41\x00")},
        {HC_DER_BMP, HC_BYTES("\xd8\x00")},
        {HC_DER_UNIVERSAL, HC_BYTES("\x00\x11\x00\x00")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_err e;

        expect_fail(&e, check(bad[i].tag, bad[i].value, &e), HC_E_CERT_MALFORMED);
    }
}

static void dn_refuses_what_is_no_name_or_is_too_much_of_one(void **state)
{
    HC_BUF_AUTO(many, 8192);
    size_t seq = hc_derw_begin(&many, HC_DER_SEQUENCE);
    struct hc_err e;

    (void)state;
    for (int i = 0; i <= HC_DN_ATTRIBUTES_MAX; i++)
        hc_buf_add(&many, HC_BYTES("\x31\x0a\x30\x08\x06\x03\x55\x04\x0b\x0c\x01x"));
    hc_derw_end(&many, seq);
    expect_fail(&e, hc_dn_check(hc_buf_view(&many), "it", &e), HC_E_CERT_MALFORMED);
    expect_fail(&e, hc_dn_check(HC_BYTES("\x30\x02\x31\x00"), "it", &e), HC_E_CERT_MALFORMED);
    expect_fail(&e, hc_dn_check(HC_BYTES("\x30\x00\x00"), "it", &e), HC_E_CERT_MALFORMED);
    expect_ok(&e, hc_dn_check(HC_BYTES("\x30\x00"), "it", &e));
}

static bool eq(uint8_t tag_a, const char *a, uint8_t tag_b, const char *b)
{
    HC_BUF_AUTO(x, 256);
    HC_BUF_AUTO(y, 256);
    bool one;
    bool other;

    rough_name(&x, HC_OID_AT_COMMON_NAME, tag_a, hc_bytes_str(a));
    rough_name(&y, HC_OID_AT_COMMON_NAME, tag_b, hc_bytes_str(b));
    one = hc_dn_eq(hc_buf_view(&x), hc_buf_view(&y));
    other = hc_dn_eq(hc_buf_view(&y), hc_buf_view(&x));
    assert_int_equal(one, other);
    return one;
}

static void dn_compares_without_case_string_type_and_amount_of_space(void **state)
{
    (void)state;
    assert_true(eq(HC_DER_UTF8, "Example Corp", HC_DER_PRINTABLE, "example  CORP"));
    assert_true(eq(HC_DER_UTF8, "  Example Corp ", HC_DER_UTF8, "Example Corp"));
    assert_true(eq(HC_DER_UTF8, "", HC_DER_UTF8, "  "));
    assert_true(eq(HC_DER_TELETEX, "\xfc", HC_DER_UTF8, "\xc3\xbc"));
    assert_false(eq(HC_DER_UTF8, "ExampleCorp", HC_DER_UTF8, "Example Corp"));
    assert_false(eq(HC_DER_UTF8, "Example Corp", HC_DER_UTF8, "Example Corp2"));
    assert_false(eq(HC_DER_UTF8, "\xc3\x9c", HC_DER_UTF8, "\xc3\xbc")); /* only ASCII is folded */
    assert_false(eq(HC_DER_OCTETS, "a", HC_DER_UTF8, "a"));
    assert_true(eq(HC_DER_OCTETS, "a", HC_DER_OCTETS, "a"));
    assert_false(eq(HC_DER_OCTETS, "a", HC_DER_OCTETS, "A"));
}

static void dn_tells_what_lies_under_a_base(void **state)
{
    const struct hc_bytes org = HC_BYTES("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01o");
    const struct hc_bytes org_cn =
        HC_BYTES("\x30\x18\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01O\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01"
                 "c");
    const struct hc_bytes org_plus_cn =
        HC_BYTES("\x30\x16\x31\x14\x30\x08\x06\x03\x55\x04\x0a\x0c\x01o\x30\x08\x06\x03\x55\x04\x03\x0c\x01"
                 "c");

    (void)state;
    assert_true(hc_dn_under(org, org));
    assert_true(hc_dn_under(org_cn, org));
    assert_false(hc_dn_under(org, org_cn));
    assert_false(hc_dn_under(org_plus_cn, org)); /* half of a multi-valued RDN is no base of it */
    assert_true(hc_dn_under(org, HC_BYTES("\x30\x00")));
    assert_false(hc_dn_under(org, HC_BYTES("")));
    assert_false(hc_dn_under(HC_BYTES(""), org));
    assert_false(hc_dn_eq(org_cn, org));
    assert_false(hc_dn_eq(HC_BYTES(""), HC_BYTES("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dn_shows_text_with_everything_deceptive_escaped),
        cmocka_unit_test(dn_shows_the_last_attribute_first),
        cmocka_unit_test(dn_shows_a_question_mark_for_what_is_no_name),
        cmocka_unit_test(dn_refuses_control_characters_in_every_string_type),
        cmocka_unit_test(dn_refuses_text_that_does_not_decode),
        cmocka_unit_test(dn_refuses_what_is_no_name_or_is_too_much_of_one),
        cmocka_unit_test(dn_compares_without_case_string_type_and_amount_of_space),
        cmocka_unit_test(dn_tells_what_lies_under_a_base),
    };

    return cmocka_run_group_tests_name("pki/dn", tests, NULL, NULL);
}
