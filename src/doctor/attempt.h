/*
 * attempt.h - one connection of a probe: TCP, a STARTTLS prelude, the handshake, a harmless request, and how it ended.
 *
 * It judges nothing: it keeps what was seen, bounded, for the verdict and the report. Everything of the peer's in it is
 * escaped by whoever shows it. Blocks, never longer than connect_ms + patience_ms + wait_ms.
 */
#ifndef HC_DOCTOR_ATTEMPT_H
#define HC_DOCTOR_ATTEMPT_H

#include "net/sock.h"
#include "net/tls_probe.h"
#include "observe/ref.h"
#include "pki/cert.h"
#include "proto/sniff.h"
#include "proto/starttls.h"
#include "proto/tls_wire.h"

#define HC_ATTEMPT_FIRST 1024         /* of the server's first bytes, kept as they came */
#define HC_ATTEMPT_NETWORK (2u << 20) /* bytes read before it is given up as one that talks for ever */
#define HC_ATTEMPT_CONNECT_MS 5000
#define HC_ATTEMPT_PATIENCE_MS 5000 /* for the handshake, with whatever came before TLS */
#define HC_ATTEMPT_WAIT_MS 2000     /* after it, for a refusal or an answer */

/* The harmless words that are sent after the handshake, so that a server speaks. */
enum hc_attempt_ask {
    HC_ASK_NOTHING,
    HC_ASK_HTTP,     /* GET PATH HTTP/1.1, Connection: close; what is served is not read to its end */
    HC_ASK_SMTP,     /* EHLO */
    HC_ASK_IMAP,     /* NOOP */
    HC_ASK_POSTGRES, /* a StartupMessage for a user of no name in particular, then Terminate */
    HC_ASK_LDAP,     /* an anonymous search of the root DSE */
};

/* All borrowed for the call. */
struct hc_attempt_plan {
    struct hc_crypto *crypto;
    const struct hc_addr *addr;
    const char *name; /* SNI, and the Host of the request; NULL: no SNI, and the address is the Host */
    const struct hc_tls_identity *identity; /* NULL: none */
    uint16_t min, max;                      /* versions */
    const char *alpn;                       /* NULL: none */
    bool anything;                          /* weak versions, suites and keys too */
    const char *suites, *groups;
    enum hc_starttls_kind starttls;
    bool proxy_header; /* PROXY UNKNOWN before all else */
    bool plain;        /* no TLS at all: connect, say `ask`, and listen */
    enum hc_attempt_ask ask;
    const char *path;                          /* of HTTP; NULL: "/" */
    unsigned connect_ms, patience_ms, wait_ms; /* 0: as above */
};

/* How far it came. */
enum hc_attempt_stage {
    HC_STAGE_NOTHING,
    HC_STAGE_CONNECTED, /* TCP */
    HC_STAGE_HELLO,     /* STARTTLS, if any, was agreed; our ClientHello is on its way */
    HC_STAGE_ANSWERED,  /* a ServerHello came */
    HC_STAGE_SHOWN,     /* the server's certificate came */
    HC_STAGE_FINISHED,  /* both Finished are done */
    HC_STAGE_SERVED,    /* application bytes came */
};

enum hc_attempt_end {
    HC_END_OPEN,         /* we ended it: not refused so far */
    HC_END_UNREACHED,    /* no TCP connection: `sys` */
    HC_END_TIMEOUT,      /* nothing more came */
    HC_END_RESET,        /* RST, or another error of the socket: `sys` */
    HC_END_EOF,          /* FIN, without close_notify */
    HC_END_CLOSE_NOTIFY, /* a proper end */
    HC_END_ALERT,        /* the server's fatal alert */
    HC_END_NOT_TLS,      /* what came is no TLS */
    HC_END_PRELUDE,      /* STARTTLS was not agreed */
    HC_END_OURS,         /* this side gave up: `error` */
    HC_END_FLOOD,        /* more than HC_ATTEMPT_NETWORK */
};

struct hc_attempt {
    enum hc_attempt_stage stage;
    enum hc_attempt_end end;
    int sys; /* errno */
    struct hc_addr addr;
    /* Since the beginning; 0: not reached. The first byte is the application's; with `plain` the first at all. */
    uint64_t us_connected, us_finished, us_asked, us_first_byte, us_end;

    struct hc_tls_probe *tls; /* owned; NULL before TLS; holds the messages */
    uint64_t us_tls;          /* when it was made: the messages' times count from here */
    struct hc_tls_agreed agreed;
    uint8_t alert; /* the server's fatal alert [RFC 8446 6.2]; with HC_END_ALERT */
    uint64_t us_alert;
    bool alert_after_finished; /* it came when the handshake had seemed done (TLS 1.3) */
    uint8_t our_alert;         /* that this side sent; 0: none */
    struct hc_err error;       /* with HC_END_OURS, _ALERT, _NOT_TLS and _UNREACHED, and what the prelude said */

    /* The server's chain, as it came. What cannot be read is left out, and told in presented_error (HC_OK_CODE: all was
     * read); behind a leaf that cannot be read everything is left out, so that [0] is always the leaf. */
    struct hc_cert_list presented;
    struct hc_err presented_error;
    size_t n_presented;     /* certificates in the message */
    struct hc_bytes staple; /* the OCSP response; empty: none; borrowed from `tls` */

    unsigned dh_bits; /* of the prime that the server chose for DHE in TLS 1.2; 0: it did not choose DHE */

    bool has_request;                           /* the server asked for a certificate; the message in `request` */
    struct hc_tls_certificate_request *request; /* owned; NULL: none */
    size_t n_sent;                              /* certificates that this side presented */

    struct hc_buf first;    /* the server's first bytes on the wire */
    enum hc_sniff sniff;    /* what they look like */
    struct hc_buf dialogue; /* of STARTTLS, one line each, not escaped */
    enum hc_starttls_state starttls;
    size_t injected;         /* bytes that were slipped in after STARTTLS */
    struct hc_buf said;      /* application bytes, the first of them */
    size_t n_said;           /* of how many */
    enum hc_attempt_ask ask; /* what was asked */
    unsigned status;         /* of an HTTP answer; 0: none */
    int64_t date;            /* its Date, seconds; 0: none */
    int64_t date_heard;      /* our clock when it came */
    struct hc_ref ref;       /* the id of a Handclasp gate's refusal in it; "" when there is none */
    uint8_t random[32];      /* of our ClientHello */
    bool has_random;
};

/* Makes the attempt. Never fails but for memory and this side's own identity: HC_E_NOMEM, HC_E_KEY_MISMATCH,
 * HC_E_CERT_MALFORMED, HC_E_LIBRARY; everything else is what was seen. hc_attempt_fini, after a failure too. */
struct hc_rc hc_attempt_make(const struct hc_attempt_plan *plan, struct hc_attempt *out, struct hc_err *e);
void hc_attempt_fini(struct hc_attempt *a);

/* The server's last line before TLS; empty: it said none. Borrowed. */
struct hc_bytes hc_attempt_last_words(const struct hc_attempt *a);

/* The body of the first message of that type from that side, without its header; false when there is none. Borrowed. */
bool hc_attempt_message(const struct hc_attempt *a, uint8_t type, bool sent, struct hc_bytes *body);

#endif
