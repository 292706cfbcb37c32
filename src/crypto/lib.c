/* lib.c - the private library context, and libcrypto's errors in our words. */
#include "crypto/lib.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/internal.h"

struct hc_crypto {
    OSSL_LIB_CTX *ctx;
    OSSL_PROVIDER *provider;
};

struct hc_rc hc_crypto_new(struct hc_crypto **out, struct hc_err *e)
{
    LIB_QUIET;
    HC_AUTO(hc_crypto) c = NULL;

    /* The default context is used in passing (by digest.c and by libcrypto itself): no openssl.cnf shall change it. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    c = calloc(1, sizeof *c);
    if (!c || !(c->ctx = OSSL_LIB_CTX_new()))
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for libcrypto's context");
    c->provider = OSSL_PROVIDER_load(c->ctx, "default");
    if (!c->provider)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "libcrypto's default provider cannot be loaded");
    *out = HC_GIVE(c);
    return HC_OK;
}

void hc_crypto_free(struct hc_crypto *c)
{
    if (!c)
        return;
    if (c->provider)
        OSSL_PROVIDER_unload(c->provider);
    OSSL_LIB_CTX_free(c->ctx);
    free(c);
}

struct ossl_lib_ctx_st *hc_crypto_ctx(const struct hc_crypto *c)
{
    return c->ctx;
}

struct hc_rc hc_crypto_fail(struct hc_err *e, enum hc_code code, const char *file, int line, const char *fmt, ...)
{
    unsigned long lib = ERR_peek_last_error();
    const char *reason = lib ? ERR_reason_error_string(lib) : NULL;
    char text[HC_ERR_TEXT];
    struct hc_rc rc;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    /* Lack of memory must never read as a bad signature or a wrong passphrase. */
    if (lib && ERR_GET_REASON(lib) == ERR_R_MALLOC_FAILURE)
        code = HC_E_NOMEM;
    if (reason)
        rc = hc_err_set(e, code, file, line, "%s: %s", text, reason);
    else
        rc = hc_err_set(e, code, file, line, "%s", text);
    e->lib = lib;
    ERR_clear_error();
    return rc;
}

int hc_crypto_quiet_begin(void)
{
    ERR_clear_error();
    return 0;
}

void hc_crypto_quiet_end(const int *unused)
{
    (void)unused;
    ERR_clear_error();
}
