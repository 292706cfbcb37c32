/*
 * why.h - the record of one handshake, connection or request that was refused (or, in the flight recorder, of one that was
 * not): what `why` tells. The gate writes it, the doctor reads it; this is its form.
 *
 * A record has a fixed size in memory, so that it can be filled where nothing may be allocated. It holds no secret. Texts
 * may hold peers' bytes as they came, cut to fit and never holding a NUL: whoever shows them escapes them (T43).
 */
#ifndef HC_OBSERVE_WHY_H
#define HC_OBSERVE_WHY_H

#include "base/buf.h"
#include "base/catalogue.h"
#include "observe/ref.h"

#define HC_WHY_CERTS 8     /* of a presented chain; real ones have 2 to 4 */
#define HC_WHY_FINDINGS 16 /* failed rules */
#define HC_WHY_MESSAGES 24 /* of the handshake, both sides together */
#define HC_WHY_TEXT 256    /* bytes of a text with its NUL; longer ones are cut */
#define HC_WHY_BYTES 8192  /* an encoded record is never longer */

enum hc_why_stage { HC_WHY_HANDSHAKE, HC_WHY_CONNECTION, HC_WHY_REQUEST };

struct hc_why_cert {
    char subject[HC_WHY_TEXT]; /* as dn.h writes it */
    char issuer[HC_WHY_TEXT];
    char names[HC_WHY_TEXT]; /* "dns:a.example.com, ip:192.0.2.1" */
    char serial[48];         /* hexadecimal */
    int64_t not_before, not_after;
    uint8_t sha256[32]; /* the fingerprint */
};

struct hc_why_finding {
    enum hc_code code;
    int depth; /* 0 is the leaf; -1: about none in particular */
    char text[HC_WHY_TEXT];
};

/* A message of the handshake, as the gate saw it. */
struct hc_why_message {
    uint32_t at_us; /* since the connection was accepted */
    bool sent;      /* by the gate */
    bool alert;
    uint8_t number; /* handshake type, or the alert's number */
};

struct hc_why {
    struct hc_ref ref; /* "" for one that was not refused */
    int64_t time;      /* seconds */
    enum hc_why_stage stage;
    enum hc_code code;          /* HC_OK_CODE: not refused */
    char text[2 * HC_WHY_TEXT]; /* about this case */
    char gate[72];
    char peer[64];                 /* "192.0.2.7:51234" */
    char server_name[HC_WHY_TEXT]; /* that was asked for; "" none */
    char tls[16], suite[64];       /* "TLSv1.3"; "" unknown */
    /* The key of the first certificate was proved: `cert` speaks of who it was, not only of what was shown. */
    bool proven;
    bool resumed;                       /* the session is an earlier one's */
    char identity[HC_WHY_TEXT];         /* that the rule matched, or the first name of a proven certificate */
    char rule[HC_WHY_TEXT];             /* that decided */
    char method[32], path[HC_WHY_TEXT]; /* of a request */
    unsigned status;                    /* that was answered; 0: none */
    uint32_t took_us;
    bool has_random;
    uint8_t random_hash[32]; /* SHA-256 of the 32 bytes of the ClientHello's random: what joins both ends' records */
    struct hc_why_cert cert[HC_WHY_CERTS];
    size_t n_certs, more_certs;
    struct hc_why_finding finding[HC_WHY_FINDINGS];
    size_t n_findings, more_findings;
    struct hc_why_message message[HC_WHY_MESSAGES];
    size_t n_messages, more_messages;
};

/* "handshake", "connection", "request". Static storage. */
const char *hc_why_stage_text(enum hc_why_stage stage);

/* Copies a text into a member, cut at a character's boundary; NULs become spaces. */
void hc_why_put(char out[], size_t size, struct hc_bytes text);

/* Appends the record, at most HC_WHY_BYTES: texts that are too much are cut further, findings and certificates at the end
 * go first. Check `out`. */
void hc_why_emit(const struct hc_why *w, struct hc_buf *out);

/* Reads one back; all of `in`. Fails with HC_E_WHY_RECORD; `out` is then unspecified. */
struct hc_rc hc_why_parse(struct hc_bytes in, struct hc_why *out, struct hc_err *e);

#endif
