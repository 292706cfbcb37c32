/* clock.c - reads the clocks and writes dates. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t hc_time_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec;
}

uint64_t hc_mono_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t hc_mono_ms(void)
{
    return hc_mono_us() / 1000;
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar; the year is taken to begin in March. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

bool hc_time_from_utc(int year, int month, int day, int hour, int minute, int second, int64_t *out)
{
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *out = days_from_civil(year, month, day) * HC_DAY + hour * HC_HOUR + minute * HC_MINUTE + second;
    return true;
}

void hc_time_to_utc(int64_t t, int out[6])
{
    int64_t lowest = days_from_civil(0, 1, 1) * HC_DAY;
    time_t clamped = t < lowest ? lowest : t > HC_TIME_MAX ? HC_TIME_MAX : t;
    struct tm tm = {0};

    gmtime_r(&clamped, &tm);
    out[0] = tm.tm_year + 1900;
    out[1] = tm.tm_mon + 1;
    out[2] = tm.tm_mday;
    out[3] = tm.tm_hour;
    out[4] = tm.tm_min;
    out[5] = tm.tm_sec;
}

/* `n` digits of a number that has no more. */
static char *put_digits(char *at, int n, int value)
{
    for (int i = n - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + n;
}

/* Lists of a million certificates write some millions of these: printf would be a third of their time. */
const char *hc_time_text(int64_t t, char out[HC_TIME_TEXT])
{
    static const char after[] = "--T::Z";
    char *at = out;
    int u[6];

    hc_time_to_utc(t, u);
    for (int i = 0; i < 6; i++) {
        at = put_digits(at, i == 0 ? 4 : 2, u[i]);
        *at++ = after[i];
    }
    *at = 0;
    return out;
}

static bool digits(struct hc_bytes *in, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (in->n == 0 || !hc_ascii_is_digit(in->p[0]))
            return false;
        *out = *out * 10 + (in->p[0] - '0');
        *in = hc_bytes_skip(*in, 1);
    }
    return true;
}

static bool one_of(struct hc_bytes *in, const char *set, char *which)
{
    if (in->n == 0 || in->p[0] == 0 || !strchr(set, in->p[0]))
        return false;
    *which = (char)in->p[0];
    *in = hc_bytes_skip(*in, 1);
    return true;
}

static bool offset(struct hc_bytes *in, int *seconds)
{
    char sign;
    char colon;
    int h;
    int m;

    *seconds = 0;
    if (one_of(in, "Zz", &sign))
        return true;
    if (!one_of(in, "+-", &sign) || !digits(in, 2, &h) || !one_of(in, ":", &colon) || !digits(in, 2, &m) || h > 23 ||
        m > 59)
        return false;
    *seconds = (h * HC_HOUR + m * HC_MINUTE) * (sign == '-' ? -1 : 1);
    return true;
}

struct hc_rc hc_time_parse(struct hc_bytes text, int64_t *out, struct hc_err *e)
{
    struct hc_bytes in = text;
    int f[6];
    int off;
    int64_t t;
    char c;
    bool ok = digits(&in, 4, &f[0]) && one_of(&in, "-", &c) && digits(&in, 2, &f[1]) && one_of(&in, "-", &c) &&
              digits(&in, 2, &f[2]) && one_of(&in, "Tt ", &c) && digits(&in, 2, &f[3]) && one_of(&in, ":", &c) &&
              digits(&in, 2, &f[4]) && one_of(&in, ":", &c) && digits(&in, 2, &f[5]) && offset(&in, &off) &&
              in.n == 0 && hc_time_from_utc(f[0], f[1], f[2], f[3], f[4], f[5], &t);

    if (!ok)
        return HC_FAIL(e, HC_E_DATE, "'%.*s' is not a date like 2026-11-21T10:00:00Z",
                       HC_BYTES_FMT(hc_bytes_head(text, 64)));
    *out = t - off;
    return HC_OK;
}

const char *hc_age_text(int64_t seconds, char out[HC_AGE_TEXT])
{
    static const struct {
        int64_t unit;
        const char *name;
    } units[] = {
        {INT64_C(365) * HC_DAY, "year"}, {HC_DAY, "day"}, {HC_HOUR, "hour"}, {HC_MINUTE, "minute"}, {1, "second"}};
    uint64_t s = seconds < 0 ? (uint64_t)0 - (uint64_t)seconds : (uint64_t)seconds;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t count = s / (uint64_t)units[i].unit;

        if (count >= 2 || units[i].unit == 1) {
            snprintf(out, HC_AGE_TEXT, "%llu %s%s", (unsigned long long)count, units[i].name, count == 1 ? "" : "s");
            break;
        }
    }
    return out;
}
