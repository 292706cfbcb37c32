/*
 * crls.c - CRLs that only ever move forward.
 *
 *   1  a number is greater than the last in the ledger and than the one on the published CRL, so that neither a
 *      restored ledger nor a restored publish directory makes it fall;
 *   2  what the published CRL revokes stays revoked: what a restored ledger forgot is entered again (T18);
 *   3  an entry leaves only after a published CRL later than its certificate's end had it [RFC 5280 3.3], and only when
 *      the clock agrees: one that ran ahead for a while frees nobody;
 *   4  thisUpdate does not go back, whatever the clock does;
 *   5  a CRL is recorded before it is published.
 */
#include <stdlib.h>

#include "authority/crls.h"
#include "authority/detail.h"
#include "authority/home.h"
#include "authority/publish.h"
#include "crypto/digest.h"
#include "crypto/spki.h"
#include "pki/crlw.h"

/* ---- the CRL that is published now ---- */

/* Whatever is wrong with the file itself. Everything else (no memory, no permission) says nothing about it: to go on
 * then as if there were no CRL would lose what it lists. */
static bool is_no_crl(enum hc_code code)
{
    switch (code) {
    case HC_E_FILE_MISSING:
    case HC_E_FILE_EMPTY:
    case HC_E_TOO_BIG:
    case HC_E_PEM:
    case HC_E_DER:
    case HC_E_TIME_FORMAT:
    case HC_E_CRL_MALFORMED:
    case HC_E_CRL_UNSUPPORTED:
        return true;
    default:
        return false;
    }
}

static struct hc_rc is_ours(const struct hc_authority *a, const struct hc_ca *ca, const struct hc_crl *crl, bool *out,
                            struct hc_err *e)
{
    struct hc_signed what = {.algorithm = crl->sig_alg, .message = crl->tbs, .signature = crl->signature};
    struct hc_rc rc = HC_OK;

    *out = hc_bytes_eq(crl->issuer, ca->cert->subject);
    if (*out)
        rc = hc_spki_verify(a->crypto, ca->cert->spki, &what, e);
    if (rc.code != HC_E_BAD_SIGNATURE && rc.code != HC_E_CERT_WEAK_SIGNATURE)
        return rc;
    *out = false;
    return HC_OK;
}

/* The CRL that lies in publish/crl. Byte for byte the one that was signed and recorded here last (`last`), it is this
 * CA's: no signature is asked then, and its entries, which the ledger has all of, are read only for those who look in
 * them. */
struct found {
    bool there; /* one of this CA */
    bool last;
    struct hc_ledger_crl row; /* number and dates, when there */
    struct hc_crl *crl;       /* NULL when its entries were not wanted and it is the last */
};

static void found_fini(struct found *f)
{
    hc_crl_free(f->crl);
}

#define FOUND(name) __attribute__((cleanup(found_fini))) struct found name = {.there = false}

int64_t hc_crls_number(const struct hc_crl *crl)
{
    int64_t n = 0;

    for (size_t i = 0; i < crl->number.n; i++) {
        if (n > (INT64_MAX >> 8))
            return -1;
        n = n << 8 | crl->number.p[i];
    }
    return n;
}

/* Reads the file; is it the CRL that the ledger recorded last? What is no file of ours is left to find_parsed. */
static struct hc_rc find_last(struct hc_authority *a, const struct hc_ca *ca, const char *path, struct hc_buf *file,
                              struct found *f, struct hc_err *e)
{
    uint8_t hash[HC_SHA256_SIZE];
    struct hc_rc rc = hc_file_read(path, file, e);

    if (hc_failed(rc))
        return is_no_crl(rc.code) ? HC_OK : rc;
    hc_sha256(hc_buf_view(file), hash);
    HC_TRY(e, hc_ledger_last_crl(a->ledger, hc_bytes_str(ca->name), &f->row, e));
    f->last = f->row.number > 0 && memcmp(hash, f->row.sha256, sizeof hash) == 0;
    f->there = f->last;
    return HC_OK;
}

/* Some other one: believed when this CA signed it. */
static struct hc_rc find_parsed(const struct hc_authority *a, const struct hc_ca *ca, const char *path, struct found *f,
                                struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_rc rc = hc_crl_load(path, &crl, e);
    bool ours = false;

    if (hc_failed(rc))
        return is_no_crl(rc.code) ? HC_OK : rc;
    HC_TRY(e, is_ours(a, ca, crl, &ours, e));
    if (!ours)
        return HC_OK;
    f->row.number = hc_crls_number(crl);
    if (f->row.number < 0)
        return HC_FAIL(e, HC_E_LEDGER, "the published CRL's number is too large to go on from");
    f->row.this_update = crl->this_update;
    f->row.next_update = crl->next_update;
    f->there = true;
    f->crl = HC_GIVE(crl);
    return HC_OK;
}

static struct hc_rc find(struct hc_authority *a, const struct hc_ca *ca, bool entries, struct found *out,
                         struct hc_err *e)
{
    HC_BUF_AUTO(file, HC_CRL_MAX);
    char path[HC_PATH];

    HC_TRY(e, hc_home_issuer_path(a->home, ca->name, HC_HOME_ISSUER_CRL, path, e));
    HC_TRY(e, find_last(a, ca, path, &file, out, e));
    if (!out->last)
        return find_parsed(a, ca, path, out, e);
    return entries ? hc_crl_parse(hc_buf_view(&file), &out->crl, e) : HC_OK;
}

struct hc_rc hc_crls_published(struct hc_authority *a, const struct hc_ca *ca, struct hc_crl **out, struct hc_err *e)
{
    FOUND(f);

    HC_TRY(e, find(a, ca, true, &f, e));
    *out = HC_GIVE(f.crl);
    return HC_OK;
}

/* ---- of whom CRLs are made ---- */

bool hc_crls_dead(const struct hc_authority *a, const struct hc_ca *ca)
{
    int64_t now = hc_authority_now(a);

    for (; ca; ca = ca->parent) {
        if (ca->revoked || now > ca->cert->not_after)
            return true;
    }
    return false;
}

bool hc_crls_foreign(const struct hc_ca *ca)
{
    return ca->parent && !ca->key_file[0];
}

/* ---- what the next one lists ---- */

/* Certificates that ended before this need no entry any more. */
static int64_t entries_since(const struct hc_authority *a, const struct found *published)
{
    int64_t now = hc_authority_now(a);

    if (!published->there)
        return 0;
    return published->row.this_update < now ? published->row.this_update : now;
}

/* The entries, and the bytes of their serials one after the other; while they are collected, and the bytes may move, a
 * serial has only its length. */
struct list {
    struct hc_crlw_entry *entries;
    struct hc_buf serials;
    size_t n, cap;
};

static void list_fini(struct list *l)
{
    free(l->entries);
    hc_buf_fini(&l->serials);
}

static struct hc_rc keep(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    struct list *l = ctx;

    if (row->serial.n == 0 || row->serial.n > HC_SERIAL_MAX)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger revokes a serial of %zu bytes", row->serial.n);
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct hc_crlw_entry *more = reallocarray(l->entries, cap, sizeof *more);

        if (!more)
            return HC_FAIL(e, HC_E_NOMEM, "no memory for a CRL of %zu entries", cap);
        l->entries = more;
        l->cap = cap;
    }
    l->entries[l->n++] = (struct hc_crlw_entry){
        .serial = hc_bytes_of(NULL, row->serial.n), .time = row->at, .reason = (enum hc_crl_reason)row->reason};
    hc_buf_add(&l->serials, row->serial);
    return HC_OK;
}

static struct hc_rc collect(struct hc_authority *a, const struct hc_ca *ca, int64_t since, struct list *l,
                            struct hc_err *e)
{
    struct hc_bytes serials;

    HC_TRY(e, hc_ledger_revocations(a->ledger, hc_bytes_str(ca->name), since, keep, l, e));
    HC_TRY(e, hc_buf_check(&l->serials, e));
    serials = hc_buf_view(&l->serials);
    for (size_t i = 0; i < l->n; i++) {
        l->entries[i].serial = hc_bytes_head(serials, l->entries[i].serial.n);
        serials = hc_bytes_skip(serials, l->entries[i].serial.n);
    }
    return HC_OK;
}

/* ---- T18: the ledger learns again what it forgot ---- */

static struct hc_rc put_event(struct hc_authority *a, const struct hc_ca *ca, const char *what, const char *key,
                              int64_t value, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);

    hc_detail_str(&detail, "issuer", hc_bytes_str(ca->name));
    hc_detail_int(&detail, key, value);
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(a->ledger, hc_authority_now(a), what, hc_buf_view(&detail), e);
}

static struct hc_rc read_end(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)e;
    *(int64_t *)ctx = row->not_after;
    return HC_OK;
}

static struct hc_rc remember(struct hc_authority *a, const struct hc_ca *ca, const struct hc_crl *crl,
                             int64_t *remembered, struct hc_err *e)
{
    int64_t forgotten = 0;

    for (size_t i = 0; i < crl->n_entries; i++) {
        struct hc_ledger_revocation row = {.issuer = hc_bytes_str(ca->name), .not_after = HC_LEDGER_NO_END};
        struct hc_crl_entry entry = hc_crl_entry_at(crl, i, &row.serial);
        struct hc_ledger_filter of = {.serial = row.serial, .issuer = row.issuer};
        bool added = false;

        row.at = entry.time;
        row.reason = (int)entry.reason;
        HC_TRY(e, hc_ledger_certs(a->ledger, &of, read_end, &row.not_after, NULL, e));
        HC_TRY(e, hc_ledger_put_revocation(a->ledger, &row, &added, e));
        forgotten += added;
    }
    if (forgotten > 0)
        HC_TRY(e, put_event(a, ca, "remember", "revocations", forgotten, e));
    *remembered = forgotten;
    return HC_OK;
}

/* In a transaction of its own: also where the key for a new CRL is not at hand, the ledger must not go without it. */
struct hc_rc hc_crls_remember(struct hc_authority *a, const struct hc_ca *ca, int64_t *remembered, struct hc_err *e)
{
    FOUND(f);
    int64_t n = 0;

    HC_TRY(e, find(a, ca, false, &f, e));
    if (!f.there || f.last)
        return HC_OK;
    HC_TRY(e, hc_ledger_begin(a->ledger, e));
    HC_TRY(e, hc_ledger_end(a->ledger, remember(a, ca, f.crl, &n, e), e));
    *remembered += n;
    return HC_OK;
}

/* ---- due? ---- */

struct search {
    const struct hc_crl *crl;
    bool missing;
};

static struct hc_rc look_up(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    struct search *s = ctx;

    (void)e;
    s->missing = s->missing || !hc_crl_find(s->crl, row->serial, NULL);
    return HC_OK;
}

struct hc_rc hc_crls_lack(struct hc_authority *a, const struct hc_ca *ca, const struct hc_crl *crl, int64_t since,
                          bool *out, struct hc_err *e)
{
    struct search search = {.crl = crl};

    HC_TRY(e, hc_ledger_revocations(a->ledger, hc_bytes_str(ca->name), since, look_up, &search, e));
    *out = search.missing;
    return HC_OK;
}

static struct hc_rc lacks(struct hc_authority *a, const struct hc_ca *ca, const struct found *f, bool *out,
                          struct hc_err *e)
{
    /* It has all that was recorded before it, so only what came later can be missing; unless a clock that ran ahead
     * dropped some of it. */
    if (f->last && f->row.this_update <= hc_authority_now(a))
        return hc_ledger_revoked_since_crl(a->ledger, hc_bytes_str(ca->name), entries_since(a, f), out, e);
    return hc_crls_lack(a, ca, f->crl, entries_since(a, f), out, e);
}

struct hc_rc hc_crls_lacking(struct hc_authority *a, const struct hc_ca *ca, bool *lacking, struct hc_err *e)
{
    struct hc_crls_state s = {.there = false};

    *lacking = false;
    if (hc_crls_dead(a, ca) || hc_crls_foreign(ca))
        return HC_OK;
    HC_TRY(e, hc_crls_look(a, ca, &s, e));
    *lacking = s.lacking;
    return HC_OK;
}

struct hc_rc hc_crls_look(struct hc_authority *a, const struct hc_ca *ca, struct hc_crls_state *out, struct hc_err *e)
{
    struct hc_crls_state s = {.there = false};
    FOUND(f);

    HC_TRY(e, find(a, ca, false, &f, e));
    if (f.last && f.row.this_update > hc_authority_now(a)) { /* see lacks: its entries are wanted after all */
        f = (struct found){.there = false};
        HC_TRY(e, find(a, ca, true, &f, e));
    }
    if (f.there) {
        HC_TRY(e, lacks(a, ca, &f, &s.lacking, e));
        s.there = true;
        s.last = f.last;
        s.this_update = f.row.this_update;
        s.next_update = f.row.next_update;
    }
    *out = s;
    return HC_OK;
}

struct hc_rc hc_crls_due(struct hc_authority *a, const struct hc_ca *ca, struct hc_crls_due *out, struct hc_err *e)
{
    struct hc_crls_state s = {.there = false};
    int64_t now = hc_authority_now(a);

    HC_TRY(e, hc_crls_look(a, ca, &s, e));
    out->must = !s.there || s.lacking || now > s.next_update;
    out->due = out->must || !s.last || now >= s.this_update + (s.next_update - s.this_update) / 2;
    return HC_OK;
}

/* ---- the next one ---- */

static struct hc_rc dates(const struct hc_authority *a, const struct hc_ca *ca, const struct found *before,
                          struct hc_crlw_plan *plan, struct hc_err *e)
{
    int64_t life = ca->parent ? HC_PUBLISH_ISSUER_S : HC_PUBLISH_ROOT_S;
    int64_t now = hc_authority_now(a);

    plan->this_update = before->there && before->row.this_update > now ? before->row.this_update : now;
    plan->next_update = plan->this_update + life;
    if (plan->next_update > ca->cert->not_after) /* nobody believes a CRL of a CA that has ended */
        plan->next_update = ca->cert->not_after;
    if (plan->next_update <= plan->this_update)
        return HC_FAIL(e, HC_E_CRL_WINDOW, "the CA %s ends before its next CRL begins", ca->name);
    return HC_OK;
}

#define ENTRY_USUAL 56 /* bytes of an entry with a serial of 16 octets and a reason */

static struct hc_rc sign(const struct hc_ca *ca, const struct hc_crlw_plan *plan, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(tbs, HC_CRL_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    struct hc_signed what = {.algorithm = plan->sig_alg};

    hc_buf_reserve(&tbs,
                   plan->n_entries * ENTRY_USUAL + HC_CERT_MAX); /* growing would copy megabytes again and again */
    HC_TRY(e, hc_crlw_tbs(plan, &tbs, e));
    HC_TRY(e, hc_key_sign(ca->key, hc_buf_view(&tbs), &signature, e));
    what.message = hc_buf_view(&tbs);
    what.signature = hc_buf_view(&signature);
    HC_TRY(e, hc_key_verify(ca->key, &what, e)); /* as for certificates: mint.c; hc_authority_key has opened it */
    return hc_crlw_assemble(what.message, what.algorithm, what.signature, out, e);
}

/* Within a transaction: the number, the entries, the signature and the record belong together. */
static struct hc_rc make(struct hc_authority *a, struct hc_ca *ca, const struct found *before,
                         struct hc_crlw_plan *plan, struct hc_buf *der, struct hc_err *e)
{
    __attribute__((cleanup(list_fini))) struct list list = {.serials = HC_BUF(HC_CRL_MAX)};
    struct hc_ledger_crl row = {0};
    int64_t floor = before->there ? before->row.number : 0, remembered = 0;

    if (before->there && !before->last)
        HC_TRY(e, remember(a, ca, before->crl, &remembered, e));
    HC_TRY(e, hc_ledger_crl_number_next(a->ledger, hc_bytes_str(ca->name), floor, &row.number, e));
    HC_TRY(e, collect(a, ca, entries_since(a, before), &list, e));
    plan->number = (uint64_t)row.number;
    plan->entries = list.entries;
    plan->n_entries = list.n;
    HC_TRY(e, sign(ca, plan, der, e));
    plan->entries = NULL;
    row.this_update = plan->this_update;
    row.next_update = plan->next_update;
    HC_TRY(e, hc_ledger_put_crl(a->ledger, hc_bytes_str(ca->name), hc_buf_view(der), &row, e));
    return put_event(a, ca, "crl", "number", row.number, e);
}

static struct hc_rc make_recorded(struct hc_authority *a, struct hc_ca *ca, const struct found *before,
                                  struct hc_crlw_plan *plan, struct hc_buf *der, struct hc_err *e)
{
    HC_TRY(e, hc_ledger_begin(a->ledger, e));
    return hc_ledger_end(a->ledger, make(a, ca, before, plan, der, e), e);
}

struct hc_rc hc_crls_put(const struct hc_authority *a, const struct hc_ca *ca, struct hc_bytes der, struct hc_err *e)
{
    char dir[HC_PATH], path[HC_PATH];

    HC_TRY(e, hc_home_path(a->home, HC_HOME_CRLS, dir, e));
    HC_TRY(e, hc_dir_make(dir, 0755, e)); /* somebody may have removed it */
    HC_TRY(e, hc_home_issuer_path(a->home, ca->name, HC_HOME_ISSUER_CRL, path, e));
    return hc_file_write_atomic(path, der, 0644, e);
}

struct hc_rc hc_crls_renew(struct hc_authority *a, struct hc_ca *ca, int64_t *number, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    struct hc_crlw_plan plan = {.issuer = ca->cert};
    FOUND(before);

    HC_TRY(e, hc_authority_ca_alive(a, ca, e));
    HC_TRY(e, hc_authority_key(a, ca, e));
    plan.sig_alg = hc_key_signature_algorithm(ca->key);
    HC_TRY(e, find(a, ca, false, &before, e));
    HC_TRY(e, dates(a, ca, &before, &plan, e));
    HC_TRY(e, make_recorded(a, ca, &before, &plan, &der, e));
    HC_TRY(e, hc_crls_put(a, ca, hc_buf_view(&der), e));
    if (number)
        *number = (int64_t)plan.number;
    return HC_OK;
}
