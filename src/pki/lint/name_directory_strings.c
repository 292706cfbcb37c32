/*
 * name_directory_strings.c - "CAs MUST use either the PrintableString or UTF8String encoding of DirectoryString";
 * the issuer's name is an older decision.
 */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    if (strcmp(whose, "the subject") == 0 && hc_lint_is_directory_string(a) && a->tag != HC_DER_PRINTABLE &&
        a->tag != HC_DER_UTF8)
        hc_lint_found(j, "%s of %s is neither a PrintableString nor a UTF8String", hc_lint_attribute_name(a), whose);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_directory_strings = {
    .row =
        {
            .id = "name-directory-strings",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.4",
            .level = HC_LINT_ERROR,
            .sentence = "Text in the subject is a PrintableString or a UTF8String.",
        },
    .judge = judge,
};
