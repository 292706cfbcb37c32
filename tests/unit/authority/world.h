/* world.h - an authority in a directory of its own, for the tests of this module. */
#ifndef HC_TEST_AUTHORITY_WORLD_H
#define HC_TEST_AUTHORITY_WORLD_H

#include "hc_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/authority.h"
#include "authority/home.h"
#include "authority/init.h"
#include "authority/issue.h"
#include "authority/publish.h"
#include "authority/revoke.h"
#include "base/clock.h"
#include "base/file.h"
#include "pki/crl.h"
#include "pki/pem.h"

#define WORLD_NOW INT64_C(1792800000) /* 2026-10-23T23:20:00Z */

struct world {
    struct hc_crypto *crypto;
    char dir[64];
    char home[96];
    struct hc_authority *a;
    struct hc_issue_grant *grant;
};

static inline struct hc_init_options world_options(const struct world *w)
{
    return (struct hc_init_options){.home = w->home, .name = "Example Corp", .now = WORLD_NOW};
}

static inline void world_open(struct world *w)
{
    struct hc_err e;

    hc_authority_free(w->a);
    w->a = NULL;
    expect_ok(&e, hc_authority_open(w->crypto, w->home, &w->a, &e));
    hc_authority_set_time(w->a, WORLD_NOW);
}

static inline void world_close(struct world *w)
{
    hc_authority_free(w->a);
    w->a = NULL;
}

/* A directory, and no authority in it yet. */
static inline int world_empty(void **state)
{
    static struct world w;
    struct hc_err e;

    w = (struct world){.dir = "/tmp/hc-authority-XXXXXX"};
    assert_non_null(mkdtemp(w.dir));
    (void)snprintf(w.home, sizeof w.home, "%s/home", w.dir);
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    expect_ok(&e, hc_issue_grant_cli(&w.grant, &e));
    *state = &w;
    return 0;
}

static inline void world_init(struct world *w, const struct hc_init_options *o)
{
    struct hc_err e;

    expect_ok(&e, hc_authority_init(w->crypto, o, &e));
    world_open(w);
}

static inline int world_setup(void **state)
{
    struct hc_init_options o;

    world_empty(state);
    o = world_options(*state);
    world_init(*state, &o);
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    hc_authority_free(w->a);
    hc_issue_grant_free(w->grant);
    hc_crypto_free(w->crypto);
    expect_ok(&e, hc_dir_remove(w->dir, &e));
    return 0;
}

static inline struct hc_name *world_name(const char *text)
{
    struct hc_name *name = NULL;
    struct hc_err e;

    expect_ok(&e, hc_name_guess(hc_bytes_str(text), HC_NAME_WILDCARD, &name, &e));
    return name;
}

/* `request` says everything but the name. */
static inline struct hc_rc world_issue(struct world *w, const char *name, struct hc_issue_request request,
                                       struct hc_issued *out, struct hc_err *e)
{
    HC_AUTO(hc_name) parsed = world_name(name);

    request.name = parsed;
    return hc_authority_issue(w->a, w->grant, &request, out, e);
}

static inline void world_must_issue(struct world *w, enum hc_profile profile, const char *name)
{
    HC_ISSUED(issued);
    struct hc_err e;

    expect_ok(&e, world_issue(w, name, (struct hc_issue_request){.profile = profile}, &issued, &e));
}

static inline struct hc_rc world_revoke(struct world *w, const char *name, struct hc_revoked *out, struct hc_err *e)
{
    HC_AUTO(hc_name) parsed = world_name(name);
    struct hc_revoke_request request = {.name = parsed, .reason = HC_CRL_SUPERSEDED};

    return hc_authority_revoke(w->a, &request, out, e);
}

/* "HOME/below" in a static buffer: one at a time. */
static inline const char *world_path(const struct world *w, const char *below)
{
    static char path[HC_PATH];

    (void)snprintf(path, sizeof path, "%s/%s", w->home, below);
    return path;
}

static inline unsigned world_mode(const struct world *w, const char *below)
{
    struct stat st;

    if (stat(world_path(w, below), &st) != 0)
        fail_msg("%s is not there", world_path(w, below));
    return st.st_mode & 07777;
}

static inline bool world_has(const struct world *w, const char *below)
{
    return hc_file_exists(world_path(w, below));
}

static inline struct hc_crl *world_crl(const struct world *w, const char *issuer)
{
    char below[64];
    struct hc_crl *crl = NULL;
    struct hc_err e;

    (void)snprintf(below, sizeof below, "publish/crl/%s.crl", issuer);
    expect_ok(&e, hc_crl_load(world_path(w, below), &crl, &e));
    return crl;
}

static inline unsigned world_number(const struct hc_crl *crl)
{
    unsigned n = 0;

    for (size_t i = 0; i < crl->number.n; i++)
        n = n << 8 | crl->number.p[i];
    return n;
}

static inline size_t world_count(struct world *w, struct hc_ledger_filter filter)
{
    struct hc_err e;
    size_t n = 0;

    expect_ok(&e, hc_ledger_certs(hc_authority_ledger(w->a), &filter, NULL, NULL, &n, &e));
    return n;
}

static inline struct hc_rc world_count_intent(void *ctx, const struct hc_ledger_intent *row, struct hc_err *e)
{
    (void)row;
    (void)e;
    ++*(size_t *)ctx;
    return HC_OK;
}

static inline size_t world_interrupted(struct world *w)
{
    struct hc_err e;
    size_t n = 0;

    expect_ok(&e, hc_ledger_interrupted(hc_authority_ledger(w->a), world_count_intent, &n, &e));
    return n;
}

struct world_event {
    const char *what;
    size_t n;
};

static inline struct hc_rc world_count_event(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    struct world_event *event = ctx;

    (void)e;
    event->n += hc_bytes_eq_str(row->what, event->what);
    return HC_OK;
}

static inline size_t world_events(struct world *w, const char *what)
{
    struct world_event event = {.what = what};
    struct hc_err e;

    expect_ok(&e, hc_ledger_events(hc_authority_ledger(w->a), 0, world_count_event, &event, &e));
    return event.n;
}

static inline void world_copy(const struct world *w, const char *from, const char *to)
{
    HC_BUF_AUTO(text, 64 << 20);
    struct hc_err e;

    expect_ok(&e, hc_file_read(world_path(w, from), &text, &e));
    expect_ok(&e, hc_file_write_atomic(world_path(w, to), hc_buf_view(&text), 0600, &e));
}

static inline void world_write(const struct world *w, const char *below, const char *text)
{
    struct hc_err e;

    expect_ok(&e, hc_file_write_atomic(world_path(w, below), hc_bytes_str(text), 0600, &e));
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
#define EMPTY_TEST(f) cmocka_unit_test_setup_teardown(f, world_empty, world_teardown)

#endif
