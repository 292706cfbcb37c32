/*
 * x509.c - X509_verify_cert on exactly one chain.
 *
 * X509_verify_cert builds a chain before it judges one. The only issuer it is allowed to find for a certificate of
 * the given chain is the next certificate of that chain (check_issued below), so it can build that chain or none;
 * what it built is compared all the same.
 */
#include "crypto/x509.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/internal.h"
#include "crypto/spki.h"

#define AUTH_LEVEL 2 /* 112 bits of security: no RSA below 2048 bits, no SHA-1 */

LIB_AUTO_TYPE(X509, X509_free)
LIB_AUTO_TYPE(X509_STORE, X509_STORE_free)
LIB_AUTO_TYPE(X509_STORE_CTX, X509_STORE_CTX_free)

struct hc_x509 {
    X509 *raw;
    atomic_uint owners;
};

struct hc_rc hc_x509_from_der(const struct hc_crypto *c, struct hc_bytes der, struct hc_x509 **out, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(X509) raw = NULL;
    const uint8_t *p = der.p;
    struct hc_x509 *x;

    if (der.n == 0)
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "a certificate of no bytes");
    if (der.n > HC_X509_DER_MAX)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "a certificate of %zu bytes; %d is the most", der.n, HC_X509_DER_MAX);
    raw = X509_new_ex(hc_crypto_ctx(c), NULL);
    if (!raw)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a certificate");
    if (!d2i_X509(&raw, &p, (long)der.n)) /* frees raw and makes it NULL when it fails */
        return HC_FAIL_LIB(e, HC_E_CERT_MALFORMED, "libcrypto cannot read the certificate");
    if (p != der.p + der.n)
        return HC_FAIL(e, HC_E_CERT_MALFORMED, "a certificate with bytes after its end");
    /* Fills the cache of decoded extensions while only this thread knows the certificate; judged with the chain. */
    X509_check_purpose(raw, -1, 0);
    x = calloc(1, sizeof *x);
    if (!x)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a certificate");
    x->raw = HC_GIVE(raw);
    atomic_init(&x->owners, 1);
    *out = x;
    return HC_OK;
}

struct hc_x509 *hc_x509_ref(struct hc_x509 *x)
{
    atomic_fetch_add_explicit(&x->owners, 1, memory_order_relaxed);
    return x;
}

void hc_x509_free(struct hc_x509 *x)
{
    if (!x || atomic_fetch_sub_explicit(&x->owners, 1, memory_order_acq_rel) != 1)
        return;
    X509_free(x->raw);
    free(x);
}

struct x509_st *hc_x509_raw(const struct hc_x509 *x)
{
    return x->raw;
}

/* ---- the chain ---- */

struct given {
    struct hc_x509 *const *chain;
    size_t n;
    unsigned long flags;
    int mismatch; /* why a certificate is not the issuer of the one below it, or X509_V_OK */
};

/* Is `issuer` the issuer of `x`, as far as names and key identifiers say? Signatures and key usage are judged later. */
static int check_issued(X509_STORE_CTX *ctx, X509 *x, X509 *issuer)
{
    struct given *g = X509_STORE_CTX_get_app_data(ctx);
    int err = X509_check_issued(issuer, x);
    bool named =
        err == X509_V_OK || err == X509_V_ERR_KEYUSAGE_NO_CERTSIGN || err == X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE;

    if (X509_cmp(x, issuer) == 0)
        return named;
    for (size_t i = 0; i + 1 < g->n; i++) {
        if (X509_cmp(x, g->chain[i]->raw) != 0 || X509_cmp(issuer, g->chain[i + 1]->raw) != 0)
            continue;
        if (!named)
            g->mismatch = err;
        return named;
    }
    return 0;
}

static bool same_chain(X509_STORE_CTX *ctx, const struct given *g)
{
    STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(ctx);

    if (!built || sk_X509_num(built) != (int)g->n)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        if (X509_cmp(sk_X509_value(built, (int)i), g->chain[i]->raw) != 0)
            return false;
    }
    return true;
}

static enum hc_code code_of(int v_err)
{
    static const struct {
        int v_err;
        enum hc_code code;
    } table[] = {
        {X509_V_ERR_CERT_SIGNATURE_FAILURE, HC_E_BAD_SIGNATURE},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, HC_E_UNKNOWN_ISSUER},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, HC_E_UNKNOWN_ISSUER},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, HC_E_UNKNOWN_ISSUER},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, HC_E_UNKNOWN_ISSUER},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, HC_E_UNKNOWN_ISSUER},
        {X509_V_ERR_INVALID_CA, HC_E_NOT_A_CA},
        {X509_V_ERR_PATH_LENGTH_EXCEEDED, HC_E_PATH_LENGTH},
        {X509_V_ERR_CERT_CHAIN_TOO_LONG, HC_E_CHAIN_TOO_LONG},
        {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, HC_E_CA_KEY_USAGE},
        {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, HC_E_CA_KEY_USAGE},
        {X509_V_ERR_PERMITTED_VIOLATION, HC_E_NAME_NOT_PERMITTED},
        {X509_V_ERR_EXCLUDED_VIOLATION, HC_E_NAME_EXCLUDED},
        {X509_V_ERR_SUBTREE_MINMAX, HC_E_NAME_CONSTRAINT_SYNTAX},
        {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, HC_E_NAME_CONSTRAINT_SYNTAX},
        {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, HC_E_NAME_CONSTRAINT_SYNTAX},
        {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, HC_E_NAME_CONSTRAINT_SYNTAX},
        {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, HC_E_CERT_UNKNOWN_CRITICAL},
        {X509_V_ERR_INVALID_EXTENSION, HC_E_CERT_EXTENSION},
        {X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, HC_E_CERT_PROXY},
        {X509_V_ERR_EE_KEY_TOO_SMALL, HC_E_CERT_WEAK_KEY},
        {X509_V_ERR_CA_KEY_TOO_SMALL, HC_E_CERT_WEAK_KEY},
        {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, HC_E_CERT_WEAK_KEY},
        {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, HC_E_CERT_WEAK_KEY},
        {X509_V_ERR_CA_MD_TOO_WEAK, HC_E_CERT_WEAK_SIGNATURE},
        {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, HC_E_CERT_WEAK_SIGNATURE},
        {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, HC_E_CERT_ALGORITHM_MISMATCH},
        {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, HC_E_CERT_ALGORITHM_MISMATCH},
        {X509_V_ERR_OUT_OF_MEM, HC_E_NOMEM},
    };

    for (size_t i = 0; i < HC_COUNT(table); i++) {
        if (table[i].v_err == v_err)
            return table[i].code;
    }
    return HC_E_CHAIN_REFUSED;
}

/* What libcrypto accepts and this program does not: other curves and algorithms, and unreadable extensions. */
static struct hc_rc check_one(const struct given *g, size_t i, struct hc_x509_verdict *verdict, struct hc_err *e)
{
    const X509_ALGOR *algorithm = NULL;
    X509 *raw = g->chain[i]->raw;

    *verdict = (struct hc_x509_verdict){.depth = (unsigned)i, .v_err = X509_V_ERR_INVALID_EXTENSION};
    if (X509_get_extension_flags(raw) & EXFLAG_INVALID)
        return HC_FAIL(e, HC_E_CERT_EXTENSION, "libcrypto cannot read an extension of certificate %zu of the chain", i);
    verdict->v_err = i ? X509_V_ERR_CA_KEY_TOO_SMALL : X509_V_ERR_EE_KEY_TOO_SMALL;
    HC_TRY(e, hc_spki_check_key(X509_get0_pubkey(raw), e));
    if (i + 1 == g->n) /* nothing rests on the signature of an anchor */
        return HC_OK;
    verdict->v_err = X509_V_ERR_CA_MD_TOO_WEAK;
    X509_get0_signature(NULL, &algorithm, raw);
    HC_TRY(e, hc_spki_check_algorithm(algorithm, e));
    return HC_OK;
}

static bool set_up(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) * middle, struct given *g)
{
    X509_VERIFY_PARAM *param;

    X509_STORE_set_check_issued(store, check_issued);
    if (X509_STORE_add_cert(store, g->chain[g->n - 1]->raw) != 1)
        return false;
    for (size_t i = 1; i + 1 < g->n; i++) {
        if (sk_X509_push(middle, g->chain[i]->raw) <= 0)
            return false;
    }
    if (X509_STORE_CTX_init(ctx, store, g->chain[0]->raw, middle) != 1 || X509_STORE_CTX_set_app_data(ctx, g) != 1)
        return false;
    param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, (int)g->n);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT); /* the common name is no identity (T22) */
    /* No purpose and no CRL flags: both are judged above. Proxy certificates are not asked for, so forbidden. */
    return X509_VERIFY_PARAM_set_flags(param, g->flags) == 1;
}

/* libcrypto calls a CA whose key usage lacks keyCertSign "invalid", like one that is no CA at all; the fix differs. */
static int refine(int v_err, X509 *culprit)
{
    if (v_err == X509_V_ERR_INVALID_CA && culprit && (X509_get_extension_flags(culprit) & EXFLAG_CA) &&
        !(X509_get_key_usage(culprit) & KU_KEY_CERT_SIGN))
        return X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
    return v_err;
}

static struct hc_rc judge(X509_STORE_CTX *ctx, const struct given *g, struct hc_x509_verdict *verdict, struct hc_err *e)
{
    int accepted = X509_verify_cert(ctx);
    int v_err = refine(X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_current_cert(ctx));
    int depth = X509_STORE_CTX_get_error_depth(ctx);

    *verdict = (struct hc_x509_verdict){.depth = depth > 0 && depth < (int)g->n ? (unsigned)depth : 0};
    if (accepted == 1 && v_err == X509_V_OK && same_chain(ctx, g)) {
        verdict->depth = 0;
        return HC_OK;
    }
    if (v_err == X509_V_OK)
        verdict->depth = 0;
    /* Refused without a reason, an error inside libcrypto, or another chain: never a yes. */
    verdict->v_err = v_err == X509_V_OK ? X509_V_ERR_UNSPECIFIED : v_err;
    if (code_of(v_err) == HC_E_UNKNOWN_ISSUER && g->mismatch != X509_V_OK)
        v_err = g->mismatch;
    return HC_FAIL_LIB(e, code_of(verdict->v_err), "certificate %u of the chain: %s", verdict->depth,
                       v_err == X509_V_OK ? "not the chain that was asked for" : X509_verify_cert_error_string(v_err));
}

static void middle_auto_free(STACK_OF(X509) * *middle)
{
    sk_X509_free(*middle); /* the certificates are borrowed */
}

static struct hc_rc check_chain(const struct hc_crypto *c, struct given *g, struct hc_x509_verdict *verdict,
                                struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(X509_STORE) store = NULL;
    LIB_AUTO(X509_STORE_CTX) ctx = NULL; /* after the store: freed before it */
    __attribute__((cleanup(middle_auto_free))) STACK_OF(X509) *middle = NULL;

    *verdict = (struct hc_x509_verdict){.v_err = X509_V_ERR_CERT_CHAIN_TOO_LONG};
    if (g->n == 0 || g->n > HC_X509_CHAIN_MAX)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "a chain of %zu certificates; 1 to %d can be judged", g->n,
                       HC_X509_CHAIN_MAX);
    for (size_t i = 0; i < g->n; i++)
        HC_TRY(e, check_one(g, i, verdict, e));

    *verdict = (struct hc_x509_verdict){.v_err = X509_V_ERR_OUT_OF_MEM};
    store = X509_STORE_new();
    ctx = X509_STORE_CTX_new_ex(hc_crypto_ctx(c), NULL);
    middle = sk_X509_new_null();
    if (!store || !ctx || !middle || !set_up(ctx, store, middle, g))
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory to judge a chain");
    return judge(ctx, g, verdict, e);
}

#define PATH_FLAGS (X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN)

struct hc_rc hc_x509_chain_check(const struct hc_crypto *c, struct hc_x509 *const chain[], size_t n,
                                 struct hc_x509_verdict *verdict, struct hc_err *e)
{
    struct given g = {.chain = chain, .n = n, .flags = PATH_FLAGS | X509_V_FLAG_X509_STRICT, .mismatch = X509_V_OK};

    return check_chain(c, &g, verdict, e);
}

struct hc_rc hc_x509_chain_check_path_only(const struct hc_crypto *c, struct hc_x509 *const chain[], size_t n,
                                           struct hc_x509_verdict *verdict, struct hc_err *e)
{
    struct given g = {.chain = chain, .n = n, .flags = PATH_FLAGS, .mismatch = X509_V_OK};

    return check_chain(c, &g, verdict, e);
}
