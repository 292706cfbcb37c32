/*
 * policies_notice.c - "Conforming CAs MUST NOT encode explicitText as IA5String"; DisplayText has at most 200
 * characters.
 */
#include "pki/lint/rule.h"

/* UserNotice ::= SEQUENCE { noticeRef NoticeReference OPTIONAL, explicitText DisplayText OPTIONAL } */
static void notice(struct hc_lint_judging *j, struct hc_bytes value)
{
    struct hc_der d = hc_der_init(value);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_dn_attribute text = {.tag = 0};
    hc_der_skip_optional(&seq, HC_DER_SEQUENCE);
    if (!hc_der_at_end(&seq))
        text.value = hc_der_value(&seq, &text.tag);
    hc_der_leave(&d, &seq);
    if (d.failed)
        hc_lint_found(j, "a user notice is malformed");
    else if (text.tag == HC_DER_IA5)
        hc_lint_found(j, "the text of a user notice is an IA5String");
    else if (text.tag && hc_lint_characters(&text) > 200)
        hc_lint_found(j, "the text of a user notice has more than 200 characters");
}

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_bytes oid, qualifiers, id, value;
    if (!hc_lint_value(j, HC_OID_CERTIFICATE_POLICIES, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_policy(&all, &oid, &qualifiers);)
        for (struct hc_der q = hc_der_init(qualifiers); hc_lint_next_qualifier(&q, &id, &value);)
            if (hc_bytes_eq(id, HC_OID_QT_USER_NOTICE))
                notice(j, value);
}

const struct hc_lint_rule hc_lint_rule_policies_notice = {
    .row =
        {
            .id = "policies-notice",
            .source = "RFC 6818",
            .clause = "RFC 6818 3",
            .level = HC_LINT_ERROR,
            .sentence = "The text of a user notice is no IA5String and has at most 200 characters.",
        },
    .judge = judge,
};
