/* test_schema.c - the manual and the words for what a field takes. */
#include "hc_test.h"

#include "shop.h"

static void the_manual_names_every_key_of_every_block(void **state)
{
    HC_BUF_AUTO(out, 65536);
    struct hc_err e;

    (void)state;
    hc_schema_manual(&shop_schema, &out);
    expect_ok(&e, hc_buf_check(&out, &e));
    assert_string_equal(hc_buf_cstr(&out),
                        "name\n    text; required\n    how it is called\n    For instance name: corner\n"
                        "open\n    true or false; optional\n"
                        "visitors\n    a whole number from -5 to 100; optional\n"
                        "idle_timeout\n    a duration such as 30s, 5m, 12h or 7d; optional\n"
                        "door\n    one of front, back, side; optional\n"
                        "goods\n    a list of texts; optional\n    For instance goods: [tea, rice]\n"
                        "counter\n    a block of keys; optional\n"
                        "counter.label\n    text; required\n    what stands on it\n"
                        "counter.height\n    a whole number; optional\n"
                        "shelves\n    a list of blocks; optional\n"
                        "shelves[].label\n    text; required\n    what stands on it\n"
                        "shelves[].height\n    a whole number; optional\n"
                        "till\n    the word closed, or a block of keys; optional\n"
                        "till.drawer\n    text; required\n"
                        "owner\n    text, or a block of keys; optional\n"
                        "owner.drawer\n    text; required\n"
                        "stock\n    text, or a list of blocks; optional\n"
                        "stock[].label\n    text; required\n    what stands on it\n"
                        "stock[].height\n    a whole number; optional\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_names_every_key_of_every_block),
    };

    return cmocka_run_group_tests_name("config/schema", tests, NULL, NULL);
}
