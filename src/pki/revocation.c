/* revocation.c - a set of CRLs: its owners, and what is in it. */
#include "pki/revocation.h"

#include <assert.h>
#include <stdlib.h>

#include "pki/crl.h"
#include "pki/revocation_set.h"

struct hc_revocation *hc_revocation_ref(struct hc_revocation *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void hc_revocation_free(struct hc_revocation *r)
{
    if (r == NULL || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < r->n_all; i++)
        hc_revocation_entry_free(r->entry[i]);
    for (size_t i = 0; i < r->n_files; i++) {
        hc_revocation_entry_free(r->file[i].entry);
        free(r->file[i].path);
    }
    free(r->entry);
    free(r->file);
    free(r);
}

size_t hc_revocation_count(const struct hc_revocation *r)
{
    return r->n;
}

/* Believed if it is signed, and its time has come. What lies in the future must carry neither the time floor
 * there (everything would expire) nor the memory of what is newest (the present one would be older). */
static bool is_usable(const struct hc_revocation *r, const struct hc_revocation_entry *entry)
{
    return !entry->indirect && !hc_revocation_entry_in_future(entry, r->built_at);
}

static bool counts(const struct hc_revocation *r, const struct hc_revocation_entry *entry)
{
    return is_usable(r, entry) && hc_revocation_entry_verified(entry);
}

int64_t hc_revocation_newest(const struct hc_revocation *r)
{
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < r->n; i++) {
        if (r->entry[i]->this_update > newest && counts(r, r->entry[i]))
            newest = r->entry[i]->this_update;
    }
    return newest;
}

/* The key identifier that the CRL names, or that of the certificate that signed it. */
static bool is_of(const struct hc_revocation_entry *entry, struct hc_bytes issuer_key_id)
{
    if (entry->aki.n > 0)
        return hc_bytes_eq(entry->aki, issuer_key_id);
    for (const struct hc_revocation_known *k = atomic_load_explicit(&entry->known, memory_order_acquire); k != NULL;
         k = k->next) {
        if (k->signed_by && hc_bytes_eq(k->issuer->ski, issuer_key_id))
            return true;
    }
    return false;
}

bool hc_revocation_has(const struct hc_revocation *r, struct hc_bytes issuer_key_id, struct hc_bytes number)
{
    for (size_t i = 0; r != NULL && issuer_key_id.n > 0 && i < r->n; i++) {
        const struct hc_revocation_entry *entry = r->entry[i];
        bool unmet = atomic_load_explicit(&entry->known, memory_order_acquire) == NULL;
        if (is_of(entry, issuer_key_id) && hc_crl_number_cmp(entry->number, number) >= 0 && is_usable(r, entry) &&
            (unmet || hc_revocation_entry_verified(entry)))
            return true;
    }
    return false;
}

void hc_revocation_marks(const struct hc_revocation *r, void (*each)(void *ctx, const struct hc_revocation_mark *mark),
                         void *ctx)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_revocation_entry *entry = r->entry[i];
        if (!counts(r, entry))
            continue;
        for (const struct hc_revocation_known *k = atomic_load_explicit(&entry->known, memory_order_acquire); k != NULL;
             k = k->next) {
            struct hc_revocation_mark mark = hc_revocation_entry_mark(entry, k->issuer->spki);
            if (k->signed_by)
                each(ctx, &mark);
        }
    }
}

static size_t entry_memory(const struct hc_revocation_entry *entry)
{
    return sizeof(*entry) + strlen(entry->source) + 1 + entry->facts.cap + entry->message.cap + entry->table.room;
}

size_t hc_revocation_memory(const struct hc_revocation *r)
{
    size_t n = sizeof(*r) + r->n_all * sizeof(r->entry[0]) + r->n_files * sizeof(r->file[0]);
    for (size_t i = 0; i < r->n_all; i++)
        n += entry_memory(r->entry[i]);
    for (size_t i = 0; i < r->n_files; i++)
        n += strlen(r->file[i].path) + 1;
    return n;
}

/* The entries in use stand in the order of their hashes. */
void hc_revocation_hash(const struct hc_revocation *r, uint8_t out[HC_REVOCATION_HASH])
{
    static_assert(HC_REVOCATION_HASH == HC_SHA256_SIZE, "one digest");
    uint8_t chained[2 * HC_SHA256_SIZE] = {0};
    for (size_t i = 0; i < r->n; i++) {
        memcpy(chained + HC_SHA256_SIZE, r->entry[i]->hash, HC_SHA256_SIZE);
        hc_sha256(hc_bytes_of(chained, sizeof(chained)), chained);
    }
    memcpy(out, chained, HC_SHA256_SIZE);
}
