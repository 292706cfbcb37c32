/* burnt.c - a key that was revoked as compromised stays so, whatever certificate carries it. */
#include "authority/burnt.h"
#include "pki/crl.h"

struct search {
    struct hc_bytes spki;
    bool found;
    struct hc_buf serial; /* as people write it */
};

static void search_fini(struct search *s)
{
    hc_buf_fini(&s->serial);
}

static struct hc_rc see(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    HC_AUTO(hc_cert) cert = NULL;
    struct search *s = ctx;

    if (s->found || row->reason != HC_CRL_KEY_COMPROMISE)
        return HC_OK;
    HC_TRY(e, hc_cert_parse(row->der, &cert, e));
    if (!hc_bytes_eq(cert->spki, s->spki))
        return HC_OK;
    s->found = true;
    hc_serial_text(row->serial, &s->serial);
    return hc_buf_check(&s->serial, e);
}

struct hc_rc hc_burnt_check(const struct hc_job *job, struct hc_bytes spki, struct hc_err *e)
{
    __attribute__((cleanup(search_fini))) struct search s = {.spki = spki, .serial = HC_BUF(2 * HC_SERIAL_MAX + 1)};
    struct hc_ledger_filter of = {.identity = hc_buf_view(&job->identity), .revoked = true, .leaves = true};

    HC_TRY(e, hc_ledger_certs(job->a->ledger, &of, see, &s, NULL, e));
    if (s.found)
        return HC_FAIL(e, HC_E_KEY_COMPROMISED,
                       "the key of %.*s is that of the certificate %s, which was revoked for "
                       "keyCompromise",
                       HC_BYTES_FMT(of.identity), hc_buf_cstr(&s.serial));
    return HC_OK;
}
