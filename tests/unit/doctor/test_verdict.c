/* test_verdict.c - every cause is found from the evidence of a real server's ways, with its side and what else it may
 * be. */
#include "doctor/verdict.h"
#include "verdicting.h"

static const struct row *const tables[] = {verdicting_network, verdicting_common, verdicting_server, verdicting_client,
                                           verdicting_app};

static const char *slug(int cause)
{
    return cause < 0 ? "none" : hc_cause_row((enum hc_cause)cause)->slug;
}

static const char *trial(int kind)
{
    return kind < 0 ? "none" : hc_trial_slug((enum hc_trial_kind)kind);
}

static int first_other(const struct hc_verdict *v)
{
    return v->n_others > 0 ? (int)v->other[0] : -1;
}

static int wanted(const struct hc_probe *p)
{
    int kind = -1;
    return hc_verdict_trial(p, &kind) ? kind : -1;
}

/* Prints what is wrong with one row; the number of faults. */
static int check(const struct row *row, const struct evidence *ev, const struct hc_verdict *v)
{
    int faults = 0, other = first_other(v), kind = wanted(ev->p);
    if (v->cause != row->cause)
        faults +=
            printf("# %s: wanted %s, got %s: %s\n", row->name, slug((int)row->cause), slug((int)v->cause), v->text);
    if (v->side != row->side)
        faults += printf("# %s: wanted side %s, got %s\n", row->name, hc_side_text(row->side), hc_side_text(v->side));
    if (other != row->other - 1)
        faults += printf("# %s: wanted other %s, got %s\n", row->name, slug(row->other - 1), slug(other));
    if (kind != row->trial - 1)
        faults += printf("# %s: wanted trial %s, got %s\n", row->name, trial(row->trial - 1), trial(kind));
    return faults;
}

static bool clean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ')
            return false;
    return true;
}

static int check_words(const struct row *row, const struct hc_verdict *v)
{
    int faults = 0;
    size_t n = strlen(v->text);
    if (n < 20 || v->text[0] < 'A' || v->text[0] > 'Z' || !clean(v->text) || !clean(v->fix) || !clean(v->decide))
        faults += printf("# %s: what a text: %s\n", row->name, v->text);
    if (v->fix[0] == '\0' || (v->decide[0] != '\0') != (v->n_others > 0))
        faults += printf("# %s: fix \"%s\", decide \"%s\"\n", row->name, v->fix, v->decide);
    if (getenv("VERDICTS") != NULL)
        printf("# %s: %s\n#     %s\n#     fix: %s\n#     decide: %s\n", row->name, slug((int)v->cause), v->text, v->fix,
               v->decide);
    return faults;
}

static int run_row(const struct row *row, struct hc_verdict *v)
{
    struct evidence ev;
    verdicting_fill(row, &ev);
    hc_verdict_make(ev.p, v);
    int faults = check(row, &ev, v) + check_words(row, v);
    verdicting_fini(&ev);
    return faults;
}

static void run_table(const struct row *table)
{
    struct hc_verdict v;
    int faults = 0;
    for (const struct row *row = table; row->name; row++)
        faults += run_row(row, &v);
    assert_int_equal(faults, 0);
}

static void what_is_no_tls_is_told_apart(void **state)
{
    (void)state;
    run_table(verdicting_network);
}

static void no_common_ground_is_told_apart_by_another_offer(void **state)
{
    (void)state;
    run_table(verdicting_common);
}

static void a_fault_of_the_server_is_the_servers(void **state)
{
    (void)state;
    run_table(verdicting_server);
}

static void a_refusal_is_put_down_to_whom_it_belongs(void **state)
{
    (void)state;
    run_table(verdicting_client);
}

static void an_application_has_its_own_words(void **state)
{
    (void)state;
    run_table(verdicting_app);
}

static void every_cause_is_given_by_some_row(void **state)
{
    (void)state;
    bool seen[HC_CAUSES] = {false};
    int missing = 0;
    for (size_t t = 0; t < HC_COUNT(tables); t++)
        for (const struct row *row = tables[t]; row->name; row++)
            seen[row->cause] = true;
    for (int c = 0; c < HC_CAUSES; c++)
        if (!seen[c])
            missing += printf("# no row gives %s\n", slug(c));
    assert_int_equal(missing, 0);
}

static void every_trial_has_a_slug_and_a_question_and_is_wanted_by_some_row(void **state)
{
    (void)state;
    bool seen[HC_TRIALS] = {false};
    for (size_t t = 0; t < HC_COUNT(tables); t++)
        for (const struct row *row = tables[t]; row->name; row++)
            for (size_t i = 0; i < HC_PROBE_TRIALS && row->trials[i].kind != 0; i++)
                seen[row->trials[i].kind - 1] = true;
    for (int k = 0; k < HC_TRIALS; k++) {
        if (!seen[k])
            fail_msg("no row has the trial %s", trial(k));
        assert_true(strlen(trial(k)) > 2);
        assert_int_equal(hc_trial_question((enum hc_trial_kind)k)[strlen(hc_trial_question((enum hc_trial_kind)k)) - 1],
                         '?');
    }
}

/* A probe ends: whatever is answered, no trial is asked for twice, nor a seventh. */
static void trials_come_to_an_end(void **state)
{
    (void)state;
    for (size_t t = 0; t < HC_COUNT(tables); t++)
        for (const struct row *row = tables[t]; row->name; row++) {
            struct evidence ev;
            int kind;
            verdicting_fill(row, &ev);
            while (hc_verdict_trial(ev.p, &kind)) {
                assert_true(ev.p->n_trials < HC_PROBE_TRIALS);
                for (size_t i = 0; i < ev.p->n_trials; i++)
                    assert_int_not_equal(ev.p->trial[i].kind, kind);
                ev.p->trial[ev.p->n_trials++] =
                    (struct hc_trial){(enum hc_trial_kind)kind, {.stage = HC_STAGE_HELLO, .end = HC_END_RESET}};
            }
            verdicting_fini(&ev);
        }
}

/* However it came that nothing was judged: the verdict is not that nothing is wrong. */
static void a_server_that_was_not_judged_is_never_good(void **state)
{
    (void)state;
    static const enum hc_attempt_stage stages[] = {HC_STAGE_FINISHED, HC_STAGE_SERVED};
    for (size_t i = 0; i < HC_COUNT(stages); i++)
        for (int bundle = 0; bundle < 2; bundle++) {
            struct row row = {.stage = stages[i], .end = HC_END_OPEN, .bundle = bundle != 0, .unasked = true};
            struct evidence ev;
            struct hc_verdict v;
            verdicting_fill(&row, &ev);
            hc_cert_list_fini(&ev.p->main.presented);
            ev.p->server_judged = false;
            hc_verdict_make(ev.p, &v);
            assert_int_equal(v.cause, bundle ? HC_CAUSE_SERVER_BREAKS_TLS : HC_CAUSE_NO_TRUST_GIVEN);
            assert_int_not_equal(v.side, HC_SIDE_NOBODY);
            verdicting_fini(&ev);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_tls_is_told_apart),
        cmocka_unit_test(no_common_ground_is_told_apart_by_another_offer),
        cmocka_unit_test(a_fault_of_the_server_is_the_servers),
        cmocka_unit_test(a_refusal_is_put_down_to_whom_it_belongs),
        cmocka_unit_test(an_application_has_its_own_words),
        cmocka_unit_test(every_cause_is_given_by_some_row),
        cmocka_unit_test(every_trial_has_a_slug_and_a_question_and_is_wanted_by_some_row),
        cmocka_unit_test(trials_come_to_an_end),
        cmocka_unit_test(a_server_that_was_not_judged_is_never_good),
    };
    return cmocka_run_group_tests_name("doctor/verdict", tests, verdicting_set_up, verdicting_tear_down);
}
