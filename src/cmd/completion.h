/*
 * completion.h - scripts that complete command lines in a shell, made from the table of commands.
 *
 * They complete commands, the words that a command begins with, options, and files where a file is meant. They never run
 * handclasp: pressing a key must not open a ledger. Each appends to `out`; hc_buf_check of it tells.
 */
#ifndef HC_CMD_COMPLETION_H
#define HC_CMD_COMPLETION_H

#include "base/buf.h"

void hc_completion_bash(struct hc_buf *out);
void hc_completion_zsh(struct hc_buf *out);
void hc_completion_fish(struct hc_buf *out);

#endif
