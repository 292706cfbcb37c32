/*
 * fill.c - puts many certificates or revocations into the ledger of a home, for bench/authority.
 *
 *     fill HOME certificates N    nK.example.com for clients, K counting on from what the ledger has: each composed,
 *                                 linted, recorded as an intent, assembled, recorded with its event; some thousand in
 *                                 a transaction
 *     fill HOME revocations N     the first N certificates that are not revoked, with their events; then run:
 *                                 handclasp publish --force
 *
 * The rows are those that `handclasp issue` writes, with two exceptions: all certificates have the issuer's key, and
 * carry one constant signature, made over the first of them. Neither the ledger nor list, show and revoke look at
 * either; nobody should trust them. The issuer's key must not be encrypted, and nobody else may use the home meanwhile:
 * the authority's lock is not taken.
 */
#include <stdio.h>
#include <stdlib.h>

#include "authority/home.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/random.h"
#include "ledger/ledger.h"
#include "pki/lint.h"

#define ROWS_MAX 100000000 /* a ledger of that size would not fit on the disk anyway */
#define ROWS_A_COMMIT 5000 /* what a durable write costs is forgotten, and memory stays small */
#define SERIAL_BYTES 16    /* as authority/mint.h has them */
#define LIFETIME (7 * HC_DAY)
#define DETAIL_MAX 1024

struct fill {
    struct hc_crypto *crypto;
    struct hc_ledger *ledger;
    struct hc_cert *root, *issuer;
    struct hc_key *key;
    struct hc_buf spki;
    struct hc_buf signature; /* of the first certificate; of all others too */
    int64_t now;
    int64_t next; /* number of the next certificate */
};

static void fill_fini(struct fill *f)
{
    hc_buf_fini(&f->signature);
    hc_buf_fini(&f->spki);
    hc_key_free(f->key);
    hc_cert_free(f->issuer);
    hc_cert_free(f->root);
    hc_ledger_free(f->ledger);
    hc_crypto_free(f->crypto);
}

/* ---- the home ---- */

static struct hc_rc take_issuer(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct fill *f = ctx;

    if (hc_bytes_eq(row->name, hc_bytes_str(HC_HOME_ROOT)))
        return hc_cert_parse(row->der, &f->root, e);
    if (hc_bytes_eq(row->name, hc_bytes_str(HC_HOME_ISSUER)))
        return hc_cert_parse(row->der, &f->issuer, e);
    return HC_OK;
}

static struct hc_rc read_key(struct fill *f, const char *home, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    char path[HC_PATH];

    HC_TRY(e, hc_home_issuer_path(home, HC_HOME_ISSUER, HC_HOME_ISSUER_KEY, path, e));
    HC_TRY(e, hc_file_read(path, &pem, e));
    HC_TRY(e, hc_key_from_pem(f->crypto, hc_buf_view(&pem), NULL, &f->key, e));
    return hc_key_spki(f->key, &f->spki, e);
}

static struct hc_rc open_home(struct fill *f, const char *home, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_ledger_options o = {.path = path, .sha256 = hc_sha256, .now = f->now};

    HC_TRY(e, hc_home_path(home, HC_HOME_LEDGER, path, e));
    HC_TRY(e, hc_crypto_new(&f->crypto, e));
    HC_TRY(e, hc_ledger_open(&o, &f->ledger, e));
    HC_TRY(e, hc_ledger_issuers(f->ledger, take_issuer, f, e));
    if (!f->root || !f->issuer)
        return HC_FAIL(e, HC_E_LEDGER, "%s has no issuer '%s'", path, HC_HOME_ISSUER);
    return read_key(f, home, e);
}

/* ---- certificates ---- */

static struct hc_rc make_serial(const struct fill *f, struct hc_buf *serial, struct hc_err *e)
{
    do {
        hc_buf_clear(serial);
        HC_TRY(e, hc_random_fill(f->crypto, serial, SERIAL_BYTES, e));
    } while (serial->p[0] == 0);
    return HC_OK;
}

static struct hc_rc lint(const struct fill *f, const struct hc_name *name, struct hc_linted_tbs **out, struct hc_err *e)
{
    const struct hc_cert *const issuers[] = {f->issuer, f->root};
    struct hc_lint_rules rules = {.issuers = issuers, .n_issuers = HC_COUNT(issuers)};
    HC_BUF_AUTO(serial, SERIAL_BYTES);
    HC_BUF_AUTO(common_name, HC_NAME_TEXT_MAX);
    HC_AUTO(hc_tbs) tbs = NULL;
    struct hc_tbs_request request = {
        .profile = HC_PROFILE_CLIENT,
        .names = name,
        .n_names = 1,
        .spki = hc_buf_view(&f->spki),
        .not_before = f->now - HC_MINUTE,
        .not_after = f->now + LIFETIME,
        .issuer = f->issuer,
        .sig_alg = hc_key_signature_algorithm(f->key),
    };

    HC_TRY(e, make_serial(f, &serial, e));
    hc_buf_add(&common_name, name->text);
    HC_TRY(e, hc_buf_check(&common_name, e));
    request.serial = hc_buf_view(&serial);
    request.common_name = hc_buf_cstr(&common_name);
    HC_TRY(e, hc_tbs_from_profile(&request, &tbs, e));
    return hc_lint_tbs(&rules, tbs, NULL, out, e);
}

static struct hc_rc put_event(const struct fill *f, const char *what, struct hc_bytes serial, const char *rest,
                              struct hc_err *e)
{
    HC_BUF_AUTO(detail, DETAIL_MAX);

    hc_buf_add_str(&detail, "{\"serial\":\"");
    hc_serial_text(serial, &detail);
    hc_buf_addf(&detail, "\",\"issuer\":\"%s\",%s}", HC_HOME_ISSUER, rest);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(f->ledger, f->now, what, hc_buf_view(&detail), e);
}

static struct hc_rc put_cert(struct fill *f, int64_t intent, const struct hc_linted_tbs *linted, const char *identity,
                             struct hc_err *e)
{
    HC_AUTO(hc_cert) cert = NULL;
    char rest[DETAIL_MAX / 2];

    if (f->signature.n == 0)
        HC_TRY(e, hc_key_sign(f->key, hc_linted_tbs_der(linted), &f->signature, e));
    HC_TRY(e, hc_cert_assemble(linted, hc_key_signature_algorithm(f->key), hc_buf_view(&f->signature), &cert, e));
    HC_TRY(e, hc_ledger_put_cert(f->ledger, intent, f->now, cert, e));
    snprintf(rest, sizeof rest, "\"profile\":\"client\",\"identity\":\"%s\",\"door\":\"cli\",\"who\":\"uid 0\"",
             identity);
    return put_event(f, "issue", cert->serial, rest, e);
}

static struct hc_rc certificate(struct fill *f, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    char identity[64];
    int64_t intent;
    struct hc_ledger_request asked = {.at = f->now,
                                      .who = hc_bytes_str("uid 0"),
                                      .door = hc_bytes_str("cli"),
                                      .issuer = hc_bytes_str(HC_HOME_ISSUER)};

    snprintf(identity, sizeof identity, "dns:n%lld.example.com", (long long)f->next);
    asked.identity = hc_bytes_str(identity);
    HC_TRY(e, hc_name_parse(asked.identity, HC_NAME_PLAIN, &name, e));
    HC_TRY(e, lint(f, name, &linted, e));
    HC_TRY(e, hc_ledger_put_intent(f->ledger, &asked, linted, &intent, e));
    HC_TRY(e, put_cert(f, intent, linted, identity, e));
    f->next++;
    return HC_OK;
}

static struct hc_rc count_clients(struct fill *f, struct hc_err *e)
{
    struct hc_ledger_filter clients = {.profile = hc_bytes_str(hc_profile_row(HC_PROFILE_CLIENT)->word)};
    size_t n;

    HC_TRY(e, hc_ledger_certs(f->ledger, &clients, NULL, NULL, &n, e));
    f->next = (int64_t)n;
    return HC_OK;
}

/* ---- revocations ---- */

struct serials {
    uint8_t (*at)[HC_SERIAL_MAX + 1];
    uint8_t *length;
    size_t n;
    int64_t not_after;
};

static void serials_fini(struct serials *s)
{
    free(s->at);
    free(s->length);
}

static struct hc_rc take_serial(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct serials *s = ctx;

    if (row->serial.n > sizeof s->at[0])
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "a serial of %zu bytes", row->serial.n);
    memcpy(s->at[s->n], row->serial.p, row->serial.n);
    s->length[s->n++] = (uint8_t)row->serial.n;
    s->not_after = row->not_after;
    return HC_OK;
}

static struct hc_rc choose(struct fill *f, size_t n, struct serials *s, struct hc_err *e)
{
    struct hc_ledger_filter free_ones = {.unrevoked = true, .leaves = true, .limit = (int64_t)n};

    s->at = calloc(n, sizeof *s->at);
    s->length = calloc(n, sizeof *s->length);
    if (!s->at || !s->length)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for %zu serials", n);
    HC_TRY(e, hc_ledger_certs(f->ledger, &free_ones, take_serial, s, NULL, e));
    if (s->n < n)
        return HC_FAIL(e, HC_E_LEDGER, "the ledger has only %zu certificates to revoke", s->n);
    return HC_OK;
}

static struct hc_rc revocation(const struct fill *f, const struct serials *s, size_t i, struct hc_err *e)
{
    struct hc_ledger_revocation row = {
        .issuer = hc_bytes_str(HC_HOME_ISSUER),
        .serial = hc_bytes_of(s->at[i], s->length[i]),
        .at = f->now,
        .reason = 0,
        .not_after = s->not_after,
    };

    HC_TRY(e, hc_ledger_put_revocation(f->ledger, &row, NULL, e));
    return put_event(f, "revoke", row.serial, "\"reason\":\"unspecified\"", e);
}

/* ---- the command line ---- */

struct work {
    struct fill fill;
    struct serials serials; /* empty for certificates */
};

static void work_fini(struct work *w)
{
    serials_fini(&w->serials);
    fill_fini(&w->fill);
}

/* Rows `from` to before `to` in one transaction; what fails ends the program, and closing the ledger rolls back. */
static struct hc_rc some(struct work *w, size_t from, size_t to, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(w->fill.ledger, e));
    for (size_t i = from; i < to; i++)
        HC_TRY(e, w->serials.n ? revocation(&w->fill, &w->serials, i, e) : certificate(&w->fill, e));
    return hc_ledger_end(w->fill.ledger, HC_OK, e);
}

static struct hc_rc run(const char *home, bool revoke, size_t n, struct hc_err *e)
{
    __attribute__((cleanup(work_fini))) struct work w = {
        .fill = {.now = hc_time_now(), .spki = HC_BUF(HC_CERT_MAX), .signature = HC_BUF(HC_KEY_SIGNATURE_MAX)}};

    HC_TRY(e, open_home(&w.fill, home, e));
    HC_TRY(e, revoke ? choose(&w.fill, n, &w.serials, e) : count_clients(&w.fill, e));
    for (size_t from = 0; from < n; from += ROWS_A_COMMIT)
        HC_TRY(e, some(&w, from, from + ROWS_A_COMMIT < n ? from + ROWS_A_COMMIT : n, e));
    return HC_OK;
}

int main(int argc, char **argv)
{
    struct hc_err e = {.code = HC_OK_CODE};
    char *end = NULL;
    long long n = argc == 4 ? strtoll(argv[3], &end, 10) : 0;
    bool revoke = argc == 4 && strcmp(argv[2], "revocations") == 0;

    if (argc != 4 || *end || n < 1 || n > ROWS_MAX || (!revoke && strcmp(argv[2], "certificates") != 0)) {
        fprintf(stderr, "Usage: fill HOME certificates|revocations N\nbench/authority uses it. Example: fill /tmp/home "
                        "certificates 1000000\n");
        return 2;
    }
    if (hc_ok(run(argv[1], revoke, (size_t)n, &e)))
        return 0;
    fprintf(stderr, "fill: %s\n", e.text);
    return 3;
}
