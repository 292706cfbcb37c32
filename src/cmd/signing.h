/*
 * signing.h - certificate requests made elsewhere, many at a time: read, judged, signed in one go, and written out.
 *
 * A request that is refused keeps no other one back. What was signed in an earlier run is found again by its key and
 * names, so that a run that was interrupted can simply be started once more.
 */
#ifndef HC_CMD_SIGNING_H
#define HC_CMD_SIGNING_H

#include "authority/issue.h"
#include "cmd/session.h"
#include "cmd/wish.h"

/* What is the same for all requests. All borrowed. */
struct hc_signing {
    struct hc_session *session;
    const struct hc_issue_grant *grant;
    enum hc_profile profile;
    bool accept_names; /* those in the request; otherwise these: */
    const struct hc_name *name;
    const struct hc_name *const *extra;
    size_t n_extra;
    const char *label;
    const char *issuer;
    int64_t seconds;
};

enum hc_signing_state {
    HC_SIGNING_REFUSED, /* `why` says why */
    HC_SIGNING_READY,
    HC_SIGNING_SIGNED,
    HC_SIGNING_ALREADY, /* in an earlier run; handed out now if that run could not */
};

struct hc_signing_job {
    char file[HC_PATH]; /* the request */
    char out[HC_PATH];  /* where the chain is to go besides HOME/identities; "" for nowhere */

    enum hc_signing_state state;
    struct hc_err why; /* of a refusal; also when it was signed but `out` could not be written: then `unwritten` */
    bool unwritten;
    struct hc_csr *csr; /* NULL when it could not be read */
    struct hc_wish wish;
    struct hc_issued issued;
};

/* Frees what the job owns. */
void hc_signing_job_fini(struct hc_signing_job *job);

/* The NAME that it is or was to be issued to; NULL when it did not come so far. */
const struct hc_name *hc_signing_name(const struct hc_signing *s, const struct hc_signing_job *job);

/* Reads and judges job->file; its state is then READY, ALREADY or REFUSED. */
void hc_signing_read(const struct hc_signing *s, struct hc_signing_job *job);

/*
 * Signs what is READY among at most HC_ISSUE_BATCH_MAX jobs and writes the chains of what is signed, now or earlier.
 * Afterwards none is READY. Fails when nothing more can be done for any request: keys, ledger, a full disk.
 */
struct hc_rc hc_signing_run(const struct hc_signing *s, struct hc_signing_job *jobs, size_t n, struct hc_err *e);

#endif
