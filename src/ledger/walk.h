/* walk.h - the chain and the rows of all tables, side by side. Private to this module. */
#ifndef HC_LEDGER_WALK_H
#define HC_LEDGER_WALK_H

#include "ledger/findings.h"

/*
 * Compares every link with its row and every row with its link, in the order of links, and adds what is wrong to
 * `found`. Goes on after a fault: what follows is judged by the hash that the chain has. Memory does not grow with the
 * rows. *head gets the last link of the chain. Calls how->progress.
 */
struct hc_rc hc_walk(struct hc_ledger *l, const struct hc_ledger_check *how, struct hc_findings *found,
                     struct hc_ledger_link *head, struct hc_err *e);

#endif
