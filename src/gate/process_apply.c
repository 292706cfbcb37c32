/*
 * process_apply.c - are these CRLs of that authority in force here? What `revoke --wait` asks.
 *
 *     ORDER --all answered--> judged --in force, foreign, unchecked--> answer
 *                                |
 *                                +--unseen, the first time--> RETRY_MS, the files once more --> ORDER
 */
#include <stdlib.h>

#include "base/clock.h"
#include "gate/process_job.h"
#include "pki/cert.h"
#include "pki/crl.h"

#define RETRY_MS 300  /* files may land in two steps */
#define CRLS_MAX 256  /* that one `apply` asks for: all that an authority has */
#define KEY_ID_MAX 64 /* a key identifier; SHA-512 is the longest that anybody uses */

/* What must be in force. */
struct published {
    uint8_t key_id[KEY_ID_MAX];
    size_t key_id_n;
    uint8_t number[HC_CRL_NUMBER_MAX];
    size_t number_n;
};

struct hc_process_apply {
    uint8_t root[HC_SHA256_SIZE];
    uint64_t mark;
    bool tried;
    size_t n;
    struct published crl[CRLS_MAX];
};

uint64_t hc_process_apply_mark(struct hc_process *p)
{
    return atomic_load(&p->engine.ended[HC_ENDED_REVOKED]);
}

static bool read_hex(struct hc_bytes text, uint8_t out[], size_t max, size_t *n)
{
    *n = text.n / 2;
    return *n > 0 && *n <= max && hc_bytes_unhex(text, out);
}

static bool read_mark(struct hc_process *p, const char *text, uint64_t *out)
{
    char *end;

    if (strcmp(text, "-") == 0) { /* it was never asked for: what is closed from now on is counted */
        *out = hc_process_apply_mark(p);
        return true;
    }
    *out = strtoull(text, &end, 10);
    return hc_ascii_is_digit((uint8_t)text[0]) && *end == 0;
}

static bool read_crl(const char *text, struct published *out)
{
    struct hc_bytes all = hc_bytes_str(text);
    size_t colon = hc_bytes_find(all, ':');

    return read_hex(hc_bytes_head(all, colon), out->key_id, sizeof out->key_id, &out->key_id_n) &&
           read_hex(hc_bytes_skip(all, colon + 1), out->number, sizeof out->number, &out->number_n);
}

static bool read_apply(struct hc_process *p, char *words, struct hc_process_apply *out)
{
    char *rest = NULL;
    char *root = strtok_r(words, " ", &rest);
    char *mark = root ? strtok_r(NULL, " ", &rest) : NULL;
    size_t n;

    if (!mark || !read_hex(hc_bytes_str(root), out->root, sizeof out->root, &n) || n != sizeof out->root ||
        !read_mark(p, mark, &out->mark))
        return false;
    for (char *word; (word = strtok_r(NULL, " ", &rest)); out->n++)
        if (out->n == CRLS_MAX || !read_crl(word, &out->crl[out->n]))
            return false;
    return out->n > 0;
}

/* Does anything rest on that authority here? Its root is an anchor, or one of these issuers is. */
static bool concerns(const struct hc_bundle *bundle, const struct hc_process_apply *a)
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

static bool has_all(const struct hc_revocation *r, const struct hc_process_apply *a)
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
static enum verdict judge(struct hc_process *p, const struct hc_process_apply *a)
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

static void try_again(struct hc_timer *t)
{
    struct hc_process_job *job = HC_CONTAINER(t, struct hc_process_job, retry);
    struct hc_err e = {0};

    if (!job->process->draining)
        look_quietly(job->process);
    if (hc_failed(hc_process_job_order(job, HC_ORDER_APPLY, NULL, &e)))
        hc_process_job_give_up(job, &e);
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
    uint64_t ended = hc_process_apply_mark(p), mark = job->apply->mark;
    enum verdict verdict = judge(p, job->apply);

    if (verdict == UNSEEN && retry_later(job))
        return;
    if (verdict == CLOSED)
        hc_buf_addf(reply, "ok\nclosed %llu\nms %llu\n", (unsigned long long)(ended > mark ? ended - mark : 0),
                    (unsigned long long)(hc_mono_ms() - job->began_ms));
    else
        hc_buf_addf(reply, "ok\n%s\n", verdict == FOREIGN ? "foreign" : verdict == UNCHECKED ? "unchecked" : "unseen");
}

struct hc_rc hc_process_apply(struct hc_process *p, char *words, struct hc_control_ticket ticket, struct hc_err *e)
{
    struct hc_process_wish wish = {.kind = HC_ORDER_APPLY, .finish = finish_apply};

    wish.apply = calloc(1, sizeof *wish.apply);
    if (!wish.apply)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    if (!read_apply(p, words, wish.apply)) {
        free(wish.apply);
        return HC_FAIL(e, HC_E_USAGE, "apply takes ROOT MARK KEYID:NUMBER ...");
    }
    if (judge(p, wish.apply) == UNSEEN) /* otherwise a tick has seen it, and the files need not be read again */
        look_quietly(p);
    return hc_process_job_start(p, ticket, &wish, e);
}
