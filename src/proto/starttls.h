/*
 * starttls.h - the client's words before TLS in protocols that begin without it: SMTP [RFC 3207], IMAP [RFC 3501
 * 6.2.1], PostgreSQL (SSLRequest), LDAP [RFC 4511 4.14]. Sans I/O.
 *
 * Whatever arrives together with the server's agreement was sent without TLS and is dropped and told (T36). Fed bytes
 * are a stranger's: bounded, and escaped by whoever shows them.
 */
#ifndef HC_PROTO_STARTTLS_H
#define HC_PROTO_STARTTLS_H

#include "base/buf.h"

enum hc_starttls_kind {
    HC_STARTTLS_NONE,
    HC_STARTTLS_SMTP,
    HC_STARTTLS_IMAP,
    HC_STARTTLS_POSTGRES,
    HC_STARTTLS_LDAP,
};

/* "smtp", "imap", "postgres", "ldap". Fails with HC_E_USAGE, naming them. */
struct hc_rc hc_starttls_parse(struct hc_bytes word, enum hc_starttls_kind *out, struct hc_err *e);
const char *hc_starttls_text(enum hc_starttls_kind kind);

enum hc_starttls_state {
    HC_STARTTLS_GOES_ON,     /* send what is in `out`, then feed more */
    HC_STARTTLS_AGREED,      /* TLS begins with the next byte */
    HC_STARTTLS_NOT_OFFERED, /* the server speaks the protocol and has no TLS */
    HC_STARTTLS_DENIED,      /* it offers TLS and refused to begin it */
    HC_STARTTLS_OTHER,       /* what it says is not that protocol */
};

#define HC_STARTTLS_LINE 1024   /* [RFC 5321 4.5.3.1.5] allows 512; capability lines of IMAP are longer */
#define HC_STARTTLS_BYTES 16384 /* of everything that the server says before TLS */

struct hc_starttls {
    enum hc_starttls_kind kind;
    enum hc_starttls_state state;
    unsigned step;      /* private */
    struct hc_buf in;   /* private: an unfinished line or message */
    size_t total;       /* private */
    size_t injected;    /* bytes that followed the agreement without TLS, and were dropped (T36) */
    bool offered;       /* private */
    struct hc_buf said; /* the dialogue so far, one line each: "S: 220 mail ready\n", "C: EHLO ...\n"; not escaped */
};

/* Begins; appends the client's first words to `out` (PostgreSQL and LDAP speak first). With HC_STARTTLS_NONE the state
 * is AGREED at once. hc_starttls_fini. */
void hc_starttls_init(struct hc_starttls *s, enum hc_starttls_kind kind, struct hc_buf *out);
void hc_starttls_fini(struct hc_starttls *s);

/* Takes all of `in`, which the server said, and appends the answer to `out`. Once the state is not GOES_ON nothing is
 * read any more. More than HC_STARTTLS_BYTES, or a longer line: HC_STARTTLS_OTHER. Out of memory: OTHER too, and
 * s->said tells (hc_buf_check). */
enum hc_starttls_state hc_starttls_feed(struct hc_starttls *s, struct hc_bytes in, struct hc_buf *out);

#endif
