/* cmd_explain.c - handclasp explain: what an id, an alert or a pasted line of somebody's program means. */
#include "cmd/command.h"
#include "cmd/out.h"
#include "doctor/explain.h"
#include "proto/tls_wire.h"

#define LABEL 10 /* columns of "means", "causes" and their kin, behind two of indent */

static const struct hc_option OPTIONS[] = {
    {"file", "FILE", "read the text from a file", false},
    {"list", NULL, "list every line that is known", false},
    {"page", NULL, "print docs/errors.md", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* ---- an explanation ---- */

static const char *said_text(enum hc_explain_said said)
{
    return said == HC_SAID_HERE    ? "this side, the one that printed it: it refused the other"
           : said == HC_SAID_THERE ? "the other side: it refused the one that printed it"
                                   : NULL;
}

static void field(struct hc_buf *out, const char *label, struct hc_bytes value)
{
    hc_buf_addf(out, "  %-*s", LABEL, label);
    hc_text_wrap(out, 2 + LABEL, 2 + LABEL, value);
}

/* Calls with each line of the causes. */
static struct hc_bytes next_cause(const char **causes)
{
    size_t n = strcspn(*causes, "\n");
    struct hc_bytes one = hc_bytes_of(*causes, n);
    *causes += n + ((*causes)[n] == '\n');
    return one;
}

static void print_causes(struct hc_buf *out, const char *causes)
{
    for (const char *label = "causes"; *causes; label = "") {
        hc_buf_addf(out, "  %-*s- ", LABEL, label);
        hc_text_wrap(out, 4 + LABEL, 4 + LABEL, next_cause(&causes));
    }
}

static void print_explanation(struct hc_buf *out, const struct hc_explanation *x)
{
    char id[HC_ID_TEXT];
    hc_buf_addf(out, "%s: %s\n", x->source, x->id);
    if (said_text(x->said))
        field(out, "said by", hc_bytes_str(said_text(x->said)));
    field(out, "means", hc_bytes_str(x->means));
    print_causes(out, x->causes);
    field(out, "fix", hc_bytes_str(x->fix));
    if (x->code == HC_OK_CODE)
        return;
    hc_buf_addf(out, "  %-*s%s", LABEL, "rule", hc_id_text(x->code, id));
    if (*hc_row(x->code)->clause)
        hc_buf_addf(out, ", %s", hc_row(x->code)->clause);
    hc_buf_add_str(out, "\n");
}

/* "curl: (56) ... alert unknown ca" is known as a line of curl and as an alert, which say the same. */
static bool says_it_again(const struct hc_explanation *x, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (x[k].code != HC_OK_CODE && x[k].code == x[i].code && x[k].said == x[i].said)
            return true;
    return false;
}

static void print_explanations(struct hc_buf *out, const struct hc_explanation *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (says_it_again(x, i)) {
            hc_buf_addf(out, "  %-*s%s: %s\n", LABEL, "also", x[i].source, x[i].id);
            continue;
        }
        hc_buf_add_str(out, i > 0 ? "\n" : "");
        print_explanation(out, &x[i]);
    }
}

static void json_explanation(struct hc_json *j, const struct hc_explanation *x)
{
    static const char *const said[] = {
        [HC_SAID_UNKNOWN] = NULL, [HC_SAID_HERE] = "this-side", [HC_SAID_THERE] = "other-side"};
    char id[HC_ID_TEXT];
    hc_json_begin(j, NULL, '{');
    hc_json_str(j, "source", x->source);
    hc_json_str(j, "id", x->id);
    hc_json_str(j, "said_by", said[x->said]);
    hc_json_str(j, "means", x->means);
    hc_json_begin(j, "causes", '[');
    for (const char *causes = x->causes; *causes;)
        hc_json_bytes(j, NULL, next_cause(&causes));
    hc_json_end(j, ']');
    hc_json_str(j, "fix", x->fix);
    hc_json_str(j, "code", x->code == HC_OK_CODE ? NULL : hc_id_text(x->code, id));
    hc_json_str(j, "clause", x->code == HC_OK_CODE ? NULL : hc_row(x->code)->clause);
    hc_json_end(j, '}');
}

static void print_all(struct hc_buf *out, const struct hc_explanation *x, size_t n, bool as_json)
{
    struct hc_json j = hc_json_init(out);
    if (!as_json) {
        print_explanations(out, x, n);
        return;
    }
    hc_json_begin(&j, NULL, '{');
    hc_json_begin(&j, "explanations", '[');
    for (size_t i = 0; i < n; i++)
        json_explanation(&j, &x[i]);
    hc_json_end(&j, ']');
    hc_json_end(&j, '}');
}

/* ---- --list ---- */

static void list_json(struct hc_buf *out)
{
    struct hc_pattern_row row;
    struct hc_json j = hc_json_init(out);
    hc_json_begin(&j, NULL, '{');
    hc_json_begin(&j, "patterns", '[');
    for (size_t i = 0; hc_explain_pattern(i, &row); i++) {
        hc_json_begin(&j, NULL, '{');
        hc_json_str(&j, "slug", row.slug);
        hc_json_str(&j, "source", row.source);
        hc_json_str(&j, "example", row.example);
        hc_json_end(&j, '}');
    }
    hc_json_end(&j, ']');
    hc_json_begin(&j, "alerts", '[');
    for (size_t i = 0; hc_tls_alert_at(i); i++)
        hc_json_str(&j, NULL, hc_tls_alert_at(i)->name);
    hc_json_end(&j, ']');
    hc_json_begin(&j, "verdicts", '[');
    for (int i = 0; i < HC_CAUSES; i++)
        hc_json_str(&j, NULL, hc_cause_row((enum hc_cause)i)->slug);
    hc_json_end(&j, ']');
    hc_json_end(&j, '}');
}

static void list_text(struct hc_buf *out)
{
    struct hc_pattern_row row;
    size_t n, rows;
    for (n = 0; hc_explain_pattern(n, &row); n++) {
        hc_text_cell(out, hc_bytes_str(row.slug), 38, false);
        hc_text_cell(out, hc_bytes_str(row.example), HC_TEXT_COLUMNS - 40, true);
    }
    (void)hc_rows(&rows);
    hc_buf_addf(out, "%zu lines; also %zu ids, %d verdicts, every TLS alert and every X509_V_ERR\n", n, rows,
                (int)HC_CAUSES);
}

/* ---- the text ---- */

/* The words of the command line, "-" and --file alike; over-long text is told as hc_explain tells it. */
static struct hc_rc read_text(const struct hc_opts *opts, struct hc_buf *text, struct hc_err *e)
{
    const char *path = hc_opts_value(opts, "file"), *word = hc_opts_arg(opts, 0);
    if (path && word)
        return HC_FAIL(e, HC_E_USAGE, "give the text or --file, not both");
    if (!path && !word)
        return HC_FAIL(e, HC_E_USAGE, "nothing to explain is given; - reads standard input");
    if (!path && strcmp(word, "-") == 0 && hc_opts_args(opts) == 1)
        path = "-";
    if (path)
        return hc_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, text, e);
    for (size_t i = 0; (word = hc_opts_arg(opts, i)); i++) {
        hc_buf_add_str(text, i > 0 ? " " : "");
        hc_buf_add_str(text, word);
    }
    return hc_buf_check(text, e);
}

static struct hc_rc explain(const struct hc_opts *opts, struct hc_buf *out, struct hc_err *e)
{
    struct hc_explanation found[HC_EXPLAIN_FOUND];
    size_t n = 0;
    HC_BUF_AUTO(text, HC_EXPLAIN_MAX);
    HC_TRY(e, read_text(opts, &text, e));
    HC_TRY(e, hc_explain(hc_buf_view(&text), found, &n, e));
    print_all(out, found, n, hc_opts_flag(opts, "json"));
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    bool list = hc_opts_flag(in->opts, "list"), page = hc_opts_flag(in->opts, "page");
    if ((list || page) && (hc_opts_arg(in->opts, 0) || hc_opts_value(in->opts, "file") || (list && page)))
        return HC_FAIL(e, HC_E_USAGE, "--list and --page stand alone");
    if (page)
        hc_explain_page(&out);
    else if (list && hc_opts_flag(in->opts, "json"))
        list_json(&out);
    else if (list)
        list_text(&out);
    else
        HC_TRY(e, explain(in->opts, &out, e));
    return hc_out_flush(&out, e);
}

const struct hc_command hc_cmd_explain = {
    .name = "explain",
    .summary = "say what an error message means, and what to do",
    .usage = "CODE|TEXT... [OPTION]...",
    .about = "Takes an id (HC-1201), a verdict, a TLS alert by name or number, an X509_V_ERR,\n"
             "or a line as curl, OpenSSL, GnuTLS, Go, Java, Python, Node, nginx, HAProxy,\n"
             "Envoy, stunnel, PostgreSQL or a browser prints it. Says who refused whom, what\n"
             "it means, the usual causes and the fix. Quote the line, after -- when it begins\n"
             "with a hyphen; - reads standard input.\n",
    .example = "  handclasp explain \"curl: (56) OpenSSL SSL_read: tlsv1 alert unknown ca\"\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 1000,
    .run = run,
};
