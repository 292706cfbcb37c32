/*
 * settings.h - TLS settings that live as long as a session is made of them, however often the rules change meanwhile.
 *
 * A connection moves to the newest service of its gate; its session stays what it was made of. Counts its users without
 * atomics: it belongs to the worker's thread.
 */
#ifndef HC_GATE_SETTINGS_H
#define HC_GATE_SETTINGS_H

#include "net/tls.h"

struct hc_settings {
    unsigned refs;
    struct hc_tls_context *tls;
};

/* With one owner; takes the context, on failure too. Fails with HC_E_NOMEM. */
struct hc_rc hc_settings_take(struct hc_tls_context *tls, struct hc_settings **out, struct hc_err *e);
/* One owner more; returns s, which may be NULL. */
struct hc_settings *hc_settings_ref(struct hc_settings *s);
/* NULL-safe. */
void hc_settings_free(struct hc_settings *s);

#endif
