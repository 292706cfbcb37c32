/* name_upper_bounds.c - the upper bounds at the end of the module, in characters. */
#include "pki/lint/rule.h"

static const struct {
    struct hc_bytes oid;
    size_t most;
} BOUNDS[] = {
    {HC_OID_AT_COMMON_NAME, 64}, {HC_OID_AT_ORGANIZATION, 64},  {HC_OID_AT_ORGANIZATIONAL_UNIT, 64},
    {HC_OID_AT_TITLE, 64},       {HC_OID_AT_SERIAL_NUMBER, 64}, {HC_OID_AT_LOCALITY, 128},
    {HC_OID_AT_STATE, 128},      {HC_OID_AT_EMAIL, 255},
};

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    for (size_t i = 0; i < HC_COUNT(BOUNDS); i++)
        if (hc_bytes_eq(a->oid, BOUNDS[i].oid) && hc_lint_characters(a) > BOUNDS[i].most)
            hc_lint_found(j, "%s of %s has %zu characters, and %zu is the most", hc_lint_attribute_name(a), whose,
                          hc_lint_characters(a), BOUNDS[i].most);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_upper_bounds = {
    .row =
        {
            .id = "name-upper-bounds",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.1",
            .level = HC_LINT_ERROR,
            .sentence = "No text in a name is longer than its upper bound.",
        },
    .judge = judge,
};
