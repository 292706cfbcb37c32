/*
 * inspect_jwks_json.h - JSON web keys [RFC 7517, 7518 6, 8037]: one, or a set of them, as public keys in DER.
 *
 * Of a private key only the public half is taken; all memory that the JSON was read into is wiped, whatever was wrong
 * with it.
 */
#ifndef HC_DOCTOR_INSPECT_JWKS_JSON_H
#define HC_DOCTOR_INSPECT_JWKS_JSON_H

#include "crypto/blobs.h"

#define HC_INSPECT_JWKS_MAX (1u << 20) /* bytes; a public set has some thousand, and JSON takes eighty times its size */
#define HC_INSPECT_JWKS_KEYS 256       /* a public set has below ten */
#define HC_INSPECT_JWKS_X5C 16         /* certificates of one key */

struct hc_inspect_jwk {
    struct hc_buf kid;     /* a stranger's bytes */
    struct hc_buf spki;    /* empty when `refused` says why */
    struct hc_blobs x5c;   /* DER, leaf first */
    struct hc_err refused; /* HC_OK_CODE: the key was read */
    bool secret;           /* it has a private part */
    bool symmetric;        /* it is nothing but a secret */
};

struct hc_inspect_jwks {
    struct hc_inspect_jwk *key; /* n of them, owned */
    size_t n;
};

/* Fails with HC_E_JWKS (no JSON, cut off and where; no set of keys), HC_E_TOO_BIG, HC_E_NOMEM; `out` is then empty. A key that
 * cannot be read is no failure: its `refused` says why. */
struct hc_rc hc_inspect_jwks_json_read(struct hc_bytes text, struct hc_inspect_jwks *out, struct hc_err *e);
void hc_inspect_jwks_json_fini(struct hc_inspect_jwks *jwks);

#endif
