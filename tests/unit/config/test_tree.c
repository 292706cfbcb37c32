/* test_tree.c - YAML to a tree: places, kinds, and everything that is refused. */
#include "hc_test.h"

#include "config/tree.h"

struct fixture {
    struct hc_arena *arena;
    struct hc_config_problems problems;
    struct hc_node *root;
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

static const char *printed(struct fixture *f)
{
    hc_config_problems_sort(&f->problems);
    hc_config_problems_print(&f->problems, "f", &f->out);
    return hc_buf_cstr(&f->out);
}

static struct hc_rc parse(struct fixture *f, struct hc_bytes text)
{
    return hc_tree_parse(text, f->arena, &f->problems, &f->root, &f->e);
}

/* A usable tree, and these problems. */
static void expect_tree(struct fixture *f, const char *text, const char *problems)
{
    expect_ok(&f->e, parse(f, hc_bytes_str(text)));
    assert_non_null(f->root);
    assert_string_equal(printed(f), problems);
}

/* No tree, and these problems. */
static void expect_none(struct fixture *f, struct hc_bytes text, const char *problems)
{
    expect_fail(&f->e, parse(f, text), HC_E_CONFIG_SYNTAX);
    assert_null(f->root);
    assert_string_equal(printed(f), problems);
}

static void expect_node(const struct hc_node *node, enum hc_node_kind kind, const char *text, unsigned line,
                        unsigned column)
{
    assert_non_null(node);
    assert_int_equal(node->kind, kind);
    if (text != NULL)
        assert_string_equal((const char *)node->text.p, text);
    assert_int_equal(node->mark.line, line);
    assert_int_equal(node->mark.column, column);
}

static void a_tree_knows_the_place_of_every_key_and_value(void **state)
{
    struct fixture *f = *state;
    const struct hc_node *list;
    const struct hc_node *block;

    expect_tree(f, "# c\nname: shop\nlist:\n  - \"a b\"\n  - {x: 1, y: [2]}\n", "");
    expect_node(f->root, HC_NODE_BLOCK, NULL, 2, 1);
    assert_int_equal(f->root->n, 2);
    expect_node(hc_node_find(f->root, HC_BYTES("name")), HC_NODE_SCALAR, "shop", 2, 7);
    list = hc_node_find(f->root, HC_BYTES("list"));
    expect_node(list, HC_NODE_LIST, NULL, 4, 3);
    assert_int_equal(list->key_mark.line, 3);
    assert_int_equal(list->key_mark.column, 1);
    expect_node(list->first, HC_NODE_SCALAR, "a b", 4, 5);
    assert_false(list->first->plain);
    block = list->last;
    expect_node(block, HC_NODE_BLOCK, NULL, 5, 5);
    expect_node(block->first, HC_NODE_SCALAR, "1", 5, 9);
    assert_true(block->first->plain);
    assert_int_equal(block->last->key_mark.column, 12);
    expect_node(block->last->first, HC_NODE_SCALAR, "2", 5, 16);
    assert_null(hc_node_find(f->root, HC_BYTES("x")));
}

static void a_tree_gives_scalars_no_types(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "[no, 010, 1e3, ~, 0x1F, 2001-01-01, null]\n", "");
    expect_node(f->root->first, HC_NODE_SCALAR, "no", 1, 2);
    expect_node(f->root->first->next, HC_NODE_SCALAR, "010", 1, 6);
    expect_node(f->root->last, HC_NODE_SCALAR, "null", 1, 37);
}

static void a_tree_counts_columns_in_characters_and_skips_a_byte_order_mark(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "\xEF\xBB\xBF{\"\xC3\xA4\xC3\xB6\": b}\n", "");
    expect_node(f->root->first, HC_NODE_SCALAR, "b", 1, 8);
}

static void a_tree_refuses_anchors_aliases_and_tags(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "a: &x 1\nb: *x\nc: !!str 2\nd: &l [1]\ne: !m {k: v}\n",
                "f:1:4: anchors and aliases (&x) are not used here; write the value out\n"
                "f:2:4: anchors and aliases (*x) are not used here; write the value out\n"
                "f:3:4: tags (tag:yaml.org,2002:str) are not used here; write the value without it\n"
                "f:4:4: anchors and aliases (&l) are not used here; write the value out\n"
                "f:5:4: tags (!m) are not used here; write the value without it\n");
    assert_int_equal(hc_node_find(f->root, HC_BYTES("b"))->kind, HC_NODE_BAD);
    assert_int_equal(f->root->n, 5);
}

static void a_tree_refuses_an_alias_as_a_key(void **state)
{
    expect_tree(*state, "a: &x 1\n*x : 2\n",
                "f:1:4: anchors and aliases (&x) are not used here; write the value out\n"
                "f:2:1: anchors and aliases (*x) are not used here; write the value out\n");
}

static void a_tree_refuses_a_tag_directive(void **state)
{
    expect_tree(*state, "%TAG !e! tag:example.com,2000:\n---\na: 1\n",
                "f:1:1: tags are not used here; remove the %TAG line\n");
}

static void a_tree_keeps_the_first_of_two_equal_keys(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "a: 1\nb: {c: 1, c: [2, 3]}\n\"a\": 2\n",
                "f:2:11: 'c' is said twice; it stands in line 2 already\n"
                "f:3:1: 'a' is said twice; it stands in line 1 already\n");
    assert_int_equal(f->problems.v[0].code, HC_E_CONFIG_DUPLICATE);
    assert_int_equal(f->root->n, 2);
    expect_node(f->root->first, HC_NODE_SCALAR, "1", 1, 4);
}

static void a_tree_refuses_keys_that_are_not_words(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "? [a, b]\n: x\n? {c: d}\n: {e: f}\ng: h\n",
                "f:1:3: a key must be a plain word, not a list\n"
                "f:3:3: a key must be a plain word, not a block\n");
    assert_int_equal(f->root->n, 1);
    expect_node(f->root->first, HC_NODE_SCALAR, "h", 5, 4);
}

static void a_tree_refuses_nul_characters(void **state)
{
    struct fixture *f = *state;

    expect_tree(f, "a: \"x\\0y\"\n\"k\\0\": 1\n",
                "f:1:4: the value holds a NUL character\nf:2:1: the key holds a NUL character\n");
    assert_int_equal(f->root->first->kind, HC_NODE_BAD);
    assert_int_equal(f->root->n, 1);
}

static void a_tree_refuses_a_second_document(void **state)
{
    expect_none(*state, HC_BYTES("a: 1\n---\nb: 2\n"),
                "f:2:1: a second document begins here; a configuration is one document\n");
}

static void a_tree_refuses_a_file_that_says_nothing(void **state)
{
    expect_none(*state, HC_BYTES("# only a comment\n"), "f:1:1: the file says nothing\n");
}

static void a_tree_refuses_empty_input(void **state)
{
    expect_none(*state, (struct hc_bytes){NULL, 0}, "f:1:1: the file says nothing\n");
}

static void a_tree_says_where_a_tab_stands(void **state)
{
    expect_none(*state, HC_BYTES("\xC3\xA4: 1\ngates:\n\t- name: shop\n"),
                "f:3:1: a tab; YAML is indented with spaces only\n");
}

static void a_tree_says_where_utf8_ends(void **state)
{
    expect_none(*state, HC_BYTES("a: 1\nb: \xC3\xA4 \xFF\n"),
                "f:2:6: not valid YAML: invalid leading UTF-8 octet; the file must be UTF-8 text\n");
}

static void a_tree_refuses_control_characters(void **state)
{
    expect_none(*state, HC_BYTES("a: \x01\n"),
                "f:1:4: not valid YAML: control characters are not allowed; the file must be UTF-8 text\n");
}

static void a_tree_refuses_utf16(void **state)
{
    struct fixture *f = *state;

    expect_fail(&f->e, parse(f, HC_BYTES("\xFF\xFE\x61\x00\x3a\x00\x20\x00\x31\x00")), HC_E_CONFIG_SYNTAX);
    assert_int_equal(f->problems.v[0].mark.line, 1);
    assert_int_equal(f->problems.v[0].mark.column, 1);
}

static void a_tree_repeats_the_reason_of_a_syntax_error(void **state)
{
    expect_none(*state, HC_BYTES("gates:\n  - name: a\n   listen: b\n"),
                "f:3:4: not valid YAML: did not find expected '-' indicator (while parsing a block collection)\n");
}

static void a_tree_is_not_deeper_than_its_bound(void **state)
{
    struct fixture *f = *state;
    char deep[HC_TREE_DEPTH_MAX + 2] = {0};

    memset(deep, '[', HC_TREE_DEPTH_MAX + 1);
    expect_none(f, hc_bytes_str(deep), "f:1:17: nested deeper than any configuration needs\n");
}

static void a_tree_has_not_more_nodes_than_its_bound(void **state)
{
    HC_BUF_AUTO(many, HC_TREE_INPUT_MAX);

    for (int i = 0; i < HC_TREE_NODES_MAX; i++) /* and the list itself */
        hc_buf_add_str(&many, "- x\n");
    expect_none(*state, hc_buf_view(&many), "f:50000:3: the file holds more values than any configuration needs\n");
}

static void a_block_has_not_more_keys_than_its_bound(void **state)
{
    HC_BUF_AUTO(many, HC_TREE_INPUT_MAX);

    for (int i = 0; i <= HC_TREE_KEYS_MAX; i++)
        hc_buf_addf(&many, "k%d: x\n", i);
    expect_none(*state, hc_buf_view(&many), "f:257:1: the block has more keys than any block needs\n");
}

static void a_tree_refuses_input_beyond_its_bound(void **state)
{
    HC_BUF_AUTO(many, HC_TREE_INPUT_MAX + 1);
    uint8_t *p = hc_buf_reserve(&many, HC_TREE_INPUT_MAX + 1);

    memset(p, ' ', HC_TREE_INPUT_MAX + 1);
    many.n += HC_TREE_INPUT_MAX + 1;
    expect_none(*state, hc_buf_view(&many), "f:1:1: the file is larger than 1 MiB\n");
}

static struct hc_rc parse_all(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_config_problems problems = {0};
    struct hc_node *root = NULL;

    (void)ctx;
    HC_TRY(e, hc_arena_new(HC_TREE_MEMORY_MAX, &arena, e));
    return hc_tree_parse(HC_BYTES("a: [1, {b: c, b: d}]\n? [e]\n: f\ng: &h i\nj: *h\nk: !x l\n"), arena, &problems,
                         &root, e);
}

static void a_tree_survives_the_failure_of_every_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(parse_all, NULL) >= 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tree_knows_the_place_of_every_key_and_value),
        TEST(a_tree_gives_scalars_no_types),
        TEST(a_tree_counts_columns_in_characters_and_skips_a_byte_order_mark),
        TEST(a_tree_refuses_anchors_aliases_and_tags),
        TEST(a_tree_refuses_an_alias_as_a_key),
        TEST(a_tree_refuses_a_tag_directive),
        TEST(a_tree_keeps_the_first_of_two_equal_keys),
        TEST(a_tree_refuses_keys_that_are_not_words),
        TEST(a_tree_refuses_nul_characters),
        TEST(a_tree_refuses_a_second_document),
        TEST(a_tree_refuses_a_file_that_says_nothing),
        TEST(a_tree_refuses_empty_input),
        TEST(a_tree_says_where_a_tab_stands),
        TEST(a_tree_says_where_utf8_ends),
        TEST(a_tree_refuses_control_characters),
        TEST(a_tree_refuses_utf16),
        TEST(a_tree_repeats_the_reason_of_a_syntax_error),
        TEST(a_tree_is_not_deeper_than_its_bound),
        TEST(a_tree_has_not_more_nodes_than_its_bound),
        TEST(a_block_has_not_more_keys_than_its_bound),
        TEST(a_tree_refuses_input_beyond_its_bound),
        TEST(a_tree_survives_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("config/tree", tests, NULL, NULL);
}
