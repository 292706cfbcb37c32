/* verdict_facts.c - small questions about the evidence, asked by several parts of the verdict. */
#include "doctor/verdict_parts.h"

#include "pki/oid.h"

bool hc_verdict_facts_asked(const struct hc_attempt *a)
{
    return a->has_request || a->agreed.asked;
}

enum hc_attempt_end hc_verdict_facts_end(const struct hc_attempt *a)
{
    if (a->end != HC_END_OURS)
        return a->end;
    switch (a->error.code) {
    case HC_E_TLS_CLOSED: /* libssl answers an end without close_notify with an alert of its own */
        return HC_END_EOF;
    case HC_E_TLS_NOT_TLS:
        return HC_END_NOT_TLS;
    default:
        return HC_END_OURS;
    }
}

bool hc_verdict_facts_broken(const struct hc_attempt *a)
{
    switch (hc_verdict_facts_end(a)) {
    case HC_END_OPEN:
        return false;
    case HC_END_TIMEOUT: /* nothing more came: no refusal */
        return a->stage < HC_STAGE_FINISHED;
    case HC_END_RESET: /* after its answer a server may end as it likes */
    case HC_END_EOF:
    case HC_END_CLOSE_NOTIFY:
    case HC_END_FLOOD:
        return a->stage < HC_STAGE_SERVED;
    default:
        return true;
    }
}

bool hc_verdict_facts_answered(const struct hc_attempt *a)
{
    return a != NULL && a->stage >= HC_STAGE_ANSWERED;
}

bool hc_verdict_facts_welcomed(const struct hc_attempt *a)
{
    return a != NULL && a->stage >= HC_STAGE_FINISHED && !hc_verdict_facts_broken(a);
}

const struct hc_cert *hc_verdict_facts_subject(struct hc_cert *const *chain, size_t n, struct hc_bytes subject)
{
    for (size_t i = 0; i < n; i++)
        if (hc_dn_eq(chain[i]->subject, subject))
            return chain[i];
    return NULL;
}

const struct hc_cert *hc_verdict_facts_top(struct hc_cert *const *chain, size_t n)
{
    const struct hc_cert *top = chain[0];
    for (size_t step = 0; step < n && !top->self_issued; step++) { /* never more steps than certificates: no loops */
        const struct hc_cert *above = hc_verdict_facts_subject(chain, n, top->issuer);
        if (above == NULL)
            break;
        top = above;
    }
    return top;
}

const struct hc_cert *hc_verdict_facts_anchor(const struct hc_probe *p, struct hc_bytes subject)
{
    for (size_t i = 0; p->spec->bundle && i < hc_bundle_count(p->spec->bundle); i++)
        if (hc_dn_eq(hc_bundle_anchor(p->spec->bundle, i)->subject, subject))
            return hc_bundle_anchor(p->spec->bundle, i);
    return NULL;
}

static struct hc_bytes organisation(struct hc_bytes dn)
{
    struct hc_dn_attribute attribute[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(dn, attribute, HC_COUNT(attribute));
    for (size_t i = 0; i < n && i < HC_COUNT(attribute); i++)
        if (hc_bytes_eq(attribute[i].oid, HC_OID_AT_ORGANIZATION))
            return attribute[i].value;
    return hc_bytes_of(NULL, 0);
}

bool hc_verdict_facts_kin(struct hc_bytes a, struct hc_bytes b, bool *told)
{
    struct hc_bytes x = organisation(a), y = organisation(b);
    *told = x.n > 0 && y.n > 0;
    return *told && hc_bytes_eq_nocase(x, y);
}

/* What CAs are called: "Example Corp Root CA", "Issuing CA 2", "Intermediate". */
bool hc_verdict_facts_calls_itself(struct hc_bytes dn, enum hc_verdict_calling calling)
{
    HC_BUF_AUTO(text, 4096); /* a longer name calls itself nothing */
    hc_dn_text(dn, &text);
    struct hc_bytes words = hc_buf_view(&text);
    if (calling == HC_CALLS_ITSELF_ROOT)
        return hc_verdict_facts_contains(words, "root");
    return hc_verdict_facts_contains(words, "issu") || hc_verdict_facts_contains(words, "intermediate") ||
           hc_verdict_facts_contains(words, "sub ca") || hc_verdict_facts_contains(words, "subca");
}

bool hc_verdict_facts_contains(struct hc_bytes text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (hc_bytes_eq_nocase(hc_bytes_of(text.p + i, n), hc_bytes_str(word)))
            return true;
    return false;
}
