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

struct hc_rc hc_gate_ask_name(struct hc_invocation *in, const char *file, char out[HC_CONTROL_NAME_MAX + 1],
                              struct hc_err *e)
{
    const char *name = hc_opts_value(in->opts, "name");

    if (!name && !hc_opts_arg(in->opts, 1) && !hc_file_exists(HC_GATE_ASK_FILE))
        name = "gate"; /* what a gate from flags is called unless said */
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
    size_t line = hc_bytes_find(reply, '\n');

    if (!hc_bytes_eq_str(hc_bytes_head(reply, line), "ok"))
        return reply_error(hc_bytes_head(reply, line), e);
    *out = hc_bytes_skip(reply, line + 1);
    return HC_OK;
}

static struct hc_rc ask(struct hc_invocation *in, const char *verb, const char *file, struct hc_err *e)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    HC_BUF_AUTO(text, HC_CONTROL_REPLY * 6);
    char name[HC_CONTROL_NAME_MAX + 1];
    struct hc_bytes view;
    size_t line;

    HC_TRY(e, hc_gate_ask_name(in, file, name, e));
    HC_TRY(e, hc_control_call(name, verb, HC_GATE_ASK_MS, &reply, e));
    HC_TRY(e, hc_gate_ask_reply(hc_buf_view(&reply), &view, e));
    for (; view.n > 0; view = hc_bytes_skip(view, line + 1)) {
        line = hc_bytes_find(view, '\n');
        hc_escape_text(&text, hc_bytes_head(view, line));
        hc_buf_add_byte(&text, '\n');
    }
    return hc_out_flush(&text, e);
}

struct hc_rc hc_gate_ask_reload(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    return ask(in, "reload", file, e);
}

struct hc_rc hc_gate_ask_status(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    return ask(in, "status", file, e);
}
