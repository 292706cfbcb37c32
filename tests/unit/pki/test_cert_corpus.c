/*
 * Every certificate and CRL of the x509-limbo cases is judged without harm, and those of the cases that must succeed
 * parse. The data is not part of this project: it is looked for in $HANDCLASP_VECTORS, else in ../shared/vectors beside
 * the source tree; without it the test is skipped, and says so.
 */
#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include <jansson.h>

#include "pki/crl.h"
#include "pki/pem.h"

#define CERTS_MAX 64 /* in one PEM text of a case */

static json_t *load(void)
{
    const char *dir = getenv("HANDCLASP_VECTORS");
    char path[4096];

    snprintf(path, sizeof path, "%s/limbo.json", dir ? dir : SOURCE_ROOT "/../shared/vectors");
    return access(path, R_OK) == 0 ? json_load_file(path, 0, NULL) : NULL;
}

struct tally {
    const char *id;
    bool must_parse;
    size_t parsed, refused, unexpected;
};

static void judge_cert(struct tally *t, const json_t *text)
{
    HC_CERT_LIST(list);
    struct hc_err e;

    if (!json_is_string(text))
        return;
    if (hc_ok(hc_pem_parse_certs(hc_bytes_str(json_string_value(text)), CERTS_MAX, &list, &e))) {
        HC_BUF_AUTO(out, 1 << 20);

        hc_dn_text(list.cert[0]->subject, &out);
        hc_dn_text(list.cert[0]->issuer, &out);
        assert_int_equal(out.failed, HC_OK_CODE);
        t->parsed++;
        return;
    }
    t->refused++;
    if (t->must_parse) {
        print_message("# %s: HC-%04d %s\n", t->id, (int)e.code, e.text);
        t->unexpected++;
    }
}

static void judge_crl(struct tally *t, const json_t *text)
{
    HC_BUF_AUTO(der, 1 << 20);
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_bytes in = hc_bytes_str(json_string_value(text));
    struct hc_err e;
    bool found;

    expect_ok(&e, hc_pem_next(&in, HC_PEM_CRL, &der, &found, &e));
    if (hc_ok(hc_crl_parse(hc_buf_view(&der), &crl, &e)))
        return;
    if (t->must_parse) {
        print_message("# %s: CRL: HC-%04d %s\n", t->id, (int)e.code, e.text);
        t->unexpected++;
    }
}

static void judge_case(struct tally *t, const json_t *test)
{
    const json_t *item;
    size_t i;

    t->id = json_string_value(json_object_get(test, "id"));
    t->must_parse = strcmp(json_string_value(json_object_get(test, "expected_result")), "SUCCESS") == 0;
    judge_cert(t, json_object_get(test, "peer_certificate"));
    json_array_foreach(json_object_get(test, "trusted_certs"), i, item) judge_cert(t, item);
    json_array_foreach(json_object_get(test, "untrusted_intermediates"), i, item) judge_cert(t, item);
    json_array_foreach(json_object_get(test, "crls"), i, item) judge_crl(t, item);
}

static void corpus_is_judged_without_harm_and_good_certificates_parse(void **state)
{
    struct tally t = {0};
    json_t *limbo = load();
    const json_t *test;
    size_t i;

    (void)state;
    if (!limbo) {
        print_message("# limbo.json is not here (set HANDCLASP_VECTORS): skipped\n");
        skip();
    }
    json_array_foreach(json_object_get(limbo, "testcases"), i, test) judge_case(&t, test);
    json_decref(limbo);
    print_message("# %zu certificates parsed, %zu refused\n", t.parsed, t.refused);
    assert_true(t.parsed > 100);
    assert_int_equal(t.unexpected, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus_is_judged_without_harm_and_good_certificates_parse),
    };

    return cmocka_run_group_tests_name("pki/cert_corpus", tests, NULL, NULL);
}
