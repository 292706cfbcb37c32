/*
 * commands.h - the table of commands, for those that tell about all of them: manual and completion.
 */
#ifndef HC_CMD_COMMANDS_H
#define HC_CMD_COMMANDS_H

#include "cmd/command.h"

/* The command of that number, in the order of `handclasp --help`; NULL beyond the last. Static storage. main.c has it. */
const struct hc_command *hc_commands_at(size_t i);

/* The command of that name, NULL when there is none. */
const struct hc_command *hc_commands_find(struct hc_bytes name);

#endif
