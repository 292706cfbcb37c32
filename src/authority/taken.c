/* taken.c - one living certificate for a name and label, unless it is renewed. */
#include "authority/taken.h"
#include "base/clock.h"

struct earlier {
    struct hc_bytes label;
    int64_t now;
    bool known, active;
    int64_t not_after;
    struct hc_buf serial; /* of the active one, as people write it */
};

static void earlier_fini(struct earlier *earlier)
{
    hc_buf_fini(&earlier->serial);
}

static struct hc_rc see_earlier(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct earlier *earlier = ctx;

    (void)e;
    if (!hc_bytes_eq(row->label, earlier->label))
        return HC_OK;
    earlier->known = true;
    if (!row->revoked && row->not_after >= earlier->now) {
        earlier->active = true;
        earlier->not_after = row->not_after;
        hc_buf_clear(&earlier->serial);
        hc_serial_text(row->serial, &earlier->serial);
    }
    return HC_OK;
}

/* One that a crash or a full disk kept from being handed out is in nobody's hands, and says so. */
static struct hc_rc refuse_active(const struct hc_job *job, struct earlier *earlier, struct hc_err *e)
{
    const char *dir = job->issued.dir;
    char when[HC_TIME_TEXT];

    hc_time_text(earlier->not_after, when);
    if (!hc_file_exists(dir))
        return HC_FAIL(e, HC_E_IDENTITY_EXISTS,
                       "%.*s has a certificate until %s, but %s is not there: it was never handed out, or was moved "
                       "away; end it with: handclasp revoke --serial %s --reason superseded",
                       HC_BYTES_FMT(hc_buf_view(&job->identity)), when, dir, hc_buf_cstr(&earlier->serial));
    return HC_FAIL(e, HC_E_IDENTITY_EXISTS,
                   "%.*s has a certificate until %s in %s; renew that one (handclasp renew), or give this one a label "
                   "of its own: --as LABEL",
                   HC_BYTES_FMT(hc_buf_view(&job->identity)), when, dir);
}

struct hc_rc hc_taken_check(const struct hc_job *job, struct hc_err *e)
{
    __attribute__((cleanup(earlier_fini))) struct earlier earlier = {
        .label = hc_bytes_str(job->request->label),
        .now = job->now,
        .serial = HC_BUF(2 * HC_SERIAL_MAX + 1),
    };
    struct hc_ledger_filter same = {.identity = hc_buf_view(&job->identity), .leaves = true};

    HC_TRY(e, hc_ledger_certs(job->a->ledger, &same, see_earlier, &earlier, NULL, e));
    if (earlier.active)
        return refuse_active(job, &earlier, e);
    if (!earlier.known && hc_file_exists(job->issued.dir))
        return HC_FAIL(e, HC_E_IDENTITY_EXISTS,
                       "%s is there already, and the ledger does not know it; move it away, or use --as LABEL",
                       job->issued.dir);
    return HC_OK;
}
