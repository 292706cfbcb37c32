/*
 * narrow.c - a provider in front of the default one: it passes on everything but most of the decoders.
 *
 * No cryptography is here. The default provider's functions are handed on as they are, together with its own provider
 * context, which they expect; so this provider can have no context of its own, and what it needs to answer (the same in
 * every context of a process: libcrypto's own constant tables) is written once and stays.
 */
#include "crypto/narrow.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define STRUCTURE "structure=SubjectPublicKeyInfo" /* of X.509 [RFC 5280 4.1.2.7] */
#define NAME "handclasp-narrow-"                   /* and the address of the provider behind it */
#define NAME_MAX_BYTES 64

static const char *const keys[] = {"EC", "RSA", "RSA-PSS", "ED25519"}; /* as in the signature algorithms of net/tls */

static struct {
    OSSL_FUNC_provider_query_operation_fn *query;
    OSSL_FUNC_provider_get_capabilities_fn *capabilities;
    OSSL_ALGORITHM decoder[HC_COUNT(keys) + 1]; /* the last one is empty */
    OSSL_DISPATCH dispatch[3];
} constant; /* written by learn and nobody else */
static pthread_once_t learnt = PTHREAD_ONCE_INIT;

/* ---- what the default provider has ---- */

/* `names` are separated by colons; the first is the one that libcrypto itself uses. */
static bool is_key(const char *names)
{
    size_t n = strcspn(names, ":");
    for (size_t i = 0; i < HC_COUNT(keys); i++) {
        if (strlen(keys[i]) == n && strncmp(names, keys[i], n) == 0)
            return true;
    }
    return false;
}

/* False unless there is exactly one decoder for each kind of key. */
static bool choose_decoders(const OSSL_ALGORITHM *all)
{
    size_t n = 0;
    for (; all && all->algorithm_names; all++) {
        if (!is_key(all->algorithm_names) || !strstr(all->property_definition, STRUCTURE))
            continue;
        if (n == HC_COUNT(keys))
            return false;
        constant.decoder[n++] = *all;
    }
    return n == HC_COUNT(keys);
}

static const OSSL_ALGORITHM *query(void *provctx, int operation, int *no_cache)
{
    if (operation != OSSL_OP_DECODER)
        return constant.query(provctx, operation, no_cache);
    *no_cache = 0;
    return constant.decoder;
}

static void learn_from(const OSSL_PROVIDER *whole)
{
    const OSSL_DISPATCH *d = OSSL_PROVIDER_get0_dispatch(whole);
    int no_cache = 0;
    for (; d && d->function_id != 0; d++) {
        if (d->function_id == OSSL_FUNC_PROVIDER_QUERY_OPERATION)
            constant.query = OSSL_FUNC_provider_query_operation(d);
        if (d->function_id == OSSL_FUNC_PROVIDER_GET_CAPABILITIES) { /* the groups of TLS */
            constant.capabilities = OSSL_FUNC_provider_get_capabilities(d);
            constant.dispatch[1] = *d;
        }
    }
    if (!constant.query || !constant.capabilities ||
        !choose_decoders(OSSL_PROVIDER_query_operation(whole, OSSL_OP_DECODER, &no_cache)) || no_cache)
        return;
    constant.dispatch[0] = (OSSL_DISPATCH){OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query};
}

static void learn(void)
{
    OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *whole = ctx ? OSSL_PROVIDER_load(ctx, "default") : NULL;
    if (whole) {
        learn_from(whole);
        OSSL_PROVIDER_unload(whole);
    }
    OSSL_LIB_CTX_free(ctx);
}

/* ---- the provider in front of it ---- */

/* Its name says which provider it stands in front of: the only thing that reaches it from whoever loads it. */
static OSSL_PROVIDER *behind(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in)
{
    OSSL_FUNC_core_get_params_fn *ask = NULL;
    const char *name = NULL;
    OSSL_PARAM wanted[] = {OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_CORE_PROV_NAME, (char **)&name, 0), OSSL_PARAM_END};
    for (; in->function_id != 0; in++) {
        if (in->function_id == OSSL_FUNC_CORE_GET_PARAMS)
            ask = OSSL_FUNC_core_get_params(in);
    }
    if (!ask || !ask(handle, wanted) || !name || strncmp(name, NAME, strlen(NAME)) != 0)
        return NULL;
    return (OSSL_PROVIDER *)(uintptr_t)strtoull(name + strlen(NAME), NULL, 16); // NOLINT(performance-no-int-to-ptr)
}

static int begin(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
    OSSL_PROVIDER *whole = behind(handle, in);
    if (!whole)
        return 0;
    *out = constant.dispatch;
    *provctx = OSSL_PROVIDER_get0_provider_ctx(whole);
    return 1;
}

/* 3.2 remembers the chains of decoders, and knows more kinds of keys. */
static bool gains(void)
{
    return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
}

void hc_narrow_begin(struct hc_narrow *n, OSSL_PROVIDER *whole)
{
    char name[NAME_MAX_BYTES];
    *n = (struct hc_narrow){NULL, NULL};
    if (!gains() || pthread_once(&learnt, learn) != 0 || !constant.dispatch[0].function_id)
        return;
    snprintf(name, sizeof name, NAME "%llx", (unsigned long long)(uintptr_t)whole);
    n->ctx = OSSL_LIB_CTX_new();
    if (n->ctx && OSSL_PROVIDER_add_builtin(n->ctx, name, begin) == 1)
        n->provider = OSSL_PROVIDER_load(n->ctx, name);
    if (!n->provider)
        hc_narrow_end(n);
}

void hc_narrow_end(struct hc_narrow *n)
{
    if (n->provider)
        OSSL_PROVIDER_unload(n->provider);
    OSSL_LIB_CTX_free(n->ctx);
    *n = (struct hc_narrow){NULL, NULL};
}
