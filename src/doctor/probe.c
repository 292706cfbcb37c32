/*
 * probe.c - the course of a probe: where the name leads, one connection that is watched, judgements, further
 * connections as long as the verdict asks for them, the verdict, the steps.
 */
#include "doctor/probe.h"

#include <stdlib.h>

#include "base/clock.h"

#define ATTEMPTS 4         /* addresses that are tried: a server with more that do not answer is down */
#define TRIALS_MS 20000    /* of all trials together, as long as the user did not ask for more patience */
#define TRIALS_PATIENCES 4 /* of the user's: then so many times it */

/* The key belongs to the certificate. What does not is never presented: the verdict tells. */
static bool has_identity(const struct hc_probe_spec *spec)
{
    return spec->n_chain > 0 && spec->key && hc_key_matches_spki(spec->key, spec->chain[0]->spki);
}

/* An address is no name [RFC 6066 3]; "127.1" is one, too. */
const char *hc_probe_server_name(const struct hc_probe *p)
{
    uint8_t ip[16];
    const char *name = p->spec->name ? p->spec->name : p->spec->host;
    if (!p->spec->name && p->dns.result == HC_DNS_LITERAL)
        return NULL;
    return name && hc_name_ip(hc_bytes_str(name), ip) == 0 ? name : NULL;
}

const char *hc_probe_alpn(const struct hc_probe_spec *spec)
{
    if (spec->alpn)
        return strcmp(spec->alpn, "none") == 0 ? NULL : spec->alpn;
    return spec->ask == HC_ASK_HTTP ? "http/1.1" : NULL;
}

/* What the connection is made of, and every trial without its change. */
static struct hc_attempt_plan make_plan(const struct hc_probe *p, const struct hc_tls_identity *identity)
{
    const struct hc_probe_spec *spec = p->spec;
    return (struct hc_attempt_plan){
        .crypto = spec->crypto,
        .name = hc_probe_server_name(p),
        .identity = has_identity(spec) ? identity : NULL,
        .min = spec->min ? spec->min : HC_TLS_1_2,
        .max = spec->max ? spec->max : HC_TLS_1_3,
        .alpn = hc_probe_alpn(spec),
        .starttls = spec->starttls,
        .ask = spec->ask,
        .path = spec->path,
        .connect_ms = spec->connect_ms,
        .patience_ms = spec->patience_ms,
        .wait_ms = spec->wait_ms,
    };
}

/* Without the others' deadlines a probe of a dead host would take a minute: the time to connect is shared. */
static unsigned connect_share(const struct hc_probe_spec *spec, size_t addresses)
{
    unsigned all = spec->connect_ms ? spec->connect_ms : HC_ATTEMPT_CONNECT_MS;
    unsigned share = all / (unsigned)(addresses > 0 ? addresses : 1);
    return share > 0 ? share : 1;
}

/* The first address that answers; when none does, what the first one said. */
static struct hc_rc connect_first(struct hc_probe *p, struct hc_attempt_plan *plan, struct hc_err *e)
{
    size_t n = p->dns.n < ATTEMPTS ? p->dns.n : ATTEMPTS;
    plan->connect_ms = connect_share(p->spec, n);
    for (size_t i = 0; i < n; i++) {
        struct hc_attempt attempt = {.stage = HC_STAGE_NOTHING};
        plan->addr = &p->dns.address[i].addr;
        struct hc_rc rc = hc_attempt_make(plan, &attempt, e);
        bool reached = attempt.stage >= HC_STAGE_CONNECTED;
        if (hc_ok(rc) && (reached || i == 0)) {
            hc_attempt_fini(&p->main);
            p->main = attempt;
        } else {
            hc_attempt_fini(&attempt);
        }
        HC_TRY(e, rc);
        if (reached)
            break;
    }
    return HC_OK;
}

/* The Date of an HTTP answer has whole seconds, and some of the way is in it: a skew of a second or two is none. */
void hc_probe_learn_skew(struct hc_probe *p)
{
    const struct hc_attempt *a = &p->main;
    for (size_t i = 0; i < p->n_trials && a->date == 0; i++)
        a = &p->trial[i].attempt;
    p->skew_known = a->date != 0;
    p->skew = p->skew_known ? a->date - a->date_heard : 0;
}

/* Offers something else in TLS. */
static void change_offer(struct hc_attempt_plan *plan, uint16_t min, uint16_t max)
{
    plan->min = min;
    plan->max = max;
}

/* Says something else before TLS, or instead of it. */
static void change_words(struct hc_attempt_plan *plan, enum hc_starttls_kind starttls, enum hc_attempt_ask ask)
{
    plan->starttls = starttls;
    plan->ask = ask;
    plan->alpn = NULL;
}

static void change_anything(struct hc_attempt_plan *plan, enum hc_trial_kind kind)
{
    plan->anything = true;
    plan->path = NULL; /* a pasted URL may hold a secret: it is not told over what may be no encryption at all */
    change_offer(plan, kind == HC_TRIAL_OLD ? HC_TLS_1_0 : HC_TLS_1_2,
                 kind == HC_TRIAL_OLD          ? HC_TLS_1_1
                 : kind == HC_TRIAL_ANYTHING12 ? HC_TLS_1_2
                                               : HC_TLS_1_3);
}

static void change_plan(struct hc_attempt_plan *plan, enum hc_trial_kind kind)
{
    switch (kind) {
    case HC_TRIAL_WITHOUT_IDENTITY: /* as every trial */
        break;
    case HC_TRIAL_TLS12:
        change_offer(plan, HC_TLS_1_2, HC_TLS_1_2);
        break;
    case HC_TRIAL_TLS13:
        change_offer(plan, HC_TLS_1_3, HC_TLS_1_3);
        break;
    case HC_TRIAL_ANYTHING:
    case HC_TRIAL_OLD:
    case HC_TRIAL_ANYTHING12:
        change_anything(plan, kind);
        break;
    case HC_TRIAL_NO_NAME:
        plan->name = NULL;
        break;
    case HC_TRIAL_NO_ALPN:
        plan->alpn = NULL;
        break;
    case HC_TRIAL_LISTEN:
    case HC_TRIAL_HTTP:
        plan->plain = true;
        plan->path = NULL; /* as above */
        change_words(plan, HC_STARTTLS_NONE, kind == HC_TRIAL_HTTP ? HC_ASK_HTTP : HC_ASK_NOTHING);
        break;
    case HC_TRIAL_POSTGRES:
        change_words(plan, HC_STARTTLS_POSTGRES, HC_ASK_NOTHING);
        break;
    case HC_TRIAL_LDAP:
        change_words(plan, HC_STARTTLS_LDAP, HC_ASK_NOTHING);
        break;
    case HC_TRIAL_PROXY:
        plan->proxy_header = true;
        break;
    case HC_TRIALS:
        break;
    }
}

static uint64_t all_trials_ms(const struct hc_probe_spec *spec)
{
    uint64_t patience =
        (uint64_t)TRIALS_PATIENCES * (spec->patience_ms > spec->wait_ms ? spec->patience_ms : spec->wait_ms);
    return patience > TRIALS_MS ? patience : TRIALS_MS;
}

static unsigned least(unsigned said, unsigned usual, uint64_t left)
{
    unsigned ms = said ? said : usual;
    return ms < left ? ms : (unsigned)left;
}

/* What is left for all trials is what one may take: a server that answers each of them as slowly as it may would keep a
 * probe for minutes. */
static void shorten(struct hc_attempt_plan *plan, uint64_t left)
{
    plan->connect_ms = least(plan->connect_ms, HC_ATTEMPT_CONNECT_MS, left);
    plan->patience_ms = least(plan->patience_ms, HC_ATTEMPT_PATIENCE_MS, left);
    plan->wait_ms = least(plan->wait_ms, HC_ATTEMPT_WAIT_MS, left);
}

static struct hc_rc make_trials(struct hc_probe *p, const struct hc_attempt_plan *plan, struct hc_err *e)
{
    int kind;
    const uint64_t until = hc_mono_ms() + all_trials_ms(p->spec);
    while (!p->spec->no_trials && p->n_trials < HC_PROBE_TRIALS && hc_verdict_trial(p, &kind)) {
        uint64_t now = hc_mono_ms();
        struct hc_attempt_plan changed = *plan;
        if (now >= until)
            break;
        shorten(&changed, until - now);
        struct hc_trial *trial = &p->trial[p->n_trials];
        changed.addr = &p->main.addr;
        changed.identity = NULL; /* each question is answered before a certificate is: it is shown once, as asked for */
        change_plan(&changed, (enum hc_trial_kind)kind);
        p->n_trials++; /* it is freed from now on, whatever becomes of it */
        trial->kind = (enum hc_trial_kind)kind;
        HC_TRY(e, hc_attempt_make(&changed, &trial->attempt, e));
        hc_probe_learn_skew(p);
    }
    return HC_OK;
}

static struct hc_rc hold_identities(struct hc_probe *p, struct hc_err *e)
{
    const struct hc_probe_spec *spec = p->spec;
    if (!p->main.has_request)
        return HC_OK;
    if (spec->n_chain > 0)
        hc_probe_fit(p, spec->identity ? spec->identity : "your certificate", spec->chain, spec->n_chain);
    return spec->identities ? spec->identities(spec->ctx, p, e) : HC_OK;
}

static struct hc_rc run(struct hc_probe *p, struct hc_err *e)
{
    const struct hc_probe_spec *spec = p->spec;
    const struct hc_tls_identity identity = {.chain = spec->chain, .n = spec->n_chain, .key = spec->key};
    struct hc_dns_question question = spec->dns;
    question.host = spec->host;
    question.port = spec->port;
    hc_dns_find(&question, &p->dns);
    struct hc_attempt_plan plan = make_plan(p, &identity);
    p->main.end = HC_END_UNREACHED; /* until there was an address to connect to */
    HC_TRY(e, connect_first(p, &plan, e));
    hc_probe_learn_skew(p);
    HC_TRY(e, hc_probe_judge(p, e));
    HC_TRY(e, make_trials(p, &plan, e));
    HC_TRY(e, hold_identities(p, e));
    hc_verdict_make(p, &p->verdict);
    hc_probe_tell_steps(p);
    return HC_OK;
}

struct hc_rc hc_probe_make(const struct hc_probe_spec *spec, struct hc_probe **out, struct hc_err *e)
{
    HC_AUTO(hc_probe) p = calloc(1, sizeof *p);
    if (!p)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a probe");
    p->spec = spec;
    p->now = hc_time_now();
    hc_report_init(&p->server, true);
    hc_report_init(&p->own, true);
    HC_TRY(e, run(p, e));
    *out = HC_GIVE(p);
    return HC_OK;
}

void hc_probe_free(struct hc_probe *p)
{
    if (!p)
        return;
    hc_attempt_fini(&p->main);
    for (size_t i = 0; i < p->n_trials; i++)
        hc_attempt_fini(&p->trial[i].attempt);
    free(p);
}
