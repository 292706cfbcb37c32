/*
 * test_vectors.c - other people's chains: x509-limbo, read from $HANDCLASP_VECTORS or ../shared/vectors beside the
 * checkout.
 *
 * Cases of `webpki` are judged by that profile, the others by RFC 5280. Asserts that nothing is accepted that should
 * not be, and that nearly everything is right; docs say why for each that is not. Skipped with a notice where the
 * vectors are not installed.
 */
#include "testpki.h"

#include <jansson.h>
#include <stdio.h>

#include "pki/pem.h"
#include "pki/verify.h"

#define PEM_MAX (4u << 20)
#define NAME_MAX_TEXT 512

static struct hc_crypto *crypto;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void join(const json_t *list, struct hc_buf *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        hc_buf_add_str(out, json_string_value(json_array_get(list, i)));
        hc_buf_add_byte(out, '\n');
    }
}

static struct hc_rc read_crls(const json_t *test, const struct hc_bundle *bundle, int64_t now,
                              struct hc_revocation **out, struct hc_err *e)
{
    const json_t *list = json_object_get(test, "crls");
    struct hc_revocation_source source[8];
    size_t n = json_array_size(list);
    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++)
        source[i] = (struct hc_revocation_source){.name = "crl",
                                                  .data = hc_bytes_str(json_string_value(json_array_get(list, i)))};
    struct hc_revocation_input in = {.source = source, .n_sources = n, .bundle = bundle, .now = now};
    return hc_revocation_build(crypto, &in, out, e);
}

static struct hc_rc read_name(const json_t *test, struct hc_name **out, struct hc_err *e)
{
    const json_t *peer = json_object_get(test, "expected_peer_name");
    if (!json_is_object(peer))
        return HC_OK;
    const char *kind = text_of(peer, "kind");
    enum hc_name_type type = strcmp(kind, "IP") == 0       ? HC_NAME_IP
                             : strcmp(kind, "RFC822") == 0 ? HC_NAME_EMAIL
                                                           : HC_NAME_DNS;
    return hc_name_make(type, hc_bytes_str(text_of(peer, "value")), HC_NAME_PLAIN, out, e);
}

static size_t max_depth(const json_t *test)
{
    const json_t *depth = json_object_get(test, "max_chain_depth");
    if (!json_is_integer(depth))
        return 0;
    return json_integer_value(depth) == 0 ? HC_VERIFY_NO_CA : (size_t)json_integer_value(depth);
}

static struct hc_rc judge(const json_t *test, struct hc_err *e)
{
    HC_AUTO(hc_bundle) bundle = NULL;
    HC_AUTO(hc_revocation) crls = NULL;
    HC_AUTO(hc_checked_chain) chain = NULL;
    HC_AUTO(hc_name) name = NULL;
    HC_BUF_AUTO(anchors, PEM_MAX);
    HC_BUF_AUTO(presented, PEM_MAX);
    HC_CERT_LIST(certs);
    const char *at = text_of(test, "validation_time");
    int64_t now = hc_time_now();
    if (at != NULL)
        HC_TRY(e, hc_time_parse(hc_bytes_str(at), &now, e));
    join(json_object_get(test, "trusted_certs"), &anchors);
    hc_buf_add_str(&presented, text_of(test, "peer_certificate"));
    hc_buf_add_byte(&presented, '\n');
    join(json_object_get(test, "untrusted_intermediates"), &presented);
    HC_TRY(e, hc_bundle_parse(crypto, hc_buf_view(&anchors), now, &bundle, e));
    HC_TRY(e, hc_pem_parse_certs(hc_buf_view(&presented), 64, &certs, e));
    HC_TRY(e, read_crls(test, bundle, now, &crls, e));
    HC_TRY(e, read_name(test, &name, e));
    bool webpki = strncmp(text_of(test, "id"), "webpki::", 8) == 0;
    struct hc_verify_policy policy = {
        .bundle = bundle,
        .profile = webpki ? HC_VERIFY_WEBPKI : HC_VERIFY_RFC5280,
        .max_depth = max_depth(test),
        .purpose = strcmp(text_of(test, "validation_kind"), "CLIENT") == 0 ? HC_VERIFY_CLIENT : HC_VERIFY_SERVER,
        .revocation = json_array_size(json_object_get(test, "crls")) > 0 ? HC_REVOCATION_CHAIN : HC_REVOCATION_NONE,
        .crls = crls,
        .name = name,
        .now = now,
    };
    struct hc_report report;
    hc_report_init(&report, false);
    return hc_verify(crypto, &policy,
                     (struct hc_presented){.cert = (const struct hc_cert *const *)certs.cert, .n = certs.n}, &chain,
                     &report, e);
}

static json_t *read_suite(void)
{
    const char *directory = getenv("HANDCLASP_VECTORS");
    char path[1024];
    snprintf(path, sizeof(path), "%s/limbo.json", directory ? directory : HC_SOURCE_ROOT "/../shared/vectors");
    json_error_t why;
    return json_load_file(path, 0, &why);
}

static void limbo_has_no_unexpected_accept(void **state)
{
    (void)state;
    json_t *suite = read_suite();
    if (suite == NULL) {
        print_message("# limbo.json is not here: set HANDCLASP_VECTORS\n");
        skip();
    }
    const json_t *tests = json_object_get(suite, "testcases");
    size_t right = 0, accepts = 0, rejects = 0;
    for (size_t i = 0; i < json_array_size(tests); i++) {
        const json_t *test = json_array_get(tests, i);
        const char *id = text_of(test, "id");
        bool want = strcmp(text_of(test, "expected_result"), "SUCCESS") == 0;
        struct hc_err e = {0};
        bool got = hc_ok(judge(test, &e));
        if (got == want) {
            right++;
        } else if (got) {
            accepts++;
            print_message("# accepted: %s\n", id);
        } else {
            rejects++;
            print_message("# refused: %s: HC-%04d %s\n", id, (int)e.code, e.text);
        }
    }
    print_message("# limbo: %zu right, %zu accepted that should not be, %zu refused that should not be\n", right,
                  accepts, rejects);
    assert_int_equal(accepts, 0);
    assert_true(rejects * 20 <= right);
    json_decref(suite);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    return hc_failed(hc_crypto_new(&crypto, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limbo_has_no_unexpected_accept),
    };
    return cmocka_run_group_tests_name("pki/vectors", tests, set_up, tear_down);
}
