/*
 * process_ask.c - what a running gate is asked through its control socket.
 *
 *     status                                 how it is
 *     reload                                 look at every file again; answered when all workers run on what was found
 *     mark                                   connections ended for revocation so far: a number for `apply`
 *     apply ROOT MARK KEYID:NUMBER ...       are these CRLs of that authority in force? (hexadecimal; MARK may be "-")
 *     connections [PATTERN]                  who is connected: JSON objects, one a line, and what was left out
 *     handshakes [refused] [PATTERN]         the last handshakes, likewise
 *     disconnect PATTERN                     ends the connections of whom the pattern names
 *
 * Whatever needs the workers is a job: see process_job.h.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "gate/process_job.h"

/* --- status and reload -------------------------------------------------------------------------------------------- */

static void reply_status(struct hc_process *p, struct hc_buf *reply)
{
    HC_AUTO(hc_snapshot) s = hc_engine_take(&p->engine);
    int64_t floor = hc_floor_time(p->floor);
    char text[HC_ADDR_TEXT];
    char time[HC_TIME_TEXT];

    hc_buf_addf(reply, "ok\ngeneration %llu\nworkers %u\nalarms %llu\nconnections %llu\n",
                (unsigned long long)s->generation, p->n_workers, (unsigned long long)p->alarms,
                (unsigned long long)(hc_metrics_sum(p->metrics, HC_COUNT_CONNECTIONS) -
                                     hc_metrics_sum(p->metrics, HC_COUNT_CONNECTIONS_ENDED)));
    hc_buf_addf(reply, "clock %s\n", hc_time_text(hc_time_now(), time));
    hc_buf_addf(reply, "floor %s%s%s\n", floor == INT64_MIN ? "none" : hc_time_text(floor, time),
                p->floor_path[0] ? " " : ", not kept", p->floor_path);
    for (size_t i = 0; i < s->n_gates; i++)
        hc_buf_addf(reply, "gate %s %s\n", s->gates[i].name, hc_addr_text(hc_port_addr(s->gates[i].port), true, text));
}

static void finish_reload(struct hc_process_job *job, struct hc_buf *reply)
{
    hc_buf_addf(reply, "ok\n%s\n", job->said);
}

static struct hc_rc reload(struct hc_process *p, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct hc_process_wish wish = {.kind = HC_ORDER_APPLY, .finish = finish_reload};

    HC_TRY(e, hc_process_look_again(p, false, e));
    wish.said = p->complained ? "something is broken and its last good state is kept; see the log"
                              : "configuration, certificates and CRLs were read again";
    return hc_process_job_start(p, ticket, &wish, e);
}

/* --- who is connected --------------------------------------------------------------------------------------------- */

static void finish_list(struct hc_process_job *job, struct hc_buf *reply)
{
    struct hc_order *o = job->order;

    hc_buf_add_str(reply, "ok\n");
    hc_buf_add(reply, hc_buf_view(&o->lines));
    hc_buf_addf(reply, "{\"listed\":%zu,\"left_out\":%zu}\n", o->listed, o->left_out);
}

static void finish_disconnect(struct hc_process_job *job, struct hc_buf *reply)
{
    hc_buf_addf(reply, "ok\nclosed %zu\n", job->order->ended);
}

static struct hc_rc list(struct hc_process *p, const char *who, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct hc_process_wish wish = {.kind = HC_ORDER_LIST, .finish = finish_list};

    if (*who)
        HC_TRY(e, hc_pattern_parse(who, &wish.who, e));
    return hc_process_job_start(p, ticket, &wish, e);
}

static struct hc_rc handshakes(struct hc_process *p, const char *rest, struct hc_control_ticket ticket,
                               struct hc_err *e)
{
    static const char refused[] = "refused";
    struct hc_process_wish wish = {.kind = HC_ORDER_HANDSHAKES, .finish = finish_list};
    size_t word = strcspn(rest, " ");

    if (word == sizeof refused - 1 && strncmp(rest, refused, word) == 0) { /* no pattern is that word */
        wish.kind = HC_ORDER_REFUSED;
        rest += word + strspn(rest + word, " ");
    }
    if (*rest)
        HC_TRY(e, hc_pattern_parse(rest, &wish.who, e));
    return hc_process_job_start(p, ticket, &wish, e);
}

static struct hc_rc disconnect(struct hc_process *p, const char *who, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct hc_process_wish wish = {.kind = HC_ORDER_DISCONNECT, .finish = finish_disconnect};

    if (!*who)
        return HC_FAIL(e, HC_E_USAGE, "disconnect takes a pattern; `authenticated` is everybody with a certificate");
    HC_TRY(e, hc_pattern_parse(who, &wish.who, e));
    return hc_process_job_start(p, ticket, &wish, e);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static struct hc_rc answer_later(struct hc_process *p, char *verb, char *rest, struct hc_control_ticket ticket,
                                 struct hc_err *e)
{
    if (strcmp(verb, "connections") == 0)
        return list(p, rest, ticket, e);
    if (strcmp(verb, "handshakes") == 0)
        return handshakes(p, rest, ticket, e);
    if (strcmp(verb, "disconnect") == 0)
        return disconnect(p, rest, ticket, e);
    if (strcmp(verb, "reload") != 0 && strcmp(verb, "apply") != 0)
        return HC_FAIL(e, HC_E_USAGE,
                       "the gate knows status, reload, mark, apply, connections, handshakes and disconnect");
    if (p->draining) /* it takes nothing new any more: what is open ends by the end of the drain */
        return HC_FAIL(e, HC_E_DRAINED, "the gate is stopping");
    return verb[0] == 'r' ? reload(p, ticket, e) : hc_process_apply(p, rest, ticket, e);
}

enum hc_control_when hc_process_asked(void *ctx, const char *line, struct hc_control_ticket ticket,
                                      struct hc_buf *reply)
{
    struct hc_process *p = ctx;
    struct hc_err e = {0};
    char *verb = NULL, *rest;
    struct hc_rc rc;

    if (strcmp(line, "status") == 0) {
        reply_status(p, reply);
        return HC_CONTROL_NOW;
    }
    if (strcmp(line, "mark") == 0) {
        hc_buf_addf(reply, "ok\n%llu\n", (unsigned long long)hc_process_apply_mark(p));
        return HC_CONTROL_NOW;
    }
    verb = strdup(line);
    if (!verb) {
        hc_process_job_error(reply, HC_E_NOMEM, "out of memory");
        return HC_CONTROL_NOW;
    }
    rest = verb + strcspn(verb, " ");
    while (*rest == ' ')
        *rest++ = 0;
    rc = answer_later(p, verb, rest, ticket, &e);
    free(verb);
    if (hc_ok(rc))
        return HC_CONTROL_LATER;
    hc_process_job_error(reply, e.code, e.text);
    return HC_CONTROL_NOW;
}
