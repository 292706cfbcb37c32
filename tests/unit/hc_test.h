/*
 * hc_test.h - what every unit test includes, first: cmocka in its required order and the two assertions on results.
 */
#ifndef HC_TEST_H
#define HC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"

#include "fault.h"

/* The call succeeded; otherwise the test prints the error and fails. */
#define expect_ok(e, call)                                                                                             \
    do {                                                                                                               \
        struct hc_rc expect_rc_ = (call);                                                                              \
        if (hc_failed(expect_rc_))                                                                                     \
            fail_msg("%s failed: HC-%04d %s", #call, (int)expect_rc_.code, (e)->text);                                 \
    } while (0)

/* The call failed for exactly this reason. */
#define expect_fail(e, call, want)                                                                                     \
    do {                                                                                                               \
        struct hc_rc expect_rc_ = (call);                                                                              \
        if (expect_rc_.code != (want))                                                                                 \
            fail_msg("%s: wanted %s, got HC-%04d %s", #call, #want, (int)expect_rc_.code,                              \
                     hc_failed(expect_rc_) ? (e)->text : "(success)");                                                 \
        assert_int_equal((e)->code, (want));                                                                           \
    } while (0)

#define expect_bytes(view, literal)                                                                                    \
    do {                                                                                                               \
        struct hc_bytes expect_b_ = (view);                                                                            \
        assert_int_equal(expect_b_.n, sizeof(literal) - 1);                                                            \
        assert_memory_equal(expect_b_.p, literal, sizeof(literal) - 1);                                                \
    } while (0)

#endif
