/* shape.h - is the file shaped like a ledger of this version? Private to this module. */
#ifndef HC_LEDGER_SHAPE_H
#define HC_LEDGER_SHAPE_H

#include "ledger/findings.h"

/*
 * Adds a finding for each table, index or trigger that is missing, was changed or does not belong here, and for a file
 * that says to be something else. *readable: all tables are there as they should be, so that their rows can be looked
 * at.
 */
struct hc_rc hc_shape_check(struct hc_ledger *l, struct hc_findings *found, bool *readable, struct hc_err *e);

#endif
