/* sign_out.c - what sign prints. */
#include "cmd/sign_out.h"

#include "authority/home.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/tell.h"

#define REFUSALS_MAX (128 << 20) /* a hundred thousand of the longest */

/* Columns: 27 + 2 + 30 + 2 + 10 + 2 + 7 = 80. */
enum { FILE_COLUMNS = 27, NAME_COLUMNS = 30, DATE_COLUMNS = 10, STATE_COLUMNS = 7 };

static void put_name(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_buf *out)
{
    const struct hc_name *name = hc_signing_name(s, job);
    if (name)
        hc_name_text(name, out);
}

static bool certified(const struct hc_signing *s, const struct hc_name *name)
{
    if (s->accept_names || hc_name_eq(s->name, name))
        return true;
    for (size_t i = 0; i < s->n_extra; i++)
        if (hc_name_eq(s->extra[i], name))
            return true;
    return false;
}

/* ---- asked for and not granted ---- */

#define REFUSED_NAMES 10 /* are listed; then a number */

static void put_refused_names(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    size_t n = 0;
    for (size_t i = 0; i < job->csr->n_names; i++) {
        if (certified(s, &job->csr->names[i]) || n++ >= REFUSED_NAMES)
            continue;
        hc_buf_clear(&text);
        hc_name_text(&job->csr->names[i], &text);
        hc_text_field(out, "not granted", hc_buf_view(&text));
    }
    if (n > REFUSED_NAMES)
        hc_text_fieldf(out, "not granted", "and %zu names more", n - REFUSED_NAMES);
}

static void put_refused(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_buf *out)
{
    size_t extensions = hc_wish_extensions(job->csr);
    put_refused_names(s, job, out);
    if (job->csr->n_other_names > 0)
        hc_text_fieldf(out, "not granted", "%zu name%s of other types", job->csr->n_other_names,
                       job->csr->n_other_names == 1 ? "" : "s");
    if (job->csr->asks_ca)
        hc_text_field(out, "not granted", HC_BYTES("to be a CA"));
    if (extensions > 0)
        hc_text_fieldf(out, "not granted", "%zu extension%s: none is copied, the profile says which there are",
                       extensions, extensions == 1 ? "" : "s");
}

static void json_refused(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_json *j)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_json_begin(j, "names_not_granted", '[');
    for (size_t i = 0; i < job->csr->n_names; i++) {
        if (certified(s, &job->csr->names[i]))
            continue;
        hc_buf_clear(&text);
        hc_name_text(&job->csr->names[i], &text);
        hc_json_bytes(j, NULL, hc_buf_view(&text));
    }
    hc_json_end(j, ']');
    hc_json_bool(j, "asked_to_be_ca", job->csr->asks_ca);
    hc_json_int(j, "extensions_not_copied", (int64_t)hc_wish_extensions(job->csr));
}

/* ---- one ---- */

static const char *state_word(const struct hc_signing_job *job)
{
    if (job->state == HC_SIGNING_SIGNED)
        return "signed";
    return job->state == HC_SIGNING_ALREADY ? "already signed" : "refused";
}

static void json_certificate(const struct hc_signing_job *job, struct hc_json *j)
{
    HC_BUF_AUTO(serial, 64);
    if (job->state == HC_SIGNING_SIGNED) {
        hc_tell_json(&(struct hc_tell){.issued = &job->issued, .key_elsewhere = true}, j);
        return;
    }
    hc_serial_text(hc_bytes_of(job->issued.serial, job->issued.serial_n), &serial);
    hc_json_bytes(j, "serial", hc_buf_view(&serial));
    hc_json_str(j, "issuer", job->issued.issuer);
    hc_json_time(j, "not_before", job->issued.not_before);
    hc_json_time(j, "not_after", job->issued.not_after);
}

static void json_job(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_json *j)
{
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    put_name(s, job, &name);
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "request", job->file);
    hc_json_str(j, "state", state_word(job));
    hc_json_str(j, "profile", hc_profile_row(s->profile)->word);
    hc_json_bytes(j, "identity", hc_buf_view(&name));
    hc_json_str(j, "label", s->label);
    if (job->state != HC_SIGNING_REFUSED)
        json_certificate(job, j);
    if (job->state != HC_SIGNING_REFUSED && job->out[0] && !job->unwritten)
        hc_json_str(j, "chain", job->out);
    if (job->state == HC_SIGNING_REFUSED || job->unwritten) {
        hc_json_str(j, "code", hc_id_text(job->why.code, id));
        hc_json_str(j, "reason", job->why.text);
    }
    if (job->csr && job->state != HC_SIGNING_REFUSED)
        json_refused(s, job, j);
    hc_json_end(j, '}');
}

/* A crash between signature and files leaves a certificate that only the ledger has. */
static void put_earlier_chain(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_buf *out)
{
    char dir[HC_PATH], chain[HC_PATH];
    struct hc_err none;
    const char *home = hc_authority_home(s->session->authority);
    if (hc_failed(hc_home_identity_dir(home, hc_signing_name(s, job), s->label, dir, &none)) ||
        hc_failed(hc_path_join(chain, dir, "chain.pem", &none)))
        return;
    if (hc_file_exists(chain))
        hc_text_field(out, "chain", hc_bytes_str(chain));
    else if (!job->out[0])
        hc_text_field(out, "chain", HC_BYTES("not in the home; have it written with --out FILE"));
}

static void text_earlier(const struct hc_signing *s, const struct hc_signing_job *job, struct hc_buf *out)
{
    HC_BUF_AUTO(text, 128);
    hc_serial_text(hc_bytes_of(job->issued.serial, job->issued.serial_n), &text);
    hc_text_field(out, "serial", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_text_when(&text, job->issued.not_after, hc_time_now());
    hc_text_field(out, "until", hc_buf_view(&text));
    put_earlier_chain(s, job, out);
}

void hc_sign_out_one(const struct hc_signing *s, const struct hc_signing_job *job, bool json, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    struct hc_json j = hc_json_init(out);
    if (json) {
        json_job(s, job, &j);
        return;
    }
    put_name(s, job, &name);
    hc_buf_addf(out, "%s %s ", job->state == HC_SIGNING_SIGNED ? "Signed" : "Already signed",
                hc_profile_row(s->profile)->word);
    hc_text_cell(out, hc_buf_view(&name), HC_NAME_TEXT_MAX, true);
    if (job->state == HC_SIGNING_SIGNED)
        hc_tell_text(&(struct hc_tell){.issued = &job->issued, .key_elsewhere = true}, out);
    else
        text_earlier(s, job, out);
    if (job->out[0])
        hc_text_field(out, "written to", hc_bytes_str(job->out));
    put_refused(s, job, out);
}

/* ---- a directory ---- */

struct hc_sign_out hc_sign_out_start(struct hc_buf *text, bool json)
{
    struct hc_sign_out o = {
        .text = text, .refusals = HC_BUF(REFUSALS_MAX), .json = hc_json_init(text), .as_json = json};
    if (json)
        hc_json_begin(&o.json, NULL, '[');
    return o;
}

void hc_sign_out_fini(struct hc_sign_out *o)
{
    hc_buf_fini(&o->refusals);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void note_refusal(struct hc_sign_out *o, const struct hc_signing_job *job)
{
    hc_buf_add_str(&o->refusals, "  ");
    hc_escape_text(&o->refusals, hc_bytes_str(file_name(job->file)));
    hc_buf_add_str(&o->refusals, "\n");
    hc_text_reason(&o->refusals, &job->why);
}

static void text_row(struct hc_sign_out *o, const struct hc_signing *s, const struct hc_signing_job *job, bool refused)
{
    char until[HC_TIME_TEXT] = "";
    const char *state = refused ? "REFUSED" : job->state == HC_SIGNING_ALREADY ? "already" : "signed";
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    if (o->done + o->earlier + o->refused == 0)
        hc_buf_addf(o->text, "%-*s  %-*s  %-*s  %s\n", FILE_COLUMNS, "REQUEST", NAME_COLUMNS, "IDENTITY", DATE_COLUMNS,
                    "UNTIL", "STATE");
    put_name(s, job, &name);
    if (job->state != HC_SIGNING_REFUSED)
        hc_time_text(job->issued.not_after, until);
    hc_text_cell(o->text, hc_bytes_str(file_name(job->file)), FILE_COLUMNS, false);
    hc_text_cell(o->text, hc_buf_view(&name), NAME_COLUMNS, false);
    hc_text_cell(o->text, hc_bytes_head(hc_bytes_str(until), DATE_COLUMNS), DATE_COLUMNS, false);
    hc_text_cell(o->text, hc_bytes_str(state), STATE_COLUMNS, true);
    if (job->csr && job->csr->asks_ca && job->state != HC_SIGNING_REFUSED)
        hc_buf_add_str(o->text, "  not granted: to be a CA\n");
}

void hc_sign_out_row(struct hc_sign_out *o, const struct hc_signing *s, const struct hc_signing_job *job)
{
    bool refused = job->state == HC_SIGNING_REFUSED || job->unwritten;
    if (o->as_json)
        json_job(s, job, &o->json);
    else
        text_row(o, s, job, refused);
    if (refused) {
        note_refusal(o, job);
        o->refused++;
    } else if (job->state == HC_SIGNING_ALREADY) {
        o->earlier++;
    } else {
        o->done++;
    }
}

void hc_sign_out_end(struct hc_sign_out *o)
{
    if (o->as_json) {
        hc_json_end(&o->json, ']');
        return;
    }
    hc_buf_addf(o->text, "%zu signed, %zu signed before, %zu refused\n", o->done, o->earlier, o->refused);
    if (o->refused == 0)
        return;
    hc_buf_add_str(o->text, "Refused:\n");
    hc_buf_add(o->text, hc_buf_view(&o->refusals));
    if (o->refusals.failed)
        hc_buf_add_str(o->text, "  (and more than can be listed here)\n");
}
