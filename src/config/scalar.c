/* scalar.c - strict numbers and durations. */
#include "config/scalar.h"

#include "base/clock.h"

bool hc_scalar_int(struct hc_bytes text, int64_t *out)
{
    bool negative = text.n > 0 && text.p[0] == '-';
    struct hc_bytes digits = hc_bytes_skip(text, negative ? 1 : 0);
    int64_t value = 0;

    if (digits.n == 0 || (digits.p[0] == '0' && (digits.n > 1 || negative)))
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (!hc_ascii_is_digit(digits.p[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits.p[i] - '0', &value))
            return false;
    }
    *out = negative ? -value : value;
    return true;
}

static int64_t unit_seconds(uint8_t unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return HC_MINUTE;
    case 'h':
        return HC_HOUR;
    case 'd':
        return HC_DAY;
    default:
        return 0;
    }
}

bool hc_scalar_duration(struct hc_bytes text, int64_t *out)
{
    int64_t unit = text.n > 1 ? unit_seconds(text.p[text.n - 1]) : 0;
    int64_t value;

    if (unit == 0 || !hc_scalar_int(hc_bytes_head(text, text.n - 1), &value) || value < 0)
        return false;
    return !__builtin_mul_overflow(value, unit, out);
}
