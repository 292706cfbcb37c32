/* place.c - paths of a gate's files. */
#include "gate/place.h"

#include <stdio.h>

#include "pki/name.h"

static struct hc_rc below(char out[HC_PATH], const char *home, const char *rest, struct hc_err *e)
{
    if (!home)
        return HC_FAIL(e, HC_E_HOME_MISSING, "the configuration names something of a home, and there is no home");
    return hc_path_join(out, home, rest, e);
}

static struct hc_rc copy(char out[HC_PATH], const char *path, struct hc_err *e)
{
    if (strlen(path) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path is longer than %d bytes", HC_PATH - 1);
    memcpy(out, path, strlen(path) + 1);
    return HC_OK;
}

struct hc_rc hc_place_identity(const char *home, const struct hc_gate_identity *id, char chain[HC_PATH],
                               char key[HC_PATH], struct hc_err *e)
{
    HC_BUF_AUTO(rest, HC_PATH);
    char dir[HC_PATH];
    HC_AUTO(hc_name) name = NULL;

    if (!id->name.s) {
        HC_TRY(e, copy(chain, id->certificate.s, e));
        return copy(key, id->key.s, e);
    }
    HC_TRY(e, hc_name_guess(hc_bytes_str(id->name.s), HC_NAME_PLAIN, &name, e));
    hc_buf_add_str(&rest, "identities/");
    HC_TRY(e, hc_name_dirname(name, &rest, e));
    HC_TRY(e, hc_buf_check(&rest, e));
    HC_TRY(e, below(dir, home, hc_buf_cstr(&rest), e));
    HC_TRY(e, hc_path_join(chain, dir, "chain.pem", e));
    return hc_path_join(key, dir, "key.pem", e);
}

struct hc_rc hc_place_bundle(const char *home, const struct hc_trust_use *use, char out[HC_PATH], struct hc_err *e)
{
    out[0] = 0;
    if (use->bundle->file.s)
        return copy(out, use->bundle->file.s, e);
    return use->bundle->entries.n == 0 && use->home ? below(out, home, "publish/bundle.pem", e) : HC_OK;
}

struct hc_rc hc_place_crls(const char *home, const struct hc_trust_use *use, struct hc_place_crls *out,
                           struct hc_err *e)
{
    const struct hc_conf_strings *crl = &use->revocation->crl;

    out->n = 0;
    for (size_t i = 0; i < crl->n && i < HC_GATECONF_CRLS_MAX; i++)
        out->path[out->n++] = crl->v[i].s;
    if (out->n > 0)
        return HC_OK;
    if (!home)
        return HC_FAIL(e, HC_E_REVOCATION_UNSAID, "nothing says where the CRLs are, and there is no home");
    HC_TRY(e, below(out->from_home, home, "publish/crl", e));
    out->path[out->n++] = out->from_home;
    return HC_OK;
}
