/* rsa_bits.c - RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } [RFC 8017 A.1.1]. */
#include "doctor/rsa_bits.h"

#include "asn1/der.h"

size_t hc_rsa_bits(struct hc_bytes key)
{
    struct hc_der d = hc_der_init(key), seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_bytes modulus = hc_der_integer(&seq);
    return seq.failed ? 0 : hc_bytes_bits(modulus);
}
