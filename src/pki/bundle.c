/* bundle.c - a set of trust anchors, read whole or not at all. */
#include "pki/bundle.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/spki.h"
#include "crypto/x509.h"
#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/subtree.h"
#include "pki/within.h"

/* What binds the anchors of one entry. */
struct binding {
    char *name; /* NULL: none */
    struct hc_subtree *asserts;
    size_t n_asserts;
};

struct hc_bundle {
    atomic_uint refs;
    struct hc_cert_list anchors;
    struct hc_x509 **x509;        /* parallel to anchors */
    const struct binding **bound; /* parallel to anchors */
    bool *self_signed;            /* parallel to anchors */
    struct binding *binding;
    size_t n_bindings;
    uint8_t hash[HC_SHA256_SIZE];
};

size_t hc_bundle_find(const struct hc_bundle *b, const struct hc_cert *cert)
{
    for (size_t i = 0; i < b->anchors.n; i++) {
        if (memcmp(b->anchors.cert[i]->sha256, cert->sha256, sizeof(cert->sha256)) == 0)
            return i;
    }
    return HC_BUNDLE_NONE;
}

size_t hc_bundle_find_key(const struct hc_bundle *b, const struct hc_cert *cert)
{
    for (size_t i = 0; i < b->anchors.n; i++) {
        if (hc_bytes_eq(b->anchors.cert[i]->spki, cert->spki))
            return i;
    }
    return HC_BUNDLE_NONE;
}

/* ---- bindings ---- */

static int by_type_and_base(const void *a, const void *b)
{
    const struct hc_subtree *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return hc_bytes_cmp(hc_bytes_of(x->base, x->n), hc_bytes_of(y->base, y->n));
}

static struct hc_rc check_asserts(const struct hc_bundle_entry *entry, struct hc_err *e)
{
    if (entry->n_asserts > HC_BUNDLE_ASSERTS)
        return HC_FAIL(e, HC_E_BUNDLE, "it may assert %zu subtrees of names; %d are accepted", entry->n_asserts,
                       HC_BUNDLE_ASSERTS);
    for (size_t i = 0; i < entry->n_asserts; i++) {
        const struct hc_subtree *s = &entry->asserts[i];
        if (s->n > sizeof(s->base) || !hc_within_base_ok(hc_within_tag(s->type), hc_bytes_of(s->base, s->n)))
            return HC_FAIL(e, HC_E_BUNDLE, "number %zu of what it may assert is malformed", i + 1);
    }
    return HC_OK;
}

static struct hc_rc bind(struct hc_bundle *b, const struct hc_bundle_entry *entry, struct hc_err *e)
{
    HC_TRY(e, check_asserts(entry, e));
    struct binding *binding = &b->binding[b->n_bindings++];
    if (entry->name != NULL && (binding->name = strdup(entry->name)) == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    if (entry->n_asserts == 0)
        return HC_OK;
    binding->asserts = calloc(entry->n_asserts, sizeof(*binding->asserts));
    if (binding->asserts == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    binding->n_asserts = entry->n_asserts;
    memcpy(binding->asserts, entry->asserts, entry->n_asserts * sizeof(*entry->asserts));
    qsort(binding->asserts, binding->n_asserts, sizeof(*binding->asserts), by_type_and_base);
    return HC_OK;
}

static bool same_binding(const struct binding *a, const struct binding *b)
{
    if (a == b)
        return true;
    if ((a->name == NULL) != (b->name == NULL) || (a->name != NULL && strcmp(a->name, b->name) != 0) ||
        a->n_asserts != b->n_asserts)
        return false;
    for (size_t i = 0; i < a->n_asserts; i++) {
        if (by_type_and_base(&a->asserts[i], &b->asserts[i]) != 0)
            return false;
    }
    return true;
}

/* ---- anchors ---- */

static struct hc_rc refuse_anchor(const struct hc_cert *cert, enum hc_code code, const char *why, struct hc_err *e)
{
    HC_BUF_AUTO(who, 1024);
    hc_dn_text(cert->subject, &who);
    return HC_FAIL(e, code, "%s %s", hc_buf_cstr(&who), why);
}

static struct hc_rc check_anchor(const struct hc_cert *cert, struct hc_err *e)
{
    if (cert->odd_serial)
        return refuse_anchor(cert, HC_E_CERT_SERIAL, "has a serial number that is zero or negative", e);
    if (!cert->has_bc || !cert->is_ca)
        return refuse_anchor(cert, HC_E_BUNDLE, "is not a CA certificate, and only a CA can be a trust anchor", e);
    return HC_OK;
}

/* At least one anchor must hold now: a bundle of expired roots refuses everybody, which its operator should hear at
 * once. */
static struct hc_rc check_dates(const struct hc_cert_list *anchors, int64_t now, struct hc_err *e)
{
    for (size_t i = 0; i < anchors->n; i++) {
        if (anchors->cert[i]->not_before <= now && now <= anchors->cert[i]->not_after)
            return HC_OK;
    }
    const struct hc_cert *first = anchors->cert[0];
    char when[HC_TIME_TEXT];
    if (now < first->not_before)
        return HC_FAIL(e, HC_E_BUNDLE, "no anchor is valid yet: the first one begins at %s",
                       hc_time_text(first->not_before, when));
    return HC_FAIL(e, HC_E_BUNDLE, "every anchor has expired: the first one at %s",
                   hc_time_text(first->not_after, when));
}

/* An anchor whose key another entry has too would be found under the one or the other, as a peer likes. */
static struct hc_rc check_clash(const struct hc_bundle *b, const struct hc_cert *cert, const struct binding *binding,
                                struct hc_err *e)
{
    for (size_t i = 0; i < b->anchors.n; i++) {
        if (!hc_bytes_eq(b->anchors.cert[i]->spki, cert->spki) || same_binding(b->bound[i], binding))
            continue;
        HC_BUF_AUTO(who, 1024);
        hc_dn_text(cert->subject, &who);
        const char *name = b->bound[i]->name;
        return HC_FAIL(e, HC_E_BUNDLE,
                       "%s, or its key, is in another entry%s%s too, with another name or other asserts",
                       hc_buf_cstr(&who), name ? ", " : "", name ? name : "");
    }
    return HC_OK;
}

static struct hc_rc take_anchor(struct hc_bundle *b, struct hc_cert *cert, const struct binding *binding,
                                struct hc_err *e)
{
    HC_TRY(e, check_anchor(cert, e));
    HC_TRY(e, check_clash(b, cert, binding, e));
    if (hc_bundle_find(b, cert) != HC_BUNDLE_NONE)
        return HC_OK;
    if (b->anchors.n == HC_BUNDLE_ANCHORS)
        return HC_FAIL(e, HC_E_BUNDLE, "more than %d certificates", HC_BUNDLE_ANCHORS);
    HC_TRY(e, hc_cert_list_take(&b->anchors, hc_cert_ref(cert), e));
    b->bound[b->anchors.n - 1] = binding;
    return HC_OK;
}

/* RFC 5280 4.2.1.1 lets a self-signed certificate do without an authority key identifier. Only for those that have none
 * and bear another issuer's name is the signature looked at. */
static bool is_self_signed(const struct hc_crypto *c, const struct hc_cert *cert)
{
    struct hc_err ignored;
    if (cert->aki.n > 0 || hc_cert_self_issued(cert))
        return hc_cert_self_issued(cert);
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    return hc_ok(hc_spki_verify(c, cert->spki, &what, &ignored));
}

static struct hc_rc decode_anchors(struct hc_bundle *b, const struct hc_crypto *c, struct hc_err *e)
{
    b->x509 = calloc(b->anchors.n, sizeof(struct hc_x509 *));
    if (b->x509 == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    for (size_t i = 0; i < b->anchors.n; i++) {
        HC_TRY(e, hc_x509_from_der(c, b->anchors.cert[i]->der, &b->x509[i], e));
        b->self_signed[i] = is_self_signed(c, b->anchors.cert[i]);
    }
    return HC_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HC_SHA256_SIZE);
}

static void add_length(struct hc_buf *out, size_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        hc_buf_add_byte(out, (uint8_t)(n >> shift));
}

/* What is hashed of one anchor: every part with its length, so that no two sets have the same bytes. */
static struct hc_rc hash_anchor(const struct hc_bundle *b, size_t i, uint8_t out[HC_SHA256_SIZE], struct hc_err *e)
{
    const struct binding *binding = b->bound[i];
    HC_BUF_AUTO(all, 1024 + HC_BUNDLE_MAX_BYTES);
    hc_buf_add(&all, hc_bytes_of(b->anchors.cert[i]->sha256, HC_SHA256_SIZE));
    hc_buf_add_byte(&all, binding->name != NULL);
    add_length(&all, binding->name ? strlen(binding->name) : 0);
    hc_buf_add_str(&all, binding->name ? binding->name : "");
    for (size_t k = 0; k < binding->n_asserts; k++) {
        const struct hc_subtree *s = &binding->asserts[k];
        hc_buf_add_byte(&all, (uint8_t)s->type);
        add_length(&all, s->n);
        hc_buf_add(&all, hc_bytes_of(s->base, s->n));
    }
    HC_TRY(e, hc_buf_check(&all, e));
    hc_sha256(hc_buf_view(&all), out);
    return HC_OK;
}

static struct hc_rc hash_into(struct hc_bundle *b, uint8_t (*all)[HC_SHA256_SIZE], struct hc_err *e)
{
    for (size_t i = 0; i < b->anchors.n; i++)
        HC_TRY(e, hash_anchor(b, i, all[i], e));
    qsort(all, b->anchors.n, HC_SHA256_SIZE, by_bytes);
    hc_sha256(hc_bytes_of(all, b->anchors.n * HC_SHA256_SIZE), b->hash);
    return HC_OK;
}

static struct hc_rc hash_anchors(struct hc_bundle *b, struct hc_err *e)
{
    uint8_t(*all)[HC_SHA256_SIZE] = calloc(b->anchors.n, HC_SHA256_SIZE);
    if (all == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    struct hc_rc rc = hash_into(b, all, e);
    free(all);
    return rc;
}

/* ---- entries ---- */

static struct hc_rc read_all(struct hc_bytes pem, struct hc_cert_list *read, struct hc_err *e)
{
    if (pem.n > HC_BUNDLE_MAX_BYTES)
        return HC_FAIL(e, HC_E_TOO_BIG, "a bundle of %zu bytes; %u are accepted", pem.n, HC_BUNDLE_MAX_BYTES);
    if (pem.n == 0)
        return HC_FAIL(e, HC_E_BUNDLE, "it is empty");
    HC_BUF_AUTO(der, HC_CERT_MAX);
    for (bool found = true; found;) {
        HC_TRY(e, hc_pem_next(&pem, HC_PEM_CERTIFICATE, &der, &found, e));
        if (!found)
            break;
        if (read->n == HC_BUNDLE_ANCHORS)
            return HC_FAIL(e, HC_E_BUNDLE, "more than %d certificates", HC_BUNDLE_ANCHORS);
        struct hc_cert *cert = NULL;
        struct hc_rc rc = hc_cert_parse(hc_buf_view(&der), &cert, e);
        if (hc_failed(rc)) {
            hc_err_prefix(e, "certificate %zu", read->n + 1);
            return rc;
        }
        HC_TRY(e, hc_cert_list_take(read, cert, e));
    }
    if (read->n == 0)
        return HC_FAIL(e, HC_E_BUNDLE, "there is no certificate in it");
    return HC_OK;
}

static struct hc_rc take_entry(struct hc_bundle *b, const struct hc_bundle_entry *entry, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_BUNDLE_MAX_BYTES);
    HC_CERT_LIST(read);
    struct hc_bytes pem = entry->pem;
    if (pem.n == 0 && entry->path != NULL) {
        HC_TRY(e, hc_file_read(entry->path, &text, e));
        pem = hc_buf_view(&text);
    }
    HC_TRY(e, read_all(pem, &read, e));
    HC_TRY(e, bind(b, entry, e));
    for (size_t i = 0; i < read.n; i++)
        HC_TRY(e, take_anchor(b, read.cert[i], &b->binding[b->n_bindings - 1], e));
    return HC_OK;
}

static struct hc_rc take_entries(struct hc_bundle *b, const struct hc_bundle_entry entry[], size_t n, struct hc_err *e)
{
    b->binding = calloc(n, sizeof(*b->binding));
    b->bound = calloc(HC_BUNDLE_ANCHORS, sizeof(struct binding *));
    b->self_signed = calloc(HC_BUNDLE_ANCHORS, sizeof(bool));
    if (b->binding == NULL || b->bound == NULL || b->self_signed == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    for (size_t i = 0; i < n; i++) {
        struct hc_rc rc = take_entry(b, &entry[i], e);
        if (hc_failed(rc) && entry[i].path != NULL)
            hc_err_prefix(e, "bundle %s", entry[i].path);
        if (hc_failed(rc) && entry[i].name != NULL)
            hc_err_prefix(e, "%s", entry[i].name);
        HC_TRY(e, rc);
    }
    return HC_OK;
}

struct hc_rc hc_bundle_load_entries(const struct hc_crypto *c, const struct hc_bundle_entry entry[], size_t n,
                                    int64_t now, struct hc_bundle **out, struct hc_err *e)
{
    if (n == 0 || n > HC_BUNDLE_ENTRIES)
        return HC_FAIL(e, HC_E_BUNDLE, "a bundle of %zu entries; 1 to %d are accepted", n, HC_BUNDLE_ENTRIES);
    HC_AUTO(hc_bundle) b = calloc(1, sizeof(*b));
    if (b == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    atomic_init(&b->refs, 1);
    HC_TRY(e, take_entries(b, entry, n, e));
    HC_TRY(e, check_dates(&b->anchors, now, e));
    HC_TRY(e, decode_anchors(b, c, e));
    HC_TRY(e, hash_anchors(b, e));
    *out = HC_GIVE(b);
    return HC_OK;
}

struct hc_rc hc_bundle_parse(const struct hc_crypto *c, struct hc_bytes pem, int64_t now, struct hc_bundle **out,
                             struct hc_err *e)
{
    return hc_bundle_load_entries(c, &(struct hc_bundle_entry){.pem = pem}, 1, now, out, e);
}

struct hc_rc hc_bundle_load(const struct hc_crypto *c, const char *path, int64_t now, struct hc_bundle **out,
                            struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_BUNDLE_MAX_BYTES);
    HC_TRY(e, hc_file_read(path, &text, e));
    struct hc_rc rc = hc_bundle_parse(c, hc_buf_view(&text), now, out, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "bundle %s", path);
    return rc;
}

struct hc_bundle *hc_bundle_ref(struct hc_bundle *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void hc_bundle_free(struct hc_bundle *b)
{
    if (b == NULL || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; b->x509 != NULL && i < b->anchors.n; i++)
        hc_x509_free(b->x509[i]);
    free(b->x509);
    for (size_t i = 0; i < b->n_bindings; i++) {
        free(b->binding[i].name);
        free(b->binding[i].asserts);
    }
    free(b->binding);
    free(b->bound);
    free(b->self_signed);
    hc_cert_list_fini(&b->anchors);
    free(b);
}

size_t hc_bundle_count(const struct hc_bundle *b)
{
    return b->anchors.n;
}

const struct hc_cert *hc_bundle_anchor(const struct hc_bundle *b, size_t i)
{
    return b->anchors.cert[i];
}

struct hc_x509 *hc_bundle_x509(const struct hc_bundle *b, size_t i)
{
    return b->x509[i];
}

bool hc_bundle_has(const struct hc_bundle *b, const struct hc_cert *cert)
{
    return hc_bundle_find(b, cert) != HC_BUNDLE_NONE;
}

const char *hc_bundle_entry_name(const struct hc_bundle *b, size_t i)
{
    assert(i < b->anchors.n);
    return b->bound[i]->name;
}

const struct hc_subtree *hc_bundle_asserts(const struct hc_bundle *b, size_t i, size_t *n)
{
    assert(i < b->anchors.n);
    *n = b->bound[i]->n_asserts;
    return b->bound[i]->asserts;
}

bool hc_bundle_self_signed(const struct hc_bundle *b, size_t i)
{
    return b->self_signed[i];
}

bool hc_bundle_together(const struct hc_bundle *b, size_t i, size_t k)
{
    return same_binding(b->bound[i], b->bound[k]);
}

struct hc_bytes hc_bundle_hash(const struct hc_bundle *b)
{
    return hc_bytes_of(b->hash, sizeof(b->hash));
}
