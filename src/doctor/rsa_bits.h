/* rsa_bits.h - how long an RSA key is. */
#ifndef HC_DOCTOR_RSA_BITS_H
#define HC_DOCTOR_RSA_BITS_H

#include "base/bytes.h"

/* Of an RSAPublicKey, the contents of a SubjectPublicKeyInfo: the bits of its modulus; 0: it is not that. Pure. */
size_t hc_rsa_bits(struct hc_bytes key);

#endif
