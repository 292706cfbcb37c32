/* cmd_why.c - `handclasp why`: what a gate recorded about a refusal. Reads files only, but with --probe: no listener of a
 * gate answers this. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/gate_flight.h"
#include "cmd/out.h"
#include "doctor/why.h"
#include "doctor/why_probe_json.h"
#include "gate/state.h"
#include "observe/ring.h"
#include "observe/why_json.h"

#define SUFFIX ".why"
#define PREFIX "gate-"
#define GATES_MAX 1024 /* ring files in one directory */
#define IDS_MAX 16     /* words of the command line that could be ids */
#define LAST 40        /* refusals in the table, of each gate and in all */
#define ROW_BYTES 400  /* of a line of 80 columns, whatever alphabet its names are in */

static const struct hc_option options[] = {
    {"state", "DIR", "the gates' state directory", false},
    {"name", "GATE", "only the records of this gate", false},
    {"probe", "FILE", "join the record of: handclasp probe --json", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* --- the records -------------------------------------------------------------------------------------------------- */

/* The files, and what is looked for in them. */
struct search {
    char dir[HC_PATH];
    struct hc_names names;
    struct hc_ref id[IDS_MAX];
    size_t n_ids;
    const struct hc_why_probe *probe; /* NULL: by id */
    bool found;
    struct hc_why why;
};

static void search_fini(struct search *s)
{
    hc_names_fini(&s->names);
}

static struct hc_rc name_file(const char *gate, struct hc_names *out, struct hc_err *e)
{
    size_t size = strlen(gate) + sizeof PREFIX SUFFIX;

    if (strchr(gate, '/'))
        return HC_FAIL(e, HC_E_USAGE, "'%.80s' is not the name of a gate", gate);
    *out = (struct hc_names){.name = calloc(1, sizeof *out->name)};
    if (!out->name || !(out->name[0] = malloc(size)))
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    out->n = 1;
    snprintf(out->name[0], size, PREFIX "%s" SUFFIX, gate);
    return HC_OK;
}

static struct hc_rc find_files(const struct hc_opts *opts, struct search *s, struct hc_err *e)
{
    const char *gate = hc_opts_value(opts, "name");
    struct hc_rc rc;

    HC_TRY(e, hc_state_directory(hc_opts_value(opts, "state"), s->dir, e));
    if (gate)
        return name_file(gate, &s->names, e);
    rc = hc_dir_list(s->dir, SUFFIX, GATES_MAX, &s->names, e);
    if (hc_ok(rc) && s->names.n == 0)
        return HC_FAIL(e, HC_E_FILE_MISSING, "no gate has kept records in %s; say where by --state DIR", s->dir);
    if (rc.code == HC_E_FILE_MISSING)
        hc_err_prefix(e, "no gate has kept records here (--state DIR says where)");
    return rc;
}

/* Reads every file until the visitor has what it wants. What cannot be read is the result only when nothing is found. */
static struct hc_rc read_all(const struct search *s, hc_ring_visit *visit, void *ctx, size_t *damaged, struct hc_err *e)
{
    struct hc_err missed = {0};

    for (size_t i = 0; i < s->names.n && !s->found; i++) {
        struct hc_err why = {0};
        char path[HC_PATH];
        size_t bad = 0;
        struct hc_rc rc = hc_path_join(path, s->dir, s->names.name[i], &why);

        if (hc_ok(rc))
            rc = hc_ring_read(path, visit, ctx, &bad, &why);
        if (hc_failed(rc) && missed.code == HC_OK_CODE)
            missed = why;
        *damaged += bad;
    }
    if (s->found || missed.code == HC_OK_CODE)
        return HC_OK;
    *e = missed;
    return (struct hc_rc){missed.code};
}

/* --- one of them -------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct search *s, const struct hc_why *w)
{
    if (s->probe)
        return hc_why_both_match(s->probe, w);
    for (size_t i = 0; i < s->n_ids; i++)
        if (strcmp(s->id[i].text, w->ref.text) == 0)
            return true;
    return false;
}

static bool look(void *ctx, const struct hc_why *w)
{
    struct search *s = ctx;

    s->found = is_wanted(s, w);
    if (s->found)
        s->why = *w;
    return !s->found;
}

static bool is_it(void *ctx, const struct hc_why *w)
{
    return is_wanted(ctx, w);
}

static void warn_damaged(size_t damaged)
{
    char text[64];

    snprintf(text, sizeof text, "%zu record%s cannot be read", damaged, damaged == 1 ? "" : "s");
    if (damaged > 0)
        hc_out_warning(HC_E_WHY_RECORD, text);
}

static void add_member(struct hc_buf *out, const char *key, struct hc_buf *value)
{
    hc_buf_addf(out, ",\"%s\":\"", key);
    hc_escape_json(out, hc_buf_view(value));
    hc_buf_add_str(out, "\"");
}

/* The record, and what the doctor says about it. */
static void print_json(const struct hc_why *w, struct hc_buf *out)
{
    HC_BUF_AUTO(words, HC_WHY_JSON);

    hc_why_json_open(w, out);
    hc_why_sentence(w, &words);
    add_member(out, "sentence", &words);
    hc_buf_clear(&words);
    hc_why_fix(w, &words);
    add_member(out, "fix", &words);
    hc_buf_add_str(out, "}");
}

static struct hc_rc one(struct hc_invocation *in, struct search *s, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    size_t damaged = 0;

    HC_TRY(e, read_all(s, look, s, &damaged, e));
    if (!s->found) {
        warn_damaged(damaged);
        return HC_FAIL(e, HC_E_WHY_UNKNOWN, "no record in %s has the id %s", s->dir, s->id[0].text);
    }
    if (hc_opts_flag(in->opts, "json")) {
        print_json(&s->why, &out);
        hc_buf_add_str(&out, "\n");
    } else {
        hc_why_tell(&s->why, hc_time_now(), &out);
    }
    return hc_out_flush(&out, e);
}

/* --- with a probe ------------------------------------------------------------------------------------------------- */

/* Refused handshakes are on the disk; one that was finished is remembered by the running gate for a while. */
static struct hc_rc find_other_end(struct hc_invocation *in, struct search *s, struct hc_err *e)
{
    size_t damaged = 0;
    struct hc_rc rc = find_files(in->opts, s, e);

    if (hc_ok(rc))
        rc = read_all(s, look, s, &damaged, e);
    if (s->found)
        return HC_OK;
    s->found = hc_gate_flight_find(in, is_it, s, &s->why);
    if (s->found)
        return HC_OK;
    HC_TRY(e, rc);
    warn_damaged(damaged);
    return HC_FAIL(e, HC_E_WHY_UNKNOWN,
                   "neither the records in %s nor a running gate of this user know the handshake of that probe",
                   s->dir);
}

/* The file's own text, which was read as JSON: what is not ASCII stands in its strings only, and is escaped as everything
 * else that somebody may look at in a terminal. */
static void add_file(struct hc_buf *out, struct hc_bytes json)
{
    while (json.n > 0) {
        size_t plain = 0, other = 0;

        while (plain < json.n && json.p[plain] < 0x7f)
            plain++;
        hc_buf_add(out, hc_bytes_head(json, plain));
        json = hc_bytes_skip(json, plain);
        while (other < json.n && json.p[other] >= 0x7f)
            other++;
        hc_escape_json(out, hc_bytes_head(json, other));
        json = hc_bytes_skip(json, other);
    }
}

static struct hc_rc join(struct hc_invocation *in, const char *file, struct search *s, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_WHY_PROBE_FILE);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct hc_why_probe probe;
    struct hc_rc rc;

    HC_TRY(e, hc_file_read(file, &text, e));
    rc = hc_why_probe_read(hc_buf_view(&text), &probe, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", file);
    HC_TRY(e, rc);
    s->probe = &probe;
    HC_TRY(e, find_other_end(in, s, e));
    if (hc_opts_flag(in->opts, "json")) {
        hc_buf_add_str(&out, "{\"gate\":");
        print_json(&s->why, &out);
        hc_buf_add_str(&out, ",\"probe\":");
        add_file(&out, hc_bytes_trim(hc_buf_view(&text)));
        hc_buf_add_str(&out, "}\n");
        return hc_out_flush(&out, e);
    }
    hc_why_both(&probe, &s->why, &out);
    hc_buf_add_str(&out, "\nWhat the gate recorded\n\n");
    hc_why_tell(&s->why, hc_time_now(), &out);
    return hc_out_flush(&out, e);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

struct row {
    int64_t time;
    size_t number; /* in the order of reading: the newest of a gate come first */
    char text[ROW_BYTES];
};

struct rows {
    struct row *row; /* room for LAST of each file */
    size_t n;
    size_t n_file;       /* of the file that is being read */
    struct hc_buf *json; /* or NULL */
};

static bool add_row(void *ctx, const struct hc_why *w)
{
    struct rows *rows = ctx;
    HC_BUF_AUTO(line, ROW_BYTES);
    struct row *row = &rows->row[rows->n];

    hc_why_row(w, &line);
    *row = (struct row){.time = w->time, .number = rows->n};
    snprintf(row->text, sizeof row->text, "%s", line.failed == HC_OK_CODE ? hc_buf_cstr(&line) : "?\n");
    rows->n++;
    return ++rows->n_file < LAST;
}

static bool add_object(void *ctx, const struct hc_why *w)
{
    struct rows *rows = ctx;

    hc_buf_add_str(rows->json, rows->n++ > 0 ? ",\n" : "\n");
    print_json(w, rows->json);
    return true;
}

static int oldest_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->number > y->number ? -1 : x->number < y->number;
}

static void print_rows(struct rows *rows, struct hc_buf *out)
{
    size_t first = rows->n > LAST ? rows->n - LAST : 0;

    if (rows->n > 0)
        qsort(rows->row, rows->n, sizeof rows->row[0], oldest_first);
    hc_why_row_head(out);
    for (size_t i = first; i < rows->n; i++)
        hc_buf_add_str(out, rows->row[i].text);
    hc_buf_addf(out, "%zu refusal%s, the newest last; handclasp why ID tells one%s\n", rows->n - first,
                rows->n - first == 1 ? "" : "s", first > 0 ? "; --json has all" : "");
}

/* File by file, as each gives its own last ones. */
static struct hc_rc read_each(struct search *s, struct rows *rows, size_t *damaged, struct hc_err *e)
{
    struct hc_names all = s->names;
    struct hc_rc rc = HC_OK;
    struct hc_err why = {0};

    for (size_t i = 0; i < all.n; i++) {
        s->names = (struct hc_names){.name = &all.name[i], .n = 1};
        rows->n_file = 0;
        if (hc_failed(read_all(s, rows->json ? add_object : add_row, rows, damaged, &why)) && hc_ok(rc)) {
            rc.code = why.code;
            *e = why;
        }
    }
    s->names = all;
    return rc;
}

static struct hc_rc list(struct hc_invocation *in, struct search *s, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    bool json = hc_opts_flag(in->opts, "json");
    struct rows rows = {.row = json ? NULL : calloc(s->names.n * LAST + 1, sizeof *rows.row),
                        .json = json ? &out : NULL};
    size_t damaged = 0;
    struct hc_rc rc;

    if (!json && !rows.row)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a list of refusals");
    if (json)
        hc_buf_add_str(&out, "{\"refusals\":[");
    rc = read_each(s, &rows, &damaged, e);
    if (json)
        hc_buf_addf(&out, "\n],\"damaged\":%zu}\n", damaged);
    else
        print_rows(&rows, &out);
    free(rows.row);
    warn_damaged(damaged);
    HC_TRY(e, rc.code == HC_OK_CODE || rows.n > 0 ? hc_out_flush(&out, e) : rc);
    return rc;
}

/* --- which of them ------------------------------------------------------------------------------------------------ */

/* Every word that could be an id: people paste the line that they saw. */
static struct hc_rc read_ids(const struct hc_opts *opts, struct search *s, struct hc_err *e)
{
    for (size_t i = 0; i < hc_opts_args(opts); i++) {
        struct hc_bytes text = hc_bytes_str(hc_opts_arg(opts, i));

        while (s->n_ids < IDS_MAX && hc_why_ref_next(&text, &s->id[s->n_ids]))
            s->n_ids++;
    }
    if (s->n_ids > 0)
        return HC_OK;
    return HC_FAIL(e, HC_E_WHY_UNKNOWN, "'%.80s' is no id: the id of a refusal has 12 letters and digits",
                   hc_opts_arg(opts, 0));
}

static struct hc_rc why(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(search_fini))) struct search s = {.n_ids = 0};
    const char *probe = hc_opts_value(in->opts, "probe");

    if (probe && hc_opts_args(in->opts) > 0)
        return HC_FAIL(e, HC_E_USAGE, "why takes an id or --probe, not both");
    if (probe)
        return join(in, probe, &s, e);
    if (hc_opts_args(in->opts) > 0)
        HC_TRY(e, read_ids(in->opts, &s, e));
    HC_TRY(e, find_files(in->opts, &s, e));
    return hc_opts_args(in->opts) > 0 ? one(in, &s, e) : list(in, &s, e);
}

const struct hc_command hc_cmd_why = {
    .name = "why",
    .summary = "tell why a gate on this host refused somebody",
    .usage = "[ID] [OPTION]...\n"
             "       handclasp why --probe FILE [OPTION]...",
    .about = "Whoever is refused over HTTP is told an id, and the gate's log has one for every\n"
             "refusal. ID may stand in other text: paste the line. Without it the last\n"
             "refusals are listed. The records lie in the gate's state directory, which its\n"
             "own user and root may read; no gate tells them to anybody over the network.\n"
             "--probe joins what `probe --json` wrote with what the gate recorded of that very\n"
             "handshake: both ends, side by side. One that was not refused is found as long as\n"
             "the gate runs and it is among its last ones (handclasp gate handshakes).\n",
    .example = "  handclasp why k7mq2fzt9xwd\n"
               "  handclasp why\n"
               "  handclasp why --probe probe.json\n",
    .options = options,
    .min_args = 0,
    .max_args = 64,
    .run = why,
};
