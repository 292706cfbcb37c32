/* test_lib.c */
#include "hc_test.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "crypto/lib.h"

/* First of all tests in this process, because libcrypto reads its configuration once. */
static void openssl_conf_in_the_environment_changes_nothing(void **state)
{
    static const char conf[] = "openssl_conf = init\n[init]\nproviders = p\n[p]\nnull = on\n[on]\nactivate = 1\n";
    char path[] = "/tmp/hc-test-conf-XXXXXX";
    int fd = mkstemp(path);
    HC_AUTO(hc_crypto) c = NULL;
    uint8_t out[HC_SHA256_SIZE];
    struct hc_err e = {0};
    EVP_MD *md;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, conf, sizeof conf - 1), sizeof conf - 1);
    close(fd);
    setenv("OPENSSL_CONF", path, 1);
    expect_ok(&e, hc_crypto_new(&c, &e));
    hc_sha256(HC_BYTES("abc"), out); /* would abort: the null provider has no digest */
    md = EVP_MD_fetch(hc_crypto_ctx(c), "SHA256", NULL);
    assert_non_null(md);
    EVP_MD_free(md);
    unsetenv("OPENSSL_CONF");
    unlink(path);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_crypto) c = NULL;

    (void)ctx;
    return hc_crypto_new(&c, e);
}

static void context_survives_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(make, NULL) >= 1);
    assert_int_equal(ERR_peek_error(), 0);
}

static void failure_carries_libcryptos_reason_and_empties_its_queue(void **state)
{
    struct hc_err e = {0};

    (void)state;
    ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
    expect_fail(&e, HC_FAIL_LIB(&e, HC_E_LIBRARY, "no %s", "luck"), HC_E_LIBRARY);
    assert_string_equal(e.text, "no luck: bad decrypt");
    assert_int_equal(ERR_GET_REASON(e.lib), EVP_R_BAD_DECRYPT);
    assert_int_equal(ERR_peek_error(), 0);
    expect_fail(&e, HC_FAIL_LIB(&e, HC_E_LIBRARY, "nothing said"), HC_E_LIBRARY);
    assert_string_equal(e.text, "nothing said");
}

static void lack_of_memory_never_reads_as_a_bad_signature(void **state)
{
    struct hc_err e = {0};

    (void)state;
    ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
    expect_fail(&e, HC_FAIL_LIB(&e, HC_E_BAD_SIGNATURE, "x"), HC_E_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_conf_in_the_environment_changes_nothing),
        cmocka_unit_test(context_survives_every_failing_allocation),
        cmocka_unit_test(failure_carries_libcryptos_reason_and_empties_its_queue),
        cmocka_unit_test(lack_of_memory_never_reads_as_a_bad_signature),
    };

    return cmocka_run_group_tests_name("crypto/lib", tests, NULL, NULL);
}
