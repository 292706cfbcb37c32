/*
 * tls_read.h - how the readers of TLS messages take bytes apart; for tls_wire*.c only.
 *
 * A reader belongs to one message and fails once: the first thing that is wrong fills its error, every later take gives
 * zeros and empty views, and hc_tls_read_done tells at the end. The bytes that are still to be read are views beside
 * it, so a vector inside a vector is read with the same reader.
 */
#ifndef HC_PROTO_TLS_READ_H
#define HC_PROTO_TLS_READ_H

#include "proto/tls_wire.h"

struct hc_tls_read {
    const char *message;  /* "ServerHello" */
    const uint8_t *start; /* of the message: errors say at which byte */
    struct hc_err *e;
    struct hc_rc rc; /* of the first failure */
};

/* The range of a vector's length, in bytes, as the standard's presentation language writes it: <least..most>. */
struct hc_tls_vector {
    const char *field;
    size_t prefix; /* bytes of its length */
    size_t least;
    size_t unit; /* the length is a multiple of it */
};

struct hc_tls_read hc_tls_read_begin(const char *message, struct hc_bytes body, struct hc_err *e);

/* Records that `field`, at `where`, is wrong as `what` says; only the first is kept. */
void hc_tls_read_wrong(struct hc_tls_read *r, struct hc_bytes where, const char *field, const char *what);

/* A number of 1 to 4 bytes; `n` bytes; a vector's contents. Each is taken off `from`. */
uint32_t hc_tls_read_number(struct hc_tls_read *r, struct hc_bytes *from, size_t bytes, const char *field);
struct hc_bytes hc_tls_read_bytes(struct hc_tls_read *r, struct hc_bytes *from, size_t n, const char *field);
struct hc_bytes hc_tls_read_vector(struct hc_tls_read *r, struct hc_bytes *from, const struct hc_tls_vector *v);

/* A vector of codes of v->unit (1 or 2) bytes each. */
void hc_tls_read_codes(struct hc_tls_read *r, struct hc_bytes *from, const struct hc_tls_vector *v,
                       struct hc_tls_codes *out);
void hc_tls_codes_add(struct hc_tls_codes *codes, uint16_t code);

/* Nothing may be left of the message; its result. */
struct hc_rc hc_tls_read_done(struct hc_tls_read *r, struct hc_bytes rest);

/* --- extensions [RFC 8446 4.2] --- */
enum {
    HC_TLS_EXT_SERVER_NAME = 0,
    HC_TLS_EXT_STATUS_REQUEST = 5,
    HC_TLS_EXT_SUPPORTED_GROUPS = 10,
    HC_TLS_EXT_SIGNATURE_ALGORITHMS = 13,
    HC_TLS_EXT_ALPN = 16,
    HC_TLS_EXT_EXTENDED_MASTER_SECRET = 23,
    HC_TLS_EXT_SESSION_TICKET = 35,
    HC_TLS_EXT_PRE_SHARED_KEY = 41,
    HC_TLS_EXT_EARLY_DATA = 42,
    HC_TLS_EXT_SUPPORTED_VERSIONS = 43,
    HC_TLS_EXT_CERTIFICATE_AUTHORITIES = 47,
    HC_TLS_EXT_KEY_SHARE = 51,
    HC_TLS_EXT_RENEGOTIATION_INFO = 0xff01,
};

/* Takes all of `value`, or leaves it alone and returns false when the extension is none of its. */
typedef bool hc_tls_extension_fn(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out);

/* Reads the vector of extensions that begins at `from`, gives each to `fn`, and notes their types in `types`. One that
 * comes twice among the first HC_TLS_LIST_MAX is wrong. */
void hc_tls_read_extensions(struct hc_tls_read *r, struct hc_bytes *from, hc_tls_extension_fn *fn, void *out,
                            struct hc_tls_codes *types);

/* The contents of the extensions that more than one message has. */
void hc_tls_read_groups(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_codes *out);
void hc_tls_read_signatures(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_codes *out);
struct hc_bytes hc_tls_read_alpn_list(struct hc_tls_read *r, struct hc_bytes *value);
struct hc_bytes hc_tls_read_alpn_one(struct hc_tls_read *r, struct hc_bytes *value);

#endif
