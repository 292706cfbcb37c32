/* test_bind.c - trees into structs: every kind, every mistake, all of them in one run. */
#include "hc_test.h"

#include "shop.h"

struct fixture {
    struct hc_arena *arena;
    struct hc_config_problems problems;
    struct shop *shop;
    struct hc_buf out;
    struct hc_err e;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    hc_buf_init(&f->out, 65536);
    *state = f;
    return hc_failed(hc_arena_new(HC_TREE_MEMORY_MAX, &f->arena, &f->e));
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    hc_arena_free(f->arena);
    hc_buf_fini(&f->out);
    free(f);
    return 0;
}

/* Binds, and compares everything that is said about it. */
static const struct shop *bind(void **state, const char *text, const char *problems)
{
    struct fixture *f = *state;
    struct hc_binding binding = {.arena = f->arena, .problems = &f->problems};
    void *bound = NULL;

    expect_ok(&f->e, hc_bind_text(&shop_schema, hc_bytes_str(text), &binding, &bound, &f->e));
    hc_config_problems_sort(&f->problems);
    hc_config_problems_print(&f->problems, "f", &f->out);
    assert_string_equal(hc_buf_cstr(&f->out), problems);
    f->shop = bound;
    return bound;
}

static enum hc_code only_code(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(f->problems.n, 1);
    return f->problems.v[0].code;
}

static void expect_mark(struct hc_mark mark, unsigned line, unsigned column)
{
    assert_int_equal(mark.line, line);
    assert_int_equal(mark.column, column);
    assert_true(hc_mark_said(mark));
}

static void a_whole_block_is_bound_with_its_marks(void **state)
{
    const struct shop *shop = bind(state,
                                   "name: corner\nopen: true\nvisitors: -5\nidle_timeout: 2m\ndoor: back\n"
                                   "goods: [tea, \"1e3\"]\ncounter: {label: a, height: 3}\n"
                                   "shelves:\n  - label: x\n  - {label: y, height: 7}\n"
                                   "till: closed\nowner: alice\n",
                                   "");

    expect_mark(shop->mark, 1, 1);
    assert_string_equal(shop->name.s, "corner");
    expect_mark(shop->name.mark, 1, 7);
    assert_true(shop->open.v);
    expect_mark(shop->open.mark, 2, 7);
    assert_int_equal(shop->visitors.v, -5);
    assert_int_equal(shop->idle_timeout.v, 120);
    expect_mark(shop->idle_timeout.mark, 4, 15);
    assert_int_equal(shop->door.v, 1);
    assert_int_equal(shop->goods.n, 2);
    assert_string_equal(shop->goods.v[1].s, "1e3");
    expect_mark(shop->goods.v[1].mark, 6, 14);
    expect_mark(shop->counter.mark, 7, 10);
    assert_int_equal(shop->counter.height.v, 3);
    assert_int_equal(shop->shelves.n, 2);
    expect_mark(shop->shelves.v[1].mark, 10, 5);
    assert_string_equal(shop->shelves.v[1].label.s, "y");
    assert_false(hc_mark_said(shop->shelves.v[0].height.mark));
    assert_int_equal(shop->till.closed.v, 1);
    expect_mark(shop->till.mark, 11, 7);
    assert_string_equal(shop->owner.drawer.s, "alice");
}

static void what_is_left_out_has_no_mark(void **state)
{
    const struct shop *shop = bind(state, "name: x\n", "");

    assert_false(hc_mark_said(shop->open.mark));
    assert_false(hc_mark_said(shop->goods.mark));
    assert_false(hc_mark_said(shop->till.mark));
    assert_null(shop->owner.drawer.s);
}

static void the_schema_gives_the_types(void **state)
{
    const struct shop *shop = bind(state, "name: no\ngoods: [010, yes, ~]\nowner: 1e3\n", "");

    assert_string_equal(shop->name.s, "no");
    assert_string_equal(shop->goods.v[0].s, "010");
    assert_string_equal(shop->goods.v[2].s, "~");
    assert_string_equal(shop->owner.drawer.s, "1e3");
}

static void either_form_of_an_alternation_is_bound(void **state)
{
    const struct shop *shop = bind(state, "name: x\ntill:\n  drawer: left\nowner: {drawer: right}\n", "");

    assert_false(hc_mark_said(shop->till.closed.mark));
    assert_string_equal(shop->till.drawer.s, "left");
    expect_mark(shop->till.mark, 3, 3);
    assert_string_equal(shop->owner.drawer.s, "right");
}

static void a_list_may_be_the_other_form_of_an_alternation(void **state)
{
    const struct stock *stock = &bind(state, "name: x\nstock:\n  - {label: a}\n  - {label: b, height: 2}\n", "")->stock;

    expect_mark(stock->mark, 3, 3);
    expect_mark(stock->shelves.mark, 3, 3);
    assert_null(stock->file.s);
    assert_int_equal(stock->shelves.n, 2);
    assert_string_equal(stock->shelves.v[0].label.s, "a");
    assert_int_equal(stock->shelves.v[1].height.v, 2);
}

static void a_scalar_may_be_the_other_form_of_a_list(void **state)
{
    const struct stock *stock = &bind(state, "name: x\nstock: all.txt\n", "")->stock;

    expect_mark(stock->mark, 2, 8);
    assert_string_equal(stock->file.s, "all.txt");
    assert_int_equal(stock->shelves.n, 0);
}

static void a_list_within_an_alternation_is_bound_as_strictly(void **state)
{
    bind(state, "name: x\nstock: [{label: a}, {lable: b}, 7]\n", "f:2:8: 'stock' has 3 entries and may have 2\n");
}

static void a_block_is_no_list_and_no_scalar(void **state)
{
    bind(state, "name: x\nstock: {label: a}\n", "f:2:8: 'stock' must be text, or a list of blocks, not a block\n");
}

static void an_unknown_key_is_reported_with_the_nearest(void **state)
{
    bind(state, "name: x\nidle_timout: 5s\n",
         "f:2:1: unknown key 'idle_timout'; did you mean 'idle_timeout'? (valid here: name, open, visitors, "
         "idle_timeout, door, "
         "goods, counter, shelves, till, owner, stock)\n");
    assert_int_equal(only_code(state), HC_E_CONFIG_UNKNOWN_KEY);
}

static void an_unknown_key_far_from_all_is_reported_with_the_valid_ones(void **state)
{
    bind(state, "name: x\ncounter:\n  label: y\n  <<: 1\n", "f:4:3: unknown key '<<' (valid here: label, height)\n");
}

static void a_missing_key_is_reported_at_its_block(void **state)
{
    bind(state, "open: false\nshelves:\n  - height: 1\n",
         "f:1:1: 'name' is missing here: how it is called; for instance name: corner\n"
         "f:3:5: 'label' is missing here: what stands on it\n");
}

static void a_bool_is_true_or_false(void **state)
{
    bind(state, "name: x\nopen: yes\n", "f:2:7: 'open' must be true or false, not 'yes'\n");
    assert_int_equal(only_code(state), HC_E_CONFIG_TYPE);
}

static void a_quoted_bool_is_text(void **state)
{
    bind(state, "name: x\nopen: \"true\"\n", "f:2:7: 'open' must be true or false, not the quoted text 'true'\n");
}

static void an_int_has_no_leading_zero(void **state)
{
    bind(state, "name: x\nvisitors: 010\n", "f:2:11: 'visitors' must be a whole number from -5 to 100, not '010'\n");
}

static void an_int_stays_in_its_range(void **state)
{
    bind(state, "name: x\nvisitors: 101\n", "f:2:11: 'visitors' must lie between -5 and 100, which '101' does not\n");
    assert_int_equal(only_code(state), HC_E_CONFIG_VALUE);
}

static void a_duration_needs_its_unit(void **state)
{
    bind(state, "name: x\nidle_timeout: 5\n",
         "f:2:15: 'idle_timeout' must be a duration such as 30s, 5m, 12h or 7d, not '5'\n");
}

static void a_duration_stays_in_its_range(void **state)
{
    bind(state, "name: x\nidle_timeout: 2h\n",
         "f:2:15: 'idle_timeout' must lie between 1s and 3600s, which '2h' does not\n");
}

static void a_word_is_one_of_its_table(void **state)
{
    const struct shop *shop = bind(state, "name: x\ndoor: sid\n",
                                   "f:2:7: 'door' must be one of front, back, side, not 'sid'; did you mean 'side'?\n");

    assert_false(hc_mark_said(shop->door.mark));
}

static void a_word_far_from_all_is_only_refused(void **state)
{
    bind(state, "name: x\ndoor: window\n", "f:2:7: 'door' must be one of front, back, side, not 'window'\n");
}

static void a_key_without_a_value_is_reported(void **state)
{
    bind(state, "name:\ndoor:\ntill:\nowner:\n",
         "f:1:6: 'name' has no value; it must be text; for instance name: corner\n"
         "f:2:6: 'door' has no value; it must be one of front, back, side\n"
         "f:3:6: 'till' has no value; it must be the word closed, or a block of keys\n"
         "f:4:7: 'owner' has no value; it must be text, or a block of keys\n");
}

static void an_empty_string_is_no_value(void **state)
{
    bind(state, "name: \"\"\n", "f:1:7: 'name' must have 1 to 4096 bytes, not 0\n");
}

static void a_string_stays_in_its_length(void **state)
{
    bind(state, "name: x\ncounter: {label: 123456789}\n", "f:2:18: 'label' must have 1 to 8 bytes, not 9\n");
}

static void a_string_holds_no_control_character(void **state)
{
    const struct shop *shop = bind(state, "name: \"a\\nb\"\ngoods: [\"\\x7f\"]\n",
                                   "f:1:7: 'name' holds a line break or another control character\n"
                                   "f:2:9: 'goods' holds a line break or another control character\n");

    assert_null(shop->name.s);
    expect_mark(shop->name.mark, 1, 7); /* it was said, so that nobody calls it missing */
}

static void a_list_is_a_list(void **state)
{
    bind(state, "name: x\ngoods: tea\n",
         "f:2:8: 'goods' must be a list of texts, not 'tea'; for instance goods: [tea, rice]\n");
}

static void a_list_holds_texts(void **state)
{
    const struct shop *shop =
        bind(state, "name: x\ngoods:\n  - email: a\n  - b\n",
             "f:3:5: an entry of 'goods' must be text, not a block; quote it if it holds ': ' or begins with { or [\n");

    assert_int_equal(shop->goods.n, 1);
}

static void a_list_has_as_many_entries_as_it_may(void **state)
{
    bind(state, "name: x\ngoods: []\n", "f:2:8: 'goods' must have at least 1 entry\n");
}

static void a_list_has_not_more_entries_than_it_may(void **state)
{
    bind(state, "name: x\ngoods: [a, b, c, d]\nshelves: [{label: a}, {label: b}, {label: c}]\n",
         "f:2:8: 'goods' has 4 entries and may have 3\n"
         "f:3:10: 'shelves' has 3 entries and may have 2\n");
}

static void a_block_is_a_block(void **state)
{
    bind(state, "name: x\ncounter: 5\nshelves: {label: a}\n",
         "f:2:10: 'counter' must be a block of keys, not '5'\n"
         "f:3:10: 'shelves' must be a list of blocks, not a block\n");
}

static void an_entry_of_a_list_of_blocks_is_a_block(void **state)
{
    const struct shop *shop = bind(state, "name: x\nshelves: [a, {label: b}]\n",
                                   "f:2:11: an entry of 'shelves' must be a block of keys, not text\n");

    assert_int_equal(shop->shelves.n, 2);
    assert_false(hc_mark_said(shop->shelves.v[0].mark));
    assert_string_equal(shop->shelves.v[1].label.s, "b");
}

static void an_alternation_names_both_forms(void **state)
{
    bind(state, "name: x\ntill: shut\nowner: [a]\n",
         "f:2:7: 'till' must be the word closed, or a block of keys, not 'shut'\n"
         "f:3:8: 'owner' must be text, or a block of keys, not a list\n");
}

static void the_file_is_a_block(void **state)
{
    bind(state, "- name: x\n", "f:1:1: a block of keys must stand here, not a list\n");
}

static void a_file_that_is_not_yaml_gives_its_one_problem(void **state)
{
    assert_null(bind(state, "name: [x\n",
                     "f:2:1: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence)\n"));
}

static void what_the_tree_refused_is_not_reported_again(void **state)
{
    bind(state, "name: &a x\nopen: *a\nowner: *a\ngoods: [*a]\ntill: *a\nshelves: [*a]\n",
         "f:1:7: anchors and aliases (&a) are not used here; write the value out\n"
         "f:2:7: anchors and aliases (*a) are not used here; write the value out\n"
         "f:3:8: anchors and aliases (*a) are not used here; write the value out\n"
         "f:4:9: anchors and aliases (*a) are not used here; write the value out\n"
         "f:5:7: anchors and aliases (*a) are not used here; write the value out\n"
         "f:6:11: anchors and aliases (*a) are not used here; write the value out\n");
}

static void all_mistakes_are_reported_in_one_run(void **state)
{
    bind(state,
         "open: on\nvisitors: 1.5\nidle_timeout: never\ndor: back\ngoods: {a: b}\n"
         "counter: {lable: a}\nshelves:\n  - label: x\n    label: y\n  - 7\ntill: {}\n",
         "f:1:1: 'name' is missing here: how it is called; for instance name: corner\n"
         "f:1:7: 'open' must be true or false, not 'on'\n"
         "f:2:11: 'visitors' must be a whole number from -5 to 100, not '1.5'\n"
         "f:3:15: 'idle_timeout' must be a duration such as 30s, 5m, 12h or 7d, not 'never'\n"
         "f:4:1: unknown key 'dor'; did you mean 'door'? (valid here: name, open, visitors, idle_timeout, door, goods, "
         "counter, "
         "shelves, till, owner, stock)\n"
         "f:5:8: 'goods' must be a list of texts, not a block; for instance goods: [tea, rice]\n"
         "f:6:10: 'label' is missing here: what stands on it\n"
         "f:6:11: unknown key 'lable'; did you mean 'label'? (valid here: label, height)\n"
         "f:9:5: 'label' is said twice; it stands in line 8 already\n"
         "f:10:5: an entry of 'shelves' must be a block of keys, not text\n"
         "f:11:7: 'drawer' is missing here\n");
}

static struct hc_rc bind_all(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_config_problems problems = {0};
    struct hc_binding binding = {.problems = &problems};
    void *shop = NULL;

    HC_TRY(e, hc_arena_new(HC_TREE_MEMORY_MAX, &arena, e));
    binding.arena = arena;
    return hc_bind_text(&shop_schema, hc_bytes_str(ctx), &binding, &shop, e);
}

static void binding_survives_the_failure_of_every_allocation(void **state)
{
    HC_BUF_AUTO(text, 65536);

    (void)state;
    hc_buf_add_str(&text,
                   "name: x\nopne: 1\ngoods: [a, b]\nshelves: [{label: c}, {label: d}]\ntill: closed\nowner: e\n");
    for (int i = 0; i < 200; i++) /* so that more than one chunk is needed */
        hc_buf_addf(&text, "unknown%d: x\n", i);
    assert_true(fault_sweep(bind_all, (void *)(uintptr_t)hc_buf_cstr(&text)) >= 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_block_is_bound_with_its_marks),
        TEST(what_is_left_out_has_no_mark),
        TEST(the_schema_gives_the_types),
        TEST(either_form_of_an_alternation_is_bound),
        TEST(a_list_may_be_the_other_form_of_an_alternation),
        TEST(a_scalar_may_be_the_other_form_of_a_list),
        TEST(a_list_within_an_alternation_is_bound_as_strictly),
        TEST(a_block_is_no_list_and_no_scalar),
        TEST(an_unknown_key_is_reported_with_the_nearest),
        TEST(an_unknown_key_far_from_all_is_reported_with_the_valid_ones),
        TEST(a_missing_key_is_reported_at_its_block),
        TEST(a_bool_is_true_or_false),
        TEST(a_quoted_bool_is_text),
        TEST(an_int_has_no_leading_zero),
        TEST(an_int_stays_in_its_range),
        TEST(a_duration_needs_its_unit),
        TEST(a_duration_stays_in_its_range),
        TEST(a_word_is_one_of_its_table),
        TEST(a_word_far_from_all_is_only_refused),
        TEST(a_key_without_a_value_is_reported),
        TEST(an_empty_string_is_no_value),
        TEST(a_string_stays_in_its_length),
        TEST(a_string_holds_no_control_character),
        TEST(a_list_is_a_list),
        TEST(a_list_holds_texts),
        TEST(a_list_has_as_many_entries_as_it_may),
        TEST(a_list_has_not_more_entries_than_it_may),
        TEST(a_block_is_a_block),
        TEST(an_entry_of_a_list_of_blocks_is_a_block),
        TEST(an_alternation_names_both_forms),
        TEST(the_file_is_a_block),
        TEST(a_file_that_is_not_yaml_gives_its_one_problem),
        TEST(what_the_tree_refused_is_not_reported_again),
        TEST(all_mistakes_are_reported_in_one_run),
        TEST(binding_survives_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("config/bind", tests, NULL, NULL);
}
