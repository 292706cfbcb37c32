/* test_head.c - the signed head of the ledger: believed only as it was written, by whom it may be written. */
#include "authority/world.h"

#include <sqlite3.h>

#include "authority/head.h"
#include "authority/inside.h"
#include "authority/issuer.h"
#include "authority/renew.h"
#include "base/escape.h"

#define HEAD "publish/ledger-head"

static void must_publish(struct world *w)
{
    struct hc_published done;
    struct hc_err e;

    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
}

static struct hc_head load(struct world *w)
{
    struct hc_head head;
    struct hc_err e;

    expect_ok(&e, hc_head_load(w->a, NULL, &head, &e));
    return head;
}

static struct hc_ledger_link last_link(struct world *w)
{
    struct hc_ledger_link last;
    struct hc_err e;

    expect_ok(&e, hc_ledger_head(hc_authority_ledger(w->a), &last, &e));
    return last;
}

static void read_head(const struct world *w, struct hc_buf *out)
{
    struct hc_err e;

    expect_ok(&e, hc_file_read(world_path(w, HEAD), out, &e));
}

static void the_head_says_where_the_ledger_ends(void **state)
{
    struct world *w = *state;
    struct hc_ledger_link last;
    struct hc_head head;
    struct hc_err e;
    bool explained = true;

    must_publish(w);
    last = last_link(w);
    head = load(w);
    assert_int_equal(head.links, last.number);
    assert_memory_equal(head.hash, last.hash, sizeof last.hash);
    assert_int_equal(head.at, WORLD_NOW);
    assert_string_equal(head.issuer, "issuing");
    expect_ok(&e, hc_head_compare(w->a, &head, &explained, &e));
    assert_false(explained);
    assert_int_equal(world_mode(w, HEAD), 0644);
}

static void a_ledger_that_went_on_still_holds(void **state)
{
    struct world *w = *state;
    struct hc_head head;
    struct hc_err e;
    bool explained;

    must_publish(w);
    head = load(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    assert_true(last_link(w).number > head.links);
    expect_ok(&e, hc_head_compare(w->a, &head, &explained, &e));
}

static void the_head_is_signed_only_when_something_happened(void **state)
{
    struct world *w = *state;
    struct hc_err e;
    bool written = true;

    must_publish(w);
    expect_ok(&e, hc_head_publish(w->a, false, &written, &e));
    assert_false(written);
    expect_ok(&e, hc_head_publish(w->a, true, &written, &e));
    assert_true(written);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, hc_head_publish(w->a, false, &written, &e));
    assert_true(written);
    assert_int_equal(load(w).links, last_link(w).number);
}

/* What a change of the text must lead to: one of these, never a head. */
static void expect_refused(struct world *w, struct hc_bytes text, const char *what)
{
    struct hc_head head = {.links = -1};
    struct hc_err e;
    struct hc_rc rc = hc_head_parse(w->a, text, &head, &e);

    if (rc.code != HC_E_HEAD_MALFORMED && rc.code != HC_E_HEAD_SIGNATURE)
        fail_msg("%s: HC-%04d", what, (int)rc.code);
    assert_int_equal(head.links, -1);
}

/* It agrees with the ledger, so that nothing but its signature tells. */
static void a_damaged_head_is_signed_again_although_nothing_happened(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    size_t at;

    must_publish(w);
    read_head(w, &text);
    at = (size_t)((uint8_t *)memmem(text.p, text.n, "signature: ", 11) - text.p) + 11 + 20; /* within r */
    text.p[at] = text.p[at] == 'A' ? 'B' : 'A';
    expect_ok(&e, hc_file_write_atomic(world_path(w, HEAD), hc_buf_view(&text), 0644, &e));
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_true(done.head_signed);
    (void)load(w);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_false(done.head_signed);
}

static void every_byte_counts(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    char what[64];

    must_publish(w);
    read_head(w, &text);
    for (size_t i = 0; i < text.n; i++) {
        uint8_t was = text.p[i];

        for (unsigned flip = 1; flip <= 0x20; flip <<= 5) { /* another letter, another case */
            (void)snprintf(what, sizeof what, "byte %zu ^ %u", i, flip);
            text.p[i] = (uint8_t)(was ^ flip);
            expect_refused(w, hc_buf_view(&text), what);
        }
        text.p[i] = was;
    }
}

static void a_head_that_was_cut_is_refused(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(text, HC_HEAD_MAX);

    must_publish(w);
    read_head(w, &text);
    for (size_t n = 0; n < text.n; n++)
        expect_refused(w, hc_bytes_head(hc_buf_view(&text), n), "cut");
}

/* Copies of `text` with one line left out, doubled, or exchanged with the next. */
static void rearrange(struct hc_bytes text, size_t line, int how, struct hc_buf *out)
{
    struct hc_bytes held = {NULL, 0};
    size_t at = 0;

    while (text.n > 0) {
        struct hc_bytes one = hc_bytes_head(text, hc_bytes_find(text, '\n') + 1);

        text = hc_bytes_skip(text, one.n);
        if (at == line && how == 2)
            held = one;
        else if (at != line || how == 1)
            hc_buf_add(out, one);
        if (at == line && how == 1)
            hc_buf_add(out, one);
        if (at == line + 1)
            hc_buf_add(out, held);
        at++;
    }
}

static void lines_left_out_doubled_or_exchanged_are_refused(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    char what[64];

    must_publish(w);
    read_head(w, &text);
    for (size_t line = 0; line < 10; line++) {
        for (int how = 0; how < 3; how++) {
            HC_BUF_AUTO(other, HC_HEAD_MAX);

            rearrange(hc_buf_view(&text), line, how, &other);
            (void)snprintf(what, sizeof what, "line %zu, %d", line, how);
            expect_refused(w, hc_buf_view(&other), what);
        }
    }
}

static void other_spellings_of_the_same_are_refused(void **state)
{
    static const struct {
        const char *from, *to;
    } changes[] = {{"links: ", "links: 0"},          {"links: ", "links: +"},        {"Z\nissuer", "+00:00\nissuer"},
                   {"\nalgorithm", "\r\nalgorithm"}, {"-----BEGIN", "\n-----BEGIN"}, {"algorithm: ", "algorithm:  "}};
    struct world *w = *state;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_head head;
    struct hc_err e;

    must_publish(w);
    read_head(w, &text);
    for (size_t i = 0; i < HC_COUNT(changes); i++) {
        const uint8_t *at = memmem(text.p, text.n, changes[i].from, strlen(changes[i].from));
        HC_BUF_AUTO(other, HC_HEAD_MAX);

        assert_non_null(at);
        hc_buf_add(&other, hc_bytes_of(text.p, (size_t)(at - text.p)));
        hc_buf_add_str(&other, changes[i].to);
        hc_buf_add(&other, hc_bytes_skip(hc_buf_view(&text), (size_t)(at - text.p) + strlen(changes[i].from)));
        expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&other), &head, &e), HC_E_HEAD_MALFORMED);
    }
    hc_buf_add_str(&text, "\n");
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&text), &head, &e), HC_E_HEAD_MALFORMED);
}

static void garbage_is_no_head(void **state)
{
    struct world *w = *state;
    struct hc_head head;
    struct hc_err e;

    expect_fail(&e, hc_head_load(w->a, world_path(w, "nowhere"), &head, &e), HC_E_FILE_MISSING);
    expect_fail(&e, hc_head_parse(w->a, HC_BYTES(""), &head, &e), HC_E_HEAD_MALFORMED);
    world_write(w, HEAD, "garbage\n");
    expect_fail(&e, hc_head_load(w->a, NULL, &head, &e), HC_E_HEAD_MALFORMED);
    assert_non_null(strstr(e.text, HEAD));
}

/* A second authority of the same name. */
static void open_other(struct world *other, const struct world *w)
{
    struct hc_init_options o;

    *other = *w;
    other->a = NULL;
    (void)snprintf(other->home, sizeof other->home, "%s/other", w->dir);
    o = world_options(other);
    world_init(other, &o);
    must_publish(other);
}

static void another_authoritys_head_is_refused(void **state)
{
    struct world *w = *state, other;
    HC_BUF_AUTO(theirs, HC_HEAD_MAX);
    HC_BUF_AUTO(ours, HC_HEAD_MAX);
    HC_BUF_AUTO(mixed, HC_HEAD_MAX);
    struct hc_head head;
    struct hc_err e;
    const uint8_t *at;

    must_publish(w);
    open_other(&other, w);
    read_head(&other, &theirs);
    read_head(w, &ours);
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&theirs), &head, &e), HC_E_HEAD_SIGNATURE);
    /* Theirs, with our root's fingerprint: their issuer is still not below our root. */
    at = memmem(ours.p, ours.n, "links: ", 7);
    hc_buf_add(&mixed, hc_bytes_of(ours.p, (size_t)(at - ours.p)));
    at = memmem(theirs.p, theirs.n, "links: ", 7);
    hc_buf_add(&mixed, hc_bytes_skip(hc_buf_view(&theirs), (size_t)(at - theirs.p)));
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&mixed), &head, &e), HC_E_HEAD_SIGNATURE);
    assert_non_null(strstr(e.text, "not that of an issuer"));
    /* Our text and signature, their certificate. */
    hc_buf_clear(&mixed);
    at = memmem(ours.p, ours.n, "-----BEGIN", 10);
    hc_buf_add(&mixed, hc_bytes_of(ours.p, (size_t)(at - ours.p)));
    at = memmem(theirs.p, theirs.n, "-----BEGIN", 10);
    hc_buf_add(&mixed, hc_bytes_skip(hc_buf_view(&theirs), (size_t)(at - theirs.p)));
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&mixed), &head, &e), HC_E_HEAD_SIGNATURE);
    world_close(&other);
}

/* Signs by hand whatever `head` says, with the key and certificate of a leaf or a CA. */
static void forge(struct world *w, const struct hc_key *key, const struct hc_cert *cert, const struct hc_head *head,
                  struct hc_buf *out)
{
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    char at[HC_TIME_TEXT];
    struct hc_err e;

    hc_buf_add_str(out, "Handclasp ledger head 1\nroot: ");
    hc_escape_hex(out, hc_bytes_of(hc_authority_root(w->a)->sha256, 32), 0);
    hc_buf_addf(out, "\nlinks: %lld\nhash: ", (long long)head->links);
    hc_escape_hex(out, hc_bytes_of(head->hash, sizeof head->hash), 0);
    hc_buf_addf(out, "\nat: %s\nissuer: issuing\n", hc_time_text(head->at, at));
    expect_ok(&e, hc_key_sign(key, hc_buf_view(out), &signature, &e));
    hc_buf_add_str(out, "algorithm: ");
    hc_escape_base64(out, hc_key_signature_algorithm(key));
    hc_buf_add_str(out, "\nsignature: ");
    hc_escape_base64(out, hc_buf_view(&signature));
    hc_buf_add_byte(out, '\n');
    hc_pem_emit(out, HC_PEM_CERTIFICATE, cert->der);
}

static void load_key(struct world *w, const char *below, struct hc_key **out)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_err e;

    expect_ok(&e, hc_file_read(world_path(w, below), &pem, &e));
    expect_ok(&e, hc_key_from_pem(w->crypto, hc_buf_view(&pem), NULL, out, &e));
}

static void a_leaf_signs_no_head(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) key = NULL;
    HC_CERT_LIST(chain);
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_head head = {.links = 3, .at = WORLD_NOW};
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    load_key(w, "identities/a.example.com/key.pem", &key);
    expect_ok(&e, hc_pem_load_certs(world_path(w, "identities/a.example.com/cert.pem"), 1, &chain, &e));
    forge(w, key, chain.cert[0], &head, &text);
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&text), &head, &e), HC_E_HEAD_SIGNATURE);
}

static void the_root_may_sign_and_dates_count(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) root = NULL;
    HC_AUTO(hc_key) issuing = NULL;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_head head = {.links = 3, .at = WORLD_NOW}, got;
    struct hc_err e;

    load_key(w, "authority/root.key.pem", &root);
    load_key(w, "authority/issuing.key.pem", &issuing);
    forge(w, root, hc_authority_root(w->a), &head, &text);
    expect_ok(&e, hc_head_parse(w->a, hc_buf_view(&text), &got, &e));
    hc_buf_clear(&text);
    head.at = hc_authority_issuer(w->a)->not_after + 1;
    forge(w, issuing, hc_authority_issuer(w->a), &head, &text);
    expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&text), &got, &e), HC_E_HEAD_SIGNATURE);
    hc_buf_clear(&text);
    head.at = hc_authority_issuer(w->a)->not_after;
    forge(w, issuing, hc_authority_issuer(w->a), &head, &text);
    expect_ok(&e, hc_head_parse(w->a, hc_buf_view(&text), &got, &e));
}

static void an_issuer_revoked_for_a_compromise_is_not_believed_afterwards(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) issuing = NULL;
    struct hc_ledger_revocation row = {.issuer = HC_BYTES("root"),
                                       .serial = hc_authority_issuer(w->a)->serial,
                                       .at = WORLD_NOW,
                                       .reason = HC_CRL_KEY_COMPROMISE,
                                       .not_after = HC_LEDGER_NO_END};
    struct hc_head head = {.links = 3, .at = WORLD_NOW}, got;
    struct hc_err e;

    load_key(w, "authority/issuing.key.pem", &issuing);
    expect_ok(&e, hc_ledger_put_revocation(hc_authority_ledger(w->a), &row, NULL, &e));
    for (int after = 0; after < 2; after++) {
        HC_BUF_AUTO(text, HC_HEAD_MAX);

        head.at = WORLD_NOW + after;
        forge(w, issuing, hc_authority_issuer(w->a), &head, &text);
        if (after)
            expect_fail(&e, hc_head_parse(w->a, hc_buf_view(&text), &got, &e), HC_E_HEAD_SIGNATURE);
        else
            expect_ok(&e, hc_head_parse(w->a, hc_buf_view(&text), &got, &e));
    }
}

/* ---- restored and rewritten ---- */

static void back_up(struct world *w)
{
    struct hc_err e;
    char path[HC_PATH];

    (void)snprintf(path, sizeof path, "%s", world_path(w, "ledger.backup"));
    expect_ok(&e, hc_ledger_backup(hc_authority_ledger(w->a), path, NULL, NULL, &e));
}

static void restore(struct world *w)
{
    world_close(w);
    world_copy(w, "ledger.backup", "authority/ledger.db");
    (void)unlink(world_path(w, "authority/ledger.db-wal"));
    (void)unlink(world_path(w, "authority/ledger.db-shm"));
    world_open(w);
}

static struct hc_rc keep_window(void *ctx, const struct hc_head_window *w, struct hc_err *e)
{
    (void)e;
    *(struct hc_head_window *)ctx = *w;
    return HC_OK;
}

static void a_restored_ledger_is_told_once_and_explained_ever_after(void **state)
{
    struct hc_head_window window = {.own_link = 0};
    struct world *w = *state;
    struct hc_head before, during;
    struct hc_err e;
    bool explained = true;

    back_up(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    must_publish(w);
    during = load(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    must_publish(w);
    before = load(w);
    restore(w);
    hc_authority_set_time(w->a, WORLD_NOW + 60);
    expect_fail(&e, hc_head_compare(w->a, &before, &explained, &e), HC_E_LEDGER_RESTORED);
    assert_false(explained);
    expect_ok(&e, hc_head_windows(w->a, keep_window, &window, &e));
    assert_int_equal(window.own_link, 0);
    expect_ok(&e, hc_head_restored(w->a, &e));
    expect_ok(&e, hc_head_restored(w->a, &e));
    assert_int_equal(world_events(w, "restore"), 1);
    expect_ok(&e, hc_head_windows(w->a, keep_window, &window, &e));
    assert_int_equal(window.signed_link, before.links);
    assert_true(window.own_link > 0 && window.own_link < before.links);
    assert_int_equal(window.signed_at, before.at);
    expect_fail(&e, hc_head_compare(w->a, &before, &explained, &e), HC_E_LEDGER_RESTORED);
    assert_true(explained);
    assert_non_null(strstr(e.text, "are lost"));
    must_publish(w);
    for (int i = 0; i < 6; i++) { /* until it has grown past the old head */
        char name[32];

        (void)snprintf(name, sizeof name, "n%d.example.com", i);
        world_must_issue(w, HC_PROFILE_CLIENT, name);
    }
    assert_true(last_link(w).number > before.links);
    expect_fail(&e, hc_head_compare(w->a, &before, &explained, &e), HC_E_LEDGER_RESTORED);
    assert_true(explained);
    expect_fail(&e, hc_head_compare(w->a, &during, &explained, &e), HC_E_LEDGER_RESTORED);
    assert_true(explained);
    must_publish(w);
    before = load(w);
    expect_ok(&e, hc_head_compare(w->a, &before, &explained, &e));
    assert_int_equal(world_events(w, "restore"), 1);
}

static void a_head_signed_after_the_restore_is_not_explained_by_it(void **state)
{
    struct world *w = *state;
    struct hc_head during, after;
    struct hc_err e;
    bool explained = true, written = true;

    back_up(w);
    for (int i = 0; i < 8; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "n%d.example.com", i);
        world_must_issue(w, HC_PROFILE_CLIENT, name);
        if (i == 3) {
            must_publish(w);
            during = load(w);
        }
    }
    must_publish(w);
    restore(w);
    hc_authority_set_time(w->a, WORLD_NOW + 60);
    must_publish(w); /* the window is recorded, and a head signed within it, in one second */
    after = load(w);
    expect_ok(&e, hc_head_compare(w->a, &after, &explained, &e));
    after.hash[0] ^= 1; /* the ledger was written anew since, from before that link on */
    expect_fail(&e, hc_head_compare(w->a, &after, &explained, &e), HC_E_HEAD_DEPARTS);
    assert_false(explained);
    expect_fail(&e, hc_head_compare(w->a, &during, &explained, &e), HC_E_LEDGER_RESTORED);
    assert_true(explained);
    HC_AUTO(hc_key) issuing = NULL;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    load_key(w, "authority/issuing.key.pem", &issuing);
    forge(w, issuing, hc_authority_issuer(w->a), &after, &text);
    world_write(w, HEAD, hc_buf_cstr(&text));
    expect_fail(&e, hc_head_publish(w->a, true, &written, &e), HC_E_HEAD_DEPARTS);
}

/* Whatever command comes first after the restore, and without a `publish` in between. */
static void a_restored_ledger_certifies_nobody_who_was_revoked(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_name) gone = world_name("gone.example.com");
    struct hc_renew_request renewal = {.name = gone};
    struct hc_issuer_plan plan = {.name = "two", .key = HC_KEY_P256};
    int64_t number;
    HC_REVOKED(revoked);
    HC_ISSUED(issued);
    struct hc_err e;

    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    world_must_issue(w, HC_PROFILE_CLIENT, "gone.example.com");
    back_up(w);
    expect_ok(&e, world_revoke(w, "gone.example.com", &revoked, &e));
    expect_ok(&e, hc_issuer_revoke(w->a, "two", HC_CRL_CA_COMPROMISE, &number, &e));
    must_publish(w);
    restore(w);
    expect_fail(&e, hc_authority_renew(w->a, w->grant, &renewal, &issued, &e), HC_E_RENEW_REVOKED);
    restore(w);
    expect_ok(&e,
              world_issue(w, "new.example.com", (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &issued, &e));
    assert_string_equal(issued.issuer, "issuing");
    assert_int_equal(world_events(w, "remember"), 2);
}

/* The date of the last event is looked for from the end backwards. */
static void a_chain_that_claims_an_absurd_end_holds_nobody_up(void **state)
{
    struct world *w = *state;
    sqlite3 *db = NULL;
    struct hc_err e;

    must_publish(w);
    assert_int_equal(sqlite3_open(world_path(w, "authority/ledger.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TRIGGER chain_never_UPDATE; UPDATE chain SET link = 9223372036854775807"
                                  " WHERE link = (SELECT max(link) FROM chain)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    expect_fail(&e, hc_head_restored(w->a, &e), HC_E_LEDGER_DAMAGED);
}

static void an_issuer_added_to_a_restored_ledger_does_not_hide_the_restore(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = {.name = "edge", .key = HC_KEY_P256};
    struct hc_err e;

    must_publish(w);
    back_up(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "lost.example.com");
    must_publish(w);
    restore(w);
    hc_authority_set_time(w->a, WORLD_NOW + 60);
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e)); /* more links than were lost */
    assert_int_equal(world_events(w, "restore"), 1);
    must_publish(w);
}

static void a_head_that_departs_is_evidence_and_stays(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) issuing = NULL;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_published done;
    struct hc_head head = {.links = 3, .at = WORLD_NOW}; /* link 3 has another hash */
    struct hc_err e;
    bool explained = true, written;

    load_key(w, "authority/issuing.key.pem", &issuing);
    forge(w, issuing, hc_authority_issuer(w->a), &head, &text);
    world_write(w, HEAD, hc_buf_cstr(&text));
    head = load(w);
    expect_fail(&e, hc_head_compare(w->a, &head, &explained, &e), HC_E_HEAD_DEPARTS);
    assert_false(explained);
    expect_fail(&e, hc_head_publish(w->a, true, &written, &e), HC_E_HEAD_DEPARTS);
    expect_fail(&e, hc_authority_publish(w->a, true, &done, &e), HC_E_HEAD_DEPARTS);
    assert_int_equal(load(w).links, 3);
    assert_int_equal(world_events(w, "restore"), 0);
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_true(world_number(crl) >= 2); /* the CRLs were made nevertheless */
}

/* ---- what was lost ---- */

static struct hc_rc join(void *ctx, const struct hc_lost_cert *c, struct hc_err *e)
{
    hc_buf_addf(ctx, "%s by %s;", strrchr(c->dir, '/') + 1, c->issuer);
    assert_true(c->cert->n_names > 0);
    return hc_buf_check(ctx, e);
}

static void certificates_of_the_lost_window_are_found(void **state)
{
    struct world *w = *state, other;
    HC_BUF_AUTO(text, 1024);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "known.example.com");
    back_up(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "lost.example.com");
    restore(w);
    open_other(&other, w);
    world_must_issue(&other, HC_PROFILE_CLIENT, "theirs.example.com");
    expect_ok(&e, hc_dir_make(world_path(w, "identities/theirs"), 0755, &e));
    expect_ok(&e, hc_dir_make(world_path(w, "identities/empty"), 0755, &e));
    world_copy(&other, "identities/theirs.example.com/chain.pem", "chain.pem");
    HC_BUF_AUTO(chain, HC_PEM_FILE_MAX);
    expect_ok(&e, hc_file_read(world_path(&other, "chain.pem"), &chain, &e));
    world_write(w, "identities/theirs/chain.pem", hc_buf_cstr(&chain));
    world_close(&other);
    expect_ok(&e, hc_head_lost(w->a, join, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), "lost.example.com by issuing;");
}

static struct hc_rc publish_head(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;

    return hc_head_publish(w->a, true, NULL, e);
}

static struct hc_rc load_head(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;
    struct hc_head head;

    return hc_head_load(w->a, NULL, &head, e);
}

static struct hc_rc find_lost(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;
    HC_BUF_AUTO(text, 1024);

    return hc_head_lost(w->a, join, &text, e);
}

static void heads_survive_every_failed_allocation(void **state)
{
    struct world *w = *state;

    back_up(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "lost.example.com");
    assert_true(fault_sweep(publish_head, w) > 5);
    assert_true(fault_sweep(load_head, w) > 3);
    restore(w);
    assert_true(fault_sweep(find_lost, w) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_head_says_where_the_ledger_ends),
        WORLD_TEST(a_ledger_that_went_on_still_holds),
        WORLD_TEST(the_head_is_signed_only_when_something_happened),
        WORLD_TEST(a_damaged_head_is_signed_again_although_nothing_happened),
        WORLD_TEST(every_byte_counts),
        WORLD_TEST(a_head_that_was_cut_is_refused),
        WORLD_TEST(lines_left_out_doubled_or_exchanged_are_refused),
        WORLD_TEST(other_spellings_of_the_same_are_refused),
        WORLD_TEST(garbage_is_no_head),
        WORLD_TEST(another_authoritys_head_is_refused),
        WORLD_TEST(a_leaf_signs_no_head),
        WORLD_TEST(the_root_may_sign_and_dates_count),
        WORLD_TEST(an_issuer_revoked_for_a_compromise_is_not_believed_afterwards),
        WORLD_TEST(a_restored_ledger_is_told_once_and_explained_ever_after),
        WORLD_TEST(a_head_signed_after_the_restore_is_not_explained_by_it),
        WORLD_TEST(a_restored_ledger_certifies_nobody_who_was_revoked),
        WORLD_TEST(a_chain_that_claims_an_absurd_end_holds_nobody_up),
        WORLD_TEST(an_issuer_added_to_a_restored_ledger_does_not_hide_the_restore),
        WORLD_TEST(a_head_that_departs_is_evidence_and_stays),
        WORLD_TEST(certificates_of_the_lost_window_are_found),
        WORLD_TEST(heads_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("authority/head", tests, NULL, NULL);
}
