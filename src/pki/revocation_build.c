/*
 * revocation_build.c - making the next set of CRLs from what was found and from the previous set.
 *
 * 1. Each source becomes an entry; a CRL that the previous set holds is shared with it, with all that is known about
 * its signature. 2. Each entry is verified under every known certificate of its issuer; one that none of them signed
 * is dropped. 3. Of two entries signed by the same key the older is dropped (T16), the previous set's entries included.
 * 4. An entry of the previous set that nothing replaced stays while its source, or a candidate in its issuer's name,
 * is there.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "pki/bundle.h"
#include "pki/pem.h"
#include "pki/revocation_set.h"

struct builder {
    const struct hc_crypto *c;
    const struct hc_revocation_input *in;
    struct hc_revocation *set; /* its entries are in use; withdrawn ones are added last */
    size_t room;
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

static struct hc_rc der_of(struct hc_bytes data, struct hc_buf *decoded, struct hc_bytes *der, struct hc_err *e)
{
    *der = data;
    if (data.n == 0)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it is empty");
    if (data.p[0] == 0x30)
        return HC_OK;
    bool found = false;
    HC_TRY(e, hc_pem_next(&data, HC_PEM_CRL, decoded, &found, e));
    if (!found)
        return HC_FAIL(e, HC_E_CRL_MALFORMED, "it holds no CRL in DER or PEM");
    *der = hc_buf_view(decoded);
    return HC_OK;
}

static struct hc_revocation_entry *find_same(const struct hc_revocation *set, const struct hc_revocation_entry *entry)
{
    for (size_t i = 0; set != NULL && i < set->n_all; i++) {
        if (memcmp(set->entry[i]->hash, entry->hash, HC_SHA256_SIZE) == 0)
            return set->entry[i];
    }
    return NULL;
}

static struct hc_rc read_source(struct builder *b, const struct hc_revocation_source *source, struct hc_err *e)
{
    HC_BUF_AUTO(decoded, HC_CRL_MAX);
    HC_AUTO(hc_revocation_entry) entry = NULL;
    struct hc_bytes der;
    struct hc_rc rc = der_of(source->data, &decoded, &der, e);
    if (hc_ok(rc))
        rc = hc_revocation_entry_new(der, source->name, &entry, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc)) {
        enum hc_code code = rc.code == HC_E_CRL_UNSUPPORTED ? rc.code : HC_E_CRL_MALFORMED;
        alarm_text(b, code, source->name, e->text);
        return HC_OK;
    }
    if (find_same(b->set, entry) != NULL)
        return HC_OK;
    struct hc_revocation_entry *before = find_same(b->in->previous, entry);
    keep(b, before != NULL ? hc_revocation_entry_ref(before) : HC_GIVE(entry));
    return HC_OK;
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
             hc_time_text(older->crl->this_update, old_date), than->source,
             hc_time_text(than->crl->this_update, new_date));
    alarm_text(b, HC_E_CRL_OLDER, older->source, text);
}

/* One whose date is still to come replaces nothing: both stay until it has come. */
static bool replaces(const struct builder *b, const struct hc_revocation_entry *newer,
                     const struct hc_revocation_entry *older)
{
    return hc_revocation_entry_same_key(newer, older) && !hc_revocation_entry_older(newer, older) &&
           !hc_revocation_entry_in_future(newer, b->in->now);
}

static void drop_older_duplicates(struct builder *b)
{
    for (size_t i = 0; i < b->set->n;) {
        size_t j = 0;
        while (j < b->set->n && (j == i || !replaces(b, b->set->entry[j], b->set->entry[i])))
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
        if (hc_revocation_entry_same_key(entry, before) && hc_revocation_entry_older(entry, before)) {
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
static const struct hc_revocation_source *source_of(const struct builder *b, const struct hc_revocation_entry *entry)
{
    for (size_t i = 0; i < b->in->n_sources; i++) {
        const struct hc_revocation_source *s = &b->in->source[i];
        size_t n = strlen(s->name);
        if (strncmp(entry->source, s->name, n) == 0 &&
            (entry->source[n] == '\0' || (s->unread && entry->source[n] == '/')))
            return s;
    }
    return NULL;
}

/* A CRL in the same issuer's name is there: of the same key a newer one, or one that nobody could verify yet. */
static bool spoken_for(const struct builder *b, const struct hc_revocation_entry *before)
{
    for (size_t i = 0; i < b->set->n; i++) {
        if (hc_dn_eq(b->set->entry[i]->crl->issuer, before->crl->issuer))
            return true;
    }
    return false;
}

/* A candidate that was never verified has no claim beyond its source's failure to be read. */
static bool stays(const struct builder *b, const struct hc_revocation_entry *before, bool older_came)
{
    const struct hc_revocation_source *source = source_of(b, before);
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

static void tell_dates(const struct builder *b)
{
    for (size_t i = 0; i < b->set->n; i++) {
        const struct hc_revocation_entry *entry = b->set->entry[i];
        if (hc_revocation_entry_in_future(entry, b->in->now))
            alarm_text(b, HC_E_CRL_NOT_YET_VALID, entry->source, "its date lies ahead of this machine's clock");
        else if (b->in->now > entry->crl->next_update)
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

struct hc_rc hc_revocation_build(const struct hc_crypto *c, const struct hc_revocation_input *input,
                                 struct hc_revocation **out, struct hc_err *e)
{
    if (input->n_sources > HC_REVOCATION_CRLS)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu CRLs; %d are accepted", input->n_sources, HC_REVOCATION_CRLS);
    size_t n_before = input->previous != NULL ? input->previous->n_all : 0;
    HC_AUTO(hc_revocation) set = NULL;
    HC_AUTO(hc_revocation) withdrawn = NULL;
    HC_TRY(e, set_new(input->n_sources + n_before, input->now, &set, e));
    HC_TRY(e, set_new(n_before, input->now, &withdrawn, e));
    struct builder b = {.c = c, .in = input, .set = set, .room = input->n_sources + n_before};
    for (size_t i = 0; i < input->n_sources; i++) {
        if (!input->source[i].unread)
            HC_TRY(e, read_source(&b, &input->source[i], e));
    }
    HC_TRY(e, verify_all(&b, e));
    drop_older_duplicates(&b);
    carry_over(&b, withdrawn);
    withdrawn->n_all = withdrawn->n;
    tell_dates(&b);
    append_withdrawn(&b, withdrawn);
    *out = HC_GIVE(set);
    return HC_OK;
}
