/*
 * revocation_set.h - the inside of a struct hc_revocation; for revocation*.c only.
 *
 * An entry is one CRL and what is known about its signature. Entries are shared by consecutive sets and never change,
 * but for the list `known`, which only grows, by compare-and-swap at its head: readers need no lock and a node is
 * freed with its entry.
 */
#ifndef HC_PKI_REVOCATION_SET_H
#define HC_PKI_REVOCATION_SET_H

#include <stdatomic.h>

#include "crypto/digest.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/revocation.h"

/* Issuer keys remembered for one CRL. Real CRLs meet one; beyond this the signature is verified each time. */
#define HC_REVOCATION_KNOWN 8

/* "This CRL is / is not signed by the key of this certificate." */
struct hc_revocation_known {
    struct hc_revocation_known *next;
    struct hc_cert *issuer;
    bool signed_by;
};

struct hc_revocation_entry {
    atomic_uint refs;
    struct hc_crl *crl;
    char *source;
    uint8_t hash[HC_SHA256_SIZE]; /* of the DER */
    _Atomic(struct hc_revocation_known *) known;
};

struct hc_revocation {
    atomic_uint refs;
    int64_t built_at; /* seconds; what lay in the future then says nothing about the time now */
    struct hc_revocation_entry **entry;
    size_t n;     /* in use */
    size_t n_all; /* and after them those whose source was removed, remembered so that an older one is recognised */
};

/* Parses the CRL; `source` is copied. One owner. Fails as hc_crl_parse does, and with HC_E_NOMEM. */
struct hc_rc hc_revocation_entry_new(struct hc_bytes der, const char *source, struct hc_revocation_entry **out,
                                     struct hc_err *e);
struct hc_revocation_entry *hc_revocation_entry_ref(struct hc_revocation_entry *entry);
void hc_revocation_entry_free(struct hc_revocation_entry *entry);
HC_DEFINE_AUTO(hc_revocation_entry)

/* Could `issuer` have issued this CRL: same name, and key identifiers that do not differ? */
bool hc_revocation_entry_names(const struct hc_revocation_entry *entry, const struct hc_cert *issuer);

/* *yes = the CRL is signed by the key of `issuer`, who may sign CRLs. Remembers the answer. Fails with HC_E_NOMEM
 * only. */
struct hc_rc hc_revocation_entry_signed_by(struct hc_revocation_entry *entry, const struct hc_crypto *c,
                                           const struct hc_cert *issuer, bool *yes, struct hc_err *e);

/* Is its signature known to be good? */
bool hc_revocation_entry_verified(const struct hc_revocation_entry *entry);

/* Are both known to be signed by the same key? */
bool hc_revocation_entry_same_key(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

/* Its date is further ahead of `now` than clocks may differ (HC_REVOCATION_SKEW). */
bool hc_revocation_entry_in_future(const struct hc_revocation_entry *entry, int64_t now);

/* "a" has a lower number or an earlier date than "b" [RFC 5280 5.2.3]: it was made before it. */
bool hc_revocation_entry_older(const struct hc_revocation_entry *a, const struct hc_revocation_entry *b);

#endif
