/* redeliver.c - what is recorded, and was never handed out, although its owner has the key. */
#include "authority/home.h"
#include "authority/identity.h"
#include "authority/issue.h"
#include "authority/lock.h"

struct search {
    struct hc_bytes label, issuer, serial;
    struct hc_cert *cert;
    bool newest; /* no later one has this name and label */
};

static void search_fini(struct search *s)
{
    hc_cert_free(s->cert);
}

static struct hc_rc see(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct search *s = ctx;

    if (!hc_bytes_eq(row->label, s->label))
        return HC_OK;
    s->newest = !s->cert && !row->revoked && hc_bytes_eq(row->serial, s->serial) && hc_bytes_eq(row->issuer, s->issuer);
    return s->newest ? hc_cert_parse(row->der, &s->cert, e) : HC_OK;
}

/* What lies there is left alone unless it is of a time before this certificate, which then would be in nobody's
 * hands. */
static struct hc_rc is_there(const struct hc_issued *issued, const struct search *s, bool *out, struct hc_err *e)
{
    *out = hc_file_exists(issued->dir);
    return *out && s->newest ? hc_identity_holds(issued->dir, s->cert, out, e) : HC_OK;
}

static struct hc_rc write_directory(struct hc_authority *a, const struct hc_issued *issued, const struct hc_cert *cert,
                                    struct hc_err *e)
{
    const struct hc_ca *ca = hc_authority_ca(a, hc_bytes_str(issued->issuer));
    struct hc_identity id = {.dir = issued->dir, .leaf = cert, .root = a->ca[0].cert};

    if (!ca)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger has a certificate of an unknown issuer");
    id.issuer = ca->cert;
    return hc_identity_write(&id, e);
}

struct hc_rc hc_authority_redeliver(struct hc_authority *a, const struct hc_name *name, const char *label,
                                    struct hc_issued *issued, struct hc_err *e)
{
    __attribute__((cleanup(search_fini))) struct search s = {
        .label = hc_bytes_str(label),
        .issuer = hc_bytes_str(issued->issuer),
        .serial = hc_bytes_of(issued->serial, issued->serial_n),
    };
    struct hc_ledger_filter of = {.leaves = true}; /* rows come in the order of issue */
    bool there = false;
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_begin(a, &lock, e));
    HC_TRY(e, hc_home_identity_dir(hc_authority_home(a), name, label, issued->dir, e));
    hc_name_text(name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    of.identity = hc_buf_view(&identity);
    HC_TRY(e, hc_ledger_certs(a->ledger, &of, see, &s, NULL, e));
    if (!s.cert)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "there is no such living certificate of %.*s",
                       HC_BYTES_FMT(of.identity));
    HC_TRY(e, is_there(issued, &s, &there, e));
    if (there)
        return HC_OK;
    return write_directory(a, issued, s.cert, e);
}
