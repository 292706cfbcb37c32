/*
 * escape.c - one walk over the input, one replacement function a form.
 *
 * The walk cuts the input into units: a code point of valid UTF-8, or a single byte that is not part of one. A form
 * says for each unit what stands in its place, or that it is copied. Whatever can move the cursor, turn the reading
 * direction or hide is replaced in every form, so that a stranger's name can neither forge a line nor look like a
 * friend's.
 */
#include "base/escape.h"

#include <stdio.h>

struct unit {
    uint32_t cp; /* the code point, or the byte when it is not valid UTF-8 */
    size_t n;    /* bytes of input; 1 when not valid */
    bool valid;
};

/* What stands for one unit; long enough for two \uHHHH of JSON. */
#define REPLACEMENT 16
typedef bool replace_fn(const struct unit *u, char text[REPLACEMENT]);

/* Code points that control, reorder or take no room: C0 and C1, bidi marks [UAX 9], joiners, fillers, selectors,
 * tags. */
static bool is_unprintable(uint32_t cp)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    if (cp >= 0x20 && cp < 0x7f)
        return false;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

/* How many bytes a sequence that starts with `first` has [RFC 3629 3], and the bits of the code point in it; 0: none
 * starts so. */
static size_t sequence(uint8_t first, uint32_t *bits)
{
    if (first >= 0xc2 && first <= 0xdf) {
        *bits = first & 0x1f;
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *bits = first & 0x0f;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *bits = first & 0x07;
        return 4;
    }
    return 0;
}

/* The unit at the start of `in`, which is not empty. Overlong forms, surrogates and cut sequences are not valid
 * UTF-8. */
static struct unit next_unit(struct hc_bytes in)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    struct unit byte = {in.p[0], 1, in.p[0] < 0x80};
    uint32_t cp = 0;
    size_t n;

    if (byte.valid)
        return byte;
    n = sequence(in.p[0], &cp);
    if (n == 0 || n > in.n)
        return byte;
    for (size_t i = 1; i < n; i++) {
        if ((in.p[i] & 0xc0) != 0x80)
            return byte;
        cp = cp << 6 | (in.p[i] & 0x3f);
    }
    if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        return byte;
    return (struct unit){cp, n, true};
}

/* Printable ASCII that no form replaces, which is most of what is ever escaped: all but " & ' ; < > and the
 * backslash. */
static const bool plain[256] = {
    [' ' ... '!'] = true, ['#' ... '%'] = true, ['(' ... ':'] = true,
    ['='] = true,         ['?' ... '['] = true, [']' ... '~'] = true,
};

/* Copies runs of units that stay as they are in one piece. */
static void walk(struct hc_buf *out, struct hc_bytes in, replace_fn *replace)
{
    struct hc_bytes rest = in;
    size_t run = 0;

    while (run < rest.n) {
        char text[REPLACEMENT];
        struct unit u;

        if (plain[rest.p[run]]) {
            run++;
            continue;
        }
        u = next_unit(hc_bytes_skip(rest, run));
        if (!replace(&u, text)) {
            run += u.n;
            continue;
        }
        hc_buf_add(out, hc_bytes_head(rest, run));
        hc_buf_add_str(out, text);
        rest = hc_bytes_skip(rest, run + u.n);
        run = 0;
    }
    hc_buf_add(out, rest);
}

static bool text_unit(const struct unit *u, char text[REPLACEMENT])
{
    if (!u->valid || (u->cp < 0x80 && is_unprintable(u->cp))) {
        snprintf(text, REPLACEMENT, "\\x%02x", (unsigned)u->cp);
        if (u->valid && u->cp == '\n')
            strcpy(text, "\\n");
        if (u->valid && u->cp == '\t')
            strcpy(text, "\\t");
        return true;
    }
    if (u->cp == '\\') {
        strcpy(text, "\\\\");
        return true;
    }
    if (!is_unprintable(u->cp))
        return false;
    snprintf(text, REPLACEMENT, "\\u{%04x}", (unsigned)u->cp);
    return true;
}

void hc_escape_text(struct hc_buf *out, struct hc_bytes in)
{
    walk(out, in, text_unit);
}

/* RFC 8259 7: code points beyond the basic plane are a pair of surrogates. */
static void json_hex(uint32_t cp, char text[REPLACEMENT])
{
    if (cp < 0x10000) {
        snprintf(text, REPLACEMENT, "\\u%04x", (unsigned)cp);
        return;
    }
    cp -= 0x10000;
    snprintf(text, REPLACEMENT, "\\u%04x\\u%04x", (unsigned)(0xd800 + (cp >> 10)), (unsigned)(0xdc00 + (cp & 0x3ff)));
}

static bool json_unit(const struct unit *u, char text[REPLACEMENT])
{
    if (!u->valid) {
        strcpy(text, "\\ufffd");
        return true;
    }
    if (u->cp == '"' || u->cp == '\\') {
        text[0] = '\\';
        text[1] = (char)u->cp;
        text[2] = 0;
        return true;
    }
    if (!is_unprintable(u->cp))
        return false;
    json_hex(u->cp, text);
    if (u->cp == '\n')
        strcpy(text, "\\n");
    if (u->cp == '\t')
        strcpy(text, "\\t");
    return true;
}

void hc_escape_json(struct hc_buf *out, struct hc_bytes in)
{
    walk(out, in, json_unit);
}

/* RFC 4180 2.7: a quote inside a quoted field is written twice. Where the comma is the decimal sign, spreadsheets end a
 * field at a semicolon, and take what comes after it for a formula if it looks like one. */
static bool csv_unit(const struct unit *u, char text[REPLACEMENT])
{
    if (u->valid && u->cp == ';') {
        strcpy(text, "\\x3b");
        return true;
    }
    if (!u->valid || u->cp != '"')
        return text_unit(u, text);
    strcpy(text, "\"\"");
    return true;
}

void hc_escape_csv(struct hc_buf *out, struct hc_bytes in)
{
    bool formula = in.n > 0 && in.p[0] != 0 && strchr("=+-@\t\r", in.p[0]) != NULL;
    bool quoted = hc_bytes_find(in, ',') < in.n || hc_bytes_find(in, '"') < in.n || hc_bytes_find(in, '\n') < in.n ||
                  hc_bytes_find(in, '\r') < in.n;

    if (quoted)
        hc_buf_add_byte(out, '"');
    if (formula) /* a spreadsheet would run it */
        hc_buf_add_byte(out, '\'');
    walk(out, in, csv_unit);
    if (quoted)
        hc_buf_add_byte(out, '"');
}

static bool html_unit(const struct unit *u, char text[REPLACEMENT])
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (u->valid && u->cp == (uint32_t)entities[i].c) {
            strcpy(text, entities[i].entity);
            return true;
        }
    }
    return text_unit(u, text);
}

void hc_escape_html(struct hc_buf *out, struct hc_bytes in)
{
    walk(out, in, html_unit);
}

void hc_escape_hex(struct hc_buf *out, struct hc_bytes in, char separator)
{
    static const char digits[] = "0123456789abcdef";
    size_t room = in.n <= out->max ? in.n * 2 + (separator && in.n ? in.n - 1 : 0) : SIZE_MAX;
    uint8_t *at = hc_buf_reserve(out, room);

    if (!at)
        return;
    for (size_t i = 0; i < in.n; i++) {
        if (i > 0 && separator != 0)
            *at++ = (uint8_t)separator;
        *at++ = (uint8_t)digits[in.p[i] >> 4];
        *at++ = (uint8_t)digits[in.p[i] & 15];
    }
    out->n += room;
}

/* Three bytes (missing ones count as zero) to four digits; a digit that only holds missing bits is '='. */
static void base64_group(struct hc_buf *out, struct hc_bytes three)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t v = 0;
    uint8_t four[4];

    for (size_t i = 0; i < 3; i++)
        v = v << 8 | (i < three.n ? three.p[i] : 0);
    for (size_t i = 0; i < 4; i++)
        four[i] = i <= three.n ? (uint8_t)digits[v >> (18 - 6 * i) & 63] : '=';
    hc_buf_add(out, hc_bytes_of(four, sizeof four));
}

void hc_escape_base64(struct hc_buf *out, struct hc_bytes in)
{
    for (size_t i = 0; i < in.n; i += 3)
        base64_group(out, hc_bytes_head(hc_bytes_skip(in, i), 3));
}

static bool is_dirname_byte(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '.' || c == '_' || c == '@' || c == '-';
}

void hc_escape_dirname(struct hc_buf *out, struct hc_bytes in)
{
    for (size_t i = 0; i < in.n; i++) {
        if (is_dirname_byte(in.p[i]) && !(i == 0 && in.p[i] == '.'))
            hc_buf_add_byte(out, in.p[i]);
        else
            hc_buf_addf(out, "%%%02X", in.p[i]);
    }
}

bool hc_escape_is_shell_word(struct hc_bytes word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!hc_ascii_is_alpha(word.p[i]) && !hc_ascii_is_digit(word.p[i]) &&
            !memchr("@._:/+-", word.p[i], sizeof "@._:/+-" - 1))
            return false;
    return word.n > 0 && word.p[0] != '-';
}
