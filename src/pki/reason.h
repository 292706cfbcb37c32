/*
 * reason.h - the reasons that may be given for a revocation [RFC 5280 5.3.1]. hc_crl_reason_text is the way back.
 */
#ifndef HC_PKI_REASON_H
#define HC_PKI_REASON_H

#include "base/bytes.h"
#include "base/err.h"
#include "pki/crl.h"

/*
 * "keyCompromise" (also "key-compromise", any case) to its number. Fails with HC_E_REASON for every other word, and for
 * certificateHold, cACompromise and aACompromise, which do not fit a leaf's final revocation.
 */
struct hc_rc hc_reason_parse(struct hc_bytes word, enum hc_crl_reason *out, struct hc_err *e);

#endif
