/*
 * verify_suite_bettertls.c - BetterTLS: one root for all, and cases whose certificates are base64 of DER, leaf first.
 *
 * No case says when it is judged, and some hold a CA's certificate that ended a day after the others began. It is
 * halfway through the leaf's life, so that the same file gives the same answers for ever.
 */
#include "cmd/verify_suite_kind.h"

static struct hc_rc list(struct hc_verify_suite *s, struct hc_err *e)
{
    json_t *suites, *suite;
    const char *name;
    HC_TRY(e, hc_verify_suite_json_is(s->root, JSON_OBJECT, "the suite", e));
    HC_TRY(e, hc_verify_suite_json_get(s->root, "suites", JSON_OBJECT, &suites, e));
    json_object_foreach(suites, name, suite)
    {
        json_t *cases;
        HC_TRY(e, hc_verify_suite_json_is(suite, JSON_OBJECT, name, e));
        HC_TRY(e, hc_verify_suite_json_get(suite, "testCases", JSON_ARRAY, &cases, e));
        HC_TRY(e, hc_verify_suite_add(s, name, cases, e));
    }
    return HC_OK;
}

static struct hc_rc add_presented(void *ctx, const char *text, struct hc_err *e)
{
    HC_BUF_AUTO(pem, 2 * HC_CERT_MAX);
    hc_verify_suite_case_armour(&pem, text);
    HC_TRY(e, hc_buf_check(&pem, e));
    return hc_verify_suite_case_present(ctx, hc_buf_view(&pem), e);
}

static struct hc_rc add_root(const json_t *root, struct hc_verify_suite_case *k, struct hc_err *e)
{
    const char *text;
    HC_BUF_AUTO(pem, 2 * HC_CERT_MAX);
    HC_TRY(e, hc_verify_suite_json_str(root, "trustRoot", &text, e));
    hc_verify_suite_case_armour(&pem, text);
    HC_TRY(e, hc_buf_check(&pem, e));
    return hc_verify_suite_case_anchor(k, hc_buf_view(&pem), e);
}

static struct hc_rc add_host(const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    const char *host;
    uint8_t ip[16];
    HC_TRY(e, hc_verify_suite_json_str(json, "hostname", &host, e));
    enum hc_name_type type = hc_name_ip(hc_bytes_str(host), ip) > 0 ? HC_NAME_IP : HC_NAME_DNS;
    return hc_verify_suite_case_name(k, type, hc_bytes_str(host), e);
}

static struct hc_rc read(const struct hc_verify_suite *s, const struct hc_verify_suite_item *item,
                         struct hc_verify_suite_case *k, struct hc_err *e)
{
    json_t *id;
    HC_TRY(e, hc_verify_suite_json_get(item->json, "id", JSON_INTEGER, &id, e));
    HC_TRY(e, hc_verify_suite_case_id(k, e, "%s::%lld", item->suite, (long long)json_integer_value(id)));
    k->policy.purpose = HC_VERIFY_SERVER;
    HC_TRY(e, add_root(s->root, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(item->json, "certificates", add_presented, k, e));
    if (!k->has_leaf)
        return HC_FAIL(e, HC_E_SUITE, "certificates is empty");
    if (k->refused.code == HC_OK_CODE) {
        const struct hc_cert *leaf = k->presented.cert[0];
        k->policy.now = leaf->not_before + (leaf->not_after - leaf->not_before) / 2;
    }
    return add_host(item->json, k, e);
}

const struct hc_verify_suite_kind hc_verify_suite_bettertls = {.name = "bettertls", .list = list, .read = read};
