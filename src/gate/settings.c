/* settings.c - see settings.h. */
#include "gate/settings.h"

#include <stdlib.h>

struct hc_rc hc_settings_take(struct hc_tls_context *tls, struct hc_settings **out, struct hc_err *e)
{
    struct hc_settings *s = calloc(1, sizeof *s);

    if (!s) {
        hc_tls_context_free(tls);
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for TLS settings");
    }
    s->refs = 1;
    s->tls = tls;
    *out = s;
    return HC_OK;
}

struct hc_settings *hc_settings_ref(struct hc_settings *s)
{
    if (s)
        s->refs++;
    return s;
}

void hc_settings_free(struct hc_settings *s)
{
    if (!s || --s->refs > 0)
        return;
    hc_tls_context_free(s->tls);
    free(s);
}
