/* probe_identity.c - by what a probe judges and as whom it comes. */
#include "cmd/probe_identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority/home.h"
#include "base/clock.h"
#include "cmd/passphrase.h"
#include "pki/pem.h"

#define HOME_IDENTITIES 4096 /* directories that are looked into; hc_probe_fit keeps the first HC_PROBE_FITS */

void hc_probe_identity_fini(struct hc_probe_identity *id)
{
    hc_cert_list_fini(&id->chain);
    hc_key_free(id->key);
    hc_revocation_free(id->crls);
    hc_bundle_free(id->bundle);
}

/* --- chain and key ------------------------------------------------------------------------------------------------ */

static struct hc_rc read_key(const struct hc_opts *opts, const struct hc_crypto *c, const char *path,
                             struct hc_key **out, struct hc_err *e)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_secret) passphrase = NULL;
    HC_TRY(e, hc_file_read(path, &pem, e));
    struct hc_rc rc = hc_key_from_pem(c, hc_buf_view(&pem), NULL, out, e);
    if (rc.code == HC_E_PASSPHRASE_NEEDED) {
        const struct hc_passphrase_from from = {
            .file = hc_opts_value(opts, "passphrase-file"),
            .fd = hc_opts_value(opts, "passphrase-fd"),
            .option = "passphrase",
            .prompt = "Passphrase of the key",
        };
        HC_TRY(e, hc_passphrase_get(&from, &passphrase, e));
        rc = hc_key_from_pem(c, hc_buf_view(&pem), passphrase, out, e);
    }
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

static struct hc_rc keep_path(const char *path, char out[HC_PATH], struct hc_err *e)
{
    if (strlen(path) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path is longer than %d bytes", HC_PATH - 1);
    memcpy(out, path, strlen(path) + 1);
    return HC_OK;
}

static struct hc_rc read_pair(const struct hc_opts *opts, const struct hc_crypto *c, const char *cert, const char *key,
                              struct hc_probe_identity *id, struct hc_err *e)
{
    HC_TRY(e, hc_pem_load_certs(cert, HC_PATH_PRESENTED, &id->chain, e));
    return read_key(opts, c, key, &id->key, e);
}

/* NAME as it was issued, or the name of the directory: an identity with a label has one of its own. */
static struct hc_rc find_identity(const char *home, const char *name, char dir[HC_PATH], struct hc_err *e)
{
    char identities[HC_PATH];
    struct hc_err unused;
    HC_AUTO(hc_name) typed = NULL;
    const struct hc_bytes text = hc_bytes_str(name);
    bool parsed = hc_ok(hc_name_guess(text, HC_NAME_WILDCARD, &typed, &unused)) ||
                  hc_ok(hc_name_parse(text, HC_NAME_WILDCARD, &typed, &unused));
    if (*home == '\0')
        return HC_FAIL(e, HC_E_FILE_MISSING, "there is no home in which %s could lie; give --cert and --key", name);
    if (parsed && hc_ok(hc_home_identity_dir(home, typed, NULL, dir, &unused)) && hc_file_exists(dir))
        return HC_OK;
    HC_TRY(e, hc_home_path(home, HC_HOME_IDENTITIES, identities, e));
    if (*name != '\0' && *name != '.' && !strchr(name, '/') && hc_ok(hc_path_join(dir, identities, name, &unused)) &&
        hc_file_exists(dir))
        return HC_OK;
    return HC_FAIL(e, HC_E_FILE_MISSING, "there is no identity %s in %s; handclasp list shows them", name, identities);
}

static struct hc_rc read_home_identity(const struct hc_invocation *in, const struct hc_crypto *c, const char *name,
                                       struct hc_probe_identity *id, struct hc_err *e)
{
    char cert[HC_PATH], key[HC_PATH];
    HC_TRY(e, find_identity(in->home, name, id->dir, e));
    HC_TRY(e, hc_path_join(cert, id->dir, "chain.pem", e));
    HC_TRY(e, hc_path_join(key, id->dir, "key.pem", e));
    HC_TRY(e, keep_path(name, id->label, e));
    return read_pair(in->opts, c, cert, key, id, e);
}

static struct hc_rc read_own(const struct hc_invocation *in, const struct hc_crypto *c, struct hc_probe_identity *id,
                             struct hc_err *e)
{
    const char *cert = hc_opts_value(in->opts, "cert"), *key = hc_opts_value(in->opts, "key");
    const char *as = hc_opts_value(in->opts, "as");
    if (as && (cert || key))
        return HC_FAIL(e, HC_E_USAGE, "--as goes without --cert and --key: it names both");
    if (key && !cert)
        return HC_FAIL(e, HC_E_USAGE, "--key is given without the certificate that it belongs to: --cert FILE");
    if (as)
        return read_home_identity(in, c, as, id, e);
    if (!cert)
        return HC_OK;
    HC_TRY(e, keep_path(cert, id->label, e));
    struct hc_rc rc = read_pair(in->opts, c, cert, key ? key : cert, id, e); /* one file may hold both */
    if (rc.code == HC_E_PEM && !key && id->chain.n > 0)
        return HC_FAIL(e, HC_E_USAGE, "%s holds no private key; say where it is with --key FILE", cert);
    return rc;
}

/* --- bundle and CRLs ---------------------------------------------------------------------------------------------- */

static struct hc_rc find_bundle(const struct hc_invocation *in, const struct hc_probe_identity *id, char path[HC_PATH],
                                bool *of_home, struct hc_err *e)
{
    const char *said = hc_opts_value(in->opts, "bundle");
    path[0] = '\0';
    *of_home = false;
    if (said)
        return keep_path(said, path, e);
    if (*in->home == '\0')
        return HC_OK;
    if (*id->dir)
        HC_TRY(e, hc_path_join(path, id->dir, "bundle.pem", e));
    if (path[0] == '\0' || !hc_file_exists(path))
        HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, path, e));
    *of_home = hc_file_exists(path);
    if (!*of_home)
        path[0] = '\0';
    return HC_OK;
}

/* Of a CRL that was asked for by name every fault counts, unless it is ordinary (revocation.h). */
static void remember(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct hc_probe_identity *id = ctx;
    bool ordinary = code == HC_E_CRL_UNKNOWN_ISSUER || code == HC_E_CRL_STALE || code == HC_E_CRL_INDIRECT ||
                    code == HC_E_CRL_OLDER;
    if (ordinary || id->crls_error.code != HC_OK_CODE)
        return;
    hc_ignore(HC_FAIL(&id->crls_error, code, "%s: %s", source ? source : "a CRL", text ? text : ""));
}

static struct hc_rc load_crls(const struct hc_crypto *c, const char *const *path, size_t n,
                              struct hc_probe_identity *id, struct hc_err *e)
{
    const struct hc_revocation_input input = {
        .bundle = id->bundle,
        .now = hc_time_now(),
        .alarm = remember,
        .alarm_ctx = id,
    };
    HC_TRY(e, hc_revocation_load(c, path, n, &input, &id->crls, e));
    if (id->crls_error.code == HC_OK_CODE)
        return HC_OK;
    *e = id->crls_error;
    return (struct hc_rc){e->code};
}

static struct hc_rc read_crls(const struct hc_invocation *in, const struct hc_crypto *c, bool of_home,
                              struct hc_probe_identity *id, struct hc_err *e)
{
    char home[HC_PATH];
    size_t n = 0;
    const char **path = calloc(hc_opts_count(in->opts) + 1, sizeof *path);
    if (!path)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the list of CRLs");
    for (size_t i = 0; i < hc_opts_count(in->opts); i++)
        if (strcmp(hc_opts_at(in->opts, i).option->name, "crl") == 0)
            path[n++] = hc_opts_at(in->opts, i).value;
    struct hc_rc rc = HC_OK;
    if (n == 0 && of_home && hc_ok(hc_home_path(in->home, HC_HOME_CRLS, home, e)) && hc_file_exists(home))
        path[n++] = home;
    if (n > 0)
        rc = load_crls(c, path, n, id, e);
    free(path);
    return rc;
}

struct hc_rc hc_probe_identity_read(const struct hc_invocation *in, const struct hc_crypto *c,
                                    struct hc_probe_identity *out, struct hc_err *e)
{
    char path[HC_PATH];
    bool of_home;
    out->home = in->home;
    HC_TRY(e, read_own(in, c, out, e));
    HC_TRY(e, find_bundle(in, out, path, &of_home, e));
    if (path[0] != '\0')
        HC_TRY(e, hc_bundle_load(c, path, hc_time_now(), &out->bundle, e));
    return read_crls(in, c, of_home, out, e);
}

/* --- which identities of the home would fit ----------------------------------------------------------------------- */

static void offer_one(struct hc_probe_identity *id, struct hc_probe *probe, const char *dir, const char *name)
{
    struct hc_err unused;
    char below[HC_PATH], path[HC_PATH];
    HC_CERT_LIST(chain);
    if (hc_failed(hc_path_join(below, dir, name, &unused)) ||
        hc_failed(hc_path_join(path, below, "chain.pem", &unused)) ||
        hc_failed(hc_pem_load_certs(path, HC_PATH_PRESENTED, &chain, &unused)))
        return;
    if (id->chain.n > 0 && hc_cert_eq(id->chain.cert[0], chain.cert[0]))
        return; /* the probe has held it already */
    hc_probe_fit(probe, name, chain.cert, chain.n);
}

struct hc_rc hc_probe_identity_offer(void *ctx, struct hc_probe *probe, struct hc_err *e)
{
    struct hc_probe_identity *id = ctx;
    struct hc_names names = {.n = 0};
    struct hc_err unused;
    char dir[HC_PATH];
    if (*id->home == '\0')
        return HC_OK;
    HC_TRY(e, hc_home_path(id->home, HC_HOME_IDENTITIES, dir, e));
    if (hc_failed(hc_dir_list(dir, "", HOME_IDENTITIES, &names, &unused)))
        return HC_OK;
    for (size_t i = 0; i < names.n && probe->n_fits < HC_PROBE_FITS; i++)
        offer_one(id, probe, dir, names.name[i]);
    hc_names_fini(&names);
    return HC_OK;
}
