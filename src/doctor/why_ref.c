/* why_ref.c - finds ids in what people paste. */
#include "doctor/why.h"

#define LENGTH (HC_REF_TEXT - 1)

static bool is_word(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c);
}

/* The letter of the alphabet of ids that was meant, 0 when none can have been. */
static char meant(uint8_t c)
{
    c = hc_ascii_lower(c);
    switch (c) {
    case 'o':
        return '0';
    case 'i':
    case 'l':
        return '1';
    case 'u':
        return 0;
    default:
        return (char)c;
    }
}

static bool read_word(struct hc_bytes word, struct hc_ref *out)
{
    if (word.n != LENGTH)
        return false;
    for (size_t i = 0; i < LENGTH; i++)
        if ((out->text[i] = meant(word.p[i])) == 0)
            return false;
    out->text[LENGTH] = 0;
    return true;
}

bool hc_why_ref_next(struct hc_bytes *text, struct hc_ref *out)
{
    while (text->n > 0) {
        size_t begin = 0, end;
        struct hc_bytes word;

        while (begin < text->n && !is_word(text->p[begin]))
            begin++;
        for (end = begin; end < text->n && is_word(text->p[end]);)
            end++;
        word = hc_bytes_skip(hc_bytes_head(*text, end), begin);
        *text = hc_bytes_skip(*text, end);
        if (read_word(word, out))
            return true;
    }
    return false;
}
