/*
 * dn.h - distinguished names: the Name of a subject or issuer [RFC 5280 4.1.2.4], as a whole DER element.
 *
 * A `dn` here is always the element with its header (30 LEN ...), as hc_cert and hc_crl hold it. Functions that take
 * one accept any bytes; what is not a Name compares unequal and has the text "?".
 */
#ifndef HC_PKI_DN_H
#define HC_PKI_DN_H

#include "base/buf.h"

/*
 * Is it a well-formed Name, and free of NUL, control and DEL characters in every textual attribute (T20)? Fails with
 * HC_E_CERT_MALFORMED or HC_E_CERT_CONTROL_BYTE; `what` names it in the sentence ("the subject").
 */
struct hc_rc hc_dn_check(struct hc_bytes dn, const char *what, struct hc_err *e);

/* The same question about one string: `tag` is its DER type. Types that are not text are always clean. */
struct hc_rc hc_dn_check_string(uint8_t tag, struct hc_bytes value, const char *what, struct hc_err *e);

/* It has no attribute at all. */
bool hc_dn_is_empty(struct hc_bytes dn);

/*
 * Are they the same name [RFC 5280 7.1]? Attributes pairwise, in order; text without regard to ASCII case, to the
 * string type, and to the amount of white space. Non-ASCII characters compare exactly.
 */
bool hc_dn_eq(struct hc_bytes a, struct hc_bytes b);

/* Does `dn` begin with all of `base`: is it in the subtree that a directoryName constraint names [RFC 5280
 * 4.2.1.10]? */
bool hc_dn_under(struct hc_bytes dn, struct hc_bytes base);

/* One attribute of a name. */
struct hc_dn_attribute {
    struct hc_bytes oid;   /* contents */
    uint8_t tag;           /* DER type of the value */
    struct hc_bytes value; /* contents */
    bool first;            /* the first of its relative distinguished name */
};

/* Fills `out` (up to `max`) with the attributes in the order of the encoding and returns how many there are in all;
 * 0 for what is not a Name. Views into `dn`. */
size_t hc_dn_attributes(struct hc_bytes dn, struct hc_dn_attribute *out, size_t max);
#define HC_DN_ATTRIBUTES_MAX 64 /* more than any directory uses; hc_dn_check refuses more */

/*
 * Appends the name for people, last attribute first: "CN=Alice,O=Example Corp" [RFC 4514]. Everything that could
 * deceive a reader (controls, bidirectional and invisible characters, separators) is escaped with a backslash.
 */
void hc_dn_text(struct hc_bytes dn, struct hc_buf *out);

/* Appends one string value in UTF-8 without any escaping; `tag` as above. For types that are not text appends
 * nothing. */
void hc_dn_utf8(uint8_t tag, struct hc_bytes value, struct hc_buf *out);

#endif
