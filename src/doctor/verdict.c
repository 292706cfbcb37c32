/*
 * verdict.c - the order in which causes are looked for.
 *
 * The first part that knows the cause decides. The order follows the connection, for what comes later was never
 * reached: the user's own pair of key and certificate, the way to the server, other protocols than TLS, common ground,
 * what made this side give up, what made the server refuse; and where nothing failed, whether the server's chain would
 * have been accepted and whether the application let us in. Pure: it only reads what was seen.
 */
#include "doctor/verdict_parts.h"

static bool (*const parts[])(struct hc_verdict_draft *d) = {
    hc_verdict_client_key,                                   /* no server accepts it */
    hc_verdict_network_way,      hc_verdict_network_prelude, /* nothing of TLS was said */
    hc_verdict_network_words,                                /* nothing of TLS was answered */
    hc_verdict_common_ground,                                /* nothing was agreed */
    hc_verdict_server_ours,                                  /* this side gave up */
    hc_verdict_client_refused,                               /* the server refused */
    hc_verdict_network_broken,                               /* cut off in the middle */
    hc_verdict_network_injected, hc_verdict_server_chain,    /* it went well, and should not have */
    hc_verdict_app_refused,      hc_verdict_server_trust,    /* it went well as far as TLS goes */
    hc_verdict_app_accepted,                                 /* it went well */
};

/* The server refused, and a careful client would not have gone on that far: its own chain is bad too. */
static void tell_chain_besides(struct hc_verdict_draft *d)
{
    const struct hc_finding *f = d->p->server_judged ? hc_report_first(&d->p->server) : NULL;
    char id[HC_ID_TEXT];
    if (f != NULL)
        hc_verdict_draft_text(d, " Besides, our verifier refuses the server's chain (%s).", hc_id_text(f->code, id));
}

static void look(struct hc_verdict_draft *d)
{
    for (size_t i = 0; i < HC_COUNT(parts); i++) {
        if (!parts[i](d))
            continue;
        if (parts[i] == hc_verdict_client_refused)
            tell_chain_besides(d);
        return;
    }
}

void hc_verdict_make(const struct hc_probe *p, struct hc_verdict *out)
{
    struct hc_verdict_draft d;
    hc_verdict_draft_init(&d, p, out);
    look(&d);
    hc_verdict_draft_finish(&d);
}

bool hc_verdict_trial(const struct hc_probe *p, int *kind)
{
    struct hc_verdict unused;
    struct hc_verdict_draft d;
    hc_verdict_draft_init(&d, p, &unused);
    look(&d);
    hc_verdict_draft_finish(&d);
    if (d.wanting)
        *kind = (int)d.want;
    return d.wanting;
}
