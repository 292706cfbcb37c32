/*
 * process_ask.c - what a running gate is asked through its control socket.
 *
 *     status                                 how it is
 *     reload                                 look at every file again; answered when all workers run on what was found
 *     mark                                   connections ended for revocation so far: a number for `apply`
 *     apply ROOT MARK KEYID:NUMBER ...       are these CRLs of that authority in force? (hexadecimal; MARK may be "-")
 *     connections [PATTERN]                  who is connected: JSON objects, one a line, and what was left out
 *     disconnect PATTERN                     ends the connections of whom the pattern names
 *
 * Whatever needs the workers is a job: an order to all of them (order.h), and the answer once the last has answered.
 *
 *     apply:  ORDER --all answered--> judged --in force, foreign, unchecked--> answer
 *                                        |
 *                                        +--unseen, the first time--> RETRY_MS, the files once more --> ORDER
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gate/order.h"
#include "gate/process_internal.h"
#include "pki/cert.h"
#include "pki/crl.h"

#define JOBS_MAX (2 * HC_CONTROL_CLIENTS) /* clients that left keep theirs until the workers have answered */
#define LISTS_MAX 4                       /* of them, listings: HC_ORDER_LINES each */
#define RETRY_MS 300                      /* files may land in two steps */
#define CRLS_MAX 256                      /* that one `apply` asks for: all that an authority has */
#define KEY_ID_MAX 64                     /* a key identifier; SHA-512 is the longest that anybody uses */

/* What must be in force. */
struct published {
    uint8_t key_id[KEY_ID_MAX];
    size_t key_id_n;
    uint8_t number[HC_CRL_NUMBER_MAX];
    size_t number_n;
};

struct apply {
    uint8_t root[HC_SHA256_SIZE];
    uint64_t mark;
    bool tried;
    size_t n;
    struct published crl[CRLS_MAX];
};

struct hc_process_job {
    struct hc_process_job *next;
    struct hc_process *process;
    struct hc_control_ticket ticket;
    struct hc_order *order;
    void (*finish)(struct hc_process_job *job, struct hc_buf *reply);
    uint64_t began_ms;
    struct apply *apply; /* owned */
    const char *said;    /* a reload's words; static */
    struct hc_timer retry;
    bool done;
};

/* --- jobs --------------------------------------------------------------------------------------------------------- */

static void job_free(struct hc_process_job *job)
{
    if (!job)
        return;
    hc_loop_timer_off(job->process->loop, &job->retry);
    hc_order_free(job->order);
    free(job->apply);
    free(job);
}

static void error(struct hc_buf *reply, enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];

    hc_buf_clear(reply);
    hc_buf_addf(reply, "error %s %s\n", hc_id_text(code, id), text);
}

/* To every worker whose loop runs; the main thread counts as one, so that nobody is last before all were told. */
static struct hc_rc give_order(struct hc_process_job *job, enum hc_order_kind kind, struct hc_pattern *who,
                               struct hc_err *e)
{
    struct hc_process *p = job->process;
    struct hc_order *order = NULL;

    HC_TRY(e, hc_order_new(kind, who, p->loop, &order, e));
    hc_order_free(job->order);
    job->order = order;
    atomic_store(&order->waiting, 1);
    for (unsigned i = 0; p->workers && i < p->n_workers; i++) {
        if (!p->workers[i])
            continue;
        (void)atomic_fetch_add(&order->waiting, 1);
        if (!hc_worker_order(p->workers[i], order))
            (void)atomic_fetch_sub(&order->waiting, 1);
    }
    hc_order_answer(hc_order_ref(order));
    return HC_OK;
}

static void finish_now(struct hc_process_job *job)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY_LATE);

    job->done = true;
    job->finish(job, &reply);
    if (job->done)
        (void)hc_control_answer(job->process->control, job->ticket, &reply);
}

void hc_process_answer(struct hc_process *p)
{
    for (struct hc_process_job **at = &p->jobs; *at;) {
        struct hc_process_job *job = *at;

        if (!job->order || !hc_order_done(job->order)) {
            at = &job->next;
            continue;
        }
        finish_now(job);
        if (!job->done) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        p->n_jobs--;
        job_free(job);
    }
}

void hc_process_ask_fini(struct hc_process *p)
{
    while (p->jobs) {
        struct hc_process_job *job = p->jobs;

        p->jobs = job->next;
        job_free(job);
    }
    p->n_jobs = 0;
}

static size_t lists(const struct hc_process *p)
{
    size_t n = 0;

    for (const struct hc_process_job *job = p->jobs; job; job = job->next)
        n += job->order && job->order->kind == HC_ORDER_LIST;
    return n;
}

/* What a request asks for. */
struct wish {
    enum hc_order_kind kind;
    struct hc_pattern *who; /* taken */
    struct apply *apply;    /* taken */
    const char *said;
    void (*finish)(struct hc_process_job *job, struct hc_buf *reply);
};

static struct hc_rc start_job(struct hc_process *p, struct hc_control_ticket ticket, const struct wish *wish,
                              struct hc_err *e)
{
    struct hc_process_job *job = NULL;
    bool full = p->n_jobs == JOBS_MAX || (wish->kind == HC_ORDER_LIST && lists(p) == LISTS_MAX);
    struct hc_rc rc;

    job = full ? NULL : calloc(1, sizeof *job);
    if (!job) {
        hc_pattern_free(wish->who);
        free(wish->apply);
        return full ? HC_FAIL(e, HC_E_TOO_BIG, "too many others wait for an answer; try again in a moment")
                    : HC_FAIL(e, HC_E_NOMEM, "out of memory");
    }
    *job = (struct hc_process_job){.process = p,
                                   .ticket = ticket,
                                   .finish = wish->finish,
                                   .apply = wish->apply,
                                   .said = wish->said,
                                   .began_ms = hc_mono_ms()};
    rc = give_order(job, wish->kind, wish->who, e);
    if (hc_failed(rc)) {
        job_free(job);
        return rc;
    }
    job->next = p->jobs;
    p->jobs = job;
    p->n_jobs++;
    return HC_OK;
}

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
    struct wish wish = {.kind = HC_ORDER_APPLY, .finish = finish_reload};

    HC_TRY(e, hc_process_look_again(p, false, e));
    wish.said = p->complained ? "something is broken and its last good state is kept; see the log"
                              : "configuration, certificates and CRLs were read again";
    return start_job(p, ticket, &wish, e);
}

/* --- apply -------------------------------------------------------------------------------------------------------- */

static uint64_t ended_for_revocation(struct hc_process *p)
{
    return atomic_load(&p->engine.ended[HC_ENDED_REVOKED]);
}

static bool read_hex(const char *text, size_t length, struct hc_bytes room, size_t *n)
{
    uint8_t *out = (uint8_t *)(uintptr_t)room.p;

    if (length == 0 || length % 2 != 0 || length / 2 > room.n)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = hc_ascii_hex((uint8_t)text[i]), low = hc_ascii_hex((uint8_t)text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    *n = length / 2;
    return true;
}

static bool read_mark(struct hc_process *p, const char *text, uint64_t *out)
{
    char *end;

    if (strcmp(text, "-") == 0) { /* it was never asked for: what is closed from now on is counted */
        *out = ended_for_revocation(p);
        return true;
    }
    *out = strtoull(text, &end, 10);
    return hc_ascii_is_digit((uint8_t)text[0]) && *end == 0;
}

static bool read_crl(const char *text, struct published *out)
{
    const char *colon = strchr(text, ':');

    return colon &&
           read_hex(text, (size_t)(colon - text), hc_bytes_of(out->key_id, sizeof out->key_id), &out->key_id_n) &&
           read_hex(colon + 1, strlen(colon + 1), hc_bytes_of(out->number, sizeof out->number), &out->number_n);
}

static bool read_apply(struct hc_process *p, char *words, struct apply *out)
{
    char *rest = NULL;
    char *root = strtok_r(words, " ", &rest);
    char *mark = root ? strtok_r(NULL, " ", &rest) : NULL;
    size_t n;

    if (!mark || !read_hex(root, strlen(root), hc_bytes_of(out->root, sizeof out->root), &n) || n != sizeof out->root ||
        !read_mark(p, mark, &out->mark))
        return false;
    for (char *word; (word = strtok_r(NULL, " ", &rest)); out->n++)
        if (out->n == CRLS_MAX || !read_crl(word, &out->crl[out->n]))
            return false;
    return out->n > 0;
}

/* Does anything rest on that authority here? Its root is an anchor, or one of these issuers is. */
static bool concerns(const struct hc_bundle *bundle, const struct apply *a)
{
    for (size_t i = 0; bundle && i < hc_bundle_count(bundle); i++) {
        const struct hc_cert *anchor = hc_bundle_anchor(bundle, i);

        if (memcmp(anchor->sha256, a->root, sizeof a->root) == 0)
            return true;
        for (size_t k = 0; k < a->n; k++)
            if (hc_bytes_eq(anchor->ski, hc_bytes_of(a->crl[k].key_id, a->crl[k].key_id_n)))
                return true;
    }
    return false;
}

static bool has_all(const struct hc_revocation *r, const struct apply *a)
{
    for (size_t k = 0; k < a->n; k++)
        if (!hc_revocation_has(r, hc_bytes_of(a->crl[k].key_id, a->crl[k].key_id_n),
                               hc_bytes_of(a->crl[k].number, a->crl[k].number_n)))
            return false;
    return true;
}

enum verdict { CLOSED, UNSEEN, UNCHECKED, FOREIGN };

/* Every gate of this process that trusts the authority must have the CRLs: one that lacks them still lets the revoked
 * in. */
static enum verdict judge(struct hc_process *p, const struct apply *a)
{
    HC_AUTO(hc_snapshot) s = hc_engine_take(&p->engine);
    bool concerned = false, unchecked = false, unseen = false;

    for (size_t i = 0; i < s->n_trusts; i++) {
        const struct hc_trust *t = &s->trusts[i];

        if (!concerns(t->bundle, a))
            continue;
        concerned = true;
        unchecked = unchecked || t->mode == HC_REVOCATION_NONE;
        unseen = unseen || (t->mode != HC_REVOCATION_NONE && !has_all(t->revocation, a));
    }
    return !concerned ? FOREIGN : unchecked ? UNCHECKED : unseen ? UNSEEN : CLOSED;
}

/* What is half written may be whole in a moment; it is told by the tick that follows if it is not. */
static void look_quietly(struct hc_process *p)
{
    struct hc_err e = {0};

    hc_ignore(hc_process_look_again(p, true, &e));
    p->retry = p->retry || p->complained;
}

/* A job whose order cannot be given again. */
static void give_up(struct hc_process_job *job, const struct hc_err *why)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_process *p = job->process;
    struct hc_process_job **at = &p->jobs;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    p->n_jobs--;
    error(&reply, why->code, why->text);
    (void)hc_control_answer(p->control, job->ticket, &reply);
    job_free(job);
}

static void try_again(struct hc_timer *t)
{
    struct hc_process_job *job = HC_CONTAINER(t, struct hc_process_job, retry);
    struct hc_err e = {0};

    if (!job->process->draining)
        look_quietly(job->process);
    if (hc_failed(give_order(job, HC_ORDER_APPLY, NULL, &e)))
        give_up(job, &e);
}

static bool retry_later(struct hc_process_job *job)
{
    struct hc_process *p = job->process;
    struct hc_err e = {0};

    if (job->apply->tried)
        return false;
    job->apply->tried = true;
    job->retry.fire = try_again;
    if (hc_failed(hc_loop_timer(p->loop, &job->retry, hc_loop_now_ms(p->loop) + RETRY_MS, &e)))
        return false;
    hc_order_free(job->order);
    job->order = NULL; /* until then nothing is waited for */
    job->done = false;
    return true;
}

static void finish_apply(struct hc_process_job *job, struct hc_buf *reply)
{
    struct hc_process *p = job->process;
    uint64_t ended = ended_for_revocation(p), mark = job->apply->mark;
    enum verdict verdict = judge(p, job->apply);

    if (verdict == UNSEEN && retry_later(job))
        return;
    if (verdict == CLOSED)
        hc_buf_addf(reply, "ok\nclosed %llu\nms %llu\n", (unsigned long long)(ended > mark ? ended - mark : 0),
                    (unsigned long long)(hc_mono_ms() - job->began_ms));
    else
        hc_buf_addf(reply, "ok\n%s\n", verdict == FOREIGN ? "foreign" : verdict == UNCHECKED ? "unchecked" : "unseen");
}

static struct hc_rc apply(struct hc_process *p, char *words, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct wish wish = {.kind = HC_ORDER_APPLY, .finish = finish_apply};

    wish.apply = calloc(1, sizeof *wish.apply);
    if (!wish.apply)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    if (!read_apply(p, words, wish.apply)) {
        free(wish.apply);
        return HC_FAIL(e, HC_E_USAGE, "apply takes ROOT MARK KEYID:NUMBER ...");
    }
    if (judge(p, wish.apply) == UNSEEN) /* otherwise a tick has seen it, and the files need not be read again */
        look_quietly(p);
    return start_job(p, ticket, &wish, e);
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
    struct wish wish = {.kind = HC_ORDER_LIST, .finish = finish_list};

    if (*who)
        HC_TRY(e, hc_pattern_parse(who, &wish.who, e));
    return start_job(p, ticket, &wish, e);
}

static struct hc_rc disconnect(struct hc_process *p, const char *who, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct wish wish = {.kind = HC_ORDER_DISCONNECT, .finish = finish_disconnect};

    if (!*who)
        return HC_FAIL(e, HC_E_USAGE, "disconnect takes a pattern; `authenticated` is everybody with a certificate");
    HC_TRY(e, hc_pattern_parse(who, &wish.who, e));
    return start_job(p, ticket, &wish, e);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static struct hc_rc answer_later(struct hc_process *p, char *verb, char *rest, struct hc_control_ticket ticket,
                                 struct hc_err *e)
{
    if (strcmp(verb, "connections") == 0)
        return list(p, rest, ticket, e);
    if (strcmp(verb, "disconnect") == 0)
        return disconnect(p, rest, ticket, e);
    if (strcmp(verb, "reload") != 0 && strcmp(verb, "apply") != 0)
        return HC_FAIL(e, HC_E_USAGE, "the gate knows status, reload, mark, apply, connections and disconnect");
    if (p->draining) /* it takes nothing new any more: what is open ends by the end of the drain */
        return HC_FAIL(e, HC_E_DRAINED, "the gate is stopping");
    return verb[0] == 'r' ? reload(p, ticket, e) : apply(p, rest, ticket, e);
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
        hc_buf_addf(reply, "ok\n%llu\n", (unsigned long long)ended_for_revocation(p));
        return HC_CONTROL_NOW;
    }
    verb = strdup(line);
    if (!verb) {
        error(reply, HC_E_NOMEM, "out of memory");
        return HC_CONTROL_NOW;
    }
    rest = verb + strcspn(verb, " ");
    while (*rest == ' ')
        *rest++ = 0;
    rc = answer_later(p, verb, rest, ticket, &e);
    free(verb);
    if (hc_ok(rc))
        return HC_CONTROL_LATER;
    error(reply, e.code, e.text);
    return HC_CONTROL_NOW;
}
