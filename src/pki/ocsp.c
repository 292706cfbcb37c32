/* ocsp.c - reads one OCSP response; the grammar is RFC 6960 4.2.1. What it is worth: ocsp_check.c. */
#include "pki/ocsp.h"

#include <stdlib.h>

#include "base/file.h"
#include "pki/cert_ext.h"
#include "pki/dn.h"
#include "pki/ocsp_parts.h"
#include "pki/oid.h"

#define EXTENSIONS_MAX 16 /* bounds the search for duplicates; five are defined */

static struct hc_rc malformed(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_OCSP_MALFORMED, "%s is malformed", what);
}

/* producedAt, thisUpdate, nextUpdate and revocationTime are GeneralizedTime, before 2050 too. */
static int64_t read_time(struct hc_der *d)
{
    if (!hc_der_is(d, HC_DER_GENERALIZEDTIME))
        hc_der_fail(d);
    return hc_der_time(d, NULL);
}

/*
 * Extensions: none is asked for. The nonce is ignored: who is not the one that asked cannot know it. A critical
 * extension that is not known makes the response useless [RFC 6960 4.4].
 */
static struct hc_rc read_extensions(struct hc_der *d, struct hc_err *e)
{
    struct hc_bytes seen[EXTENSIONS_MAX];
    struct hc_der wrapper = hc_der_enter(d, HC_DER_CONTEXT_CONSTRUCTED(1));
    struct hc_der exts = hc_der_enter(&wrapper, HC_DER_SEQUENCE);
    size_t n = 0;

    hc_der_leave(d, &wrapper);
    do { /* Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension */
        bool critical;

        if (n == EXTENSIONS_MAX)
            return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it carries more than %d extensions in one place", EXTENSIONS_MAX);
        hc_cert_ext_next(&exts, &seen[n], &critical);
        if (exts.failed || d->failed)
            return malformed("its list of extensions", e);
        for (size_t i = 0; i < n; i++)
            if (hc_bytes_eq(seen[i], seen[n]))
                return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it carries an extension twice");
        if (critical && !hc_bytes_eq(seen[n], HC_OID_OCSP_NONCE))
            return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it carries an unknown critical extension");
        n++;
    } while (!hc_der_at_end(&exts));
    return HC_OK;
}

/* The hashAlgorithm of a CertID; its parameters are absent or NULL. */
static enum hc_ocsp_hash read_hash(struct hc_der *id)
{
    struct hc_der alg = hc_der_enter(id, HC_DER_SEQUENCE);
    struct hc_bytes oid = hc_der_oid(&alg);
    enum hc_ocsp_hash hash = hc_bytes_eq(oid, HC_OID_SHA1)     ? HC_OCSP_SHA1
                             : hc_bytes_eq(oid, HC_OID_SHA256) ? HC_OCSP_SHA256
                                                               : HC_OCSP_OTHER_HASH;

    if (!hc_der_at_end(&alg)) {
        if (hash == HC_OCSP_OTHER_HASH)
            hc_der_any(&alg, NULL);
        else
            hc_der_null(&alg);
    }
    hc_der_leave(id, &alg);
    return hash;
}

/* CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash OCTET STRING, serialNumber INTEGER } */
static void read_cert_id(struct hc_der *single, struct hc_ocsp_answer *a)
{
    struct hc_der id = hc_der_enter(single, HC_DER_SEQUENCE);
    size_t want;

    a->hash = read_hash(&id);
    a->name_hash = hc_der_get(&id, HC_DER_OCTETS);
    a->key_hash = hc_der_get(&id, HC_DER_OCTETS);
    a->serial = hc_der_integer(&id);
    want = a->hash == HC_OCSP_SHA1 ? HC_SHA1_SIZE : HC_SHA256_SIZE;
    if (a->hash != HC_OCSP_OTHER_HASH && (a->name_hash.n != want || a->key_hash.n != want))
        hc_der_fail(&id);
    hc_der_leave(single, &id);
}

/* RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL } */
static void read_revoked(struct hc_der *single, struct hc_ocsp_answer *a)
{
    struct hc_der info = hc_der_enter(single, HC_DER_CONTEXT_CONSTRUCTED(1));
    struct hc_der explicit;

    a->status = HC_OCSP_REVOKED;
    a->revoked_at = read_time(&info);
    if (hc_der_enter_optional(&info, HC_DER_CONTEXT_CONSTRUCTED(0), &explicit)) {
        int64_t reason = hc_der_enumerated(&explicit, HC_CRL_AA_COMPROMISE);

        if (reason == 7 || reason == 8) /* unused; removeFromCRL, which only a delta CRL may say [RFC 5280 5.3.1] */
            hc_der_fail(&explicit);
        a->reason = (enum hc_crl_reason)reason;
        hc_der_leave(&info, &explicit);
    }
    hc_der_leave(single, &info);
}

/* CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL } */
static void read_status(struct hc_der *single, struct hc_ocsp_answer *a)
{
    uint8_t tag = hc_der_peek(single);

    if (tag == HC_DER_CONTEXT_CONSTRUCTED(1)) {
        read_revoked(single, a);
        return;
    }
    a->status = tag == HC_DER_CONTEXT(0) ? HC_OCSP_GOOD : HC_OCSP_UNKNOWN;
    if (tag != HC_DER_CONTEXT(0) && tag != HC_DER_CONTEXT(2))
        hc_der_fail(single);
    else if (hc_der_get(single, tag).n != 0)
        hc_der_fail(single);
}

/* thisUpdate, nextUpdate [0] EXPLICIT OPTIONAL */
static void read_times(struct hc_der *single, struct hc_ocsp_answer *a)
{
    struct hc_der explicit;

    a->this_update = read_time(single);
    a->next_update = a->this_update + HC_OCSP_AGE;
    if (hc_der_enter_optional(single, HC_DER_CONTEXT_CONSTRUCTED(0), &explicit)) {
        a->next_update = read_time(&explicit);
        hc_der_leave(single, &explicit);
    }
}

static struct hc_rc read_single(struct hc_der *list, struct hc_ocsp_answer *a, struct hc_err *e)
{
    struct hc_der single = hc_der_enter(list, HC_DER_SEQUENCE);

    *a = (struct hc_ocsp_answer){0};
    read_cert_id(&single, a);
    read_status(&single, a);
    read_times(&single, a);
    if (single.failed)
        return malformed("an answer in it", e);
    if (a->next_update < a->this_update)
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "the next update of an answer lies before its own date");
    if (!hc_der_at_end(&single))
        HC_TRY(e, read_extensions(&single, e));
    hc_der_leave(list, &single);
    return list->failed ? malformed("an answer in it", e) : HC_OK;
}

static struct hc_rc read_answers(struct hc_ocsp *o, struct hc_der list, struct hc_err *e)
{
    struct hc_der count = list;
    size_t n = 0;

    for (; !hc_der_at_end(&count) && n <= HC_OCSP_ANSWERS; n++)
        hc_der_any(&count, NULL);
    if (n > HC_OCSP_ANSWERS)
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it holds more than %d answers", HC_OCSP_ANSWERS);
    if (n == 0)
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it holds no answer");
    o->answer = malloc(n * sizeof *o->answer);
    if (!o->answer)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu answers of an OCSP response", n);
    for (; o->n_answers < n; o->n_answers++)
        HC_TRY(e, read_single(&list, &o->answer[o->n_answers], e));
    return HC_OK;
}

/* ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING } */
static void read_responder(struct hc_ocsp *o, struct hc_der *tbs)
{
    struct hc_der explicit;

    if (hc_der_enter_optional(tbs, HC_DER_CONTEXT_CONSTRUCTED(1), &explicit)) {
        o->by_name = hc_der_tlv(&explicit, HC_DER_SEQUENCE);
    } else {
        explicit = hc_der_enter(tbs, HC_DER_CONTEXT_CONSTRUCTED(2));
        o->by_key = hc_der_get(&explicit, HC_DER_OCTETS);
        if (o->by_key.n != HC_SHA1_SIZE)
            hc_der_fail(&explicit);
    }
    hc_der_leave(tbs, &explicit);
}

/*
 * ResponseData ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1, responderID, producedAt, responses SEQUENCE OF,
 *                             responseExtensions [1] EXPLICIT OPTIONAL }
 * A version that is there is either the default, which DER leaves out, or one that is not known.
 */
static struct hc_rc read_tbs(struct hc_ocsp *o, struct hc_err *e)
{
    struct hc_der d = hc_der_init(o->tbs);
    struct hc_der tbs = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der list;

    if (hc_der_is(&tbs, HC_DER_CONTEXT_CONSTRUCTED(0)))
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it says a version; the only one there is, 1, is not written in DER");
    read_responder(o, &tbs);
    if (tbs.failed || (o->by_name.n > 0 && hc_failed(hc_dn_check(o->by_name, "its responder", e))))
        return malformed("its responder's name or key hash", e);
    read_time(&tbs); /* producedAt: the answers' own dates decide */
    list = hc_der_enter(&tbs, HC_DER_SEQUENCE);
    if (tbs.failed)
        return malformed("its date or its list of answers", e);
    HC_TRY(e, read_answers(o, list, e));
    if (!hc_der_at_end(&tbs))
        HC_TRY(e, read_extensions(&tbs, e));
    hc_der_leave(&d, &tbs);
    return d.failed ? malformed("its contents", e) : HC_OK;
}

static struct hc_rc read_cert(struct hc_ocsp *o, struct hc_der *list, struct hc_err *e)
{
    struct hc_bytes der = hc_der_tlv(list, HC_DER_SEQUENCE);
    struct hc_cert *cert = NULL;
    struct hc_rc rc;

    if (list->failed)
        return malformed("its list of certificates", e);
    rc = hc_cert_parse(der, &cert, e);
    if (hc_failed(rc) && rc.code != HC_E_NOMEM) {
        struct hc_err why = *e;

        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "a certificate in it cannot be read: %s", why.text);
    }
    HC_TRY(e, rc);
    return hc_cert_list_take(&o->certs, cert, e);
}

/* certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL */
static struct hc_rc read_certs(struct hc_ocsp *o, struct hc_der *basic, struct hc_err *e)
{
    struct hc_der explicit;
    struct hc_der list;

    if (!hc_der_enter_optional(basic, HC_DER_CONTEXT_CONSTRUCTED(0), &explicit))
        return HC_OK;
    list = hc_der_enter(&explicit, HC_DER_SEQUENCE);
    hc_der_leave(basic, &explicit);
    while (!hc_der_at_end(&list)) {
        if (o->certs.n == HC_OCSP_CERTS)
            return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it holds more than %d certificates", HC_OCSP_CERTS);
        HC_TRY(e, read_cert(o, &list, e));
    }
    return basic->failed ? malformed("its list of certificates", e) : HC_OK;
}

/* BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature BIT STRING, certs } */
static struct hc_rc read_basic(struct hc_ocsp *o, struct hc_bytes der, struct hc_err *e)
{
    struct hc_der d = hc_der_init(der);
    struct hc_der basic = hc_der_enter(&d, HC_DER_SEQUENCE);

    o->tbs = hc_der_tlv(&basic, HC_DER_SEQUENCE);
    o->sig_alg = hc_cert_ext_algorithm(&basic);
    o->signature = hc_der_bitstring_bytes(&basic);
    if (basic.failed)
        return malformed("its signed part or its signature", e);
    HC_TRY(e, read_certs(o, &basic, e));
    hc_der_leave(&d, &basic);
    if (d.failed || !hc_der_at_end(&d))
        return malformed("what follows its signature", e);
    return read_tbs(o, e);
}

/* OCSPResponseStatus other than successful; 4 is not used. */
static struct hc_rc fail_status(int64_t status, struct hc_err *e)
{
    static const char *const text[] = {
        [1] = "malformedRequest", [2] = "internalError", [3] = "tryLater", [5] = "sigRequired", [6] = "unauthorized",
    };

    if (status == 4)
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "its status is 4, which means nothing");
    return HC_FAIL(e, HC_E_OCSP_UNKNOWN, "the responder answered %s", text[status]);
}

/*
 * OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
 * ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
 */
static struct hc_rc read_all(struct hc_ocsp *o, struct hc_err *e)
{
    struct hc_der d = hc_der_init(o->der);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    int64_t status = hc_der_enumerated(&seq, 6);
    struct hc_der explicit;
    struct hc_der typed;
    struct hc_bytes type;
    struct hc_bytes basic;

    if (!seq.failed && status != 0 && hc_der_at_end(&seq) && hc_der_at_end(&d))
        return fail_status(status, e);
    explicit = hc_der_enter(&seq, HC_DER_CONTEXT_CONSTRUCTED(0));
    typed = hc_der_enter(&explicit, HC_DER_SEQUENCE);
    type = hc_der_oid(&typed);
    basic = hc_der_get(&typed, HC_DER_OCTETS);
    hc_der_leave(&explicit, &typed);
    hc_der_leave(&seq, &explicit);
    hc_der_leave(&d, &seq);
    if (d.failed || !hc_der_at_end(&d) || status != 0)
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it is not one whole OCSP response in strict DER");
    if (!hc_bytes_eq(type, HC_OID_OCSP_BASIC))
        return HC_FAIL(e, HC_E_OCSP_MALFORMED, "it is of another type than id-pkix-ocsp-basic");
    return read_basic(o, basic, e);
}

struct hc_rc hc_ocsp_parse(struct hc_bytes der, struct hc_ocsp **out, struct hc_err *e)
{
    HC_AUTO(hc_ocsp) o = NULL;

    if (der.n > HC_OCSP_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the OCSP response has %zu bytes, and at most %d are accepted", der.n,
                       HC_OCSP_MAX);
    o = malloc(sizeof *o + der.n);
    if (!o)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for an OCSP response of %zu bytes", der.n);
    memset(o, 0, sizeof *o);
    if (der.n)
        memcpy(o + 1, der.p, der.n);
    o->der = hc_bytes_of(o + 1, der.n);
    HC_TRY(e, read_all(o, e));
    *out = HC_GIVE(o);
    return HC_OK;
}

struct hc_rc hc_ocsp_load(const char *path, struct hc_ocsp **out, struct hc_err *e)
{
    HC_BUF_AUTO(file, HC_OCSP_MAX);
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(path, &file, e));
    rc = hc_ocsp_parse(hc_buf_view(&file), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
}

void hc_ocsp_free(struct hc_ocsp *o)
{
    if (!o)
        return;
    hc_cert_list_fini(&o->certs);
    free(o->answer);
    free(o);
}
