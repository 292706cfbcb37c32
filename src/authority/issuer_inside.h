/*
 * issuer_inside.h - what issuer.c and ceremony.c share: the plan, the subject, the waiting request, the minting.
 * Private to this module.
 */
#ifndef HC_AUTHORITY_ISSUER_INSIDE_H
#define HC_AUTHORITY_ISSUER_INSIDE_H

#include "authority/inside.h"
#include "authority/issuer.h"
#include "authority/mint.h"

/* ---- issuer_plan.c ---- */

/*
 * Is the plan possible under this root: name, lifetime, profiles, URL, and constraints within the root's own? A name
 * constraint that no name could satisfy is a mistake that shows only when the first leaf is refused. Fails with
 * HC_E_ISSUER_NAME, HC_E_LIFETIME, HC_E_USAGE, HC_E_PUBLIC_URL, HC_E_OUTSIDE_CONSTRAINTS.
 */
struct hc_rc hc_issuer_check_plan(const struct hc_cert *root, const struct hc_issuer_plan *plan, struct hc_err *e);

/* The URL of the plan, or what its NULL stands for: as the newest issuer, else the root. */
const char *hc_issuer_plan_url(const struct hc_authority *a, const struct hc_issuer_plan *plan);

#define HC_ISSUER_TEXT_MAX (4 * HC_TBS_NAME_CHARS + 1) /* characters of UTF-8 */

/*
 * The subject that belongs to a name: the root's organisation, and "ORGANISATION Issuing CA NAME" within 64
 * characters. The organisation is what is cut, so that two issuers never have the same subject.
 */
struct hc_issuer_subject {
    char organisation[HC_ISSUER_TEXT_MAX];
    char common_name[HC_ISSUER_TEXT_MAX];
};
struct hc_rc hc_issuer_subject(const struct hc_cert *root, const char *name, struct hc_issuer_subject *out,
                               struct hc_err *e);

/* The issuer's name in a subject (a Name element) as hc_issuer_subject makes it. Fails with HC_E_ISSUER_NAME. */
struct hc_rc hc_issuer_name_of(struct hc_bytes subject, char out[HC_ISSUER_NAME_MAX + 1], struct hc_err *e);

/* ---- issuer_waiting.c: HOME/authority/NAME.request, while an issuer waits for its certificate ---- */

struct hc_issuer_waiting {
    char name[HC_ISSUER_NAME_MAX + 1];
    enum hc_key_kind kind;
    uint8_t key_sha256[32]; /* of the key's SubjectPublicKeyInfo */
    unsigned profiles;
    int64_t leaf_seconds;
    char public_url[HC_CA_URL_MAX];
};

struct hc_rc hc_issuer_waiting_write(const struct hc_authority *a, const struct hc_issuer_waiting *w, struct hc_err *e);

/*
 * Fails with HC_E_ISSUER_UNKNOWN when nothing waits under that name, HC_E_REQUEST_REPLY when the file is not what was
 * written.
 */
struct hc_rc hc_issuer_waiting_read(const struct hc_authority *a, const char *name, struct hc_issuer_waiting *out,
                                    struct hc_err *e);

/* Does something wait under that name? */
bool hc_issuer_waits(const struct hc_authority *a, const char *name);

/* It waits no longer. A file that cannot be removed does no harm: an issuer in the ledger never waits. */
void hc_issuer_waiting_forget(const struct hc_authority *a, const char *name);

/* All that wait, by name; at most HC_CA_MAX. Files that cannot be read are passed over. */
struct hc_rc hc_issuer_waiting_each(const struct hc_authority *a,
                                    struct hc_rc (*each)(void *ctx, const struct hc_issuer_waiting *w,
                                                         struct hc_err *e),
                                    void *ctx, struct hc_err *e);

/* ---- issuer_mint.c ---- */

/* Writes authority/NAME.cert.pem below `home`. Fails as hc_file_write_atomic. */
struct hc_rc hc_issuer_write_cert(const char *home, const char *name, const struct hc_cert *cert, struct hc_err *e);

/* Adds the issuers that another process recorded since this one opened the authority. Under the lock. */
struct hc_rc hc_issuer_refresh(struct hc_authority *a, struct hc_err *e);

/* One issuer on its way. Set the first five; hc_issuer_job_fini. */
struct hc_issuer_job {
    struct hc_authority *a;
    const struct hc_issue_grant *grant;
    const struct hc_issuer_plan *plan; /* its name too */
    struct hc_bytes spki;              /* borrowed */
    bool elsewhere;                    /* the key is in another home */

    struct hc_mint mint;
    struct hc_minting minting;
};
void hc_issuer_job_fini(struct hc_issuer_job *job);
#define HC_ISSUER_JOB(name) __attribute__((cleanup(hc_issuer_job_fini))) struct hc_issuer_job name

/*
 * Opens the root's key, composes and lints; nothing is recorded yet. Fails with HC_E_ROOT_OFFLINE, HC_E_ROOT_KEY_OTHER,
 * HC_E_ISSUER_ENDED (the root), HC_E_CLOCK, HC_E_LIFETIME, HC_E_LINT.
 */
struct hc_rc hc_issuer_prepare(struct hc_issuer_job *job, struct hc_err *e);

/*
 * Signs; certificate, issuer and event are recorded in one transaction, after NAME.cert.pem is written. `key` is
 * taken over (NULL: elsewhere), on failure too. *out gets the new CA of job->a.
 */
struct hc_rc hc_issuer_certify(struct hc_issuer_job *job, struct hc_key *key, struct hc_ca **out, struct hc_err *e);

/* What the ledger is told of an issuer besides its certificate; what it is told last in the transaction. */
struct hc_issuer_record {
    const char *name;
    const struct hc_cert *cert;
    const char *key_file; /* "" elsewhere */
    unsigned profiles;
    int64_t leaf_seconds;
    const char *public_url;
    const struct hc_issue_grant *grant;
    const char *event; /* "issuer-add" */
};

/* NAME.cert.pem, then the ledger's row and an event. Within a transaction. */
struct hc_rc hc_issuer_record(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_err *e);

/* Adds the recorded issuer to the open authority; `key` is taken over. */
struct hc_rc hc_issuer_join(struct hc_authority *a, const struct hc_issuer_record *r, struct hc_key *key,
                            struct hc_ca **out, struct hc_err *e);

/* Publishes the CRL and the certificate of a new issuer. */
struct hc_rc hc_issuer_publish(struct hc_authority *a, struct hc_ca *ca, struct hc_err *e);

/*
 * Makes the key of a new issuer and writes it to NAME.key.pem, protected as its siblings are. Fails with
 * HC_E_PASSPHRASE_NEEDED when the other keys are encrypted and no passphrase was given.
 */
struct hc_rc hc_issuer_make_key(struct hc_authority *a, const struct hc_issuer_plan *plan, struct hc_key **out,
                                struct hc_err *e);

/* Is the name free in the ledger? Fails with HC_E_ISSUER_EXISTS. */
struct hc_rc hc_issuer_check_free(struct hc_authority *a, const char *name, struct hc_err *e);

/* Is there nothing published of an issuer of that name, which the ledger does not know? A restored ledger has forgotten
 * it; its key must not be written over, nor two CAs have one subject. Fails with HC_E_ISSUER_EXISTS. */
struct hc_rc hc_issuer_check_forgotten(const struct hc_authority *a, const char *name, struct hc_err *e);

/* ---- root_crl.c ---- */

/* hc_issuer_accept_root_crl under the lock; the DER of one CRL. */
struct hc_rc hc_issuer_root_crl(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e);

/* Its checks alone. */
struct hc_rc hc_issuer_root_crl_check(struct hc_authority *a, const struct hc_crl *crl, struct hc_err *e);

#endif
