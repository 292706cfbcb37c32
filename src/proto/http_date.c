/* http_date.c - a pattern for each form, and one matcher for all. */
#include "proto/http_date.h"

#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"

static const char days[7][10] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *hc_http_date_text(int64_t t, char out[HC_HTTP_DATE_TEXT])
{
    int f[6];
    int64_t day = t / HC_DAY - (t % HC_DAY < 0);

    hc_time_to_utc(t, f);
    snprintf(out, HC_HTTP_DATE_TEXT, "%.3s, %02d %s %04d %02d:%02d:%02d GMT",
             days[((day + 3) % 7 + 7) % 7], /* day 0 was a Thursday */
             f[2], months[f[1] - 1], f[0], f[3], f[4], f[5]);
    return out;
}

struct fields {
    int day;
    int month;
    int year;
    bool century_unknown;
    int hour;
    int minute;
    int second;
};

static bool take(struct hc_bytes *text, struct hc_bytes word)
{
    if (!hc_bytes_starts(*text, word))
        return false;
    *text = hc_bytes_skip(*text, word.n);
    return true;
}

static bool take_number(struct hc_bytes *text, size_t digits, int *out)
{
    int value = 0;

    if (text->n < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (!hc_ascii_is_digit(text->p[i]))
            return false;
        value = value * 10 + (text->p[i] - '0');
    }
    *out = value;
    *text = hc_bytes_skip(*text, digits);
    return true;
}

static bool take_weekday(struct hc_bytes *text, bool whole)
{
    for (size_t i = 0; i < HC_COUNT(days); i++)
        if (take(text, hc_bytes_head(hc_bytes_str(days[i]), whole ? sizeof days[i] : 3)))
            return true;
    return false;
}

static bool take_month(struct hc_bytes *text, int *out)
{
    for (size_t i = 0; i < HC_COUNT(months); i++)
        if (take(text, hc_bytes_str(months[i]))) {
            *out = (int)i + 1;
            return true;
        }
    return false;
}

/* One letter of a pattern: w, W weekday (short, whole); d, D day (two digits; space and one digit allowed); m month; y,
 * Y year (two, four digits); t time; anything else is itself. */
static bool take_item(struct hc_bytes *text, char item, struct fields *f)
{
    switch (item) {
    case 'w':
    case 'W':
        return take_weekday(text, item == 'W');
    case 'd':
        return take_number(text, 2, &f->day);
    case 'D':
        return take(text, HC_BYTES(" ")) ? take_number(text, 1, &f->day) : take_number(text, 2, &f->day);
    case 'm':
        return take_month(text, &f->month);
    case 'y':
        f->century_unknown = true;
        return take_number(text, 2, &f->year);
    case 'Y':
        return take_number(text, 4, &f->year);
    case 't':
        return take_number(text, 2, &f->hour) && take(text, HC_BYTES(":")) && take_number(text, 2, &f->minute) &&
               take(text, HC_BYTES(":")) && take_number(text, 2, &f->second);
    case 'Z':
        return take(text, HC_BYTES("GMT"));
    default:
        return take(text, hc_bytes_of(&item, 1));
    }
}

static bool matches(struct hc_bytes text, const char *pattern, struct fields *f)
{
    *f = (struct fields){0};
    for (; *pattern; pattern++)
        if (!take_item(&text, *pattern, f))
            return false;
    return text.n == 0;
}

/* RFC 9110 5.6.7: "MUST interpret a timestamp that appears to be more than 50 years in the future as representing the
 * most recent year in the past that had the same last two digits". */
static int whole_year(const struct fields *f, int64_t now)
{
    int utc[6];
    int year;

    if (!f->century_unknown)
        return f->year;
    hc_time_to_utc(now, utc);
    year = utc[0] + 50;
    return year - ((year - f->year) % 100 + 100) % 100;
}

bool hc_http_date_parse(struct hc_bytes text, int64_t now, int64_t *out)
{
    /* "A recipient [...] MUST accept all three HTTP-date formats": IMF-fixdate, RFC 850, asctime */
    static const char *const forms[] = {"w, d m Y t Z", "W, d-m-y t Z", "w m D t Y"};
    struct fields f;

    for (size_t i = 0; i < HC_COUNT(forms); i++)
        if (matches(text, forms[i], &f)) {
            if (f.second == 60) /* the form allows a leap second; this clock has none */
                f.second = 59;
            return hc_time_from_utc(whole_year(&f, now), f.month, f.day, f.hour, f.minute, f.second, out);
        }
    return false;
}
