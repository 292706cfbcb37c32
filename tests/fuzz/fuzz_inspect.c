/*
 * fuzz_inspect.c - any bytes as a file for `inspect`, alone and as two files: everything that reads them, and everything
 * that tells about them. What is told must be free of what a terminal obeys, and JSON must stay whole.
 */
#include <assert.h>
#include <stdlib.h>

#include "doctor/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct kit {
    struct hc_crypto *crypto;
    struct hc_secret *passphrase;
};

static const struct kit *kit(void)
{
    static struct kit k; /* for the whole run: libFuzzer has no place to give it back */
    struct hc_err e;

    if (k.crypto)
        return &k;
    if (hc_failed(hc_crypto_new(&k.crypto, &e)) || hc_failed(hc_secret_copy(HC_BYTES("secret"), &k.passphrase, &e)))
        abort();
    return &k;
}

/* Lines and printable characters; bytes above 127 are UTF-8, which the escapers' own tests look at. */
static void check(const struct hc_buf *out)
{
    for (size_t i = 0; i < out->n; i++)
        assert(out->p[i] == '\n' || (out->p[i] >= ' ' && out->p[i] != 127));
}

static void tell(const struct hc_inspection *in)
{
    struct hc_buf text = HC_BUF(64u << 20), json = HC_BUF(64u << 20);

    hc_inspection_text(in, &text);
    hc_inspection_json(in, &json);
    check(&text);
    check(&json);
    assert(json.failed != HC_OK_CODE || (json.n > 2 && json.p[0] == '{' && json.p[json.n - 2] == '}'));
    hc_buf_fini(&text);
    hc_buf_fini(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct kit *k = kit();
    struct hc_inspection *in = NULL;
    struct hc_bytes all = hc_bytes_of(data, size);
    struct hc_err e;

    if (hc_failed(hc_inspection_new(k->crypto, 1792800000, &in, &e)))
        return 0;
    if (hc_failed(hc_inspection_add(in, "all", all, k->passphrase, &e)))
        assert(e.code != HC_E_INTERNAL);
    hc_ignore(hc_inspection_add(in, "half", hc_bytes_skip(all, size / 2), NULL, &e)); /* any failure will do */
    assert(hc_inspection_count(in) <= HC_INSPECT_ITEMS);
    tell(in);
    hc_inspection_free(in);
    return 0;
}
