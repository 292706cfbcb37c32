/* device.c - what a device imports. */
#include <stdio.h>

#include "authority/device.h"
#include "pki/mobileconfig.h"

#define FRIENDLY_MAX 255 /* what lists of certificates have room to show; a long URI is cut, for it is only read */

static struct hc_rc build_p12(const struct hc_crypto *crypto, const struct hc_device *d, struct hc_buf *out,
                              struct hc_err *e)
{
    const struct hc_bytes cas[] = {d->issuer->der, d->root->der};
    char friendly[FRIENDLY_MAX + 1];
    struct hc_p12_parts parts = {
        .kind = d->kind,
        .key = d->key,
        .leaf = d->leaf->der,
        .cas = cas,
        .n_cas = HC_COUNT(cas),
        .name = friendly,
    };

    (void)snprintf(friendly, sizeof friendly, "%s",
                   d->friendly); /* canonical names are ASCII: no character is cut in two */
    return hc_p12_build(crypto, &parts, d->passphrase, out, e);
}

struct hc_rc hc_device_build(const struct hc_crypto *crypto, const struct hc_device *d, struct hc_buf *p12,
                             struct hc_buf *profile, struct hc_err *e)
{
    struct hc_mobileconfig_parts parts = {.leaf = d->leaf, .issuer = d->issuer, .root = d->root, .name = d->friendly};

    HC_TRY(e, build_p12(crypto, d, p12, e));
    if (!hc_p12_row(d->kind)->profile)
        return HC_OK;
    parts.p12 = hc_buf_view(p12);
    return hc_mobileconfig_emit(&parts, profile, e);
}
