/*
 * der.h - a strict DER reader [X.690 10, 11]: a cursor that fails once and stays failed.
 *
 * A parser reads like the grammar it follows and is checked once at its end:
 *
 *     struct hc_der d = hc_der_init(in);
 *     struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
 *     struct hc_bytes oid = hc_der_oid(&seq);
 *     hc_der_leave(&d, &seq);
 *     HC_TRY(e, hc_der_done(&d, "an algorithm identifier", e));
 *
 * Until the check, values of a failed cursor are empty views, zero or false; they are never out of bounds. Refused:
 * lengths that are not minimal or indefinite, tags above 30, booleans other than 00 and FF, integers and object
 * identifier arcs with superfluous leading bytes, bit strings with a bad or non-zero padding. Nothing here recurses or
 * allocates; every view borrows from the input. A cursor belongs to one thread.
 */
#ifndef HC_ASN1_DER_H
#define HC_ASN1_DER_H

#include "base/bytes.h"
#include "base/err.h"

/* Whole identifier octets: class, constructed bit and number together. */
#define HC_DER_BOOLEAN 0x01
#define HC_DER_INTEGER 0x02
#define HC_DER_BITSTRING 0x03
#define HC_DER_OCTETS 0x04
#define HC_DER_NULL 0x05
#define HC_DER_OID 0x06
#define HC_DER_ENUMERATED 0x0a
#define HC_DER_UTF8 0x0c
#define HC_DER_NUMERIC 0x12
#define HC_DER_PRINTABLE 0x13
#define HC_DER_TELETEX 0x14
#define HC_DER_IA5 0x16
#define HC_DER_UTCTIME 0x17
#define HC_DER_GENERALIZEDTIME 0x18
#define HC_DER_VISIBLE 0x1a
#define HC_DER_UNIVERSAL 0x1c
#define HC_DER_BMP 0x1e
#define HC_DER_SEQUENCE 0x30
#define HC_DER_SET 0x31
#define HC_DER_CONTEXT(n) (uint8_t)(0x80 | (n))             /* [n] IMPLICIT of a primitive type */
#define HC_DER_CONTEXT_CONSTRUCTED(n) (uint8_t)(0xa0 | (n)) /* [n] EXPLICIT, or IMPLICIT of a constructed type */

struct hc_der {
    const uint8_t *p; /* the next unread byte */
    const uint8_t *end;
    bool failed; /* sticky */
};

struct hc_der hc_der_init(struct hc_bytes in);

/* Marks the cursor as failed: for what a caller finds wrong with a value. */
void hc_der_fail(struct hc_der *d);

/* The identifier octet of the next element; 0 at the end and on a failed cursor. */
uint8_t hc_der_peek(const struct hc_der *d);

/* The next element has this identifier octet. */
bool hc_der_is(const struct hc_der *d, uint8_t tag);

/* Nothing is left (or the cursor failed: loops over elements end). */
bool hc_der_at_end(const struct hc_der *d);

/* A cursor over the contents of the next element, which must have this tag; `d` moves past it. */
struct hc_der hc_der_enter(struct hc_der *d, uint8_t tag);

/* Enters if the next element has this tag: then true and *child is set. Otherwise false, and `d` has not moved. */
bool hc_der_enter_optional(struct hc_der *d, uint8_t tag, struct hc_der *child);

/* The child was read completely: `d` fails when `child` failed or has bytes left. */
void hc_der_leave(struct hc_der *d, const struct hc_der *child);

/* The contents of the next element, which must have this tag. */
struct hc_bytes hc_der_get(struct hc_der *d, uint8_t tag);

/* The whole next element with its header. */
struct hc_bytes hc_der_tlv(struct hc_der *d, uint8_t tag);

/* The whole next element, whatever it is; *tag (unless NULL) gets its identifier octet. Contents are not looked
 * into. */
struct hc_bytes hc_der_any(struct hc_der *d, uint8_t *tag);

/* The contents of the next element, whatever it is; *tag gets its identifier octet. */
struct hc_bytes hc_der_value(struct hc_der *d, uint8_t *tag);

/* Skips the next element if it has this tag; true when it had. */
bool hc_der_skip_optional(struct hc_der *d, uint8_t tag);

bool hc_der_bool(struct hc_der *d);

/* The contents of an INTEGER: two's complement, big endian, minimal, at least one byte. */
struct hc_bytes hc_der_integer(struct hc_der *d);

/* An INTEGER between 0 and `max`; anything else fails. */
int64_t hc_der_small(struct hc_der *d, int64_t max);

/* An ENUMERATED between 0 and `max`. */
int64_t hc_der_enumerated(struct hc_der *d, int64_t max);

/* The contents of an OBJECT IDENTIFIER. */
struct hc_bytes hc_der_oid(struct hc_der *d);

struct hc_der_bits {
    struct hc_bytes bytes;
    unsigned unused; /* 0 to 7 bits of the last byte, all zero */
};
struct hc_der_bits hc_der_bitstring(struct hc_der *d);

/* A BIT STRING of whole bytes: keys and signatures. */
struct hc_bytes hc_der_bitstring_bytes(struct hc_der *d);

/* A BIT STRING with named bits, without trailing zero bits [X.690 11.2.2]; named bit i is 1 << i. More than 32 fail. */
uint32_t hc_der_named_bits(struct hc_der *d);

void hc_der_null(struct hc_der *d);

/* The same contents under another identifier octet, as with [n] IMPLICIT. */
bool hc_der_bool_as(struct hc_der *d, uint8_t tag);
struct hc_bytes hc_der_integer_as(struct hc_der *d, uint8_t tag);
uint32_t hc_der_named_bits_as(struct hc_der *d, uint8_t tag);

/*
 * A UTCTime or GeneralizedTime as [RFC 5280 4.1.2.5] writes them: with seconds, without a fraction, in Z. Seconds since
 * 1970. A GeneralizedTime before 2050, which an issuer must not write, is read; *off_profile (unless NULL) is then set
 * to true and is otherwise left alone.
 */
int64_t hc_der_time(struct hc_der *d, bool *off_profile);

/* The one check at the end: not failed and nothing left. Fails with HC_E_DER, "WHAT is not strict DER". */
struct hc_rc hc_der_done(const struct hc_der *d, const char *what, struct hc_err *e);

#endif
