/* gate_ask.c - one running gate and what it answers. */
#include "cmd/gate_ask.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "cmd/out.h"
#include "gate/gateconf.h"

void hc_gate_ask_problems(const struct hc_config_problems *problems, const char *file)
{
    HC_BUF_AUTO(text, 1024 * 1024);

    if (problems->n < 2)
        return;
    hc_config_problems_print(problems, file, &text);
    fprintf(stderr, "%s", hc_buf_cstr(&text));
}

/* The control socket bears the name of the first gate of the configuration. */
static struct hc_rc name_in(const char *file, char out[HC_CONTROL_NAME_MAX + 1], struct hc_err *e)
{
    struct hc_config_problems *problems = calloc(1, sizeof *problems);
    HC_AUTO(hc_gateconf) conf = NULL;
    struct hc_rc rc;

    if (!problems)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    rc = hc_gateconf_load(file, &conf, problems, e);
    if (hc_failed(rc))
        hc_gate_ask_problems(problems, file);
    free(problems);
    if (hc_ok(rc))
        snprintf(out, HC_CONTROL_NAME_MAX + 1, "%s", conf->gates.v[0].name.s);
    return rc;
}

/* Nothing says which: the only one that there is, or what a gate from flags is called unless said. */
static struct hc_rc name_here(char out[HC_CONTROL_NAME_MAX + 1], struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {.n = 0};
    HC_BUF_AUTO(text, HC_ERR_TEXT / 2);

    HC_TRY(e, hc_control_find(&names, e));
    if (names.n < 2) {
        snprintf(out, HC_CONTROL_NAME_MAX + 1, "%s", names.n ? names.name[0] : "gate");
        return HC_OK;
    }
    for (size_t i = 0; i < names.n; i++)
        hc_buf_addf(&text, "%s%s", i ? ", " : "", names.name[i]);
    return HC_FAIL(e, HC_E_USAGE, "several gates are here; say which by --name NAME or by FILE: %s",
                   text.failed ? "gate connections lists them" : hc_buf_cstr(&text));
}

struct hc_rc hc_gate_ask_name(struct hc_invocation *in, const char *file, char out[HC_CONTROL_NAME_MAX + 1],
                              struct hc_err *e)
{
    const char *name = hc_opts_value(in->opts, "name");

    if (!name && !hc_opts_arg(in->opts, 1) && !hc_file_exists(HC_GATE_ASK_FILE))
        return name_here(out, e);
    if (!name)
        return name_in(file, out, e);
    if (strlen(name) > HC_GATE_NAME_MAX)
        return HC_FAIL(e, HC_E_USAGE, "a gate's name has at most %d characters", HC_GATE_NAME_MAX);
    memcpy(out, name, strlen(name) + 1);
    return HC_OK;
}

static struct hc_rc reply_error(struct hc_bytes line, struct hc_err *e)
{
    int number = 0;
    size_t at = hc_bytes_find(line, '-');
    struct hc_bytes digits = hc_bytes_skip(line, at + 1);
    size_t space;

    for (space = 0; space < digits.n && space < 4 && hc_ascii_is_digit(digits.p[space]); space++)
        number = number * 10 + (digits.p[space] - '0');
    return HC_FAIL(e, hc_row((enum hc_code)number)->code, "%.*s",
                   HC_BYTES_FMT(hc_bytes_trim(hc_bytes_skip(digits, space))));
}

struct hc_rc hc_gate_ask_reply(struct hc_bytes reply, struct hc_bytes *out, struct hc_err *e)
{
    struct hc_bytes line = hc_bytes_next_line(&reply);

    if (!hc_bytes_eq_str(line, "ok"))
        return reply_error(line, e);
    *out = reply;
    return HC_OK;
}

static struct hc_rc ask(struct hc_invocation *in, const char *verb, const char *file, struct hc_buf *reply,
                        struct hc_bytes *out, struct hc_err *e)
{
    char name[HC_CONTROL_NAME_MAX + 1];

    HC_TRY(e, hc_gate_ask_name(in, file, name, e));
    HC_TRY(e, hc_control_call(name, verb, HC_GATE_ASK_MS, reply, e));
    return hc_gate_ask_reply(hc_buf_view(reply), out, e);
}

static void print_text(struct hc_bytes view, struct hc_buf *out)
{
    while (view.n > 0) {
        hc_escape_text(out, hc_bytes_next_line(&view));
        hc_buf_add_byte(out, '\n');
    }
}

struct hc_rc hc_gate_ask_reload(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    HC_BUF_AUTO(text, HC_CONTROL_REPLY * 6);
    struct hc_bytes view;

    HC_TRY(e, ask(in, "reload", file, &reply, &view, e));
    print_text(view, &text);
    return hc_out_flush(&text, e);
}

/* --- status: a line is a key and its value; "floor" has a time and a file, and "gate" stands once for each gate ---- */

static bool is_number(struct hc_bytes value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!hc_ascii_is_digit(value.p[i]))
            return false;
    return value.n > 0 && value.n < 19;
}

/* "TIME FILE", "TIME, not kept", and "none" for a time that is not known. */
static void status_floor(struct hc_json *j, struct hc_bytes value)
{
    size_t space = hc_bytes_find(value, ' ');
    struct hc_bytes time = hc_bytes_head(value, space);
    bool kept = time.n == 0 || time.p[time.n - 1] != ',';

    time = hc_bytes_head(time, hc_bytes_find(time, ','));
    if (hc_bytes_eq_str(time, "none"))
        hc_json_str(j, "floor", NULL);
    else
        hc_json_bytes(j, "floor", time);
    if (kept)
        hc_json_bytes(j, "floor_file", hc_bytes_skip(value, space + 1));
    else
        hc_json_str(j, "floor_file", NULL);
}

static void status_member(struct hc_json *j, struct hc_bytes line)
{
    struct hc_bytes value = hc_bytes_skip(line, hc_bytes_find(line, ' ') + 1);
    char key[32];
    char digits[24];

    snprintf(key, sizeof key, "%.*s", HC_BYTES_FMT(hc_bytes_head(line, hc_bytes_find(line, ' '))));
    snprintf(digits, sizeof digits, "%.*s", HC_BYTES_FMT(hc_bytes_head(value, sizeof digits - 1)));
    if (strcmp(key, "gate") == 0)
        return; /* in a list of their own */
    if (strcmp(key, "floor") == 0)
        status_floor(j, value);
    else if (is_number(value))
        hc_json_int(j, key, (int64_t)strtoll(digits, NULL, 10));
    else
        hc_json_bytes(j, key, value);
}

static void print_json(struct hc_bytes view, struct hc_buf *out)
{
    struct hc_json j = hc_json_init(out);
    struct hc_bytes rest = view;

    hc_json_begin(&j, NULL, '{');
    while (rest.n > 0)
        status_member(&j, hc_bytes_next_line(&rest));
    hc_json_begin(&j, "gates", '[');
    while (view.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&view);
        struct hc_bytes name = hc_bytes_skip(line, 5);

        if (!hc_bytes_starts(line, HC_BYTES("gate ")))
            continue;
        hc_json_begin(&j, NULL, '{');
        hc_json_bytes(&j, "gate", hc_bytes_head(name, hc_bytes_find(name, ' ')));
        hc_json_bytes(&j, "address", hc_bytes_skip(name, hc_bytes_find(name, ' ') + 1));
        hc_json_end(&j, '}');
    }
    hc_json_end(&j, ']');
    hc_json_end(&j, '}');
}

struct hc_rc hc_gate_ask_status(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    HC_BUF_AUTO(text, HC_CONTROL_REPLY * 8);
    struct hc_bytes view;

    HC_TRY(e, ask(in, "status", file, &reply, &view, e));
    if (hc_opts_flag(in->opts, "json"))
        print_json(view, &text);
    else
        print_text(view, &text);
    return hc_out_flush(&text, e);
}
