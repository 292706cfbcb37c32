/* gate_many.c - see gate_many.h. */
#include "cmd/gate_many.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/gate_ask.h"
#include "policy/pattern.h"

void hc_gate_many_fini(struct hc_gate_many *a)
{
    for (size_t i = 0; a->ask && i < a->names.n; i++)
        hc_buf_fini(&a->ask[i].reply);
    free(a->ask);
    hc_names_fini(&a->names);
}

struct hc_rc hc_gate_many_pattern(const char *who, struct hc_err *e)
{
    HC_AUTO(hc_pattern) pattern = NULL;

    return hc_pattern_parse(who, &pattern, e);
}

static struct hc_rc only(struct hc_invocation *in, const char *file, struct hc_names *out, struct hc_err *e)
{
    char name[HC_CONTROL_NAME_MAX + 1];

    HC_TRY(e, hc_gate_ask_name(in, file, name, e));
    *out = (struct hc_names){.name = calloc(1, sizeof *out->name)};
    if (!out->name || !(out->name[0] = strdup(name)))
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    out->n = 1;
    return HC_OK;
}

struct hc_rc hc_gate_many_find(struct hc_invocation *in, const char *file, bool all, struct hc_gate_many *a,
                               struct hc_err *e)
{
    if (all)
        HC_TRY(e, hc_control_find(&a->names, e));
    else
        HC_TRY(e, only(in, file, &a->names, e));
    a->ask = calloc(a->names.n + 1, sizeof *a->ask);
    if (!a->ask)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    for (size_t i = 0; i < a->names.n; i++)
        a->ask[i] =
            (struct hc_control_ask){.name = a->names.name[i], .line = a->line, .reply = HC_BUF(HC_CONTROL_REPLY_LATE)};
    return HC_OK;
}

struct hc_rc hc_gate_many_ask(struct hc_gate_many *a, bool all, const char *verb, const char *who, struct hc_err *e)
{
    bool somebody = false;

    if (strlen(verb) + 1 + strlen(who) >= sizeof a->line)
        return HC_FAIL(e, HC_E_PATTERN, "the pattern is too long");
    snprintf(a->line, sizeof a->line, "%s%s%s", verb, *who ? " " : "", who);
    hc_control_ask_all(a->ask, a->names.n, HC_GATE_ASK_MS);
    for (size_t i = 0; i < a->names.n; i++)
        somebody = somebody || a->ask[i].heard != HC_CONTROL_ABSENT;
    if (somebody)
        return HC_OK;
    if (all)
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "no gate of this user runs on this host");
    return HC_FAIL(e, HC_E_CONTROL_SOCKET, "cannot reach the gate %s", a->names.name[0]);
}

bool hc_gate_many_heard(const struct hc_control_ask *ask, struct hc_bytes *text, struct hc_err *missed)
{
    struct hc_err why = ask->why;

    if (ask->heard == HC_CONTROL_ABSENT)
        return false;
    if (ask->heard == HC_CONTROL_ANSWERED) {
        if (hc_ok(hc_gate_ask_reply(hc_buf_view(&ask->reply), text, &why)))
            return true;
        hc_err_prefix(&why, "the gate %s", ask->name);
    }
    if (missed->code == HC_OK_CODE)
        *missed = why;
    return false;
}

struct hc_rc hc_gate_many_missed(const struct hc_err *missed, struct hc_err *e)
{
    if (missed->code == HC_OK_CODE)
        return HC_OK;
    *e = *missed;
    return (struct hc_rc){missed->code};
}
