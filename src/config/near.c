/* near.c - edit distance with swaps of neighbours (optimal string alignment). */
#include "config/near.h"

#include <limits.h>

#define SHORTENED_MIN 3 /* letters; fewer begin too many words */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned hc_near_distance(struct hc_bytes a, struct hc_bytes b)
{
    unsigned d[HC_NEAR_MAX + 1][HC_NEAR_MAX + 1];

    if (a.n > HC_NEAR_MAX || b.n > HC_NEAR_MAX)
        return UINT_MAX;
    for (size_t i = 0; i <= a.n; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= b.n; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        for (size_t j = 1; j <= b.n; j++) {
            uint8_t x = hc_ascii_lower(a.p[i - 1]);
            uint8_t y = hc_ascii_lower(b.p[j - 1]);

            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == hc_ascii_lower(b.p[j - 2]) && hc_ascii_lower(a.p[i - 2]) == y)
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.n][b.n];
}

struct hc_near hc_near_start(struct hc_bytes word)
{
    unsigned allowed = (unsigned)(word.n < HC_NEAR_MAX ? word.n : HC_NEAR_MAX) / 3;

    /* One more than what is still near: a candidate must come below it. */
    return (struct hc_near){.word = word, .distance = (allowed > 0 ? allowed : 1) + 1};
}

void hc_near_try(struct hc_near *near, const char *candidate)
{
    struct hc_bytes c = hc_bytes_str(candidate);
    bool shortened = near->word.n >= SHORTENED_MIN && near->word.n < c.n && hc_bytes_starts(c, near->word);
    unsigned distance = shortened ? 1 : hc_near_distance(near->word, c);

    if (distance >= near->distance)
        return;
    near->distance = distance;
    near->best = candidate;
}
