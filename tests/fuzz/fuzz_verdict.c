/*
 * fuzz_verdict.c - what a server said, in every protocol that a verdict reads: nothing is read beyond its end, and nothing
 * of it reaches a person unescaped.
 */
#include <assert.h>
#include <stdlib.h>

#include "doctor/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(struct hc_buf *buf, struct hc_bytes what)
{
    hc_buf_init(buf, 65536);
    hc_buf_add(buf, what);
}

static void check(const char *text)
{
    for (; *text; text++)
        assert((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void fill(struct hc_attempt *a, const uint8_t how[6], struct hc_bytes words)
{
    a->ask = (enum hc_attempt_ask)(how[0] % (HC_ASK_LDAP + 1));
    a->stage = (enum hc_attempt_stage)(how[1] % (HC_STAGE_SERVED + 1));
    a->end = (enum hc_attempt_end)(how[2] % (HC_END_FLOOD + 1));
    a->sniff = (enum hc_sniff)(how[3] % (HC_SNIFF_OTHER + 1));
    a->alert = how[4];
    a->status = how[5] < 100 ? 400u + how[5] : 0;
    a->agreed.asked = (how[5] & 1) != 0;
    a->starttls = (enum hc_starttls_state)(how[4] % (HC_STARTTLS_OTHER + 1));
    keep(&a->first, words);
    keep(&a->said, words);
    keep(&a->dialogue, words);
    size_t n = words.n < HC_ERR_TEXT ? words.n : HC_ERR_TEXT - 1;
    memcpy(a->error.text, words.n > 0 ? (const char *)words.p : "", n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_probe *p = size < 6 ? NULL : calloc(1, sizeof *p);
    struct hc_verdict v;
    if (p == NULL)
        return 0;
    struct hc_probe_spec spec = {.host = "shop.example", .port = 443};
    spec.starttls = (data[0] & 0x80) != 0 ? HC_STARTTLS_SMTP : HC_STARTTLS_NONE;
    p->spec = &spec;
    hc_report_init(&p->server, false);
    hc_report_init(&p->own, false);
    fill(&p->main, data, hc_bytes_of(data + 6, size - 6));
    hc_verdict_make(p, &v);
    assert(v.cause < HC_CAUSES && v.side == hc_cause_row(v.cause)->side && v.n_others <= HC_VERDICT_OTHERS);
    check(v.text);
    check(v.fix);
    check(v.decide);
    hc_buf_fini(&p->main.first);
    hc_buf_fini(&p->main.said);
    hc_buf_fini(&p->main.dialogue);
    free(p);
    return 0;
}
