/* conf.h - for the tests of gateconf: parse a text and compare all that is said about it. */
#ifndef HC_TEST_GATE_CONF_H
#define HC_TEST_GATE_CONF_H

#include "gate/gateconf.h"

struct fixture {
    struct hc_gateconf *conf;
    struct hc_config_problems problems;
    struct hc_buf out;
    struct hc_err e;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    hc_buf_init(&f->out, 65536);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    hc_gateconf_free(f->conf);
    hc_buf_fini(&f->out);
    free(f);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline void expect_problems(struct fixture *f, const char *problems)
{
    hc_config_problems_print(&f->problems, "f", &f->out);
    assert_string_equal(hc_buf_cstr(&f->out), problems);
}

/* A good configuration. */
static inline struct hc_gateconf *accept(void **state, const char *yaml)
{
    struct fixture *f = *state;
    struct hc_rc rc = hc_gateconf_parse(hc_bytes_str(yaml), "f", &f->conf, &f->problems, &f->e);

    expect_problems(f, "");
    expect_ok(&f->e, rc);
    return f->conf;
}

/* A bad one, and everything that is said about it. */
static inline void refuse(void **state, const char *yaml, const char *problems)
{
    struct fixture *f = *state;

    expect_fail(&f->e, hc_gateconf_parse(hc_bytes_str(yaml), "f", &f->conf, &f->problems, &f->e), HC_E_CONFIG_INVALID);
    assert_null(f->conf);
    expect_problems(f, problems);
}

/* The same, with exactly one problem of this kind. */
static inline void refuse_one(void **state, enum hc_code code, const char *yaml, const char *problems)
{
    struct fixture *f = *state;

    refuse(state, yaml, problems);
    assert_int_equal(f->problems.n, 1);
    assert_int_equal(f->problems.v[0].code, code);
}

#endif
