/* head.c - the signed head of the ledger: believed only from an issuer of this root, and signed anew. */
#include "authority/head_text.h"
#include "authority/home.h"
#include "crypto/spki.h"
#include "pki/crl.h"

/* ---- who signed ---- */

/* Whatever a signature can be bad for; what is left says nothing about it. */
static bool is_bad(enum hc_code code)
{
    return code == HC_E_BAD_SIGNATURE || code == HC_E_CERT_WEAK_SIGNATURE || code == HC_E_CERT_WEAK_KEY;
}

static struct hc_rc verify(const struct hc_authority *a, const struct hc_cert *signer, const struct hc_signed *what,
                           bool *out, struct hc_err *e)
{
    struct hc_rc rc = hc_spki_verify(a->crypto, signer->spki, what, e);

    if (hc_failed(rc) && !is_bad(rc.code))
        return rc;
    *out = hc_ok(rc);
    return HC_OK;
}

struct hc_rc hc_head_root_signed(const struct hc_authority *a, const struct hc_cert *ca, bool *out, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = ca->sig_alg, .message = ca->tbs, .signature = ca->signature};
    const struct hc_cert *root = a->ca[0].cert;

    *out = hc_cert_eq(ca, root);
    if (*out || !hc_dn_eq(ca->issuer, root->subject) || ca->unknown_critical.n > 0 || !ca->is_ca || !ca->has_ku ||
        !(ca->ku & HC_KU_CERT_SIGN)) /* [RFC 5280 4.2.1.9, 4.2.1.3] */
        return HC_OK;
    return verify(a, root, &what, out, e);
}

struct distrust {
    const struct hc_head_text *p;
    bool found;
};

static struct hc_rc see_revocation(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    struct distrust *d = ctx;

    (void)e;
    if (hc_bytes_eq(row->serial, d->p->certs.cert[0]->serial) && row->at < d->p->head.at &&
        (row->reason == HC_CRL_KEY_COMPROMISE || row->reason == HC_CRL_CA_COMPROMISE))
        d->found = true;
    return HC_OK;
}

static struct hc_rc not_ours(const char *what, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_HEAD_SIGNATURE, "%s", what);
}

static struct hc_rc check_signer(struct hc_authority *a, const struct hc_head_text *p, struct hc_err *e)
{
    const struct hc_cert *signer = p->certs.cert[0];
    struct distrust d = {.p = p};
    bool ours = false;

    if (memcmp(p->root, a->ca[0].cert->sha256, sizeof p->root) != 0)
        return not_ours("it names the root of another authority", e);
    HC_TRY(e, hc_head_root_signed(a, signer, &ours, e));
    if (!ours)
        return not_ours("the certificate in it is not that of an issuer below this authority's root", e);
    if (p->head.at < signer->not_before || p->head.at > signer->not_after)
        return not_ours("it is dated outside the life of the issuer that signed it", e);
    HC_TRY(e, hc_ledger_revocations(a->ledger, hc_bytes_str(HC_HOME_ROOT), 0, see_revocation, &d, e));
    return d.found ? not_ours("the issuer that signed it was revoked for a compromise before that", e) : HC_OK;
}

struct hc_rc hc_head_parse(struct hc_authority *a, struct hc_bytes text, struct hc_head *out, struct hc_err *e)
{
    HC_HEAD_TEXT(p);
    struct hc_signed what = {0};
    bool good = false;

    HC_TRY(e, hc_head_text_parse(text, &p, e));
    HC_TRY(e, check_signer(a, &p, e));
    what.algorithm = hc_buf_view(&p.algorithm);
    what.message = p.message;
    what.signature = hc_buf_view(&p.signature);
    HC_TRY(e, verify(a, p.certs.cert[0], &what, &good, e));
    if (!good)
        return not_ours("its signature does not fit what it says", e);
    *out = p.head;
    return HC_OK;
}

static struct hc_rc read_file(struct hc_authority *a, const char *path, char own[HC_PATH], struct hc_buf *text,
                              struct hc_err *e)
{
    HC_TRY(e, hc_home_path(a->home, HC_HOME_HEAD, own, e));
    return hc_file_read(path ? path : own, text, e);
}

struct hc_rc hc_head_load(struct hc_authority *a, const char *path, struct hc_head *out, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    char own[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, read_file(a, path, own, &text, e));
    rc = hc_head_parse(a, hc_buf_view(&text), out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path ? path : own);
    return rc;
}

/* ---- the published one beside the ledger ---- */

/* Is it the thing at the path that is wrong, and not our looking at it? */
static bool is_no_head(enum hc_code code)
{
    return code == HC_E_FILE_MISSING || code == HC_E_FILE_EMPTY || code == HC_E_TOO_BIG ||
           code == HC_E_HEAD_MALFORMED || code == HC_E_HEAD_SIGNATURE;
}

static struct hc_rc agrees(struct hc_authority *a, const struct hc_head *head, bool *out, struct hc_err *e)
{
    struct hc_ledger_link link = {0};

    HC_TRY(e, hc_ledger_link(a->ledger, head->links, &link, e));
    *out = link.number == head->links && memcmp(link.hash, head->hash, sizeof link.hash) == 0;
    return HC_OK;
}

static struct hc_rc look(struct hc_authority *a, struct hc_bytes text, struct hc_head_state *s, struct hc_err *e)
{
    bool same = false;

    HC_TRY(e, hc_head_peek(text, &s->head, e));
    HC_TRY(e, agrees(a, &s->head, &same, e));
    if (!same) {
        HC_TRY(e, hc_head_parse(a, text, &s->head, e));
        s->compared = hc_head_compare(a, &s->head, &s->explained, &s->why);
        if (hc_failed(s->compared) && s->compared.code != HC_E_LEDGER_RESTORED &&
            s->compared.code != HC_E_HEAD_DEPARTS) {
            *e = s->why;
            return s->compared;
        }
    }
    s->there = true;
    return HC_OK;
}

struct hc_rc hc_head_look(struct hc_authority *a, struct hc_head_state *out, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_head_state s = {.there = false};
    char own[HC_PATH];
    struct hc_rc rc;

    rc = read_file(a, NULL, own, &text, e);
    if (hc_ok(rc))
        rc = look(a, hc_buf_view(&text), &s, e);
    if (hc_failed(rc) && !is_no_head(rc.code))
        return rc;
    *out = s;
    return HC_OK;
}

/* ---- signing ---- */

static bool may_sign(const struct hc_authority *a, const struct hc_ca *ca, int64_t now)
{
    return !ca->revoked && now >= ca->cert->not_before && now <= ca->cert->not_after && hc_authority_key_here(a, ca);
}

/* Nobody can: why not? In a home of the root alone its key's own error says it. */
static struct hc_rc no_signer(struct hc_authority *a, struct hc_err *e)
{
    if (a->n_ca > 1 || !a->ca[0].key_file[0])
        return HC_FAIL(e, HC_E_ISSUER_NONE,
                       "no issuer in %s whose time is running has its key here to sign the ledger's head", a->home);
    HC_TRY(e, hc_authority_key(a, &a->ca[0], e));
    return HC_FAIL(e, HC_E_CLOCK, "the root's time is not running, so it cannot sign the ledger's head");
}

/* The newest issuer that can; else the root, which in a home without issuers is the only one there is. */
static struct hc_rc find_signer(struct hc_authority *a, int64_t now, struct hc_ca **out, struct hc_err *e)
{
    for (size_t i = a->n_ca; i-- > 0;) {
        if (may_sign(a, &a->ca[i], now)) {
            *out = &a->ca[i];
            return HC_OK;
        }
    }
    return no_signer(a, e);
}

static struct hc_rc sign(const struct hc_authority *a, const struct hc_ca *ca, const struct hc_head *head,
                         struct hc_buf *out, struct hc_err *e)
{
    struct hc_signed what = {.algorithm = hc_key_signature_algorithm(ca->key)};
    HC_BUF_AUTO(message, HC_HEAD_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);

    hc_head_text_message(&message, a->ca[0].cert->sha256, head);
    HC_TRY(e, hc_buf_check(&message, e));
    HC_TRY(e, hc_key_sign(ca->key, hc_buf_view(&message), &signature, e));
    what.message = hc_buf_view(&message);
    what.signature = hc_buf_view(&signature);
    hc_buf_add(out, what.message);
    hc_head_text_rest(out, &what, ca->cert);
    return hc_buf_check(out, e);
}

static struct hc_rc write_head(struct hc_authority *a, const struct hc_ledger_link *last, struct hc_err *e)
{
    struct hc_head head = {.links = last->number, .at = hc_authority_now(a)}, again;
    HC_BUF_AUTO(text, HC_HEAD_MAX);
    struct hc_ca *ca = NULL;
    char path[HC_PATH];

    HC_TRY(e, find_signer(a, head.at, &ca, e));
    HC_TRY(e, hc_authority_key(a, ca, e));
    memcpy(head.hash, last->hash, sizeof head.hash);
    memcpy(head.issuer, ca->name, sizeof head.issuer);
    HC_TRY(e, sign(a, ca, &head, &text, e));
    HC_TRY(e, hc_head_parse(a, hc_buf_view(&text), &again, e)); /* nobody finds out later that it cannot be read */
    HC_TRY(e, hc_home_path(a->home, HC_HOME_PUBLISH, path, e));
    HC_TRY(e, hc_dir_make(path, 0755, e));
    HC_TRY(e, hc_home_path(a->home, HC_HOME_HEAD, path, e));
    return hc_file_write_atomic(path, hc_buf_view(&text), 0644, e);
}

/* A head that shows a change is evidence: it is not written over. What a restore explains is not. */
static struct hc_rc check_before(const struct hc_head_state *s, struct hc_err *e)
{
    if (!s->there || hc_ok(s->compared) || s->explained)
        return HC_OK;
    *e = s->why;
    hc_err_prefix(
        e, "no new head is signed over the one in publish/ledger-head; once it is clear what happened, keep that "
           "file elsewhere and publish again");
    return s->compared;
}

/* hc_head_look asks no signature of one that agrees: it may be damaged, or somebody else's. */
static struct hc_rc is_believed(struct hc_authority *a, bool *out, struct hc_err *e)
{
    struct hc_head head;
    struct hc_rc rc = hc_head_load(a, NULL, &head, e);

    if (hc_failed(rc) && !is_no_head(rc.code))
        return rc;
    *out = hc_ok(rc);
    return HC_OK;
}

struct hc_rc hc_head_publish(struct hc_authority *a, bool force, bool *written, struct hc_err *e)
{
    struct hc_head_state s = {.there = false};
    struct hc_ledger_link last = {0};
    bool due, believed = false;

    HC_TRY(e, hc_head_look(a, &s, e));
    HC_TRY(e, check_before(&s, e));
    HC_TRY(e, hc_ledger_head(a->ledger, &last, e));
    due = force || !s.there || s.head.links != last.number || hc_failed(s.compared);
    if (!due)
        HC_TRY(e, is_believed(a, &believed, e));
    due = !believed;
    if (due)
        HC_TRY(e, write_head(a, &last, e));
    if (written)
        *written = due;
    return HC_OK;
}
