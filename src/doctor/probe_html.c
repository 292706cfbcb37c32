/*
 * probe_html.c - a probe as one page that needs nothing else: no script, no fetch, nothing from outside.
 *
 * Two kinds of text reach it. What was escaped for text keeps its backslashes and is made safe for HTML (hc_probe_html_text); what
 * is raw is escaped here (put_raw). Nothing else is written but this file's own words.
 */
#include "doctor/probe_out.h"

#include "base/clock.h"
#include "base/escape.h"
#include "doctor/probe_html_parts.h"
#include "doctor/probe_html_style.h"
#include "doctor/probe_words.h"

static void put_raw(struct hc_buf *out, const char *raw)
{
    hc_escape_html(out, hc_bytes_str(raw));
}

void hc_probe_html_text(struct hc_buf *out, struct hc_bytes text)
{
    while (text.n > 0) {
        size_t n = hc_bytes_find(text, '\\');
        hc_escape_html(out, hc_bytes_head(text, n));
        if (n < text.n)
            hc_buf_add_byte(out, '\\');
        text = hc_bytes_skip(text, n + 1);
    }
}

static void put_str(struct hc_buf *out, const char *text)
{
    hc_probe_html_text(out, hc_bytes_str(text));
}

static void put_time(struct hc_buf *out, uint64_t us)
{
    hc_buf_add_str(out, "<span class=\"t\">");
    hc_probe_words_time(us, out);
    hc_buf_add_str(out, "</span>");
}

/* A heading, unless it is empty, and what stands below it. */
static void put_paragraph(struct hc_buf *out, const char *heading, const char *text)
{
    if (*heading)
        hc_buf_addf(out, "<h3>%s</h3>\n", heading);
    hc_buf_add_str(out, "<p>");
    put_str(out, text);
    hc_buf_add_str(out, "</p>\n");
}

/* --- head --------------------------------------------------------------------------------------------------------- */

static void put_target(const struct hc_probe *p, struct hc_buf *out)
{
    bool v6 = strchr(p->spec->host, ':') != NULL;
    hc_buf_add_str(out, v6 ? "[" : "");
    put_raw(out, p->spec->host);
    hc_buf_addf(out, "%s:%u", v6 ? "]" : "", p->spec->port);
}

static void put_head(const struct hc_probe *p, struct hc_buf *out)
{
    char at[HC_TIME_TEXT];
    hc_buf_add_str(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                        "'unsafe-inline'\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Probe of ");
    put_target(p, out);
    hc_buf_add_str(out, "</title>\n<style>\n");
    hc_buf_add_str(out, style);
    hc_buf_add_str(out, "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"over\">Handclasp probe</p>\n<h1>");
    put_target(p, out);
    hc_buf_add_str(out, "</h1>\n<p class=\"dim\">");
    if (p->spec->name && strcmp(p->spec->name, p->spec->host) != 0) {
        hc_buf_add_str(out, "asked for as <strong>");
        put_raw(out, p->spec->name);
        hc_buf_add_str(out, "</strong>, ");
    }
    hc_buf_addf(out, "<time>%s</time></p>\n</header>\n", hc_time_text(p->now, at));
}

/* --- verdict ------------------------------------------------------------------------------------------------------ */

static const char *side_words(enum hc_side side)
{
    static const char *const words[] = {
        [HC_SIDE_NOBODY] = "nothing to mend",
        [HC_SIDE_SERVER] = "to be mended at the server",
        [HC_SIDE_CLIENT] = "to be mended here, at the client",
        [HC_SIDE_NETWORK] = "to be mended in between: the network",
        [HC_SIDE_BOTH] = "either side may move",
        [HC_SIDE_UNDECIDED] = "cannot be told from here",
    };
    return words[side];
}

static void put_others(const struct hc_verdict *v, struct hc_buf *out)
{
    if (v->n_others > 0)
        hc_buf_add_str(out, "<h3>What else it may be</h3>\n<ul>\n");
    for (size_t i = 0; i < v->n_others; i++) {
        hc_buf_add_str(out, "<li>");
        put_str(out, hc_cause_row(v->other[i])->sentence);
        hc_buf_add_str(out, "</li>\n");
    }
    if (v->n_others > 0)
        hc_buf_add_str(out, "</ul>\n");
    if (*v->decide)
        put_paragraph(out, "What would decide", v->decide);
}

/* The colour says what sign and words say as well. */
static void put_verdict_head(const struct hc_verdict *v, struct hc_buf *out)
{
    static const struct {
        const char *class, *sign, *words;
    } looks[] = {
        [HC_SIDE_NOBODY] = {"good", "&#x2713;", "In order"},
        [HC_SIDE_SERVER] = {"bad", "&#x2715;", "Not in order"},
        [HC_SIDE_CLIENT] = {"bad", "&#x2715;", "Not in order"},
        [HC_SIDE_NETWORK] = {"bad", "&#x2715;", "Not in order"},
        [HC_SIDE_BOTH] = {"warn", "!", "Does not fit together"},
        [HC_SIDE_UNDECIDED] = {"warn", "?", "Undecided"},
    };
    hc_buf_addf(
        out,
        "<section class=\"card %s\" aria-label=\"Verdict\">\n<div class=\"head\"><span class=\"icon\" role=\"img\" "
        "aria-label=\"%s\">%s</span><div>\n<h2>",
        looks[v->side].class, looks[v->side].words, looks[v->side].sign);
    put_str(out, hc_cause_row(v->cause)->sentence);
    hc_buf_addf(out, "</h2>\n<p class=\"tags\"><span class=\"tag\">%s</span>", side_words(v->side));
    if (v->n_others > 0)
        hc_buf_addf(out, " <span class=\"tag\">the likeliest of %zu causes</span>", v->n_others + 1);
    hc_buf_add_str(out, "</p>\n</div></div>\n");
}

static void put_verdict(const struct hc_probe *p, struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    const struct hc_verdict *v = &p->verdict;
    const struct hc_cause_row *row = hc_cause_row(v->cause);
    put_verdict_head(v, out);
    if (*hc_probe_words_what(v))
        put_paragraph(out, "", hc_probe_words_what(v));
    if (v->cause != HC_CAUSE_ACCEPTED) /* there is nothing to do, as its tag says */
        put_paragraph(out, v->side == HC_SIDE_NOBODY ? "" : "What to do", *v->fix ? v->fix : row->fix);
    put_others(v, out);
    hc_buf_add_str(out, "<p class=\"foot\">");
    put_str(out, row->slug);
    if (row->code != HC_OK_CODE)
        hc_buf_addf(out, " &middot; %s &middot; more: <code>handclasp explain %s</code>", hc_id_text(row->code, id),
                    hc_id_text(row->code, id));
    hc_buf_add_str(out, "</p>\n</section>\n");
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static void put_steps(const struct hc_probe *p, struct hc_buf *out)
{
    static const struct {
        const char *class, *sign, *words;
    } outcomes[] = {
        [HC_STEP_DONE] = {"done", "&#x2713;", "done"},
        [HC_STEP_FAILED] = {"failed", "&#x2715;", "failed"},
        [HC_STEP_SKIPPED] = {"skipped", "&ndash;", "skipped"},
        [HC_STEP_UNKNOWN] = {"unknown", "?", "not known"},
        [HC_STEP_NOT_REACHED] = {"not-reached", "&middot;", "not reached"},
    };
    hc_buf_add_str(out, "<section>\n<h2>The seven steps of mutual authentication</h2>\n<ol class=\"steps\">\n");
    for (size_t i = 0; i < HC_PROBE_STEPS; i++) {
        const struct hc_step *step = &p->step[i];
        hc_buf_addf(out, "<li class=\"%s\"><span class=\"n\" role=\"img\" aria-label=\"%s\">%s</span><b>%zu. ",
                    outcomes[step->outcome].class, outcomes[step->outcome].words, outcomes[step->outcome].sign, i + 1);
        put_str(out, step->title);
        hc_buf_add_str(out, "</b><span class=\"w\">");
        put_str(out, *step->text ? step->text : outcomes[step->outcome].words);
        hc_buf_add_str(out, "</span></li>\n");
    }
    hc_buf_add_str(out, "</ol>\n</section>\n");
}

/* --- the sequence diagram ----------------------------------------------------------------------------------------- */

static void put_label(struct hc_bytes label, struct hc_buf *out)
{
    bool failed = hc_bytes_starts(label, HC_BYTES("HC-"));
    const char *class = failed ? " class=\"no\"" : hc_bytes_eq_str(label, "ok") ? " class=\"ok\"" : "";
    hc_buf_addf(out, "<dt%s>", class);
    hc_probe_html_text(out, label);
    hc_buf_add_str(out, "</dt>");
}

static void put_details(struct hc_bytes details, struct hc_buf *out)
{
    struct hc_story_line line;
    hc_buf_add_str(out, "<dl class=\"in\">\n");
    while (hc_story_next(&details, &line)) {
        bool hex = hc_bytes_eq_str(line.label, "SHA-256") || hc_bytes_eq_str(line.label, "random");
        bool title = line.label.n == 0 && hc_bytes_starts(line.text, HC_BYTES("certificate "));
        if (line.label.n > 0)
            put_label(line.label, out);
        hc_buf_addf(out, "<dd%s>",
                    title               ? " class=\"all title\""
                    : line.label.n == 0 ? " class=\"all\""
                    : hex               ? " class=\"mono\""
                                        : "");
        hc_probe_html_text(out, line.text);
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "</dl>");
}

static void put_row_line(const struct hc_story_row *row, struct hc_buf *out)
{
    static const char *const directions[] = {
        [HC_STORY_CLIENT] = "client to server: ", [HC_STORY_SERVER] = "server to client: ", [HC_STORY_NOTE] = ""};
    hc_buf_addf(out, "<span class=\"l\"><span><span class=\"vh\">%s</span><span class=\"m\">", directions[row->from]);
    put_str(out, row->title);
    hc_buf_add_str(out, "</span>");
    if (*row->plain) {
        hc_buf_add_str(out, " <small>");
        put_str(out, row->plain);
        hc_buf_add_str(out, "</small>");
    }
    hc_buf_add_str(out, "</span>");
    put_time(out, row->at_us);
    hc_buf_add_str(out, row->from == HC_STORY_NOTE ? "</span>" : "</span><span class=\"a\"></span>");
}

/* A message that has nothing in it has nothing to open. */
static void put_row(const struct hc_story_row *row, struct hc_buf *out)
{
    static const char *const classes[] = {
        [HC_STORY_CLIENT] = "msg c", [HC_STORY_SERVER] = "msg s", [HC_STORY_NOTE] = "note"};
    bool more = row->details.n > 0;
    hc_buf_addf(out, "<%s class=\"%s%s%s\"%s>%s", more ? "details" : "div", classes[row->from],
                row->encrypted ? " enc" : "", row->refusal ? " alert" : "", row->refusal && more ? " open" : "",
                more ? "<summary>" : "<div class=\"none\">");
    put_row_line(row, out);
    hc_buf_add_str(out, more ? "</summary>" : "</div>");
    if (more)
        put_details(hc_buf_view(&row->details), out);
    hc_buf_addf(out, "</%s>\n", more ? "details" : "div");
}

static void put_actors(const struct hc_probe *p, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_PROBE_WORDS_MAX);
    hc_buf_add_str(out, "<div class=\"actors\"><div class=\"c\">client<small>");
    if (p->main.n_sent > 0 && p->spec->n_chain > 0)
        hc_probe_words_name(p->spec->chain[0], &name);
    else
        hc_buf_add_str(&name, "nobody in particular");
    hc_probe_html_text(out, hc_buf_view(&name));
    hc_buf_clear(&name);
    hc_buf_add_str(out, "</small></div><div class=\"s\">server<small>");
    if (p->main.presented.n > 0)
        hc_probe_words_name(p->main.presented.cert[0], &name);
    else
        hc_buf_add_str(&name, p->main.n_presented > 0 ? "its certificate cannot be read" : "showed no certificate");
    hc_probe_html_text(out, hc_buf_view(&name));
    hc_buf_add_str(out, "</small></div></div>\n");
}

static void put_fact(const char *label, const char *text, struct hc_buf *out)
{
    if (!text || !*text)
        return;
    hc_buf_addf(out, "<div><dt>%s</dt><dd>", label);
    put_raw(out, text);
    hc_buf_add_str(out, "</dd></div>\n");
}

static void put_facts(const struct hc_attempt *a, struct hc_buf *out)
{
    char addr[HC_ADDR_TEXT] = "";
    HC_BUF_AUTO(took, 64);
    bool answered = a->stage >= HC_STAGE_ANSWERED;
    if (a->addr.len > 0)
        hc_addr_text(&a->addr, true, addr);
    if (a->stage >= HC_STAGE_FINISHED)
        hc_probe_words_time(a->us_finished - a->us_connected, &took);
    hc_buf_add_str(out, "<dl class=\"facts\">\n");
    put_fact("address", addr, out);
    put_fact("version", answered ? hc_tls_version_text(a->agreed.version) : NULL, out);
    put_fact("cipher suite", answered ? hc_tls_suite_text(a->agreed.suite) : NULL, out);
    put_fact("key exchange", answered ? hc_tls_group_text(a->agreed.group) : NULL, out);
    put_fact("application", answered ? a->agreed.alpn : NULL, out);
    put_fact("handshake took", hc_buf_cstr(&took), out);
    hc_buf_add_str(out, "</dl>\n");
}

static void put_flow(const struct hc_probe *p, struct hc_buf *out)
{
    struct hc_err e;
    struct hc_story story;
    struct hc_rc rc = hc_story_make(p, &p->main, &story, &e);
    if (hc_failed(rc)) {
        hc_buf_fail(out, rc.code);
        return;
    }
    hc_buf_add_str(out, "<section>\n<h2>The connection as it happened</h2>\n");
    put_facts(&p->main, out);
    hc_buf_add_str(out, "<div class=\"flow\">\n");
    put_actors(p, out);
    hc_buf_add_str(out, "<div class=\"life\">\n");
    for (size_t i = 0; i < story.n; i++)
        put_row(&story.row[i], out);
    hc_buf_add_str(out, "</div>\n<p class=\"legend dim\"><span><i></i>readable on the wire</span><span><i "
                        "class=\"e\"></i>encrypted</span><span>+ opens a message</span></p>\n"
                        "</div>\n</section>\n");
    hc_story_fini(&story);
}

/* --- what else there is ------------------------------------------------------------------------------------------- */

static void put_identities(const struct hc_probe *p, struct hc_buf *out)
{
    if (p->n_fits == 0)
        return;
    hc_buf_add_str(out, "<details class=\"more\"><summary>Your identities, and which would fit</summary>\n<dl>\n");
    for (size_t i = 0; i < p->n_fits; i++) {
        const struct hc_fit *fit = &p->fit[i];
        hc_buf_addf(out, "<dt class=\"%s\">%s</dt><dd>", fit->fits ? "ok" : "no", fit->fits ? "fits" : "fits not");
        put_str(out, fit->label);
        hc_buf_add_str(out, ", ");
        put_str(out, fit->name);
        hc_buf_add_str(out, fit->used ? " (presented): " : ": ");
        put_str(out, fit->text);
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "</dl>\n</details>\n");
}

static void put_trials(const struct hc_probe *p, struct hc_buf *out)
{
    if (p->n_trials == 0)
        return;
    hc_buf_add_str(out,
                   "<details class=\"more wide\"><summary>Further connections, each to answer one question</summary>\n"
                   "<dl>\n");
    for (size_t i = 0; i < p->n_trials; i++) {
        HC_BUF_AUTO(course, HC_PROBE_WORDS_MAX);
        hc_probe_words_course(&p->trial[i].attempt, &course);
        hc_buf_add_str(out, "<dt>");
        put_str(out, hc_trial_question(p->trial[i].kind));
        hc_buf_add_str(out, "</dt><dd>");
        hc_probe_html_text(out, hc_buf_view(&course));
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "</dl>\n</details>\n");
}

static void put_findings(const struct hc_probe *p, struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    if (!p->server_judged)
        return;
    hc_buf_add_str(out,
                   "<details class=\"more\"><summary>What our verifier says of the server's chain</summary>\n<dl>\n");
    for (size_t i = 0; i < p->server.n; i++) {
        const struct hc_finding *f = &p->server.finding[i];
        bool passed = f->code == HC_OK_CODE;
        hc_buf_addf(out, "<dt class=\"%s\">%s</dt><dd>", passed ? "ok" : "no", passed ? "ok" : hc_id_text(f->code, id));
        put_str(out, f->text);
        if (!passed && *hc_row(f->code)->clause) {
            hc_buf_add_str(out, " [");
            put_str(out, hc_row(f->code)->clause);
            hc_buf_add_str(out, "]");
        }
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "</dl>\n</details>\n");
}

static void put_more(const struct hc_probe *p, struct hc_buf *out)
{
    if (!p->server_judged && p->n_fits == 0 && p->n_trials == 0)
        return;
    hc_buf_add_str(out, "<section>\n<h2>What else was looked at</h2>\n");
    put_findings(p, out);
    put_identities(p, out);
    put_trials(p, out);
    hc_buf_add_str(out, "</section>\n");
}

void hc_probe_html(const struct hc_probe *p, struct hc_buf *out)
{
    put_head(p, out);
    put_verdict(p, out);
    put_steps(p, out);
    hc_probe_html_certs(p, out);
    put_flow(p, out);
    put_more(p, out);
    hc_buf_add_str(out, "<footer>This page needs nothing from elsewhere, and neither a key, a traffic secret nor a "
                        "ticket is in it.</footer>\n"
                        "</main>\n</body>\n</html>\n");
}
