/*
 * head_restored.c - a ledger that is not what was signed: restored from a backup, or rewritten.
 *
 * A restore leaves the ledger shorter than the head that is published. The next command that writes says so in the
 * ledger, once: from then on the links between the ledger's last one and the signed one are a window that is known to
 * be lost, and heads signed within it are explained. A ledger that differs without such an event was rewritten.
 */
#include <inttypes.h>
#include <stdio.h>

#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/head_inside.h"
#include "authority/home.h"
#include "base/clock.h"
#include "crypto/spki.h"
#include "pki/pem.h"

#define EVENT "restore"

/* ---- the event ---- */

struct window {
    int64_t own_link, own_at;       /* the last link and event that were left */
    int64_t signed_link, signed_at; /* the head that was found published */
    char signed_hash[2 * HC_LEDGER_HASH + 1];
};

static void hash_text(const uint8_t hash[HC_LEDGER_HASH], char out[2 * HC_LEDGER_HASH + 1])
{
    for (size_t i = 0; i < HC_LEDGER_HASH; i++)
        (void)snprintf(&out[2 * i], 3, "%02x", hash[i]);
}

/* The detail is one flat object that put_window wrote, and no value in it holds a quote. */
static struct hc_bytes member(struct hc_bytes detail, const char *key)
{
    char quoted[64];
    const uint8_t *at;
    struct hc_bytes value;

    (void)snprintf(quoted, sizeof quoted, "\"%s\":", key);
    at = detail.n ? memmem(detail.p, detail.n, quoted, strlen(quoted)) : NULL;
    if (!at)
        return (struct hc_bytes){NULL, 0};
    value = hc_bytes_skip(detail, (size_t)(at - detail.p) + strlen(quoted));
    value = hc_bytes_head(value, hc_bytes_find(value, ','));
    value = hc_bytes_head(value, hc_bytes_find(value, '}'));
    if (value.n >= 2 && value.p[0] == '"')
        value = hc_bytes_of(value.p + 1, value.n - 2);
    return value;
}

static int64_t number(struct hc_bytes text)
{
    int64_t n = 0;

    for (size_t i = 0; i < text.n && i < 18 && hc_ascii_is_digit(text.p[i]); i++)
        n = n * 10 + (text.p[i] - '0');
    return n;
}

static bool read_window(struct hc_bytes detail, struct window *w)
{
    struct hc_bytes hash = member(detail, "signed_hash");
    struct hc_err ignored = {0};

    *w = (struct window){.own_link = number(member(detail, "own_link")),
                         .signed_link = number(member(detail, "signed_link"))};
    if (hash.n != sizeof w->signed_hash - 1 || w->own_link < 1 || w->signed_link <= w->own_link)
        return false;
    memcpy(w->signed_hash, hash.p, hash.n);
    return hc_ok(hc_time_parse(member(detail, "own_at"), &w->own_at, &ignored)) &&
           hc_ok(hc_time_parse(member(detail, "signed_at"), &w->signed_at, &ignored));
}

static struct hc_rc put_window(struct hc_authority *a, const struct window *w, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);
    char at[HC_TIME_TEXT];

    hc_detail_int(&detail, "signed_link", w->signed_link);
    hc_detail_str(&detail, "signed_hash", hc_bytes_str(w->signed_hash));
    hc_detail_str(&detail, "signed_at", hc_bytes_str(hc_time_text(w->signed_at, at)));
    hc_detail_int(&detail, "own_link", w->own_link);
    hc_detail_str(&detail, "own_at", hc_bytes_str(hc_time_text(w->own_at, at)));
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(a->ledger, hc_authority_now(a), EVENT, hc_buf_view(&detail), e);
}

struct telling {
    struct hc_rc (*each)(void *ctx, const struct hc_head_window *w, struct hc_err *e);
    void *ctx;
};

static struct hc_rc tell_window(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    const struct telling *t = ctx;
    struct window w;

    if (!hc_bytes_eq_str(row->what, EVENT) || !read_window(row->detail, &w))
        return HC_OK;
    return t->each(t->ctx,
                   &(struct hc_head_window){.own_link = w.own_link,
                                            .own_at = w.own_at,
                                            .signed_link = w.signed_link,
                                            .signed_at = w.signed_at,
                                            .at = row->at},
                   e);
}

struct hc_rc hc_head_windows(struct hc_authority *a,
                             struct hc_rc (*each)(void *ctx, const struct hc_head_window *w, struct hc_err *e),
                             void *ctx, struct hc_err *e)
{
    struct telling t = {.each = each, .ctx = ctx};

    return hc_ledger_events(a->ledger, 0, tell_window, &t, e);
}

/* ---- compared ---- */

struct search {
    const struct hc_head *head;
    char hash[2 * HC_LEDGER_HASH + 1];
    struct window found;
    bool explained;
};

static struct hc_rc explain(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    struct search *s = ctx;
    struct window w;

    (void)e;
    if (!hc_bytes_eq_str(row->what, EVENT) || !read_window(row->detail, &w) || s->head->links <= w.own_link ||
        s->head->links > w.signed_link)
        return HC_OK;
    if (s->head->links == w.signed_link ? strcmp(s->hash, w.signed_hash) != 0 : s->head->at >= row->at)
        return HC_OK; /* signed once, and this is not it; or signed after the restore, and not lost by it */
    s->found = w;
    s->explained = true;
    return HC_OK;
}

struct hc_rc hc_head_compare(struct hc_authority *a, const struct hc_head *head, bool *explained, struct hc_err *e)
{
    struct search s = {.head = head};
    struct hc_ledger_link link = {0}, last = {0};
    char when[HC_TIME_TEXT], from[HC_TIME_TEXT], to[HC_TIME_TEXT];

    HC_TRY(e, hc_ledger_link(a->ledger, head->links, &link, e));
    *explained = false;
    if (link.number == head->links && memcmp(link.hash, head->hash, sizeof link.hash) == 0)
        return HC_OK;
    hash_text(head->hash, s.hash);
    HC_TRY(e, hc_ledger_head(a->ledger, &last, e));
    HC_TRY(e, hc_ledger_events(a->ledger, 0, explain, &s, e));
    *explained = s.explained;
    if (s.explained)
        return HC_FAIL(e, HC_E_LEDGER_RESTORED,
                       "a backup was restored: links %" PRId64 " to %" PRId64 ", written between %s and %s, are lost",
                       s.found.own_link + 1, s.found.signed_link, hc_time_text(s.found.own_at, from),
                       hc_time_text(s.found.signed_at, to));
    (void)hc_time_text(head->at, when);
    if (link.number == 0)
        return HC_FAIL(e, HC_E_LEDGER_RESTORED,
                       "the ledger ends with link %" PRId64 ", and the head of %s was signed with link %" PRId64,
                       last.number, when, head->links);
    return HC_FAIL(e, HC_E_HEAD_DEPARTS, "link %" PRId64 " is not what it was when the head of %s was signed",
                   head->links, when);
}

/* ---- recorded ---- */

static struct hc_rc see_date(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    (void)e;
    *(int64_t *)ctx = row->at;
    return HC_OK;
}

/* The date of the last event: from the end backwards, for there may be millions. */
static struct hc_rc last_date(struct hc_authority *a, int64_t last, int64_t *out, struct hc_err *e)
{
    int64_t at = -1, back = 64;

    for (;;) {
        HC_TRY(e, hc_ledger_events(a->ledger, back < last ? last - back : 0, see_date, &at, e));
        if (at >= 0 || back >= last)
            break;
        back = back > last / 16 ? last : back * 16; /* in a ledger that was changed, `last` may be any number */
    }
    *out = at < 0 ? 0 : at;
    return HC_OK;
}

/* *restored also when it was recorded before, and no new head was signed since. */
static struct hc_rc record(struct hc_authority *a, bool *restored, struct hc_err *e)
{
    struct hc_head_state s = {.there = false};
    struct hc_ledger_link last = {0};
    struct window w;

    HC_TRY(e, hc_head_look(a, &s, e));
    *restored = s.there && s.compared.code == HC_E_LEDGER_RESTORED;
    if (!*restored || s.explained)
        return HC_OK;
    HC_TRY(e, hc_ledger_head(a->ledger, &last, e));
    w = (struct window){.signed_link = s.head.links, .signed_at = s.head.at, .own_link = last.number};
    hash_text(s.head.hash, w.signed_hash);
    HC_TRY(e, last_date(a, last.number, &w.own_at, e));
    return put_window(a, &w, e);
}

struct hc_rc hc_head_restored(struct hc_authority *a, struct hc_err *e)
{
    bool ignored;

    return record(a, &ignored, e);
}

struct hc_rc hc_head_recover(struct hc_authority *a, struct hc_err *e)
{
    struct hc_err ignored = {0};
    bool restored = false;
    int64_t remembered = 0;

    HC_TRY(e, record(a, &restored, e));
    for (size_t i = 0; restored && i < a->n_ca; i++) {
        if (!hc_crls_foreign(&a->ca[i]))
            HC_TRY(e, hc_crls_remember(a, &a->ca[i], &remembered, e));
    }
    if (remembered > 0)
        hc_ignore(hc_authority_ca_alive(a, &a->ca[0], &ignored)); /* reads again who is revoked */
    return HC_OK;
}

/* ---- what was lost ---- */

#define IDENTITIES_MAX 1000000 /* directories: their names alone are some 50 MB */
#define CHAIN_FILE_CERTS 4     /* leaf, issuer, and what somebody may have added */

struct lost {
    struct hc_authority *a;
    struct hc_rc (*each)(void *ctx, const struct hc_lost_cert *c, struct hc_err *e);
    void *ctx;
};

static struct hc_rc is_known(struct hc_authority *a, const struct hc_cert *cert, bool *out, struct hc_err *e)
{
    struct hc_ledger_filter same = {.sha256 = hc_bytes_of(cert->sha256, sizeof cert->sha256)};
    size_t n = 0;

    HC_TRY(e, hc_ledger_certs(a->ledger, &same, NULL, NULL, &n, e));
    *out = n > 0;
    return HC_OK;
}

static struct hc_rc signed_by(const struct hc_authority *a, const struct hc_cert *leaf, const struct hc_cert *ca,
                              bool *out, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = leaf->sig_alg, .message = leaf->tbs, .signature = leaf->signature};
    struct hc_rc rc;

    *out = false;
    if (!hc_dn_eq(leaf->issuer, ca->subject))
        return HC_OK;
    rc = hc_spki_verify(a->crypto, ca->spki, &what, e);
    *out = hc_ok(rc);
    return rc.code == HC_E_NOMEM ? rc : HC_OK;
}

/* By an issuer that the ledger knows, or by one beside it in the file that the root signed: it may be forgotten too. */
static struct hc_rc find_issuer(const struct hc_authority *a, const struct hc_cert_list *chain, struct hc_buf *name,
                                struct hc_err *e)
{
    bool ours = false;

    for (size_t i = 0; i < a->n_ca && !ours; i++) {
        HC_TRY(e, signed_by(a, chain->cert[0], a->ca[i].cert, &ours, e));
        if (ours)
            hc_buf_add_str(name, a->ca[i].name);
    }
    if (ours || chain->n < 2)
        return HC_OK;
    HC_TRY(e, hc_head_root_signed(a, chain->cert[1], &ours, e));
    if (ours)
        HC_TRY(e, signed_by(a, chain->cert[0], chain->cert[1], &ours, e));
    if (ours)
        hc_cert_common_name(chain->cert[1], name);
    return HC_OK;
}

static struct hc_rc look_into(const struct lost *l, const char *dir, struct hc_err *e)
{
    HC_BUF_AUTO(name, 1024);
    HC_CERT_LIST(chain);
    struct hc_lost_cert found = {.dir = dir};
    char path[HC_PATH];
    bool known = false;
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, dir, "chain.pem", e));
    rc = hc_pem_load_certs(path, CHAIN_FILE_CERTS, &chain, e);
    if (hc_failed(rc))
        return rc.code == HC_E_NOMEM ? rc : HC_OK; /* no identity of ours: somebody's file, or being written */
    HC_TRY(e, is_known(l->a, chain.cert[0], &known, e));
    if (known)
        return HC_OK;
    HC_TRY(e, find_issuer(l->a, &chain, &name, e));
    HC_TRY(e, hc_buf_check(&name, e));
    if (name.n == 0)
        return HC_OK;
    found.cert = chain.cert[0];
    found.issuer = hc_buf_cstr(&name);
    return l->each(l->ctx, &found, e);
}

struct hc_rc hc_head_lost(struct hc_authority *a,
                          struct hc_rc (*each)(void *ctx, const struct hc_lost_cert *c, struct hc_err *e), void *ctx,
                          struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {.n = 0};
    struct lost l = {.a = a, .each = each, .ctx = ctx};
    char dir[HC_PATH], path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_path(a->home, HC_HOME_IDENTITIES, dir, e));
    rc = hc_dir_list(dir, "", IDENTITIES_MAX, &names, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_OK;
    HC_TRY(e, rc);
    for (size_t i = 0; i < names.n; i++) {
        HC_TRY(e, hc_path_join(path, dir, names.name[i], e));
        HC_TRY(e, look_into(&l, path, e));
    }
    return HC_OK;
}
