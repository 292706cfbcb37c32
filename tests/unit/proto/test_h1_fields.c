/* test_h1_fields.c - the syntax of header lines, and the Connection field. */
#include "hc_test.h"

#include "h1_outcome.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define OK HC_OK_CODE
#define BAD HC_E_HTTP_MALFORMED

static void header_lines_are_read_by_the_letter(void **state)
{
    static const struct case_of cases[] = {
        CASE(GET "X: y\r\n\r\n", OK),
        CASE(GET "X:y\r\n\r\n", OK),
        CASE(GET "X:\r\n\r\n", OK),
        CASE(GET "X: a:b\r\n\r\n", OK),
        CASE(GET "X:: b\r\n\r\n", OK),
        CASE(GET "X: \ta \t\r\n\r\n", OK),
        CASE(GET "X: \x80\xff\r\n\r\n", OK),
        CASE(GET "!#$%&'*+-.^_`|~09azAZ: y\r\n\r\n", OK),
        CASE(GET "X_Y: y\r\n\r\n", OK),
        CASE(GET ": y\r\n\r\n", BAD),
        CASE(GET ":\r\n\r\n", BAD),
        CASE(GET "X\r\n\r\n", BAD),
        CASE(GET "X y\r\n\r\n", BAD),
        CASE(GET "X : y\r\n\r\n", BAD),
        CASE(GET "X\t: y\r\n\r\n", BAD),
        CASE(GET " X: y\r\n\r\n", BAD),
        CASE(GET "\tX: y\r\n\r\n", BAD),
        CASE(GET "X: y\r\n z\r\n\r\n", BAD),
        CASE(GET "X: y\r\n\tz\r\n\r\n", BAD),
        CASE(GET "X: y\r\n \r\n\r\n", BAD),
        CASE("GET / HTTP/1.1\r\n Host: a\r\n\r\n", BAD),
        CASE(GET "X Y: z\r\n\r\n", BAD),
        CASE(GET "X(Y): z\r\n\r\n", BAD),
        CASE(GET "X,Y: z\r\n\r\n", BAD),
        CASE(GET "X/Y: z\r\n\r\n", BAD),
        CASE(GET "X;Y: z\r\n\r\n", BAD),
        CASE(GET "\"X\": z\r\n\r\n", BAD),
        CASE(GET "{X}: z\r\n\r\n", BAD),
        CASE(GET "X@: z\r\n\r\n", BAD),
        CASE(GET "[X]: z\r\n\r\n", BAD),
        CASE(GET "X=: z\r\n\r\n", BAD),
        CASE(GET "X\\: z\r\n\r\n", BAD),
        CASE(GET "X<>?: z\r\n\r\n", BAD),
        CASE(GET "\xc3\xa4: z\r\n\r\n", BAD),
        CASE(GET "X\xa0: z\r\n\r\n", BAD),
        CASE(GET "X: a\x00"
                 "b\r\n\r\n",
             BAD),
        CASE(GET "X: a\x7f\r\n\r\n", BAD),
        CASE(GET "X: a\x1b[31m\r\n\r\n", BAD),
        CASE(GET "X: a\rb\r\n\r\n", BAD),
        CASE(GET "X: a\nb\r\n\r\n", BAD),
        CASE(GET "X: a\n\r\n\r\n", BAD),
        CASE(GET "X: a\r\r\n\r\n", BAD),
        CASE(GET "X: a\r\n\n", BAD),
        CASE(GET "X: a\n\n", BAD),
        CASE(GET "X: a\r\n\r\r\n", BAD),
    };

    (void)state;
    expect_cases(cases, REQUEST);
}

static void fields_are_kept_in_order_and_trimmed(void **state)
{
    struct outcome o = read_head(HC_BYTES(GET "B: \t one two \t\r\nA:\r\nb: 3\r\n\r\n"), REQUEST);

    (void)state;
    assert_int_equal(o.head.n_fields, 4);
    expect_bytes(o.head.fields[1].name, "B");
    expect_bytes(o.head.fields[1].value, "one two");
    assert_int_equal(o.head.fields[2].value.n, 0);
    assert_ptr_equal(hc_h1_field_find(&o.head, HC_BYTES("b")), &o.head.fields[1]);
    assert_null(hc_h1_field_find(&o.head, HC_BYTES("c")));
}

static void connection_options_are_names_and_few(void **state)
{
    static const struct case_of cases[] = {
        CASE(GET "Connection:\r\n\r\n", OK),
        CASE(GET "Connection: ,\r\n\r\n", OK),
        CASE(GET "Connection: a,,b ,\tc\r\n\r\n", OK),
        CASE(GET "Connection: a b\r\n\r\n", BAD),
        CASE(GET "Connection: a;b\r\n\r\n", BAD),
        CASE(GET "Connection: \"a\"\r\n\r\n", BAD),
        CASE(GET "Connection: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\r\n\r\n", OK),
        CASE(GET "Connection: 1,2,3,4,5,6,7,8\r\nConnection: 9,10,11,12,13,14,15,16,17\r\n\r\n", BAD),
    };

    (void)state;
    expect_cases(cases, REQUEST);
}

static void connection_nominates_by_the_loosest_comparison(void **state)
{
    struct outcome o = read_head(HC_BYTES(GET "Connection: close, X-One\r\nConnection: x_two\r\n\r\n"), REQUEST);

    (void)state;
    assert_true(hc_h1_connection_nominates(&o.head, HC_BYTES("x-one")));
    assert_true(hc_h1_connection_nominates(&o.head, HC_BYTES("X_ONE")));
    assert_true(hc_h1_connection_nominates(&o.head, HC_BYTES("X-Two")));
    assert_true(hc_h1_connection_nominates(&o.head, HC_BYTES("Close")));
    assert_false(hc_h1_connection_nominates(&o.head, HC_BYTES("X-Three")));
    assert_false(hc_h1_connection_nominates(&o.head, HC_BYTES("X-On")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_lines_are_read_by_the_letter),
        cmocka_unit_test(fields_are_kept_in_order_and_trimmed),
        cmocka_unit_test(connection_options_are_names_and_few),
        cmocka_unit_test(connection_nominates_by_the_loosest_comparison),
    };

    return cmocka_run_group_tests_name("proto/h1_fields", tests, NULL, NULL);
}
