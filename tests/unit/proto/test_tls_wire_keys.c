/* test_tls_wire_keys.c - key exchanges, signatures, tickets, and the names of an ALPN list. */
#include "hc_test.h"

#include "tls_build.h"

#define V12 0x0303
#define V13 0x0304

static struct hc_rc read_ecdhe(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_key_exchange(body, 0xc02f, out, e);
}

static struct hc_rc read_dhe(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_key_exchange(body, 0x009e, out, e);
}

static struct hc_rc read_verify(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_certificate_verify(body, out, e);
}

struct ticket {
    uint32_t lifetime;
    size_t length;
};

static struct hc_rc read_ticket_12(struct hc_bytes body, void *out, struct hc_err *e)
{
    struct ticket *t = out;

    return hc_tls_wire_ticket(body, V12, &t->lifetime, &t->length, e);
}

static struct hc_rc read_ticket_13(struct hc_bytes body, void *out, struct hc_err *e)
{
    struct ticket *t = out;

    return hc_tls_wire_ticket(body, V13, &t->lifetime, &t->length, e);
}

static const struct reader ecdhe = {read_ecdhe, sizeof(struct hc_tls_key_exchange), 0};
static const struct reader dhe = {read_dhe, sizeof(struct hc_tls_key_exchange), 0};
static const struct reader verify = {read_verify, sizeof(uint16_t), 0};
static const struct reader ticket_12 = {read_ticket_12, sizeof(struct ticket), 0};
static const struct reader ticket_13 = {read_ticket_13, sizeof(struct ticket), 0};

static void an_ecdhe_key_exchange_is_read(void **state)
{
    struct hc_tls_key_exchange k;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    put(&m, 1, 3);
    put(&m, 2, 29);
    put_vector(&m, 1, HC_BYTES("0123456789abcdef0123456789abcdef"));
    put(&m, 2, 0x0804);
    put_vector(&m, 2, HC_BYTES("signature"));
    expect_ok(&e, hc_tls_wire_key_exchange(hc_buf_view(&m.b), 0xc030, &k, &e));
    assert_int_equal(k.group, 29);
    assert_int_equal(k.dh_bits, 0);
    assert_int_equal(k.signature, 0x0804);
    expect_strict(&ecdhe, &m);
    m.b.p[0] = 1;
    expect_reason(&ecdhe, hc_buf_view(&m.b), "curve_type is not named_curve");
}

/* A prime that begins with `zeros` bytes of zero, then `top`, then n bytes. */
static void build_dhe(struct message *m, size_t zeros, uint8_t top, size_t n)
{
    size_t prime = begin(m, 2);

    put_many(m, zeros, 0);
    put(m, 1, top);
    put_many(m, n, 0xff);
    end(m, prime);
    put_vector(m, 2, HC_BYTES("\2"));
    put_vector(m, 2, HC_BYTES("public"));
    put(m, 2, 0x0601);
    put_vector(m, 2, HC_BYTES("signature"));
}

static void a_dhe_key_exchange_is_read_with_the_size_of_its_prime(void **state)
{
    static const struct {
        size_t zeros;
        uint8_t top;
        size_t n;
        unsigned bits;
    } cases[] = {{0, 0xff, 127, 1024}, {0, 0x80, 255, 2048}, {1, 0x80, 127, 1024}, {0, 0x01, 63, 505}, {0, 0x7f, 0, 7}};
    struct hc_tls_key_exchange k;
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        MESSAGE(m);

        build_dhe(&m, cases[i].zeros, cases[i].top, cases[i].n);
        expect_ok(&e, hc_tls_wire_key_exchange(hc_buf_view(&m.b), 0x009f, &k, &e));
        assert_int_equal(k.dh_bits, cases[i].bits);
        assert_int_equal(k.group, 0);
        assert_int_equal(k.signature, 0x0601);
        expect_strict(&dhe, &m);
    }
}

static void a_prime_of_zero_is_malformed(void **state)
{
    MESSAGE(m);

    (void)state;
    build_dhe(&m, 3, 0, 0);
    expect_reason(&dhe, hc_buf_view(&m.b), "the prime is zero");
}

static void a_key_exchange_follows_its_suite(void **state)
{
    struct hc_tls_key_exchange k = {.group = 1};
    struct hc_err e;

    (void)state;
    /* pre-shared keys have a hint here, unknown suites nobody knows what: nothing is said about them */
    expect_ok(&e, hc_tls_wire_key_exchange(HC_BYTES("\0\1x"), 0x008c, &k, &e));
    assert_int_equal(k.group, 0);
    expect_ok(&e, hc_tls_wire_key_exchange(HC_BYTES("junk"), 0x7777, &k, &e));
    expect_fail(&e, hc_tls_wire_key_exchange(HC_BYTES("\3\0\x1d"), 0x002f, &k, &e), HC_E_TLS_MESSAGE);
    assert_non_null(strstr(e.text, "must not come with TLS_RSA_WITH_AES_128_CBC_SHA"));
    expect_fail(&e, hc_tls_wire_key_exchange(HC_BYTES("\3\0\x1d"), 0x1301, &k, &e), HC_E_TLS_MESSAGE);
}

static void a_certificate_verify_names_its_scheme(void **state)
{
    uint16_t scheme;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    put(&m, 2, 0x0807);
    put_vector(&m, 2, HC_BYTES("signature"));
    expect_ok(&e, hc_tls_wire_certificate_verify(hc_buf_view(&m.b), &scheme, &e));
    assert_int_equal(scheme, 0x0807);
    expect_strict(&verify, &m);
}

static void tickets_of_both_versions_are_read(void **state)
{
    struct ticket t;
    struct hc_err e;
    size_t extensions;
    MESSAGE(old);
    MESSAGE(new);

    (void)state;
    put(&old, 4, 7200);
    put_vector(&old, 2, HC_BYTES("ticket"));
    expect_ok(&e, read_ticket_12(hc_buf_view(&old.b), &t, &e));
    assert_int_equal(t.lifetime, 7200);
    assert_int_equal(t.length, 6);
    expect_strict(&ticket_12, &old);
    put(&new, 4, 0xffffffff);
    put(&new, 4, 1);
    put_vector(&new, 1, HC_BYTES("nonce"));
    put_vector(&new, 2, HC_BYTES("ticket!"));
    extensions = begin(&new, 2);
    put_extension(&new, 42, "00004000");
    end(&new, extensions);
    expect_ok(&e, read_ticket_13(hc_buf_view(&new.b), &t, &e));
    assert_int_equal(t.lifetime, 0xffffffff);
    assert_int_equal(t.length, 7);
    expect_strict(&ticket_13, &new);
}

static void an_empty_ticket_is_one_of_tls_1_2_only(void **state)
{
    (void)state;
    expect_good(&ticket_12, HC_BYTES("\0\0\0\0\0\0"));
    expect_reason(&ticket_13, HC_BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0"), "the ticket has 0 bytes");
}

static void names_are_taken_off_an_alpn_list_one_by_one(void **state)
{
    struct hc_bytes list = HC_BYTES("\2h2\x08http/1.1"), name = {0};

    (void)state;
    assert_true(hc_tls_alpn_next(&list, &name));
    expect_bytes(name, "h2");
    assert_true(hc_tls_alpn_next(&list, &name));
    expect_bytes(name, "http/1.1");
    assert_false(hc_tls_alpn_next(&list, &name));
    expect_bytes(name, "http/1.1"); /* as it was */
    list = HC_BYTES("\3h2");
    assert_false(hc_tls_alpn_next(&list, &name));
    list = HC_BYTES("\0\2h2");
    assert_false(hc_tls_alpn_next(&list, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ecdhe_key_exchange_is_read),
        cmocka_unit_test(a_dhe_key_exchange_is_read_with_the_size_of_its_prime),
        cmocka_unit_test(a_prime_of_zero_is_malformed),
        cmocka_unit_test(a_key_exchange_follows_its_suite),
        cmocka_unit_test(a_certificate_verify_names_its_scheme),
        cmocka_unit_test(tickets_of_both_versions_are_read),
        cmocka_unit_test(an_empty_ticket_is_one_of_tls_1_2_only),
        cmocka_unit_test(names_are_taken_off_an_alpn_list_one_by_one),
    };

    return cmocka_run_group_tests_name("proto/tls_wire_keys", tests, NULL, NULL);
}
