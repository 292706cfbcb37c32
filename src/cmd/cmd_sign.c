/* cmd_sign.c - handclasp sign: certificates for keys that stay with their owners, one or a directory full of them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cmd/names.h"
#include "cmd/progress.h"
#include "cmd/sign_out.h"

static const struct hc_option OPTIONS[] = {
    {"profile", "PROFILE", "server (unless said), client, peer or person", false},
    {"accept-names", NULL, "certify the names in the request", false},
    HC_OPTIONS_NAMES,
    {"days", "N", "lifetime (30; client and peer 7, person 90)", false},
    {"hours", "N", "lifetime", false},
    {"as", "LABEL", "a further certificate of the same identity", false},
    HC_OPTION_ISSUER,
    {"out", "FILE|DIR", "write the chain (PEM) there too", false},
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

#define FILES_MAX 100000 /* of one directory: a fleet; their names fit in a few megabytes */

static bool is_dir(const char *path, struct stat *st)
{
    return stat(path, st) == 0 && S_ISDIR(st->st_mode);
}

/* ---- one request ---- */

/* Neither names nor leave to take those in the request: what it asks for is what one has to know now. */
static struct hc_rc name_needed(struct hc_session *s, const char *path, struct hc_err *e)
{
    HC_AUTO(hc_csr) csr = NULL;
    HC_BUF_AUTO(asked, 4096);
    HC_TRY(e, hc_csr_load(s->crypto, path, &csr, e));
    hc_wish_text(csr, &asked);
    return HC_FAIL(e, HC_E_USAGE, "%.80s asks for %s: give the NAME to certify, or --accept-names", path,
                   hc_buf_cstr(&asked));
}

static struct hc_bytes stem(const char *path)
{
    static const char *const suffixes[] = {".csr", ".req", ".pem"};
    const char *slash = strrchr(path, '/');
    struct hc_bytes name = hc_bytes_str(slash ? slash + 1 : path);
    for (size_t i = 0; i < HC_COUNT(suffixes); i++)
        if (name.n > strlen(suffixes[i]) && hc_bytes_ends(name, hc_bytes_str(suffixes[i])))
            return hc_bytes_head(name, name.n - strlen(suffixes[i]));
    return name;
}

/* DIR/NAME.pem, where NAME is the request's. */
static struct hc_rc chain_in(const char *dir, const char *request, char out[HC_PATH], struct hc_err *e)
{
    char name[HC_PATH];
    struct hc_bytes base = stem(request);
    if (base.n + sizeof ".pem" > sizeof name)
        return HC_FAIL(e, HC_E_TOO_BIG, "%.80s...: the name is too long", request);
    snprintf(name, sizeof name, "%.*s.pem", HC_BYTES_FMT(base));
    return hc_path_join(out, dir, name, e);
}

static struct hc_rc set_path(char out[HC_PATH], const char *path, struct hc_err *e)
{
    if (strlen(path) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "%.80s...: the path is longer than %d bytes", path, HC_PATH - 1);
    strcpy(out, path);
    return HC_OK;
}

static struct hc_rc one_job(const struct hc_opts *opts, struct hc_signing_job *job, struct hc_err *e)
{
    const char *out = hc_opts_value(opts, "out");
    struct stat st;
    HC_TRY(e, set_path(job->file, hc_opts_arg(opts, 0), e));
    if (!out)
        return HC_OK;
    if (is_dir(out, &st))
        return chain_in(out, job->file, job->out, e);
    return set_path(job->out, out, e);
}

static struct hc_rc sign_one(const struct hc_signing *s, const struct hc_opts *opts, struct hc_err *e)
{
    struct hc_signing_job *job = calloc(1, sizeof *job);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    if (!job)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a request");
    struct hc_rc rc = one_job(opts, job, e);
    if (hc_ok(rc)) {
        hc_signing_read(s, job);
        rc = hc_signing_run(s, job, 1, e);
    }
    if (hc_ok(rc) && (job->state == HC_SIGNING_REFUSED || job->unwritten)) {
        *e = job->why;
        rc.code = e->code;
    }
    if (hc_ok(rc)) {
        hc_sign_out_one(s, job, hc_opts_flag(opts, "json"), &out);
        rc = hc_out_flush(&out, e);
    }
    hc_signing_job_fini(job);
    free(job);
    return rc;
}

/* ---- a directory of them ---- */

static bool is_request(const char *name)
{
    return stem(name).n < strlen(name);
}

static struct hc_rc list_requests(const char *dir, struct hc_names *out, struct hc_err *e)
{
    HC_TRY(e, hc_dir_list(dir, "", FILES_MAX, out, e));
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        if (is_request(out->name[i]))
            out->name[kept++] = out->name[i];
        else
            free(out->name[i]);
    }
    out->n = kept;
    if (kept == 0)
        return HC_FAIL(e, HC_E_FILE_MISSING, "%s has no file *.csr, *.req or *.pem", dir);
    return HC_OK;
}

/* The chains would be taken for requests in the next run. */
static struct hc_rc prepare_out(const char *dir, const char *out, struct hc_err *e)
{
    struct stat a, b;
    if (!out)
        return HC_OK;
    if (!*out)
        return HC_FAIL(e, HC_E_USAGE, "--out is empty");
    HC_TRY(e, hc_dir_make(out, 0755, e));
    if (is_dir(dir, &a) && is_dir(out, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return HC_FAIL(e, HC_E_USAGE, "the chains cannot go to the directory of the requests: give another --out DIR");
    return HC_OK;
}

struct directory {
    const char *path;
    const char *out; /* NULL without */
    struct hc_names names;
    struct hc_signing_job *jobs; /* HC_ISSUE_BATCH_MAX */
};

static void directory_fini(struct directory *d)
{
    hc_names_fini(&d->names);
    free(d->jobs);
}

static struct hc_rc read_job(const struct hc_signing *s, const struct directory *d, size_t i,
                             struct hc_signing_job *job, struct hc_err *e)
{
    memset(job, 0, sizeof *job);
    HC_TRY(e, hc_path_join(job->file, d->path, d->names.name[i], e));
    if (d->out)
        HC_TRY(e, chain_in(d->out, job->file, job->out, e));
    hc_signing_read(s, job);
    return HC_OK;
}

/* The next batch of requests, from number `from` on. What was done is told even when it ended early. */
static struct hc_rc sign_some(const struct hc_signing *s, struct directory *d, size_t from, struct hc_sign_out *out,
                              struct hc_progress *progress, struct hc_err *e)
{
    size_t left = d->names.n - from;
    size_t n = left < HC_ISSUE_BATCH_MAX ? left : HC_ISSUE_BATCH_MAX;
    struct hc_rc rc = HC_OK;
    size_t read = 0;
    for (; read < n && hc_ok(rc); read++) {
        rc = read_job(s, d, from + read, &d->jobs[read], e);
        hc_progress_at(progress, (int64_t)(from + read));
    }
    if (hc_ok(rc))
        rc = hc_signing_run(s, d->jobs, read, e);
    hc_progress_end(progress);
    for (size_t i = 0; i < read; i++) {
        hc_sign_out_row(out, s, &d->jobs[i]);
        hc_signing_job_fini(&d->jobs[i]);
    }
    struct hc_err ignored;
    struct hc_rc flushed = hc_out_flush(out->text, hc_ok(rc) ? e : &ignored);
    hc_progress_at(progress, (int64_t)(from + read));
    return hc_ok(rc) ? flushed : rc;
}

static struct hc_rc sign_directory(const struct hc_signing *s, const struct hc_opts *opts, struct hc_err *e)
{
    __attribute__((cleanup(directory_fini))) struct directory d = {.path = hc_opts_arg(opts, 0)};
    HC_BUF_AUTO(text, HC_OUT_MAX);
    HC_SIGN_OUT(out, &text, hc_opts_flag(opts, "json"));
    d.out = hc_opts_value(opts, "out");
    HC_TRY(e, list_requests(d.path, &d.names, e));
    HC_TRY(e, prepare_out(d.path, d.out, e));
    d.jobs = calloc(HC_ISSUE_BATCH_MAX, sizeof *d.jobs);
    if (!d.jobs)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for %d requests", HC_ISSUE_BATCH_MAX);
    HC_PROGRESS(progress, "Signing", (int64_t)d.names.n);
    struct hc_rc rc = HC_OK;
    for (size_t from = 0; from < d.names.n && hc_ok(rc); from += HC_ISSUE_BATCH_MAX)
        rc = sign_some(s, &d, from, &out, &progress, e);
    hc_progress_end(&progress);
    HC_TRY(e, rc);
    hc_sign_out_end(&out);
    HC_TRY(e, hc_out_flush(&text, e));
    if (out.refused > 0)
        return HC_FAIL(e, HC_E_BATCH, "%zu of %zu requests could not be done", out.refused, d.names.n);
    return HC_OK;
}

/* ---- the command line ---- */

static struct hc_rc check_words(const struct hc_opts *opts, bool dir, struct hc_err *e)
{
    bool accept = hc_opts_flag(opts, "accept-names"), named = hc_opts_args(opts) == 2;
    static const char *const further[] = {"dns", "ip", "email", "uri"};
    if (dir && !accept)
        return HC_FAIL(e, HC_E_USAGE,
                       "a directory of requests needs --accept-names: each one is certified for the names "
                       "in it, so look at them first");
    if (accept && named)
        return HC_FAIL(e, HC_E_USAGE, "--accept-names takes the names in the request, so there is no NAME to give");
    for (size_t i = 0; i < HC_COUNT(further) && !named; i++)
        if (hc_opts_flag(opts, further[i]))
            return HC_FAIL(e, HC_E_USAGE, "--%s goes with a NAME%s", further[i],
                           accept ? "; --accept-names takes exactly the names in the request" : "");
    return HC_OK;
}

static struct hc_rc sign(struct hc_invocation *in, struct hc_signing *plan, struct hc_err *e)
{
    HC_SESSION(s);
    HC_AUTO(hc_issue_grant) grant = NULL;
    struct stat st;
    bool dir = is_dir(hc_opts_arg(in->opts, 0), &st);
    HC_TRY(e, check_words(in->opts, dir, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    if (!plan->name && !plan->accept_names)
        return name_needed(&s, hc_opts_arg(in->opts, 0), e);
    HC_TRY(e, hc_session_unlock(in, &s, e));
    HC_TRY(e, hc_issue_grant_cli(&grant, e));
    plan->session = &s;
    plan->grant = grant;
    HC_TRY(e, dir ? sign_directory(plan, in->opts, e) : sign_one(plan, in->opts, e));
    hc_session_warn(&s);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_NAMES_GIVEN(extra);
    const char *profile = hc_opts_value(in->opts, "profile");
    struct hc_signing plan = {.profile = HC_PROFILE_SERVER, .accept_names = hc_opts_flag(in->opts, "accept-names")};
    if (profile)
        HC_TRY(e, hc_profile_parse(hc_bytes_str(profile), &plan.profile, e));
    if (hc_opts_args(in->opts) == 2)
        HC_TRY(e, hc_session_name(hc_opts_arg(in->opts, 1), &name, e));
    HC_TRY(e, hc_names_further(in->opts, &extra, e));
    HC_TRY(e, hc_names_lifetime(in->opts, &plan.seconds, e));
    HC_TRY(e, hc_names_label(in->opts, &plan.label, e));
    HC_TRY(e, hc_names_issuer(in->opts, &plan.issuer, e));
    plan.name = name;
    plan.extra = (const struct hc_name *const *)extra.name;
    plan.n_extra = extra.n;
    return sign(in, &plan, e);
}

const struct hc_command hc_cmd_sign = {
    .name = "sign",
    .summary = "sign a request made elsewhere, or a directory of them",
    .usage = "REQUEST [NAME] | DIRECTORY [OPTION]...",
    .about = "The owner keeps the key and sends a request (PKCS#10). Who made it proved to\n"
             "have the key, and nothing else: you say what it may be called, with NAME (and\n"
             "--dns and so on), or take the names in it with --accept-names after you looked\n"
             "at them. Extensions are never copied: the profile says which there are.\n"
             "Of a DIRECTORY every *.csr, *.req and *.pem is signed; what is refused keeps\n"
             "nothing else back, and a run that was interrupted can be started again.\n",
    .example = "  handclasp sign request.csr shop.example.com --out shop.pem\n"
               "  handclasp sign requests/ --accept-names --profile client --out signed/\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
