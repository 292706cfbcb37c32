/*
 * profile.h - what a certificate is for: one row a profile, and nothing about a profile is written anywhere else.
 *
 * A leaf carries only what its row says: key usage and extended key usage [RFC 5280 4.2.1.3, 4.2.1.12], an
 * elliptic-curve key that signs and never enciphers [RFC 5480 3, RFC 8813 3], names of the types in its row.
 */
#ifndef HC_PKI_PROFILE_H
#define HC_PKI_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/key.h"
#include "pki/cert.h"
#include "pki/name.h"

enum hc_profile {
    HC_PROFILE_ROOT_CA,
    HC_PROFILE_ISSUING_CA,
    HC_PROFILE_SERVER,
    HC_PROFILE_CLIENT,
    HC_PROFILE_PEER,
    HC_PROFILE_PERSON,
};

/* A set of name types: HC_NAME_BIT(HC_NAME_DNS) | ... */
#define HC_NAME_BIT(type) (1u << (type))

struct hc_profile_row {
    enum hc_profile profile;
    const char *word; /* "server": what the user writes and reads, and what the ledger stores */
    bool ca;
    int pathlen;          /* path length constraint of a CA; -1 for none */
    int64_t lifetime_s;   /* default lifetime in seconds */
    int64_t renew_s;      /* so long after its end it may still be renewed */
    uint32_t usage;       /* HC_KU_* */
    uint32_t purposes;    /* HC_EKU_*; 0 for none */
    unsigned takes;       /* HC_NAME_BIT set: every name's type must be among these */
    unsigned needs;       /* HC_NAME_BIT set: at least one name must be of one of these; 0 for a CA */
    bool wildcard;        /* may carry dns:*.example.com; a wildcard never proves a client's identity */
    enum hc_key_kind key; /* the kind of key that is generated for it */
};

/* The row; static storage. */
const struct hc_profile_row *hc_profile_row(enum hc_profile profile);

/* The profile that the word names. Fails with HC_E_USAGE, naming the words there are (CA profiles are not among
 * them). */
struct hc_rc hc_profile_parse(struct hc_bytes word, enum hc_profile *out, struct hc_err *e);

/* The profile that the ledger's word names, CA profiles included. Fails with HC_E_LEDGER_DAMAGED. */
struct hc_rc hc_profile_from_ledger(struct hc_bytes word, enum hc_profile *out, struct hc_err *e);

/*
 * A set of leaf profiles from words with spaces or commas between them, as 1u << enum hc_profile; "" is all leaf
 * profiles. Fails with HC_E_USAGE as hc_profile_parse does.
 */
struct hc_rc hc_profile_set_parse(struct hc_bytes words, unsigned *out, struct hc_err *e);

/* Appends the words of the set with a space between them; nothing for the set of all leaf profiles. */
void hc_profile_set_text(unsigned set, struct hc_buf *out);

/*
 * The names fit the profile: types, at least one that it needs, wildcards only where allowed, no name twice.
 * Fails with HC_E_PROFILE_NAME, naming the name.
 */
struct hc_rc hc_profile_check_names(enum hc_profile profile, const struct hc_name *names, size_t n, struct hc_err *e);

#endif
