/*
 * authority.c - opening an authority.
 *
 * Order: is there one; is it one that this program understands; then the ledger, which says the same of itself; then
 * the CAs, whose certificates are those in the ledger. Keys stay on the disk until something has to be signed.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "authority/authority.h"
#include "authority/home.h"
#include "authority/inside.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "pki/pem.h"
#include "pki/profile.h"

#define MARKER_MAX 64 /* a number and a line end */

static struct hc_rc check_marker(const char *home, struct hc_err *e)
{
    HC_BUF_AUTO(text, MARKER_MAX);
    char path[HC_PATH];
    struct hc_rc rc;
    char *end = NULL;
    long version;

    HC_TRY(e, hc_home_path(home, HC_HOME_MARKER, path, e));
    rc = hc_file_read(path, &text, e);
    if (rc.code == HC_E_FILE_MISSING || rc.code == HC_E_FILE_EMPTY)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s is missing or empty; restore the authority from a backup", path);
    HC_TRY(e, rc);
    version = strtol(hc_buf_cstr(&text), &end, 10);
    if (version < 1 || *end != '\n')
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s does not hold a version number", path);
    if (version > HC_HOME_VERSION)
        return HC_FAIL(e, HC_E_HOME_NEWER, "%s is of version %ld; this program knows versions up to %d", home, version,
                       HC_HOME_VERSION);
    return HC_OK;
}

static struct hc_rc check_home(const char *home, struct hc_err *e)
{
    char path[HC_PATH];
    struct stat st;

    HC_TRY(e, hc_home_path(home, HC_HOME_AUTHORITY, path, e));
    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return HC_FAIL(e, HC_E_HOME_MISSING, "there is no authority in %s", home);
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "cannot look into %s", path);
    }
    if (!S_ISDIR(st.st_mode))
        return HC_FAIL(e, HC_E_HOME_MISSING, "%s is not a directory", path);
    return check_marker(home, e);
}

static bool copy_text(char *out, size_t size, struct hc_bytes from)
{
    if (from.n == 0 || from.n >= size || hc_bytes_find(from, 0) != from.n || hc_bytes_find(from, '/') != from.n)
        return false;
    memcpy(out, from.p, from.n);
    out[from.n] = '\0';
    return true;
}

/* What the row says in words. A name or key file is a file name; a URL has slashes. */
static struct hc_rc read_texts(struct hc_ca *ca, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct hc_err why = {0};

    if (!copy_text(ca->name, sizeof ca->name, row->name) ||
        (row->key_file.n > 0 && !copy_text(ca->key_file, sizeof ca->key_file, row->key_file)))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger has an issuer with an impossible name");
    if (row->public_url.n >= sizeof ca->public_url || hc_bytes_find(row->public_url, 0) != row->public_url.n)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger's issuer %s has an impossible URL", ca->name);
    if (row->public_url.n > 0)
        memcpy(ca->public_url, row->public_url.p, row->public_url.n);
    if (hc_failed(hc_profile_set_parse(row->profiles, &ca->profiles, &why)))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger's issuer %s issues unknown profiles", ca->name);
    ca->leaf_seconds = row->leaf_seconds;
    return HC_OK;
}

static struct hc_rc read_ca(struct hc_authority *a, const struct hc_ledger_issuer *row, struct hc_ca *ca,
                            struct hc_err *e)
{
    HC_TRY(e, read_texts(ca, row, e));
    ca->parent = hc_authority_ca(a, row->parent);
    if ((a->n_ca == 0) != (row->parent.n == 0) || (a->n_ca > 0 && !ca->parent))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger's issuer %s hangs below no other", ca->name);
    return hc_cert_parse(row->der, &ca->cert, e);
}

struct hc_rc hc_authority_add_ca(struct hc_authority *a, const struct hc_ledger_issuer *row, struct hc_key *key,
                                 struct hc_err *e)
{
    HC_AUTO(hc_key) own = key;
    struct hc_ca ca = {0};

    if (a->n_ca == HC_CA_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the ledger has more than %d issuers", HC_CA_MAX);
    HC_TRY(e, read_ca(a, row, &ca, e));
    ca.key = HC_GIVE(own);
    a->ca[a->n_ca++] = ca;
    return HC_OK;
}

static struct hc_rc add_ca(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    return hc_authority_add_ca(ctx, row, NULL, e);
}

static struct hc_rc see_revoked(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    struct hc_authority *a = ctx;

    (void)e;
    for (size_t i = 0; i < a->n_ca; i++) {
        struct hc_ca *ca = &a->ca[i];

        if (ca->parent && hc_bytes_eq_str(row->issuer, ca->parent->name) && hc_bytes_eq(row->serial, ca->cert->serial))
            ca->revoked = true;
    }
    return HC_OK;
}

/* Only the root signs CAs, so what it revoked are a few. */
static struct hc_rc read_revoked(struct hc_authority *a, struct hc_err *e)
{
    if (a->n_ca == 0)
        return HC_OK;
    return hc_ledger_revocations(a->ledger, hc_bytes_str(a->ca[0].name), 0, see_revoked, a, e);
}

/* The copy for people must not say something else than the ledger, by which the authority works. */
static struct hc_rc check_root(const struct hc_authority *a, const char *path, struct hc_err *e)
{
    HC_CERT_LIST(found);
    struct hc_rc rc = hc_pem_load_certs(path, 1, &found, e);

    if (rc.code == HC_E_FILE_MISSING)
        return HC_OK;
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc) || !hc_cert_eq(found.cert[0], a->ca[0].cert))
        return HC_FAIL(e, HC_E_ROOT_CHANGED, "%s is not the root certificate of the ledger in %s", path, a->home);
    return HC_OK;
}

static struct hc_rc open_ledger(struct hc_authority *a, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_ledger_options o = {.path = path, .sha256 = hc_sha256};

    HC_TRY(e, hc_home_path(a->home, HC_HOME_LEDGER, path, e));
    o.now = hc_time_now();
    HC_TRY(e, hc_ledger_open(&o, &a->ledger, e));
    HC_TRY(e, hc_ledger_issuers(a->ledger, add_ca, a, e));
    if (a->n_ca < 1)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s knows no root", path);
    HC_TRY(e, read_revoked(a, e));
    HC_TRY(e, hc_home_issuer_path(a->home, HC_HOME_ROOT, HC_HOME_ISSUER_CERT, path, e));
    return check_root(a, path, e);
}

struct hc_rc hc_authority_open(const struct hc_crypto *crypto, const char *home, struct hc_authority **out,
                               struct hc_err *e)
{
    HC_AUTO(hc_authority) a = NULL;

    HC_TRY(e, check_home(home, e));
    a = calloc(1, sizeof *a);
    if (!a)
        return HC_FAIL(e, HC_E_NOMEM, "no memory to open the authority");
    a->crypto = crypto;
    if ((size_t)snprintf(a->home, sizeof a->home, "%s", home) >= sizeof a->home)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of the home is longer than %d bytes", HC_PATH - 1);
    HC_TRY(e, open_ledger(a, e));
    *out = HC_GIVE(a);
    return HC_OK;
}

void hc_authority_free(struct hc_authority *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n_ca; i++) {
        hc_cert_free(a->ca[i].cert);
        hc_key_free(a->ca[i].key);
    }
    hc_secret_free(a->passphrase);
    hc_secret_free(a->root_passphrase);
    hc_ledger_free(a->ledger);
    free(a);
}

/* ---- keys ---- */

static bool is_root(const struct hc_ca *ca)
{
    return ca->parent == NULL;
}

/* Where the CA's key is to be found; "" when it is nobody's here. */
static struct hc_rc key_path(const struct hc_authority *a, const struct hc_ca *ca, char out[HC_PATH], struct hc_err *e)
{
    char dir[HC_PATH];

    out[0] = '\0';
    if (is_root(ca) && a->root_key[0]) {
        memcpy(out, a->root_key, sizeof a->root_key);
        return HC_OK;
    }
    if (!ca->key_file[0])
        return HC_OK;
    HC_TRY(e, hc_home_path(a->home, HC_HOME_AUTHORITY, dir, e));
    return hc_path_join(out, dir, ca->key_file, e);
}

bool hc_authority_key_here(const struct hc_authority *a, const struct hc_ca *ca)
{
    struct hc_err ignored = {0};
    char path[HC_PATH];

    return ca->key || (hc_ok(key_path(a, ca, path, &ignored)) && path[0] && hc_file_exists(path));
}

static struct hc_rc no_key(const struct hc_authority *a, const struct hc_ca *ca, const char *path, struct hc_err *e)
{
    if (is_root(ca))
        return HC_FAIL(e, HC_E_ROOT_OFFLINE, "the root's key is not in %s", a->home);
    if (!path[0])
        return HC_FAIL(e, HC_E_CA_KEY_MISSING, "the key of %s is in another home", ca->name);
    return HC_FAIL(e, HC_E_CA_KEY_MISSING, "the key of %s is not at %s", ca->name, path);
}

static struct hc_rc read_key(const struct hc_authority *a, const struct hc_ca *ca, const char *path,
                             struct hc_key **out, struct hc_err *e)
{
    const struct hc_secret *own = is_root(ca) ? a->root_passphrase : NULL;
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_rc rc;

    if (!path[0] || !hc_file_exists(path))
        return no_key(a, ca, path, e);
    HC_TRY(e, hc_file_read(path, &pem, e));
    rc = hc_key_from_pem(a->crypto, hc_buf_view(&pem), own ? own : a->passphrase, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "the key of %s in %s", ca->name, path);
    return rc;
}

struct hc_rc hc_authority_key(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e)
{
    HC_AUTO(hc_key) key = NULL;
    char path[HC_PATH];

    if (ca->key)
        return HC_OK;
    HC_TRY(e, key_path(a, ca, path, e));
    HC_TRY(e, read_key(a, ca, path, &key, e));
    if (hc_key_matches_spki(key, ca->cert->spki)) {
        ca->key = HC_GIVE(key);
        return HC_OK;
    }
    if (is_root(ca) && a->root_key[0])
        return HC_FAIL(e, HC_E_ROOT_KEY_OTHER, "%s is not the key of the root of %s", path, a->home);
    return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s is not the key of the CA certificate in the ledger", path);
}

struct hc_rc hc_authority_bring_root_key(struct hc_authority *a, const char *path, const struct hc_secret *passphrase,
                                         struct hc_err *e)
{
    HC_AUTO(hc_secret) copy = NULL;
    char beside[HC_PATH], dir[HC_PATH];
    struct hc_rc rc;

    if ((size_t)snprintf(dir, sizeof dir, "%s", path) >= sizeof dir)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of the root's key is longer than %d bytes", HC_PATH - 1);
    if (!hc_file_exists(path))
        return HC_FAIL(e, HC_E_FILE_MISSING, "there is no root key at %s; is the stick in and mounted?", path);
    HC_TRY(e, hc_path_join(beside, dirname(dir), HC_HOME_ROOT ".cert.pem", e));
    rc = check_root(a, beside, e);
    if (rc.code == HC_E_ROOT_CHANGED) /* another stick: nobody has changed anything in this home */
        return HC_FAIL(e, HC_E_ROOT_KEY_OTHER, "%s is of another authority than that of %s", beside, a->home);
    HC_TRY(e, rc);
    if (passphrase)
        HC_TRY(e, hc_secret_copy(hc_secret_view(passphrase), &copy, e));
    hc_secret_free(a->root_passphrase);
    a->root_passphrase = HC_GIVE(copy);
    memcpy(a->root_key, path, strlen(path) + 1);
    return HC_OK;
}

struct hc_rc hc_authority_key_encrypted(const char *path, bool *out, struct hc_err *e)
{
    static const char word[] = "ENCRYPTED"; /* in the label of PKCS #8 [RFC 7468 11], in Proc-Type of older files */
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    HC_TRY(e, hc_file_read(path, &pem, e));
    *out = memmem(pem.p, pem.n, word, sizeof word - 1) != NULL;
    return HC_OK;
}

/* The newest CA whose key is here, the root last; NULL when all keys are elsewhere. A root key that was brought has its
 * own passphrase, or is tried with that of the others. */
static struct hc_ca *newest_with_key(struct hc_authority *a)
{
    for (size_t i = a->n_ca; i-- > 0;) {
        if (hc_authority_key_here(a, &a->ca[i]))
            return &a->ca[i];
    }
    return NULL;
}

struct hc_rc hc_authority_encrypted(struct hc_authority *a, bool *out, struct hc_err *e)
{
    const struct hc_ca *ca = newest_with_key(a);
    char path[HC_PATH];

    *out = false;
    if (!ca || ca->key || (is_root(ca) && a->root_passphrase))
        return HC_OK;
    HC_TRY(e, key_path(a, ca, path, e));
    return hc_authority_key_encrypted(path, out, e);
}

struct hc_rc hc_authority_unlock(struct hc_authority *a, const struct hc_secret *passphrase, struct hc_err *e)
{
    HC_AUTO(hc_secret) copy = NULL;
    struct hc_ca *ca = newest_with_key(a);

    if (passphrase)
        HC_TRY(e, hc_secret_copy(hc_secret_view(passphrase), &copy, e));
    hc_secret_free(a->passphrase);
    a->passphrase = HC_GIVE(copy);
    return ca ? hc_authority_key(a, ca, e) : HC_OK;
}

/* ---- what it is asked ---- */

void hc_authority_set_time(struct hc_authority *a, int64_t now)
{
    a->set_time = now;
}

int64_t hc_authority_now(const struct hc_authority *a)
{
    return a->set_time ? a->set_time : hc_time_now();
}

const char *hc_authority_home(const struct hc_authority *a)
{
    return a->home;
}

const struct hc_cert *hc_authority_root(const struct hc_authority *a)
{
    return a->ca[0].cert;
}

const struct hc_cert *hc_authority_issuer(const struct hc_authority *a)
{
    return a->n_ca > 1 ? a->ca[a->n_ca - 1].cert : NULL;
}

struct hc_ledger *hc_authority_ledger(struct hc_authority *a)
{
    return a->ledger;
}

struct hc_ca *hc_authority_ca(struct hc_authority *a, struct hc_bytes name)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        if (hc_bytes_eq_str(name, a->ca[i].name))
            return &a->ca[i];
    }
    return NULL;
}

static struct hc_rc alive(const struct hc_ca *ca, int64_t now, struct hc_err *e)
{
    char when[HC_TIME_TEXT];

    if (now < ca->cert->not_before)
        return HC_FAIL(e, HC_E_CLOCK, "it is %s here, before the CA %s began", hc_time_text(now, when), ca->name);
    if (now > ca->cert->not_after)
        return HC_FAIL(e, HC_E_ISSUER_ENDED, "the CA %s ended at %s", ca->name,
                       hc_time_text(ca->cert->not_after, when));
    if (ca->revoked)
        return HC_FAIL(e, HC_E_ISSUER_ENDED, "the CA %s is revoked", ca->name);
    return HC_OK;
}

struct hc_rc hc_authority_ca_alive(struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e)
{
    int64_t now = hc_authority_now(a);

    HC_TRY(e, read_revoked(a, e)); /* another process may have revoked it since */
    for (; ca; ca = ca->parent)
        HC_TRY(e, alive(ca, now, e));
    return HC_OK;
}

void hc_authority_crl_url(const struct hc_ca *ca, char out[HC_AUTHORITY_URL_MAX])
{
    out[0] = '\0';
    if (ca->public_url[0])
        (void)snprintf(out, HC_AUTHORITY_URL_MAX, "%s/crl/%s.crl", ca->public_url, ca->name);
}

void hc_authority_ca_url(const struct hc_ca *ca, char out[HC_AUTHORITY_URL_MAX])
{
    out[0] = '\0';
    if (ca->public_url[0])
        (void)snprintf(out, HC_AUTHORITY_URL_MAX, "%s/ca/%s.cer", ca->public_url, ca->name);
}
