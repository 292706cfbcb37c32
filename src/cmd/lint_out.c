/* lint_out.c - findings and rules, as text and as JSON. */
#include "cmd/lint_out.h"

#include "base/escape.h"

#define INDENT 11     /* below a level */
#define TEXT_MAX 4096 /* a finding, escaped, with what stands before it */

static const char *level_text(enum hc_lint_level level)
{
    return level == HC_LINT_ERROR ? "error" : level == HC_LINT_WARNING ? "warning" : "note";
}

/* ---- findings ---- */

static void print_finding(struct hc_buf *out, const char *level, const char *id, const char *clause, const char *text)
{
    HC_BUF_AUTO(line, TEXT_MAX);
    hc_buf_addf(&line, "%s%s%s%s ", id, *clause ? "  " : "", clause, " ");
    hc_escape_text(&line, hc_bytes_str(text));
    hc_buf_fail(out, line.failed);
    hc_buf_addf(out, "  %-*s", INDENT - 2, level);
    hc_text_wrap(out, INDENT, INDENT, hc_buf_view(&line));
}

/* ---- JSON ---- */

static void json_finding(struct hc_json *json, const char *level, const char *id, const char *clause, const char *text)
{
    hc_json_begin(json, NULL, '{');
    hc_json_str(json, "level", level);
    hc_json_str(json, "id", id);
    hc_json_str(json, "clause", clause);
    hc_json_str(json, "text", text);
    hc_json_end(json, '}');
}

static void finding(struct hc_lint_out *out, const char *level, const char *id, const char *clause, const char *text)
{
    if (out->json)
        json_finding(&out->writer, level, id, clause, text);
    else
        print_finding(out->text, level, id, clause, text);
}

/* ---- certificates ---- */

static void begin_certificate(struct hc_lint_out *out, const char *path, size_t number)
{
    if (out->json) {
        hc_json_begin(&out->writer, NULL, '{');
        hc_json_str(&out->writer, "file", path);
        hc_json_int(&out->writer, "number", (int64_t)number);
    } else {
        hc_escape_text(out->text, hc_bytes_str(path));
        hc_buf_addf(out->text, ", certificate %zu\n", number);
    }
    out->n_certificates++;
}

static void print_identity(struct hc_lint_out *out, const struct hc_cert *cert)
{
    HC_BUF_AUTO(subject, 4 * HC_CERT_MAX);
    HC_BUF_AUTO(serial, 64);
    hc_dn_text(cert->subject, &subject);
    hc_serial_text(cert->serial, &serial);
    if (out->json) {
        hc_json_bytes(&out->writer, "subject", hc_buf_view(&subject));
        hc_json_bytes(&out->writer, "serial", hc_buf_view(&serial));
        return;
    }
    hc_buf_add_str(out->text, "  subject: ");
    hc_text_cell(out->text, subject.n ? hc_buf_view(&subject) : HC_BYTES("(empty)"), HC_TEXT_COLUMNS - 11, true);
    hc_buf_addf(out->text, "  serial:  %s\n", hc_buf_cstr(&serial));
}

void hc_lint_out_judged(struct hc_lint_out *out, const char *path, size_t number, const struct hc_cert *cert,
                        const struct hc_lint_report *r)
{
    begin_certificate(out, path, number);
    print_identity(out, cert);
    if (out->json)
        hc_json_begin(&out->writer, "findings", '[');
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_lint_rule_row *rule = r->finding[i].rule;
        finding(out, level_text(rule->level), rule->id, rule->clause, r->finding[i].text);
    }
    if (out->json) {
        hc_json_end(&out->writer, ']');
        hc_json_int(&out->writer, "lost", (int64_t)r->lost);
        hc_json_end(&out->writer, '}');
    } else if (r->lost > 0) {
        hc_buf_addf(out->text, "  and %zu more\n", r->lost);
    } else if (r->n == 0) {
        hc_buf_add_str(out->text, "  no rule is broken\n");
    }
    out->n_errors += r->n_errors;
    out->n_warnings += r->n_warnings;
    out->n_notes += r->n_notes;
}

void hc_lint_out_unreadable(struct hc_lint_out *out, const char *path, size_t number, const struct hc_err *why)
{
    char id[HC_ID_TEXT];
    begin_certificate(out, path, number);
    if (out->json)
        hc_json_begin(&out->writer, "findings", '[');
    finding(out, "error", hc_id_text(why->code, id), hc_row(why->code)->clause, why->text);
    if (out->json) {
        hc_json_end(&out->writer, ']');
        hc_json_int(&out->writer, "lost", 0);
        hc_json_end(&out->writer, '}');
    }
    out->n_errors++;
}

void hc_lint_out_begin(struct hc_lint_out *out)
{
    if (!out->json)
        return;
    out->writer = hc_json_init(out->text);
    hc_json_begin(&out->writer, NULL, '{');
    hc_json_begin(&out->writer, "certificates", '[');
}

static void count(struct hc_buf *out, size_t n, const char *what, const char *after)
{
    hc_buf_addf(out, "%zu %s%s%s", n, what, n == 1 ? "" : "s", after);
}

void hc_lint_out_end(struct hc_lint_out *out)
{
    if (out->json) {
        hc_json_end(&out->writer, ']');
        hc_json_int(&out->writer, "errors", (int64_t)out->n_errors);
        hc_json_int(&out->writer, "warnings", (int64_t)out->n_warnings);
        hc_json_int(&out->writer, "notes", (int64_t)out->n_notes);
        hc_json_end(&out->writer, '}');
        return;
    }
    count(out->text, out->n_certificates, "certificate", ": ");
    count(out->text, out->n_errors, "error", ", ");
    count(out->text, out->n_warnings, "warning", ", ");
    count(out->text, out->n_notes, "note", "\n");
}

/* ---- rules ---- */

static void json_rules(struct hc_lint_out *out)
{
    struct hc_json json = hc_json_init(out->text);
    hc_json_begin(&json, NULL, '[');
    for (size_t i = 0; hc_lint_rule(i); i++) {
        const struct hc_lint_rule_row *rule = hc_lint_rule(i);
        hc_json_begin(&json, NULL, '{');
        hc_json_str(&json, "id", rule->id);
        hc_json_str(&json, "level", level_text(rule->level));
        hc_json_str(&json, "source", rule->source);
        hc_json_str(&json, "clause", rule->clause);
        hc_json_str(&json, "sentence", rule->sentence);
        hc_json_end(&json, '}');
    }
    hc_json_end(&json, ']');
}

void hc_lint_out_rules(struct hc_lint_out *out)
{
    size_t n = 0;
    if (out->json) {
        json_rules(out);
        return;
    }
    for (; hc_lint_rule(n); n++) {
        const struct hc_lint_rule_row *rule = hc_lint_rule(n);
        print_finding(out->text, level_text(rule->level), rule->id, rule->clause, rule->sentence);
    }
    count(out->text, n, "rule", "\n");
}
