/* test_tls_names.c - the tables of names, suites and alerts: what people look for is there, and nothing twice. */
#include "hc_test.h"

#include "proto/tls_wire.h"

static void what_people_meet_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(hc_tls_message_text(HC_TLS_CLIENT_HELLO), "ClientHello");
    assert_string_equal(hc_tls_message_text(HC_TLS_CERTIFICATE_REQUEST), "CertificateRequest");
    assert_string_equal(hc_tls_version_text(0x0300), "SSL 3.0");
    assert_string_equal(hc_tls_version_text(0x0304), "TLS 1.3");
    assert_string_equal(hc_tls_group_text(0x001d), "x25519");
    assert_string_equal(hc_tls_group_text(0x0017), "secp256r1");
    assert_string_equal(hc_tls_group_text(0x0104), "ffdhe8192");
    assert_string_equal(hc_tls_group_text(0x11ec), "X25519MLKEM768");
    assert_string_equal(hc_tls_extension_text(0), "server_name");
    assert_string_equal(hc_tls_extension_text(47), "certificate_authorities");
    assert_string_equal(hc_tls_extension_text(0xff01), "renegotiation_info");
    assert_string_equal(hc_tls_key_type_text(64), "ecdsa_sign");
}

static void every_signature_scheme_of_rfc_8446_has_its_name(void **state)
{
    static const struct {
        uint16_t scheme;
        const char *name;
    } rows[] = {
        {0x0401, "rsa_pkcs1_sha256"},
        {0x0501, "rsa_pkcs1_sha384"},
        {0x0601, "rsa_pkcs1_sha512"},
        {0x0403, "ecdsa_secp256r1_sha256"},
        {0x0503, "ecdsa_secp384r1_sha384"},
        {0x0603, "ecdsa_secp521r1_sha512"},
        {0x0804, "rsa_pss_rsae_sha256"},
        {0x0805, "rsa_pss_rsae_sha384"},
        {0x0806, "rsa_pss_rsae_sha512"},
        {0x0807, "ed25519"},
        {0x0808, "ed448"},
        {0x0809, "rsa_pss_pss_sha256"},
        {0x080a, "rsa_pss_pss_sha384"},
        {0x080b, "rsa_pss_pss_sha512"},
        {0x0201, "rsa_pkcs1_sha1"},
        {0x0203, "ecdsa_sha1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(hc_tls_signature_text(rows[i].scheme), rows[i].name);
}

static void what_has_no_name_has_none(void **state)
{
    (void)state;
    assert_null(hc_tls_message_text(99));
    assert_null(hc_tls_version_text(0x0305));
    assert_null(hc_tls_suite_text(0x7777));
    assert_null(hc_tls_group_text(0));
    assert_null(hc_tls_signature_text(0xfe00));
    assert_null(hc_tls_extension_text(60000));
    assert_null(hc_tls_key_type_text(0));
    assert_null(hc_tls_alert(1));
}

static void numbers_that_mean_nothing_are_called_grease(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        uint16_t code = (uint16_t)(i << 12 | 0x0a00 | i << 4 | 0x0a);

        assert_true(hc_tls_grease(code));
        assert_string_equal(hc_tls_suite_text(code), "GREASE");
        assert_string_equal(hc_tls_group_text(code), "GREASE");
        assert_string_equal(hc_tls_extension_text(code), "GREASE");
        assert_string_equal(hc_tls_signature_text(code), "GREASE");
        assert_string_equal(hc_tls_version_text(code), "GREASE");
        assert_false(hc_tls_suite_weak(code));
        assert_int_equal(hc_tls_suite_kex(code), HC_TLS_KEX_OTHER);
    }
    assert_false(hc_tls_grease(0x0a1a));
    assert_false(hc_tls_grease(0x0a0b));
}

static void suites_are_classed_by_what_they_are_made_of(void **state)
{
    static const struct {
        uint16_t suite;
        const char *name;
        enum hc_tls_kex kex;
        bool weak;
    } rows[] = {
        {0x1301, "TLS_AES_128_GCM_SHA256", HC_TLS_KEX_13, false},
        {0x1303, "TLS_CHACHA20_POLY1305_SHA256", HC_TLS_KEX_13, false},
        {0x1305, "TLS_AES_128_CCM_8_SHA256", HC_TLS_KEX_13, false},
        {0xc0b4, "TLS_SHA256_SHA256", HC_TLS_KEX_13, true}, /* it does not encrypt */
        {0xc103, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L", HC_TLS_KEX_13, false},
        {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_ECDHE, false},
        {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", HC_TLS_KEX_ECDHE, false},
        {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", HC_TLS_KEX_ECDHE, true},
        {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", HC_TLS_KEX_ECDHE, false},
        {0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", HC_TLS_KEX_ECDHE, true},
        {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_DHE, false},
        {0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", HC_TLS_KEX_DHE, true},
        {0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA", HC_TLS_KEX_DHE, true},
        {0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_RSA, true},
        {0x0005, "TLS_RSA_WITH_RC4_128_SHA", HC_TLS_KEX_RSA, true},
        {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", HC_TLS_KEX_RSA, true},
        {0x003b, "TLS_RSA_WITH_NULL_SHA256", HC_TLS_KEX_RSA, true},
        {0x0000, "TLS_NULL_WITH_NULL_NULL", HC_TLS_KEX_OTHER, true},
        {0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_OTHER, true},
        {0xc031, "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_OTHER, true},
        {0x00ac, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_OTHER, true},
        {0x00aa, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_OTHER, false},
        {0xd001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", HC_TLS_KEX_OTHER, false},
        {0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", HC_TLS_KEX_OTHER, false},
        {0x5600, "TLS_FALLBACK_SCSV", HC_TLS_KEX_OTHER, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(hc_tls_suite_text(rows[i].suite), rows[i].name);
        if (hc_tls_suite_kex(rows[i].suite) != rows[i].kex || hc_tls_suite_weak(rows[i].suite) != rows[i].weak)
            fail_msg("%s is classed wrongly", rows[i].name);
    }
    assert_int_equal(hc_tls_suite_kex(0x7777), HC_TLS_KEX_OTHER);
    assert_false(hc_tls_suite_weak(0x7777));
}

/* Names by their numbers; a name that comes twice is a mistake in the table. */
static size_t count_names(const char *(*text)(uint16_t code))
{
    static const char *seen[65536];
    size_t n = 0;

    for (unsigned code = 0; code < 65536; code++) {
        const char *name = text((uint16_t)code);

        if (!name || hc_tls_grease((uint16_t)code))
            continue;
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(seen[i], name);
        seen[n++] = name;
    }
    return n;
}

static void no_name_stands_for_two_numbers(void **state)
{
    (void)state;
    assert_true(count_names(hc_tls_suite_text) > 280);
    assert_true(count_names(hc_tls_group_text) > 50);
    assert_true(count_names(hc_tls_signature_text) > 40);
    assert_true(count_names(hc_tls_extension_text) > 55);
    assert_int_equal(count_names(hc_tls_version_text), 9);
}

static void every_alert_of_the_standards_has_a_row(void **state)
{
    static const uint8_t numbers[] = {0,   10,  20,  21,  22,  30,  40,  41,  42,  43,  44,  45,
                                      46,  47,  48,  49,  50,  51,  60,  70,  71,  80,  86,  90,
                                      100, 109, 110, 111, 112, 113, 114, 115, 116, 117, 120, 121};

    (void)state;
    for (size_t i = 0; i < sizeof numbers; i++)
        assert_non_null(hc_tls_alert(numbers[i]));
}

static void alerts_are_in_order_and_say_one_plain_sentence(void **state)
{
    const struct hc_tls_alert_row *row;
    int before = -1;
    size_t i;

    (void)state;
    for (i = 0; (row = hc_tls_alert_at(i)); i++) {
        size_t n = strlen(row->sentence);

        assert_true(row->number > before);
        before = row->number;
        assert_ptr_equal(hc_tls_alert(row->number), row);
        assert_true(n > 20 && (row->sentence[n - 1] == '.' || row->sentence[n - 1] == ')'));
    }
    assert_int_equal(i, 37);
    assert_null(hc_tls_alert_at(SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_meet_has_its_name),
        cmocka_unit_test(every_signature_scheme_of_rfc_8446_has_its_name),
        cmocka_unit_test(what_has_no_name_has_none),
        cmocka_unit_test(numbers_that_mean_nothing_are_called_grease),
        cmocka_unit_test(suites_are_classed_by_what_they_are_made_of),
        cmocka_unit_test(no_name_stands_for_two_numbers),
        cmocka_unit_test(every_alert_of_the_standards_has_a_row),
        cmocka_unit_test(alerts_are_in_order_and_say_one_plain_sentence),
    };

    return cmocka_run_group_tests_name("proto/tls_names", tests, NULL, NULL);
}
