/*
 * static_conditions.c - If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, in the order that RFC 9110
 * 13.2.2 sets.
 */
#include "http/static_internal.h"
#include "proto/http_date.h"

/* An entity tag from the start of `list`: [W/]"...". Takes it off; false at the end or at anything else. */
static bool take_tag(struct hc_bytes *list, struct hc_bytes *tag, bool *weak)
{
    size_t close;

    while (list->n > 0 && (list->p[0] == ' ' || list->p[0] == '\t' || list->p[0] == ','))
        *list = hc_bytes_skip(*list, 1);
    *weak = hc_bytes_starts(*list, HC_BYTES("W/"));
    if (*weak)
        *list = hc_bytes_skip(*list, 2);
    if (list->n == 0 || list->p[0] != '"')
        return false;
    close = hc_bytes_find(hc_bytes_skip(*list, 1), '"');
    if (close + 1 >= list->n)
        return false;
    *tag = hc_bytes_head(*list, close + 2);
    *list = hc_bytes_skip(*list, close + 2);
    return true;
}

/* Whether one of the tags is the file's; `*` is any. With `strong`, weak tags never are [RFC 9110 8.8.3.2]. */
static bool list_names(struct hc_bytes list, const char *etag, bool strong)
{
    struct hc_bytes tag;
    bool weak;

    if (hc_bytes_eq_str(list, "*"))
        return true;
    while (take_tag(&list, &tag, &weak))
        if (hc_bytes_eq_str(tag, etag) && !(strong && weak))
            return true;
    return false;
}

/* All field lines of that name, for they are one list. */
static bool field_names(const struct hc_h1_head *head, struct hc_bytes name, const char *etag, bool strong)
{
    for (size_t i = 0; i < head->n_fields; i++)
        if (hc_bytes_eq_nocase(head->fields[i].name, name) && list_names(head->fields[i].value, etag, strong))
            return true;
    return false;
}

static bool date_of(const struct hc_h1_head *head, struct hc_bytes name, int64_t now, int64_t *out)
{
    const struct hc_h1_field *field = hc_h1_field_find(head, name);

    return field && hc_http_date_parse(field->value, now, out);
}

unsigned hc_static_conditions(const struct hc_h1_head *head, const struct hc_static_file *file, int64_t now)
{
    int64_t date;

    if (hc_h1_field_find(head, HC_BYTES("If-Match"))) {
        if (!field_names(head, HC_BYTES("If-Match"), file->etag, true))
            return 412;
    } else if (date_of(head, HC_BYTES("If-Unmodified-Since"), now, &date) && file->st.st_mtim.tv_sec > date) {
        return 412;
    }
    if (hc_h1_field_find(head, HC_BYTES("If-None-Match"))) /* RFC 9110 13.1.3: If-Modified-Since is ignored beside it */
        return field_names(head, HC_BYTES("If-None-Match"), file->etag, false) ? 304 : 0;
    if (date_of(head, HC_BYTES("If-Modified-Since"), now, &date) && file->st.st_mtim.tv_sec <= date)
        return 304;
    return 0;
}
