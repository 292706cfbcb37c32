/* command.c - the help of a command, made from its row. */
#include "cmd/command.h"

#include <stdio.h>

#define OPTION_COLUMNS 30

static void option_line(const struct hc_option *option, struct hc_buf *out)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "", option->many ? " ..." : "");
    hc_buf_addf(out, "  %-*s%s\n", OPTION_COLUMNS, left, option->help);
}

const struct hc_option *hc_command_everybody(void)
{
    static const struct hc_option everybody[] = {
        {"home", "DIR", "where the authority lives", false},
        {"help", NULL, "print this help", false},
        HC_OPTIONS_END,
    };
    return everybody;
}

void hc_command_help(const struct hc_command *command, struct hc_buf *out)
{
    hc_buf_addf(out, "handclasp %s - %s\n\nUsage: handclasp %s %s\n", command->name, command->summary, command->name,
                command->usage);
    if (*command->about)
        hc_buf_addf(out, "\n%s", command->about);
    if (command->more)
        command->more(out);
    hc_buf_add_str(out, "\nOptions:\n");
    for (const struct hc_option *o = command->options; o->name; o++)
        option_line(o, out);
    for (const struct hc_option *o = hc_command_everybody(); o->name; o++)
        option_line(o, out);
    hc_buf_addf(out, "\nExample:\n%s", command->example);
}
