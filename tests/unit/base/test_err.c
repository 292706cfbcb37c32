/* test_err.c - an error says what, where and why, and never more than fits. */
#include "hc_test.h"

#include <errno.h>

static struct hc_rc innermost(struct hc_err *e)
{
    return HC_FAIL(e, HC_E_CERT_EXPIRED, "%s expired %d days ago", "alice", 3);
}

static struct hc_rc nested(int depth, struct hc_err *e)
{
    if (depth == 0)
        return innermost(e);
    HC_TRY(e, nested(depth - 1, e));
    return HC_OK;
}

static void a_failure_carries_code_sentence_and_place(void **state)
{
    struct hc_err e = {0};
    struct hc_rc rc = innermost(&e);

    (void)state;
    assert_true(hc_failed(rc));
    assert_false(hc_ok(rc));
    assert_int_equal(e.code, HC_E_CERT_EXPIRED);
    assert_string_equal(e.text, "alice expired 3 days ago");
    assert_int_equal(e.n_frames, 1);
    assert_non_null(strstr(e.frames[0].file, "test_err.c"));
    assert_true(hc_ok(HC_OK));
}

static void each_caller_adds_a_frame_up_to_the_limit(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, nested(2, &e), HC_E_CERT_EXPIRED);
    assert_int_equal(e.n_frames, 3);
    expect_fail(&e, nested(100, &e), HC_E_CERT_EXPIRED);
    assert_int_equal(e.n_frames, HC_ERR_FRAMES);
}

static void a_system_error_carries_errno_and_its_text(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, HC_FAIL_SYS(&e, HC_E_FILE_MISSING, ENOENT, "gate.yaml"), HC_E_FILE_MISSING);
    assert_int_equal(e.sys, ENOENT);
    assert_string_equal(e.text, "gate.yaml: No such file or directory");
}

static void a_new_error_forgets_the_old_one(void **state)
{
    struct hc_err e = {0};

    (void)state;
    e.lib = 7;
    expect_fail(&e, HC_FAIL_SYS(&e, HC_E_FILE_MISSING, ENOENT, "x"), HC_E_FILE_MISSING);
    expect_fail(&e, innermost(&e), HC_E_CERT_EXPIRED);
    assert_int_equal(e.sys, 0);
    assert_int_equal(e.lib, 0);
    assert_int_equal(e.n_frames, 1);
}

static void raising_an_error_keeps_errno(void **state)
{
    struct hc_err e = {0};

    (void)state;
    errno = EAGAIN;
    hc_ignore(innermost(&e));
    assert_int_equal(errno, EAGAIN);
}

static void a_long_sentence_is_cut_and_terminated(void **state)
{
    char longer[2 * HC_ERR_TEXT];
    struct hc_err e = {0};

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    expect_fail(&e, HC_FAIL(&e, HC_E_USAGE, "%s", longer), HC_E_USAGE);
    assert_int_equal(strlen(e.text), HC_ERR_TEXT - 1);
    expect_fail(&e, HC_FAIL_SYS(&e, HC_E_SYSTEM, EIO, "%s", longer), HC_E_SYSTEM);
    assert_int_equal(strlen(e.text), HC_ERR_TEXT - 1);
    hc_err_prefix(&e, "%s", longer);
    assert_int_equal(strlen(e.text), HC_ERR_TEXT - 1);
}

static void a_prefix_stands_before_the_sentence(void **state)
{
    struct hc_err e = {0};

    (void)state;
    hc_ignore(innermost(&e));
    hc_err_prefix(&e, "gate '%s'", "shop");
    assert_string_equal(e.text, "gate 'shop': alice expired 3 days ago");
    assert_int_equal(e.code, HC_E_CERT_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_carries_code_sentence_and_place),
        cmocka_unit_test(each_caller_adds_a_frame_up_to_the_limit),
        cmocka_unit_test(a_system_error_carries_errno_and_its_text),
        cmocka_unit_test(a_new_error_forgets_the_old_one),
        cmocka_unit_test(raising_an_error_keeps_errno),
        cmocka_unit_test(a_long_sentence_is_cut_and_terminated),
        cmocka_unit_test(a_prefix_stands_before_the_sentence),
    };

    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
