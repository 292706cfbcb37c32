/* why_parts_json.c - members of JSON objects, read without trust. */
#include "doctor/why_parts_json.h"

#include "base/clock.h"
#include "observe/why.h"

json_t *hc_why_parts_load(struct hc_bytes text, bool *memory)
{
    json_error_t error;
    json_t *root;
    size_t values = 1;

    *memory = false;
    for (size_t i = 0; i < text.n; i++)
        values += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
    if (text.n == 0 || values > HC_WHY_PARTS_VALUES)
        return NULL;
    root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    *memory = root == NULL && json_error_code(&error) == json_error_out_of_memory;
    return root;
}

void hc_why_parts_text(const json_t *object, const char *key, char out[], size_t size)
{
    const json_t *value = json_object_get(object, key);

    hc_why_put(out, size, hc_bytes_of(json_string_value(value), json_string_length(value)));
}

int64_t hc_why_parts_number(const json_t *object, const char *key, int64_t max, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    int64_t v = json_is_integer(value) ? (int64_t)json_integer_value(value) : -1;

    return v >= 0 && v <= max ? v : otherwise;
}

bool hc_why_parts_hash(const json_t *object, const char *key, uint8_t out[32])
{
    const json_t *value = json_object_get(object, key);
    struct hc_bytes hex = hc_bytes_of(json_string_value(value), json_string_length(value));

    return hex.n == 64 && hc_bytes_unhex(hex, out);
}

int64_t hc_why_parts_time(const json_t *object, const char *key)
{
    char text[HC_TIME_TEXT + 8];
    struct hc_err none;
    int64_t t = 0;

    hc_why_parts_text(object, key, text, sizeof text);
    return hc_ok(hc_time_parse(hc_bytes_str(text), &t, &none)) ? t : 0;
}
