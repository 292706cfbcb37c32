/* usage.c - usages taken apart. They are this program's own text, in the forms that the commands' tables use. */
#include "cmd/usage.h"

bool hc_usage_next(const struct hc_command *command, size_t *at, struct hc_bytes *out)
{
    struct hc_bytes rest = hc_bytes_skip(hc_bytes_str(command->usage), *at);
    struct hc_bytes name = hc_bytes_str(command->name), prefix = HC_BYTES("handclasp ");

    if (rest.n == 0)
        return false;
    struct hc_bytes way = rest;
    for (size_t i = 0; i < rest.n; i++) { /* up to the next line that names the program */
        struct hc_bytes line = hc_bytes_skip(rest, i + 1);
        while (line.n > 0 && line.p[0] == ' ')
            line = hc_bytes_skip(line, 1);
        if (rest.p[i] != '\n' || !hc_bytes_starts(line, prefix))
            continue;
        way = hc_bytes_head(rest, i);
        break;
    }
    *at += way.n + (way.n < rest.n ? 1 : 0);
    while (way.n > 0 && way.p[0] == ' ')
        way = hc_bytes_skip(way, 1);
    if (hc_bytes_starts(way, prefix))
        way = hc_bytes_skip(way, prefix.n + name.n);
    *out = hc_bytes_trim(way);
    return true;
}

/* The next word; empty behind the last. */
static struct hc_bytes next_token(struct hc_bytes *way)
{
    size_t from = 0, to;

    while (from < way->n && (way->p[from] == ' ' || way->p[from] == '\n'))
        from++;
    for (to = from; to < way->n && way->p[to] != ' ' && way->p[to] != '\n'; to++)
        ;
    struct hc_bytes token = hc_bytes_head(hc_bytes_skip(*way, from), to - from);
    *way = hc_bytes_skip(*way, to);
    return token;
}

static bool is_word(struct hc_bytes part)
{
    for (size_t i = 0; i < part.n; i++)
        if (!(part.p[i] >= 'a' && part.p[i] <= 'z') && !(part.p[i] == '-' && i > 0))
            return false;
    return part.n > 0;
}

static void add_words(struct hc_bytes token, struct hc_buf *out)
{
    while (token.n > 0) {
        struct hc_bytes part = hc_bytes_head(token, hc_bytes_find(token, '|'));
        token = hc_bytes_skip(token, part.n + 1);
        if (hc_bytes_starts(part, HC_BYTES("[")))
            part = hc_bytes_skip(part, 1);
        if (hc_bytes_ends(part, HC_BYTES("]")))
            part.n--;
        if (!is_word(part))
            continue;
        hc_buf_add_str(out, out->n ? " " : "");
        hc_buf_add(out, part);
    }
}

void hc_usage_words(const struct hc_command *command, struct hc_buf *out)
{
    struct hc_bytes way;

    for (size_t at = 0; hc_usage_next(command, &at, &way);) {
        add_words(next_token(&way), out);
        for (struct hc_bytes t = next_token(&way); t.n > 0; t = next_token(&way)) /* "list | show NAME" */
            if (hc_bytes_eq_str(t, "|"))
                add_words(next_token(&way), out);
    }
}

static bool names_file(struct hc_bytes token)
{
    static const char *const names[] = {"FILE", "DIRECTORY", "DIR", "PATH", "REQUEST", "LEAF"};

    while (token.n > 0) {
        size_t n = 0;
        while (n < token.n && token.p[n] >= 'A' && token.p[n] <= 'Z')
            n++;
        for (size_t i = 0; i < HC_COUNT(names); i++)
            if (hc_bytes_eq_str(hc_bytes_head(token, n), names[i]))
                return true;
        token = hc_bytes_skip(token, n + 1);
    }
    return false;
}

bool hc_usage_takes_files(const struct hc_command *command)
{
    struct hc_bytes way;

    for (size_t at = 0; hc_usage_next(command, &at, &way);) {
        bool value = false; /* of the option before */
        for (struct hc_bytes t = next_token(&way); t.n > 0; t = next_token(&way)) {
            if (!value && names_file(t))
                return true;
            value = hc_bytes_starts(t, HC_BYTES("--")) || hc_bytes_starts(t, HC_BYTES("[--"));
        }
    }
    return false;
}

enum hc_usage_value hc_usage_value(const struct hc_option *option)
{
    if (!option->value)
        return HC_USAGE_FLAG;
    if (strcmp(option->value, "DIR") == 0)
        return HC_USAGE_DIRECTORY;
    return names_file(hc_bytes_str(option->value)) ? HC_USAGE_FILE : HC_USAGE_OTHER;
}
