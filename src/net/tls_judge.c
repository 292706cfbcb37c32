/* tls_judge.c - hands what was presented, and what was stapled to it, to the judge of the connection. */
#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tls_internal.h"
#include "pki/path.h"

static_assert(HC_TLS_PRESENTED <= HC_PATH_PRESENTED, "the judge takes what is handed to it");

void hc_tls_judge_forget(struct hc_tls_shown *shown)
{
    if (!shown)
        return;
    for (size_t i = 0; i < shown->n; i++)
        hc_cert_free(shown->cert[i]);
    free(shown);
}

static struct hc_rc parse_one(X509 *x, struct hc_tls_shown *p, struct hc_err *e)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    struct hc_rc rc;

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_CERT_MALFORMED, "OpenSSL cannot encode the presented certificate");
    rc = hc_cert_parse(hc_bytes_of(der, (size_t)n), &p->cert[p->n], e);
    OPENSSL_free(der);
    if (hc_ok(rc))
        p->n++;
    return rc;
}

/* The presented list holds the leaf first [RFC 8446 4.4.2]. */
static struct hc_rc parse_presented(X509_STORE_CTX *store, struct hc_tls_shown *p, struct hc_err *e)
{
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);

    if (sk_X509_num(sent) > HC_TLS_PRESENTED)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "%d certificates were presented, at most %d are accepted",
                       sk_X509_num(sent), HC_TLS_PRESENTED);
    HC_TRY(e, parse_one(leaf, p, e));
    for (int i = 0; i < sk_X509_num(sent); i++) {
        X509 *x = sk_X509_value(sent, i);

        if (x != leaf && p->n < HC_TLS_PRESENTED)
            HC_TRY(e, parse_one(x, p, e));
    }
    return HC_OK;
}

/* What came with the certificate: in TLS 1.3 it is in the same message [RFC 8446 4.4.2.1], in TLS 1.2 after it. */
static struct hc_bytes stapled(const struct hc_tls *tls)
{
    unsigned char *response = NULL;
    long n = tls->judge.staple ? SSL_get_tlsext_status_ocsp_resp(tls->ssl, &response) : 0;

    return n > 0 && response ? hc_bytes_of(response, (size_t)n) : (struct hc_bytes){NULL, 0};
}

static struct hc_rc judge(struct hc_tls *tls, X509_STORE_CTX *store, struct hc_err *e)
{
    struct hc_presented presented;

    tls->report = malloc(sizeof *tls->report);
    tls->shown = calloc(1, sizeof *tls->shown);
    if (tls->report)
        hc_report_init(tls->report, false);
    if (!tls->report || !tls->shown)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a report");
    HC_TRY(e, parse_presented(store, tls->shown, e));
    presented = (struct hc_presented){(const struct hc_cert *const *)tls->shown->cert, tls->shown->n, stapled(tls)};
    return tls->judge.judge(tls->judge.ctx, presented, &tls->checked, tls->report, e);
}

int hc_tls_judge_ask(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct hc_tls *tls = SSL_get_app_data(ssl);
    struct hc_rc rc;

    (void)unused;
    if (tls->report || tls->shown || tls->done) { /* asked twice: nothing in this program does that */
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    rc = judge(tls, store, &tls->refusal);
    ERR_clear_error();
    if (hc_ok(rc) && tls->checked) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        hc_tls_resume_limit(tls);
        return 1;
    }
    tls->refused = hc_failed(rc) ? rc.code : HC_E_INTERNAL;
    X509_STORE_CTX_set_error(store, hc_row(tls->refused)->v_err ? hc_row(tls->refused)->v_err : X509_V_ERR_UNSPECIFIED);
    return 0;
}

/* Asked when the server's certificate was accepted, before Finished, in both versions. */
int hc_tls_judge_staple(SSL *ssl, void *unused)
{
    struct hc_tls *tls = SSL_get_app_data(ssl);
    struct hc_bytes response = stapled(tls);
    struct hc_rc rc;

    (void)unused;
    if (response.n == 0)
        return 1; /* servers need not staple; whether one that did not is good enough is the judge's question */
    if (!tls->checked) {
        tls->refused = HC_E_INTERNAL;
        return 0;
    }
    rc = tls->judge.staple(tls->judge.ctx, tls->checked, response, &tls->refusal);
    ERR_clear_error();
    if (hc_ok(rc))
        return 1;
    tls->refused = rc.code;
    return 0; /* bad_certificate_status_response [RFC 6066 8] */
}
