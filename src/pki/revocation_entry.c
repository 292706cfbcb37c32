/* revocation_entry.c - one CRL, and under whose key its signature holds. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/spki.h"
#include "pki/revocation_set.h"

struct hc_rc hc_revocation_entry_new(const char *source, struct hc_revocation_entry **out, struct hc_err *e)
{
    HC_AUTO(hc_revocation_entry) entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a CRL");
    atomic_init(&entry->refs, 1);
    atomic_init(&entry->known, NULL);
    size_t size = strlen(source) + 1;
    entry->source = malloc(size);
    if (entry->source == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a CRL");
    memcpy(entry->source, source, size);
    *out = HC_GIVE(entry);
    return HC_OK;
}

struct hc_revocation_entry *hc_revocation_entry_ref(struct hc_revocation_entry *entry)
{
    atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    return entry;
}

static void free_known(struct hc_revocation_known *node)
{
    while (node != NULL) {
        struct hc_revocation_known *next = node->next;
        hc_cert_free(node->issuer);
        free(node);
        node = next;
    }
}

void hc_revocation_entry_free(struct hc_revocation_entry *entry)
{
    if (entry == NULL || atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) != 1)
        return;
    free_known(atomic_load_explicit(&entry->known, memory_order_acquire));
    hc_revocation_table_fini(&entry->table);
    hc_buf_fini(&entry->message);
    hc_buf_fini(&entry->facts);
    free(entry->source);
    free(entry);
}

bool hc_revocation_entry_names(const struct hc_revocation_entry *entry, const struct hc_cert *issuer)
{
    /* The key identifiers first: they tell issuers apart at once, and one set may hold CRLs of many. */
    if (entry->aki.n > 0 && issuer->ski.n > 0 && !hc_bytes_eq(entry->aki, issuer->ski))
        return false;
    /* RFC 5280 6.3.3 (b)(1): "the issuer of the complete CRL matches the certificate's issuer" */
    return hc_bytes_eq(entry->issuer, issuer->subject) || hc_dn_eq(entry->issuer, issuer->subject);
}

static const struct hc_revocation_known *find_known(const struct hc_revocation_entry *entry, struct hc_bytes spki,
                                                    size_t *n)
{
    *n = 0;
    for (const struct hc_revocation_known *k = atomic_load_explicit(&entry->known, memory_order_acquire); k != NULL;
         k = k->next) {
        if (hc_bytes_eq(k->issuer->spki, spki))
            return k;
        ++*n;
    }
    return NULL;
}

/* A node that cannot be kept is no loss: the signature is verified again next time. Two threads may both add one;
 * both say the same. */
static void remember(struct hc_revocation_entry *entry, const struct hc_cert *issuer, bool signed_by)
{
    struct hc_revocation_known *node = malloc(sizeof(*node));
    if (node == NULL)
        return;
    node->issuer = hc_cert_ref((struct hc_cert *)issuer); /* only its count changes */
    node->signed_by = signed_by;
    node->next = atomic_load_explicit(&entry->known, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&entry->known, &node->next, node, memory_order_release,
                                                  memory_order_relaxed))
        continue;
}

/* RFC 5280 6.3.3 (f): "If a key usage extension is present in the CRL issuer's certificate, verify that the cRLSign
 * bit is set." Without one only a CA is believed: somebody who merely bears its name is not it. */
static bool may_sign(const struct hc_cert *issuer)
{
    return issuer->has_ku ? (issuer->ku & HC_KU_CRL_SIGN) != 0 : issuer->is_ca;
}

static struct hc_rc verify(const struct hc_revocation_entry *entry, const struct hc_crypto *c,
                           const struct hc_cert *issuer, struct hc_err *why)
{
    struct hc_signed what = {.algorithm = entry->sig_alg, .signature = entry->signature};

    if (entry->n_digest == 0) {
        what.message = hc_buf_view(&entry->message);
        return hc_spki_verify(c, issuer->spki, &what, why);
    }
    what.message = hc_bytes_of(entry->digest, entry->n_digest);
    return hc_spki_verify_digest(c, issuer->spki, &what, why);
}

struct hc_revocation_mark hc_revocation_entry_mark(const struct hc_revocation_entry *entry, struct hc_bytes spki)
{
    struct hc_revocation_mark mark = {.number = entry->number, .this_update = entry->this_update};
    uint8_t both[2 * HC_SHA256_SIZE];

    static_assert(sizeof(mark.whose) == HC_SHA256_SIZE, "one digest");
    memcpy(both, entry->whose, HC_SHA256_SIZE);
    hc_sha256(spki, both + HC_SHA256_SIZE);
    hc_sha256(hc_bytes_of(both, sizeof(both)), mark.whose);
    return mark;
}

/* By the key, not by the name: nobody else's CRLs make this key's old (T16). */
static bool is_rolled_back(const struct hc_revocation_entry *entry, struct hc_bytes spki)
{
    struct hc_revocation_mark mark;

    if (entry->older_than_known == NULL)
        return false;
    mark = hc_revocation_entry_mark(entry, spki);
    return entry->older_than_known(entry->known_ctx, &mark);
}

struct hc_rc hc_revocation_entry_signed_by(struct hc_revocation_entry *entry, const struct hc_crypto *c,
                                           const struct hc_cert *issuer, bool *yes, struct hc_err *e)
{
    if (!may_sign(issuer)) {
        *yes = false;
        return HC_OK;
    }
    size_t n_known;
    const struct hc_revocation_known *known = find_known(entry, issuer->spki, &n_known);
    if (known != NULL) {
        *yes = known->signed_by;
        return HC_OK;
    }
    struct hc_err why;
    struct hc_rc rc = verify(entry, c, issuer, &why);
    if (rc.code == HC_E_NOMEM)
        return HC_FAIL(e, HC_E_NOMEM, "no memory to verify a CRL");
    bool good = hc_ok(rc);
    if (good && is_rolled_back(entry, issuer->spki)) {
        atomic_store_explicit(&entry->rolled_back, true, memory_order_relaxed);
        good = false;
    }
    *yes = good;
    /* Whose CRL it is must be known, however many others of the name came first: by it the older is told (T16). */
    if (*yes || n_known < HC_REVOCATION_KNOWN)
        remember(entry, issuer, *yes);
    return HC_OK;
}

bool hc_revocation_entry_verified(const struct hc_revocation_entry *entry)
{
    for (const struct hc_revocation_known *k = atomic_load_explicit(&entry->known, memory_order_acquire); k != NULL;
         k = k->next) {
        if (k->signed_by)
            return true;
    }
    return false;
}

bool hc_revocation_entry_same_scope(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b)
{
    return (a->base.n > 0) == (b->base.n > 0) && hc_bytes_eq(a->idp, b->idp);
}

bool hc_revocation_entry_same_key(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b)
{
    for (const struct hc_revocation_known *k = atomic_load_explicit(&a->known, memory_order_acquire); k != NULL;
         k = k->next) {
        size_t ignored;
        const struct hc_revocation_known *other = k->signed_by ? find_known(b, k->issuer->spki, &ignored) : NULL;
        if (other != NULL && other->signed_by)
            return true;
    }
    return false;
}

bool hc_revocation_entry_same_kind(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b)
{
    return hc_revocation_entry_same_scope(a, b) && hc_revocation_entry_same_key(a, b);
}

bool hc_revocation_entry_in_future(const struct hc_revocation_entry *entry, int64_t now)
{
    return entry->this_update > now + HC_REVOCATION_SKEW;
}

bool hc_revocation_entry_older(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b)
{
    return hc_crl_number_cmp(a->number, b->number) < 0 || a->this_update < b->this_update;
}
