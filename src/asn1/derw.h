/*
 * derw.h - a DER writer into a capped buffer.
 *
 * Failure is the buffer's and sticky: write everything, then hc_buf_check(out). An element with contents is begun and
 * ended; its length is put in place at the end:
 *
 *     size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
 *     hc_derw_oid(out, HC_OID_ED25519);
 *     hc_derw_end(out, seq);
 *
 * What hc_der_* reads back equals what was written.
 */
#ifndef HC_ASN1_DERW_H
#define HC_ASN1_DERW_H

#include "asn1/der.h"
#include "base/buf.h"

/* Begins an element; the returned position goes to hc_derw_end. Elements end in the reverse order of their
 * beginning. */
size_t hc_derw_begin(struct hc_buf *out, uint8_t tag);
void hc_derw_end(struct hc_buf *out, size_t position);

/* A whole element with these contents. */
void hc_derw_element(struct hc_buf *out, uint8_t tag, struct hc_bytes contents);

/* Bytes that are DER already. */
void hc_derw_raw(struct hc_buf *out, struct hc_bytes der);

void hc_derw_bool(struct hc_buf *out, bool value);

/* A non-negative INTEGER from its big-endian magnitude; leading zeros are dropped and a sign byte is added as
 * needed. */
void hc_derw_integer(struct hc_buf *out, struct hc_bytes magnitude);
void hc_derw_small(struct hc_buf *out, uint64_t value);
void hc_derw_enumerated(struct hc_buf *out, uint8_t value); /* below 128 */

/* `contents` as in pki/oid.h. */
void hc_derw_oid(struct hc_buf *out, struct hc_bytes contents);

/* A BIT STRING of whole bytes. */
void hc_derw_bitstring(struct hc_buf *out, struct hc_bytes bytes);

/* Named bit i is 1 << i; trailing zero bits are dropped [X.690 11.2.2]. */
void hc_derw_named_bits(struct hc_buf *out, uint32_t bits);

void hc_derw_octets(struct hc_buf *out, struct hc_bytes contents);
void hc_derw_null(struct hc_buf *out);

/* Text is written as it is: the caller has validated it for the type. */
void hc_derw_utf8(struct hc_buf *out, struct hc_bytes text);
void hc_derw_printable(struct hc_buf *out, struct hc_bytes text);
void hc_derw_ia5(struct hc_buf *out, struct hc_bytes text);

/* UTCTime from 1950 to 2049, GeneralizedTime otherwise [RFC 5280 4.1.2.5]. Seconds since 1970, clamped to years
 * 0000-9999. */
void hc_derw_time(struct hc_buf *out, int64_t t);

#endif
