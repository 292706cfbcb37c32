/* up.c - see up.h. */
#include "gate/up.h"

#include "gate/rejudge.h"

static struct hc_rc enter(struct hc_up *up, const struct hc_checked_chain *chain, struct hc_err *e)
{
    struct hc_live_key key = {
        .gate = up->judging.gate,
        .purpose = HC_VERIFY_SERVER,
        .chain = (struct hc_checked_chain *)chain, /* only its count changes */
    };

    HC_TRY(e, hc_live_add(up->judging.worker->live, &up->live, &key, e));
    hc_rejudge_arm(up->judging.worker);
    return HC_OK;
}

/* NULL for a plain stream: a client's handshake is never done without a certificate of the server. */
static const struct hc_checked_chain *chain_of(const struct hc_stream *stream)
{
    const struct hc_verified_peer *peer = stream->tls ? hc_tls_peer(stream->tls) : NULL;

    return peer ? hc_verified_peer_chain(peer) : NULL;
}

struct hc_rc hc_up_ready(struct hc_up *up, const struct hc_stream *stream, struct hc_err *e)
{
    const struct hc_checked_chain *chain = chain_of(stream);

    if (!stream->tls)
        return HC_OK;
    if (!chain)
        return HC_FAIL(e, HC_E_INTERNAL, "a back end's handshake is done and it is nobody");
    HC_TRY(e, hc_judge_proven(&up->judging, chain, e));
    return enter(up, chain, e);
}

struct hc_rc hc_up_hand_over(struct hc_up *from, struct hc_up *to, const struct hc_stream *stream, struct hc_err *e)
{
    const struct hc_checked_chain *chain = chain_of(stream);
    struct hc_rc rc = HC_OK;

    to->judging = from->judging;
    to->settings = hc_settings_ref(from->settings);
    if (chain)
        rc = enter(to, chain, e); /* before `from` leaves: the group is there and needs no memory */
    hc_up_over(from);
    if (hc_failed(rc))
        hc_up_over(to);
    return rc;
}

void hc_up_over(struct hc_up *up)
{
    if (up->judging.worker)
        hc_live_remove(up->judging.worker->live, &up->live);
    hc_settings_free(up->settings);
    up->settings = NULL;
    up->judging = (struct hc_judging){0};
}
