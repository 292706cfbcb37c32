/*
 * fault.h - allocation failure on demand, for code linked with --wrap=malloc,calloc,realloc (our own objects only).
 */
#ifndef HC_TEST_FAULT_H
#define HC_TEST_FAULT_H

#include "base/err.h"

/* Fails the k-th allocation from now (1 = the next); 0 switches it off. */
void fault_alloc_at(unsigned k);

/* True when the failure asked for has happened. */
bool fault_happened(void);

/*
 * Calls fn with the 1st, 2nd, 3rd ... allocation failing until a call sees no failure any more, which must succeed.
 * Every call that met its failure must have returned an error. Returns how many allocations fn makes.
 */
unsigned fault_sweep(struct hc_rc (*fn)(void *ctx, struct hc_err *e), void *ctx);

#endif
