/*
 * transcript.h - what both sides of a ceremony print: the same lines in the same order, so that two people can
 * compare them over the telephone. Fingerprints are SHA-256.
 */
#ifndef HC_CMD_TRANSCRIPT_H
#define HC_CMD_TRANSCRIPT_H

#include "authority/issuer.h"
#include "base/buf.h"

/*
 * May the file of a ceremony be written there? Where nothing is, and over one that begins the same way
 * (HC_ISSUER_REQUEST_BEGINS, HC_ISSUER_REPLY_BEGINS): the same command may be run again. Never over anything else; a
 * slip on a stick could hit the root's key. Fails with HC_E_FILE_EXISTS.
 */
struct hc_rc hc_transcript_check_file(const char *path, const char *begins, struct hc_err *e);

/* The request: subject, key, SHA-256 of the request and of the public key. */
void hc_transcript_request(const struct hc_csr *csr, struct hc_buf *out);

/* The reply: subject, serial, end, constraints, SHA-256 of certificate and root, number of the root's CRL. */
void hc_transcript_reply(const struct hc_issuer_reply *reply, struct hc_buf *out);

/* Lines "permitted", "excluded" of a CA's name constraints; "any name" where it has none. */
void hc_transcript_constraints(const struct hc_cert *cert, struct hc_buf *out);

/* A line with the SHA-256 in hexadecimal. */
void hc_transcript_hash(struct hc_buf *out, const char *label, const uint8_t hash[32]);

#endif
