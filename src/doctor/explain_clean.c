/* explain_clean.c - a pasted text as the recognisers want it: lower case, without what only a terminal needs. */
#include "base/auto.h"
#include "doctor/explain_inside.h"

#define ESCAPE 0x1b
#define BELL 0x07

/* Behind a terminal's sequence that begins at `i` [ECMA-48 5.4]: ESC [ ... letter, ESC ] ... BEL, ESC and one byte. */
static size_t after_sequence(struct hc_bytes text, size_t i)
{
    i++;
    if (i < text.n && text.p[i] == '[') {
        for (i++; i < text.n && text.p[i] >= 0x20 && text.p[i] <= 0x3f;)
            i++;
        return i < text.n ? i + 1 : i;
    }
    if (i < text.n && text.p[i] == ']') {
        while (i < text.n && text.p[i] != BELL && text.p[i] != ESCAPE && text.p[i] != '\n')
            i++;
        return i < text.n && text.p[i] == BELL ? i + 1 : i;
    }
    return i < text.n && text.p[i] != '\n' ? i + 1 : i;
}

/* Signs that a word processor or a chat puts in the place of a typed one, in UTF-8. */
static const struct {
    const char *sign;
    uint8_t typed;
} typeset[] = {
    {"\u2018", '\''}, {"\u2019", '\''}, {"\u201c", '"'}, {"\u201d", '"'},
    {"\u2010", '-'},  {"\u2011", '-'},  {"\u00a0", ' '},
};

/* The typed sign for what stands at `i`, and how many bytes that has; 0 when it is none of them. */
static uint8_t typed_at(struct hc_bytes text, size_t i, size_t *n)
{
    for (size_t k = 0; k < HC_COUNT(typeset); k++)
        if (hc_bytes_starts(hc_bytes_skip(text, i), hc_bytes_str(typeset[k].sign))) {
            *n = strlen(typeset[k].sign);
            return typeset[k].typed;
        }
    return 0;
}

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

bool hc_explain_clean(struct hc_bytes text, struct hc_explain_text *out)
{
    size_t controls = 0;
    out->n = 0;
    for (size_t i = 0; i < text.n && i < HC_EXPLAIN_MAX;) {
        uint8_t c = text.p[i];
        size_t n = 1;
        if (c == 0)
            return false;
        if (c == ESCAPE) {
            i = after_sequence(text, i);
            continue;
        }
        controls += is_control(c);
        if (c >= 0x80 && typed_at(text, i, &n))
            c = typed_at(text, i, &n);
        out->p[out->n++] = c == '\r' || c == '\n' ? '\n' : c == '\t' || is_control(c) ? ' ' : hc_ascii_lower(c);
        i += n;
    }
    return controls * 10 <= text.n;
}

size_t hc_explain_find(struct hc_bytes line, size_t from, const char *word)
{
    if (from >= line.n)
        return line.n;
    const uint8_t *p = memmem(line.p + from, line.n - from, word, strlen(word));
    return p ? (size_t)(p - line.p) : line.n;
}

int hc_explain_number(struct hc_bytes line, size_t *at)
{
    size_t i = *at;
    int n = 0;
    for (; i < line.n && i < *at + 3 && hc_ascii_is_digit(line.p[i]); i++)
        n = 10 * n + (line.p[i] - '0');
    if (i == *at || (i < line.n && (hc_ascii_is_digit(line.p[i]) || hc_ascii_is_alpha(line.p[i]))))
        return -1;
    *at = i;
    return n;
}
