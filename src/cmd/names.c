/* names.c - what several commands read from a command line in the same way. */
#include "cmd/names.h"

#include <stdlib.h>

#include "base/clock.h"
#include "cmd/passphrase.h"

void hc_names_given_fini(struct hc_names_given *given)
{
    for (size_t i = 0; i < given->n; i++)
        hc_name_free(given->name[i]);
    free(given->name);
}

static bool name_type(const char *option, enum hc_name_type *out)
{
    for (int t = HC_NAME_DNS; t <= HC_NAME_IP; t++) {
        if (strcmp(option, hc_name_type_text((enum hc_name_type)t)) != 0)
            continue;
        *out = (enum hc_name_type)t;
        return true;
    }
    return false;
}

struct hc_rc hc_names_further(const struct hc_opts *opts, struct hc_names_given *out, struct hc_err *e)
{
    out->name = calloc(hc_opts_count(opts) + 1, sizeof(struct hc_name *));
    if (!out->name)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the names");
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        enum hc_name_type type;
        if (!name_type(set.option->name, &type))
            continue;
        HC_TRY(e, hc_name_make(type, hc_bytes_str(set.value), HC_NAME_WILDCARD, &out->name[out->n], e));
        out->n++;
    }
    return HC_OK;
}

struct hc_rc hc_names_lifetime(const struct hc_opts *opts, int64_t *seconds, struct hc_err *e)
{
    int64_t days = 0, hours = 0;
    if (hc_opts_value(opts, "days") && hc_opts_value(opts, "hours"))
        return HC_FAIL(e, HC_E_USAGE, "give one of --days and --hours");
    HC_TRY(e, hc_opts_number(opts, "days", HC_NAMES_DAYS_MAX, HC_E_LIFETIME, &days, e));
    HC_TRY(e, hc_opts_number(opts, "hours", HC_NAMES_DAYS_MAX * 24, HC_E_LIFETIME, &hours, e));
    if (days + hours > 0)
        *seconds = days * HC_DAY + hours * HC_HOUR;
    return HC_OK;
}

/* Digits and at most one letter; -1 when it is nothing of the kind, or longer than any certificate lives. */
static int64_t span(const char *text)
{
    int64_t n = 0;
    const char *p = text;
    for (; hc_ascii_is_digit((uint8_t)*p) && n <= HC_NAMES_DAYS_MAX * 24; p++)
        n = n * 10 + (*p - '0');
    bool hours = *p == 'h';
    if (p == text || (*p && (p[1] || (*p != 'd' && !hours))))
        return -1;
    int64_t seconds = n * (hours ? HC_HOUR : HC_DAY);
    return seconds > 0 && seconds <= (int64_t)HC_NAMES_DAYS_MAX * HC_DAY ? seconds : -1;
}

struct hc_rc hc_names_span(const struct hc_opts *opts, const char *option, int64_t *seconds, struct hc_err *e)
{
    const char *text = hc_opts_value(opts, option);
    if (!text)
        return HC_OK;
    int64_t found = span(text);
    if (found < 0)
        return HC_FAIL(e, HC_E_USAGE, "--%s %.40s is no time span: write 7d for days or 12h for hours", option, text);
    *seconds = found;
    return HC_OK;
}

static struct hc_rc not_empty(const struct hc_opts *opts, const char *option, const char **out, struct hc_err *e)
{
    const char *value = hc_opts_value(opts, option);
    if (value && !*value)
        return HC_FAIL(e, HC_E_USAGE, "--%s is empty", option);
    if (value)
        *out = value;
    return HC_OK;
}

struct hc_rc hc_names_label(const struct hc_opts *opts, const char **label, struct hc_err *e)
{
    return not_empty(opts, "as", label, e);
}

struct hc_rc hc_names_issuer(const struct hc_opts *opts, const char **issuer, struct hc_err *e)
{
    return not_empty(opts, "issuer", issuer, e);
}

struct hc_rc hc_names_key(const struct hc_opts *opts, bool *given, enum hc_key_kind *kind, struct hc_err *e)
{
    const char *word = hc_opts_value(opts, "key");
    if (!word)
        return HC_OK;
    HC_TRY(e, hc_key_kind_parse(hc_bytes_str(word), kind, e));
    *given = true;
    return HC_OK;
}

struct hc_rc hc_names_for(const struct hc_opts *opts, bool *given, enum hc_p12_for *kind, struct hc_err *e)
{
    const char *word = hc_opts_value(opts, "for");
    if (!word)
        return HC_OK;
    HC_TRY(e, hc_p12_parse_for(hc_bytes_str(word), kind, e));
    if (given)
        *given = true;
    return HC_OK;
}

struct hc_rc hc_names_p12_passphrase(const struct hc_opts *opts, struct hc_secret **out, struct hc_err *e)
{
    struct hc_passphrase_from from = {
        .file = hc_opts_value(opts, "p12-passphrase-file"),
        .fd = hc_opts_value(opts, "p12-passphrase-fd"),
        .option = "p12-passphrase",
    };
    return from.file || from.fd ? hc_passphrase_get(&from, out, e) : HC_OK;
}
