/* ref.c - a fresh id from the kernel's random bytes. */
#include "observe/ref.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/auto.h"

/* Thirty-two, so that the five low bits of a random byte choose each with the same probability. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
_Static_assert(sizeof alphabet == 32 + 1, "five bits a character");

struct hc_rc hc_ref_new(struct hc_ref *out, struct hc_err *e)
{
    unsigned char random[HC_REF_TEXT - 1];
    ssize_t n;

    do
        n = getrandom(random, sizeof random, 0); /* up to 256 bytes come whole or not at all */
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof random)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, n < 0 ? errno : EIO, "the kernel gave no random bytes");
    for (size_t i = 0; i < sizeof random; i++)
        out->text[i] = alphabet[random[i] & 31];
    out->text[sizeof random] = 0;
    return HC_OK;
}

bool hc_ref_is(const char *text)
{
    return strlen(text) == HC_REF_TEXT - 1 && strspn(text, alphabet) == HC_REF_TEXT - 1;
}
