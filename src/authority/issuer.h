/*
 * issuer.h - issuing CAs below the root: added, revoked, replaced, while everybody keeps the root. With a root that is
 * offline: by its key that is brought for the moment, or by a ceremony between two homes that share no disk.
 *
 *     online                               offline (the home with the root's key)
 *     hc_issuer_request   > request.csr >  hc_issuer_sign
 *     hc_issuer_accept    <  reply.pem  <
 *
 * Both sides print what they saw; people compare it. All calls here take the lock.
 */
#ifndef HC_AUTHORITY_ISSUER_H
#define HC_AUTHORITY_ISSUER_H

#include "authority/authority.h"
#include "authority/grant.h"
#include "crypto/key.h"
#include "pki/crl.h"
#include "pki/csr.h"
#include "pki/tbs.h"

#define HC_ISSUER_NAME_MAX 40                 /* it is a file name and a part of a URL and of a common name */
#define HC_ISSUER_REPLY_MAX (4 * 1024 * 1024) /* certificates and the root's CRL */

/* What the two files of a ceremony begin with, so that one is told from a file that must not be written over. */
#define HC_ISSUER_REQUEST_BEGINS "A request for the issuing CA "
#define HC_ISSUER_REPLY_BEGINS "The reply for the issuing CA "

/* What an issuer is to be. All borrowed for the call. */
struct hc_issuer_plan {
    const char *name;
    enum hc_key_kind key;
    int64_t seconds; /* lifetime; 0 for a year; it never outlives the root */
    /* Critical name constraints, within the root's; with any permitted, every type of name that none of them is of is
     * excluded. */
    struct hc_tbs_subtrees permitted, excluded;
    unsigned profiles;      /* leaf profiles that it issues; 0 for all */
    int64_t leaf_seconds;   /* the longest and usual lifetime of its leaves; 0 for the profiles' */
    const char *public_url; /* http://...; NULL: as the issuer before it; "": none */
};

/*
 * Does the text fit as an issuer's name: 1 to 40 of a-z, 0-9 and '-', beginning with a letter, not "root"? Fails with
 * HC_E_ISSUER_NAME.
 */
struct hc_rc hc_issuer_check_name(const char *name, struct hc_err *e);

/*
 * A plain http:// URL without user, query, fragment, escapes or a slash at the end, short enough. Fails with
 * HC_E_PUBLIC_URL.
 */
struct hc_rc hc_issuer_check_url(const char *url, struct hc_err *e);

/*
 * Makes a key and has the root certify it; from now on it is the newest issuer. Publishes its empty CRL and
 * certificate.
 *
 * The key is written before anything is recorded, the certificate recorded as any other; a crash leaves a key file
 * that the next call of the same name takes away, or an issuer that is complete after the next `publish`.
 *
 * Fails with HC_E_ISSUER_NAME, HC_E_ISSUER_EXISTS (also when the name's CRL or certificate is published and the ledger,
 * restored from a backup, has forgotten it), HC_E_PUBLIC_URL, HC_E_LIFETIME, HC_E_ROOT_OFFLINE,
 * HC_E_ROOT_KEY_OTHER, HC_E_LINT, HC_E_ISSUER_ENDED (the root's time is over), HC_E_CLOCK, and what opening keys can
 * say.
 */
struct hc_rc hc_issuer_add(struct hc_authority *a, const struct hc_issue_grant *grant,
                           const struct hc_issuer_plan *plan, struct hc_err *e);

/* ---- the ceremony ---- */

/*
 * Online, first half: makes the key and appends a PEM file for the offline side to `out`: the request, and what else
 * the plan says (as text in front of it that people can read; the offline side takes lifetime and constraints from
 * its own command line). The key waits as HOME/authority/NAME.key.pem with the plan beside it in NAME.request; asked
 * again with the same name before the reply, the same key is asked for again. Fails as hc_issuer_add does, but needs
 * no root key.
 */
struct hc_rc hc_issuer_request(struct hc_authority *a, const struct hc_issuer_plan *plan, struct hc_buf *out,
                               struct hc_err *e);

/*
 * Offline: certifies a request's key as an issuing CA named plan->name (NULL: the name in the request), with the
 * plan's constraints and lifetime. Records it as an issuer whose key is elsewhere. Appends the reply to `out`: the
 * issuer's certificate, the root's, and a fresh CRL of the root, in PEM. A request that was signed before, under the
 * same name and with the same constraints, gets the same certificate again, for a reply may be lost. Fails as
 * hc_issuer_add does; with HC_E_ISSUER_EXISTS too when the key in the request is another CA's.
 */
struct hc_rc hc_issuer_sign(struct hc_authority *a, const struct hc_issue_grant *grant, const struct hc_csr *csr,
                            const struct hc_issuer_plan *plan, struct hc_buf *out, struct hc_err *e);

/*
 * Online, second half: takes the reply. The certificate must carry the key that waits, be signed by this home's root,
 * be an issuing CA as the lint judges one, and begin not in the future; the root's CRL must be the root's and not
 * older than the one that is there. Records the issuer with the plan that waited, publishes. `name` NULL: whichever
 * waits for that key.
 *
 * Fails with HC_E_REQUEST_REPLY, HC_E_ISSUER_UNKNOWN (nothing waits under that name), HC_E_ISSUER_EXISTS (taken before,
 * or another issuer has that subject), HC_E_ROOT_CHANGED (the reply brings another root), HC_E_LINT, what
 * hc_issuer_accept_root_crl says of the CRL, and what opening the key can say.
 */
struct hc_rc hc_issuer_accept(struct hc_authority *a, const struct hc_issue_grant *grant, const char *name,
                              struct hc_bytes reply, struct hc_err *e);

/* What a reply brings, for whoever compares. */
struct hc_issuer_reply {
    struct hc_cert *cert; /* the issuer's */
    struct hc_cert *root;
    struct hc_crl *crl; /* the root's */
};
void hc_issuer_reply_fini(struct hc_issuer_reply *reply);

/* Scope clean-up: HC_ISSUER_REPLY(reply); */
#define HC_ISSUER_REPLY(name)                                                                                          \
    __attribute__((cleanup(hc_issuer_reply_fini))) struct hc_issuer_reply name = {.cert = NULL}

/*
 * Reads a reply: two certificates and one CRL in PEM, text around them. Judges nothing. Fails with
 * HC_E_REQUEST_REPLY, HC_E_NOMEM.
 */
struct hc_rc hc_issuer_reply_parse(struct hc_bytes text, struct hc_issuer_reply *out, struct hc_err *e);

/*
 * Takes a CRL of the root that was made in the home with its key, DER or PEM: checks, records and publishes it; the
 * issuers that it revokes are revoked here too. The one that is published already may come again. Fails with
 * HC_E_CRL_SIGNATURE, HC_E_CRL_OLDER (its number or date; another one of the same number too), HC_E_CRL_LACKS (it
 * lacks a revocation that this home knows of), HC_E_CRL_NOT_YET_VALID, HC_E_CRL_STALE, HC_E_CRL_MALFORMED.
 */
struct hc_rc hc_issuer_accept_root_crl(struct hc_authority *a, struct hc_bytes text, struct hc_err *e);

/* ---- the end of an issuer ---- */

/* What hangs on an issuer. */
struct hc_issuer_below {
    size_t live;     /* certificates below it that are neither revoked nor expired nor renewed by another issuer */
    size_t key_here; /* of these, how many have their key in this home */
};

struct hc_rc hc_issuer_below(struct hc_authority *a, const char *name, struct hc_issuer_below *out, struct hc_err *e);

/*
 * Whether hc_issuer_revoke would succeed now, the root's key opened, and nothing done: for the command to ask before
 * it asks. Fails as that.
 */
struct hc_rc hc_issuer_revocable(struct hc_authority *a, const char *name, enum hc_crl_reason reason, struct hc_err *e);

/*
 * Revokes the issuer: ledger and event first, then the root's CRL. Everything it ever signed is refused from then on.
 * Fails with HC_E_ISSUER_UNKNOWN, HC_E_ALREADY_REVOKED, HC_E_REASON, HC_E_ROOT_OFFLINE, HC_E_ROOT_KEY_OTHER; as
 * hc_authority_revoke when the CRL could not be published. `reason` may be cACompromise here.
 */
struct hc_rc hc_issuer_revoke(struct hc_authority *a, const char *name, enum hc_crl_reason reason, int64_t *crl_number,
                              struct hc_err *e);

/* ---- what there is ---- */

enum hc_issuer_state {
    HC_ISSUER_CURRENT,
    HC_ISSUER_VALID,
    HC_ISSUER_ELSEWHERE,
    HC_ISSUER_REVOKED,
    HC_ISSUER_EXPIRED,
    HC_ISSUER_WAITING
};

/* One issuer, the root among them. Views are valid within the callback. */
struct hc_issuer_view {
    const char *name;
    const char *parent;         /* "" for the root */
    const struct hc_cert *cert; /* NULL while it waits for a reply */
    enum hc_issuer_state state; /* HC_ISSUER_CURRENT: new leaves are issued by it */
    unsigned profiles;
    int64_t leaf_seconds;
    const char *public_url;
    bool key_here;
    bool key_encrypted;
    enum hc_key_kind key;
};

/* All of them, parents before children, those that wait for a reply last. */
struct hc_rc hc_issuer_list(struct hc_authority *a,
                            struct hc_rc (*each)(void *ctx, const struct hc_issuer_view *v, struct hc_err *e),
                            void *ctx, struct hc_err *e);

const char *hc_issuer_state_text(enum hc_issuer_state state);

/* Is it, or one above it, revoked, as far as this process knows (as of opening, or what it did since)? What it signed
 * is refused. */
bool hc_issuer_revoked(struct hc_authority *a, struct hc_bytes name);

#endif
