/*
 * tls_resume.c - between libssl's sessions and the store of them.
 *
 * What a client brings along is a session id (TLS 1.2) or a ticket that is one (TLS 1.3): 32 random bytes. The order:
 * the context was chosen -> libssl asks for the session of an id -> the store gives it only to the same auth domain ->
 * the judge says yes again to its chain -> libssl gets a copy of its own, and proves the client to have the secret
 * (binder, or Finished) -> Finished -> hc_tls_handshake makes the peer of that chain. What anybody else can do with an
 * id that they saw on the wire is to fail a handshake; nothing in the store changes by it.
 *
 * A session's life is counted from the full handshake, also when a resumed one renews it: at least once in
 * HC_TLS_SESSION_SECONDS everybody proves to have the key.
 */
#include <openssl/err.h>

#include "base/clock.h"
#include "net/tls_internal.h"

#define LOOKUPS_MAX 8     /* for one connection: clients offer one or two, twice with a HelloRetryRequest */
#define PEER_TAG 0xa3     /* the element of an encoded session that holds the peer's certificate */
#define ENCODED_MAX 65536 /* with that certificate, which is smaller than HC_CERT_MAX where it was judged */

static int64_t seconds(void)
{
    return (int64_t)(hc_mono_ms() / 1000);
}

/* --- a session as bytes ------------------------------------------------------------------------------------------- */

/* The first DER element of `in`; false when it is not whole. */
static bool first_element(struct hc_bytes in, struct hc_bytes *all, struct hc_bytes *inside)
{
    const unsigned char *at = in.p;
    int tag, class;
    long n;

    if (in.n > ENCODED_MAX || (ASN1_get_object(&at, &n, &tag, &class, (long)in.n) & ~V_ASN1_CONSTRUCTED) != 0)
        return false; /* cut off, or of indefinite length */
    *inside = hc_bytes_of(at, (size_t)n);
    *all = hc_bytes_head(in, (size_t)(at - in.p) + inside->n);
    return true;
}

/* The encoding without the peer's certificate, which would cost 10 KB kept and a decoded key for each resumption; the
 * checked chain that lies beside it knows better. */
static bool without_certificate(struct hc_bytes der, struct hc_buf *out)
{
    uint8_t head[4] = {0x30, 0x82};
    struct hc_bytes all;
    struct hc_bytes rest;

    if (!first_element(der, &all, &rest) || all.n != der.n)
        return false;
    hc_buf_add(out, hc_bytes_of(head, sizeof head));
    while (rest.n > 0) {
        struct hc_bytes inside;

        if (!first_element(rest, &all, &inside))
            return false;
        if (all.p[0] != PEER_TAG)
            hc_buf_add(out, all);
        rest = hc_bytes_skip(rest, all.n);
    }
    if (out->failed || out->n <= sizeof head)
        return false;
    out->p[2] = (uint8_t)((out->n - sizeof head) >> 8);
    out->p[3] = (uint8_t)(out->n - sizeof head);
    return true;
}

static bool encode(const SSL_SESSION *session, struct hc_buf *out)
{
    unsigned char *der = NULL;
    int n = i2d_SSL_SESSION(session, &der);
    bool good = n > 0 && n <= ENCODED_MAX && without_certificate(hc_bytes_of(der, (size_t)n), out);

    if (n > 0)
        OPENSSL_clear_free(der, (size_t)n);
    ERR_clear_error();
    return good;
}

/* What binds a session in libssl to the chain that lies beside it in the store: the leaf's fingerprint. */
static void mark_of(const struct hc_checked_chain *chain, uint8_t mark[32])
{
    memset(mark, 0, 32);
    if (chain)
        memcpy(mark, hc_checked_chain_leaf(chain)->sha256, 32);
}

/* A session that nobody else has, with what is left of its life. */
static SSL_SESSION *decode(const struct hc_tls_found *found, int64_t now)
{
    const unsigned char *p = found->session;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &p, (long)found->n);
    uint8_t mark[32];

    mark_of(found->chain, mark);
    if (session && SSL_SESSION_set1_ticket_appdata(session, mark, sizeof mark) == 1) {
        SSL_SESSION_set_time(session, (long)hc_time_now());
        SSL_SESSION_set_timeout(session, (long)(found->end - now));
        return session;
    }
    SSL_SESSION_free(session);
    ERR_clear_error();
    return NULL;
}

/* --- giving back -------------------------------------------------------------------------------------------------- */

/* The domain says so already; asked again because it is what the store must never get wrong. */
static bool may_have(enum hc_tls_ask ask, const struct hc_checked_chain *chain)
{
    return chain ? ask != HC_TLS_ASK_NOBODY : ask == HC_TLS_ASK_NOBODY || ask == HC_TLS_ASK_OPTIONAL;
}

static bool is_right_still(struct hc_tls *tls, const struct hc_tls_found *found)
{
    struct hc_err e;

    if (!may_have(tls->chosen->ask, found->chain))
        return false;
    return !found->chain || hc_ok(tls->judge.again(tls->judge.ctx, found->chain, &e)); /* T5; no lock is held */
}

static SSL_SESSION *lend(struct hc_tls *tls, const uint8_t *id)
{
    int64_t now = seconds();
    struct hc_tls_found found;
    SSL_SESSION *session = NULL;

    if (!hc_tls_sessions_find(tls->chosen->sessions, id, tls->chosen->domain, now, &found))
        return NULL;
    if (is_right_still(tls, &found))
        session = decode(&found, now);
    else
        hc_tls_sessions_refuse(tls->chosen->sessions, id);
    OPENSSL_cleanse(found.session, sizeof found.session);
    if (session && SSL_SESSION_get_protocol_version(session) == SSL_version(tls->ssl)) {
        tls->lent = true;
        tls->earlier = found.chain;
        tls->seconds_left = found.end - now;
        return session;
    }
    SSL_SESSION_free(session);
    hc_checked_chain_free(found.chain);
    return NULL;
}

/* libssl asks for the session of an id; it may drop one (another hash than the cipher's) and ask for the next. */
static SSL_SESSION *give_back(SSL *ssl, const unsigned char *id, int n, int *copy)
{
    struct hc_tls *tls = SSL_get_app_data(ssl);

    *copy = 0; /* the caller owns what it gets */
    hc_checked_chain_free(tls->earlier);
    tls->earlier = NULL;
    tls->lent = false;
    if (n != HC_TLS_SESSION_ID || !tls->is_chosen || !tls->judge.again || !tls->chosen->sessions ||
        ++tls->lookups > LOOKUPS_MAX)
        return NULL;
    return lend(tls, id);
}

bool hc_tls_resume_is_ours(const struct hc_tls *tls)
{
    SSL_SESSION *session = SSL_get_session(tls->ssl);
    void *data = NULL;
    size_t n = 0;
    uint8_t mark[32];

    mark_of(tls->earlier, mark);
    return tls->lent && session && SSL_SESSION_get0_ticket_appdata(session, &data, &n) == 1 &&
           hc_bytes_eq(hc_bytes_of(data, n), hc_bytes_of(mark, sizeof mark));
}

/* --- keeping ------------------------------------------------------------------------------------------------------ */

/* How long what this handshake leaves behind may be used. */
static int64_t life(const struct hc_tls *tls, const struct hc_checked_chain *chain)
{
    int64_t most = tls->lent ? tls->seconds_left : HC_TLS_SESSION_SECONDS;
    int64_t holds = chain ? hc_checked_chain_not_after(chain) - hc_time_now() : most;

    return holds < most ? holds : most;
}

void hc_tls_resume_limit(struct hc_tls *tls)
{
    SSL_SESSION *session = SSL_get_session(tls->ssl);
    int64_t left;

    if (!tls->chosen->is_server || !tls->chosen->sessions || !session)
        return;
    tls->lent = false; /* a certificate was presented, so that none was resumed */
    left = life(tls, tls->checked);
    if (left > 0)
        SSL_SESSION_set_timeout(session, (long)left);
    else
        (void)SSL_set_num_tickets(tls->ssl, 0);
}

/* libssl made a session: in TLS 1.3 with each ticket, in TLS 1.2 at the end of a full handshake; in both, after the
 * client's Finished was verified. It waits here until the peer is made (T46). */
static int made(SSL *ssl, SSL_SESSION *session)
{
    struct hc_tls *tls = SSL_get_app_data(ssl);

    if (tls->done || !tls->is_chosen || !tls->judge.again || !tls->chosen->sessions)
        return 0;
    SSL_SESSION_free(tls->fresh);
    tls->fresh = session;
    return 1;
}

static bool same_leaf(SSL_SESSION *session, const struct hc_checked_chain *chain)
{
    X509 *peer = SSL_SESSION_get0_peer(session);
    unsigned char *der = NULL;
    int n = peer ? i2d_X509(peer, &der) : 0;
    bool same = n > 0 && chain && hc_bytes_eq(hc_bytes_of(der, (size_t)n), hc_checked_chain_leaf(chain)->der);

    OPENSSL_free(der);
    return peer ? same : !chain;
}

/* RFC 7627 5.3: a session without the extended master secret must not be resumed by one that has it, and can be
 * spliced; such a peer makes full handshakes. TLS 1.3 has nothing else. */
static bool may_keep(const struct hc_tls *tls, const struct hc_checked_chain *chain)
{
    if (SSL_version(tls->ssl) != TLS1_3_VERSION && SSL_get_extms_support(tls->ssl) != 1)
        return false;
    return may_have(tls->chosen->ask, chain) && (tls->resumed || same_leaf(tls->fresh, chain));
}

static void keep(const struct hc_tls *tls, struct hc_checked_chain *chain)
{
    HC_BUF_SECRET(der, HC_TLS_SESSION_MAX);
    int64_t now = seconds();
    struct hc_tls_kept kept = {.chain = chain, .end = now + life(tls, chain)};
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(tls->fresh, &n);

    if (n != sizeof kept.id || !may_keep(tls, chain) || !encode(tls->fresh, &der))
        return;
    memcpy(kept.id, id, sizeof kept.id);
    memcpy(kept.domain, tls->chosen->domain, sizeof kept.domain);
    kept.session = hc_buf_view(&der);
    (void)hc_tls_sessions_keep(tls->chosen->sessions, &kept, now);
}

void hc_tls_resume_keep(struct hc_tls *tls)
{
    const struct hc_verified_peer *peer = hc_tls_peer(tls);

    if (!tls->resumed)
        tls->lent = false;
    else
        hc_tls_sessions_count_resumed(tls->chosen->sessions);
    if (tls->fresh)
        keep(tls, peer ? (struct hc_checked_chain *)hc_verified_peer_chain(peer) : NULL); /* only its count changes */
    SSL_SESSION_free(tls->fresh);
    tls->fresh = NULL;
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

struct hc_rc hc_tls_resume_set(struct hc_tls_context *ctx, struct hc_err *e)
{
    bool keeps = ctx->is_server && ctx->sessions;

    /* Without stateless tickets the ticket of TLS 1.3 is a session id, and TLS 1.2 has ids only. */
    SSL_CTX_set_options(ctx->ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(ctx->ctx, keeps ? SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL |
                                                         SSL_SESS_CACHE_NO_AUTO_CLEAR
                                                   : SSL_SESS_CACHE_OFF);
    /* Early data is never accepted; what a client sends of it is skipped, as RFC 8446 4.2.10 wants it, up to libssl's
     * default limit. */
    if (SSL_CTX_set_num_tickets(ctx->ctx, keeps ? 1 : 0) != 1 || SSL_CTX_set_max_early_data(ctx->ctx, 0) != 1 ||
        SSL_CTX_set_session_id_context(ctx->ctx, ctx->domain, sizeof ctx->domain) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set how TLS sessions are resumed");
    if (!keeps)
        return HC_OK;
    SSL_CTX_set_timeout(ctx->ctx, HC_TLS_SESSION_SECONDS);
    SSL_CTX_sess_set_new_cb(ctx->ctx, made);
    SSL_CTX_sess_set_get_cb(ctx->ctx, give_back);
    return HC_OK;
}
