/* verdicting.c - evidence of probes that were never made. */
#include "verdicting.h"

struct verdicting world;

static void issue(enum chain which, const struct testpki *issuer, struct testpki_spec spec)
{
    if (!spec.subject)
        spec.subject = "leaf";
    if (!spec.san[0] && which != NO_NAMES)
        spec.san[0] = "dns:shop.example";
    spec.serial = 100 + (uint64_t)which;
    testpki_issue(world.crypto, &spec, issuer, &world.leaf[which]);
}

static void make_authorities(void)
{
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &world.root);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true}, &world.root, &world.issuer);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "Other root", .ca = true}, NULL, &world.other_root);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "Other issuer", .ca = true}, &world.other_root,
                  &world.other_issuer);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &world.namesake);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "R2", .ca = true}, NULL, &world.nameless);
    testpki_issue(world.crypto,
                  &(struct testpki_spec){
                      .subject = "Old issuer", .ca = true, .not_before = NOW - 9 * HC_DAY, .not_after = NOW - HC_DAY},
                  &world.root, &world.old_issuer);
}

static void make_leaves(void)
{
    issue(GOOD, &world.issuer, (struct testpki_spec){.not_after = NOW + 30 * HC_DAY, .not_before = NOW - 9 * HC_DAY});
    issue(FOREIGN, &world.other_issuer, (struct testpki_spec){0});
    issue(FOREIGN_TOP, &world.other_root, (struct testpki_spec){0});
    issue(NAMELESS, &world.nameless, (struct testpki_spec){0});
    issue(EXPIRED, &world.issuer, (struct testpki_spec){.not_before = NOW - 9 * HC_DAY, .not_after = NOW - 3 * HC_DAY});
    issue(FUTURE, &world.issuer, (struct testpki_spec){.not_before = NOW + HC_DAY, .not_after = NOW + 9 * HC_DAY});
    issue(ISSUER_EXPIRED, &world.old_issuer, (struct testpki_spec){0});
    issue(SELF_SIGNED, NULL, (struct testpki_spec){.subject = "self"});
    issue(SERVERS, &world.issuer, (struct testpki_spec){.server = true});
    issue(NO_EKU, &world.issuer, (struct testpki_spec){.no_eku = true});
    issue(NO_NAMES, &world.issuer, (struct testpki_spec){0});
    issue(NO_SIGNING, &world.issuer, (struct testpki_spec){.usage = HC_KU_KEY_ENCIPHERMENT});
    issue(FRESH, &world.issuer, (struct testpki_spec){.not_before = NOW - 60, .not_after = NOW + 30 * HC_DAY});
    issue(SHORT, &world.issuer, (struct testpki_spec){.not_before = NOW - 60, .not_after = NOW + HC_HOUR});
    issue(NAMESAKE, &world.namesake, (struct testpki_spec){0});
}

int verdicting_set_up(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    expect_ok(&e, hc_crypto_new(&world.crypto, &e));
    make_authorities();
    make_leaves();
    testpki_pem(&world.root, &pem);
    expect_ok(&e, hc_bundle_parse(world.crypto, hc_buf_view(&pem), NOW, &world.bundle, &e));
    return 0;
}

int verdicting_tear_down(void **state)
{
    (void)state;
    struct testpki *all[] = {&world.root,       &world.issuer,   &world.other_root, &world.other_issuer,
                             &world.old_issuer, &world.namesake, &world.nameless};
    for (size_t i = 0; i < HC_COUNT(all); i++)
        testpki_fini(all[i]);
    for (size_t i = 0; i < CHAINS; i++)
        testpki_fini(&world.leaf[i]);
    hc_bundle_free(world.bundle);
    hc_crypto_free(world.crypto);
    return 0;
}

static size_t chain_of(enum chain which, struct hc_cert *out[3])
{
    size_t n = 0;
    if (which == NO_CHAIN)
        return 0;
    out[n++] = which == CA                                ? world.issuer.cert
               : which == LEAF_ONLY || which == WITH_ROOT ? world.leaf[GOOD].cert
                                                          : world.leaf[which].cert;
    switch (which) {
    case LEAF_ONLY:
    case FOREIGN_TOP:
    case NAMELESS:
    case SELF_SIGNED:
    case CA:
    case NAMESAKE:
        return n;
    case FOREIGN:
        out[n++] = world.other_issuer.cert;
        return n;
    case ISSUER_EXPIRED:
        out[n++] = world.old_issuer.cert;
        return n;
    default:
        out[n++] = world.issuer.cert;
    }
    if (which == WITH_ROOT)
        out[n++] = world.root.cert;
    return n;
}

static void fill_request(const struct row *row, struct evidence *ev)
{
    struct hc_attempt *a = &ev->p->main;
    static const enum hc_attempt_stage asked_from = HC_STAGE_SHOWN;
    if (row->unasked || row->stage < asked_from)
        return;
    a->has_request = true;
    a->request = &ev->request;
    ev->request.n_authorities = row->list == EMPTY ? 0 : 1;
    ev->request.authority[0] = row->list == LISTS_ROOT    ? world.root.cert->subject
                               : row->list == LISTS_OTHER ? world.other_root.cert->subject
                                                          : world.leaf[GOOD].cert->subject;
    a->n_sent = row->unsent ? 0 : ev->spec.n_chain;
}

static void fill_shown(const struct row *row, struct hc_attempt *a)
{
    struct hc_cert *shown[3];
    struct hc_err e;
    bool some = row->shown == NO_CHAIN && row->stage >= HC_STAGE_SHOWN && !row->unreadable;
    size_t n = chain_of(some ? GOOD : row->shown, shown);
    for (size_t i = 0; i < n; i++)
        expect_ok(&e, hc_cert_list_take(&a->presented, hc_cert_ref(shown[i]), &e));
    a->n_presented = n;
    if (row->unreadable) {
        a->presented_error.code = row->unreadable;
        snprintf(a->presented_error.text, sizeof a->presented_error.text, "a byte is wrong\x1b[2J");
        a->n_presented++;
    }
}

static void fill_attempt(const struct row *row, struct hc_attempt *a)
{
    a->stage = row->stage;
    a->end = row->end;
    a->sys = row->sys;
    a->alert = row->alert;
    a->error.code = row->error;
    snprintf(a->error.text, sizeof a->error.text, "%s", row->error_text ? row->error_text : "it does not hold");
    a->agreed.version = row->version ? row->version : row->stage >= HC_STAGE_ANSWERED ? 0x0304 : 0;
    a->starttls = row->starttls;
    a->injected = row->injected;
    a->sniff = row->sniff;
    a->ask = row->ask;
    a->status = row->status;
    a->first = HC_BUF(4096);
    a->said = HC_BUF(4096);
    a->dialogue = HC_BUF(4096);
    hc_buf_add_str(&a->first, row->first ? row->first : "");
    hc_buf_add_str(&a->dialogue, row->with_starttls ? "S: 220 ready\nC: EHLO x\nS: 500 no \x1b[2J such word\n" : "");
    hc_buf_add(&a->said, row->n_said ? hc_bytes_of(row->said, row->n_said) : hc_bytes_str(row->said));
    if (row->ref)
        snprintf(a->ref.text, sizeof a->ref.text, "%s", row->ref);
    fill_shown(row, a);
}

static void fill_trials(const struct row *row, struct hc_probe *p)
{
    for (size_t i = 0; i < HC_PROBE_TRIALS && row->trials[i].kind != 0; i++) {
        const struct trial_row *t = &row->trials[i];
        struct hc_trial *out = &p->trial[p->n_trials++];
        out->kind = (enum hc_trial_kind)(t->kind - 1);
        out->attempt = (struct hc_attempt){
            .stage = t->stage, .end = t->end, .alert = t->alert, .sniff = t->sniff, .starttls = t->starttls};
        out->attempt.agreed = (struct hc_tls_agreed){.version = t->version, .suite = t->suite, .group = t->group};
        out->attempt.dh_bits = t->dh_bits;
        out->attempt.us_end = t->us_end;
        out->attempt.date_heard = NOW;
        out->attempt.date = t->date ? NOW + t->ahead : 0;
    }
}

static void fill_reports(const struct row *row, struct hc_probe *p)
{
    hc_report_init(&p->server, true);
    hc_report_init(&p->own, true);
    for (size_t i = 0; i < HC_COUNT(row->server) && row->server[i]; i++)
        hc_report_fail(&p->server, row->server[i], i == 0 ? row->depth : 0, "the finding");
    p->server_judged = row->bundle && p->main.presented.n > 0;
    if (row->judged)
        hc_report_fail(&p->own, row->judged, row->depth, "the finding");
    p->own_judged = row->judged || row->own_ok;
}

void verdicting_fill(const struct row *row, struct evidence *ev)
{
    *ev = (struct evidence){.p = calloc(1, sizeof *ev->p)};
    assert_non_null(ev->p);
    ev->spec = (struct hc_probe_spec){
        .crypto = world.crypto,
        .host = row->host ? row->host : "shop.example",
        .port = 443,
        .chain = ev->own,
        .n_chain = chain_of(row->own, ev->own),
        .key = row->wrong_key ? world.other_root.key : NULL,
        .bundle = row->bundle ? world.bundle : NULL,
        .min = row->min,
        .max = row->max,
        .alpn = row->alpn,
        .starttls = row->with_starttls,
        .ask = row->ask,
        .no_trials = row->no_trials,
    };
    ev->p->spec = &ev->spec;
    ev->p->now = NOW;
    ev->p->dns.result = row->dns;
    fill_attempt(row, &ev->p->main);
    fill_request(row, ev);
    fill_trials(row, ev->p);
    hc_probe_learn_skew(ev->p);
    if (row->skew_known) {
        ev->p->skew_known = true;
        ev->p->skew = row->skew;
    }
    fill_reports(row, ev->p);
}

void verdicting_fini(struct evidence *ev)
{
    struct hc_attempt *a = &ev->p->main;
    hc_cert_list_fini(&a->presented);
    hc_buf_fini(&a->first);
    hc_buf_fini(&a->said);
    hc_buf_fini(&a->dialogue);
    free(ev->p);
}
