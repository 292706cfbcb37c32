/*
 * name.h - identities: typed names that a certificate proves [RFC 5280 4.2.1.6], in one canonical form.
 *
 * There is one canonicaliser for what a person types, what a certificate carries and what SNI or Host name (T7). Two
 * names are the same identity when type and canonical text are equal, byte for byte.
 *
 *   dns    letters, digits, hyphen, underscore; labels of 1 to 63, 253 in all; lower case; no final dot
 *   email  LOCAL@DOMAIN; the local part [RFC 5322 3.4.1 dot-atom] keeps its case, the domain is a dns name
 *   uri    absolute; scheme and host in lower case; a scheme of spiffe only as the SPIFFE-ID standard writes it
 *   ip     as inet_ntop(3) writes it
 */
#ifndef HC_PKI_NAME_H
#define HC_PKI_NAME_H

#include "base/auto.h"
#include "base/buf.h"

#define HC_DNS_MAX 253                    /* a name in text form [RFC 1035 2.3.4] */
#define HC_LABEL_MAX 63                   /* [RFC 1035 2.3.4] */
#define HC_EMAIL_MAX 254                  /* [RFC 5321 4.5.3.1.3], without the angle brackets */
#define HC_LOCAL_MAX 64                   /* [RFC 5321 4.5.3.1.1] */
#define HC_URI_MAX 2048                   /* what the SPIFFE-ID standard asks to support */
#define HC_NAME_TEXT_MAX (HC_URI_MAX + 8) /* "TYPE:" and any canonical text */
#define HC_NAME_DIRNAME_MAX 200 /* leaves room for a label and a suffix below the 255 bytes that file systems take */

enum hc_name_type { HC_NAME_DNS, HC_NAME_EMAIL, HC_NAME_URI, HC_NAME_IP };

struct hc_name {
    enum hc_name_type type;
    struct hc_bytes text; /* canonical, without the type; borrowed from whatever owns the name */
    uint8_t ip[16];       /* HC_NAME_IP only: network byte order */
    uint8_t ip_n;         /* 4 or 16; 0 for other types */
};

/* What a dns name may look like, besides a plain one. */
enum hc_name_flags {
    HC_NAME_PLAIN = 0,
    HC_NAME_WILDCARD = 1, /* "*." may stand before the rest */
    HC_NAME_ROOT_DOT = 2, /* one final dot is accepted and dropped */
    HC_NAME_NUMERIC = 4,  /* the last label may be all digits, like that of an IPv4 address */
};

/*
 * Reads "TYPE:VALUE" (dns, email, uri, ip) or a bare "spiffe://...". A dns name may end in a dot, which is dropped; an
 * IPv6 address may stand in brackets. `flags`: HC_NAME_PLAIN or HC_NAME_WILDCARD. One heap block, the caller's:
 * hc_name_free. Fails with HC_E_IDENTITY_NAME (the sentence says what is wrong with which part), HC_E_NOMEM.
 */
struct hc_rc hc_name_parse(struct hc_bytes text, enum hc_name_flags flags, struct hc_name **out, struct hc_err *e);

/* The same for a NAME without a type: a URI if it has "://", an e-mail address if it has "@", an IP literal, else
 * dns. */
struct hc_rc hc_name_guess(struct hc_bytes text, enum hc_name_flags flags, struct hc_name **out, struct hc_err *e);

/* The same for a value whose type is known. */
struct hc_rc hc_name_make(enum hc_name_type type, struct hc_bytes value, enum hc_name_flags flags, struct hc_name **out,
                          struct hc_err *e);

/* A copy that owns its text. Fails with HC_E_NOMEM. */
struct hc_rc hc_name_copy(const struct hc_name *name, struct hc_name **out, struct hc_err *e);

/* Only for names from the four functions above. NULL-safe. */
void hc_name_free(struct hc_name *name);
HC_DEFINE_AUTO(hc_name)

/*
 * Appends the canonical text of `value` to `out`; nothing is appended on failure. For IP use hc_name_ip.
 * Fails with HC_E_IDENTITY_NAME; a failure of the buffer is left to hc_buf_check.
 */
struct hc_rc hc_name_canonical(enum hc_name_type type, struct hc_bytes value, enum hc_name_flags flags,
                               struct hc_buf *out, struct hc_err *e);

/* Reads an IPv4 or IPv6 literal into ip[] and returns its length, 4 or 16; 0 when it is none. */
uint8_t hc_name_ip(struct hc_bytes text, uint8_t ip[16]);

/* Appends the text of an address of 4 or 16 bytes. */
void hc_name_ip_text(struct hc_bytes ip, struct hc_buf *out);

/* "dns", "email", "uri", "ip". Static storage. */
const char *hc_name_type_text(enum hc_name_type type);

/* Appends "dns:shop.example.com"; a SPIFFE ID stands alone: "spiffe://example.com/web". hc_name_parse reads it back. */
void hc_name_text(const struct hc_name *name, struct hc_buf *out);

/* The same type and the same canonical text. */
bool hc_name_eq(const struct hc_name *a, const struct hc_name *b);

/* A URI of the scheme spiffe. */
bool hc_name_is_spiffe(const struct hc_name *name);

/* Appends the name of the identity's directory: the canonical text without its type, percent-encoded.
 * Fails with HC_E_IDENTITY_NAME beyond HC_NAME_DIRNAME_MAX bytes. */
struct hc_rc hc_name_dirname(const struct hc_name *name, struct hc_buf *out, struct hc_err *e);

/* The host of a URI: without user information, port or brackets; a view into `uri`. False when it has no authority
 * or an empty host. */
bool hc_uri_host(struct hc_bytes uri, struct hc_bytes *host);

/*
 * Does this dns name of a certificate stand for this host? Equal without regard to case, or a "*." that stands for
 * exactly one left-most label (T21) above at least two labels. Never for an IP literal or a host with a wildcard in it.
 */
bool hc_dns_matches(struct hc_bytes pattern, struct hc_bytes host);

#endif
