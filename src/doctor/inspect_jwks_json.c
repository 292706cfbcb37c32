/* inspect_jwks_json.c - JSON web keys to public keys in DER. */
#include "doctor/inspect_jwks_json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

#include "asn1/derw.h"
#include "base/auto.h"
#include "pki/cert.h"
#include "pki/oid.h"

#define NUMBER_MAX 2048 /* bytes of one: RSA of 8192 bits needs 1024 */
#define KID_MAX 255

static void json_free(json_t **j)
{
    json_decref(*j);
}
#define JSON_AUTO __attribute__((cleanup(json_free))) json_t *

/* jansson keeps every string, and every piece of one that it read, in memory of its own: all of it is wiped, as any may
 * be a private key. */
struct allocator {
    json_malloc_t take;
    json_free_t give;
};

static void wiping_free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

static struct allocator wipe_begin(void)
{
    struct allocator before;
    json_get_alloc_funcs(&before.take, &before.give);
    json_set_alloc_funcs(before.take, wiping_free);
    return before;
}

static void wipe_end(const struct allocator *before)
{
    json_set_alloc_funcs(before->take, before->give);
}

/* ---- members ---- */

static struct hc_bytes text_of(const json_t *key, const char *name)
{
    const json_t *value = json_object_get(key, name);
    return hc_bytes_of(json_string_value(value), json_string_length(value));
}

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-' || c == '+')
        return 62;
    return c == '_' || c == '/' ? 63 : -1;
}

/* Base64 of either alphabet: RFC 7517 asks for the URL's without padding in numbers, and for the usual one in x5c. False
 * when it is neither. */
static bool decode(struct hc_bytes text, struct hc_buf *out)
{
    uint32_t bits = 0;
    unsigned n = 0;
    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    for (size_t i = 0; i < text.n; i++) {
        int digit = digit_of(text.p[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        if (++n % 4 != 1)
            hc_buf_add_byte(out, (uint8_t)(bits >> (6 - 2 * ((n + 3) % 4))));
    }
    return n % 4 != 1;
}

static struct hc_rc number_of(const json_t *key, const char *name, struct hc_buf *out, struct hc_err *e)
{
    struct hc_bytes text = text_of(key, name);
    if (text.n == 0)
        return HC_FAIL(e, HC_E_JWKS, "the key has no member '%s'", name);
    if (!decode(text, out))
        return HC_FAIL(e, HC_E_JWKS, "the member '%s' is not base64url", name);
    if (out->failed == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_JWKS, "the member '%s' is longer than %d bytes", name, NUMBER_MAX);
    return hc_buf_check(out, e);
}

/* ---- keys ---- */

static struct hc_rc end_spki(struct hc_buf *out, size_t all, struct hc_bytes key, struct hc_err *e)
{
    hc_derw_bitstring(out, key);
    hc_derw_end(out, all);
    return hc_buf_check(out, e);
}

static struct hc_rc rsa_spki(const json_t *key, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(n, NUMBER_MAX);
    HC_BUF_AUTO(exponent, NUMBER_MAX);
    HC_BUF_AUTO(both, 3 * NUMBER_MAX);
    HC_TRY(e, number_of(key, "n", &n, e));
    HC_TRY(e, number_of(key, "e", &exponent, e));
    size_t seq = hc_derw_begin(&both, HC_DER_SEQUENCE);
    hc_derw_integer(&both, hc_buf_view(&n));
    hc_derw_integer(&both, hc_buf_view(&exponent));
    hc_derw_end(&both, seq);
    HC_TRY(e, hc_buf_check(&both, e));
    size_t all = hc_derw_begin(out, HC_DER_SEQUENCE), algorithm = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_RSA_ENCRYPTION);
    hc_derw_null(out);
    hc_derw_end(out, algorithm);
    return end_spki(out, all, hc_buf_view(&both), e);
}

/* RFC 7518 6.2.1.2: "The length of this octet string MUST be the full size of a coordinate for the curve". */
static struct hc_rc coordinate(const json_t *key, const char *name, size_t size, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(x, NUMBER_MAX);
    HC_TRY(e, number_of(key, name, &x, e));
    if (x.n != size)
        return HC_FAIL(e, HC_E_JWKS, "the coordinate '%s' has %zu bytes; this curve's have %zu", name, x.n, size);
    hc_buf_add(out, hc_buf_view(&x));
    return hc_buf_check(out, e);
}

static const struct curve {
    const char *crv;
    struct hc_bytes oid;
    size_t size;
} CURVES[] = {
    {"P-256", HC_BYTES("\x2a\x86\x48\xce\x3d\x03\x01\x07"), 32},
    {"P-384", HC_BYTES("\x2b\x81\x04\x00\x22"), 48},
    {"P-521", HC_BYTES("\x2b\x81\x04\x00\x23"), 66},
};

static struct hc_rc unknown_curve(const json_t *key, struct hc_err *e)
{
    struct hc_bytes crv = hc_bytes_head(text_of(key, "crv"), 40);
    return HC_FAIL(e, HC_E_JWKS, "the curve '%.*s' is not known here", HC_BYTES_FMT(crv));
}

static struct hc_rc ec_spki(const json_t *key, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(point, NUMBER_MAX);
    const struct curve *curve = NULL;
    for (size_t i = 0; i < HC_COUNT(CURVES); i++)
        if (hc_bytes_eq_str(text_of(key, "crv"), CURVES[i].crv))
            curve = &CURVES[i];
    if (!curve)
        return unknown_curve(key, e);
    hc_buf_add_byte(&point, 4); /* both coordinates follow [RFC 5480 2.2] */
    HC_TRY(e, coordinate(key, "x", curve->size, &point, e));
    HC_TRY(e, coordinate(key, "y", curve->size, &point, e));
    size_t all = hc_derw_begin(out, HC_DER_SEQUENCE), algorithm = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_EC_PUBLIC_KEY);
    hc_derw_oid(out, curve->oid);
    hc_derw_end(out, algorithm);
    return end_spki(out, all, hc_buf_view(&point), e);
}

static struct hc_rc okp_spki(const json_t *key, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(x, NUMBER_MAX);
    if (!hc_bytes_eq_str(text_of(key, "crv"), "Ed25519"))
        return unknown_curve(key, e);
    HC_TRY(e, coordinate(key, "x", 32, &x, e));
    size_t all = hc_derw_begin(out, HC_DER_SEQUENCE), algorithm = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_ED25519);
    hc_derw_end(out, algorithm);
    return end_spki(out, all, hc_buf_view(&x), e);
}

static struct hc_rc read_spki(const json_t *key, struct hc_inspect_jwk *out, struct hc_err *e)
{
    struct hc_bytes kty = text_of(key, "kty");
    if (hc_bytes_eq_str(kty, "RSA"))
        return rsa_spki(key, &out->spki, e);
    if (hc_bytes_eq_str(kty, "EC"))
        return ec_spki(key, &out->spki, e);
    if (hc_bytes_eq_str(kty, "OKP"))
        return okp_spki(key, &out->spki, e);
    out->symmetric = hc_bytes_eq_str(kty, "oct");
    if (out->symmetric)
        return HC_FAIL(e, HC_E_JWKS, "a symmetric key has no public half");
    kty = hc_bytes_head(kty, 40);
    return HC_FAIL(e, HC_E_JWKS, "a key of the type '%.*s', which is not known here", HC_BYTES_FMT(kty));
}

static struct hc_rc read_x5c(const json_t *list, struct hc_inspect_jwk *out, struct hc_err *e)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        HC_BUF_AUTO(der, HC_CERT_MAX);
        const json_t *text = json_array_get(list, i);
        if (!decode(hc_bytes_of(json_string_value(text), json_string_length(text)), &der))
            return HC_FAIL(e, HC_E_JWKS, "certificate %zu of its 'x5c' is not base64", i + 1);
        if (der.failed == HC_E_TOO_BIG)
            return HC_FAIL(e, HC_E_JWKS, "certificate %zu of its 'x5c' has more than %d bytes", i + 1, HC_CERT_MAX);
        HC_TRY(e, hc_buf_check(&der, e));
        HC_TRY(e, hc_blobs_add(&out->x5c, hc_buf_view(&der), e));
    }
    return HC_OK;
}

static bool has_secret(const json_t *key)
{
    static const char *const SECRET[] = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"};
    for (size_t i = 0; i < HC_COUNT(SECRET); i++)
        if (json_object_get(key, SECRET[i]))
            return true;
    return false;
}

/* Only lack of memory fails. */
static struct hc_rc read_key(const json_t *key, struct hc_inspect_jwk *out, struct hc_err *e)
{
    struct hc_err why;
    *out = (struct hc_inspect_jwk){
        .kid = HC_BUF(KID_MAX), .spki = HC_BUF(4 * NUMBER_MAX), .x5c = {.max = HC_INSPECT_JWKS_X5C}};
    if (!json_is_object(key)) {
        hc_ignore(HC_FAIL(&out->refused, HC_E_JWKS, "an entry of 'keys' is not a key"));
        return HC_OK;
    }
    out->secret = has_secret(key);
    hc_buf_add(&out->kid, hc_bytes_head(text_of(key, "kid"), KID_MAX));
    HC_TRY(e, hc_buf_check(&out->kid, e));
    struct hc_rc rc = read_spki(key, out, &why);
    if (hc_failed(rc)) {
        hc_buf_fini(&out->spki);
        out->refused = why;
    } else if (hc_failed(rc = read_x5c(json_object_get(key, "x5c"), out, &why))) {
        out->refused = why;
    }
    if (rc.code != HC_E_NOMEM)
        return HC_OK;
    *e = why;
    return rc;
}

/* ---- the set ---- */

static struct hc_rc read_keys(const json_t *const *key, size_t n, struct hc_inspect_jwks *out, struct hc_err *e)
{
    if (n > HC_INSPECT_JWKS_KEYS)
        return HC_FAIL(e, HC_E_JWKS, "%zu keys; %d is the most", n, HC_INSPECT_JWKS_KEYS);
    out->key = calloc(n ? n : 1, sizeof *out->key);
    if (!out->key)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a set of keys");
    for (; out->n < n; out->n++) {
        struct hc_rc rc = read_key(key[out->n], &out->key[out->n], e);
        if (hc_failed(rc)) {
            out->n++; /* what it holds is freed with the others */
            return rc;
        }
    }
    return HC_OK;
}

static struct hc_rc read_set(const json_t *keys, struct hc_inspect_jwks *out, struct hc_err *e)
{
    const json_t *key[HC_INSPECT_JWKS_KEYS];
    size_t n = json_array_size(keys);
    for (size_t i = 0; i < n && i < HC_INSPECT_JWKS_KEYS; i++)
        key[i] = json_array_get(keys, i);
    return read_keys(key, n, out, e);
}

static struct hc_rc read_root(const json_t *root, struct hc_inspect_jwks *out, struct hc_err *e)
{
    const json_t *keys = json_object_get(root, "keys");
    if (json_is_array(keys))
        return read_set(keys, out, e);
    if (json_is_string(json_object_get(root, "kty")))
        return read_keys(&root, 1, out, e);
    return HC_FAIL(e, HC_E_JWKS, "it is JSON with neither 'keys' nor 'kty' in it, so it holds no keys");
}

struct hc_rc hc_inspect_jwks_json_read(struct hc_bytes text, struct hc_inspect_jwks *out, struct hc_err *e)
{
    json_error_t why;
    *out = (struct hc_inspect_jwks){.n = 0};
    if (text.n > HC_INSPECT_JWKS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "JSON of %zu bytes; %u is the most", text.n, HC_INSPECT_JWKS_MAX);
    __attribute__((cleanup(wipe_end), unused)) const struct allocator before = wipe_begin();
    JSON_AUTO root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &why);
    if (!root && json_error_code(&why) == json_error_out_of_memory)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a set of keys");
    if (!root && json_error_code(&why) == json_error_premature_end_of_input)
        return HC_FAIL(e, HC_E_JWKS, "it is cut off in line %d, after %d bytes", why.line, why.position);
    if (!root) /* jansson quotes the text, which may hold a secret: it is not repeated */
        return HC_FAIL(e, HC_E_JWKS, "it is no JSON: line %d, column %d", why.line, why.column);
    struct hc_rc rc = read_root(root, out, e);
    if (hc_failed(rc))
        hc_inspect_jwks_json_fini(out);
    return rc;
}

void hc_inspect_jwks_json_fini(struct hc_inspect_jwks *jwks)
{
    for (size_t i = 0; i < jwks->n; i++) {
        hc_buf_fini(&jwks->key[i].kid);
        hc_buf_fini(&jwks->key[i].spki);
        hc_blobs_fini(&jwks->key[i].x5c);
    }
    free(jwks->key);
    *jwks = (struct hc_inspect_jwks){.n = 0};
}
