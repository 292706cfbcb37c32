/* bundle.c - a set of trust anchors, read whole or not at all. */
#include "pki/bundle.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/x509.h"
#include "pki/cert.h"
#include "pki/pem.h"

struct hc_bundle {
    atomic_uint refs;
    struct hc_cert_list anchors;
    struct hc_x509 **x509; /* parallel to anchors */
    uint8_t hash[HC_SHA256_SIZE];
};

static bool list_has(const struct hc_cert_list *list, const struct hc_cert *cert)
{
    for (size_t i = 0; i < list->n; i++) {
        if (memcmp(list->cert[i]->sha256, cert->sha256, sizeof(cert->sha256)) == 0)
            return true;
    }
    return false;
}

static struct hc_rc check_anchor(const struct hc_cert *cert, struct hc_err *e)
{
    if (cert->has_bc && cert->is_ca)
        return HC_OK;
    HC_BUF_AUTO(who, 1024);
    hc_dn_text(cert->subject, &who);
    return HC_FAIL(e, HC_E_BUNDLE, "%s is not a CA certificate, and only a CA can be a trust anchor",
                   hc_buf_cstr(&who));
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

static struct hc_rc take_anchors(struct hc_bundle *b, const struct hc_cert_list *read, struct hc_err *e)
{
    for (size_t i = 0; i < read->n; i++) {
        HC_TRY(e, check_anchor(read->cert[i], e));
        if (!list_has(&b->anchors, read->cert[i]))
            HC_TRY(e, hc_cert_list_take(&b->anchors, hc_cert_ref(read->cert[i]), e));
    }
    return HC_OK;
}

static struct hc_rc decode_anchors(struct hc_bundle *b, const struct hc_crypto *c, struct hc_err *e)
{
    b->x509 = calloc(b->anchors.n, sizeof(struct hc_x509 *));
    if (b->x509 == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    for (size_t i = 0; i < b->anchors.n; i++)
        HC_TRY(e, hc_x509_from_der(c, b->anchors.cert[i]->der, &b->x509[i], e));
    return HC_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HC_SHA256_SIZE);
}

static struct hc_rc hash_anchors(struct hc_bundle *b, struct hc_err *e)
{
    size_t n = b->anchors.n * HC_SHA256_SIZE;
    uint8_t *all = malloc(n);
    if (all == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    for (size_t i = 0; i < b->anchors.n; i++)
        memcpy(all + i * HC_SHA256_SIZE, b->anchors.cert[i]->sha256, HC_SHA256_SIZE);
    qsort(all, b->anchors.n, HC_SHA256_SIZE, by_bytes);
    hc_sha256(hc_bytes_of(all, n), b->hash);
    free(all);
    return HC_OK;
}

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

struct hc_rc hc_bundle_parse(const struct hc_crypto *c, struct hc_bytes pem, int64_t now, struct hc_bundle **out,
                             struct hc_err *e)
{
    HC_CERT_LIST(read);
    HC_TRY(e, read_all(pem, &read, e));
    HC_AUTO(hc_bundle) b = calloc(1, sizeof(*b));
    if (b == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a bundle");
    atomic_init(&b->refs, 1);
    HC_TRY(e, take_anchors(b, &read, e));
    HC_TRY(e, check_dates(&b->anchors, now, e));
    HC_TRY(e, decode_anchors(b, c, e));
    HC_TRY(e, hash_anchors(b, e));
    *out = HC_GIVE(b);
    return HC_OK;
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
    return list_has(&b->anchors, cert);
}

struct hc_bytes hc_bundle_hash(const struct hc_bundle *b)
{
    return hc_bytes_of(b->hash, sizeof(b->hash));
}
