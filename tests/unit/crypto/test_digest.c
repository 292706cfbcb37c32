/* test_digest.c */
#include "hc_test.h"

#include <openssl/err.h>

#include "crypto/digest.h"

/* FIPS 180-4's examples. */
static void sha256_of_abc_and_of_nothing_are_the_standards(void **state)
{
    uint8_t out[HC_SHA256_SIZE];

    (void)state;
    hc_sha256(HC_BYTES("abc"), out);
    expect_bytes(hc_bytes_of(out, sizeof out), "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
                                               "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad");
    hc_sha256((struct hc_bytes){NULL, 0}, out);
    expect_bytes(hc_bytes_of(out, sizeof out), "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
                                               "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55");
    assert_int_equal(ERR_peek_error(), 0);
}

static void sha1_of_abc_is_the_standards(void **state)
{
    uint8_t out[HC_SHA1_SIZE];

    (void)state;
    hc_sha1(HC_BYTES("abc"), out);
    expect_bytes(hc_bytes_of(out, sizeof out),
                 "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_abc_and_of_nothing_are_the_standards),
        cmocka_unit_test(sha1_of_abc_is_the_standards),
    };

    return cmocka_run_group_tests_name("crypto/digest", tests, NULL, NULL);
}
