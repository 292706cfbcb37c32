/* inspect_read.c - reads one thing of each kind. What breaks a rule is kept, with the rule. */
#include "asn1/derw.h"
#include "crypto/key.h"
#include "crypto/pbe.h"
#include "crypto/spki.h"
#include "doctor/inspect_inside.h"
#include "pki/oid.h"
#include "pki/pem.h"

/* The parser refused it: that is told, with what can be read all the same. Lack of memory ends everything. */
static struct hc_rc keep_refusal(struct hc_inspect_item *item, struct hc_rc rc, const struct hc_err *why,
                                 struct hc_err *e)
{
    if (hc_ok(rc))
        return HC_OK;
    if (rc.code == HC_E_NOMEM) {
        *e = *why;
        return rc;
    }
    item->refused = *why;
    hc_inspect_facts_read(item);
    return HC_OK;
}

static struct hc_rc new_item(struct hc_inspect_place *at, enum hc_inspect_kind kind, struct hc_bytes der,
                             struct hc_inspect_item **out, struct hc_err *e)
{
    HC_TRY(e, hc_inspection_item(at, kind, out, e));
    hc_buf_add(&(*out)->der, der);
    return hc_buf_check(&(*out)->der, e);
}

static struct hc_rc read_certificate(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    struct hc_inspect_item *item;
    struct hc_err why;
    HC_TRY(e, new_item(at, HC_INSPECT_CERTIFICATE, der, &item, e));
    return keep_refusal(item, hc_cert_parse(der, &item->cert, &why), &why, e);
}

static struct hc_rc read_request(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    struct hc_inspect_item *item;
    struct hc_err why;
    HC_TRY(e, new_item(at, HC_INSPECT_REQUEST, der, &item, e));
    return keep_refusal(item, hc_csr_parse(at->in->c, der, &item->csr, &why), &why, e);
}

static struct hc_rc read_crl(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    struct hc_inspect_item *item;
    struct hc_err why;
    HC_TRY(e, new_item(at, HC_INSPECT_CRL, der, &item, e));
    return keep_refusal(item, hc_crl_parse(der, &item->crl, &why), &why, e);
}

static struct hc_rc read_ocsp(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    struct hc_inspect_item *item;
    struct hc_err why;
    HC_TRY(e, new_item(at, HC_INSPECT_OCSP, der, &item, e));
    return keep_refusal(item, hc_ocsp_parse(der, &item->ocsp, &why), &why, e);
}

/* ---- keys ---- */

/* Of everything in one file: some four seconds. */
#define FILE_ROUNDS (2 * HC_PBE_ROUNDS_MAX)
#define KEY_LONG 16384 /* bytes of PEM: RSA of 8192 bits has 6400; what is longer is refused and costs no more */

struct hc_rc hc_inspect_read_public(struct hc_inspect_place *at, struct hc_bytes spki, struct hc_err *e)
{
    struct hc_inspect_item *item;
    struct hc_err why;
    HC_TRY(e, new_item(at, HC_INSPECT_PUBLIC_KEY, spki, &item, e));
    hc_buf_add(&item->spki, spki);
    HC_TRY(e, hc_buf_check(&item->spki, e));
    return keep_refusal(item, hc_spki_strength(at->in->c, spki, &why), &why, e);
}

/* RSA alone, without saying so [RFC 8017 A.1.1]: put where certificates have it. */
static struct hc_rc read_public_rsa(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    HC_BUF_AUTO(spki, 2 * HC_CERT_MAX);
    size_t all = hc_derw_begin(&spki, HC_DER_SEQUENCE), algorithm = hc_derw_begin(&spki, HC_DER_SEQUENCE);
    hc_derw_oid(&spki, HC_OID_RSA_ENCRYPTION);
    hc_derw_null(&spki);
    hc_derw_end(&spki, algorithm);
    hc_derw_bitstring(&spki, der);
    hc_derw_end(&spki, all);
    HC_TRY(e, hc_buf_check(&spki, e));
    return hc_inspect_read_public(at, hc_buf_view(&spki), e);
}

struct hc_rc hc_inspect_read_held_key(struct hc_inspect_place *at, const struct hc_key *key, bool bare,
                                      struct hc_err *e)
{
    struct hc_inspect_item *item;
    HC_TRY(e, hc_inspection_item(at, HC_INSPECT_PRIVATE_KEY, &item, e));
    item->bare = bare;
    return hc_key_spki(key, &item->spki, e);
}

struct hc_rc hc_inspect_read_refused(struct hc_inspect_place *at, enum hc_inspect_kind kind, const struct hc_err *why,
                                     struct hc_err *e)
{
    struct hc_inspect_item *item;
    HC_TRY(e, hc_inspection_item(at, kind, &item, e));
    item->refused = *why;
    return HC_OK;
}

/* What decoding a key and trying its halves costs at most, by the length of its PEM: under a millisecond for those that
 * people have, and some forty for RSA of 8192 bits. A file of nothing but keys is to be no longer way to pass the time
 * than one of passphrases. */
static uint64_t rounds_of_key(struct hc_bytes pem)
{
    uint64_t n = pem.n < KEY_LONG ? pem.n : KEY_LONG;
    return 2000 + n * n / 200;
}

struct hc_rc hc_inspect_read_key(struct hc_inspect_place *at, struct hc_bytes pem, bool sealed, struct hc_err *e)
{
    HC_AUTO(hc_key) key = NULL;
    struct hc_err why;
    if (!hc_inspect_read_afford(at, rounds_of_key(pem), &why))
        return hc_inspection_problem(at, &why, e);
    struct hc_rc rc = hc_key_from_pem(at->in->c, pem, at->passphrase, &key, &why);
    bool bare = !sealed && !at->sealed;
    if (hc_ok(rc))
        return hc_inspect_read_held_key(at, key, bare, e);
    if (rc.code != HC_E_CERT_WEAK_KEY)
        return hc_inspection_problem(at, &why, e);
    HC_TRY(e, hc_inspect_read_refused(at, HC_INSPECT_PRIVATE_KEY, &why, e));
    at->in->item[at->in->n_items - 1]->bare = bare;
    return HC_OK;
}

/* libcrypto is asked by one door, which takes PEM. */
static struct hc_rc read_key_der(struct hc_inspect_place *at, struct hc_bytes der, const char *label, struct hc_err *e)
{
    HC_BUF_SECRET(pem, 2 * HC_KEY_PEM_MAX);
    struct hc_err why;
    hc_pem_emit(&pem, label, der);
    if (hc_failed(hc_buf_check(&pem, &why)))
        return hc_inspection_problem(at, &why, e);
    return hc_inspect_read_key(at, hc_buf_view(&pem), false, e);
}

bool hc_inspect_read_afford(struct hc_inspect_place *at, uint64_t rounds, struct hc_err *why)
{
    if (rounds <= FILE_ROUNDS && at->rounds + rounds <= FILE_ROUNDS) {
        at->rounds += rounds;
        return true;
    }
    hc_ignore(
        HC_FAIL(why, HC_E_TOO_BIG,
                "opening every private key and everything that is encrypted in this file would take too long; look at "
                "it in a file of its own"));
    return false;
}

/* The rounds of its passphrase are looked at before they are made. */
static struct hc_rc read_sealed_key(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    HC_BUF_AUTO(pem, 2 * HC_KEY_PEM_MAX);
    struct hc_err why;
    struct hc_pbe pbe;
    hc_pbe_read_pkcs8(at->in->c, der, &pbe);
    if (pbe.kind == HC_PBE_LEGACY)
        hc_ignore(
            HC_FAIL(&why, HC_E_KEY_FORMAT,
                    "a private key encrypted by an old, broken cipher (%s) that is not read here; convert it: openssl "
                    "pkcs8 -provider legacy -provider default -in OLD -topk8 -out NEW",
                    pbe.text));
    else if (pbe.kind == HC_PBE_UNKNOWN)
        hc_ignore(HC_FAIL(&why, HC_E_KEY_FORMAT, "a private key that is encrypted %s", pbe.text));
    else if (pbe.rounds > HC_PBE_ROUNDS_MAX)
        hc_ignore(HC_FAIL(&why, HC_E_KEY_FORMAT,
                          "an encrypted private key that asks for more than %llu rounds of key "
                          "derivation, which no honest file does",
                          (unsigned long long)HC_PBE_ROUNDS_MAX));
    else if (!at->passphrase)
        hc_ignore(HC_FAIL(&why, HC_E_PASSPHRASE_NEEDED,
                          "a private key that is encrypted (%s), and no passphrase was given", pbe.text));
    else if (hc_inspect_read_afford(at, pbe.rounds, &why)) {
        hc_pem_emit(&pem, "ENCRYPTED PRIVATE KEY", der);
        HC_TRY(e, hc_buf_check(&pem, e));
        return hc_inspect_read_key(at, hc_buf_view(&pem), true, e);
    }
    return hc_inspection_problem(at, &why, e);
}

/* ---- any ---- */

static struct hc_rc refuse(struct hc_inspect_place *at, enum hc_inspect_shape shape, struct hc_err *e)
{
    struct hc_err why;
    if (shape == HC_INSPECT_SHAPE_OCSP_REQUEST)
        hc_ignore(
            HC_FAIL(&why, HC_E_INSPECT_UNKNOWN, "this is what a client asks an OCSP responder, and not the answer"));
    else if (shape == HC_INSPECT_SHAPE_DSA)
        hc_ignore(HC_FAIL(&why, HC_E_INSPECT_UNKNOWN,
                          "this is a private DSA key, which no TLS of today uses; make a new key"));
    else
        hc_ignore(HC_FAIL(&why, HC_E_INSPECT_UNKNOWN, "this is DER or BER of no kind that is known here"));
    return hc_inspection_problem(at, &why, e);
}

struct hc_rc hc_inspect_read_element(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e)
{
    enum hc_inspect_shape shape = hc_inspect_kind_of(der);
    switch (shape) {
    case HC_INSPECT_SHAPE_CERTIFICATE:
        return read_certificate(at, der, e);
    case HC_INSPECT_SHAPE_REQUEST:
        return read_request(at, der, e);
    case HC_INSPECT_SHAPE_CRL:
        return read_crl(at, der, e);
    case HC_INSPECT_SHAPE_OCSP:
        return read_ocsp(at, der, e);
    case HC_INSPECT_SHAPE_PKCS8:
        return read_key_der(at, der, "PRIVATE KEY", e);
    case HC_INSPECT_SHAPE_SEC1:
        return read_key_der(at, der, "EC PRIVATE KEY", e);
    case HC_INSPECT_SHAPE_PKCS1:
        return read_key_der(at, der, "RSA PRIVATE KEY", e);
    case HC_INSPECT_SHAPE_PKCS8_SEALED:
        return read_sealed_key(at, der, e);
    case HC_INSPECT_SHAPE_SPKI:
        return hc_inspect_read_public(at, der, e);
    case HC_INSPECT_SHAPE_PKCS1_PUBLIC:
        return read_public_rsa(at, der, e);
    case HC_INSPECT_SHAPE_P12:
        return hc_inspect_boxes_p12(at, der, e);
    case HC_INSPECT_SHAPE_P7:
        return hc_inspect_boxes_p7(at, der, e);
    case HC_INSPECT_SHAPE_PARAMETERS:
        return hc_inspection_note(at, e, "these are parameters, which are not looked at: nothing depends on them");
    case HC_INSPECT_SHAPE_DSA:
    case HC_INSPECT_SHAPE_OCSP_REQUEST:
    case HC_INSPECT_SHAPE_UNKNOWN:
        break;
    }
    return refuse(at, shape, e);
}
