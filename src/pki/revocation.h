/*
 * revocation.h - the revoked certificates a gate knows of: a set of CRLs, taken together at one moment.
 *
 * A set never changes once it is built, counts its owners and may be used by any number of threads; a changed
 * directory makes a new set, given the previous one. No CRL counts before its signature was verified under a key of
 * its issuer. The issuer's certificate may be an anchor, a certificate given when the set is built, or - as issuing
 * CAs are presented by peers - the one in the chain that is being judged: then the CRL is verified at its first use
 * and the result remembered inside the set, without a lock.
 *
 * What a broken, forged, older or future CRL can do is nothing: the one of the previous set stays, and an alarm is
 * raised (T16).
 */
#ifndef HC_PKI_REVOCATION_H
#define HC_PKI_REVOCATION_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/lib.h"

struct hc_revocation;
struct hc_revocation_mark;
struct hc_bundle;
struct hc_cert;

#define HC_REVOCATION_CRLS 1024     /* a CRL for each issuer; a private PKI has a handful */
#define HC_REVOCATION_SKEW (5 * 60) /* a CRL may be this many seconds ahead of our clock */

/* How a verifier treats revocation. Zero is not an answer: a policy that forgot to say is refused
 * (HC_E_REVOCATION_UNSAID). */
enum hc_revocation_mode {
    HC_REVOCATION_UNSAID = 0,
    HC_REVOCATION_NONE,  /* `revocation: none`, written out: nothing is checked */
    HC_REVOCATION_LEAF,  /* `check: leaf` */
    HC_REVOCATION_CHAIN, /* `check: chain`: every certificate below the anchor */
};

/* One CRL as it was found. */
struct hc_revocation_source {
    const char *name; /* where it came from, for messages: a path */
    struct hc_bytes
        data;    /* DER, or PEM with one X509 CRL block; of hc_revocation_load nothing is held in memory whole */
    bool unread; /* it is there and could not be read, and an alarm was raised: only the previous one can be kept */
};

/*
 * Something to tell the operator about one source while the set was built; the set is usable all the same.
 *   HC_E_CRL_MALFORMED, HC_E_CRL_UNSUPPORTED, HC_E_CRL_SIGNATURE, HC_E_CRL_OLDER   not taken; the previous one is kept
 *   HC_E_CRL_NOT_YET_VALID    taken, and not used before its date while there is an earlier one
 *   HC_E_CRL_STALE            taken, and certificates of its issuer are refused
 *   HC_E_CRL_INDIRECT         taken, and never believed
 *   HC_E_CRL_UNKNOWN_ISSUER   taken as a candidate; ordinary for issuing CAs, not worth waking anybody
 *   HC_E_TOO_BIG              beyond HC_CRL_MAX; the previous one is kept
 *   HC_E_FILE_*               could not be read (hc_revocation_load)
 */
typedef void hc_revocation_alarm(void *ctx, enum hc_code code, const char *source, const char *text);

/* All borrowed for the call. */
struct hc_revocation_input {
    const struct hc_revocation_source *source;
    size_t n_sources;
    const struct hc_revocation *previous; /* NULL at first */
    const struct hc_bundle *bundle;       /* whose anchors may have signed CRLs */
    const struct hc_cert *const *issuer;  /* further CA certificates known to be good; may be NULL */
    size_t n_issuers;
    int64_t now;
    /* Was a newer CRL of this key accepted in an earlier life of the gate? Then the older one is not taken
     * (HC_E_CRL_OLDER). Asked once a signature holds, from the thread that verified it: as long as any set lives that
     * was built with it. NULL: nothing is remembered. */
    bool (*older_than_known)(void *ctx, const struct hc_revocation_mark *mark);
    void *known_ctx;
    hc_revocation_alarm *alarm; /* may be NULL */
    void *alarm_ctx;
};

/*
 * Builds a set. A source that cannot be used raises an alarm and is left out; a CRL of the previous set stays as long
 * as its source is still there (by name) or another of its issuer and scope is. Older and newer are asked among CRLs of
 * one scope only: of the same distribution point, complete or delta. A CRL whose source was removed is used no more,
 * and its issuer's certificates are then refused with HC_E_CRL_MISSING; it is remembered, so that an older one put in
 * its place is recognised.
 * Fails with HC_E_TOO_BIG (more than HC_REVOCATION_CRLS sources), HC_E_NOMEM, HC_E_LIBRARY.
 */
struct hc_rc hc_revocation_build(const struct hc_crypto *c, const struct hc_revocation_input *input,
                                 struct hc_revocation **out, struct hc_err *e);

/*
 * The same from files and directories (of a directory: the files that end in .crl, .pem or .der); input->source is
 * ignored. One that cannot be read raises an alarm and keeps what the previous set has of it. Blocks.
 */
struct hc_rc hc_revocation_load(const struct hc_crypto *c, const char *const path[], size_t n_paths,
                                const struct hc_revocation_input *input, struct hc_revocation **out, struct hc_err *e);

/* Whether a file of this name is read from a directory, in which at most HC_REVOCATION_NAMES may lie, others
 * included. */
#define HC_REVOCATION_NAMES (4 * HC_REVOCATION_CRLS)
bool hc_revocation_load_takes(const char *name);

/* One more owner; returns r. Each owner calls hc_revocation_free once. */
struct hc_revocation *hc_revocation_ref(struct hc_revocation *r);

/* NULL-safe. */
void hc_revocation_free(struct hc_revocation *r);
HC_DEFINE_AUTO(hc_revocation)

/* What is asked of a set. All borrowed for the call. */
struct hc_revocation_query {
    const struct hc_cert *cert;
    const struct hc_cert *issuer; /* from a chain whose signatures were verified up to an anchor */
    /* Further certificates of the issuer's name with another key, each from such a chain too: one of them may have
     * signed the CRL [RFC 5280 6.3.3 (f)]. Usually none. */
    const struct hc_cert *const *signer;
    size_t n_signers;
    int64_t now;         /* seconds */
    int64_t allow_stale; /* seconds beyond nextUpdate for which a CRL still clears a certificate; 0: none */
};

/*
 * Is `query->cert` revoked by its issuer? Complete CRLs, CRLs for one distribution point, one kind of certificate or
 * some reasons [RFC 5280 5.2.5], and delta CRLs [RFC 5280 5.2.4] are put together as RFC 5280 6.3.3 says; every
 * distribution point of the certificate is looked at (T14), and it is cleared only when CRLs that are current cover
 * every reason. A CRL that is stale, early or partial cannot clear a certificate, but it can condemn one: the serial in
 * any CRL of its issuer is enough, whatever certificates that CRL is for (but attribute certificates, whose serials are
 * others). A complete CRL with a delta that fits has the delta's dates; a delta takes back nothing but a hold.
 *
 *   r   may be NULL, which is an empty set: everything is refused
 *
 * Fails with HC_E_REVOKED, HC_E_CRL_MISSING, HC_E_CRL_SCOPE (there are CRLs, and none is for this certificate or they
 * leave reasons open), HC_E_CRL_INDIRECT (only an indirect one would be), HC_E_CRL_DELTA_BASE, HC_E_CRL_STALE (now is
 * past nextUpdate + allow_stale; the last second still counts), HC_E_CRL_NOT_YET_VALID (thisUpdate is more than
 * HC_REVOCATION_SKEW ahead), HC_E_CRL_SIGNATURE (there are CRLs in the issuer's name, and none is signed by it; or its
 * key usage lacks cRLSign), HC_E_NOMEM. Does not block; any thread. Cost: a search by issuer, then by serial, well
 * under a microsecond in a million; a signature verification when this issuer key meets this CRL for the first time.
 */
struct hc_rc hc_revocation_check(const struct hc_crypto *c, const struct hc_revocation *r,
                                 const struct hc_revocation_query *query, struct hc_err *e);

/*
 * Does the set hold a CRL of the issuer with this key identifier and a number of at least `number` (contents of the
 * INTEGER)? "Have you taken over what was just published?" One whose issuer's certificate nobody has presented yet
 * counts too: before anybody of that issuer is let in it will be verified, and if it does not hold they are refused.
 */
bool hc_revocation_has(const struct hc_revocation *r, struct hc_bytes issuer_key_id, struct hc_bytes number);

/* Calls `each` for every CRL whose signature was verified and whose time has come: whose (SHA-256 of issuer name, key
 * identifier, scope and the key that signed it: each distribution point counts for itself, complete and delta CRLs
 * apart, and nobody can speak for another key of the name), its number and date. For what must be remembered beyond a
 * restart (gate/floor.h). */
struct hc_revocation_mark {
    uint8_t whose[32];
    struct hc_bytes number; /* borrowed for the call */
    int64_t this_update;
};
void hc_revocation_marks(const struct hc_revocation *r, void (*each)(void *ctx, const struct hc_revocation_mark *mark),
                         void *ctx);

/* Bytes of memory that the set holds: what a million revoked serials cost. */
size_t hc_revocation_memory(const struct hc_revocation *r);

/* CRLs in use, candidates included. */
size_t hc_revocation_count(const struct hc_revocation *r);

/* The newest thisUpdate of a verified CRL, which time never falls below (T45); INT64_MIN when there is none. */
int64_t hc_revocation_newest(const struct hc_revocation *r);

/* SHA-256 over the CRLs in use: two sets with the same hash give the same answers. For `did anything change?`. */
#define HC_REVOCATION_HASH 32
void hc_revocation_hash(const struct hc_revocation *r, uint8_t out[HC_REVOCATION_HASH]);

#endif
