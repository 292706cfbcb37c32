/*
 * crl_text.h - a file with one CRL, in DER or PEM, fed in pieces of any size: out comes DER, in pieces too.
 *
 * PEM is read as strictly as pem.h reads it, in constant memory. One file holds one CRL: a second block would be taken
 * by nobody, and the revocations in it would count for nothing, so it is refused.
 */
#ifndef HC_PKI_CRL_TEXT_H
#define HC_PKI_CRL_TEXT_H

#include "base/buf.h"
#include "pki/pem_parts.h"

#define HC_CRL_TEXT_LINE 128    /* of a boundary line; longer ones are none */
#define HC_CRL_TEXT_PIECE 12288 /* decoded bytes that are handed on at once */

struct hc_crl_text {
    /* Takes the next bytes of DER; borrowed for the call. What it fails with ends the reading. */
    struct hc_rc (*out)(void *ctx, struct hc_bytes der, struct hc_err *e);
    void *ctx;

    /* private; begin with zeros */
    enum { HC_CRL_TEXT_BEGIN, HC_CRL_TEXT_DER, HC_CRL_TEXT_OUTSIDE, HC_CRL_TEXT_BLOCK, HC_CRL_TEXT_FOREIGN } state;
    bool found;
    uint8_t first; /* while the first byte is all that came */
    size_t n_first;
    uint8_t line[HC_CRL_TEXT_LINE];  /* the beginning of a line that may be a boundary */
    size_t n_line;                   /* length of the line so far, also of what is not kept */
    uint8_t label[HC_CRL_TEXT_LINE]; /* of a block that is skipped */
    size_t n_label;
    struct hc_pem_base64 base64;
    bool blank; /* the line has ended but for blanks */
    uint8_t der[HC_CRL_TEXT_PIECE];
    size_t n_der;
};

/* Fails with HC_E_PEM and with what `out` fails with; after a failure nothing more may be fed. */
struct hc_rc hc_crl_text_feed(struct hc_crl_text *t, struct hc_bytes piece, struct hc_err *e);

/* The input is over. Fails with HC_E_PEM: no CRL in it, or one that is cut off; what `out` fails with. */
struct hc_rc hc_crl_text_end(struct hc_crl_text *t, struct hc_err *e);

#endif
