/*
 * usage.h - what the usage of a command says to a machine: its alternatives, the words that may stand first, and whether it
 * takes files. So manual and completion follow the help, and nothing is told twice.
 */
#ifndef HC_CMD_USAGE_H
#define HC_CMD_USAGE_H

#include "cmd/command.h"

/* One way to call the command, without "handclasp NAME": a view into the usage that may span lines. False behind the last.
 * *at is 0 at the beginning. */
bool hc_usage_next(const struct hc_command *command, size_t *at, struct hc_bytes *out);

/* The words that one of the ways begins with ("run|check [FILE]" has two): lower case, separated by spaces. */
void hc_usage_words(const struct hc_command *command, struct hc_buf *out);

/* A file or a directory may stand among its arguments. */
bool hc_usage_takes_files(const struct hc_command *command);

/* What kind of thing an option's value is. */
enum hc_usage_value { HC_USAGE_FLAG, HC_USAGE_FILE, HC_USAGE_DIRECTORY, HC_USAGE_OTHER };
enum hc_usage_value hc_usage_value(const struct hc_option *option);

#endif
