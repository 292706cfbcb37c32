/*
 * mint.c - the pipeline. Its order is the security argument:
 *
 *   1  nothing is signed that was not linted: only hc_lint_tbs makes what the signer takes;
 *   2  nothing is signed that was not recorded: the intent is durable before the key is touched;
 *   3  nothing is handed out that was not recorded: the certificate is in the ledger before the caller has it.
 */
#include "authority/mint.h"
#include "crypto/random.h"
#include "crypto/spki.h"

/* A fault while signing must not become a signature that helps to find the key, nor a certificate that nobody
 * accepts. */
static struct hc_rc check_signature(const struct hc_mint *m, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};

    return hc_spki_verify(m->crypto, m->n_issuers > 0 ? m->issuers[0]->spki : cert->spki, &what, e);
}

static struct hc_rc sign(const struct hc_mint *m, const struct hc_linted_tbs *linted, struct hc_cert **out,
                         struct hc_err *e)
{
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    HC_AUTO(hc_cert) cert = NULL;

    HC_TRY(e, hc_key_sign(m->signer, hc_linted_tbs_der(linted), &signature, e));
    HC_TRY(e, hc_cert_assemble(linted, hc_key_signature_algorithm_view(m->signer), hc_buf_view(&signature), &cert, e));
    HC_TRY(e, check_signature(m, cert, e));
    *out = HC_GIVE(cert);
    return HC_OK;
}

static struct hc_rc make_serial(const struct hc_mint *m, struct hc_buf *serial, struct hc_err *e)
{
    do {
        hc_buf_clear(serial);
        HC_TRY(e, hc_random_fill(m->crypto, serial, HC_MINT_SERIAL, e));
    } while (serial->p[0] == 0); /* never shorter than the others */
    return HC_OK;
}

static struct hc_rc put_both(const struct hc_mint *m, int64_t intent, int64_t at, const struct hc_cert *cert,
                             struct hc_err *e)
{
    HC_TRY(e, hc_ledger_put_cert(m->ledger, intent, at, cert, e));
    return m->tell ? m->tell(m->ctx, cert, e) : HC_OK;
}

/* The certificate and the event of it, or neither: whoever follows the events misses no certificate. */
static struct hc_rc record(const struct hc_mint *m, int64_t intent, int64_t at, const struct hc_cert *cert,
                           struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, hc_ledger_begin(m->ledger, e));
    rc = put_both(m, intent, at, cert, e);
    if (hc_failed(rc)) {
        hc_ledger_rollback(m->ledger);
        return rc;
    }
    return hc_ledger_commit(m->ledger, e);
}

struct hc_rc hc_mint_cert(const struct hc_mint *m, struct hc_tbs_request *request,
                          const struct hc_ledger_request *asked, struct hc_cert **out, struct hc_err *e)
{
    struct hc_lint_rules rules = {.issuers = m->issuers, .n_issuers = m->n_issuers};
    HC_BUF_AUTO(serial, HC_MINT_SERIAL);
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    HC_AUTO(hc_cert) cert = NULL;
    int64_t intent = 0;

    HC_TRY(e, make_serial(m, &serial, e));
    request->serial = hc_buf_view(&serial);
    request->issuer = m->n_issuers > 0 ? m->issuers[0] : NULL;
    request->sig_alg = hc_key_signature_algorithm_view(m->signer);
    HC_TRY(e, hc_tbs_from_profile(request, &tbs, e));
    HC_TRY(e, hc_lint_tbs(&rules, tbs, &linted, e));
    HC_TRY(e, hc_ledger_put_intent(m->ledger, asked, linted, &intent, e)); /* before the key is touched */
    HC_TRY(e, sign(m, linted, &cert, e));
    HC_TRY(e, record(m, intent, asked->at, cert, e));
    request->serial = (struct hc_bytes){0};
    *out = HC_GIVE(cert);
    return HC_OK;
}
