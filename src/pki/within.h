/*
 * within.h - is a name inside the subtree that a name constraint names? [RFC 5280 4.2.1.10]
 *
 * Names and bases are GeneralNames: their identifier octet and contents. A name may stand for several names (a
 * wildcard), or be one that cannot be judged; then the answer is HC_WITHIN_PART, which satisfies no permission and
 * every exclusion.
 */
#ifndef HC_PKI_WITHIN_H
#define HC_PKI_WITHIN_H

#include "base/bytes.h"
#include "pki/name.h"

/* Identifier octets of GeneralName [RFC 5280 4.2.1.6]. */
#define HC_GN_OTHER 0xa0
#define HC_GN_EMAIL 0x81
#define HC_GN_DNS 0x82
#define HC_GN_DIRECTORY 0xa4 /* contents: the Name element */
#define HC_GN_URI 0x86
#define HC_GN_IP 0x87
#define HC_GN_X400 0xa3 /* never judged: it cannot be, like HC_GN_OTHER and the next two */
#define HC_GN_EDI 0xa5
#define HC_GN_REGISTERED 0x88

enum hc_within {
    HC_WITHIN_NONE, /* outside */
    HC_WITHIN_PART, /* some of the names it stands for are inside, or nobody can say */
    HC_WITHIN_ALL,  /* inside */
};

/* The identifier octet of an identity's type. */
uint8_t hc_within_tag(enum hc_name_type type);

/* Is this base well-formed for its type? Bases of types that cannot be judged are taken for well-formed, what is no
 * GeneralName at all is not. */
bool hc_within_base_ok(uint8_t tag, struct hc_bytes base);

/* Can names of this type be judged at all? */
bool hc_within_judges(uint8_t tag);

/*
 * Both of the type `tag`; `base` passed hc_within_base_ok.
 *   dns        lower case, maybe a wildcard           email  LOCAL@DOMAIN      uri  absolute
 *   ip         4 or 16 bytes                          directory  a Name element
 */
enum hc_within hc_within_judge(uint8_t tag, struct hc_bytes name, struct hc_bytes base);

#endif
