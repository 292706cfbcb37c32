/* schema.c - tables in words. */
#include "config/schema.h"

#include <inttypes.h>
#include <stdio.h>

static void add_words(const struct hc_word *words, char out[HC_EXPECTED_TEXT])
{
    bool several = words[0].word != NULL && words[1].word != NULL;
    size_t n = (size_t)snprintf(out, HC_EXPECTED_TEXT, "%s", several ? "one of " : "the word ");

    for (size_t i = 0; words[i].word != NULL && n < HC_EXPECTED_TEXT; i++)
        n += (size_t)snprintf(out + n, HC_EXPECTED_TEXT - n, "%s%s", i > 0 ? ", " : "", words[i].word);
}

static void add_either(const struct hc_field *field, char out[HC_EXPECTED_TEXT])
{
    size_t n = strlen(hc_schema_expected(field->scalar, out));

    snprintf(out + n, HC_EXPECTED_TEXT - n, field->block != NULL ? ", or a block of keys" : ", or a list of blocks");
}

static const char *plain_words(const struct hc_field *field)
{
    switch (field->kind) {
    case HC_KIND_STRING:
        return "text";
    case HC_KIND_BOOL:
        return "true or false";
    case HC_KIND_INT:
        return "a whole number";
    case HC_KIND_DURATION:
        return "a duration such as 30s, 5m, 12h or 7d";
    case HC_KIND_STRINGS:
        return "a list of texts";
    case HC_KIND_BLOCKS:
        return "a list of blocks";
    default:
        return "a block of keys";
    }
}

const char *hc_schema_expected(const struct hc_field *field, char out[HC_EXPECTED_TEXT])
{
    if (field->kind == HC_KIND_WORD)
        add_words(field->words, out);
    else if (field->kind == HC_KIND_EITHER)
        add_either(field, out);
    else if (field->kind == HC_KIND_INT && field->max != 0)
        snprintf(out, HC_EXPECTED_TEXT, "a whole number from %" PRId64 " to %" PRId64, field->min, field->max);
    else
        snprintf(out, HC_EXPECTED_TEXT, "%s", plain_words(field));
    return out;
}

static void add_block(const struct hc_schema *schema, const char *prefix, unsigned depth, struct hc_buf *out)
{
    for (size_t i = 0; i < schema->n && depth < HC_SCHEMA_DEPTH_MAX; i++) {
        const struct hc_field *field = &schema->fields[i];
        const struct hc_field *list = field->kind == HC_KIND_BLOCKS ? field : field->list;
        HC_BUF_AUTO(name, 512);
        char expected[HC_EXPECTED_TEXT];

        hc_buf_addf(&name, "%s%s%s", prefix, depth > 0 ? "." : "", field->key);
        hc_buf_addf(out, "%s\n    %s; %s\n", hc_buf_cstr(&name), hc_schema_expected(field, expected),
                    field->required ? "required" : "optional");
        if (field->help != NULL)
            hc_buf_addf(out, "    %s\n", field->help);
        if (field->example != NULL)
            hc_buf_addf(out, "    For instance %s: %s\n", field->key, field->example);
        if (list != NULL)
            hc_buf_add_str(&name, "[]");
        if (list != NULL || field->block != NULL)
            add_block(list != NULL ? list->block : field->block, hc_buf_cstr(&name), depth + 1, out);
    }
}

void hc_schema_manual(const struct hc_schema *schema, struct hc_buf *out)
{
    add_block(schema, "", 0, out);
}
