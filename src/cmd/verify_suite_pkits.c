/*
 * verify_suite_pkits.c - the NIST PKITS definitions: names of certificates and CRLs, which lie as DER in a directory,
 * and the inputs of RFC 5280 6.1.1. SetUserConstrainedPolicySet is an output of theirs and not read.
 */
#include "base/clock.h"
#include "base/file.h"
#include "cmd/verify_suite_kind.h"

/* 2020-01-01: its certificates and CRLs hold from 2010 to 2030, or are meant not to. */
#define JUDGED_AT INT64_C(1577836800)
/* 2.16.840.1.101.3.2.1.48.N are NIST-test-policy-N [PKITS 3]; the last octet is missing. */
#define TEST_POLICY HC_BYTES("\x60\x86\x48\x01\x65\x03\x02\x01\x30")
#define ANY_POLICY HC_BYTES("\x55\x1d\x20\x00")

static struct hc_rc list(struct hc_verify_suite *s, struct hc_err *e)
{
    HC_TRY(e, hc_verify_suite_json_is(s->root, JSON_ARRAY, "the suite", e));
    return hc_verify_suite_add(s, "", s->root, e);
}

/* DATA/FOLDER/NAME.SUFFIX, where the name can lead nowhere else. */
static struct hc_rc read_subject(const char *data, const char *folder, const char *name, struct hc_buf *out,
                                 struct hc_err *e)
{
    char path[HC_PATH];
    const char *suffix = strcmp(folder, "certs") == 0 ? "crt" : "crl";
    for (const char *p = name; *p; p++)
        if (!hc_ascii_is_alpha((uint8_t)*p) && !hc_ascii_is_digit((uint8_t)*p) && *p != '-' && *p != '_')
            return HC_FAIL(e, HC_E_SUITE, "%s is not the name of a file in %s", name, folder);
    int n = snprintf(path, sizeof path, "%s/%s/%s.%s", data, folder, name, suffix);
    if (n < 0 || (size_t)n >= sizeof path)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of %s is longer than %d bytes", name, HC_PATH - 1);
    return hc_file_read(path, out, e);
}

struct subjects {
    const char *data;
    struct hc_verify_suite_case *k;
    bool leaf; /* the leaf is read in this round, otherwise what stands above it */
    size_t i, n;
};

/* certs[0] is the anchor, the last one the leaf, which is presented before the others. */
static struct hc_rc add_cert(void *ctx, const char *name, struct hc_err *e)
{
    struct subjects *s = ctx;
    size_t i = s->i++;
    if (s->leaf != (i + 1 == s->n))
        return HC_OK;
    HC_BUF_AUTO(der, HC_CERT_MAX);
    HC_TRY(e, read_subject(s->data, "certs", name, &der, e));
    if (i == 0)
        return hc_verify_suite_case_anchor(s->k, hc_buf_view(&der), e);
    return hc_verify_suite_case_present(s->k, hc_buf_view(&der), e);
}

static struct hc_rc add_crl(void *ctx, const char *name, struct hc_err *e)
{
    struct subjects *s = ctx;
    HC_BUF_AUTO(der, HC_VERIFY_SUITE_CRL_MAX);
    HC_TRY(e, read_subject(s->data, "crls", name, &der, e));
    return hc_verify_suite_case_crl(s->k, hc_buf_view(&der), e);
}

static struct hc_rc add_subjects(const char *data, const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    struct subjects s = {.data = data, .k = k, .leaf = true};
    json_t *certs;
    HC_TRY(e, hc_verify_suite_json_get(json, "certs", JSON_ARRAY, &certs, e));
    s.n = json_array_size(certs);
    if (s.n < 2)
        return HC_FAIL(e, HC_E_SUITE, "certs holds no anchor and leaf");
    HC_TRY(e, hc_verify_suite_json_strings(json, "certs", add_cert, &s, e));
    s.leaf = false;
    s.i = 0;
    HC_TRY(e, hc_verify_suite_json_strings(json, "certs", add_cert, &s, e));
    return hc_verify_suite_json_strings(json, "crls", add_crl, &s, e);
}

static struct hc_rc add_policy(struct hc_verify_suite_case *k, struct hc_bytes name, struct hc_err *e)
{
    static const char prefix[] = "NIST-test-policy-";
    const size_t before = sizeof prefix - 1;
    if (hc_bytes_eq_str(name, "anyPolicy"))
        return hc_verify_suite_case_policy(k, ANY_POLICY, e);
    if (name.n != before + 1 || memcmp(name.p, prefix, before) != 0 || !hc_ascii_is_digit(name.p[before]))
        return HC_FAIL(e, HC_E_SUITE, "%.*s is no policy of PKITS", HC_BYTES_FMT(name));
    uint8_t oid[HC_VERIFY_SUITE_OID];
    memcpy(oid, TEST_POLICY.p, TEST_POLICY.n);
    oid[TEST_POLICY.n] = (uint8_t)(name.p[before] - '0');
    return hc_verify_suite_case_policy(k, hc_bytes_of(oid, TEST_POLICY.n + 1), e);
}

/* One text may hold several, with commas between. */
static struct hc_rc add_policies(void *ctx, const char *text, struct hc_err *e)
{
    struct hc_bytes rest = hc_bytes_str(text);
    do {
        struct hc_bytes name = hc_bytes_head(rest, hc_bytes_find(rest, ','));
        HC_TRY(e, add_policy(ctx, name, e));
        rest = hc_bytes_skip(rest, name.n + 1);
    } while (rest.n > 0);
    return HC_OK;
}

/* They are written as text, "true". */
static struct hc_rc read_flag(const json_t *json, const char *key, bool *out, struct hc_err *e)
{
    json_t *value;
    HC_TRY(e, hc_verify_suite_json_option(json, key, JSON_STRING, &value, e));
    const char *text = value ? json_string_value(value) : "false";
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return HC_FAIL(e, HC_E_SUITE, "%s is neither true nor false", key);
    *out = *text == 't';
    return HC_OK;
}

static struct hc_rc read(const struct hc_verify_suite *s, const struct hc_verify_suite_item *item,
                         struct hc_verify_suite_case *k, struct hc_err *e)
{
    const char *name;
    json_t *set;
    struct hc_verify_policies *policies = &k->policy.policies;
    HC_TRY(e, hc_verify_suite_json_str(item->json, "name", &name, e));
    HC_TRY(e, hc_verify_suite_case_id(k, e, "%s", name));
    k->policy.now = JUDGED_AT;
    HC_TRY(e, add_subjects(s->data, item->json, k, e));
    HC_TRY(e, hc_verify_suite_json_option(item->json, "SetInitialPolicySet", JSON_ARRAY, &set, e));
    if (set)
        HC_TRY(e, hc_verify_suite_json_strings(item->json, "SetInitialPolicySet", add_policies, k, e));
    HC_TRY(e, read_flag(item->json, "SetInitialExplicitPolicy", &policies->explicit_policy, e));
    HC_TRY(e, read_flag(item->json, "SetInitialPolicyMappingInhibit", &policies->inhibit_mapping, e));
    return read_flag(item->json, "SetInitialInhibitAnyPolicy", &policies->inhibit_any, e);
}

const struct hc_verify_suite_kind hc_verify_suite_pkits = {
    .name = "pkits",
    .has_data = true,
    .list = list,
    .read = read,
};
