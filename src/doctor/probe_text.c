/* probe_text.c - a probe for a terminal: the seven steps, the connection in two columns, the verdict. */
#include "doctor/probe_out.h"

#include "base/escape.h"
#include "base/text.h"
#include "doctor/probe_words.h"

/* Never the only sign of anything: a mark or a word says the same. */
enum ink { PLAIN, GOOD, BAD, WARN, CLIENT, SERVER, DIM, BOLD };

struct page {
    const struct hc_probe *p;
    const struct hc_probe_look *look;
    struct hc_buf *out;
};

static void ink(const struct page *page, enum ink ink)
{
    static const char *const codes[] = {
        [PLAIN] = "\033[0m",   [GOOD] = "\033[32m",   [BAD] = "\033[31m", [WARN] = "\033[33m",
        [CLIENT] = "\033[36m", [SERVER] = "\033[35m", [DIM] = "\033[2m",  [BOLD] = "\033[1m",
    };
    if (page->look->color)
        hc_buf_add_str(page->out, codes[ink]);
}

/* "  label        words that go on below themselves". */
static void field(const struct page *page, const char *label, struct hc_bytes escaped)
{
    enum { INDENT = 15 };
    hc_buf_addf(page->out, "  %-12s ", label);
    hc_text_wrap(page->out, INDENT, INDENT, escaped);
}

static void field_str(const struct page *page, const char *label, const char *escaped)
{
    field(page, label, hc_bytes_str(escaped));
}

/* --- the seven steps ---------------------------------------------------------------------------------------------- */

static const char *mark(const struct page *page, enum hc_step_outcome outcome)
{
    static const char *const signs[] = {
        [HC_STEP_DONE] = "\u2714 ", [HC_STEP_FAILED] = "\u2718 ",      [HC_STEP_SKIPPED] = "- ",
        [HC_STEP_UNKNOWN] = "? ",   [HC_STEP_NOT_REACHED] = "\u00b7 ",
    };
    static const char *const words[] = {
        [HC_STEP_DONE] = "ok",    [HC_STEP_FAILED] = "NO",      [HC_STEP_SKIPPED] = "--",
        [HC_STEP_UNKNOWN] = "??", [HC_STEP_NOT_REACHED] = "  ",
    };
    return page->look->ascii ? words[outcome] : signs[outcome];
}

static void put_step(const struct page *page, size_t i)
{
    enum { INDENT = 9 };
    static const enum ink inks[] = {
        [HC_STEP_DONE] = GOOD,   [HC_STEP_FAILED] = BAD,      [HC_STEP_SKIPPED] = DIM,
        [HC_STEP_UNKNOWN] = DIM, [HC_STEP_NOT_REACHED] = DIM,
    };
    const struct hc_step *step = &page->p->step[i];
    hc_buf_add_str(page->out, "  ");
    ink(page, inks[step->outcome]);
    hc_buf_addf(page->out, "%s %zu", mark(page, step->outcome), i + 1);
    ink(page, PLAIN);
    hc_buf_add_str(page->out, "  ");
    ink(page, step->outcome == HC_STEP_NOT_REACHED ? DIM : BOLD);
    hc_buf_addf(page->out, "%s%s", step->title, step->outcome == HC_STEP_NOT_REACHED ? ": not reached" : "");
    ink(page, PLAIN);
    hc_buf_add_str(page->out, "\n");
    if (*step->text) {
        hc_buf_addf(page->out, "%*s", INDENT, "");
        hc_text_wrap(page->out, INDENT, INDENT, hc_bytes_str(step->text));
    }
}

static void put_target(const struct page *page)
{
    const struct hc_probe_spec *spec = page->p->spec;
    HC_BUF_AUTO(target, HC_PROBE_WORDS_MAX);
    bool v6 = strchr(spec->host, ':') != NULL;
    hc_buf_add_str(&target, v6 ? "[" : "");
    hc_escape_text(&target, hc_bytes_str(spec->host));
    hc_buf_addf(&target, "%s:%u", v6 ? "]" : "", spec->port);
    if (spec->name && strcmp(spec->name, spec->host) != 0) {
        hc_buf_add_str(&target, " as ");
        hc_escape_text(&target, hc_bytes_str(spec->name));
    }
    ink(page, BOLD);
    hc_text_wrap(page->out, 0, 0, hc_buf_view(&target));
    ink(page, PLAIN);
    hc_buf_add_str(page->out, "\n");
}

/* --- the connection in two columns -------------------------------------------------------------------------------- */

enum {
    TIME_COLUMNS = 11, /* "  999.9 ms " */
    ARROW_COLUMNS = HC_TEXT_COLUMNS - TIME_COLUMNS,
    CLIENT_INDENT = 14,
    SERVER_INDENT = 22,
    LABEL_COLUMNS = 11,
};

static void repeat(struct hc_buf *out, const char *what, size_t n)
{
    while (n-- > 0)
        hc_buf_add_str(out, what);
}

static void put_time(const struct page *page, uint64_t us)
{
    HC_BUF_AUTO(text, 64);
    hc_probe_words_time(us, &text);
    ink(page, DIM);
    hc_buf_addf(page->out, "%*s ", TIME_COLUMNS - 1, hc_buf_cstr(&text));
    ink(page, PLAIN);
}

/* A client's arrow points to the right, its title near the client; a server's to the left. */
static void put_arrow(const struct page *page, const struct hc_story_row *row)
{
    struct hc_buf *out = page->out;
    bool ascii = page->look->ascii, client = row->from == HC_STORY_CLIENT;
    const char *line = row->encrypted ? (ascii ? "=" : "\u2550") : (ascii ? "-" : "\u2500");
    /* All of it is this program's own words: a byte a column. */
    size_t title = strlen(row->title) + (*row->plain ? strlen(row->plain) + 2 : 0);
    size_t rest = title + 6 < ARROW_COLUMNS ? ARROW_COLUMNS - title - 6 : 1;
    ink(page, client ? CLIENT : SERVER);
    if (!client)
        hc_buf_add_str(out, ascii ? "<" : "\u25c0");
    repeat(out, line, client ? 3 : rest);
    ink(page, PLAIN);
    hc_buf_add_str(out, " ");
    ink(page, row->refusal ? BAD : BOLD);
    hc_buf_add_str(out, row->title);
    ink(page, PLAIN);
    hc_buf_addf(out, "%s%s ", *row->plain ? ": " : "", row->plain);
    ink(page, client ? CLIENT : SERVER);
    repeat(out, line, client ? rest : 3);
    hc_buf_add_str(out, client ? (ascii ? ">" : "\u25b6") : "");
    ink(page, PLAIN);
    hc_buf_add_str(out, "\n");
}

static enum ink label_ink(struct hc_bytes label)
{
    return hc_bytes_eq_str(label, "ok") ? GOOD : hc_bytes_starts(label, HC_BYTES("HC-")) ? BAD : DIM;
}

static void put_details(const struct page *page, const struct hc_story_row *row)
{
    struct hc_bytes rest = hc_buf_view(&row->details);
    struct hc_story_line line;
    size_t indent = row->from == HC_STORY_SERVER ? SERVER_INDENT : CLIENT_INDENT;
    while (hc_story_next(&rest, &line)) {
        hc_buf_addf(page->out, "%*s", (int)indent, "");
        if (line.label.n == 0) {
            ink(page, hc_bytes_starts(line.text, HC_BYTES("certificate ")) ? BOLD : PLAIN);
            hc_text_wrap(page->out, indent, indent, line.text);
            ink(page, PLAIN);
            continue;
        }
        ink(page, label_ink(line.label));
        hc_buf_addf(page->out, "%-*.*s ", LABEL_COLUMNS - 1, HC_BYTES_FMT(line.label));
        ink(page, PLAIN);
        hc_text_wrap(page->out, indent + LABEL_COLUMNS, indent + LABEL_COLUMNS, line.text);
    }
}

static void put_row(const struct page *page, const struct hc_story_row *row)
{
    put_time(page, row->at_us);
    if (row->from == HC_STORY_NOTE) {
        hc_buf_add_str(page->out, page->look->ascii ? "  * " : "  \u2022 ");
        ink(page, BOLD);
        hc_buf_add_str(page->out, row->title);
        ink(page, PLAIN);
        hc_buf_add_str(page->out, "\n");
    } else {
        put_arrow(page, row);
    }
    put_details(page, row);
}

static void put_trials(const struct page *page)
{
    for (size_t i = 0; i < page->p->n_trials; i++) {
        const struct hc_trial *trial = &page->p->trial[i];
        HC_BUF_AUTO(course, HC_PROBE_WORDS_MAX);
        if (i == 0)
            hc_buf_add_str(page->out, "\nFurther connections, each to answer one question:\n");
        hc_buf_addf(page->out, "  %s\n", hc_trial_question(trial->kind));
        hc_probe_words_course(&trial->attempt, &course);
        hc_buf_add_str(page->out, "    ");
        hc_text_wrap(page->out, 4, 4, hc_buf_view(&course));
    }
}

static void put_story(const struct page *page)
{
    struct hc_err e;
    struct hc_story story;
    bool ascii = page->look->ascii;
    struct hc_rc rc = hc_story_make(page->p, &page->p->main, &story, &e);
    if (hc_failed(rc)) {
        hc_buf_fail(page->out, rc.code);
        return;
    }
    hc_buf_addf(page->out, "\n%*s%-*s%s\n", TIME_COLUMNS, "", ARROW_COLUMNS - 6, "client", "server");
    bool arrows = false;
    for (size_t i = 0; i < story.n; i++) {
        put_row(page, &story.row[i]);
        arrows |= story.row[i].from != HC_STORY_NOTE;
    }
    if (arrows)
        hc_buf_addf(page->out, "\n%*s%s readable on the wire   %s encrypted\n", TIME_COLUMNS, "",
                    ascii ? "---" : "\u2500\u2500\u2500", ascii ? "===" : "\u2550\u2550\u2550");
    hc_story_fini(&story);
    put_trials(page);
}

/* --- the verdict -------------------------------------------------------------------------------------------------- */

static const char *whose(enum hc_side side)
{
    static const char *const words[] = {
        [HC_SIDE_NOBODY] = "nobody's",
        [HC_SIDE_SERVER] = "the server's: whoever runs it can mend it",
        [HC_SIDE_CLIENT] = "yours: it can be mended here, on this side",
        [HC_SIDE_NETWORK] = "neither end's: names, routes, firewalls or boxes in between",
        [HC_SIDE_BOTH] = "either: both are right by themselves and do not fit together",
        [HC_SIDE_UNDECIDED] = "cannot be told from here",
    };
    return words[side];
}

static void put_others(const struct page *page)
{
    const struct hc_verdict *v = &page->p->verdict;
    for (size_t i = 0; i < v->n_others; i++) {
        const struct hc_cause_row *row = hc_cause_row(v->other[i]);
        field_str(page, i == 0 ? "or else" : "", row->sentence);
    }
    if (*v->decide)
        field_str(page, "to decide", v->decide);
}

static enum ink verdict_ink(enum hc_side side)
{
    if (side == HC_SIDE_NOBODY)
        return GOOD;
    return side == HC_SIDE_BOTH || side == HC_SIDE_UNDECIDED ? WARN : BAD;
}

static void put_verdict(const struct page *page)
{
    char id[HC_ID_TEXT];
    const struct hc_verdict *v = &page->p->verdict;
    const struct hc_cause_row *row = hc_cause_row(v->cause);
    hc_buf_add_str(page->out, "\n");
    ink(page, BOLD);
    ink(page, verdict_ink(v->side));
    hc_text_wrap(page->out, 0, 0, hc_bytes_str(row->sentence));
    ink(page, PLAIN);
    if (*hc_probe_words_what(v))
        field_str(page, "what", hc_probe_words_what(v));
    if (v->side != HC_SIDE_NOBODY)
        field_str(page, "whose side", whose(v->side));
    field_str(page, v->side == HC_SIDE_NOBODY ? "to do" : "fix", *v->fix ? v->fix : row->fix);
    put_others(page);
    if (row->code != HC_OK_CODE)
        hc_buf_addf(page->out, "  %-12s %s (handclasp explain %s)\n", "code", row->slug, hc_id_text(row->code, id));
}

void hc_probe_text(const struct hc_probe *p, const struct hc_probe_look *look, struct hc_buf *out)
{
    const struct page page = {p, look, out};
    put_target(&page);
    for (size_t i = 0; i < HC_PROBE_STEPS; i++)
        put_step(&page, i);
    if (look->steps)
        put_story(&page);
    put_verdict(&page);
}
