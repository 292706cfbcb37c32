/*
 * ocsp_check.c - what a response is worth: whether it is about a certificate, who signed it, and what it says (T15).
 *
 * Who may sign [RFC 6960 4.2.2.2]: the issuer with the key that is in its certificate, or a delegate whose certificate
 * that key signed and which names id-kp-OCSPSigning. Nobody is configured by hand, and no key is found by a name alone.
 *
 * A delegate's own revocation is not looked at [RFC 6960 4.2.2.2.1]: to ask for it would be a question to the same
 * delegate. So id-pkix-ocsp-nocheck changes nothing here, neither there nor absent: either way the delegate speaks
 * until its notAfter and no longer, and an issuer keeps that near. What a revoked delegate could do with its key is to
 * clear a certificate of the same issuer; a CRL that condemns it still does.
 *
 * A delegate that is a CA itself is refused. An issuing CA whose purposes name OCSPSigning, by a slip that has happened
 * widely, would otherwise speak for every certificate of the CA above it.
 */
#include "pki/ocsp.h"

#include "base/clock.h"
#include "crypto/spki.h"
#include "pki/dn.h"
#include "pki/ocsp_parts.h"

#define WHO_MAX 2048 /* of a responder's name in a sentence, which is cut far below */

static void hash(enum hc_ocsp_hash kind, struct hc_bytes in, uint8_t out[HC_SHA256_SIZE])
{
    if (kind == HC_OCSP_SHA1)
        hc_sha1(in, out);
    else
        hc_sha256(in, out);
}

/* issuerNameHash is taken over the issuer field of the certificate in question, issuerKeyHash over the bytes of the
 * issuer's key [RFC 6960 4.1.1]. The same serial of another issuer is another certificate. */
static bool about(const struct hc_ocsp_answer *a, const struct hc_cert *cert, const struct hc_cert *issuer)
{
    uint8_t digest[HC_SHA256_SIZE];

    if (a->hash == HC_OCSP_OTHER_HASH || !hc_bytes_eq(a->serial, cert->serial))
        return false;
    hash(a->hash, cert->issuer, digest);
    if (!hc_bytes_eq(a->name_hash, hc_bytes_of(digest, a->name_hash.n)))
        return false;
    hash(a->hash, issuer->spki_key, digest);
    return hc_bytes_eq(a->key_hash, hc_bytes_of(digest, a->key_hash.n));
}

bool hc_ocsp_is_about(const struct hc_ocsp *o, const struct hc_cert *cert, const struct hc_cert *issuer)
{
    for (size_t i = 0; i < o->n_answers; i++)
        if (about(&o->answer[i], cert, issuer))
            return true;
    return false;
}

/* Is this the responder that the response names? Says nothing about the signature. */
static bool names_responder(const struct hc_ocsp *o, const struct hc_cert *cert)
{
    uint8_t digest[HC_SHA1_SIZE];

    if (o->by_name.n > 0)
        return hc_dn_eq(o->by_name, cert->subject);
    hc_sha1(cert->spki_key, digest);
    return hc_bytes_eq(o->by_key, hc_bytes_of(digest, sizeof(digest)));
}

static struct hc_rc fail_delegate(const struct hc_cert *delegate, const char *why, struct hc_err *e)
{
    HC_BUF_AUTO(who, WHO_MAX);

    hc_dn_text(delegate->subject, &who);
    return HC_FAIL(e, HC_E_OCSP_SIGNER, "the responder's certificate (%s) %s", hc_buf_cstr(&who), why);
}

/* What is asked of a response; all borrowed. */
struct question {
    const struct hc_ocsp *o;
    const struct hc_cert *cert;
    const struct hc_cert *issuer;
    int64_t now;
};

/* Everything about a delegate but its signature. Nobody clears the key that is in question with that same key. */
static struct hc_rc check_delegate(const struct question *q, const struct hc_cert *d, struct hc_err *e)
{
    if (!hc_bytes_eq(d->issuer, q->issuer->subject))
        return fail_delegate(d, "names another issuer than the certificate in question", e);
    if (!(d->eku & HC_EKU_OCSP)) /* anyExtendedKeyUsage is not enough: "MUST include id-kp-OCSPSigning" */
        return fail_delegate(d, "is not for signing OCSP responses (id-kp-OCSPSigning)", e);
    if (d->is_ca)
        return fail_delegate(d, "is that of a CA", e);
    if (d->has_ku && !(d->ku & HC_KU_DIGITAL_SIGNATURE))
        return fail_delegate(d, "has a key usage without digitalSignature", e);
    if (d->unknown_critical.n > 0)
        return fail_delegate(d, "carries an unknown critical extension", e);
    if (hc_bytes_eq(d->spki, q->cert->spki))
        return fail_delegate(d, "has the key of the certificate in question", e);
    if (q->now < d->not_before)
        return fail_delegate(d, "is not valid yet", e);
    if (q->now > d->not_after)
        return fail_delegate(d, "has expired", e);
    return HC_OK;
}

/* Any reason why a signature does not hold is the same to the caller, but for want of memory. */
static struct hc_rc verify(const struct hc_crypto *c, struct hc_bytes spki, const struct hc_signed *what,
                           const char *sentence, struct hc_err *e)
{
    struct hc_rc rc = hc_spki_verify(c, spki, what, e);
    struct hc_err why;

    if (hc_ok(rc) || rc.code == HC_E_NOMEM)
        return rc;
    why = *e;
    return HC_FAIL(e, HC_E_OCSP_SIGNER, "%s: %s", sentence, why.text);
}

static struct hc_rc verify_response(const struct hc_crypto *c, const struct hc_ocsp *o, const struct hc_cert *signer,
                                    struct hc_err *e)
{
    struct hc_signed what = {.algorithm = o->sig_alg, .message = o->tbs, .signature = o->signature};

    return verify(c, signer->spki, &what, "the response is not signed by the responder it names", e);
}

/*
 * The first certificate that could be the delegate's, and then its signature and the response's: two verifications at
 * most, whatever a peer puts into the list. On failure the error is about the last one that bears the responder's name.
 */
static struct hc_rc check_delegated(const struct hc_crypto *c, const struct question *q, struct hc_err *e)
{
    const struct hc_cert *named = NULL;

    for (size_t i = 0; i < q->o->certs.n; i++) {
        const struct hc_cert *d = q->o->certs.cert[i];
        struct hc_signed what = {.algorithm = d->sig_alg, .message = d->tbs, .signature = d->signature};

        if (!names_responder(q->o, d))
            continue;
        named = d;
        if (hc_failed(check_delegate(q, d, e)))
            continue;
        HC_TRY(e,
               verify(c, q->issuer->spki, &what, "the responder's certificate is not signed by the issuer's key", e));
        return verify_response(c, q->o, d, e);
    }
    if (named) /* e says why not */
        return (struct hc_rc){HC_E_OCSP_SIGNER};
    return HC_FAIL(e, HC_E_OCSP_SIGNER, "its responder is neither the issuer nor any certificate that came with it");
}

/* Whom the response names as its responder is tried, and nobody else: the issuer only with its own key. */
static struct hc_rc check_signer(const struct hc_crypto *c, const struct question *q, struct hc_err *e)
{
    if (names_responder(q->o, q->issuer))
        return verify_response(c, q->o, q->issuer, e);
    return check_delegated(c, q, e);
}

static struct hc_rc fail_revoked(const struct hc_ocsp_answer *a, struct hc_err *e)
{
    HC_BUF_AUTO(serial, 64);
    char when[HC_TIME_TEXT];

    hc_serial_text(a->serial, &serial);
    return HC_FAIL(e, HC_E_REVOKED, "an OCSP response says that serial %s was revoked at %s (%s)", hc_buf_cstr(&serial),
                   hc_time_text(a->revoked_at, when), hc_crl_reason_text(a->reason));
}

static struct hc_rc check_good(const struct hc_ocsp_answer *a, int64_t now, struct hc_err *e)
{
    char when[HC_TIME_TEXT];

    if (a->status != HC_OCSP_GOOD)
        return HC_FAIL(e, HC_E_OCSP_UNKNOWN, "the responder does not know this certificate");
    if (a->this_update > now + HC_OCSP_SKEW)
        return HC_FAIL(e, HC_E_OCSP_STALE, "its date lies in the future: %s", hc_time_text(a->this_update, when));
    if (now > a->next_update)
        return HC_FAIL(e, HC_E_OCSP_STALE, "it counted until %s", hc_time_text(a->next_update, when));
    return HC_OK;
}

/* Should there be several answers about the same certificate, one that condemns it does, and all must clear it. */
static struct hc_rc check_answers(const struct question *q, struct hc_err *e)
{
    const struct hc_ocsp_answer *a = q->o->answer;

    for (size_t i = 0; i < q->o->n_answers; i++)
        if (a[i].status == HC_OCSP_REVOKED && about(&a[i], q->cert, q->issuer))
            return fail_revoked(&a[i], e);
    for (size_t i = 0; i < q->o->n_answers; i++)
        if (about(&a[i], q->cert, q->issuer))
            HC_TRY(e, check_good(&a[i], q->now, e));
    return HC_OK;
}

struct hc_rc hc_ocsp_check(const struct hc_crypto *c, const struct hc_ocsp *o, const struct hc_cert *cert,
                           const struct hc_cert *issuer, int64_t now, struct hc_err *e)
{
    struct question q = {.o = o, .cert = cert, .issuer = issuer, .now = now};

    if (!hc_ocsp_is_about(o, cert, issuer))
        return HC_FAIL(e, HC_E_OCSP_UNKNOWN, "it has no answer about this certificate of this issuer");
    HC_TRY(e, check_signer(c, &q, e));
    return check_answers(&q, e);
}
