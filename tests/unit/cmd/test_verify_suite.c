/* test_verify_suite.c - a whole file: one document of verdicts, or one reason why not. */
#include "hc_test.h"

#include <unistd.h>

#include "cmd/verify_suite.h"

#define LIMBO(id)                                                                                                      \
    "{\"id\":\"" id "\",\"features\":[\"pedantic-public-suffix-wildcard\"],\"validation_kind\":\"SERVER\","            \
    "\"trusted_certs\":[],\"untrusted_intermediates\":[],\"peer_certificate\":\"x\",\"signature_algorithms\":[],"      \
    "\"key_usage\":[],\"extended_key_usage\":[],\"crls\":[]}"

static struct hc_rc run(const char *kind, const char *text, const char *data, struct hc_buf *out, struct hc_err *e)
{
    char path[] = "/tmp/hc_suite_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct hc_verify_suite_order order = {.kind = kind, .file = path, .data = data};
    struct hc_rc rc = hc_verify_suite_run(&order, out, e);
    unlink(path);
    return rc;
}

static void suite_prints_one_document_in_the_files_order(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    expect_ok(&e, run("limbo", "{\"testcases\":[" LIMBO("b::1") "," LIMBO("a::2") "]}", NULL, &out, &e));
    const char *text = hc_buf_cstr(&out);
    assert_non_null(strstr(text, "\"version\""));
    assert_non_null(strstr(text, "\"harness\""));
    assert_true(strstr(text, "b::1") < strstr(text, "a::2"));
    assert_non_null(strstr(text, "SKIPPED"));
    assert_non_null(strstr(text, "public suffix list"));
}

static void suite_that_is_empty_is_an_empty_list(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    expect_ok(&e, run("pkits", "[]", "/", &out, &e));
    assert_non_null(strstr(hc_buf_cstr(&out), "\"results\""));
}

static void suite_of_another_kind_is_refused_with_its_name(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    expect_fail(&e, run("bettertls", "{\"testcases\":[]}", NULL, &out, &e), HC_E_SUITE);
    assert_non_null(strstr(e.text, "/tmp/hc_suite_"));
    hc_buf_clear(&out);
    expect_fail(&e, run("limbo", "{\"testcases\":[" LIMBO("a") ",{}]}", NULL, &out, &e), HC_E_SUITE);
    assert_non_null(strstr(e.text, "test case 2"));
}

static void suite_wants_its_data_and_no_other(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    expect_fail(&e, run("pkits", "[]", NULL, &out, &e), HC_E_USAGE);
    expect_fail(&e, run("limbo", "{}", "/tmp", &out, &e), HC_E_USAGE);
    expect_fail(&e, run("nist", "[]", NULL, &out, &e), HC_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suite_prints_one_document_in_the_files_order),
        cmocka_unit_test(suite_that_is_empty_is_an_empty_list),
        cmocka_unit_test(suite_of_another_kind_is_refused_with_its_name),
        cmocka_unit_test(suite_wants_its_data_and_no_other),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite", tests, NULL, NULL);
}
