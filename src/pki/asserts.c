/* asserts.c - every name of a leaf against the subtrees that bind its anchor. */
#include "pki/asserts.h"

#include "base/escape.h"
#include "pki/within.h"

#define SENTENCE_MAX 16384 /* the longest name, escaped */

static bool may_assert(const struct hc_asserts *asserts, const struct hc_name *name)
{
    struct hc_bytes value = name->type == HC_NAME_IP ? hc_bytes_of(name->ip, name->ip_n) : name->text;
    for (size_t i = 0; i < asserts->n; i++) {
        const struct hc_subtree *s = &asserts->subtree[i];
        if (s->type == name->type &&
            hc_within_judge(hc_within_tag(s->type), value, hc_bytes_of(s->base, s->n)) == HC_WITHIN_ALL)
            return true;
    }
    return false;
}

static void report_name(const struct hc_asserts *asserts, const struct hc_name *name, struct hc_report *report)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(shown, SENTENCE_MAX);
    hc_name_text(name, &text);
    hc_escape_text(&shown, hc_buf_view(&text));
    hc_report_fail(report, HC_E_ANCHOR_NAME, 0, "%s is outside what its anchor%s%s may assert here",
                   hc_buf_cstr(&shown), asserts->entry ? " of " : "", asserts->entry ? asserts->entry : "");
}

bool hc_asserts_check(const struct hc_asserts *asserts, const struct hc_cert *leaf, struct hc_report *report)
{
    bool ok = true;
    if (asserts->n == 0)
        return true;
    for (size_t i = 0; i < leaf->n_names; i++) {
        hc_report_toil(report, asserts->n);
        if (may_assert(asserts, &leaf->names[i]))
            continue;
        report_name(asserts, &leaf->names[i], report);
        ok = false;
        if (report->effort == 0) /* it is refused whatever the others are */
            return false;
    }
    if (leaf->n_other_names > 0) {
        hc_report_fail(report, HC_E_ANCHOR_NAME, 0,
                       "it carries names that are neither dns, email, uri nor ip, which its anchor%s%s may not assert "
                       "here",
                       asserts->entry ? " of " : "", asserts->entry ? asserts->entry : "");
        ok = false;
    }
    return ok;
}
