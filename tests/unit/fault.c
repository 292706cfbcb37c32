/* fault.c - the wrappers that the linker puts before malloc, calloc and realloc of our objects. */
#include "hc_test.h"

#define FAULT_SWEEP_MAX 20000

static unsigned countdown; /* 0: off; 1: the next allocation fails */
static bool happened;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t m);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t m);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    happened = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t m)
{
    return fails() ? NULL : __real_calloc(n, m);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

void fault_alloc_at(unsigned k)
{
    countdown = k;
    happened = false;
}

bool fault_happened(void)
{
    return happened;
}

unsigned fault_sweep(struct hc_rc (*fn)(void *ctx, struct hc_err *e), void *ctx)
{
    for (unsigned k = 1; k < FAULT_SWEEP_MAX; k++) {
        struct hc_err e = {0};
        struct hc_rc rc;

        fault_alloc_at(k);
        rc = fn(ctx, &e);
        countdown = 0;
        if (!happened) {
            expect_ok(&e, rc);
            return k - 1;
        }
        if (hc_ok(rc))
            fail_msg("allocation %u failed and nobody noticed", k);
    }
    fail_msg("more than %d allocations", FAULT_SWEEP_MAX);
    return 0;
}
