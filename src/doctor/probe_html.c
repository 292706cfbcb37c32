/*
 * probe_html.c - a probe as one page that needs nothing else: no script, no fetch, nothing from outside.
 *
 * Two kinds of text reach it. What was escaped for text keeps its backslashes and is made safe for HTML (put_text); what
 * is raw is escaped here (put_raw). Nothing else is written but this file's own words.
 */
#include "doctor/probe_out.h"

#include "base/clock.h"
#include "base/escape.h"
#include "doctor/probe_html_style.h"
#include "doctor/probe_words.h"

static void put_raw(struct hc_buf *out, const char *raw)
{
    hc_escape_html(out, hc_bytes_str(raw));
}

/* Escaped for text already: its backslashes are of that escaper and would be doubled. */
static void put_text(struct hc_buf *out, struct hc_bytes text)
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
    put_text(out, hc_bytes_str(text));
}

static void put_time(struct hc_buf *out, uint64_t us)
{
    hc_buf_add_str(out, "<time>");
    hc_probe_words_time(us, out);
    hc_buf_add_str(out, "</time>");
}

static void put_pair(struct hc_buf *out, const char *label, const char *text)
{
    hc_buf_addf(out, "<dt>%s</dt><dd>", label);
    put_str(out, text);
    hc_buf_add_str(out, "</dd>\n");
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
    hc_buf_add_str(out, "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>");
    put_target(p, out);
    hc_buf_add_str(out, "</h1>\n<p class=\"dim\">");
    if (p->spec->name && strcmp(p->spec->name, p->spec->host) != 0) {
        hc_buf_add_str(out, "asked for as ");
        put_raw(out, p->spec->name);
        hc_buf_add_str(out, ", ");
    }
    hc_buf_addf(out, "probed by Handclasp, %s</p>\n</header>\n", hc_time_text(p->now, at));
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
    };
    return words[side];
}

static void put_others(const struct hc_verdict *v, struct hc_buf *out)
{
    for (size_t i = 0; i < v->n_others; i++)
        put_pair(out, i == 0 ? "or else" : "or", hc_cause_row(v->other[i])->sentence);
    if (*v->decide)
        put_pair(out, "to decide", v->decide);
}

static void put_verdict(const struct hc_probe *p, struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    const struct hc_verdict *v = &p->verdict;
    const struct hc_cause_row *row = hc_cause_row(v->cause);
    const char *class = v->side == HC_SIDE_NOBODY ? "good" : v->side == HC_SIDE_BOTH ? "warn" : "bad";
    hc_buf_addf(out, "<section class=\"card %s\" aria-label=\"Verdict\">\n<p class=\"say\">", class);
    put_str(out, row->sentence);
    hc_buf_addf(out, "</p>\n<p><span class=\"tag\">%s</span></p>\n<dl>\n", side_words(v->side));
    if (*hc_probe_words_what(v))
        put_pair(out, "what", hc_probe_words_what(v));
    put_pair(out, v->side == HC_SIDE_NOBODY ? "to do" : "fix", *v->fix ? v->fix : row->fix);
    put_others(v, out);
    hc_buf_add_str(out, "<dt>code</dt><dd class=\"mono\">");
    put_str(out, row->slug);
    if (row->code != HC_OK_CODE)
        hc_buf_addf(out, " %s", hc_id_text(row->code, id));
    hc_buf_add_str(out, "</dd>\n</dl>\n</section>\n");
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static void put_steps(const struct hc_probe *p, struct hc_buf *out)
{
    static const struct {
        const char *class, *sign, *words;
    } outcomes[] = {
        [HC_STEP_DONE] = {"done", "&#x2713;", "done"},
        [HC_STEP_FAILED] = {"failed", "&#x2717;", "failed"},
        [HC_STEP_SKIPPED] = {"skipped", "&ndash;", "skipped"},
        [HC_STEP_UNKNOWN] = {"unknown", "?", "not known"},
        [HC_STEP_NOT_REACHED] = {"not-reached", "", "not reached"},
    };
    hc_buf_add_str(out, "<section>\n<h2>The seven steps of mutual authentication</h2>\n<ol class=\"steps\">\n");
    for (size_t i = 0; i < HC_PROBE_STEPS; i++) {
        const struct hc_step *step = &p->step[i];
        hc_buf_addf(out, "<li class=\"%s\"><span class=\"n\" title=\"%s\">%s</span><b>%zu. ",
                    outcomes[step->outcome].class, outcomes[step->outcome].words, outcomes[step->outcome].sign, i + 1);
        put_str(out, step->title);
        hc_buf_add_str(out, "</b><span class=\"w\">");
        put_str(out, *step->text ? step->text : outcomes[step->outcome].words);
        hc_buf_add_str(out, "</span></li>\n");
    }
    hc_buf_add_str(out, "</ol>\n</section>\n");
}

/* --- the sequence diagram ----------------------------------------------------------------------------------------- */

static void put_details(struct hc_bytes details, struct hc_buf *out)
{
    struct hc_story_line line;
    hc_buf_add_str(out, "<dl class=\"in\">\n");
    while (hc_story_next(&details, &line)) {
        bool failed = hc_bytes_starts(line.label, HC_BYTES("HC-"));
        if (line.label.n > 0) {
            hc_buf_addf(out, "<dt%s>",
                        failed                              ? " class=\"no\""
                        : hc_bytes_eq_str(line.label, "ok") ? " class=\"ok\""
                                                            : "");
            put_text(out, line.label);
            hc_buf_add_str(out, "</dt>");
        }
        hc_buf_add_str(out, line.label.n > 0 ? "<dd>" : "<dd class=\"all\">");
        put_text(out, line.text);
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "</dl>");
}

static void put_row(const struct hc_story_row *row, struct hc_buf *out)
{
    static const char *const classes[] = {
        [HC_STORY_CLIENT] = "msg c", [HC_STORY_SERVER] = "msg s", [HC_STORY_NOTE] = "note"};
    static const char *const directions[] = {[HC_STORY_CLIENT] = "from the client to the server",
                                             [HC_STORY_SERVER] = "from the server to the client",
                                             [HC_STORY_NOTE] = ""};
    bool alert = strncmp(row->title, "Alert: ", 7) == 0 && strcmp(row->title, "Alert: close_notify") != 0;
    hc_buf_addf(out, "<details class=\"%s%s%s\"%s><summary title=\"%s\"><span class=\"l\"><span>", classes[row->from],
                row->encrypted ? " enc" : "", alert ? " alert" : "", alert ? " open" : "", directions[row->from]);
    put_str(out, row->title);
    if (*row->plain) {
        hc_buf_add_str(out, " <small>");
        put_str(out, row->plain);
        hc_buf_add_str(out, "</small>");
    }
    hc_buf_add_str(out, "</span>");
    put_time(out, row->at_us);
    hc_buf_add_str(out,
                   row->from == HC_STORY_NOTE ? "</span></summary>" : "</span><span class=\"a\"></span></summary>");
    if (row->details.n > 0)
        put_details(hc_buf_view(&row->details), out);
    hc_buf_add_str(out, "</details>\n");
}

static void put_actors(const struct hc_probe *p, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_PROBE_WORDS_MAX);
    hc_buf_add_str(out, "<div class=\"actors\"><div class=\"c\">client<small>");
    if (p->main.n_sent > 0 && p->spec->n_chain > 0)
        hc_probe_words_name(p->spec->chain[0], &name);
    else
        hc_buf_add_str(&name, "nobody in particular");
    put_text(out, hc_buf_view(&name));
    hc_buf_clear(&name);
    hc_buf_add_str(out, "</small></div><div class=\"s\">server<small>");
    if (p->main.presented.n > 0)
        hc_probe_words_name(p->main.presented.cert[0], &name);
    else
        hc_buf_add_str(&name, "showed no certificate");
    put_text(out, hc_buf_view(&name));
    hc_buf_add_str(out, "</small></div></div>\n");
}

static void put_flow(const struct hc_probe *p, struct hc_buf *out)
{
    struct hc_err e;
    struct hc_story story;
    struct hc_rc rc = hc_story_make(p, &p->main, &story, &e);
    if (hc_failed(rc)) {
        out->failed = rc.code;
        return;
    }
    hc_buf_add_str(out, "<section>\n<h2>The connection as it happened</h2>\n<div class=\"flow\">\n");
    put_actors(p, out);
    hc_buf_add_str(out, "<div class=\"life\">\n");
    for (size_t i = 0; i < story.n; i++)
        put_row(&story.row[i], out);
    hc_buf_add_str(out, "</div>\n<p class=\"legend dim\"><span><i></i>readable on the wire</span><span><i "
                        "class=\"e\"></i>encrypted</span><span>touch a message to see what is in it</span></p>\n"
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
    hc_buf_add_str(out, "<details class=\"more\"><summary>Further connections, each to answer one question</summary>\n"
                        "<dl>\n");
    for (size_t i = 0; i < p->n_trials; i++) {
        HC_BUF_AUTO(course, HC_PROBE_WORDS_MAX);
        hc_probe_words_course(&p->trial[i].attempt, &course);
        hc_buf_add_str(out, "<dt>");
        put_str(out, hc_trial_question(p->trial[i].kind));
        hc_buf_add_str(out, "</dt><dd>");
        put_text(out, hc_buf_view(&course));
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

void hc_probe_html(const struct hc_probe *p, struct hc_buf *out)
{
    put_head(p, out);
    put_verdict(p, out);
    put_steps(p, out);
    put_flow(p, out);
    put_findings(p, out);
    put_identities(p, out);
    put_trials(p, out);
    hc_buf_add_str(out, "<footer><p>No key, no traffic secret and no ticket is in this page.</p></footer>\n"
                        "</main>\n</body>\n</html>\n");
}
