/* test_tls_wire.c - certificates and what is asked and told about them, of TLS 1.2 and 1.3. */
#include "hc_test.h"

#include "tls_build.h"

#define V12 0x0303
#define V13 0x0304

static struct hc_rc read_certificate_12(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate(body, V12, out, e);
}

static struct hc_rc read_certificate_13(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate(body, V13, out, e);
}

static struct hc_rc read_request_12(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate_request(body, V12, out, e);
}

static struct hc_rc read_request_13(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate_request(body, V13, out, e);
}

static struct hc_rc read_status(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate_status(body, out, e);
}

static const struct reader certificate_12 = {read_certificate_12, sizeof(struct hc_tls_certificate), 0};
static const struct reader certificate_13 = {read_certificate_13, sizeof(struct hc_tls_certificate), 0};
static const struct reader request_12 = {read_request_12, sizeof(struct hc_tls_certificate_request), 0};
static const struct reader request_13 = {read_request_13, sizeof(struct hc_tls_certificate_request), 0};
static const struct reader status = {read_status, sizeof(struct hc_bytes), 0};

static void a_certificate_message_of_tls_1_2_is_read(void **state)
{
    struct hc_tls_certificate c;
    struct hc_err e;
    size_t list;
    MESSAGE(m);

    (void)state;
    list = begin(&m, 3);
    put_vector(&m, 3, HC_BYTES("leaf"));
    put_vector(&m, 3, HC_BYTES("issuer"));
    end(&m, list);
    expect_ok(&e, hc_tls_wire_certificate(hc_buf_view(&m.b), V12, &c, &e));
    assert_int_equal(c.n, 2);
    assert_int_equal(c.more, 0);
    expect_bytes(c.cert[0], "leaf");
    expect_bytes(c.cert[1], "issuer");
    assert_int_equal(c.staple.n, 0);
    expect_strict(&certificate_12, &m);
}

/* Context, and for each certificate its extensions; the first with a staple. */
static void build_certificates_13(struct message *m)
{
    size_t list, extensions, staple;

    put_vector(m, 1, HC_BYTES(""));
    list = begin(m, 3);
    put_vector(m, 3, HC_BYTES("leaf"));
    extensions = begin(m, 2);
    put_extension(m, 18, "00020000"); /* signed_certificate_timestamp, which is not read */
    put(m, 2, 5);
    staple = begin(m, 2);
    put(m, 1, 1);
    put_vector(m, 3, HC_BYTES("ocsp"));
    end(m, staple);
    end(m, extensions);
    put_vector(m, 3, HC_BYTES("issuer"));
    put_vector(m, 2, HC_BYTES(""));
    end(m, list);
}

static void a_certificate_message_of_tls_1_3_is_read_with_its_staple(void **state)
{
    struct hc_tls_certificate c;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    build_certificates_13(&m);
    expect_ok(&e, hc_tls_wire_certificate(hc_buf_view(&m.b), V13, &c, &e));
    assert_int_equal(c.n, 2);
    expect_bytes(c.cert[0], "leaf");
    expect_bytes(c.cert[1], "issuer");
    expect_bytes(c.staple, "ocsp");
    expect_strict(&certificate_13, &m);
}

static void a_staple_beside_another_than_the_first_certificate_is_not_taken(void **state)
{
    struct hc_tls_certificate c;
    struct hc_err e;
    size_t list, extensions;
    MESSAGE(m);

    (void)state;
    put_vector(&m, 1, HC_BYTES(""));
    list = begin(&m, 3);
    put_vector(&m, 3, HC_BYTES("leaf"));
    put_vector(&m, 2, HC_BYTES(""));
    put_vector(&m, 3, HC_BYTES("issuer"));
    extensions = begin(&m, 2);
    put_extension(&m, 5, "010000016f");
    end(&m, extensions);
    end(&m, list);
    expect_ok(&e, hc_tls_wire_certificate(hc_buf_view(&m.b), V13, &c, &e));
    assert_int_equal(c.staple.n, 0);
}

static void a_message_without_certificates_is_read(void **state)
{
    struct hc_tls_certificate c = {.n = 9};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_tls_wire_certificate(HC_BYTES("\0\0\0"), V12, &c, &e));
    assert_int_equal(c.n, 0);
    c.n = 9;
    expect_ok(&e, hc_tls_wire_certificate(HC_BYTES("\0\0\0\0"), V13, &c, &e));
    assert_int_equal(c.n, 0);
}

static void certificates_beyond_the_limit_are_counted(void **state)
{
    struct hc_tls_certificate c;
    struct hc_err e;
    size_t list;
    MESSAGE(m);

    (void)state;
    list = begin(&m, 3);
    for (uint32_t i = 0; i < 1000; i++) {
        put(&m, 3, 2);
        put(&m, 2, i);
    }
    end(&m, list);
    expect_ok(&e, hc_tls_wire_certificate(hc_buf_view(&m.b), V12, &c, &e));
    assert_int_equal(c.n, HC_TLS_CERTS_MAX);
    assert_int_equal(c.more, 1000 - HC_TLS_CERTS_MAX);
    expect_bytes(c.cert[15], "\x00\x0f");
}

static void a_certificate_of_no_bytes_is_malformed(void **state)
{
    (void)state;
    expect_reason(&certificate_12, HC_BYTES("\0\0\3\0\0\0"), "a certificate has 0 bytes, fewer than 1, at byte 3");
}

static void a_length_that_lies_is_named_with_its_place(void **state)
{
    (void)state;
    expect_reason(&certificate_12, HC_BYTES("\0\0\5\0\0\3ab"), "a certificate says that it has 3 bytes and 2 are left");
    expect_reason(&certificate_12, HC_BYTES("\xff\xff\xff"),
                  "says that it has 16777215 bytes and 0 are left, at byte 0");
    expect_reason(&certificate_12, HC_BYTES("\0\0"), "should have 3 bytes and 2 are left");
    expect_reason(&certificate_12, HC_BYTES("\0\0\0x"), "bytes that belong to nothing, at byte 3");
}

static void build_request_12(struct message *m)
{
    size_t list;

    put_vector(m, 1, HC_BYTES("\x01\x40"));
    put_vector(m, 2, HC_BYTES("\x04\x03\x08\x04"));
    list = begin(m, 2);
    put_vector(m, 2, HC_BYTES("\x30\x00"));
    put_vector(m, 2, HC_BYTES("\x30\x01z"));
    end(m, list);
}

static void a_certificate_request_of_tls_1_2_is_read(void **state)
{
    struct hc_tls_certificate_request q;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    build_request_12(&m);
    expect_ok(&e, hc_tls_wire_certificate_request(hc_buf_view(&m.b), V12, &q, &e));
    assert_int_equal(q.types.n, 2);
    assert_int_equal(q.types.code[1], 64);
    assert_int_equal(q.signatures.n, 2);
    assert_int_equal(q.signatures.code[0], 0x0403);
    assert_int_equal(q.n_authorities, 2);
    expect_bytes(q.authority[0], "\x30\x00");
    expect_bytes(q.authority[1], "\x30\x01z");
    expect_strict(&request_12, &m);
}

static void a_certificate_request_may_name_no_authority(void **state)
{
    struct hc_tls_certificate_request q;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_tls_wire_certificate_request(HC_BYTES("\1\1\0\2\4\1\0\0"), V12, &q, &e));
    assert_int_equal(q.n_authorities, 0);
}

static void build_request_13(struct message *m)
{
    size_t extensions, authorities, list;

    put_vector(m, 1, HC_BYTES("ctx"));
    extensions = begin(m, 2);
    put_extension(m, 13, "000408070403");
    put(m, 2, 47);
    authorities = begin(m, 2);
    list = begin(m, 2);
    put_vector(m, 2, HC_BYTES("\x30\x00"));
    end(m, list);
    end(m, authorities);
    put_extension(m, 48, "0000"); /* oid_filters, which are not read */
    end(m, extensions);
}

static void a_certificate_request_of_tls_1_3_is_read(void **state)
{
    struct hc_tls_certificate_request q;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    build_request_13(&m);
    expect_ok(&e, hc_tls_wire_certificate_request(hc_buf_view(&m.b), V13, &q, &e));
    assert_int_equal(q.types.n, 0);
    assert_int_equal(q.signatures.n, 2);
    assert_int_equal(q.signatures.code[0], 0x0807);
    assert_int_equal(q.n_authorities, 1);
    expect_bytes(q.authority[0], "\x30\x00");
    expect_strict(&request_13, &m);
}

static void a_certificate_request_of_tls_1_3_must_name_signatures(void **state)
{
    (void)state;
    expect_reason(&request_13, HC_BYTES("\0\0\0"), "signature_algorithms is missing");
    expect_reason(&request_13, HC_BYTES("\0\0\6\0\x0d\0\2\0\0"), "signature_algorithms has 0 bytes");
}

static void authorities_and_codes_beyond_the_limit_are_counted(void **state)
{
    struct hc_tls_certificate_request q;
    struct hc_err e;
    size_t list;
    MESSAGE(m);

    (void)state;
    list = begin(&m, 1);
    put_many(&m, 255, 1);
    end(&m, list);
    list = begin(&m, 2);
    put_many(&m, 400, 4);
    end(&m, list);
    list = begin(&m, 2);
    for (int i = 0; i < 300; i++)
        put(&m, 4, 0x00023000);
    end(&m, list);
    expect_ok(&e, hc_tls_wire_certificate_request(hc_buf_view(&m.b), V12, &q, &e));
    assert_int_equal(q.types.n, HC_TLS_LIST_MAX);
    assert_int_equal(q.types.more, 255 - HC_TLS_LIST_MAX);
    assert_int_equal(q.signatures.n, HC_TLS_LIST_MAX);
    assert_int_equal(q.signatures.more, 200 - HC_TLS_LIST_MAX);
    assert_int_equal(q.n_authorities, HC_TLS_AUTHORITIES_MAX);
    assert_int_equal(q.more, 300 - HC_TLS_AUTHORITIES_MAX);
}

static void a_list_of_codes_of_odd_length_is_malformed(void **state)
{
    (void)state;
    expect_reason(&request_12, HC_BYTES("\1\1\0\3\4\1\4\0\0"), "signature_algorithms has an odd number of bytes");
}

static void an_extension_that_comes_twice_is_malformed(void **state)
{
    (void)state;
    expect_reason(&request_13, HC_BYTES("\0\0\x10\0\x0d\0\4\0\2\4\3\0\x0d\0\4\0\2\4\3"),
                  "signature_algorithms comes twice, at byte 11");
}

static void a_stapled_response_of_tls_1_2_is_read(void **state)
{
    struct hc_bytes staple;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    put(&m, 1, 1);
    put_vector(&m, 3, HC_BYTES("ocsp"));
    expect_ok(&e, hc_tls_wire_certificate_status(hc_buf_view(&m.b), &staple, &e));
    expect_bytes(staple, "ocsp");
    expect_strict(&status, &m);
    expect_reason(&status, HC_BYTES("\2\0\0\1x"), "is not OCSP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_message_of_tls_1_2_is_read),
        cmocka_unit_test(a_certificate_message_of_tls_1_3_is_read_with_its_staple),
        cmocka_unit_test(a_staple_beside_another_than_the_first_certificate_is_not_taken),
        cmocka_unit_test(a_message_without_certificates_is_read),
        cmocka_unit_test(certificates_beyond_the_limit_are_counted),
        cmocka_unit_test(a_certificate_of_no_bytes_is_malformed),
        cmocka_unit_test(a_length_that_lies_is_named_with_its_place),
        cmocka_unit_test(a_certificate_request_of_tls_1_2_is_read),
        cmocka_unit_test(a_certificate_request_may_name_no_authority),
        cmocka_unit_test(a_certificate_request_of_tls_1_3_is_read),
        cmocka_unit_test(a_certificate_request_of_tls_1_3_must_name_signatures),
        cmocka_unit_test(authorities_and_codes_beyond_the_limit_are_counted),
        cmocka_unit_test(a_list_of_codes_of_odd_length_is_malformed),
        cmocka_unit_test(an_extension_that_comes_twice_is_malformed),
        cmocka_unit_test(a_stapled_response_of_tls_1_2_is_read),
    };

    return cmocka_run_group_tests_name("proto/tls_wire", tests, NULL, NULL);
}
