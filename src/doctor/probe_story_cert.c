/* probe_story_cert.c - who is who: certificates, staples, what the server accepts, and what of yours would fit. */
#include "doctor/probe_story_parts.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/text.h"
#include "pki/ocsp.h"

#define AUTHORITIES_SHOWN 12 /* a list that long is read by nobody; the others are counted */

/* --- certificates ------------------------------------------------------------------------------------------------- */

static void put_subject(struct hc_story_row *row, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (cert->subject_empty)
        hc_buf_add_str(&text, "(empty)");
    else
        hc_dn_text(cert->subject, &text);
    hc_story_put(row, "subject", &text);
}

static void put_names(struct hc_story_row *row, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (cert->n_names > 0) {
        hc_probe_words_names(cert, &text);
        hc_story_put(row, "names", &text);
    } else if (!cert->is_ca) {
        hc_story_say(row, "names", "none: it proves no identity; a common name has not counted for years");
    }
}

static void put_dates(struct hc_story_row *row, const struct hc_cert *cert, int64_t now)
{
    char from[HC_TIME_TEXT];
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_buf_addf(&text, "%s to ", hc_time_text(cert->not_before, from));
    hc_text_when(&text, cert->not_after, now);
    hc_story_put(row, "valid", &text);
}

static void put_key(struct hc_story_row *row, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_probe_words_key(cert, &text);
    hc_story_put(row, "key", &text);
}

static void put_issuer(struct hc_story_row *row, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_dn_text(cert->issuer, &text);
    if (hc_cert_self_issued(cert))
        hc_buf_add_str(&text, " (itself)");
    hc_story_put(row, "issuer", &text);
}

static void put_fingerprint(struct hc_story_row *row, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_escape_hex(&text, hc_bytes_of(cert->sha256, sizeof cert->sha256), 0);
    hc_story_put(row, "SHA-256", &text);
}

static void put_finding(struct hc_story_row *row, const struct hc_finding *f)
{
    char id[HC_ID_TEXT];
    if (f->code == HC_OK_CODE)
        hc_story_sayf(row, "ok", "%s", f->text);
    else
        hc_story_sayf(row, hc_id_text(f->code, id), "%s", f->text);
}

/* Findings of the certificate at that depth; with `depth` the number of presented ones, all that are about none of
 * them. */
static void put_findings(struct hc_story_row *row, const struct hc_report *r, size_t depth, size_t presented)
{
    for (size_t i = 0; i < r->n; i++) {
        bool here = r->finding[i].depth >= 0 && (size_t)r->finding[i].depth < presented;
        if (here ? (size_t)r->finding[i].depth == depth : depth == presented)
            put_finding(row, &r->finding[i]);
    }
}

static void put_certificate(const struct hc_storyteller *t, struct hc_story_row *row, const struct hc_cert *cert)
{
    put_subject(row, cert);
    put_names(row, cert);
    put_dates(row, cert, t->p->now);
    put_key(row, cert);
    put_issuer(row, cert);
    put_fingerprint(row, cert);
}

static void put_unread(const struct hc_attempt *a, struct hc_story_row *row)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->presented_error.code == HC_OK_CODE)
        return;
    hc_escape_text(&text, hc_bytes_str(a->presented_error.text));
    hc_story_put(row, "unreadable", &text);
}

void hc_story_server_certificates(const struct hc_storyteller *t, struct hc_story_row *row)
{
    const struct hc_attempt *a = t->a;
    bool judged = a == &t->p->main && t->p->server_judged;
    for (size_t i = 0; i < a->presented.n; i++) {
        hc_story_sayf(row, "", "certificate %zu of %zu%s", i + 1, a->n_presented, i == 0 ? ": the server's own" : "");
        put_certificate(t, row, a->presented.cert[i]);
        if (judged)
            put_findings(row, &t->p->server, i, a->presented.n);
    }
    put_unread(a, row);
    if (judged) {
        hc_story_say(row, "",
                     hc_report_ok(&t->p->server) ? "our verifier accepts the chain" : "our verifier refuses the chain");
        put_findings(row, &t->p->server, a->presented.n, a->presented.n);
    } else if (a == &t->p->main && a->presented.n > 0) {
        hc_story_say(row, "", "not judged: no authority was given (--bundle FILE)");
    }
}

void hc_story_client_certificates(const struct hc_storyteller *t, struct hc_story_row *row)
{
    const struct hc_probe_spec *spec = t->p->spec;
    if (t->a->n_sent == 0) {
        hc_story_say(row, "", "empty: no certificate was presented");
        return;
    }
    for (size_t i = 0; i < spec->n_chain && i < t->a->n_sent; i++) {
        hc_story_sayf(row, "", "certificate %zu of %zu%s", i + 1, t->a->n_sent, i == 0 ? ": yours" : "");
        put_certificate(t, row, spec->chain[i]);
        if (t->p->own_judged)
            put_findings(row, &t->p->own, i, spec->n_chain);
    }
    if (t->p->own_judged)
        hc_story_say(row, "",
                     hc_report_ok(&t->p->own) ? "by your own bundle our verifier accepts your chain"
                                              : "by your own bundle our verifier refuses your chain");
}

/* --- stapled OCSP ------------------------------------------------------------------------------------------------- */

static struct hc_rc judge_staple(const struct hc_storyteller *t, struct hc_err *e)
{
    HC_AUTO(hc_ocsp) ocsp = NULL;
    const struct hc_cert_list *chain = &t->a->presented;
    HC_TRY(e, hc_ocsp_parse(t->a->staple, &ocsp, e));
    if (chain->n < 2 || !t->p->spec->crypto)
        return HC_FAIL(e, HC_E_OCSP_SIGNER, "its issuer was not presented, so that it cannot be judged");
    return hc_ocsp_check(t->p->spec->crypto, ocsp, chain->cert[0], chain->cert[1], t->p->now, e);
}

void hc_story_staple(const struct hc_storyteller *t, struct hc_story_row *row)
{
    struct hc_err e;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (t->a->staple.n == 0)
        return;
    if (hc_ok(judge_staple(t, &e))) {
        hc_story_say(row, "staple", "OCSP: the issuer says that the certificate is not revoked");
        return;
    }
    hc_buf_addf(&text, "OCSP, %zu bytes: ", t->a->staple.n);
    hc_escape_text(&text, hc_bytes_str(e.text));
    hc_story_put(row, "staple", &text);
}

/* --- CertificateRequest ------------------------------------------------------------------------------------------- */

static void put_authorities(struct hc_story_row *row, const struct hc_tls_certificate_request *request)
{
    if (request->n_authorities == 0) {
        hc_story_say(row, "accepts", "does not say which authorities: any may do");
        return;
    }
    for (size_t i = 0; i < request->n_authorities && i < AUTHORITIES_SHOWN; i++) {
        HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
        hc_dn_text(request->authority[i], &text);
        hc_story_put(row, i == 0 ? "accepts" : "and", &text);
    }
    if (request->n_authorities + request->more > AUTHORITIES_SHOWN)
        hc_story_sayf(row, "and", "%zu more authorities", request->n_authorities + request->more - AUTHORITIES_SHOWN);
}

static const char *key_type(uint16_t type)
{
    return hc_tls_key_type_text((uint8_t)type);
}

static void put_fits(const struct hc_storyteller *t, struct hc_story_row *row)
{
    for (size_t i = 0; i < t->p->n_fits; i++) {
        const struct hc_fit *fit = &t->p->fit[i];
        hc_story_sayf(row, fit->fits ? "fits" : "fits not", "%s, %s%s: %s", fit->label, fit->name,
                      fit->used ? " (presented)" : "", fit->text);
    }
}

void hc_story_certificate_request(const struct hc_storyteller *t, struct hc_story_row *row)
{
    const struct hc_tls_certificate_request *request = t->a->request;
    HC_BUF_AUTO(signatures, HC_PROBE_WORDS_MAX);
    HC_BUF_AUTO(types, HC_PROBE_WORDS_MAX);
    if (!request) {
        hc_story_say(row, "", "the server asks for a certificate; its list cannot be read");
        return;
    }
    hc_story_say(row, "", "the server asks who you are");
    put_authorities(row, request);
    hc_story_codes(&request->signatures, hc_tls_signature_text, &signatures);
    if (request->signatures.n > 0)
        hc_story_put(row, "signatures", &signatures);
    hc_story_codes(&request->types, key_type, &types);
    if (request->types.n > 0)
        hc_story_put(row, "keys", &types);
    if (t->a == &t->p->main)
        put_fits(t, row);
}
