/* Responses of openssl's own responder: read and judged as they are meant. */
#include "testpki.h"

#include <stdio.h>

#include "base/file.h"
#include "pki/ocsp.h"

struct fixture {
    struct hc_crypto *c;
    struct testpki ca, leaf;
};

static int setup(void **state)
{
    static struct fixture f;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&f.c, &e));
    testpki_issue(f.c, &(struct testpki_spec){.subject = "Issuer", .ca = true}, NULL, &f.ca);
    testpki_issue(f.c, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example.com"}}, &f.ca, &f.leaf);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    testpki_fini(&f->leaf);
    testpki_fini(&f->ca);
    hc_crypto_free(f->c);
    return 0;
}

struct place {
    char dir[32];
};

static const char *in(const struct place *p, const char *name, char out[64])
{
    snprintf(out, 64, "%s/%s", p->dir, name);
    return out;
}

static void put(const struct place *p, const char *name, struct hc_bytes what)
{
    char path[64];
    FILE *file = fopen(in(p, name, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(what.p, 1, what.n, file), what.n);
    fclose(file);
}

static void put_pki(const struct place *p, const char *cert, const char *key, const struct testpki *t)
{
    struct hc_err e;
    HC_BUF_AUTO(pem, HC_KEY_PEM_MAX);
    testpki_pem(t, &pem);
    put(p, cert, hc_buf_view(&pem));
    hc_buf_clear(&pem);
    expect_ok(&e, hc_key_to_pem(t->key, NULL, &pem, &e));
    put(p, key, hc_buf_view(&pem));
}

/* What `openssl ocsp` answers about the leaf when this is its index, or NULL when there is no openssl. */
static struct hc_ocsp *ask(const struct place *p, const char *index, const char *options)
{
    struct hc_err e;
    struct hc_ocsp *o = NULL;
    char command[1024];
    char path[64];
    put(p, "index.txt", hc_bytes_str(index));
    snprintf(
        command, sizeof(command),
        "cd %s && openssl ocsp -index index.txt -CA ca.pem -issuer ca.pem %s -cert leaf.pem -respout r.der -noverify "
        ">/dev/null 2>log",
        p->dir, options);
    if (system(command) != 0) /* NOLINT: nothing in it is anybody's input */
        return NULL;
    expect_ok(&e, hc_ocsp_load(in(p, "r.der", path), &o, &e));
    return o;
}

static void openssl_says(struct fixture *f, const struct place *p, const char *index, enum hc_code want)
{
    static const char *const options[] = {
        "-rsigner ca.pem -rkey ca.key -ndays 1 -resp_no_certs",
        "-rsigner d.pem -rkey d.key -ndays 1",
        "-rsigner d.pem -rkey d.key -nmin 5 -resp_key_id -no_nonce",
        "-sha256 -rsigner d.pem -rkey d.key -rmd sha384",
        "-nonce -rsigner ca.pem -rkey ca.key -ndays 1",
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct hc_err e;
        HC_AUTO(hc_ocsp) o = ask(p, index, options[i]);
        if (o == NULL)
            fail_msg("openssl ocsp %s failed", options[i]);
        assert_true(hc_ocsp_is_about(o, f->leaf.cert, f->ca.cert));
        struct hc_rc rc = hc_ocsp_check(f->c, o, f->leaf.cert, f->ca.cert, hc_time_now(), &e);
        if (rc.code != want)
            fail_msg("%s: HC-%04d %s", options[i], (int)rc.code, hc_failed(rc) ? e.text : "(good)");
    }
}

static void ocsp_reads_and_judges_what_openssl_answers(void **state)
{
    struct fixture *f = *state;
    struct testpki d;
    struct place p = {.dir = "/tmp/test_ocsp.XXXXXX"};
    if (system("openssl version >/dev/null 2>&1") != 0)
        skip();
    assert_non_null(mkdtemp(p.dir));
    int64_t now = hc_time_now();
    testpki_issue(
        f->c,
        &(struct testpki_spec){.subject = "d", .ocsp = true, .not_before = now - HC_HOUR, .not_after = now + HC_HOUR},
        &f->ca, &d);
    put_pki(&p, "ca.pem", "ca.key", &f->ca);
    put_pki(&p, "d.pem", "d.key", &d);
    put_pki(&p, "leaf.pem", "leaf.key", &f->leaf);
    openssl_says(f, &p, "V\t360101000000Z\t\t1234567890\tunknown\t/CN=leaf\n", HC_OK_CODE);
    openssl_says(f, &p, "R\t360101000000Z\t250101000000Z,keyCompromise\t1234567890\tunknown\t/CN=leaf\n", HC_E_REVOKED);
    openssl_says(f, &p, "V\t360101000000Z\t\t07\tunknown\t/CN=sibling\n", HC_E_OCSP_UNKNOWN);
    struct hc_err e;
    HC_AUTO(hc_ocsp)
    o = ask(&p, "V\t360101000000Z\t\t1234567890\tunknown\t/CN=leaf\n", "-rsigner leaf.pem -rkey leaf.key");
    assert_non_null(o);
    expect_fail(&e, hc_ocsp_check(f->c, o, f->leaf.cert, f->ca.cert, now, &e), HC_E_OCSP_SIGNER);
    testpki_fini(&d);
    expect_ok(&e, hc_dir_remove(p.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocsp_reads_and_judges_what_openssl_answers),
    };
    return cmocka_run_group_tests_name("pki/ocsp_real", tests, setup, teardown);
}
