/* manual.c - one page a command, one for the program and one for the catalogue. */
#include "cmd/manual.h"

#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/usage.h"

#define LITERAL "```\n"

/* --- scdoc -------------------------------------------------------------------------------------------------------- */

/* Text without a meaning for scdoc; `word` in backquotes becomes bold. A full stop may not begin a line: scdoc 1.11 loses
 * it, with or without a backslash. */
static void put_text(struct hc_buf *out, struct hc_bytes text)
{
    bool begins = true;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '`') {
            hc_buf_add_byte(out, '*');
            continue;
        }
        if (c == '\n' && i + 1 < text.n && text.p[i + 1] == '.')
            c = ' ';
        if (strchr("\\*_+", c) || (begins && strchr("#-|[];:", c)))
            hc_buf_add_byte(out, '\\');
        hc_buf_add_byte(out, c);
        begins = c == '\n';
    }
}

static void put_str(struct hc_buf *out, const char *text)
{
    put_text(out, hc_bytes_str(text));
}

static void put_bold(struct hc_buf *out, const char *text)
{
    hc_buf_add_byte(out, '*');
    put_str(out, text);
    hc_buf_add_byte(out, '*');
}

static void put_head(struct hc_buf *out, const char *page, int section)
{
    hc_buf_addf(out, "%s(%d) \"handclasp %s\" \"Handclasp manual\"\n", page, section, HANDCLASP_VERSION);
}

static void put_section(struct hc_buf *out, const char *title)
{
    hc_buf_addf(out, "\n# %s\n\n", title);
}

/* Lines as they are. */
static void put_literal(struct hc_buf *out, const char *lines)
{
    hc_buf_addf(out, LITERAL "%s" LITERAL, lines);
}

/* Paragraphs; lines that begin with a space are a table or an example and stay as they are. */
static void put_prose(struct hc_buf *out, struct hc_bytes text)
{
    bool literal = false;

    while (text.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&text);
        bool indented = line.n > 0 && line.p[0] == ' ';
        if (indented != literal)
            hc_buf_add_str(out, literal ? LITERAL "\n" : "\n" LITERAL);
        literal = indented;
        if (literal)
            hc_buf_add(out, line);
        else
            put_text(out, line);
        hc_buf_add_byte(out, '\n');
    }
    if (literal)
        hc_buf_add_str(out, LITERAL);
}

/* A term, and what it means, indented. */
static void put_meaning(struct hc_buf *out, const char *meaning)
{
    hc_buf_add_str(out, "\n\t");
    put_str(out, meaning + strspn(meaning, ". ")); /* "... or" goes on from the option before */
    hc_buf_add_str(out, "\n\n");
}

/* --- parts of a page ---------------------------------------------------------------------------------------------- */

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* What stands for something else (NAME, HOST:PORT) is underlined; lines are joined. */
static void put_way(struct hc_buf *out, struct hc_bytes way)
{
    for (size_t i = 0; i < way.n;) {
        size_t n = 0;
        while (i + n < way.n && (is_capital(way.p[i + n]) || (n > 0 && way.p[i + n] == ':')))
            n++;
        struct hc_bytes part = hc_bytes_head(hc_bytes_skip(way, i), n ? n : 1);
        i += part.n;
        if (n > 0)
            hc_buf_addf(out, "_%.*s_", HC_BYTES_FMT(part));
        else if (part.p[0] != '\n' && !(part.p[0] == ' ' && out->p[out->n - 1] == ' '))
            put_text(out, part);
        else if (part.p[0] == '\n')
            hc_buf_add_byte(out, ' ');
    }
}

static void put_synopsis(struct hc_buf *out, const struct hc_command *command)
{
    struct hc_bytes way;
    bool more = false;

    put_section(out, "SYNOPSIS");
    for (size_t at = 0; hc_usage_next(command, &at, &way); more = true) {
        hc_buf_addf(out, "%s*handclasp %s* ", more ? " ++\n" : "", command->name);
        put_way(out, way);
    }
    hc_buf_add_byte(out, '\n');
}

static void put_option(struct hc_buf *out, const struct hc_option *option)
{
    hc_buf_addf(out, "*--%s*", option->name);
    if (option->value)
        hc_buf_addf(out, " _%s_", option->value);
    if (option->many)
        hc_buf_add_str(out, " (may be given again)");
    put_meaning(out, option->help);
}

static void put_options(struct hc_buf *out, const struct hc_option *own)
{
    put_section(out, "OPTIONS");
    for (const struct hc_option *o = own; o && o->name; o++)
        put_option(out, o);
    for (const struct hc_option *o = hc_command_everybody(); o->name; o++)
        put_option(out, o);
}

static void put_exit_status(struct hc_buf *out)
{
    static const struct {
        const char *status, *meaning;
    } rows[] = {
        {"0", "yes, or done"},
        {"1", "no: refused, invalid, not found"},
        {"2", "the command line is wrong"},
        {"3", "this machine: a file that cannot be read, a port in use, a full disk"},
    };

    put_section(out, "EXIT STATUS");
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        put_bold(out, rows[i].status);
        put_meaning(out, rows[i].meaning);
    }
}

static void put_example(struct hc_buf *out, const char *example)
{
    put_section(out, "EXAMPLE");
    put_literal(out, example);
}

/* --- the pages ---------------------------------------------------------------------------------------------------- */

#define PAGE_NAME 64

static void put_page_name(struct hc_buf *out, const char *page, int section)
{
    hc_buf_addf(out, "*%s*(%d)", page, section);
}

void hc_manual_command(const struct hc_command *command, struct hc_buf *out)
{
    HC_BUF_AUTO(about, 65536);
    char page[PAGE_NAME];

    snprintf(page, sizeof page, "handclasp-%s", command->name);
    put_head(out, page, 1);
    put_section(out, "NAME");
    hc_buf_addf(out, "%s - ", page);
    put_str(out, command->summary);
    hc_buf_add_byte(out, '\n');
    put_synopsis(out, command);
    hc_buf_add_str(&about, command->about);
    if (command->more)
        command->more(&about);
    hc_buf_fail(out, about.failed);
    if (about.n > 0) {
        put_section(out, "DESCRIPTION");
        put_prose(out, hc_buf_view(&about));
    }
    put_options(out, command->options);
    put_exit_status(out);
    put_example(out, command->example);
    put_section(out, "SEE ALSO");
    put_page_name(out, "handclasp", 1);
    hc_buf_add_str(out, ", ");
    put_page_name(out, "handclasp-errors", 7);
    hc_buf_add_byte(out, '\n');
}

static void put_commands(struct hc_buf *out)
{
    const struct hc_command *c;

    put_section(out, "COMMANDS");
    for (size_t i = 0; (c = hc_commands_at(i)); i++) {
        put_bold(out, c->name);
        put_meaning(out, c->summary);
    }
}

static void put_surroundings(struct hc_buf *out)
{
    put_section(out, "ENVIRONMENT");
    put_bold(out, "HANDCLASP_HOME");
    put_meaning(out, "the authority's home, when there is no --home");
    put_bold(out, "NO_COLOR");
    put_meaning(out, "when it is set and not empty, no colour is printed");
    put_section(out, "FILES");
    put_bold(out, "/var/lib/handclasp");
    put_meaning(out, "the home of root's authority");
    put_bold(out, "$XDG_DATA_HOME/handclasp");
    put_meaning(out, "the home of anybody else's; without XDG_DATA_HOME: ~/.local/share/handclasp");
    put_bold(out, "/etc/handclasp/gate.yaml");
    put_meaning(out, "the gate's configuration");
}

void hc_manual_program(struct hc_buf *out)
{
    const struct hc_command *c;
    char page[PAGE_NAME];

    put_head(out, "handclasp", 1);
    put_section(out, "NAME");
    hc_buf_add_str(out, "handclasp - mutual TLS as one tool: the authority, the gate and the reasons\n");
    put_section(out, "SYNOPSIS");
    hc_buf_add_str(out, "*handclasp* [--home _DIR_] _COMMAND_ ...\n");
    put_section(out, "DESCRIPTION");
    put_str(
        out,
        "Handclasp is the certificate authority of an organisation, a household or a fleet of devices; it stands in\n"
        "front of what is to be protected and lets in whom a rule names; and it explains every refusal.\n"
        "Each command has a page of its own, and `--help`. Options may stand before, between or after names.\n");
    put_commands(out);
    put_options(out, NULL);
    hc_buf_add_str(out, "*--version*");
    put_meaning(out, "print the version");
    put_exit_status(out);
    put_surroundings(out);
    put_example(out, "handclasp init \"Example Corp\"\n"
                     "handclasp issue server shop.example.com\n"
                     "handclasp gate --listen 0.0.0.0:8443 --identity shop.example.com \\\n"
                     "               --forward http://127.0.0.1:8080 --allow 'email:*@example.com'\n");
    put_section(out, "SEE ALSO");
    for (size_t i = 0; (c = hc_commands_at(i)); i++) {
        snprintf(page, sizeof page, "handclasp-%s", c->name);
        put_page_name(out, page, 1);
        hc_buf_add_str(out, ",\n");
    }
    put_page_name(out, "handclasp-errors", 7);
    hc_buf_add_byte(out, '\n');
}

static const char *class_title(enum hc_class class)
{
    static const char *const titles[] = {
        [HC_CLASS_CERTIFICATE] = "CERTIFICATES",
        [HC_CLASS_ACCESS] = "ACCESS",
        [HC_CLASS_PROTOCOL] = "PROTOCOLS",
        [HC_CLASS_UPSTREAM] = "BACK ENDS",
        [HC_CLASS_CONFIG] = "CONFIGURATION",
        [HC_CLASS_ENVIRONMENT] = "THIS MACHINE",
        [HC_CLASS_AUTHORITY] = "THE AUTHORITY",
        [HC_CLASS_USAGE] = "COMMAND LINES",
        [HC_CLASS_FORMAT] = "DATA",
    };

    return titles[class];
}

static void put_row(struct hc_buf *out, const struct hc_row *row)
{
    char id[HC_ID_TEXT];

    put_bold(out, hc_id_text(row->code, id));
    if (*row->clause) {
        hc_buf_add_str(out, " (");
        put_str(out, row->clause);
        hc_buf_add_byte(out, ')');
    }
    hc_buf_add_str(out, "\n\t");
    put_str(out, row->sentence);
    hc_buf_add_str(out, " ++\n"); /* the same paragraph goes on */
    put_str(out, row->fix);
    hc_buf_add_str(out, "\n\n");
}

void hc_manual_errors(struct hc_buf *out)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    put_head(out, "handclasp-errors", 7);
    put_section(out, "NAME");
    hc_buf_add_str(out, "handclasp-errors - every way in which handclasp says no\n");
    put_section(out, "DESCRIPTION");
    put_str(
        out,
        "Each refusal has an id that never changes its meaning. It stands in messages, in the gate's log and in what\n"
        "`handclasp verify` prints. Below it: the standard's clause, what is wrong, and what to do about it.\n");
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || rows[i].class != rows[i - 1].class)
            put_section(out, class_title(rows[i].class));
        put_row(out, &rows[i]);
    }
    put_section(out, "SEE ALSO");
    put_page_name(out, "handclasp", 1);
    hc_buf_add_byte(out, '\n');
}
