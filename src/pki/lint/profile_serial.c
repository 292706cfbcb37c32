/*
 * profile_serial.c - a serial number that nobody can guess keeps chosen-prefix collisions away, and cannot repeat
 * by chance.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    size_t n = j->cert->serial.n - (j->cert->serial.p[0] == 0);
    if (n < HC_LINT_SERIAL_MIN)
        hc_lint_found(j, "the serial number is too short to be unguessable: %zu octets", n);
}

const struct hc_lint_rule hc_lint_rule_profile_serial = {
    .row =
        {
            .id = "profile-serial",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The serial number has at least 64 bits.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};
