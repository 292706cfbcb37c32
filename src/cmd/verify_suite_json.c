/* verify_suite_json.c - jansson, bounded. */
#include "cmd/verify_suite_json.h"

#include "base/file.h"

/* Of every value but the first of an array or object a comma stands before it: those in strings make the bound a
 * little smaller, never larger. */
static struct hc_rc check_values(struct hc_bytes text, struct hc_err *e)
{
    size_t values = 1;
    for (size_t i = 0; i < text.n; i++)
        values += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
    if (values > HC_VERIFY_SUITE_VALUES)
        return HC_FAIL(e, HC_E_SUITE, "it has more than %u values", HC_VERIFY_SUITE_VALUES);
    return HC_OK;
}

struct hc_rc hc_verify_suite_json_parse(struct hc_bytes text, json_t **out, struct hc_err *e)
{
    json_error_t error;
    HC_TRY(e, check_values(text, e));
    json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the suite");
    if (root == NULL)
        return HC_FAIL(e, HC_E_SUITE, "line %d: %s", error.line, error.text);
    *out = root;
    return HC_OK;
}

struct hc_rc hc_verify_suite_json_load(const char *path, json_t **out, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_VERIFY_SUITE_FILE_MAX);
    HC_TRY(e, hc_file_read(path, &text, e));
    struct hc_rc rc = hc_verify_suite_json_parse(hc_buf_view(&text), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

static const char *type_text(json_type type)
{
    switch (type) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

struct hc_rc hc_verify_suite_json_is(const json_t *value, json_type type, const char *what, struct hc_err *e)
{
    if (value == NULL)
        return HC_FAIL(e, HC_E_SUITE, "there is no %s", what);
    if (json_typeof(value) != type)
        return HC_FAIL(e, HC_E_SUITE, "%s is %s instead of %s", what, type_text(json_typeof(value)), type_text(type));
    return HC_OK;
}

struct hc_rc hc_verify_suite_json_get(const json_t *object, const char *key, json_type type, json_t **out,
                                      struct hc_err *e)
{
    json_t *value = json_object_get(object, key);
    HC_TRY(e, hc_verify_suite_json_is(value, type, key, e));
    *out = value;
    return HC_OK;
}

struct hc_rc hc_verify_suite_json_option(const json_t *object, const char *key, json_type type, json_t **out,
                                         struct hc_err *e)
{
    json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value)) {
        *out = NULL;
        return HC_OK;
    }
    return hc_verify_suite_json_get(object, key, type, out, e);
}

struct hc_rc hc_verify_suite_json_str(const json_t *object, const char *key, const char **out, struct hc_err *e)
{
    json_t *value;
    HC_TRY(e, hc_verify_suite_json_get(object, key, JSON_STRING, &value, e));
    *out = json_string_value(value);
    return HC_OK;
}

struct hc_rc hc_verify_suite_json_strings(const json_t *object, const char *key, hc_verify_suite_json_each *each,
                                          void *ctx, struct hc_err *e)
{
    json_t *array;
    HC_TRY(e, hc_verify_suite_json_get(object, key, JSON_ARRAY, &array, e));
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        HC_TRY(e, hc_verify_suite_json_is(value, JSON_STRING, key, e));
        HC_TRY(e, each(ctx, json_string_value(value), e));
    }
    return HC_OK;
}
