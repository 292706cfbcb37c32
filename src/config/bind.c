/*
 * bind.c - walks a block's table and its tree side by side.
 *
 * Every bind_* function either fills its member or adds a problem; only a lack of memory is a failure.
 */
#include "config/bind.h"

#include <inttypes.h>
#include <stdio.h>

#include "config/near.h"
#include "config/scalar.h"

static struct hc_rc bind_field(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                               void *out, struct hc_err *e);

static struct hc_rc no_memory(struct hc_err *e)
{
    return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
}

/* "; for instance clients: required" into out, or nothing without an example. */
#define EXAMPLE_TEXT 200
static const char *example_of(const struct hc_field *field, char out[EXAMPLE_TEXT])
{
    out[0] = 0;
    if (field->example != NULL)
        snprintf(out, EXAMPLE_TEXT, "; for instance %s: %s", field->key, field->example);
    return out;
}

/* "'clients' must be one of required, optional, none, not a list; for instance clients: required". */
static void wrong_type(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b)
{
    char expected[HC_EXPECTED_TEXT];
    char example[EXAMPLE_TEXT];

    if (node->kind == HC_NODE_BAD)
        return;
    hc_schema_expected(field, expected);
    example_of(field, example);
    if (node->kind != HC_NODE_SCALAR)
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_TYPE, "'%s' must be %s, not %s%s", field->key,
                               expected, hc_node_what(node), example);
    else if (node->text.n == 0 && node->plain)
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_TYPE, "'%s' has no value; it must be %s%s",
                               field->key, expected, example);
    else
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_TYPE, "'%s' must be %s, not %s'%.*s'%s", field->key,
                               expected, node->plain ? "" : "the quoted text ", HC_CONFIG_SHOWN,
                               (const char *)node->text.p, example);
}

/* Text with a value and without control characters, within its length. */
static bool check_string(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b)
{
    bool list = field->kind == HC_KIND_STRINGS; /* whose min and max count entries */
    size_t max = list || field->max == 0 ? HC_STRING_MAX : (size_t)field->max;
    size_t min = list || field->min == 0 ? 1 : (size_t)field->min;

    if (node->kind != HC_NODE_SCALAR || (node->text.n == 0 && node->plain)) {
        wrong_type(field, node, b);
        return false;
    }
    for (size_t i = 0; i < node->text.n; i++) {
        if (node->text.p[i] >= 0x20 && node->text.p[i] != 0x7F)
            continue;
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_VALUE,
                               "'%s' holds a line break or another control character", field->key);
        return false;
    }
    if (node->text.n >= min && node->text.n <= max)
        return true;
    hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_VALUE, "'%s' must have %zu to %zu bytes, not %zu",
                           field->key, min, max, node->text.n);
    return false;
}

static struct hc_conf_string string_of(const struct hc_node *node)
{
    return (struct hc_conf_string){.s = (const char *)node->text.p, .mark = node->mark};
}

static void bind_string(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                        struct hc_conf_string *out)
{
    out->mark = node->mark;
    if (check_string(field, node, b))
        *out = string_of(node);
}

static void bind_bool(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                      struct hc_conf_bool *out)
{
    bool yes = node->kind == HC_NODE_SCALAR && node->plain && hc_bytes_eq_str(node->text, "true");
    bool no = node->kind == HC_NODE_SCALAR && node->plain && hc_bytes_eq_str(node->text, "false");

    if (yes || no)
        *out = (struct hc_conf_bool){.v = yes, .mark = node->mark};
    else
        wrong_type(field, node, b);
}

static void bind_int(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                     struct hc_conf_int *out)
{
    bool duration = field->kind == HC_KIND_DURATION;
    const char *unit = duration ? "s" : "";
    int64_t max = field->max != 0 ? field->max : INT64_MAX;
    int64_t v;

    if (node->kind != HC_NODE_SCALAR || !node->plain ||
        !(duration ? hc_scalar_duration(node->text, &v) : hc_scalar_int(node->text, &v))) {
        wrong_type(field, node, b);
        return;
    }
    if (v >= field->min && v <= max) {
        *out = (struct hc_conf_int){.v = v, .mark = node->mark};
        return;
    }
    hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_VALUE,
                           "'%s' must lie between %" PRId64 "%s and %" PRId64 "%s, which '%.*s' does not", field->key,
                           field->min, unit, max, unit, HC_CONFIG_SHOWN, (const char *)node->text.p);
}

static bool find_word(const struct hc_word *words, const struct hc_node *node, struct hc_conf_word *out)
{
    for (; node->kind == HC_NODE_SCALAR && words->word != NULL; words++) {
        if (!hc_bytes_eq_str(node->text, words->word))
            continue;
        *out = (struct hc_conf_word){.v = words->v, .mark = node->mark};
        return true;
    }
    return false;
}

static void bind_word(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                      struct hc_conf_word *out)
{
    struct hc_near near = hc_near_start(node->text);
    char expected[HC_EXPECTED_TEXT];

    if (find_word(field->words, node, out))
        return;
    for (const struct hc_word *word = field->words; word->word != NULL; word++)
        hc_near_try(&near, word->word);
    if (near.best == NULL || node->kind != HC_NODE_SCALAR || node->text.n == 0) {
        wrong_type(field, node, b);
        return;
    }
    hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_TYPE, "'%s' must be %s, not '%.*s'; did you mean '%s'?",
                           field->key, hc_schema_expected(field, expected), HC_CONFIG_SHOWN, (const char *)node->text.p,
                           near.best);
}

/* A list of the right kind and number of entries; entries are looked at by the caller. */
static bool check_list(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b)
{
    size_t max = field->max != 0 ? (size_t)field->max : HC_LIST_MAX;
    size_t min = (size_t)field->min;

    if (node->kind != HC_NODE_LIST) {
        wrong_type(field, node, b);
        return false;
    }
    if (node->n < min)
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_VALUE, "'%s' must have at least %zu %s", field->key,
                               min, min == 1 ? "entry" : "entries");
    if (node->n > max)
        hc_config_problems_add(b->problems, node->mark, HC_E_CONFIG_VALUE, "'%s' has %zu entries and may have %zu",
                               field->key, node->n, max);
    return node->n <= max;
}

static struct hc_rc bind_strings(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                                 struct hc_conf_strings *out, struct hc_err *e)
{
    struct hc_conf_strings list = {.mark = node->mark};

    *out = list;
    if (!check_list(field, node, b))
        return HC_OK;
    list.v = hc_arena_take(b->arena, node->n * sizeof list.v[0]);
    if (list.v == NULL)
        return no_memory(e);
    for (const struct hc_node *entry = node->first; entry != NULL; entry = entry->next) {
        if (entry->kind == HC_NODE_SCALAR || entry->kind == HC_NODE_BAD) {
            if (check_string(field, entry, b))
                list.v[list.n++] = string_of(entry);
        } else {
            hc_config_problems_add(
                b->problems, entry->mark, HC_E_CONFIG_TYPE,
                "an entry of '%s' must be text, not %s; quote it if it holds ': ' or begins with { or [", field->key,
                hc_node_what(entry));
        }
    }
    *out = list;
    return HC_OK;
}

static struct hc_rc bind_blocks(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                                void *out, struct hc_err *e)
{
    HC_CONF_BLOCKS(void)
    list = {.mark = node->mark}; /* the member's type is that of its element; the layout is the same */
    uint8_t *at;

    memcpy(out, &list, sizeof list);
    if (!check_list(field, node, b))
        return HC_OK;
    list.v = hc_arena_take(b->arena, node->n * field->block->size);
    if (list.v == NULL)
        return no_memory(e);
    at = list.v;
    for (const struct hc_node *entry = node->first; entry != NULL; entry = entry->next, at += field->block->size) {
        list.n++;
        if (entry->kind == HC_NODE_BLOCK)
            HC_TRY(e, hc_bind(field->block, entry, b, at, e));
        else if (entry->kind != HC_NODE_BAD)
            hc_config_problems_add(b->problems, entry->mark, HC_E_CONFIG_TYPE,
                                   "an entry of '%s' must be a block of keys, not %s", field->key, hc_node_what(entry));
    }
    memcpy(out, &list, sizeof list);
    return HC_OK;
}

static struct hc_rc bind_either(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                                void *out, struct hc_err *e)
{
    if (node->kind == HC_NODE_BLOCK && field->block != NULL)
        return hc_bind(field->block, node, b, out, e);
    memcpy(out, &node->mark, sizeof node->mark);
    if (node->kind == HC_NODE_LIST && field->list != NULL)
        return bind_field(field->list, node, b, (uint8_t *)out + field->list->offset, e);
    if (field->scalar->kind == HC_KIND_WORD) {
        if (!find_word(field->scalar->words, node, (void *)((uint8_t *)out + field->scalar->offset)))
            wrong_type(field, node, b); /* says both forms */
        return HC_OK;
    }
    if (node->kind == HC_NODE_SCALAR && node->text.n > 0)
        return bind_field(field->scalar, node, b, (uint8_t *)out + field->scalar->offset, e);
    wrong_type(field, node, b);
    return HC_OK;
}

static struct hc_rc bind_field(const struct hc_field *field, const struct hc_node *node, const struct hc_binding *b,
                               void *out, struct hc_err *e)
{
    switch (field->kind) {
    case HC_KIND_STRING:
        bind_string(field, node, b, out);
        return HC_OK;
    case HC_KIND_BOOL:
        bind_bool(field, node, b, out);
        return HC_OK;
    case HC_KIND_INT:
    case HC_KIND_DURATION:
        bind_int(field, node, b, out);
        return HC_OK;
    case HC_KIND_WORD:
        bind_word(field, node, b, out);
        return HC_OK;
    case HC_KIND_STRINGS:
        return bind_strings(field, node, b, out, e);
    case HC_KIND_BLOCKS:
        return bind_blocks(field, node, b, out, e);
    case HC_KIND_EITHER:
        return bind_either(field, node, b, out, e);
    case HC_KIND_BLOCK:
        if (node->kind == HC_NODE_BLOCK)
            return hc_bind(field->block, node, b, out, e);
        wrong_type(field, node, b);
        return HC_OK;
    }
    return HC_OK;
}

static const struct hc_field *find_field(const struct hc_schema *schema, struct hc_bytes key)
{
    for (size_t i = 0; i < schema->n; i++) {
        if (hc_bytes_eq_str(key, schema->fields[i].key))
            return &schema->fields[i];
    }
    return NULL;
}

static void unknown_key(const struct hc_schema *schema, const struct hc_node *child, const struct hc_binding *b)
{
    struct hc_near near = hc_near_start(child->key);
    char valid[HC_EXPECTED_TEXT] = "";
    size_t n = 0;

    for (size_t i = 0; i < schema->n; i++) {
        if (n < sizeof valid)
            n += (size_t)snprintf(valid + n, sizeof valid - n, "%s%s", i > 0 ? ", " : "", schema->fields[i].key);
        hc_near_try(&near, schema->fields[i].key);
    }
    hc_config_problems_add(b->problems, child->key_mark, HC_E_CONFIG_UNKNOWN_KEY,
                           "unknown key '%.*s'%s%s%s (valid here: %s)", HC_CONFIG_SHOWN, (const char *)child->key.p,
                           near.best != NULL ? "; did you mean '" : "", near.best != NULL ? near.best : "",
                           near.best != NULL ? "'?" : "", valid);
}

static void missing_key(const struct hc_field *field, struct hc_mark mark, const struct hc_binding *b)
{
    char example[EXAMPLE_TEXT];

    hc_config_problems_add(b->problems, mark, HC_E_CONFIG_MISSING, "'%s' is missing here%s%s%s", field->key,
                           field->help != NULL ? ": " : "", field->help != NULL ? field->help : "",
                           example_of(field, example));
}

struct hc_rc hc_bind(const struct hc_schema *schema, const struct hc_node *node, const struct hc_binding *binding,
                     void *out, struct hc_err *e)
{
    if (node->kind != HC_NODE_BLOCK) {
        if (node->kind != HC_NODE_BAD)
            hc_config_problems_add(binding->problems, node->mark, HC_E_CONFIG_TYPE,
                                   "a block of keys must stand here, not %s", hc_node_what(node));
        return HC_OK;
    }
    memcpy(out, &node->mark, sizeof node->mark); /* the first member, by the contract of schema.h */
    for (const struct hc_node *child = node->first; child != NULL; child = child->next) {
        const struct hc_field *field = find_field(schema, child->key);

        if (field == NULL)
            unknown_key(schema, child, binding);
        else
            HC_TRY(e, bind_field(field, child, binding, (uint8_t *)out + field->offset, e));
    }
    for (size_t i = 0; i < schema->n; i++) {
        const struct hc_field *field = &schema->fields[i];

        if (field->required && hc_node_find(node, hc_bytes_str(field->key)) == NULL)
            missing_key(field, node->mark, binding);
    }
    return HC_OK;
}

struct hc_rc hc_bind_text(const struct hc_schema *schema, struct hc_bytes text, const struct hc_binding *binding,
                          void **out, struct hc_err *e)
{
    struct hc_node *root = NULL;
    struct hc_rc rc = hc_tree_parse(text, binding->arena, binding->problems, &root, e);
    void *bound;

    if (rc.code == HC_E_CONFIG_SYNTAX) /* reported */
        return HC_OK;
    HC_TRY(e, rc);
    bound = hc_arena_take(binding->arena, schema->size);
    if (bound == NULL)
        return no_memory(e);
    HC_TRY(e, hc_bind(schema, root, binding, bound, e));
    *out = bound;
    return HC_OK;
}
