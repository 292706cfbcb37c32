/*
 * manual.h - manual pages, made from the tables: their source in scdoc(5), which `scdoc` turns into a page.
 */
#ifndef HC_CMD_MANUAL_H
#define HC_CMD_MANUAL_H

#include "cmd/command.h"

/* handclasp(1), handclasp-NAME(1), handclasp-errors(7). Each appends to `out`; hc_buf_check of it tells. */
void hc_manual_program(struct hc_buf *out);
void hc_manual_command(const struct hc_command *command, struct hc_buf *out);
void hc_manual_errors(struct hc_buf *out);

#endif
