/* catalogue.c - the table itself. */
#include "base/catalogue.h"

#include <stdio.h>

static const struct hc_row rows[] = {
#define HC_ROW(name, id, exit, v_err, alert, status, clause, sentence, fix)                                            \
    {name, (enum hc_class)((id) / 1000), #name, exit, v_err, alert, status, clause, sentence, fix},
#include "base/catalogue.def"
#undef HC_ROW
};

const struct hc_row *hc_rows(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}

const struct hc_row *hc_row(enum hc_code code)
{
    const struct hc_row *internal = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return &rows[i];
        if (rows[i].code == HC_E_INTERNAL)
            internal = &rows[i];
    }
    return internal;
}

bool hc_row_is_refusal(enum hc_code code)
{
    enum hc_class class = hc_row(code)->class;

    return class == HC_CLASS_CERTIFICATE || class == HC_CLASS_ACCESS;
}

const char *hc_id_text(enum hc_code code, char out[HC_ID_TEXT])
{
    snprintf(out, HC_ID_TEXT, "HC-%04d", (int)code);
    return out;
}
