/* inspect_boxes.c - files that hold several things: PKCS #12, PKCS #7, sets of JSON web keys. */
#include "crypto/p12_read.h"
#include "crypto/p7.h"
#include "crypto/pbe.h"
#include "doctor/inspect_inside.h"
#include "doctor/inspect_jwks_json.h"

/* What is in a box is a certificate or a CRL. No further box: each may cost seconds. */
static struct hc_rc take(struct hc_inspect_place *at, struct hc_bytes der, struct hc_bytes name, struct hc_err *e)
{
    enum hc_inspect_shape shape = hc_inspect_kind_of(der);
    struct hc_err why;
    if (shape != HC_INSPECT_SHAPE_CERTIFICATE && shape != HC_INSPECT_SHAPE_CRL) {
        hc_ignore(HC_FAIL(&why, HC_E_DER, "where a certificate should be there is %s", hc_inspect_kind_text(shape)));
        return hc_inspection_problem(at, &why, e);
    }
    at->name = name;
    struct hc_rc rc = hc_inspect_read_element(at, der, e);
    at->name = (struct hc_bytes){NULL, 0};
    return rc;
}

/* ---- PKCS #12 ---- */

static struct hc_rc take_key(struct hc_inspect_place *at, struct hc_p12_read_key key, struct hc_err *e)
{
    at->name = key.name;
    struct hc_rc rc = key.key ? hc_inspect_read_held_key(at, key.key, key.bare, e)
                              : hc_inspect_read_refused(at, HC_INSPECT_PRIVATE_KEY, key.refused, e);
    at->name = (struct hc_bytes){NULL, 0};
    if (hc_ok(rc))
        at->in->item[at->in->n_items - 1]->bare = key.bare;
    return rc;
}

static struct hc_rc take_p12(struct hc_inspect_place *at, const struct hc_p12_read *p12, struct hc_err *e)
{
    for (size_t i = 0; i < hc_p12_read_keys(p12); i++)
        HC_TRY(e, take_key(at, hc_p12_read_key(p12, i), e));
    for (size_t i = 0; i < hc_p12_read_certs(p12); i++) {
        struct hc_bytes name, der = hc_p12_read_cert(p12, i, &name);
        HC_TRY(e, take(at, der, name, e));
    }
    for (size_t i = 0; i < hc_p12_read_crls(p12); i++)
        HC_TRY(e, take(at, hc_p12_read_crl(p12, i), (struct hc_bytes){NULL, 0}, e));
    if (hc_p12_read_others(p12) > 0)
        return hc_inspection_note(at, e, "%zu secrets of applications lie in it too, which are not looked at",
                                  hc_p12_read_others(p12));
    return HC_OK;
}

struct hc_rc hc_inspect_boxes_p12(struct hc_inspect_place *at, struct hc_bytes file, struct hc_err *e)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    struct hc_err why;
    at->in->file[at->file].form = HC_INSPECT_FORM_P12;
    if (!hc_inspect_read_afford(at, HC_PBE_ROUNDS_MAX / 2, &why)) /* four in one file: nobody has two */
        return hc_inspection_problem(at, &why, e);
    if (hc_failed(hc_p12_read_new(at->in->c, file, at->passphrase, &p12, &why)))
        return hc_inspection_problem(at, &why, e);
    return take_p12(at, p12, e);
}

/* ---- PKCS #7 ---- */

struct hc_rc hc_inspect_boxes_p7(struct hc_inspect_place *at, struct hc_bytes file, struct hc_err *e)
{
    HC_AUTO(hc_p7) p7 = NULL;
    struct hc_err why;
    at->in->file[at->file].form = HC_INSPECT_FORM_P7;
    if (hc_failed(hc_p7_new(file, &p7, &why)))
        return hc_inspection_problem(at, &why, e);
    for (size_t i = 0; i < hc_p7_certs(p7); i++)
        HC_TRY(e, take(at, hc_p7_cert(p7, i), (struct hc_bytes){NULL, 0}, e));
    for (size_t i = 0; i < hc_p7_crls(p7); i++)
        HC_TRY(e, take(at, hc_p7_crl(p7, i), (struct hc_bytes){NULL, 0}, e));
    if (hc_p7_is_signature(p7))
        return hc_inspection_note(at, e, "it is a signature over something, which is not judged here");
    return HC_OK;
}

/* ---- JSON web keys ---- */

static void jwks_free(struct hc_inspect_jwks *jwks)
{
    hc_inspect_jwks_json_fini(jwks);
}

/* A key without a public half that could be read: told as what it is, or as a problem when it is no secret. */
static struct hc_rc take_unreadable(struct hc_inspect_place *at, struct hc_inspect_jwk *key, struct hc_err *e)
{
    if (!key->secret && !key->symmetric)
        return hc_inspection_problem(at, &key->refused, e);
    HC_TRY(e, hc_inspect_read_refused(at, HC_INSPECT_PRIVATE_KEY, &key->refused, e));
    return HC_OK;
}

static struct hc_rc take_half(struct hc_inspect_place *at, struct hc_inspect_jwk *key, struct hc_err *e)
{
    if (key->spki.n == 0)
        return take_unreadable(at, key, e);
    HC_TRY(e, hc_inspect_read_public(at, hc_buf_view(&key->spki), e));
    return key->refused.code != HC_OK_CODE ? hc_inspection_problem(at, &key->refused, e) : HC_OK;
}

static struct hc_rc take_jwk(struct hc_inspect_place *at, struct hc_inspect_jwk *key, struct hc_err *e)
{
    size_t before = at->in->n_items;
    at->name = hc_buf_view(&key->kid);
    HC_TRY(e, take_half(at, key, e));
    if (at->in->n_items > before && (key->secret || key->symmetric)) {
        struct hc_inspect_item *item = at->in->item[before];
        item->kind = HC_INSPECT_PRIVATE_KEY;
        item->bare = item->published = true;
        item->symmetric = key->symmetric;
    }
    for (size_t i = 0; i < key->x5c.n; i++)
        HC_TRY(e, take(at, hc_blobs_view(&key->x5c, i), hc_buf_view(&key->kid), e));
    return HC_OK;
}

struct hc_rc hc_inspect_boxes_jwks(struct hc_inspect_place *at, struct hc_bytes text, struct hc_err *e)
{
    __attribute__((cleanup(jwks_free))) struct hc_inspect_jwks jwks = {.n = 0};
    struct hc_err why;
    at->in->file[at->file].form = HC_INSPECT_FORM_JWKS;
    if (hc_failed(hc_inspect_jwks_json_read(text, &jwks, &why)))
        return hc_inspection_problem(at, &why, e);
    if (jwks.n == 0)
        return hc_inspection_note(at, e, "the set holds no keys: whoever verifies by it accepts nothing");
    for (size_t i = 0; i < jwks.n; i++)
        HC_TRY(e, take_jwk(at, &jwks.key[i], e));
    at->name = (struct hc_bytes){NULL, 0};
    return HC_OK;
}
