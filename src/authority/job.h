/*
 * job.h - one leaf certificate on its way from the request to the directory in which it is handed out. Private to this
 * module: issue.c and renew.c make jobs, and differ only in what may be there already.
 *
 *     hc_job_prepare   every refusal; leaves nothing behind
 *     hc_job_run       recorded > signed > recorded, for many at once
 *     hc_job_hand_out  files, or an event that says that there are none
 *
 * All under the lock.
 */
#ifndef HC_AUTHORITY_JOB_H
#define HC_AUTHORITY_JOB_H

#include "authority/inside.h"
#include "authority/issue.h"
#include "authority/mint.h"
#include "authority/workshop.h"

struct hc_job {
    struct hc_authority *a;
    const struct hc_issue_grant *grant;
    const struct hc_issue_request *request;
    const struct hc_profile_row *profile;
    struct hc_ca *ca;
    int64_t now;

    int64_t replaces; /* the intent of the certificate that is renewed; 0: a new identity, whose name must be free */
    const struct hc_key *keep; /* the key to be certified again; NULL: a new one, or the request's */

    struct hc_name names[1 + HC_ISSUE_EXTRA_MAX];
    size_t n_names;
    struct hc_buf identity; /* hc_name_text of the NAME */
    struct hc_key *key;     /* made here */
    struct hc_mint mint;
    struct hc_minting minting;
    struct hc_issued issued;
    char staged[HC_PATH]; /* of a batch: the directory in the workshop that is to become issued.dir */
};

/* {0} before; hc_job_fini after, whatever happened. The request is borrowed until then. */
void hc_job_init(struct hc_job *job, struct hc_authority *a, const struct hc_issue_grant *grant,
                 const struct hc_issue_request *request);
void hc_job_fini(struct hc_job *job);

/* Checks, chooses the issuer, makes the key, composes and lints. Fails as hc_authority_issue does. */
struct hc_rc hc_job_prepare(struct hc_job *job, struct hc_err *e);

/* Fails as hc_mint_run does. Fills job->issued on success. */
struct hc_rc hc_job_run(struct hc_job *const jobs[], size_t n, struct hc_err *e);

/* Writes the directory; it replaces the one that is there. */
struct hc_rc hc_job_hand_out(struct hc_job *job, struct hc_err *e);

/* The same in two steps, for a batch: everything is staged, then all of it synced at once, then each placed. Whatever
 * fails, hc_job_lost comes last: an event says that the certificate was not handed out, and the error what is to be
 * done. */
struct hc_rc hc_job_stage(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e);
struct hc_rc hc_job_place(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e);
void hc_job_lost(struct hc_job *job, struct hc_err *e);

#endif
