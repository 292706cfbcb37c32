/* init_root.c - roots on sticks, and roots from elsewhere. */
#include "authority/init_root.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/home.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/spki.h"
#include "pki/pem.h"

#define KEY_FILE HC_HOME_ROOT ".key.pem"
#define CERT_FILE HC_HOME_ROOT ".cert.pem"

/* ---- the stick ---- */

static struct hc_rc check_absent(const char *dir, const char *name, struct hc_err *e)
{
    char path[HC_PATH];
    struct stat st;

    HC_TRY(e, hc_path_join(path, dir, name, e));
    if (lstat(path, &st) == 0)
        return HC_FAIL(e, HC_E_FILE_EXISTS, "%s is there already: a root is never overwritten, take another stick",
                       path);
    if (errno != ENOENT)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "cannot look at %s", path);
    return HC_OK;
}

struct hc_rc hc_init_stick_check(const char *dir, struct hc_err *e)
{
    struct stat st;

    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
        return HC_FAIL(e, HC_E_FILE_MISSING, "%s is not a directory; is the stick in and mounted?", dir);
    HC_TRY(e, check_absent(dir, KEY_FILE, e));
    return check_absent(dir, CERT_FILE, e);
}

static struct hc_rc read_back(const struct hc_crypto *crypto, const char *path, const struct hc_secret *passphrase,
                              const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;

    HC_TRY(e, hc_file_read(path, &pem, e));
    HC_TRY(e, hc_key_from_pem(crypto, hc_buf_view(&pem), passphrase, &key, e));
    if (!hc_key_matches_spki(key, cert->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "%s was written and reads back as another key; take another stick", path);
    return HC_OK;
}

static struct hc_rc write_both(const struct hc_crypto *crypto, const char *dir, const struct hc_key *key,
                               const struct hc_secret *passphrase, const struct hc_cert *cert, struct hc_err *e)
{
    HC_BUF_SECRET(key_pem, HC_KEY_PEM_MAX);
    HC_BUF_AUTO(cert_pem, 2 * HC_CERT_MAX);
    char path[HC_PATH];

    HC_TRY(e, hc_key_to_pem(key, passphrase, &key_pem, e));
    HC_TRY(e, hc_path_join(path, dir, KEY_FILE, e));
    HC_TRY(e, hc_file_create(path, hc_buf_view(&key_pem), 0600, e));
    HC_TRY(e, read_back(crypto, path, passphrase, cert, e));
    hc_pem_emit(&cert_pem, HC_PEM_CERTIFICATE, cert->der);
    HC_TRY(e, hc_buf_check(&cert_pem, e));
    HC_TRY(e, hc_path_join(path, dir, CERT_FILE, e));
    return hc_file_create(path, hc_buf_view(&cert_pem), 0644, e);
}

struct hc_rc hc_init_stick_write(const struct hc_crypto *crypto, const char *dir, const struct hc_key *key,
                                 const struct hc_secret *passphrase, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, hc_init_stick_check(dir, e)); /* so that what is removed after a failure is ours */
    hc_dir_sweep(dir);                      /* half a key, of a run that was killed; no two write to one stick */
    rc = write_both(crypto, dir, key, passphrase, cert, e);
    if (hc_failed(rc) && rc.code != HC_E_FILE_EXISTS)
        hc_init_stick_remove(dir);
    return rc;
}

void hc_init_stick_remove(const char *dir)
{
    static const char *const names[] = {KEY_FILE, CERT_FILE};
    struct hc_err ignored = {0};
    char path[HC_PATH];

    for (size_t i = 0; i < HC_COUNT(names); i++) {
        if (hc_ok(hc_path_join(path, dir, names[i], &ignored)))
            (void)unlink(path);
    }
}

/* ---- a root from elsewhere ---- */

static struct hc_rc check_self_signed(const struct hc_crypto *crypto, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    struct hc_rc rc;

    if (!hc_cert_self_issued(cert) || cert->subject_empty)
        return HC_FAIL(e, HC_E_BUNDLE, "the certificate is not signed by itself, so it is no root");
    HC_TRY(e, hc_spki_strength(crypto, cert->spki, e));
    rc = hc_spki_verify(crypto, cert->spki, &what, e);
    if (rc.code == HC_E_BAD_SIGNATURE || rc.code == HC_E_CERT_WEAK_SIGNATURE)
        return HC_FAIL(e, HC_E_BUNDLE,
                       "the root's signature is not its own key's, or of a kind that is no longer safe");
    return rc;
}

static struct hc_rc check_ca(const struct hc_cert *cert, int64_t now, struct hc_err *e)
{
    const uint32_t needs = HC_KU_CERT_SIGN | HC_KU_CRL_SIGN;
    char when[HC_TIME_TEXT];

    if (!cert->is_ca || !cert->bc_critical)
        return HC_FAIL(e, HC_E_BUNDLE, "the certificate is not a CA's (critical basicConstraints with cA)");
    if (!cert->has_ku || (cert->ku & needs) != needs)
        return HC_FAIL(e, HC_E_BUNDLE, "the root may not sign certificates and CRLs (keyCertSign and cRLSign)");
    if (cert->has_pathlen && cert->pathlen < 1)
        return HC_FAIL(e, HC_E_BUNDLE, "the root's path length of 0 allows no issuing CA below it");
    if (cert->ski.n == 0)
        return HC_FAIL(e, HC_E_BUNDLE, "the root has no subject key identifier, by which its CRLs are found");
    if (now < cert->not_before || now > cert->not_after)
        return HC_FAIL(e, HC_E_BUNDLE, "the root's time is not running: it %s %s",
                       now < cert->not_before ? "begins at" : "ended at",
                       hc_time_text(now < cert->not_before ? cert->not_before : cert->not_after, when));
    return HC_OK;
}

struct hc_rc hc_init_adopt(const struct hc_crypto *crypto, struct hc_bytes pem, int64_t now, struct hc_cert **out,
                           struct hc_err *e)
{
    HC_CERT_LIST(certs);
    struct hc_rc rc = hc_pem_parse_certs(pem, 1, &certs, e);

    if (hc_failed(rc) && rc.code != HC_E_NOMEM) {
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_BUNDLE, "the file is not one root certificate: %s", why.text);
    }
    HC_TRY(e, rc);
    HC_TRY(e, check_ca(certs.cert[0], now, e));
    HC_TRY(e, check_self_signed(crypto, certs.cert[0], e));
    *out = hc_cert_ref(certs.cert[0]);
    return HC_OK;
}
