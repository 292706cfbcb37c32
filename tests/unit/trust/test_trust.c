/* test_trust.c - only what our record names is taken out, and the record is never behind the stores. */
#include "../pki/testpki.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "trust/trust.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, next;
    const struct hc_cert *certs[2];
    char dir[64], image[96], anchors[160], state[96];
    struct hc_store_places places;
} w;

static struct hc_trust_job job(const struct hc_records *records)
{
    return (struct hc_trust_job){.places = &w.places, .certs = w.certs, .n_certs = 2, .records = records};
}

static struct hc_rc install(struct hc_trust_plan *plan, struct hc_records *r, struct hc_err *e)
{
    struct hc_trust_job j = job(r);
    HC_TRY(e, hc_trust_plan_install(&j, plan, e));
    for (size_t i = 0; i < plan->n; i++)
        HC_TRY(e, hc_trust_do(&plan->step[i], r, e));
    return HC_OK;
}

static struct hc_rc removal(struct hc_trust_plan *plan, struct hc_records *r, bool everything, struct hc_err *e)
{
    struct hc_trust_job j = job(r);
    j.everything = everything;
    if (everything)
        j.n_certs = 0;
    HC_TRY(e, hc_trust_plan_remove(&j, plan, e));
    for (size_t i = 0; i < plan->n; i++)
        HC_TRY(e, hc_trust_do(&plan->step[i], r, e));
    return HC_OK;
}

static size_t files(void)
{
    struct hc_err e;
    struct hc_names names = {NULL, 0};
    expect_ok(&e, hc_dir_list(w.anchors, "", 100, &names, &e));
    size_t n = names.n;
    hc_names_fini(&names);
    return n;
}

static void open_records(struct hc_records *r)
{
    struct hc_err e;
    expect_ok(&e, hc_records_open(w.state, true, r, &e));
}

static void path_of(const struct hc_cert *cert, const char *ending, char out[400])
{
    struct hc_err e;
    struct hc_anchor anchor;
    expect_ok(&e, hc_anchor_init(&anchor, cert, &e));
    snprintf(out, 400, "%s/%s%s", w.anchors, anchor.file, ending);
}

static void write_pem(const char *path, const struct testpki *t)
{
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(t, &pem);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0644, &e));
}

static void remove_undoes_what_install_did(void **state)
{
    (void)state;
    struct hc_err e;
    HC_RECORDS(r);
    open_records(&r);
    HC_TRUST_PLAN(in);
    expect_ok(&e, install(&in, &r, &e));
    assert_int_equal(hc_trust_count(&in, HC_TRUST_PUT), 2);
    assert_int_equal(files(), 2);
    assert_int_equal(r.n, 2);
    HC_TRUST_PLAN(again);
    expect_ok(&e, install(&again, &r, &e));
    assert_int_equal(hc_trust_count(&again, HC_TRUST_OURS), 2);
    HC_TRUST_PLAN(out);
    expect_ok(&e, removal(&out, &r, false, &e));
    assert_int_equal(hc_trust_count(&out, HC_TRUST_TAKE), 2);
    assert_int_equal(files(), 0);
    assert_int_equal(r.n, 0);
    HC_TRUST_PLAN(nothing);
    expect_fail(&e, removal(&nothing, &r, false, &e), HC_E_TRUST_NOTHING);
}

static void what_was_there_before_is_not_ours(void **state)
{
    (void)state;
    struct hc_err e;
    char path[400];
    HC_RECORDS(r);
    open_records(&r);
    path_of(w.root.cert, ".crt", path); /* even under the very name that we would give it */
    write_pem(path, &w.root);
    HC_TRUST_PLAN(in);
    expect_ok(&e, install(&in, &r, &e));
    assert_int_equal(hc_trust_count(&in, HC_TRUST_OTHERS), 1);
    assert_int_equal(hc_trust_count(&in, HC_TRUST_PUT), 1);
    HC_TRUST_PLAN(out);
    expect_ok(&e, removal(&out, &r, false, &e));
    assert_int_equal(out.n, 1);
    assert_int_equal(files(), 1);
    assert_true(hc_file_exists(path));
    unlink(path);
}

/* A crash after the line was written: remove finds nothing and forgets it. And somebody else's hand in between. */
static void a_line_too_many_is_only_forgotten(void **state)
{
    (void)state;
    struct hc_err e;
    char path[400];
    HC_RECORDS(r);
    open_records(&r);
    HC_TRUST_PLAN(in);
    expect_ok(&e, install(&in, &r, &e));
    path_of(w.root.cert, ".crt", path);
    unlink(path);
    path_of(w.next.cert, ".crt", path);
    write_pem(path, &w.root); /* not what we put there */
    HC_TRUST_PLAN(out);
    expect_ok(&e, removal(&out, &r, false, &e));
    assert_int_equal(hc_trust_count(&out, HC_TRUST_GONE), 2);
    assert_true(hc_file_exists(path));
    assert_int_equal(r.n, 0);
    unlink(path);
}

/* Between the plan and the step a person may have taken minutes to say yes, and somebody else was faster. */
static void what_came_in_meanwhile_is_not_recorded_as_ours(void **state)
{
    (void)state;
    struct hc_err e;
    char path[400];
    HC_RECORDS(r);
    open_records(&r);
    struct hc_trust_job j = job(&r);
    HC_TRUST_PLAN(plan);
    expect_ok(&e, hc_trust_plan_install(&j, &plan, &e));
    path_of(w.root.cert, ".crt", path);
    write_pem(path, &w.root);
    expect_fail(&e, hc_trust_do(&plan.step[0], &r, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "is there by now"));
    assert_int_equal(r.n, 0);
    HC_TRUST_PLAN(out);
    expect_fail(&e, removal(&out, &r, false, &e), HC_E_TRUST_NOTHING);
    assert_true(hc_file_exists(path));
    unlink(path);
}

static void anchor_that_stands_twice_in_a_bundle_is_one(void **state)
{
    (void)state;
    struct hc_err e;
    const struct hc_cert *twice[2] = {w.root.cert, w.root.cert};
    HC_RECORDS(r);
    open_records(&r);
    struct hc_trust_job j = job(&r);
    j.certs = twice;
    HC_TRUST_PLAN(plan);
    expect_ok(&e, hc_trust_plan_install(&j, &plan, &e));
    assert_int_equal(plan.n, 1);
    assert_int_equal(plan.n_anchors, 1);
}

static void line_is_on_the_disk_before_the_store_is_changed(void **state)
{
    (void)state;
    struct hc_err e;
    HC_RECORDS(r);
    open_records(&r);
    struct hc_trust_job j = job(&r);
    HC_TRUST_PLAN(plan);
    expect_ok(&e, hc_trust_plan_install(&j, &plan, &e));
    char file[HC_PATH];
    snprintf(file, sizeof file, "%s", r.file);
    expect_ok(&e, hc_path_join(r.file, "/nonexistent", "trust", &e)); /* a disk that takes no line */
    expect_fail(&e, hc_trust_do(&plan.step[0], &r, &e), HC_E_FILE_MISSING);
    assert_int_equal(files(), 0);
    assert_int_equal(r.n, 0);
    memcpy(r.file, file, sizeof file);
    /* A change that fails leaves neither anchor nor line. */
    struct hc_store broken = *plan.step[0].store;
    snprintf(broken.tool, sizeof broken.tool, "/bin/false");
    struct hc_trust_step step = plan.step[0];
    step.store = &broken;
    expect_fail(&e, hc_trust_do(&step, &r, &e), HC_E_TRUST_STORE);
    assert_int_equal(files(), 0);
    assert_int_equal(r.n, 0);
}

static void everything_needs_no_bundle_and_a_lost_store_no_store(void **state)
{
    (void)state;
    struct hc_err e;
    HC_RECORDS(r);
    open_records(&r);
    HC_TRUST_PLAN(in);
    expect_ok(&e, install(&in, &r, &e));
    HC_TRUST_PLAN(out);
    expect_ok(&e, removal(&out, &r, true, &e));
    assert_int_equal(hc_trust_count(&out, HC_TRUST_TAKE), 2);
    HC_TRUST_PLAN(once);
    expect_ok(&e, install(&once, &r, &e));
    expect_ok(&e, hc_dir_remove(w.image, &e));
    HC_TRUST_PLAN(gone);
    expect_ok(&e, removal(&gone, &r, false, &e));
    assert_int_equal(hc_trust_count(&gone, HC_TRUST_GONE), 2);
    assert_int_equal(r.n, 0);
    expect_ok(&e, hc_dir_make(w.anchors, 0755, &e));
}

static void removal_can_be_narrowed_to_a_place(void **state)
{
    (void)state;
    struct hc_err e;
    char sibling[128];
    HC_RECORDS(r);
    open_records(&r);
    HC_TRUST_PLAN(in);
    expect_ok(&e, install(&in, &r, &e));
    struct hc_store_places all = w.places;
    HC_TRUST_PLAN(out);
    w.places.kinds = 1u << HC_STORE_NSS;
    expect_fail(&e, removal(&out, &r, false, &e), HC_E_TRUST_NOTHING);
    w.places = all;
    snprintf(sibling, sizeof sibling, "%.*s", (int)strlen(w.image) - 1, w.image); /* a prefix that is no parent */
    w.places.root = sibling;
    expect_fail(&e, removal(&out, &r, false, &e), HC_E_TRUST_NOTHING);
    w.places = all;
    expect_ok(&e, removal(&out, &r, false, &e));
}

static struct hc_rc look(void *ctx, struct hc_err *e)
{
    HC_RECORDS(r);
    HC_TRUST_PLAN(plan);
    (void)ctx;
    HC_TRY(e, hc_records_open(w.state, false, &r, e));
    struct hc_trust_job j = job(&r);
    return hc_trust_look(&j, &plan, e);
}

static void looking_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(look, NULL) > 5);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.next);
    w.certs[0] = w.root.cert;
    w.certs[1] = w.next.cert;
    strcpy(w.dir, "/tmp/test_trust.XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    snprintf(w.image, sizeof w.image, "%s/image", w.dir);
    snprintf(w.anchors, sizeof w.anchors, "%s/usr/local/share/ca-certificates", w.image);
    snprintf(w.state, sizeof w.state, "%s/state", w.dir);
    expect_ok(&e, hc_dir_make(w.anchors, 0755, &e));
    w.places = (struct hc_store_places){.kinds = 1u << HC_STORE_SYSTEM, .root = w.image, .home = w.dir};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    testpki_fini(&w.root);
    testpki_fini(&w.next);
    hc_crypto_free(w.crypto);
    return hc_failed(hc_dir_remove(w.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remove_undoes_what_install_did),
        cmocka_unit_test(what_was_there_before_is_not_ours),
        cmocka_unit_test(a_line_too_many_is_only_forgotten),
        cmocka_unit_test(what_came_in_meanwhile_is_not_recorded_as_ours),
        cmocka_unit_test(anchor_that_stands_twice_in_a_bundle_is_one),
        cmocka_unit_test(line_is_on_the_disk_before_the_store_is_changed),
        cmocka_unit_test(everything_needs_no_bundle_and_a_lost_store_no_store),
        cmocka_unit_test(removal_can_be_narrowed_to_a_place),
        cmocka_unit_test(looking_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("trust/trust", tests, set_up, tear_down);
}
