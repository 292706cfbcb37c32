/*
 * fuzz_yaml.c - any bytes through the YAML tree and the binder. The schema has a field of every kind.
 *
 * Whatever comes: a tree or a reason, every reason with a place, and nothing printed that a terminal would obey.
 */
#include <assert.h>
#include <stdlib.h>

#include "../unit/config/shop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct hc_conf_string *string)
{
    assert(string->s == NULL || (hc_mark_said(string->mark) && strlen(string->s) <= HC_STRING_MAX));
}

static void check_shop(const struct shop *shop)
{
    check_string(&shop->name);
    check_string(&shop->till.drawer);
    check_string(&shop->owner.drawer);
    check_string(&shop->stock.file);
    assert(shop->stock.shelves.n <= 2 && (shop->stock.file.s == NULL || shop->stock.shelves.n == 0));
    assert(shop->visitors.v >= -5 && shop->visitors.v <= 100);
    assert(shop->goods.n <= 3 && shop->shelves.n <= 2);
    for (size_t i = 0; i < shop->goods.n; i++)
        check_string(&shop->goods.v[i]);
    for (size_t i = 0; i < shop->shelves.n; i++)
        check_string(&shop->shelves.v[i].label);
}

static void check_problems(struct hc_config_problems *problems)
{
    HC_BUF_AUTO(out, 1 << 20);
    struct hc_err e;

    hc_config_problems_sort(problems);
    hc_config_problems_print(problems, "f", &out);
    assert(hc_ok(hc_buf_check(&out, &e)));
    for (size_t i = 0; i < out.n; i++)
        assert(out.p[i] == '\n' || (out.p[i] >= 0x20 && out.p[i] != 0x7F));
    for (size_t i = 0; i < problems->n; i++)
        assert(problems->v[i].mark.line >= 1 && problems->v[i].mark.column >= 1 && problems->v[i].text[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_config_problems problems = {0};
    struct hc_binding binding = {.problems = &problems};
    void *shop = NULL;
    struct hc_err e;

    if (hc_failed(hc_arena_new(HC_TREE_MEMORY_MAX, &arena, &e)))
        abort();
    binding.arena = arena;
    if (hc_failed(hc_bind_text(&shop_schema, hc_bytes_of(data, size), &binding, &shop, &e)))
        abort(); /* only a lack of memory may fail */
    assert(shop != NULL || problems.n > 0);
    if (shop != NULL)
        check_shop(shop);
    check_problems(&problems);
    return 0;
}
