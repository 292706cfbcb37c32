/* issuers.c - what must stand above a peer, besides what its names say (T24, T25). */
#include <stdlib.h>

#include "base/buf.h"
#include "policy/route_parts.h"

#define FINGERPRINT HC_BYTES("sha256:")

/* A path, the word, and as many fingerprints as a list may have. */
#define TEXT_MAX (8 * 1024 + 16 + HC_ROUTE_ISSUERS_MAX * 80)

static bool read_fingerprint(const char *text, uint8_t out[HC_ISSUER_PRINT])
{
    struct hc_bytes digits = hc_bytes_skip(hc_bytes_str(text), FINGERPRINT.n);

    return hc_bytes_starts(hc_bytes_str(text), FINGERPRINT) && digits.n == 2 * (size_t)HC_ISSUER_PRINT &&
           hc_bytes_unhex(digits, out);
}

bool hc_issuers_is_fingerprint(const char *text)
{
    uint8_t print[HC_ISSUER_PRINT];

    return read_fingerprint(text, print);
}

bool hc_issuers_is_name(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= HC_ISSUED_BY_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static struct hc_rc copy(struct hc_bytes text, char **out, struct hc_err *e)
{
    char *room = malloc(text.n + 1);

    if (!room)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the issuers of a route");
    memcpy(room, text.p, text.n);
    room[text.n] = 0;
    *out = room;
    return HC_OK;
}

static struct hc_rc make_one(const char *title, const char *text, struct hc_issuer *out, struct hc_err *e)
{
    if (read_fingerprint(text, out->print))
        return HC_OK;
    if (!hc_issuers_is_name(text))
        return HC_FAIL(
            e, HC_E_CONFIG_VALUE,
            "route %.200s: issued-by \"%.100s\" is neither the name of an entry of the bundle nor sha256: and "
            "64 hexadecimal digits",
            title, text);
    return copy(hc_bytes_str(text), &out->name, e);
}

static struct hc_rc make_text(const char *title, struct hc_texts texts, char **out, struct hc_err *e)
{
    HC_BUF_AUTO(text, TEXT_MAX);

    hc_buf_addf(&text, "%s issued-by", title);
    for (size_t i = 0; i < texts.n; i++)
        hc_buf_addf(&text, "%s %s", i > 0 ? "," : "", texts.at[i]);
    HC_TRY(e, hc_buf_check(&text, e));
    return copy(hc_buf_view(&text), out, e);
}

struct hc_rc hc_issuers_make(const char *title, struct hc_texts texts, struct hc_issuers *out, struct hc_err *e)
{
    if (texts.n > HC_ROUTE_ISSUERS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "route %.200s lists more than %d issuers", title, HC_ROUTE_ISSUERS_MAX);
    if (texts.n == 0)
        return HC_OK;
    out->at = calloc(texts.n, sizeof *out->at);
    if (!out->at)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the issuers of a route");
    for (size_t i = 0; i < texts.n; i++, out->n++)
        HC_TRY(e, make_one(title, texts.at[i], &out->at[i], e));
    return make_text(title, texts, &out->text, e);
}

void hc_issuers_fini(struct hc_issuers *issuers)
{
    for (size_t i = 0; i < issuers->n; i++)
        free(issuers->at[i].name);
    free(issuers->at);
    free(issuers->text);
}

static bool stands_above(const struct hc_issuer *issuer, const struct hc_peer_view *peer)
{
    if (issuer->name)
        return peer->entry && strcmp(issuer->name, peer->entry) == 0;
    for (size_t i = 0; i < peer->n_above; i++)
        if (hc_bytes_eq(peer->above[i], hc_bytes_of(issuer->print, sizeof issuer->print)))
            return true;
    return false;
}

bool hc_issuers_match(const struct hc_issuers *issuers, const struct hc_peer_view *peer)
{
    if (issuers->n == 0)
        return true;
    for (size_t i = 0; peer->verified && i < issuers->n; i++)
        if (stands_above(&issuers->at[i], peer))
            return true;
    return false;
}
