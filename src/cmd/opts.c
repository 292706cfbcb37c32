/* opts.c - read command lines and say what was probably meant. */
#include "cmd/opts.h"

#include <stdlib.h>

#include "cmd/command.h"
#include "config/near.h"

static const struct hc_option GLOBAL[] = {
    {"home", "DIR", "the authority's home", false},
    {"help", NULL, "print this help", false},
    {"version", NULL, "print the version", false},
    HC_OPTIONS_END,
};

struct hc_opts {
    const struct hc_command *command;
    size_t used;
    size_t n_set, n_args;
    struct hc_opts_set *set;
    const char **args;
};

#define SHOWN 64 /* bytes of a wrong word that are repeated */

static const struct hc_option *find_in(const struct hc_option *table, const char *name, size_t n)
{
    for (; table && table->name; table++)
        if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
            return table;
    return NULL;
}

static const struct hc_option *find(const struct hc_command *command, const char *name, size_t n)
{
    const struct hc_option *own = command ? find_in(command->options, name, n) : NULL;
    if (command && n == strlen("version") && memcmp(name, "version", n) == 0)
        return own; /* only before a command */
    return own ? own : find_in(GLOBAL, name, n);
}

static void try_all(struct hc_near *near, const struct hc_option *table)
{
    for (; table && table->name; table++)
        hc_near_try(near, table->name);
}

static struct hc_rc unknown(const struct hc_command *command, struct hc_bytes word, struct hc_err *e)
{
    struct hc_near near = hc_near_start(word);
    const char *of = command ? command->name : "handclasp";
    int shown = word.n < SHOWN ? (int)word.n : SHOWN;
    try_all(&near, command ? command->options : NULL);
    try_all(&near, GLOBAL);
    if (near.best)
        return HC_FAIL(e, HC_E_UNKNOWN_OPTION, "%s has no option --%.*s; did you mean --%s?", of, shown,
                       (const char *)word.p, near.best);
    return HC_FAIL(e, HC_E_UNKNOWN_OPTION, "%s has no option --%.*s", of, shown, (const char *)word.p);
}

/* One option at argv[*i]; *i moves past its value. */
static struct hc_rc take_option(struct hc_opts *o, int argc, char *const *argv, int *i, struct hc_err *e)
{
    const char *word = argv[*i] + 2;
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    const struct hc_option *option = find(o->command, word, n);
    if (!option)
        return unknown(o->command, hc_bytes_of(word, n), e);
    const char *value = equals ? equals + 1 : NULL;
    if (!option->value && value)
        return HC_FAIL(e, HC_E_USAGE, "--%s takes no value", option->name);
    if (option->value && !value) {
        if (*i + 1 >= argc)
            return HC_FAIL(e, HC_E_USAGE, "--%s needs a value: --%s %s", option->name, option->name, option->value);
        value = argv[++*i];
    }
    for (size_t k = 0; k < o->n_set && !option->many; k++)
        if (o->set[k].option == option && option->value)
            return HC_FAIL(e, HC_E_USAGE, "--%s is given twice", option->name);
    o->set[o->n_set++] = (struct hc_opts_set){option, value};
    return HC_OK;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static struct hc_rc parse_words(struct hc_opts *o, int argc, char *const *argv, struct hc_err *e)
{
    bool names_only = false;
    int i = 0;
    for (; i < argc; i++) {
        const char *word = argv[i];
        if (!names_only && strcmp(word, "--") == 0) {
            names_only = true;
            continue;
        }
        if (names_only || word[0] != '-' || word[1] == '\0') {
            if (!o->command)
                break;
            o->args[o->n_args++] = word;
            continue;
        }
        if (word[1] != '-')
            return HC_FAIL(e, HC_E_UNKNOWN_OPTION, "%s: options are written with two hyphens and their whole name",
                           word);
        HC_TRY(e, take_option(o, argc, argv, &i, e));
    }
    o->used = (size_t)i;
    return HC_OK;
}

static struct hc_rc check_args(const struct hc_opts *o, struct hc_err *e)
{
    const struct hc_command *c = o->command;
    if (o->n_args > c->max_args)
        return HC_FAIL(e, HC_E_USAGE, "'%s' is one word too many: handclasp %s %.*s", o->args[c->max_args], c->name,
                       (int)strcspn(c->usage, "\n"), c->usage);
    if (o->n_args < c->min_args)
        return HC_FAIL(e, HC_E_USAGE, "something is missing: handclasp %s %.*s", c->name, (int)strcspn(c->usage, "\n"),
                       c->usage); /* the first form; --help shows all */
    return HC_OK;
}

/* True when --help stands anywhere before `--`; it is then the only thing that counts. */
static bool help_wins(struct hc_opts *o, int argc, char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!o->command && argv[i][0] != '-')
            return false;
        if (asks_for_help(argv[i])) {
            o->set[o->n_set++] = (struct hc_opts_set){find(NULL, "help", 4), NULL};
            o->used = (size_t)argc;
            return true;
        }
    }
    return false;
}

struct hc_rc hc_opts_parse(const struct hc_command *command, int argc, char *const *argv, struct hc_opts **out,
                           struct hc_err *e)
{
    HC_AUTO(hc_opts) o = calloc(1, sizeof *o);
    size_t n = (size_t)argc + 1;
    if (o) {
        o->command = command;
        o->set = calloc(n, sizeof *o->set);
        o->args = calloc(n, sizeof *o->args);
    }
    if (!o || !o->set || !o->args)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the command line");
    if (!help_wins(o, argc, argv)) {
        HC_TRY(e, parse_words(o, argc, argv, e));
        if (command)
            HC_TRY(e, check_args(o, e));
    }
    *out = HC_GIVE(o);
    return HC_OK;
}

void hc_opts_free(struct hc_opts *opts)
{
    if (!opts)
        return;
    free(opts->set);
    free(opts->args);
    free(opts);
}

const char *hc_opts_value(const struct hc_opts *opts, const char *name)
{
    for (size_t i = 0; i < opts->n_set; i++)
        if (strcmp(opts->set[i].option->name, name) == 0)
            return opts->set[i].value;
    return NULL;
}

bool hc_opts_flag(const struct hc_opts *opts, const char *name)
{
    for (size_t i = 0; i < opts->n_set; i++)
        if (strcmp(opts->set[i].option->name, name) == 0)
            return true;
    return false;
}

size_t hc_opts_count(const struct hc_opts *opts)
{
    return opts->n_set;
}

struct hc_opts_set hc_opts_at(const struct hc_opts *opts, size_t i)
{
    return opts->set[i];
}

size_t hc_opts_args(const struct hc_opts *opts)
{
    return opts->n_args;
}

const char *hc_opts_arg(const struct hc_opts *opts, size_t i)
{
    return i < opts->n_args ? opts->args[i] : NULL;
}

size_t hc_opts_used(const struct hc_opts *opts)
{
    return opts->used;
}

struct hc_rc hc_opts_number(const struct hc_opts *opts, const char *name, int64_t max, enum hc_code code, int64_t *out,
                            struct hc_err *e)
{
    const char *text = hc_opts_value(opts, name);
    int64_t value = 0;
    if (!text)
        return HC_OK;
    bool good = text[0] != '\0';
    for (const char *p = text; *p && good; p++) {
        good = hc_ascii_is_digit((uint8_t)*p) && value <= max;
        value = good ? value * 10 + (*p - '0') : value;
    }
    if (!good || value < 1 || value > max)
        return HC_FAIL(e, code, "--%s %s is not a whole number from 1 to %lld", name, text, (long long)max);
    *out = value;
    return HC_OK;
}
