/*
 * authority.c - opening an authority.
 *
 * Order: is there one; is it one that this program understands; then the ledger, which says the same of itself; then
 * the CAs, whose certificates are those in the ledger. Keys stay on the disk until something has to be signed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "authority/authority.h"
#include "authority/home.h"
#include "authority/inside.h"
#include "base/clock.h"
#include "crypto/digest.h"

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

static struct hc_rc add_ca(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct hc_authority *a = ctx;
    struct hc_ca *ca = &a->ca[a->n_ca];

    if (a->n_ca == HC_CA_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the ledger has more than %d issuers", HC_CA_MAX);
    if (!copy_text(ca->name, sizeof ca->name, row->name) ||
        !copy_text(ca->key_file, sizeof ca->key_file, row->key_file))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger has an issuer with an impossible name");
    ca->parent = hc_authority_ca(a, row->parent);
    if ((a->n_ca == 0) != (row->parent.n == 0) || (a->n_ca > 0 && !ca->parent))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger's issuer %s hangs below no other", ca->name);
    HC_TRY(e, hc_cert_parse(row->der, &ca->cert, e));
    a->n_ca++;
    return HC_OK;
}

static struct hc_rc open_ledger(struct hc_authority *a, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_ledger_options o = {.path = path, .sha256 = hc_sha256};

    HC_TRY(e, hc_home_path(a->home, HC_HOME_LEDGER, path, e));
    HC_TRY(e, hc_ledger_open(&o, &a->ledger, e));
    HC_TRY(e, hc_ledger_issuers(a->ledger, add_ca, a, e));
    if (a->n_ca < 2)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s knows no issuing CA", path);
    return HC_OK;
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
    hc_ledger_free(a->ledger);
    free(a);
}

static struct hc_rc read_key_file(const struct hc_authority *a, const struct hc_ca *ca, struct hc_buf *out,
                                  struct hc_err *e)
{
    char dir[HC_PATH], path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_path(a->home, HC_HOME_AUTHORITY, dir, e));
    HC_TRY(e, hc_path_join(path, dir, ca->key_file, e));
    rc = hc_file_read(path, out, e);
    if (rc.code == HC_E_FILE_MISSING)
        return HC_FAIL(e, HC_E_CA_KEY_MISSING, "the key of %s is not at %s", ca->name, path);
    return rc;
}

struct hc_rc hc_authority_key(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    struct hc_rc rc;

    if (ca->key)
        return HC_OK;
    HC_TRY(e, read_key_file(a, ca, &pem, e));
    rc = hc_key_from_pem(a->crypto, hc_buf_view(&pem), a->passphrase, &key, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "the key of %s in %s", ca->name, a->home);
        return rc;
    }
    if (!hc_key_matches_spki(key, ca->cert->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s/authority/%s is not the key of the CA certificate in the ledger",
                       a->home, ca->key_file);
    ca->key = HC_GIVE(key);
    return HC_OK;
}

struct hc_rc hc_authority_encrypted(struct hc_authority *a, bool *out, struct hc_err *e)
{
    static const char word[] = "ENCRYPTED"; /* in the label of PKCS #8 [RFC 7468 11], in Proc-Type of older files */
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    HC_TRY(e, read_key_file(a, hc_authority_issuing(a), &pem, e));
    *out = memmem(pem.p, pem.n, word, sizeof word - 1) != NULL;
    return HC_OK;
}

struct hc_rc hc_authority_unlock(struct hc_authority *a, const struct hc_secret *passphrase, struct hc_err *e)
{
    HC_AUTO(hc_secret) copy = NULL;

    if (passphrase)
        HC_TRY(e, hc_secret_copy(hc_secret_view(passphrase), &copy, e));
    hc_secret_free(a->passphrase);
    a->passphrase = HC_GIVE(copy);
    return hc_authority_key(a, hc_authority_issuing(a), e);
}

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
    return a->ca[a->n_ca - 1].cert;
}

struct hc_ledger *hc_authority_ledger(struct hc_authority *a)
{
    return a->ledger;
}

struct hc_ca *hc_authority_issuing(struct hc_authority *a)
{
    return &a->ca[a->n_ca - 1];
}

struct hc_ca *hc_authority_ca(struct hc_authority *a, struct hc_bytes name)
{
    for (size_t i = 0; i < a->n_ca; i++) {
        if (hc_bytes_eq_str(name, a->ca[i].name))
            return &a->ca[i];
    }
    return NULL;
}

struct hc_rc hc_authority_ca_alive(struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e)
{
    struct hc_ledger_filter not_revoked = {.serial = ca->cert->serial, .unrevoked = true};
    int64_t now = hc_authority_now(a);
    char when[HC_TIME_TEXT];
    size_t n = 0;

    if (now < ca->cert->not_before)
        return HC_FAIL(e, HC_E_CLOCK, "it is %s here, before the CA %s began", hc_time_text(now, when), ca->name);
    if (now > ca->cert->not_after)
        return HC_FAIL(e, HC_E_ISSUER_ENDED, "the CA %s ended at %s", ca->name,
                       hc_time_text(ca->cert->not_after, when));
    HC_TRY(e, hc_ledger_certs(a->ledger, &not_revoked, NULL, NULL, &n, e));
    if (n == 0)
        return HC_FAIL(e, HC_E_ISSUER_ENDED, "the CA %s is revoked", ca->name);
    return HC_OK;
}
