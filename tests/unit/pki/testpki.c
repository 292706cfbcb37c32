/* testpki.c - the writer behind testpki.h. */
#include "testpki.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "asn1/derw.h"
#include "crypto/digest.h"
#include "pki/crl.h"
#include "pki/crlw.h"
#include "pki/oid.h"
#include "pki/pem.h"
#include "pki/within.h"

#define CERT_ROOM (512 * 1024)

void testpki_fini(struct testpki *t)
{
    hc_key_free(t->key);
    hc_cert_free(t->cert);
    *t = (struct testpki){0};
}

static void attribute(struct hc_buf *out, struct hc_bytes oid, const char *value, bool ia5)
{
    size_t set = hc_derw_begin(out, HC_DER_SET);
    size_t pair = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, oid);
    if (ia5)
        hc_derw_ia5(out, hc_bytes_str(value));
    else
        hc_derw_utf8(out, hc_bytes_str(value));
    hc_derw_end(out, pair);
    hc_derw_end(out, set);
}

static void name(struct hc_buf *out, const char *common_name, const char *email)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    if (common_name != NULL)
        attribute(out, HC_OID_AT_COMMON_NAME, common_name, false);
    if (email != NULL)
        attribute(out, HC_OID_AT_EMAIL, email, true);
    hc_derw_end(out, seq);
}

static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static size_t address(const char *text, uint8_t out[16])
{
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    assert_int_equal(inet_pton(AF_INET6, text, out), 1);
    return 16;
}

static void ip_name(struct hc_buf *out, const char *text)
{
    uint8_t bytes[32];
    char base[64];
    const char *slash = strchr(text, '/');
    snprintf(base, sizeof(base), "%.*s", (int)(slash ? slash - text : (long)strlen(text)), text);
    size_t n = address(base, bytes);
    if (slash != NULL)
        n += address(slash + 1, bytes + n);
    hc_derw_element(out, HC_GN_IP, hc_bytes_of(bytes, n));
}

static void hex(struct hc_buf *out, const char *text)
{
    for (; text[0] != '\0' && text[1] != '\0'; text += 2)
        hc_buf_add_byte(out, (uint8_t)(hc_ascii_hex((uint8_t)text[0]) << 4 | hc_ascii_hex((uint8_t)text[1])));
}

static void general_name(struct hc_buf *out, const char *text)
{
    const char *value;
    if ((value = after(text, "dns:")) != NULL) {
        hc_derw_element(out, HC_GN_DNS, hc_bytes_str(value));
    } else if ((value = after(text, "email:")) != NULL) {
        hc_derw_element(out, HC_GN_EMAIL, hc_bytes_str(value));
    } else if ((value = after(text, "uri:")) != NULL) {
        hc_derw_element(out, HC_GN_URI, hc_bytes_str(value));
    } else if ((value = after(text, "ip:")) != NULL) {
        ip_name(out, value);
    } else if ((value = after(text, "dir:")) != NULL) {
        size_t explicit = hc_derw_begin(out, HC_GN_DIRECTORY);
        name(out, *value ? value : NULL, NULL);
        hc_derw_end(out, explicit);
    } else if (after(text, "other:") != NULL) {
        size_t other = hc_derw_begin(out, HC_GN_OTHER);
        hc_derw_oid(out, HC_BYTES("\x2b\x06\x01\x04\x01"));
        size_t explicit = hc_derw_begin(out, 0xa0);
        hc_derw_utf8(out, HC_BYTES("x"));
        hc_derw_end(out, explicit);
        hc_derw_end(out, other);
    } else if (after(text, "rid:") != NULL) {
        hc_derw_element(out, 0x88, HC_BYTES("\x2b\x06\x01"));
    } else {
        fail_msg("testpki: what is %s?", text);
    }
}

static void extension(struct hc_buf *out, struct hc_bytes oid, bool critical, struct hc_buf *value)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, oid);
    if (critical)
        hc_derw_bool(out, true);
    hc_derw_octets(out, hc_buf_view(value));
    hc_derw_end(out, seq);
    hc_buf_clear(value);
}

static void subtrees(struct hc_buf *out, uint8_t tag, const char *const list[TESTPKI_NAMES])
{
    if (list[0] == NULL)
        return;
    size_t all = hc_derw_begin(out, tag);
    for (size_t i = 0; i < TESTPKI_NAMES && list[i] != NULL; i++) {
        const char *raw = after(list[i], "hex:");
        if (raw != NULL) {
            hex(out, raw);
            continue;
        }
        size_t one = hc_derw_begin(out, HC_DER_SEQUENCE);
        general_name(out, list[i]);
        hc_derw_end(out, one);
    }
    hc_derw_end(out, all);
}

static void constraints_extension(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    if (s->permitted[0] == NULL && s->excluded[0] == NULL)
        return;
    size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
    subtrees(v, 0xa0, s->permitted);
    subtrees(v, 0xa1, s->excluded);
    hc_derw_end(v, seq);
    extension(out, HC_OID_NAME_CONSTRAINTS, true, v);
}

static void usage_extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    if (!s->no_basic_constraints && (s->ca || s->pathlen > 0)) {
        size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
        if (s->ca)
            hc_derw_bool(v, true);
        if (s->pathlen > 0)
            hc_derw_small(v, (uint64_t)s->pathlen - 1);
        hc_derw_end(v, seq);
        extension(out, HC_OID_BASIC_CONSTRAINTS, true, v);
    }
    if (!s->no_usage) {
        uint32_t usual = s->ca ? HC_KU_CERT_SIGN | HC_KU_CRL_SIGN : HC_KU_DIGITAL_SIGNATURE;
        hc_derw_named_bits(v, s->usage ? s->usage : usual);
        extension(out, HC_OID_KEY_USAGE, true, v);
    }
    bool said = s->server || s->client || s->any || s->ocsp;
    if (s->no_eku || (s->ca && !said))
        return;
    size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
    if (s->server || !said)
        hc_derw_oid(v, HC_OID_EKU_SERVER_AUTH);
    if (s->client || !said)
        hc_derw_oid(v, HC_OID_EKU_CLIENT_AUTH);
    if (s->any)
        hc_derw_oid(v, HC_OID_EKU_ANY);
    if (s->ocsp)
        hc_derw_oid(v, HC_OID_EKU_OCSP_SIGNING);
    hc_derw_end(v, seq);
    extension(out, HC_OID_EXT_KEY_USAGE, false, v);
}

static void identifier_extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_bytes spki,
                                  const struct testpki *issuer, struct hc_buf *v)
{
    uint8_t id[HC_SHA1_SIZE];
    hc_sha1(spki, id);
    if (!s->no_ski) {
        hc_derw_octets(v, s->posing_as ? s->posing_as->ski : hc_bytes_of(id, sizeof(id)));
        extension(out, HC_OID_SUBJECT_KEY_ID, false, v);
    }
    if (s->no_aki)
        return;
    struct hc_bytes own = s->posing_as ? s->posing_as->ski : hc_bytes_of(id, sizeof(id));
    struct hc_bytes aki = issuer ? issuer->cert->ski : own;
    if (aki.n == 0)
        return;
    size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
    hc_derw_element(v, HC_DER_CONTEXT(0), s->wrong_aki ? HC_BYTES("\x01\x02\x03") : aki);
    hc_derw_end(v, seq);
    extension(out, HC_OID_AUTHORITY_KEY_ID, false, v);
}

static void odd_extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    if (s->unknown_critical) {
        hc_derw_null(v);
        extension(out, HC_BYTES("\x2b\x06\x01\x04\x01\x81\x00"), true, v);
    }
    if (s->proxy) { /* ProxyCertInfo { proxyPolicy { inheritAll } } */
        hex(v, "300c300a06082b06010505071501");
        extension(out, HC_OID_PROXY_CERT_INFO, true, v);
    }
    if (s->policy_constraints) { /* requireExplicitPolicy 0 */
        hex(v, "3003800100");
        extension(out, HC_OID_POLICY_CONSTRAINTS, true, v);
    }
}

static void policy(struct hc_buf *out, char which)
{
    uint8_t oid[] = {0x2a, 0x03, (uint8_t)(which - '0')};
    hc_derw_oid(out, which == '*' ? HC_OID_ANY_POLICY : hc_bytes_of(oid, sizeof(oid)));
}

static void policy_constraints(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    if (s->require_explicit > 0 || s->inhibit_mapping > 0) {
        uint8_t explicit_policy = (uint8_t)(s->require_explicit - 1), mapping = (uint8_t)(s->inhibit_mapping - 1);
        size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
        if (s->require_explicit > 0)
            hc_derw_element(v, HC_DER_CONTEXT(0), hc_bytes_of(&explicit_policy, 1));
        if (s->inhibit_mapping > 0)
            hc_derw_element(v, HC_DER_CONTEXT(1), hc_bytes_of(&mapping, 1));
        hc_derw_end(v, seq);
        extension(out, HC_OID_POLICY_CONSTRAINTS, true, v);
    }
    if (s->inhibit_any > 0) {
        hc_derw_small(v, (uint64_t)s->inhibit_any - 1);
        extension(out, HC_OID_INHIBIT_ANY_POLICY, true, v);
    }
}

static void policy_extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    if (s->policies != NULL) {
        size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
        for (const char *p = s->policies; *p; p++) {
            size_t one = hc_derw_begin(v, HC_DER_SEQUENCE);
            policy(v, *p);
            hc_derw_end(v, one);
        }
        hc_derw_end(v, seq);
        extension(out, HC_OID_CERTIFICATE_POLICIES, false, v);
    }
    if (s->mappings != NULL) {
        size_t seq = hc_derw_begin(v, HC_DER_SEQUENCE);
        for (const char *p = s->mappings; *p; p += 2) {
            size_t pair = hc_derw_begin(v, HC_DER_SEQUENCE);
            policy(v, p[0]);
            policy(v, p[1]);
            hc_derw_end(v, pair);
        }
        hc_derw_end(v, seq);
        extension(out, HC_OID_POLICY_MAPPINGS, true, v);
    }
    policy_constraints(out, s, v);
}

static void raw_extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_buf *v)
{
    for (size_t i = 0; i < TESTPKI_NAMES && s->raw[i] != NULL; i++) {
        size_t n = strcspn(s->raw[i], "!=");
        HC_BUF_AUTO(text, 64);
        HC_BUF_AUTO(oid, 64);
        hc_buf_add(&text, hc_bytes_of(s->raw[i], n));
        hex(&oid, hc_buf_cstr(&text));
        hex(v, s->raw[i] + n + 1);
        extension(out, hc_buf_view(&oid), s->raw[i][n] == '!', v);
    }
}

static void extensions(struct hc_buf *out, const struct testpki_spec *s, struct hc_bytes spki,
                       const struct testpki *issuer)
{
    HC_BUF_AUTO(v, CERT_ROOM);
    size_t explicit = hc_derw_begin(out, 0xa3);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    usage_extensions(out, s, &v);
    identifier_extensions(out, s, spki, issuer, &v);
    if (s->san[0] != NULL) {
        size_t names = hc_derw_begin(&v, HC_DER_SEQUENCE);
        for (size_t i = 0; i < TESTPKI_NAMES && s->san[i] != NULL; i++)
            general_name(&v, s->san[i]);
        hc_derw_end(&v, names);
        extension(out, HC_OID_SUBJECT_ALT_NAME, s->subject == NULL, &v);
    }
    constraints_extension(out, s, &v);
    odd_extensions(out, s, &v);
    policy_extensions(out, s, &v);
    raw_extensions(out, s, &v);
    hc_derw_end(out, seq);
    hc_derw_end(out, explicit);
}

static void to_be_signed(struct hc_buf *out, const struct testpki_spec *s, struct hc_bytes spki,
                         const struct testpki *issuer, struct hc_bytes algorithm)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t version = hc_derw_begin(out, 0xa0);
    hc_derw_small(out, 2);
    hc_derw_end(out, version);
    hc_derw_small(out, s->serial || s->zero_serial ? s->serial : 0x1234567890);
    hc_derw_raw(out, algorithm);
    if (issuer != NULL)
        hc_derw_raw(out, issuer->cert->subject);
    else
        name(out, s->subject, s->subject_email);
    size_t validity = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_time(out, s->not_before ? s->not_before : TESTPKI_NOW - HC_HOUR);
    hc_derw_time(out, s->not_after ? s->not_after : TESTPKI_NOW + (s->ca ? 365 : 1) * HC_DAY);
    hc_derw_end(out, validity);
    name(out, s->subject, s->subject_email);
    hc_derw_raw(out, spki);
    extensions(out, s, spki, issuer);
    hc_derw_end(out, seq);
}

void testpki_issue(const struct hc_crypto *c, const struct testpki_spec *spec, const struct testpki *issuer,
                   struct testpki *out)
{
    struct hc_err e;
    HC_BUF_AUTO(spki, 4096);
    HC_BUF_AUTO(tbs, CERT_ROOM);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    HC_BUF_AUTO(der, CERT_ROOM);
    struct testpki made = {0};
    if (spec->key == NULL)
        expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &made.key, &e));
    expect_ok(&e, hc_key_spki(spec->key ? spec->key : made.key, &spki, &e));
    const struct hc_key *signer = issuer ? issuer->key : spec->key ? spec->key : made.key;
    struct hc_bytes algorithm = hc_key_signature_algorithm(signer);
    to_be_signed(&tbs, spec, hc_buf_view(&spki), issuer, algorithm);
    expect_ok(&e, hc_key_sign(signer, hc_buf_view(&tbs), &signature, &e));
    if (spec->bad_signature)
        signature.p[signature.n - 1] ^= 1;
    size_t seq = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_raw(&der, hc_buf_view(&tbs));
    hc_derw_raw(&der, algorithm);
    hc_derw_bitstring(&der, hc_buf_view(&signature));
    hc_derw_end(&der, seq);
    expect_ok(&e, hc_buf_check(&der, &e));
    expect_ok(&e, hc_cert_parse(hc_buf_view(&der), &made.cert, &e));
    *out = made;
}

void testpki_crl(const struct testpki_crl *spec, const struct testpki *issuer, struct hc_buf *out)
{
    struct hc_err e;
    HC_BUF_AUTO(tbs, CERT_ROOM);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    const struct hc_key *signer = spec->signer ? spec->signer : issuer->key;
    struct hc_crlw_entry entries[TESTPKI_NAMES];
    size_t n = 0;
    for (; n < TESTPKI_NAMES && spec->revoked[n] != NULL; n++)
        entries[n] = (struct hc_crlw_entry){
            .serial = spec->revoked[n]->serial, .time = TESTPKI_NOW - HC_HOUR, .reason = HC_CRL_KEY_COMPROMISE};
    struct hc_crlw_plan plan = {
        .issuer = issuer->cert,
        .number = spec->number,
        .this_update = spec->this_update ? spec->this_update : TESTPKI_NOW - HC_HOUR,
        .next_update = spec->next_update ? spec->next_update : TESTPKI_NOW + HC_DAY,
        .entries = entries,
        .n_entries = n,
        .sig_alg = hc_key_signature_algorithm(signer),
    };
    expect_ok(&e, hc_crlw_tbs(&plan, &tbs, &e));
    expect_ok(&e, hc_key_sign(signer, hc_buf_view(&tbs), &signature, &e));
    expect_ok(&e, hc_crlw_assemble(hc_buf_view(&tbs), plan.sig_alg, hc_buf_view(&signature), out, &e));
}

void testpki_pem(const struct testpki *t, struct hc_buf *out)
{
    hc_pem_emit(out, HC_PEM_CERTIFICATE, t->cert->der);
}
