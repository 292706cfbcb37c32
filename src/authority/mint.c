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

void hc_minting_fini(struct hc_minting *m)
{
    hc_linted_tbs_free(m->linted);
    hc_cert_free(m->cert);
    m->linted = NULL;
    m->cert = NULL;
}

static struct hc_rc make_serial(const struct hc_mint *m, struct hc_buf *serial, struct hc_err *e)
{
    do {
        hc_buf_clear(serial);
        HC_TRY(e, hc_random_fill(m->crypto, serial, HC_MINT_SERIAL, e));
    } while (serial->p[0] == 0); /* never shorter than the others */
    return HC_OK;
}

struct hc_rc hc_mint_prepare(const struct hc_mint *mint, struct hc_tbs_request *request,
                             const struct hc_ledger_request *asked, struct hc_minting *m, struct hc_err *e)
{
    struct hc_lint_rules rules = {.issuers = mint->issuers, .n_issuers = mint->n_issuers};
    HC_BUF_AUTO(serial, HC_MINT_SERIAL);
    HC_AUTO(hc_tbs) tbs = NULL;
    struct hc_rc rc;

    HC_TRY(e, make_serial(mint, &serial, e));
    request->serial = hc_buf_view(&serial);
    request->issuer = mint->n_issuers > 0 ? mint->issuers[0] : NULL;
    request->sig_alg = hc_key_signature_algorithm(mint->signer);
    rc = hc_tbs_from_profile(request, &tbs, e);
    request->serial = (struct hc_bytes){0};
    HC_TRY(e, rc);
    HC_TRY(e, hc_lint_tbs(&rules, tbs, NULL, &m->linted, e));
    m->mint = mint;
    m->asked = *asked;
    return HC_OK;
}

static bool same_signer(const struct hc_mint *a, const struct hc_mint *b)
{
    return a->signer == b->signer && a->n_issuers > 0 && b->n_issuers > 0 && a->issuers[0] == b->issuers[0];
}

/* What the signer signs verifies with the key in the issuer's certificate, or in a root's own. hc_authority_key has
 * checked this for every CA whose key it opened; whoever brings a key in another way is held to it here. */
static struct hc_rc check_signer(const struct hc_minting *m, struct hc_err *e)
{
    const struct hc_mint *mint = m->mint;
    struct hc_bytes spki = mint->n_issuers > 0 ? mint->issuers[0]->spki : hc_linted_tbs_fields(m->linted)->spki;

    if (!hc_key_matches_spki(mint->signer, spki))
        return HC_FAIL(e, HC_E_BAD_SIGNATURE, "the key that is to sign is not that of the issuer's certificate");
    return HC_OK;
}

/* A fault while signing must not become a signature that helps to find the key, nor a certificate that nobody
 * accepts. By the signer's own public half, which is decoded already: check_signer has said whose it is. */
static struct hc_rc check_signature(const struct hc_mint *m, const struct hc_cert *cert, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};

    return hc_key_verify(m->signer, &what, e);
}

static struct hc_rc sign(struct hc_minting *m, struct hc_err *e)
{
    const struct hc_key *signer = m->mint->signer;
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    HC_AUTO(hc_cert) cert = NULL;

    HC_TRY(e, hc_key_sign(signer, hc_linted_tbs_der(m->linted), &signature, e));
    HC_TRY(e, hc_cert_assemble(m->linted, hc_key_signature_algorithm(signer), hc_buf_view(&signature), &cert, e));
    HC_TRY(e, check_signature(m->mint, cert, e));
    m->cert = HC_GIVE(cert);
    return HC_OK;
}

/* ---- what is recorded ---- */

static struct hc_rc put_intents(struct hc_minting *const m[], size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++)
        HC_TRY(e, hc_ledger_put_intent(m[i]->mint->ledger, &m[i]->asked, m[i]->linted, &m[i]->intent, e));
    return HC_OK;
}

/* Each certificate and the event of it, or none: whoever follows the events misses no certificate. */
static struct hc_rc put_certs(struct hc_minting *const m[], size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++) {
        HC_TRY(e, hc_ledger_put_cert(m[i]->mint->ledger, m[i]->intent, m[i]->asked.at, m[i]->cert, e));
        if (m[i]->tell)
            HC_TRY(e, m[i]->tell(m[i]->ctx, m[i]->cert, e));
    }
    return HC_OK;
}

static struct hc_rc record(struct hc_minting *const m[], size_t n,
                           struct hc_rc (*put)(struct hc_minting *const m[], size_t n, struct hc_err *e),
                           struct hc_err *e)
{
    struct hc_ledger *ledger = m[0]->mint->ledger;

    HC_TRY(e, hc_ledger_begin(ledger, e));
    return hc_ledger_end(ledger, put(m, n, e), e);
}

static struct hc_rc sign_and_record(struct hc_minting *const m[], size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_signer(m[i]->mint, m[i - 1]->mint))
            HC_TRY(e, check_signer(m[i], e));
        HC_TRY(e, sign(m[i], e));
    }
    return record(m, n, put_certs, e);
}

struct hc_rc hc_mint_run(struct hc_minting *const m[], size_t n, struct hc_err *e)
{
    struct hc_rc rc;

    if (n == 0)
        return HC_OK;
    HC_TRY(e, record(m, n, put_intents, e)); /* before the key is touched */
    rc = sign_and_record(m, n, e);
    for (size_t i = 0; hc_failed(rc) && i < n; i++) {
        hc_cert_free(m[i]->cert); /* signed and not recorded: nobody gets to see it */
        m[i]->cert = NULL;
    }
    return rc;
}
