/* Configuration profiles: their structure, what makes them the same, and hostile text in them. */
#include "hc_test.h"

#include <ctype.h>

#include "base/escape.h"
#include "pki/mobileconfig.h"
#include "testpki.h"

#define PROFILE_MAX (1 << 20)

struct kit {
    struct hc_crypto *c;
    struct testpki root, issuer, alice, alice_again, bob;
};
static struct kit k;

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    testpki_issue(k.c, &(struct testpki_spec){.subject = "<Root> & \"Co\"", .ca = true}, NULL, &k.root);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Issuer", .ca = true}, &k.root, &k.issuer);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "a", .san = {"email:a@example.com"}}, &k.issuer, &k.alice);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "b", .san = {"email:a@example.com"}}, &k.issuer,
                  &k.alice_again);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "a", .san = {"email:b@example.com"}}, &k.issuer, &k.bob);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    testpki_fini(&k.bob);
    testpki_fini(&k.alice_again);
    testpki_fini(&k.alice);
    testpki_fini(&k.issuer);
    testpki_fini(&k.root);
    hc_crypto_free(k.c);
    return 0;
}

static struct hc_mobileconfig_parts parts_of(const struct testpki *leaf)
{
    return (struct hc_mobileconfig_parts){.p12 =
                                              HC_BYTES("not really a PKCS #12 file, but as long as a line and a half"),
                                          .leaf = leaf->cert,
                                          .issuer = k.issuer.cert,
                                          .root = k.root.cert,
                                          .name = "a@example.com"};
}

static const char *emitted(const struct hc_mobileconfig_parts *parts, struct hc_buf *out)
{
    struct hc_err e;

    expect_ok(&e, hc_mobileconfig_emit(parts, out, &e));
    return hc_buf_cstr(out);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

/* The string after the n-th such key; in `value`. */
static const char *string_of(const char *text, const char *key, int n, char value[256])
{
    const char *end;

    for (text = strstr(text, key); n > 0 && text; n--)
        text = strstr(text + 1, key);
    assert_non_null(text);
    text = strstr(text, "<string>");
    assert_non_null(text);
    text += strlen("<string>");
    end = strstr(text, "</string>");
    assert_true(end && end - text < 256);
    memcpy(value, text, (size_t)(end - text));
    value[end - text] = 0;
    return value;
}

static void expect_data(const char *text, struct hc_bytes der)
{
    HC_BUF_AUTO(want, PROFILE_MAX);

    hc_buf_add_str(&want, "<data>\n");
    for (; der.n > 0; der = hc_bytes_skip(der, 48)) {
        hc_escape_base64(&want, hc_bytes_head(der, 48));
        hc_buf_add_byte(&want, '\n');
    }
    hc_buf_add_str(&want, "</data>");
    assert_non_null(strstr(text, hc_buf_cstr(&want)));
}

static void profile_holds_root_issuer_and_identity(void **state)
{
    struct hc_mobileconfig_parts parts = parts_of(&k.alice);
    HC_BUF_SECRET(out, PROFILE_MAX);
    const char *text = emitted(&parts, &out);

    (void)state;
    assert_ptr_equal(strstr(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist "), text);
    assert_non_null(strstr(text, "<plist version=\"1.0\">\n<dict>\n"));
    assert_string_equal(text + strlen(text) - 17, "</dict>\n</plist>\n");
    assert_int_equal(count(text, "<dict>"), 4);
    assert_int_equal(count(text, "</dict>"), 4);
    assert_int_equal(count(text, "<string>Configuration</string>"), 1);
    assert_int_equal(count(text, "<string>com.apple.security.root</string>"), 1);
    assert_int_equal(count(text, "<string>com.apple.security.pkcs1</string>"), 1);
    assert_int_equal(count(text, "<string>com.apple.security.pkcs12</string>"), 1);
    assert_int_equal(count(text, "<key>PayloadUUID</key>"), 4);
    assert_non_null(strstr(text, "<key>PayloadRemovalDisallowed</key>\n<false/>"));
    assert_null(strstr(text, "Password"));
    expect_data(text, k.root.cert->der);
    expect_data(text, k.issuer.cert->der);
    expect_data(text, parts.p12);
}

static void profile_without_identity_holds_the_cas_only(void **state)
{
    struct hc_mobileconfig_parts parts = {.issuer = k.issuer.cert, .root = k.root.cert};
    HC_BUF_AUTO(out, PROFILE_MAX);
    HC_BUF_AUTO(root_only, PROFILE_MAX);
    const char *text = emitted(&parts, &out);
    char value[256];

    (void)state;
    assert_int_equal(count(text, "<dict>"), 3);
    assert_null(strstr(text, "pkcs12"));
    string_of(text, "PayloadIdentifier", 0, value);
    assert_true(hc_bytes_ends(hc_bytes_str(value), HC_BYTES(".trust")));
    parts.issuer = k.root.cert;
    assert_int_equal(count(emitted(&parts, &root_only), "<dict>"), 2);
}

static void uuids_have_their_shape_and_differ(void **state)
{
    struct hc_mobileconfig_parts parts = parts_of(&k.alice);
    HC_BUF_SECRET(out, PROFILE_MAX);
    const char *text = emitted(&parts, &out);
    char uuid[4][256];

    (void)state;
    for (int i = 0; i < 4; i++) {
        string_of(text, "PayloadUUID", i, uuid[i]);
        assert_int_equal(strlen(uuid[i]), 36);
        for (int at = 0; at < 36; at++)
            assert_true(at == 8 || at == 13 || at == 18 || at == 23 ? uuid[i][at] == '-' : isxdigit(uuid[i][at]) != 0);
        assert_int_equal(uuid[i][14], '8');
        assert_non_null(strchr("89ab", uuid[i][19]));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(uuid[i], uuid[j]);
    }
}

static void renewed_identity_keeps_its_identifier_and_changes_its_uuid(void **state)
{
    const struct testpki *leaves[] = {&k.alice, &k.alice, &k.alice_again, &k.bob};
    char id[4][256], uuid[4][256];

    (void)state;
    for (size_t i = 0; i < HC_COUNT(leaves); i++) {
        struct hc_mobileconfig_parts parts = parts_of(leaves[i]);
        HC_BUF_SECRET(out, PROFILE_MAX);
        const char *text;

        if (i == 1)
            parts.p12 = HC_BYTES("the same with another salt");
        text = emitted(&parts, &out);
        string_of(text, "PayloadIdentifier", 0, id[i]);
        string_of(text, "PayloadUUID", 0, uuid[i]);
    }
    assert_true(hc_bytes_starts(hc_bytes_str(id[0]), HC_BYTES("local.handclasp.")));
    assert_string_equal(id[0], id[1]);
    assert_string_equal(uuid[0], uuid[1]);
    assert_string_equal(id[0], id[2]);
    assert_string_not_equal(uuid[0], uuid[2]);
    assert_string_not_equal(id[0], id[3]);
}

static void texts_are_escaped(void **state)
{
    struct hc_mobileconfig_parts parts = parts_of(&k.alice);
    HC_BUF_SECRET(out, PROFILE_MAX);
    const char *text;

    (void)state;
    parts.name = "</string><key>PayloadType</key>\n\x1b'\xff\xe2\x80\xae";
    text = emitted(&parts, &out);
    assert_int_equal(count(text, "<key>PayloadType</key>"), 4);
    assert_non_null(strstr(text, "&lt;/string&gt;&lt;key&gt;PayloadType&lt;/key&gt;\\n\\x1b&#39;\\xff\\u{202e}"));
    assert_non_null(strstr(text, "&lt;Root&gt; &amp; &quot;Co&quot;"));
    assert_null(strstr(text, "<Root>"));
}

static void profile_must_fit_its_buffer(void **state)
{
    struct hc_mobileconfig_parts parts = parts_of(&k.alice);
    HC_BUF_SECRET(out, 2000);
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_mobileconfig_emit(&parts, &out, &e), HC_E_TOO_BIG);
}

static struct hc_rc emit(void *ctx, struct hc_err *e)
{
    HC_BUF_SECRET(out, PROFILE_MAX);

    return hc_mobileconfig_emit(ctx, &out, e);
}

static void profile_survives_every_failing_allocation(void **state)
{
    struct hc_mobileconfig_parts parts = parts_of(&k.alice);

    (void)state;
    assert_true(fault_sweep(emit, &parts) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_holds_root_issuer_and_identity),
        cmocka_unit_test(profile_without_identity_holds_the_cas_only),
        cmocka_unit_test(uuids_have_their_shape_and_differ),
        cmocka_unit_test(renewed_identity_keeps_its_identifier_and_changes_its_uuid),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(profile_must_fit_its_buffer),
        cmocka_unit_test(profile_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/mobileconfig", tests, set_up, tear_down);
}
