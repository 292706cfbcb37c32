/* head_text.h - the text of a signed head, whoever signed it. Private to this module. */
#ifndef HC_AUTHORITY_HEAD_TEXT_H
#define HC_AUTHORITY_HEAD_TEXT_H

#include "authority/head_inside.h"
#include "crypto/spki.h"

/* What the file holds. */
struct hc_head_text {
    struct hc_head head;
    uint8_t root[HC_LEDGER_HASH];
    struct hc_bytes message; /* what is signed; a view into the text */
    struct hc_buf algorithm;
    struct hc_buf signature;
    struct hc_cert_list certs; /* the signer's, alone */
};

void hc_head_text_fini(struct hc_head_text *p);

/* Scope clean-up: HC_HEAD_TEXT(p); */
#define HC_HEAD_TEXT(name)                                                                                             \
    __attribute__((cleanup(hc_head_text_fini))) struct hc_head_text name = {                                           \
        .algorithm = HC_BUF(HC_SPKI_ALGORITHM_MAX), .signature = HC_BUF(HC_KEY_SIGNATURE_MAX)}

/* Reads the text; the views in *p are into it. Fails with HC_E_HEAD_MALFORMED, HC_E_NOMEM. */
struct hc_rc hc_head_text_parse(struct hc_bytes text, struct hc_head_text *p, struct hc_err *e);

/* Appends the lines that are signed, and those below them. */
void hc_head_text_message(struct hc_buf *out, const uint8_t root[HC_LEDGER_HASH], const struct hc_head *head);
void hc_head_text_rest(struct hc_buf *out, const struct hc_signed *s, const struct hc_cert *signer);

#endif
