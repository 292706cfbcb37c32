/* test_h1_names.c - who owns a header field. */
#include "hc_test.h"

#include "proto/h1.h"

typedef bool predicate(struct hc_bytes name);

/* `yes` and `no` end with NULL. */
static void expect_names(predicate *is, const char *const *yes, const char *const *no)
{
    for (; *yes; yes++)
        if (!is(hc_bytes_str(*yes)))
            fail_msg("missed: %s", *yes);
    for (; *no; no++)
        if (is(hc_bytes_str(*no)))
            fail_msg("wrongly taken: %s", *no);
}

static void hop_by_hop_fields_are_known(void **state)
{
    static const char *const yes[] = {
        "Connection", "connection",         "Keep-Alive",
        "keep_alive", "Proxy-Connection",   "TE",
        "Trailer",    "Transfer-Encoding",  "transfer_encoding",
        "Upgrade",    "Proxy-Authenticate", "Proxy-Authorization",
        NULL,
    };
    static const char *const no[] = {"Host", "Cookie", "Content-Length", "Authorization", "Trailers", "TEx", "",
                                     "-",    NULL};

    (void)state;
    expect_names(hc_h1_name_is_hop_by_hop, yes, no);
}

static void no_spelling_of_an_identity_passes(void **state)
{
    static const char *const yes[] = {
        "Handclasp-Identity",
        "handclasp-identity",
        "HANDCLASP_IDENTITY",
        "Handclasp.Identity",
        "handclasp~identity",
        "Handclasp-Anything-New",
        "Handclasp",
        "handclasp-",
        "Handclasp-Identity ",
        "Handclasp-Identity\t",
        "Handclasp-Identity\x0b",
        "Handclasp_Identity_",
        "Client-Cert",
        "client_cert",
        "Client-Cert-Chain",
        "CLIENT_CERT_CHAIN",
        "X-Forwarded-Client-Cert",
        "x_forwarded_client_cert",
        "X-SSL-Client-Verify",
        "X-Ssl-Cert",
        "x_ssl_client_s_dn",
        "SSL-Client-Cert",
        "SSL_CLIENT_S_DN",
        "X-Client-Cert",
        "X-Client-Certificate",
        "X-Client-Cert-Sha256",
        "X-Amzn-Mtls-Clientcert",
        "x-amzn-mtls-clientcert-leaf",
        "X-Forwarded-Tls-Client-Cert",
        "X-Forwarded-Tls-Client-Cert-Info",
        "Remote-User",
        "REMOTE_USER",
        "X-Remote-User",
        "X-Remote-Group",
        "X-Remote-Extra-Scopes",
        "Remote-Groups",
        "Remote-Email",
        "X-Authenticated-User",
        "X-Authenticated-Userid",
        "Tls-Client-Subject",
        "tls_client_cert",
        "X-Client-S-DN",
        "x_client_s_dn",
        "X-Client-I-DN",
        "X-Client-Subject-DN",
        "X-Client-Issuer-DN",
        "X-Client-DN",
        "X-Client-Verify",
        "X-Client-Serial",
        "X-Client-Fingerprint",
        "X-Client-Fingerprint-Sha256",
        NULL,
    };
    static const char *const no[] = {
        "Host",        "Cookie", "Client",   "Client-Ip", "X-Client-Version", "X-Forwarded-For",
        "X-SS",        "Hand",   "handclas", "",          "X-Client",         "Remote",
        "X-Client-Ip", "User",   NULL,
    };

    (void)state;
    expect_names(hc_h1_name_is_identity, yes, no);
}

static void overrides_of_path_and_method_are_known(void **state)
{
    static const char *const yes[] = {
        "X-Original-URL",
        "x_original_url",
        "X-Original-Uri",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "x_http_method",
        "X-HTTP-Method",
        "X-Method-Override",
        "Proxy",
        "proxy_",
        NULL,
    };
    static const char *const no[] = {"X-Original-Host", "X-HTTP-Methods", "Method", "Proxy-Status", "", NULL};

    (void)state;
    expect_names(hc_h1_name_is_override, yes, no);
}

static void forwarding_fields_are_known(void **state)
{
    static const char *const yes[] = {
        "Forwarded",
        "forwarded_",
        "X-Forwarded-For",
        "x_forwarded_for",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Real-IP",
        "X-Forwarded-Client-Cert",
        "X-Forwarded-Ssl",
        "X-Client-IP",
        "x_client_ip",
        "True-Client-IP",
        "X-Cluster-Client-IP",
        "CF-Connecting-IP",
        "CF-Connecting-IPv6",
        "Fastly-Client-IP",
        "X-Host",
        "X_HOST",
        "X-Original-Host",
        NULL,
    };
    static const char *const no[] = {"Forward", "X-Forward", "Via", "Host", "X-Hosts", "Client", "", NULL};

    (void)state;
    expect_names(hc_h1_name_is_forwarded, yes, no);
}

static void tokens_are_tokens(void **state)
{
    (void)state;
    assert_true(hc_h1_is_token(HC_BYTES("!#$%&'*+-.^_`|~09azAZ")));
    assert_false(hc_h1_is_token(HC_BYTES("")));
    assert_false(hc_h1_is_token(HC_BYTES("a b")));
    assert_false(hc_h1_is_token(HC_BYTES("a\0")));
    assert_false(hc_h1_is_token(HC_BYTES("a\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hop_by_hop_fields_are_known),
        cmocka_unit_test(no_spelling_of_an_identity_passes),
        cmocka_unit_test(overrides_of_path_and_method_are_known),
        cmocka_unit_test(forwarding_fields_are_known),
        cmocka_unit_test(tokens_are_tokens),
    };

    return cmocka_run_group_tests_name("proto/h1_names", tests, NULL, NULL);
}
