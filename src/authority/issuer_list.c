/* issuer_list.c - which issuers there are, and what hangs on them. */
#include <stdlib.h>

#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/renew.h"

const char *hc_issuer_state_text(enum hc_issuer_state state)
{
    static const char *const words[] = {
        [HC_ISSUER_CURRENT] = "current", [HC_ISSUER_VALID] = "valid",     [HC_ISSUER_ELSEWHERE] = "elsewhere",
        [HC_ISSUER_REVOKED] = "revoked", [HC_ISSUER_EXPIRED] = "expired", [HC_ISSUER_WAITING] = "waiting",
    };

    return words[state];
}

bool hc_issuer_revoked(struct hc_authority *a, struct hc_bytes name)
{
    for (const struct hc_ca *ca = hc_authority_ca(a, name); ca; ca = ca->parent) {
        if (ca->revoked)
            return true;
    }
    return false;
}

/* Leaf profiles that a newer issuer already took; what is left decides whether an older one is still asked. */
static enum hc_issuer_state state_of(struct hc_authority *a, const struct hc_ca *ca, unsigned *taken)
{
    if (ca->revoked)
        return HC_ISSUER_REVOKED;
    if (hc_authority_now(a) > ca->cert->not_after)
        return HC_ISSUER_EXPIRED;
    if (!hc_authority_key_here(a, ca))
        return HC_ISSUER_ELSEWHERE;
    if (!ca->parent || hc_authority_now(a) < ca->cert->not_before || (ca->profiles & ~*taken) == 0)
        return HC_ISSUER_VALID;
    *taken |= ca->profiles;
    return HC_ISSUER_CURRENT;
}

static struct hc_rc view_ca(struct hc_authority *a, const struct hc_ca *ca, struct hc_issuer_view *v, struct hc_err *e)
{
    char path[HC_PATH];

    v->name = ca->name;
    v->parent = ca->parent ? ca->parent->name : "";
    v->cert = ca->cert;
    v->profiles = ca->profiles;
    v->leaf_seconds = ca->leaf_seconds;
    v->public_url = ca->public_url;
    v->key = hc_key_kind_of(ca->cert->spki);
    HC_TRY(e, hc_home_issuer_path(a->home, ca->name, HC_HOME_ISSUER_KEY, path, e));
    v->key_here = ca->key_file[0] && hc_file_exists(path);
    return v->key_here ? hc_authority_key_encrypted(path, &v->key_encrypted, e) : HC_OK;
}

struct listing {
    struct hc_authority *a;
    struct hc_rc (*each)(void *ctx, const struct hc_issuer_view *v, struct hc_err *e);
    void *ctx;
};

static struct hc_rc view_waiting(void *ctx, const struct hc_issuer_waiting *w, struct hc_err *e)
{
    const struct listing *l = ctx;
    struct hc_issuer_view v = {
        .name = w->name,
        .parent = HC_HOME_ROOT,
        .state = HC_ISSUER_WAITING,
        .profiles = w->profiles,
        .leaf_seconds = w->leaf_seconds,
        .public_url = w->public_url,
        .key = w->kind,
    };
    char path[HC_PATH];

    if (hc_authority_ca(l->a, hc_bytes_str(w->name)))
        return HC_OK; /* it came, and then the process was killed before the file was removed */
    HC_TRY(e, hc_home_issuer_path(l->a->home, w->name, HC_HOME_ISSUER_KEY, path, e));
    v.key_here = hc_file_exists(path);
    if (v.key_here)
        HC_TRY(e, hc_authority_key_encrypted(path, &v.key_encrypted, e));
    return l->each(l->ctx, &v, e);
}

struct hc_rc hc_issuer_list(struct hc_authority *a,
                            struct hc_rc (*each)(void *ctx, const struct hc_issuer_view *v, struct hc_err *e),
                            void *ctx, struct hc_err *e)
{
    struct listing listing = {.a = a, .each = each, .ctx = ctx};
    enum hc_issuer_state states[HC_CA_MAX];
    struct hc_err ignored = {0};
    unsigned taken = 0;

    HC_TRY(e, hc_issuer_refresh(a, e));
    hc_ignore(hc_authority_ca_alive(a, &a->ca[0], &ignored)); /* reads what others have revoked since */
    for (size_t i = a->n_ca; i-- > 0;)
        states[i] = state_of(a, &a->ca[i], &taken);
    for (size_t i = 0; i < a->n_ca; i++) {
        struct hc_issuer_view v = {.state = states[i]};

        HC_TRY(e, view_ca(a, &a->ca[i], &v, e));
        HC_TRY(e, each(ctx, &v, e));
    }
    return hc_issuer_waiting_each(a, view_waiting, &listing, e);
}

static struct hc_rc count(void *ctx, const struct hc_renewable *r, struct hc_err *e)
{
    struct hc_issuer_below *below = ctx;

    (void)e;
    below->live++;
    below->key_here += r->key_here;
    return HC_OK;
}

struct hc_rc hc_issuer_below(struct hc_authority *a, const char *name, struct hc_issuer_below *out, struct hc_err *e)
{
    struct hc_issuer_below below = {0};

    if (!hc_authority_ca(a, hc_bytes_str(name)))
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s' in %s", name, a->home);
    HC_TRY(e, hc_authority_renewable_of(a, name, count, &below, e));
    *out = below;
    return HC_OK;
}
