/*
 * tree.c - libyaml's events to a tree, with a stack of fixed depth instead of recursion.
 *
 * On the stack are the lists and blocks that are open. In a block, a scalar that comes while no key is pending is the
 * key; the value that follows takes it.
 */
#include "config/tree.h"

#include <yaml.h>

struct frame {
    struct hc_node *node;
    bool has_key;
    bool key_bad; /* the value that follows is read but not kept */
    struct hc_bytes key;
    struct hc_mark key_mark;
};

struct builder {
    yaml_parser_t parser;
    struct hc_bytes input;
    struct hc_arena *arena;
    struct hc_config_problems *problems;
    struct frame stack[HC_TREE_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    struct hc_node *root;
};

static struct hc_mark mark_of(yaml_mark_t mark)
{
    return (struct hc_mark){.line = (uint32_t)mark.line + 1, .column = (uint32_t)mark.column + 1};
}

/* Reports what makes the rest unreadable. */
static struct hc_rc give_up(struct builder *b, struct hc_mark mark, const char *why, struct hc_err *e)
{
    hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX, "%s", why);
    return HC_FAIL(e, HC_E_CONFIG_SYNTAX, "line %u, column %u: %s", mark.line, mark.column, why);
}

static struct hc_rc no_memory(struct hc_err *e)
{
    return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
}

/* libyaml gives the place of a byte it cannot read as an offset only. */
static struct hc_mark mark_at_offset(struct hc_bytes input, size_t offset)
{
    struct hc_mark mark = {.line = 1, .column = 1};

    for (size_t i = 0; i < offset && i < input.n; i++) {
        if (input.p[i] == '\n') {
            mark.line++;
            mark.column = 1;
        } else if ((input.p[i] & 0xC0) != 0x80) { /* not a continuation byte of UTF-8 */
            mark.column++;
        }
    }
    return mark;
}

static bool is_tab(struct hc_bytes input, yaml_mark_t place)
{
    size_t line = 0;
    size_t i = 0;

    while (i < input.n && line < place.line)
        line += input.p[i++] == '\n';
    return i + place.column < input.n && input.p[i + place.column] == '\t';
}

static struct hc_rc syntax_error(struct builder *b, struct hc_err *e)
{
    const yaml_parser_t *parser = &b->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable";
    char why[HC_CONFIG_PROBLEM_TEXT];

    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory(e);
    if (parser->error == YAML_READER_ERROR) {
        snprintf(why, sizeof why, "not valid YAML: %s; the file must be UTF-8 text", problem);
        return give_up(b, mark_at_offset(b->input, parser->problem_offset), why, e);
    }
    if (is_tab(b->input, parser->problem_mark))
        return give_up(b, mark_of(parser->problem_mark), "a tab; YAML is indented with spaces only", e);
    if (parser->context != NULL)
        snprintf(why, sizeof why, "not valid YAML: %s (%s)", problem, parser->context);
    else
        snprintf(why, sizeof why, "not valid YAML: %s", problem);
    return give_up(b, mark_of(parser->problem_mark), why, e);
}

static void refuse_decorations(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
                               struct hc_mark mark)
{
    if (anchor != NULL)
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX,
                               "anchors and aliases (&%.*s) are not used here; write the value out", HC_CONFIG_SHOWN,
                               (const char *)anchor);
    if (tag != NULL)
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX,
                               "tags (%.*s) are not used here; write the value without it", HC_CONFIG_SHOWN,
                               (const char *)tag);
}

static struct hc_rc new_node(struct builder *b, enum hc_node_kind kind, struct hc_mark mark, struct hc_node **out,
                             struct hc_err *e)
{
    struct hc_node *node;

    if (++b->nodes > HC_TREE_NODES_MAX)
        return give_up(b, mark, "the file holds more values than any configuration needs", e);
    node = hc_node_make(b->arena, kind, mark);
    if (node == NULL)
        return no_memory(e);
    *out = node;
    return HC_OK;
}

/* Puts a finished or just opened node where it belongs. */
static struct hc_rc place(struct builder *b, struct hc_node *node, struct hc_err *e)
{
    struct frame *top = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;

    if (top == NULL) {
        b->root = node;
        return HC_OK;
    }
    if (top->node->kind == HC_NODE_LIST) {
        hc_node_add(top->node, NULL, node);
        return HC_OK;
    }
    if (top->has_key && !top->key_bad) {
        if (top->node->n == HC_TREE_KEYS_MAX)
            return give_up(b, top->key_mark, "the block has more keys than any block needs", e);
        hc_node_add(top->node, (const char *)top->key.p, node);
        node->key_mark = top->key_mark;
    }
    top->has_key = false;
    top->key_bad = false;
    return HC_OK;
}

static bool wants_key(const struct builder *b)
{
    const struct frame *top = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;

    return top != NULL && top->node->kind == HC_NODE_BLOCK && !top->has_key;
}

static struct hc_rc open_node(struct builder *b, enum hc_node_kind kind, struct hc_mark mark, struct hc_err *e)
{
    struct hc_node *node = NULL;

    if (b->depth == HC_TREE_DEPTH_MAX)
        return give_up(b, mark, "nested deeper than any configuration needs", e);
    HC_TRY(e, new_node(b, kind, mark, &node, e));
    if (wants_key(b)) {
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX, "a key must be a plain word, not %s",
                               hc_node_what(node));
        b->stack[b->depth - 1].has_key = true;
        b->stack[b->depth - 1].key_bad = true;
        /* It is read to its end, and only then is the value awaited. */
    } else {
        HC_TRY(e, place(b, node, e));
    }
    b->stack[b->depth++] = (struct frame){.node = node};
    return HC_OK;
}

static struct hc_rc copy_scalar(struct builder *b, const yaml_event_t *event, struct hc_bytes *out, struct hc_err *e)
{
    struct hc_bytes text = hc_bytes_of(event->data.scalar.value, event->data.scalar.length);
    char *copy = hc_arena_copy(b->arena, text);

    if (copy == NULL)
        return no_memory(e);
    *out = hc_bytes_of(copy, text.n);
    return HC_OK;
}

static struct hc_rc take_key(struct builder *b, const yaml_event_t *event, struct hc_mark mark, struct hc_err *e)
{
    struct frame *top = &b->stack[b->depth - 1];
    const struct hc_node *before;

    HC_TRY(e, copy_scalar(b, event, &top->key, e));
    top->key_mark = mark;
    top->has_key = true;
    top->key_bad = memchr(top->key.p, 0, top->key.n) != NULL;
    if (top->key_bad) {
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_VALUE, "the key holds a NUL character");
        return HC_OK;
    }
    before = hc_node_find(top->node, top->key);
    if (before == NULL)
        return HC_OK;
    top->key_bad = true;
    hc_config_problems_add(b->problems, mark, HC_E_CONFIG_DUPLICATE,
                           "'%.*s' is said twice; it stands in line %u already", HC_CONFIG_SHOWN,
                           (const char *)top->key.p, before->key_mark.line);
    return HC_OK;
}

static struct hc_rc take_scalar(struct builder *b, const yaml_event_t *event, struct hc_err *e)
{
    struct hc_mark mark = mark_of(event->start_mark);
    struct hc_node *node = NULL;

    refuse_decorations(b, event->data.scalar.anchor, event->data.scalar.tag, mark);
    if (wants_key(b))
        return take_key(b, event, mark, e);
    HC_TRY(e, new_node(b, HC_NODE_SCALAR, mark, &node, e));
    HC_TRY(e, copy_scalar(b, event, &node->text, e));
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (memchr(node->text.p, 0, node->text.n) != NULL) {
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_VALUE, "the value holds a NUL character");
        node->kind = HC_NODE_BAD;
    }
    return place(b, node, e);
}

static struct hc_rc take_alias(struct builder *b, const yaml_event_t *event, struct hc_err *e)
{
    struct hc_mark mark = mark_of(event->start_mark);
    struct hc_node *node = NULL;

    hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX,
                           "anchors and aliases (*%.*s) are not used here; write the value out", HC_CONFIG_SHOWN,
                           (const char *)event->data.alias.anchor);
    if (wants_key(b)) {
        b->stack[b->depth - 1].has_key = true;
        b->stack[b->depth - 1].key_bad = true;
        return HC_OK;
    }
    HC_TRY(e, new_node(b, HC_NODE_BAD, mark, &node, e));
    return place(b, node, e);
}

static struct hc_rc start_document(struct builder *b, const yaml_event_t *event, struct hc_err *e)
{
    struct hc_mark mark = mark_of(event->start_mark);

    if (b->root != NULL)
        return give_up(b, mark, "a second document begins here; a configuration is one document", e);
    if (event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
        hc_config_problems_add(b->problems, mark, HC_E_CONFIG_SYNTAX, "tags are not used here; remove the %%TAG line");
    return HC_OK;
}

static struct hc_rc take_event(struct builder *b, const yaml_event_t *event, struct hc_err *e)
{
    struct hc_mark mark = mark_of(event->start_mark);

    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return start_document(b, event, e);
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event, e);
    case YAML_ALIAS_EVENT:
        return take_alias(b, event, e);
    case YAML_SEQUENCE_START_EVENT:
        refuse_decorations(b, event->data.sequence_start.anchor, event->data.sequence_start.tag, mark);
        return open_node(b, HC_NODE_LIST, mark, e);
    case YAML_MAPPING_START_EVENT:
        refuse_decorations(b, event->data.mapping_start.anchor, event->data.mapping_start.tag, mark);
        return open_node(b, HC_NODE_BLOCK, mark, e);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return HC_OK;
    default:
        return HC_OK;
    }
}

static struct hc_rc build(struct builder *b, struct hc_err *e)
{
    bool done = false;

    while (!done) {
        yaml_event_t event;
        struct hc_rc rc;

        if (!yaml_parser_parse(&b->parser, &event))
            return syntax_error(b, e);
        rc = take_event(b, &event, e);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        HC_TRY(e, rc);
    }
    if (b->root == NULL)
        return give_up(b, (struct hc_mark){.line = 1, .column = 1}, "the file says nothing", e);
    return HC_OK;
}

struct hc_rc hc_tree_parse(struct hc_bytes input, struct hc_arena *arena, struct hc_config_problems *problems,
                           struct hc_node **out, struct hc_err *e)
{
    struct builder b = {.input = input, .arena = arena, .problems = problems};
    struct hc_rc rc;

    if (input.n > HC_TREE_INPUT_MAX)
        return give_up(&b, (struct hc_mark){.line = 1, .column = 1}, "the file is larger than 1 MiB", e);
    if (hc_bytes_starts(b.input, HC_BYTES("\xEF\xBB\xBF"))) /* a byte order mark, which would shift the first columns */
        b.input = hc_bytes_skip(b.input, 3);
    if (b.input.n == 0) /* libyaml asserts that there is input */
        return give_up(&b, (struct hc_mark){.line = 1, .column = 1}, "the file says nothing", e);
    if (!yaml_parser_initialize(&b.parser))
        return no_memory(e);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, b.input.p, b.input.n);
    rc = build(&b, e);
    yaml_parser_delete(&b.parser);
    HC_TRY(e, rc);
    *out = b.root;
    return HC_OK;
}

struct hc_node *hc_node_make(struct hc_arena *arena, enum hc_node_kind kind, struct hc_mark mark)
{
    struct hc_node *node = hc_arena_take(arena, sizeof *node);

    if (node == NULL)
        return NULL;
    node->kind = kind;
    node->mark = mark;
    return node;
}

void hc_node_add(struct hc_node *parent, const char *key, struct hc_node *child)
{
    child->key = hc_bytes_str(key);
    child->key_mark = child->mark;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->n++;
}

const struct hc_node *hc_node_find(const struct hc_node *block, struct hc_bytes key)
{
    for (const struct hc_node *child = block->first; child != NULL; child = child->next) {
        if (hc_bytes_eq(child->key, key))
            return child;
    }
    return NULL;
}

const char *hc_node_what(const struct hc_node *node)
{
    switch (node->kind) {
    case HC_NODE_SCALAR:
        return "text";
    case HC_NODE_LIST:
        return "a list";
    case HC_NODE_BLOCK:
        return "a block";
    default:
        return "something unreadable";
    }
}
