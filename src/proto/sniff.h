/*
 * sniff.h - which protocol do a server's first bytes look like? For messages, never for a decision.
 */
#ifndef HC_PROTO_SNIFF_H
#define HC_PROTO_SNIFF_H

#include "base/bytes.h"

enum hc_sniff {
    HC_SNIFF_NOTHING, /* no byte */
    HC_SNIFF_TLS,     /* a TLS record: handshake or alert */
    HC_SNIFF_HTTP,    /* "HTTP/1.", or an HTML page */
    HC_SNIFF_HTTP2,   /* a SETTINGS frame without TLS */
    HC_SNIFF_SSH,
    HC_SNIFF_SMTP, /* "220 ... SMTP" */
    HC_SNIFF_FTP,  /* "220 ... FTP" */
    HC_SNIFF_IMAP,
    HC_SNIFF_POP3,
    HC_SNIFF_POSTGRES, /* an ErrorResponse, or 'N' or 'S' alone */
    HC_SNIFF_MYSQL,    /* a greeting packet */
    HC_SNIFF_REDIS,
    HC_SNIFF_LDAP, /* an LDAPMessage: notice of disconnection */
    HC_SNIFF_OTHER,
};

/* `first` is what arrived so far. Pure; any thread. */
enum hc_sniff hc_sniff(struct hc_bytes first);

/* "HTTP", "SSH"; static storage. */
const char *hc_sniff_text(enum hc_sniff sniff);

#endif
