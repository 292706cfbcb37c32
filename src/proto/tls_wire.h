/*
 * tls_wire.h - reads TLS handshake messages [RFC 8446 4, RFC 5246 7.4] into plain views; for explaining, never for
 * deciding.
 *
 * Sans I/O, strict about lengths, bounded, and fuzzed: it reads what a stranger's server said. Views point into the
 * message and live as long as it does. Each function takes the body of one message, without its header of 4 bytes.
 * All fail with HC_E_TLS_MESSAGE, which says what is wrong where; `out` is then untouched. Any thread.
 */
#ifndef HC_PROTO_TLS_WIRE_H
#define HC_PROTO_TLS_WIRE_H

#include "base/bytes.h"
#include "base/err.h"

/* Handshake types [RFC 8446 4, RFC 5246 7.4, RFC 6066 8]. */
enum {
    HC_TLS_HELLO_REQUEST = 0,
    HC_TLS_CLIENT_HELLO = 1,
    HC_TLS_SERVER_HELLO = 2, /* a HelloRetryRequest too [RFC 8446 4.1.3] */
    HC_TLS_NEW_SESSION_TICKET = 4,
    HC_TLS_END_OF_EARLY_DATA = 5,
    HC_TLS_ENCRYPTED_EXTENSIONS = 8,
    HC_TLS_CERTIFICATE = 11,
    HC_TLS_SERVER_KEY_EXCHANGE = 12,
    HC_TLS_CERTIFICATE_REQUEST = 13,
    HC_TLS_SERVER_HELLO_DONE = 14,
    HC_TLS_CERTIFICATE_VERIFY = 15,
    HC_TLS_CLIENT_KEY_EXCHANGE = 16,
    HC_TLS_FINISHED = 20,
    HC_TLS_CERTIFICATE_STATUS = 22,
    HC_TLS_KEY_UPDATE = 24,
};

/* Alerts that something here is told by [RFC 8446 6, RFC 5246 7.2.2, RFC 6066 9, RFC 7301 3.2]; tls_alerts.c has the names
 * of all. */
enum {
    HC_TLS_ALERT_CLOSE_NOTIFY = 0,
    HC_TLS_ALERT_UNEXPECTED_MESSAGE = 10,
    HC_TLS_ALERT_BAD_RECORD_MAC = 20,
    HC_TLS_ALERT_RECORD_OVERFLOW = 22,
    HC_TLS_ALERT_HANDSHAKE_FAILURE = 40,
    HC_TLS_ALERT_BAD_CERTIFICATE = 42,
    HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE = 43,
    HC_TLS_ALERT_CERTIFICATE_REVOKED = 44,
    HC_TLS_ALERT_CERTIFICATE_EXPIRED = 45,
    HC_TLS_ALERT_CERTIFICATE_UNKNOWN = 46,
    HC_TLS_ALERT_ILLEGAL_PARAMETER = 47,
    HC_TLS_ALERT_UNKNOWN_CA = 48,
    HC_TLS_ALERT_ACCESS_DENIED = 49,
    HC_TLS_ALERT_DECODE_ERROR = 50,
    HC_TLS_ALERT_DECRYPT_ERROR = 51,
    HC_TLS_ALERT_PROTOCOL_VERSION = 70,
    HC_TLS_ALERT_INSUFFICIENT_SECURITY = 71,
    HC_TLS_ALERT_INTERNAL_ERROR = 80,
    HC_TLS_ALERT_USER_CANCELED = 90,
    HC_TLS_ALERT_NO_RENEGOTIATION = 100,
    HC_TLS_ALERT_MISSING_EXTENSION = 109,
    HC_TLS_ALERT_UNSUPPORTED_EXTENSION = 110,
    HC_TLS_ALERT_UNRECOGNIZED_NAME = 112,
    HC_TLS_ALERT_CERTIFICATE_REQUIRED = 116,
    HC_TLS_ALERT_NO_APPLICATION_PROTOCOL = 120,
};

/* Protocol versions [RFC 8446 4.2.1]. */
enum {
    HC_TLS_1_0 = 0x0301,
    HC_TLS_1_1 = 0x0302,
    HC_TLS_1_2 = 0x0303,
    HC_TLS_1_3 = 0x0304,
};

#define HC_TLS_LIST_MAX 64         /* entries kept of a list of suites, groups, ...; clients send below 40 */
#define HC_TLS_CERTS_MAX 16        /* certificates kept of one message; what follows is counted */
#define HC_TLS_AUTHORITIES_MAX 256 /* distinguished names kept of a CertificateRequest; what follows is counted */

/* A list of 16-bit codes as it came; `more` were left out. */
struct hc_tls_codes {
    uint16_t code[HC_TLS_LIST_MAX];
    size_t n, more;
};

struct hc_tls_client_hello {
    uint16_t legacy_version;
    struct hc_bytes random;       /* 32 bytes */
    struct hc_bytes session_id;   /* 0 to 32 bytes */
    struct hc_tls_codes versions; /* of supported_versions; without it: legacy_version alone */
    struct hc_tls_codes suites, groups, signatures, key_shares, extensions;
    struct hc_bytes server_name; /* empty: none */
    struct hc_bytes alpn;        /* the list as it came: length-prefixed names; hc_tls_alpn_next reads it */
    bool asks_staple, early_data;
    bool resumes; /* offers a PSK, a ticket, or (without TLS 1.3) a session id */
};

struct hc_tls_server_hello {
    bool retry;       /* it is a HelloRetryRequest */
    uint16_t version; /* what was chosen */
    struct hc_bytes random, session_id;
    uint16_t suite;
    uint16_t group;   /* of key_share; 0: none here */
    bool resumed_psk; /* TLS 1.3 pre_shared_key was accepted */
    bool downgrade;   /* its random ends in the mark of a server that could do better [RFC 8446 4.1.3] */
    bool extended_master_secret, secure_renegotiation, staples, ticket; /* TLS 1.2 */
    struct hc_bytes alpn;                                               /* TLS 1.2; empty: none */
};

struct hc_tls_encrypted_extensions {
    struct hc_bytes alpn; /* empty: none */
    bool server_name;     /* the name was acknowledged */
    struct hc_tls_codes groups;
};

struct hc_tls_certificate {
    struct hc_bytes cert[HC_TLS_CERTS_MAX]; /* DER, as presented */
    size_t n, more;
    struct hc_bytes staple; /* TLS 1.3: the OCSP response beside the first; empty: none */
};

struct hc_tls_certificate_request {
    struct hc_tls_codes signatures;
    struct hc_tls_codes types;                         /* TLS 1.2: kinds of keys, one byte each */
    struct hc_bytes authority[HC_TLS_AUTHORITIES_MAX]; /* DER Names, as elements (dn.h reads them) */
    size_t n_authorities, more;
};

struct hc_tls_key_exchange { /* TLS 1.2 ServerKeyExchange of (EC)DHE */
    uint16_t group;          /* named curve; 0: finite field */
    unsigned dh_bits;        /* of the finite field's prime; 0: a named curve */
    uint16_t signature;      /* SignatureScheme */
};

struct hc_rc hc_tls_wire_client_hello(struct hc_bytes body, struct hc_tls_client_hello *out, struct hc_err *e);
struct hc_rc hc_tls_wire_server_hello(struct hc_bytes body, struct hc_tls_server_hello *out, struct hc_err *e);
struct hc_rc hc_tls_wire_encrypted_extensions(struct hc_bytes body, struct hc_tls_encrypted_extensions *out,
                                              struct hc_err *e);
/* `version` of the connection, HC_TLS_1_2 or HC_TLS_1_3: the two differ. */
struct hc_rc hc_tls_wire_certificate(struct hc_bytes body, uint16_t version, struct hc_tls_certificate *out,
                                     struct hc_err *e);
struct hc_rc hc_tls_wire_certificate_request(struct hc_bytes body, uint16_t version,
                                             struct hc_tls_certificate_request *out, struct hc_err *e);
/* TLS 1.2 CertificateStatus: the OCSP response, a view. */
struct hc_rc hc_tls_wire_certificate_status(struct hc_bytes body, struct hc_bytes *out, struct hc_err *e);
/* `suite` decides between ECDHE, DHE and none of them. Of the others (PSK, SRP, anonymous, unknown) nothing is read and
 * `out` is all zero; with plain RSA and in TLS 1.3 the message must not come, and the call fails. */
struct hc_rc hc_tls_wire_key_exchange(struct hc_bytes body, uint16_t suite, struct hc_tls_key_exchange *out,
                                      struct hc_err *e);
/* The SignatureScheme of a CertificateVerify. */
struct hc_rc hc_tls_wire_certificate_verify(struct hc_bytes body, uint16_t *scheme, struct hc_err *e);
/* The lifetime of a NewSessionTicket in seconds, and its length. */
struct hc_rc hc_tls_wire_ticket(struct hc_bytes body, uint16_t version, uint32_t *lifetime, size_t *length,
                                struct hc_err *e);

/* Takes the first name off an ALPN list; false at its end or when it is malformed. */
bool hc_tls_alpn_next(struct hc_bytes *list, struct hc_bytes *name);

/* --- names (tls_names.c, tls_suites.c, tls_alerts.c): static storage; NULL for what has none here. The numbers of RFC
 * 8701, which mean nothing and are sent to keep others tolerant, are called "GREASE". --- */
bool hc_tls_grease(uint16_t code);
const char *hc_tls_message_text(uint8_t type);      /* "ClientHello" */
const char *hc_tls_version_text(uint16_t version);  /* "TLS 1.3" */
const char *hc_tls_suite_text(uint16_t suite);      /* "TLS_AES_128_GCM_SHA256", IANA's name */
const char *hc_tls_group_text(uint16_t group);      /* "x25519" */
const char *hc_tls_signature_text(uint16_t scheme); /* "ecdsa_secp256r1_sha256" */
const char *hc_tls_extension_text(uint16_t type);   /* "server_name" */
const char *hc_tls_key_type_text(uint8_t type);     /* "ecdsa_sign": of a TLS 1.2 CertificateRequest */

/* What a suite is made of. */
enum hc_tls_kex { HC_TLS_KEX_13, HC_TLS_KEX_ECDHE, HC_TLS_KEX_DHE, HC_TLS_KEX_RSA, HC_TLS_KEX_OTHER };
enum hc_tls_kex hc_tls_suite_kex(uint16_t suite);
/* Nobody should use it: no forward secrecy, CBC with SHA-1, RC4, 3DES, export, NULL, anonymous. False for what has no
 * name here, and for signals that are no suites. */
bool hc_tls_suite_weak(uint16_t suite);

/* Alerts [RFC 8446 6, RFC 5246 7.2, RFC 6066 9]. */
struct hc_tls_alert_row {
    uint8_t number;
    const char *name;     /* "unknown_ca" */
    const char *sentence; /* what whoever sends it says, one plain sentence */
};
/* The row; NULL for an unknown number. The rows in order; NULL beyond the last. */
const struct hc_tls_alert_row *hc_tls_alert(uint8_t number);
const struct hc_tls_alert_row *hc_tls_alert_at(size_t i);

#endif
