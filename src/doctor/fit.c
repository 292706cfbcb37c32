/* fit.c - would this identity be acceptable to the server? Held against its CertificateRequest. */
#include "doctor/probe.h"

#include "base/clock.h"
#include "base/escape.h"
#include "doctor/probe_words.h"

/* Reasons, one after the other. */
static void add_reason(struct hc_buf *why, const char *text)
{
    if (why->n > 0)
        hc_buf_add_str(why, "; ");
    hc_buf_add_str(why, text);
}

static void check_dates(const struct hc_cert *leaf, int64_t now, struct hc_buf *why)
{
    char age[HC_AGE_TEXT];
    if (now > leaf->not_after) { /* notAfter is the last second that counts [RFC 5280 4.1.2.5] */
        add_reason(why, "it expired ");
        hc_buf_addf(why, "%s ago", hc_age_text(now - leaf->not_after, age));
    } else if (now < leaf->not_before) {
        add_reason(why, "it becomes valid only in ");
        hc_buf_add_str(why, hc_age_text(leaf->not_before - now, age));
    }
}

static void check_purpose(const struct hc_cert *leaf, struct hc_buf *why)
{
    if (leaf->is_ca)
        add_reason(why, "it is a CA's certificate");
    else if (leaf->has_eku && !(leaf->eku & (HC_EKU_CLIENT | HC_EKU_ANY)))
        add_reason(why, "it is not for clients (extended key usage)");
    /* "the digitalSignature bit MUST be set" for a client's key [RFC 8446 4.4.2.3] */
    else if (leaf->has_ku && !(leaf->ku & HC_KU_DIGITAL_SIGNATURE))
        add_reason(why, "its key may not sign (key usage)");
}

/* Does any certificate of the chain come from that authority [RFC 8446 4.2.4]? */
static const struct hc_bytes *named_authority(const struct hc_tls_certificate_request *request,
                                              struct hc_cert *const *chain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < request->n_authorities; k++)
            if (hc_dn_eq(chain[i]->issuer, request->authority[k]))
                return &request->authority[k];
    return NULL;
}

static void check_authority(const struct hc_tls_certificate_request *request, struct hc_cert *const *chain, size_t n,
                            struct hc_buf *why)
{
    if (request->n_authorities == 0 || named_authority(request, chain, n))
        return;
    add_reason(why, "its authority is not among those that the server names: ");
    hc_dn_text(chain[n - 1]->issuer, why);
    if (request->more > 0)
        hc_buf_addf(why, " (of %zu names the first %zu were compared)", request->n_authorities + request->more,
                    request->n_authorities);
}

/* Signature schemes [RFC 8446 4.2.3]. */
enum {
    RSA_PKCS1_SHA256 = 0x0401,
    ECDSA_P256_SHA256 = 0x0403,
    RSA_PKCS1_SHA384 = 0x0501,
    ECDSA_P384_SHA384 = 0x0503,
    RSA_PKCS1_SHA512 = 0x0601,
    ECDSA_P521_SHA512 = 0x0603,
    RSA_PSS_SHA256 = 0x0804,
    RSA_PSS_SHA512 = 0x0806, /* and SHA-384 between them */
    ED25519 = 0x0807,
};

/* Can a key of the kind sign so? TLS 1.2 does not bind ECDSA to a curve, and has RSA with the padding of PKCS #1 too
 * [RFC 5246 7.4.1.4.1]. */
static bool signs(enum hc_key_kind kind, uint16_t scheme, bool tls12)
{
    bool ecdsa = scheme == ECDSA_P256_SHA256 || scheme == ECDSA_P384_SHA384 || scheme == ECDSA_P521_SHA512;
    bool pkcs1 = scheme == RSA_PKCS1_SHA256 || scheme == RSA_PKCS1_SHA384 || scheme == RSA_PKCS1_SHA512;
    switch (kind) {
    case HC_KEY_P256:
        return scheme == ECDSA_P256_SHA256 || (tls12 && ecdsa);
    case HC_KEY_P384:
        return scheme == ECDSA_P384_SHA384 || (tls12 && ecdsa);
    case HC_KEY_P521:
        return scheme == ECDSA_P521_SHA512 || (tls12 && ecdsa);
    case HC_KEY_ED25519:
        return scheme == ED25519;
    case HC_KEY_RSA:
        break;
    }
    return (scheme >= RSA_PSS_SHA256 && scheme <= RSA_PSS_SHA512) || (tls12 && pkcs1);
}

static uint16_t common_scheme(const struct hc_probe *p, const struct hc_cert *leaf)
{
    const struct hc_tls_codes *wanted = &p->main.request->signatures;
    enum hc_key_kind kind = hc_key_kind_of(leaf->spki);
    bool tls12 = p->main.agreed.version != 0 && p->main.agreed.version < HC_TLS_1_3;
    for (size_t i = 0; i < wanted->n; i++)
        if (signs(kind, wanted->code[i], tls12))
            return wanted->code[i];
    return 0;
}

static void check_signature(const struct hc_probe *p, const struct hc_cert *leaf, struct hc_buf *why)
{
    if (p->main.request->signatures.n == 0 || common_scheme(p, leaf) != 0)
        return;
    add_reason(why, "the server accepts no signature that its key can make: ");
    hc_probe_words_key(leaf, why);
}

static void praise(const struct hc_probe *p, struct hc_cert *const *chain, size_t n, struct hc_buf *out)
{
    const struct hc_tls_certificate_request *request = p->main.request;
    const struct hc_bytes *authority = named_authority(request, chain, n);
    uint16_t scheme = common_scheme(p, chain[0]);
    if (authority) {
        hc_buf_add_str(out, "the server names its authority, ");
        hc_dn_text(*authority, out);
    } else {
        hc_buf_add_str(out, "the server names no authority, so any may do");
    }
    if (scheme != 0 && hc_tls_signature_text(scheme))
        hc_buf_addf(out, "; its key signs %s", hc_tls_signature_text(scheme));
}

static bool was_presented(const struct hc_probe *p, const struct hc_cert *leaf)
{
    const struct hc_probe_spec *spec = p->spec;
    return p->main.n_sent > 0 && spec && spec->n_chain > 0 && hc_cert_eq(spec->chain[0], leaf);
}

static void keep_name(const struct hc_cert *leaf, struct hc_fit *fit)
{
    HC_BUF_AUTO(name, HC_PROBE_WORDS_MAX);
    hc_probe_words_name(leaf, &name);
    HC_PROBE_WORDS_KEEP(fit->name, hc_buf_view(&name));
}

static void keep_label(const char *label, struct hc_fit *fit)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_escape_text(&text, hc_bytes_str(label));
    HC_PROBE_WORDS_KEEP(fit->label, hc_buf_view(&text));
}

void hc_probe_fit(struct hc_probe *p, const char *label, struct hc_cert *const *chain, size_t n)
{
    HC_BUF_AUTO(why, HC_PROBE_WORDS_MAX);
    if (p->n_fits == HC_PROBE_FITS || n == 0)
        return;
    struct hc_fit *fit = &p->fit[p->n_fits++];
    *fit = (struct hc_fit){.used = was_presented(p, chain[0])};
    keep_label(label, fit);
    keep_name(chain[0], fit);
    if (!p->main.request) {
        add_reason(&why, p->main.has_request ? "what the server asks for could not be read"
                                             : "the server did not ask for a certificate");
    } else {
        check_dates(chain[0], p->now, &why);
        check_purpose(chain[0], &why);
        check_authority(p->main.request, chain, n, &why);
        check_signature(p, chain[0], &why);
        fit->fits = why.n == 0 && why.failed == HC_OK_CODE;
        if (fit->fits)
            praise(p, chain, n, &why);
    }
    HC_PROBE_WORDS_KEEP(fit->text, hc_buf_view(&why));
}
