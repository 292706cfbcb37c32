/* test_verify_cost.c - what a stranger presents costs some milliseconds, whatever it is made of. */
#include "judging.h"

#include <stdlib.h>
#include <time.h>

#include "asn1/derw.h"
#include "base/escape.h"
#include "pki/oid.h"

#define LEVELS 6 /* of CAs, none of which the anchor certified */
#define EACH 2   /* certificates of each */

/* An extension as testpki_spec.raw has it. */
static void raw_extension(const char *oid_and_mark, const struct hc_buf *value, struct hc_buf *out)
{
    hc_buf_add_str(out, oid_and_mark);
    hc_escape_hex(out, hc_buf_view(value), 0);
}

static void many_names(size_t n, struct hc_buf *out)
{
    HC_BUF_AUTO(value, 65536);
    size_t list = hc_derw_begin(&value, HC_DER_SEQUENCE);
    for (size_t i = 0; i < n; i++)
        hc_derw_element(&value, HC_DER_CONTEXT(2), HC_BYTES("a"));
    hc_derw_end(&value, list);
    raw_extension("551d11=", &value, out);
}

static void many_excluded(size_t n, const char *base, struct hc_buf *out)
{
    HC_BUF_AUTO(value, 65536);
    size_t all = hc_derw_begin(&value, HC_DER_SEQUENCE);
    size_t list = hc_derw_begin(&value, HC_DER_CONTEXT_CONSTRUCTED(1));
    for (size_t i = 0; i < n; i++) {
        size_t subtree = hc_derw_begin(&value, HC_DER_SEQUENCE);
        hc_derw_element(&value, HC_DER_CONTEXT(2), hc_bytes_str(base));
        hc_derw_end(&value, subtree);
    }
    hc_derw_end(&value, list);
    hc_derw_end(&value, all);
    raw_extension("551d1e!", &value, out);
}

/* A leaf below LEVELS of CAs, EACH of them with these extensions: 64 ways to the anchor's name. */
struct pile {
    struct testpki leaf, ca[LEVELS * EACH];
    const struct hc_cert *cert[1 + LEVELS * EACH];
};

static void pile_up(const char *names, const char *constraints, size_t name_length, struct pile *p)
{
    char name[4096];
    memset(name, 'x', sizeof(name));
    name[name_length] = '\0';
    struct testpki_spec spec = {.subject = name, .ca = true, .no_aki = true, .no_ski = true, .bad_signature = true};
    spec.raw[0] = names;
    spec.raw[1] = constraints;
    for (size_t i = 0; i < LEVELS * EACH; i++) {
        size_t level = i / EACH;
        name[0] = (char)('a' + level);
        testpki_issue(w.crypto, &spec, level == 0 ? &w.root : &p->ca[(level - 1) * EACH], &p->ca[i]);
        p->cert[1 + i] = p->ca[i].cert;
    }
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf", .no_aki = true, .raw = {names}},
                  &p->ca[(LEVELS - 1) * EACH], &p->leaf);
    p->cert[0] = p->leaf.cert;
}

static void pile_fini(struct pile *p)
{
    testpki_fini(&p->leaf);
    for (size_t i = 0; i < LEVELS * EACH; i++)
        testpki_fini(&p->ca[i]);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define LONGEST 1.0 /* seconds; a hundred times what it takes, for sanitisers, and a hundredth of what it once took */

static void expect_given_up(const struct hc_cert *const cert[], size_t n, struct hc_report *report)
{
    struct hc_err e;
    struct hc_checked_chain *out = NULL;
    struct hc_verify_policy policy = policy_of(w.bundle);
    double begun = cpu_seconds();
    hc_report_init(report, false);
    assert_true(hc_failed(hc_verify(w.crypto, &policy, (struct hc_presented){.cert = cert, .n = n}, &out, report, &e)));
    assert_null(out);
    assert_true(report->lost > 0 || hc_report_has(report, HC_E_PATH_BUDGET)); /* what does not fit is counted */
    assert_true(cpu_seconds() - begun < LONGEST);
}

static void names_that_must_be_compared_without_end_are_given_up(void **state)
{
    (void)state;
    struct hc_report report;
    struct pile p;
    HC_BUF_AUTO(names, 65536);
    HC_BUF_AUTO(constraints, 65536);
    many_names(200, &names);
    many_excluded(500, "b", &constraints);
    pile_up(hc_buf_cstr(&names), hc_buf_cstr(&constraints), 8, &p);
    expect_given_up(p.cert, HC_COUNT(p.cert), &report);
    assert_true(hc_report_has(&report, HC_E_NAME_CONSTRAINT_SYNTAX));
    pile_fini(&p);
}

static void findings_without_end_are_given_up(void **state)
{
    (void)state;
    static const size_t lengths[] = {8, 2000};
    for (size_t i = 0; i < HC_COUNT(lengths); i++) {
        struct hc_report report;
        struct pile p;
        HC_BUF_AUTO(names, 65536);
        HC_BUF_AUTO(constraints, 65536);
        many_names(600, &names);
        many_excluded(1, "", &constraints);
        pile_up(hc_buf_cstr(&names), hc_buf_cstr(&constraints), lengths[i], &p);
        expect_given_up(p.cert, HC_COUNT(p.cert), &report);
        assert_true(hc_report_has(&report, HC_E_NAME_EXCLUDED));
        assert_true(report.failed < HC_REPORT_EFFORT / HC_REPORT_EFFORT_FINDING + 100);
        pile_fini(&p);
    }
}

static void signatures_without_end_are_given_up(void **state)
{
    (void)state;
    struct hc_report report;
    struct testpki deep[5], fake[10], l;
    const struct hc_cert *cert[16];
    static const char *const names[] = {"1", "2", "3", "4", "5"};
    size_t n = 1;
    for (size_t i = 0; i < HC_COUNT(deep); i++) {
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = names[i], .ca = true}, i ? &deep[i - 1] : &w.root,
                      &deep[i]);
        cert[n++] = deep[i].cert;
    }
    for (size_t i = 0; i < HC_COUNT(fake); i++) { /* each of them costs the five above it */
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "F", .ca = true, .bad_signature = true}, &deep[4],
                      &fake[i]);
        cert[n++] = fake[i].cert;
    }
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}, .no_aki = true}, &fake[0],
                  &l);
    cert[0] = l.cert;
    expect_given_up(cert, n, &report);
    testpki_fini(&l);
    for (size_t i = 0; i < HC_COUNT(deep); i++)
        testpki_fini(&deep[i]);
    for (size_t i = 0; i < HC_COUNT(fake); i++)
        testpki_fini(&fake[i]);
}

/* The same name in as many spellings, so that none is the bytes of another. */
static void spell(size_t i, char out[2001])
{
    memset(out, 'x', 2000);
    out[2000] = '\0';
    for (size_t bit = 0; bit < 4; bit++)
        out[bit * 600] = (i >> bit & 1) ? 'X' : 'x';
}

static void long_names_are_compared_once(void **state)
{
    (void)state;
    struct hc_report report;
    struct testpki t[15] = {0}, signer = {0}, l;
    const struct hc_cert *cert[16];
    char subject[2001], issuer[2001];
    for (size_t i = 0; i < HC_COUNT(t); i++) {
        spell(i, subject);
        spell(i + 1, issuer);
        testpki_fini(&signer);
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = issuer, .ca = true, .no_aki = true, .no_ski = true},
                      NULL, &signer);
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = subject, .ca = true, .no_aki = true, .no_ski = true},
                      &signer, &t[i]);
        cert[1 + i] = t[i].cert;
    }
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}, .no_aki = true}, &signer,
                  &l);
    cert[0] = l.cert;
    expect_given_up(cert, HC_COUNT(cert), &report);
    testpki_fini(&signer);
    testpki_fini(&l);
    for (size_t i = 0; i < HC_COUNT(t); i++)
        testpki_fini(&t[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_must_be_compared_without_end_are_given_up),
        cmocka_unit_test(findings_without_end_are_given_up),
        cmocka_unit_test(signatures_without_end_are_given_up),
        cmocka_unit_test(long_names_are_compared_once),
    };
    return cmocka_run_group_tests_name("pki/verify_cost", tests, set_up, tear_down);
}
