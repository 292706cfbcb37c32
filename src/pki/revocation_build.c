/*
 * revocation_build.c - making the next set of CRLs from what was found and from the previous set.
 *
 * 1. Each source was read into an entry; a CRL that the previous set holds is shared with it, with all that is known
 * about its signature, and one that is older than what an earlier life of the gate accepted is dropped. 2. Each entry
 * is verified under every known certificate of its issuer; one that none of them signed is dropped. 3. Of two entries
 * signed by the same key for the same scope the older is dropped (T16), the previous set's entries included. 4. An
 * entry of the previous set that nothing replaced stays while its source, or a candidate for the same issuer and scope,
 * is there.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pki/bundle.h"
#include "pki/revocation_set.h"

struct builder {
    const struct hc_crypto *c;
    const struct hc_revocation_input *in;
    struct hc_revocation *set; /* its entries are in use; withdrawn ones are added last */
    size_t room;
    struct hc_revocation_item *item;
    size_t n_items;
};

static void alarm_text(const struct builder *b, enum hc_code code, const char *source, const char *text)
{
    if (b->in->alarm != NULL)
        b->in->alarm(b->in->alarm_ctx, code, source, text);
}

static void drop(struct hc_revocation *set, size_t i)
{
    hc_revocation_entry_free(set->entry[i]);
    memmove(&set->entry[i], &set->entry[i + 1], (set->n - i - 1) * sizeof(struct hc_revocation_entry *));
    set->n_all = --set->n;
}

static void keep(struct builder *b, struct hc_revocation_entry *entry)
{
    assert(b->set->n_all < b->room);
    b->set->entry[b->set->n_all++] = entry;
    b->set->n = b->set->n_all;
}

/* ---- 1: from bytes to entries ---- */

static struct hc_revocation_entry *find_same(const struct hc_revocation *set, const struct hc_revocation_entry *entry)
{
    for (size_t i = 0; set != NULL && i < set->n_all; i++) {
        if (memcmp(set->entry[i]->hash, entry->hash, HC_SHA256_SIZE) == 0)
            return set->entry[i];
    }
    return NULL;
}

/* Gives the set the entry of one source, or the same CRL of the previous set. */
static void take_item(struct builder *b, struct hc_revocation_item *item)
{
    struct hc_revocation_entry *before;

    if (item->entry == NULL || find_same(b->set, item->entry) != NULL)
        return;
    before = find_same(b->in->previous, item->entry);
    if (before == NULL) { /* nobody else has it yet */
        item->entry->older_than_known = b->in->older_than_known;
        item->entry->known_ctx = b->in->known_ctx;
    }
    keep(b, hc_revocation_entry_ref(before != NULL ? before : item->entry));
}

/* ---- 2: signatures ---- */

struct verdict {
    bool tried;
    bool good;
};

static struct hc_rc try_issuer(const struct builder *b, struct hc_revocation_entry *entry, const struct hc_cert *issuer,
                               struct verdict *v, struct hc_err *e)
{
    if (!hc_revocation_entry_names(entry, issuer))
        return HC_OK;
    bool yes = false;
    HC_TRY(e, hc_revocation_entry_signed_by(entry, b->c, issuer, &yes, e));
    v->tried = true;
    v->good = v->good || yes;
    return HC_OK;
}

/* Issuers that peers presented and that signed CRLs of the previous set. Whether they are trusted is asked for every
 * chain anew. */
static struct hc_rc try_learned(const struct builder *b, struct hc_revocation_entry *entry, struct verdict *v,
                                struct hc_err *e)
{
    const struct hc_revocation *previous = b->in->previous;
    for (size_t i = 0; previous != NULL && i < previous->n_all; i++) {
        for (const struct hc_revocation_known *k = atomic_load(&previous->entry[i]->known); k != NULL; k = k->next) {
            if (k->signed_by)
                HC_TRY(e, try_issuer(b, entry, k->issuer, v, e));
        }
    }
    return HC_OK;
}

static struct hc_rc verify_entry(const struct builder *b, struct hc_revocation_entry *entry, struct verdict *v,
                                 struct hc_err *e)
{
    *v = (struct verdict){0};
    for (size_t i = 0; b->in->bundle != NULL && i < hc_bundle_count(b->in->bundle); i++)
        HC_TRY(e, try_issuer(b, entry, hc_bundle_anchor(b->in->bundle, i), v, e));
    for (size_t i = 0; i < b->in->n_issuers; i++)
        HC_TRY(e, try_issuer(b, entry, b->in->issuer[i], v, e));
    return try_learned(b, entry, v, e);
}

static struct hc_rc verify_all(struct builder *b, struct hc_err *e)
{
    for (size_t i = 0; i < b->set->n;) {
        struct hc_revocation_entry *entry = b->set->entry[i];
        struct verdict v;
        HC_TRY(e, verify_entry(b, entry, &v, e));
        if (v.tried && !v.good) {
            if (atomic_load_explicit(&entry->rolled_back, memory_order_relaxed))
                alarm_text(b, HC_E_CRL_OLDER, entry->source, "a newer one of its issuer was accepted before");
            else
                alarm_text(b, HC_E_CRL_SIGNATURE, entry->source, "no known certificate of its issuer signed it");
            drop(b->set, i);
            continue;
        }
        if (!v.tried)
            alarm_text(b, HC_E_CRL_UNKNOWN_ISSUER, entry->source,
                       "it is verified when its issuer's certificate is presented");
        i++;
    }
    return HC_OK;
}

/* ---- 3: the older of two ---- */

static void alarm_older(const struct builder *b, const struct hc_revocation_entry *older,
                        const struct hc_revocation_entry *than)
{
    char old_date[HC_TIME_TEXT], new_date[HC_TIME_TEXT], text[512];
    snprintf(text, sizeof(text), "its date is %s; the one in use (%s) is of %s",
             hc_time_text(older->this_update, old_date), than->source, hc_time_text(than->this_update, new_date));
    alarm_text(b, HC_E_CRL_OLDER, older->source, text);
}

/* One whose date is still to come replaces nothing: both stay until it has come. */
static bool replaces(const struct builder *b, const struct hc_revocation_entry *newer,
                     const struct hc_revocation_entry *older)
{
    return hc_revocation_entry_same_kind(newer, older) && !hc_revocation_entry_older(newer, older) &&
           !hc_revocation_entry_in_future(newer, b->in->now);
}

static void drop_older_duplicates(struct builder *b)
{
    for (size_t i = 0; i < b->set->n;) {
        size_t j = 0;
        /* Of two of one age, which an issuer should not make, both count: what either of them lists is revoked. */
        while (j < b->set->n && (j == i || !hc_revocation_entry_older(b->set->entry[i], b->set->entry[j]) ||
                                 !replaces(b, b->set->entry[j], b->set->entry[i])))
            j++;
        if (j == b->set->n) {
            i++;
            continue;
        }
        alarm_older(b, b->set->entry[i], b->set->entry[j]);
        drop(b->set, i);
    }
}

static void drop_older_than(struct builder *b, const struct hc_revocation_entry *before)
{
    for (size_t i = 0; i < b->set->n;) {
        struct hc_revocation_entry *entry = b->set->entry[i];
        if (hc_revocation_entry_same_kind(entry, before) && hc_revocation_entry_older(entry, before)) {
            alarm_older(b, entry, before);
            drop(b->set, i);
        } else {
            i++;
        }
    }
}

/* ---- 4: what stays of the previous set ---- */

static bool replaced(const struct builder *b, const struct hc_revocation_entry *before)
{
    for (size_t i = 0; i < b->set->n; i++) {
        if (replaces(b, b->set->entry[i], before))
            return true;
    }
    return false;
}

/* Its file, or the directory it was in, is still among the sources. */
static const struct hc_revocation_item *source_of(const struct builder *b, const struct hc_revocation_entry *entry)
{
    for (size_t i = 0; i < b->n_items; i++) {
        const struct hc_revocation_item *s = &b->item[i];
        size_t n = strlen(s->name);
        if (strncmp(entry->source, s->name, n) == 0 &&
            (entry->source[n] == '\0' || (s->unread && entry->source[n] == '/')))
            return s;
    }
    return NULL;
}

/* A CRL in the same issuer's name and of the same scope is there: of the same key a newer one, or one that nobody could
 * verify yet. */
static bool spoken_for(const struct builder *b, const struct hc_revocation_entry *before)
{
    for (size_t i = 0; i < b->set->n; i++) {
        if (hc_revocation_entry_same_scope(b->set->entry[i], before) &&
            hc_dn_eq(b->set->entry[i]->issuer, before->issuer))
            return true;
    }
    return false;
}

/* A candidate that was never verified has no claim beyond its source's failure to be read. */
static bool stays(const struct builder *b, const struct hc_revocation_entry *before, bool older_came)
{
    const struct hc_revocation_item *source = source_of(b, before);
    if (!hc_revocation_entry_verified(before))
        return source != NULL && !spoken_for(b, before);
    return older_came || source != NULL || spoken_for(b, before);
}

static void carry_over(struct builder *b, struct hc_revocation *withdrawn)
{
    const struct hc_revocation *previous = b->in->previous;
    for (size_t i = 0; previous != NULL && i < previous->n_all; i++) {
        struct hc_revocation_entry *before = previous->entry[i];
        if (find_same(b->set, before) != NULL || replaced(b, before) ||
            hc_revocation_entry_in_future(before, b->in->now))
            continue; /* one whose time had not come was never in use: nothing is older than it */
        size_t n = b->set->n;
        drop_older_than(b, before);
        bool older_came = b->set->n < n;
        if (stays(b, before, older_came) && (i < previous->n || older_came))
            keep(b, hc_revocation_entry_ref(before));
        else if (hc_revocation_entry_verified(before) && withdrawn->n < HC_REVOCATION_CRLS)
            withdrawn->entry[withdrawn->n++] = hc_revocation_entry_ref(before);
    }
}

static void tell_state(const struct builder *b)
{
    for (size_t i = 0; i < b->set->n; i++) {
        const struct hc_revocation_entry *entry = b->set->entry[i];
        if (entry->indirect)
            alarm_text(b, HC_E_CRL_INDIRECT, entry->source, "it speaks for certificates of other issuers");
        if (hc_revocation_entry_in_future(entry, b->in->now))
            alarm_text(b, HC_E_CRL_NOT_YET_VALID, entry->source, "its date lies ahead of this machine's clock");
        else if (b->in->now > entry->next_update)
            alarm_text(b, HC_E_CRL_STALE, entry->source, "its next update is overdue");
    }
}

/* ---- the whole ---- */

static int by_hash(const void *a, const void *b)
{
    struct hc_revocation_entry *const *x = a;
    struct hc_revocation_entry *const *y = b;
    return memcmp((*x)->hash, (*y)->hash, HC_SHA256_SIZE);
}

static struct hc_rc set_new(size_t room, int64_t now, struct hc_revocation **out, struct hc_err *e)
{
    HC_AUTO(hc_revocation) set = calloc(1, sizeof(*set));
    if (set == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    atomic_init(&set->refs, 1);
    set->built_at = now;
    set->entry = calloc(room > 0 ? room : 1, sizeof(struct hc_revocation_entry *));
    if (set->entry == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    *out = HC_GIVE(set);
    return HC_OK;
}

/* Moves the withdrawn entries behind those in use. */
static void append_withdrawn(struct builder *b, struct hc_revocation *withdrawn)
{
    qsort(b->set->entry, b->set->n, sizeof(struct hc_revocation_entry *), by_hash);
    for (size_t i = 0; i < withdrawn->n; i++) {
        assert(b->set->n_all < b->room);
        b->set->entry[b->set->n_all++] = withdrawn->entry[i];
    }
    withdrawn->n = withdrawn->n_all = 0;
}

static struct hc_rc note_file(struct hc_revocation *set, const struct hc_revocation_item *item,
                              struct hc_revocation_entry *entry, struct hc_err *e)
{
    size_t size = strlen(item->name) + 1;
    char *path = malloc(size);

    if (path == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    memcpy(path, item->name, size);
    set->file[set->n_files++] =
        (struct hc_revocation_file){.path = path, .stamp = item->stamp, .entry = hc_revocation_entry_ref(entry)};
    return HC_OK;
}

/* Which file held what, for the next set. Of a CRL that is not in use nothing is kept. */
static struct hc_rc note_files(struct builder *b, struct hc_err *e)
{
    b->set->file = calloc(b->n_items > 0 ? b->n_items : 1, sizeof(*b->set->file));
    if (b->set->file == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    for (size_t i = 0; i < b->n_items; i++) {
        const struct hc_revocation_item *item = &b->item[i];
        struct hc_revocation_entry *entry =
            item->stamped && item->entry != NULL ? find_same(b->set, item->entry) : NULL;
        if (entry != NULL)
            HC_TRY(e, note_file(b->set, item, entry, e));
    }
    return HC_OK;
}

struct hc_rc hc_revocation_build_items(const struct hc_crypto *c, const struct hc_revocation_input *input,
                                       struct hc_revocation_item *item, size_t n, struct hc_revocation **out,
                                       struct hc_err *e)
{
    size_t n_before = input->previous != NULL ? input->previous->n_all : 0;
    HC_AUTO(hc_revocation) set = NULL;
    HC_AUTO(hc_revocation) withdrawn = NULL;

    HC_TRY(e, set_new(n + n_before, input->now, &set, e));
    HC_TRY(e, set_new(n_before, input->now, &withdrawn, e));
    struct builder b = {.c = c, .in = input, .set = set, .room = n + n_before, .item = item, .n_items = n};
    for (size_t i = 0; i < n; i++)
        take_item(&b, &item[i]);
    HC_TRY(e, verify_all(&b, e));
    drop_older_duplicates(&b);
    carry_over(&b, withdrawn);
    withdrawn->n_all = withdrawn->n;
    tell_state(&b);
    append_withdrawn(&b, withdrawn);
    HC_TRY(e, note_files(&b, e));
    *out = HC_GIVE(set);
    return HC_OK;
}

void hc_revocation_build_tell(const struct hc_revocation_input *input, const char *source, const struct hc_err *why)
{
    if (input->alarm != NULL)
        input->alarm(input->alarm_ctx, why->code, source, why->text);
}

struct items {
    struct hc_revocation_item *item;
    size_t n;
};

static void items_fini(struct items *items)
{
    for (size_t i = 0; i < items->n; i++)
        hc_revocation_entry_free(items->item[i].entry);
    free(items->item);
}

static struct hc_rc read_sources(const struct hc_revocation_input *input, struct items *items, struct hc_err *e)
{
    for (; items->n < input->n_sources; items->n++) {
        const struct hc_revocation_source *source = &input->source[items->n];
        struct hc_revocation_item *item = &items->item[items->n];

        *item = (struct hc_revocation_item){.name = source->name, .unread = source->unread};
        if (source->unread)
            continue;
        struct hc_rc rc = hc_revocation_read(source->data, source->name, &item->entry, e);
        if (rc.code == HC_E_NOMEM)
            return rc;
        if (hc_failed(rc))
            hc_revocation_build_tell(input, source->name, e);
    }
    return HC_OK;
}

struct hc_rc hc_revocation_build(const struct hc_crypto *c, const struct hc_revocation_input *input,
                                 struct hc_revocation **out, struct hc_err *e)
{
    __attribute__((cleanup(items_fini))) struct items items = {0};

    if (input->n_sources > HC_REVOCATION_CRLS)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu CRLs; %d are accepted", input->n_sources, HC_REVOCATION_CRLS);
    items.item = calloc(input->n_sources > 0 ? input->n_sources : 1, sizeof(*items.item));
    if (items.item == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for CRLs");
    HC_TRY(e, read_sources(input, &items, e));
    return hc_revocation_build_items(c, input, items.item, items.n, out, e);
}
