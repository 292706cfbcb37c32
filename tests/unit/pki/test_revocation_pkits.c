/*
 * test_revocation_pkits.c - NIST PKITS sections 4.4, 4.14 and 4.15: the CRLs of each case against the certificates of
 * its chain. Whatever is to be refused is refused; what is to be accepted is accepted, or its CRLs are indirect.
 */
#include "hc_test.h"

#include <jansson.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "pki/cert.h"
#include "pki/revocation.h"

#define DATA "/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data"
#define CASES HC_SOURCE_ROOT "/../shared/vectors/pkits.json"
#define MOST 8

struct one {
    struct hc_cert *cert[MOST];
    size_t n_certs;
    struct hc_buf crl[MOST];
    struct hc_revocation_source source[MOST];
    size_t n_crls;
};

static void one_fini(struct one *o)
{
    for (size_t i = 0; i < o->n_certs; i++)
        hc_cert_free(o->cert[i]);
    for (size_t i = 0; i < o->n_crls; i++)
        hc_buf_fini(&o->crl[i]);
}

static bool read_one(const json_t *test, struct one *o)
{
    struct hc_err e;
    char path[HC_PATH];
    size_t i;
    const json_t *name;

    json_array_foreach(json_object_get(test, "certs"), i, name)
    {
        HC_BUF_AUTO(der, HC_CERT_MAX);
        snprintf(path, sizeof(path), DATA "/certs/%s.crt", json_string_value(name));
        expect_ok(&e, hc_file_read(path, &der, &e));
        if (hc_failed(hc_cert_parse(hc_buf_view(&der), &o->cert[o->n_certs], &e)))
            return false;
        o->n_certs++;
    }
    json_array_foreach(json_object_get(test, "crls"), i, name)
    {
        o->crl[i] = HC_BUF(1 << 20);
        snprintf(path, sizeof(path), DATA "/crls/%s.crl", json_string_value(name));
        expect_ok(&e, hc_file_read(path, &o->crl[i], &e));
        o->source[i] = (struct hc_revocation_source){.name = json_string_value(name), .data = hc_buf_view(&o->crl[i])};
        o->n_crls++;
    }
    return true;
}

/* Each certificate below the first by the one before it of its issuer's name; others of that name may sign CRLs. */
static struct hc_rc judge(const struct hc_crypto *c, const struct one *o, int64_t now, struct hc_err *e)
{
    HC_AUTO(hc_revocation) r = NULL;
    struct hc_revocation_input in = {
        .source = (struct hc_revocation_source *)o->source, .n_sources = o->n_crls, .now = now};
    HC_TRY(e, hc_revocation_build(c, &in, &r, e));
    for (size_t i = 1; i < o->n_certs; i++) {
        const struct hc_cert *signer[MOST];
        struct hc_revocation_query q = {.cert = o->cert[i], .now = now, .signer = signer};
        for (size_t k = 0; k < i; k++) {
            if (!hc_dn_eq(o->cert[k]->subject, o->cert[i]->issuer))
                continue;
            if (q.issuer == NULL)
                q.issuer = o->cert[k];
            else
                signer[q.n_signers++] = o->cert[k];
        }
        if (q.issuer != NULL)
            HC_TRY(e, hc_revocation_check(c, r, &q, e));
    }
    return HC_OK;
}

static bool in_sections(const char *number)
{
    return strncmp(number, "4.4.", 4) == 0 || strncmp(number, "4.14.", 5) == 0 || strncmp(number, "4.15.", 5) == 0;
}

static void no_refusal_of_pkits_is_missed(void **state)
{
    struct hc_err e;
    size_t n_good = 0, n_indirect = 0, n_unread = 0, n = 0, i;
    json_t *cases = json_load_file(CASES, 0, NULL);
    const json_t *test;
    struct hc_crypto *c = NULL;

    (void)state;
    if (cases == NULL || !hc_file_exists(DATA "/crls")) {
        print_message("PKITS is not here: skipped\n");
        json_decref(cases);
        skip();
    }
    expect_ok(&e, hc_crypto_new(&c, &e));
    json_array_foreach(cases, i, test)
    {
        const char *number = json_string_value(json_object_get(test, "test_number"));
        bool good = strcmp(json_string_value(json_object_get(test, "should_validate")), "true") == 0;
        struct one o = {0};
        struct hc_rc rc = {HC_E_CERT_SERIAL};

        if (!in_sections(number))
            continue;
        n++;
        if (read_one(test, &o))
            rc = judge(c, &o, INT64_C(1577836800), &e);
        else
            n_unread++;
        if (!good && hc_ok(rc))
            print_error("%s must not be accepted\n", number);
        assert_true(good || hc_failed(rc));
        if (good && hc_failed(rc) && rc.code != HC_E_CRL_INDIRECT && rc.code != HC_E_CERT_SERIAL)
            fail_msg("%s is refused: %d %s", number, (int)rc.code, e.text);
        n_good += good && hc_ok(rc);
        n_indirect += good && rc.code == HC_E_CRL_INDIRECT;
        one_fini(&o);
    }
    print_message("%zu cases, %zu accepted, %zu valid ones are indirect, %zu with a serial that is none\n", n, n_good,
                  n_indirect, n_unread);
    assert_int_equal(n, 66);
    assert_int_equal(n_good, 18);
    assert_int_equal(n_indirect, 7);
    assert_int_equal(n_unread, 0);
    json_decref(cases);
    hc_crypto_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_refusal_of_pkits_is_missed)};

    return cmocka_run_group_tests_name("pki/revocation_pkits", tests, NULL, NULL);
}
