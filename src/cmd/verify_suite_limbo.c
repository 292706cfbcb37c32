/*
 * verify_suite_limbo.c - x509-limbo: one object a case, certificates and CRLs as PEM text.
 *
 * What a case asks and we cannot answer is skipped with its reason, never guessed: a public suffix list, lists of
 * signature algorithms, purposes besides serverAuth and clientAuth, what a later version of the suite may bring.
 */
#include "base/clock.h"
#include "cmd/verify_suite_kind.h"

static struct hc_rc list(struct hc_verify_suite *s, struct hc_err *e)
{
    json_t *cases;
    HC_TRY(e, hc_verify_suite_json_is(s->root, JSON_OBJECT, "the suite", e));
    HC_TRY(e, hc_verify_suite_json_get(s->root, "testcases", JSON_ARRAY, &cases, e));
    return hc_verify_suite_add(s, "", cases, e);
}

static struct hc_rc add_anchor(void *ctx, const char *text, struct hc_err *e)
{
    return hc_verify_suite_case_anchor(ctx, hc_bytes_str(text), e);
}

static struct hc_rc add_presented(void *ctx, const char *text, struct hc_err *e)
{
    return hc_verify_suite_case_present(ctx, hc_bytes_str(text), e);
}

static struct hc_rc add_crl(void *ctx, const char *text, struct hc_err *e)
{
    return hc_verify_suite_case_crl(ctx, hc_bytes_str(text), e);
}

static struct hc_rc note_feature(void *ctx, const char *text, struct hc_err *e)
{
    struct hc_verify_suite_case *k = ctx;
    (void)e;
    if (strcmp(text, "pedantic-public-suffix-wildcard") == 0)
        k->skip = "needs the public suffix list, which is not part of Handclasp";
    return HC_OK;
}

static struct hc_rc note_algorithm(void *ctx, const char *text, struct hc_err *e)
{
    struct hc_verify_suite_case *k = ctx;
    (void)e;
    (void)text;
    k->skip = "limits the algorithms of signatures, for which there is no option";
    return HC_OK;
}

static struct hc_rc add_key_usage(void *ctx, const char *text, struct hc_err *e)
{
    static const struct {
        const char *text;
        uint32_t bit;
    } usages[] = {
        {"digitalSignature", HC_KU_DIGITAL_SIGNATURE},
        {"contentCommitment", HC_KU_CONTENT_COMMITMENT},
        {"keyEncipherment", HC_KU_KEY_ENCIPHERMENT},
        {"dataEncipherment", HC_KU_DATA_ENCIPHERMENT},
        {"keyAgreement", HC_KU_KEY_AGREEMENT},
        {"keyCertSign", HC_KU_CERT_SIGN},
        {"cRLSign", HC_KU_CRL_SIGN},
        {"encipherOnly", HC_KU_ENCIPHER_ONLY},
        {"decipherOnly", HC_KU_DECIPHER_ONLY},
    };
    struct hc_verify_suite_case *k = ctx;
    (void)e;
    for (size_t i = 0; i < HC_COUNT(usages); i++) {
        if (strcmp(text, usages[i].text) == 0) {
            k->key_usage |= usages[i].bit;
            return HC_OK;
        }
    }
    k->skip = "asks for a key usage that is not known";
    return HC_OK;
}

/* The kind of peer says the purpose already; a list may only say the same. */
static struct hc_rc check_purpose(void *ctx, const char *text, struct hc_err *e)
{
    struct hc_verify_suite_case *k = ctx;
    (void)e;
    if (strcmp(text, k->policy.purpose == HC_VERIFY_SERVER ? "serverAuth" : "clientAuth") != 0)
        k->skip = "asks for a purpose besides that of its kind of peer, for which there is no option";
    return HC_OK;
}

static struct hc_rc read_kind(const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    const char *kind;
    HC_TRY(e, hc_verify_suite_json_str(json, "validation_kind", &kind, e));
    if (strcmp(kind, "SERVER") != 0 && strcmp(kind, "CLIENT") != 0)
        return HC_FAIL(e, HC_E_SUITE, "validation_kind is %s, which is neither SERVER nor CLIENT", kind);
    k->policy.purpose = *kind == 'S' ? HC_VERIFY_SERVER : HC_VERIFY_CLIENT;
    if (strncmp(k->id, "webpki::", strlen("webpki::")) == 0)
        k->policy.profile = HC_VERIFY_WEBPKI;
    return HC_OK;
}

static struct hc_rc read_time(const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    json_t *time;
    struct hc_err bad;
    HC_TRY(e, hc_verify_suite_json_option(json, "validation_time", JSON_STRING, &time, e));
    if (time && hc_failed(hc_time_parse(hc_bytes_str(json_string_value(time)), &k->policy.now, &bad)))
        return HC_FAIL(e, HC_E_SUITE, "validation_time: %s", bad.text);
    return HC_OK;
}

static struct hc_rc read_depth(const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    json_t *depth;
    HC_TRY(e, hc_verify_suite_json_option(json, "max_chain_depth", JSON_INTEGER, &depth, e));
    if (depth == NULL)
        return HC_OK;
    if (json_integer_value(depth) < 0 || json_integer_value(depth) > INT32_MAX)
        return HC_FAIL(e, HC_E_SUITE, "max_chain_depth is out of range");
    k->limits_depth = true;
    k->max_cas = (size_t)json_integer_value(depth);
    return HC_OK;
}

static struct hc_rc add_name(struct hc_verify_suite_case *k, const json_t *name, struct hc_err *e)
{
    const char *kind, *value;
    HC_TRY(e, hc_verify_suite_json_str(name, "kind", &kind, e));
    HC_TRY(e, hc_verify_suite_json_str(name, "value", &value, e));
    if (strcmp(kind, "DNS") == 0)
        return hc_verify_suite_case_name(k, HC_NAME_DNS, hc_bytes_str(value), e);
    if (strcmp(kind, "IP") == 0)
        return hc_verify_suite_case_name(k, HC_NAME_IP, hc_bytes_str(value), e);
    if (strcmp(kind, "RFC822") == 0)
        return hc_verify_suite_case_name(k, HC_NAME_EMAIL, hc_bytes_str(value), e);
    k->skip = "expects a name of a kind that is not known";
    return HC_OK;
}

static struct hc_rc read_names(const json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    json_t *one, *several;
    HC_TRY(e, hc_verify_suite_json_option(json, "expected_peer_name", JSON_OBJECT, &one, e));
    HC_TRY(e, hc_verify_suite_json_option(json, "expected_peer_names", JSON_ARRAY, &several, e));
    if (one)
        HC_TRY(e, add_name(k, one, e));
    for (size_t i = 0; i < json_array_size(several); i++)
        HC_TRY(e, add_name(k, json_array_get(several, i), e));
    return HC_OK;
}

static struct hc_rc read(const struct hc_verify_suite *s, const struct hc_verify_suite_item *item,
                         struct hc_verify_suite_case *k, struct hc_err *e)
{
    const json_t *json = item->json;
    const char *id, *leaf;
    (void)s;
    HC_TRY(e, hc_verify_suite_json_str(json, "id", &id, e));
    HC_TRY(e, hc_verify_suite_case_id(k, e, "%s", id));
    HC_TRY(e, read_kind(json, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "trusted_certs", add_anchor, k, e));
    HC_TRY(e, hc_verify_suite_json_str(json, "peer_certificate", &leaf, e));
    HC_TRY(e, hc_verify_suite_case_present(k, hc_bytes_str(leaf), e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "untrusted_intermediates", add_presented, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "crls", add_crl, k, e));
    HC_TRY(e, read_time(json, k, e));
    HC_TRY(e, read_depth(json, k, e));
    HC_TRY(e, read_names(json, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "key_usage", add_key_usage, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "extended_key_usage", check_purpose, k, e));
    HC_TRY(e, hc_verify_suite_json_strings(json, "signature_algorithms", note_algorithm, k, e));
    return hc_verify_suite_json_strings(json, "features", note_feature, k, e);
}

const struct hc_verify_suite_kind hc_verify_suite_limbo = {.name = "limbo", .list = list, .read = read};
