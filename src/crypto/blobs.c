/* blobs.c - byte strings in a list. */
#include "crypto/blobs.h"

#include <stdlib.h>

struct hc_rc hc_blobs_add(struct hc_blobs *b, struct hc_bytes bytes, struct hc_err *e)
{
    struct hc_buf one = HC_BUF(bytes.n);
    struct hc_buf *more;

    if (b->n >= b->max)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than %zu things in one file", b->max);
    hc_buf_add(&one, bytes);
    HC_TRY(e, hc_buf_check(&one, e)); /* a buffer that failed holds nothing */
    more = realloc(b->at, (b->n + 1) * sizeof *more);
    if (!more) {
        hc_buf_fini(&one);
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a list");
    }
    b->at = more;
    b->at[b->n++] = one;
    return HC_OK;
}

struct hc_bytes hc_blobs_view(const struct hc_blobs *b, size_t i)
{
    return hc_buf_view(&b->at[i]);
}

void hc_blobs_fini(struct hc_blobs *b)
{
    for (size_t i = 0; i < b->n; i++)
        hc_buf_fini(&b->at[i]);
    free(b->at);
    b->at = NULL;
    b->n = 0;
}
