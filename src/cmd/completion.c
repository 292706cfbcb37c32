/* completion.c - bash, zsh and fish: the same facts in three languages. */
#include "cmd/completion.h"

#include "cmd/commands.h"
#include "cmd/usage.h"

/* --- facts -------------------------------------------------------------------------------------------------------- */

static void put_names(struct hc_buf *out)
{
    const struct hc_command *c;

    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        hc_buf_addf(out, "%s%s", i ? " " : "", c->name);
}

/* The words that may come first; of a command that takes a COMMAND, the commands too. */
static void put_words(struct hc_buf *out, const struct hc_command *c)
{
    HC_BUF_AUTO(words, 4096);

    hc_usage_words(c, &words);
    hc_buf_add(out, hc_buf_view(&words));
    if (strstr(c->usage, "COMMAND")) {
        hc_buf_add_str(out, words.n ? " " : "");
        put_names(out);
    }
}

/* Every option of the command: its own, then everybody's. NULL beyond the last. */
static const struct hc_option *option_at(const struct hc_command *c, size_t i)
{
    const struct hc_option *own = c->options;

    for (; own->name; own++, i--)
        if (i == 0)
            return own;
    for (own = hc_command_everybody(); own->name; own++, i--)
        if (i == 0)
            return own;
    return NULL;
}

/* Text between single quotes, of a shell whose single quotes are ended by '\'' (fish: \'). */
static void put_quoted(struct hc_buf *out, const char *text, const char *quote)
{
    hc_buf_add_byte(out, '\'');
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            hc_buf_add_str(out, quote);
        else
            hc_buf_add_byte(out, (uint8_t)*p);
    }
    hc_buf_add_byte(out, '\'');
}

/* --- bash --------------------------------------------------------------------------------------------------------- */

/* "--a --b", those with a value of that kind, or with any. */
static void bash_options(struct hc_buf *out, const struct hc_command *c, const char *variable, unsigned kinds)
{
    const struct hc_option *o;
    bool more = false;

    hc_buf_addf(out, " %s='", variable);
    for (size_t i = 0; (o = option_at(c, i)); i++)
        if (kinds & 1u << hc_usage_value(o)) {
            hc_buf_addf(out, "%s--%s", more ? " " : "", o->name);
            more = true;
        }
    hc_buf_add_str(out, "'");
}

static void bash_command(struct hc_buf *out, const struct hc_command *c)
{
    unsigned valued = 1u << HC_USAGE_FILE | 1u << HC_USAGE_DIRECTORY | 1u << HC_USAGE_OTHER;

    hc_buf_addf(out, "    %s)\n       ", c->name);
    bash_options(out, c, "options", valued | 1u << HC_USAGE_FLAG);
    bash_options(out, c, "valued", valued);
    hc_buf_add_str(out, "\n       ");
    bash_options(out, c, "files", 1u << HC_USAGE_FILE);
    bash_options(out, c, "directories", 1u << HC_USAGE_DIRECTORY);
    hc_buf_add_str(out, "\n        words='");
    put_words(out, c);
    hc_buf_addf(out, "' any=%s\n        ;;\n", hc_usage_takes_files(c) ? "file" : "");
}

/* Up to the words that may come first. */
static const char bash_head[] =
    "# bash completion of handclasp; made by: handclasp completion bash\n"
    "_handclasp_offer() { # KIND TEXT: adds what begins with the word at the cursor\n"
    "    local line\n"
    "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(\n"
    "        case $1 in\n"
    "        words) compgen -W \"$2\" -- \"$cur\" ;;\n"
    "        file) compgen -f -- \"$cur\" ;;\n"
    "        directory) compgen -d -- \"$cur\" ;;\n"
    "        esac\n"
    "    )\n"
    "    if [[ $1 != words ]]; then compopt -o filenames 2>/dev/null; fi\n"
    "}\n"
    "_handclasp() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command='' options='' valued='' files='' directories='' words='' any='' i before=0\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --home) i=$((i + 1)) ;;\n"
    "        -*) ;;\n"
    "        *) command=${COMP_WORDS[i]}; break ;;\n"
    "        esac\n"
    "    done\n"
    "    case $command in\n"
    "    '')\n"
    "        options='--home --help --version' valued='--home' directories='--home'\n"
    "        words='";

/* Behind the commands. */
static const char bash_tail[] =
    "    *) return ;;\n"
    "    esac\n"
    "    for ((i = i + 1; i < COMP_CWORD; i++)); do # words that stand before this one\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -*) if [[ \" $valued \" == *\" ${COMP_WORDS[i]} \"* ]]; then i=$((i + 1)); fi ;;\n"
    "        *) before=$((before + 1)) ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ \" $files \" == *\" $prev \"* ]]; then\n"
    "        _handclasp_offer file\n"
    "    elif [[ \" $directories \" == *\" $prev \"* ]]; then\n"
    "        _handclasp_offer directory\n"
    "    elif [[ \" $valued \" == *\" $prev \"* ]]; then\n"
    "        return\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        _handclasp_offer words \"$options\"\n"
    "    else\n"
    "        if ((before == 0)); then _handclasp_offer words \"$words\"; fi\n"
    "        if [[ -n $any ]]; then _handclasp_offer file; fi\n"
    "        if ((${#COMPREPLY[@]} == 0)) && [[ -z $cur ]]; then _handclasp_offer words \"$options\"; fi\n"
    "    fi\n"
    "}\n"
    "complete -F _handclasp handclasp\n";

void hc_completion_bash(struct hc_buf *out)
{
    const struct hc_command *c;

    hc_buf_add_str(out, bash_head);
    put_names(out);
    hc_buf_add_str(out, "'\n        ;;\n");
    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        bash_command(out, c);
    hc_buf_add_str(out, bash_tail);
}

/* --- zsh ---------------------------------------------------------------------------------------------------------- */

/* 'NAME:what it does', for _describe; a colon in the second half is text. */
static void zsh_item(struct hc_buf *out, const char *dashes, const char *name, const char *what)
{
    HC_BUF_AUTO(item, 512);

    hc_buf_addf(&item, "%s%s:%s", dashes, name, what);
    hc_buf_add_byte(out, ' ');
    put_quoted(out, hc_buf_cstr(&item), "'\\''");
}

static void zsh_valued(struct hc_buf *out, const struct hc_command *c, enum hc_usage_value kind, const char *action)
{
    const struct hc_option *o;
    bool more = false;

    for (size_t i = 0; (o = option_at(c, i)); i++)
        if (hc_usage_value(o) == kind) {
            hc_buf_addf(out, "%s--%s", more ? "|" : "        case $words[CURRENT-1] in\n        ", o->name);
            more = true;
        }
    if (more)
        hc_buf_addf(out, ") %s; return ;;\n        esac\n", action);
}

static void zsh_command(struct hc_buf *out, const struct hc_command *c)
{
    const struct hc_option *o;

    hc_buf_addf(out, "    %s)\n", c->name);
    zsh_valued(out, c, HC_USAGE_FILE, "_files");
    zsh_valued(out, c, HC_USAGE_DIRECTORY, "_files -/");
    zsh_valued(out, c, HC_USAGE_OTHER, "_message value");
    hc_buf_add_str(out, "        options=(");
    for (size_t i = 0; (o = option_at(c, i)); i++)
        zsh_item(out, "--", o->name, o->help);
    hc_buf_add_str(out, ")\n        first=(");
    put_words(out, c);
    hc_buf_addf(out, ")\n        any=%s\n        ;;\n", hc_usage_takes_files(c) ? "file" : "");
}

/* Up to the words that may come first. */
static const char zsh_head[] =
    "#compdef handclasp\n"
    "# zsh completion of handclasp; made by: handclasp completion zsh\n"
    "_handclasp() {\n"
    "    local -a options first\n"
    "    local command='' any='' i\n"
    "    for ((i = 2; i < CURRENT; i++)); do\n"
    "        case $words[i] in\n"
    "        --home) ((i++)) ;;\n"
    "        -*) ;;\n"
    "        *) command=$words[i]; break ;;\n"
    "        esac\n"
    "    done\n"
    "    case $command in\n"
    "    '')\n"
    "        if [[ $words[CURRENT-1] == --home ]]; then _files -/; return; fi\n"
    "        options=('--home:where the authority lives' '--help:print the help' '--version:print the version')\n"
    "        first=(";

/* Behind the commands. */
static const char zsh_tail[] = "    *) return 1 ;;\n"
                               "    esac\n"
                               "    if [[ $words[CURRENT] == -* ]]; then\n"
                               "        _describe -o option options\n"
                               "        return\n"
                               "    fi\n"
                               "    if ((CURRENT == i + 1)) || [[ -z $command ]]; then\n"
                               "        _describe command first\n"
                               "    fi\n"
                               "    if [[ -n $any ]]; then _files; fi\n"
                               "}\n"
                               "_handclasp \"$@\"\n";

void hc_completion_zsh(struct hc_buf *out)
{
    const struct hc_command *c;

    hc_buf_add_str(out, zsh_head);
    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        zsh_item(out, "", c->name, c->summary);
    hc_buf_add_str(out, ")\n        ;;\n");
    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        zsh_command(out, c);
    hc_buf_add_str(out, zsh_tail);
}

/* --- fish --------------------------------------------------------------------------------------------------------- */

static void fish_command(struct hc_buf *out, const struct hc_command *c)
{
    static const char *const values[] = {[HC_USAGE_FLAG] = "",
                                         [HC_USAGE_FILE] = " -r -F",
                                         [HC_USAGE_DIRECTORY] = " -x -a '(__fish_complete_directories)'",
                                         [HC_USAGE_OTHER] = " -x"};
    const struct hc_option *o;
    HC_BUF_AUTO(words, 4096);

    for (size_t i = 0; (o = option_at(c, i)); i++) {
        hc_buf_addf(out, "complete -c handclasp -n '__handclasp_in %s' -l %s%s -d ", c->name, o->name,
                    values[hc_usage_value(o)]);
        put_quoted(out, o->help, "\\'");
        hc_buf_add_byte(out, '\n');
    }
    put_words(&words, c);
    if (words.n > 0)
        hc_buf_addf(out, "complete -c handclasp -n '__handclasp_first %s' -a '%s'\n", c->name, hc_buf_cstr(&words));
    if (hc_usage_takes_files(c))
        hc_buf_addf(out, "complete -c handclasp -n '__handclasp_in %s' -F\n", c->name);
}

/* The questions that the lines below ask, and what holds before a command. */
static const char fish_head[] =
    "# fish completion of handclasp; made by: handclasp completion fish\n"
    "function __handclasp_words # the command, and what follows it\n"
    "    set -l words (commandline -opc)\n"
    "    set -e words[1]\n"
    "    while set -q words[1]\n"
    "        switch $words[1]\n"
    "            case --home\n"
    "                set -e words[1]\n"
    "                set -q words[1]; and set -e words[1]\n"
    "            case '-*'\n"
    "                set -e words[1]\n"
    "            case '*'\n"
    "                string join \\n -- $words\n"
    "                return\n"
    "        end\n"
    "    end\n"
    "end\n"
    "function __handclasp_none\n"
    "    set -l words (__handclasp_words)\n"
    "    test (count $words) -eq 0\n"
    "end\n"
    "function __handclasp_in\n"
    "    set -l words (__handclasp_words)\n"
    "    set -q words[1]; and test $words[1] = $argv[1]\n"
    "end\n"
    "function __handclasp_first\n"
    "    set -l words (__handclasp_words)\n"
    "    test (count $words) -eq 1; and test $words[1] = $argv[1]\n"
    "end\n"
    "complete -c handclasp -f\n"
    "complete -c handclasp -n __handclasp_none -l home -x -a '(__fish_complete_directories)' "
    "-d 'where the authority lives'\n"
    "complete -c handclasp -n __handclasp_none -l help -d 'print the help'\n"
    "complete -c handclasp -n __handclasp_none -l version -d 'print the version'\n";

void hc_completion_fish(struct hc_buf *out)
{
    const struct hc_command *c;

    hc_buf_add_str(out, fish_head);
    for (size_t i = 0; (c = hc_commands_at(i)); i++) {
        hc_buf_addf(out, "complete -c handclasp -n __handclasp_none -a %s -d ", c->name);
        put_quoted(out, c->summary, "\\'");
        hc_buf_add_byte(out, '\n');
    }
    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        fish_command(out, c);
}
