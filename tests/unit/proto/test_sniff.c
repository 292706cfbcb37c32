/* test_sniff.c - first bytes of real servers, and what they are taken for. */
#include "hc_test.h"

#include "proto/sniff.h"

static const struct {
    struct hc_bytes first;
    enum hc_sniff want;
} cases[] = {
    {HC_BYTES(""), HC_SNIFF_NOTHING},
    {HC_BYTES("\x16\x03\x03\x00\x41"), HC_SNIFF_TLS},
    {HC_BYTES("\x15\x03\x01\x00\x02\x02\x28"), HC_SNIFF_TLS},
    {HC_BYTES("\x16\x05\x00"), HC_SNIFF_OTHER},
    {HC_BYTES("\x16\x03"), HC_SNIFF_OTHER},
    {HC_BYTES("HTTP/1.1 400 Bad Request\r\n"), HC_SNIFF_HTTP},
    {HC_BYTES("HTTP/1.0 "), HC_SNIFF_HTTP},
    {HC_BYTES("\r\n <!DOCTYPE html>"), HC_SNIFF_HTTP},
    {HC_BYTES("<HTML><head>"), HC_SNIFF_HTTP},
    {HC_BYTES("HTTP/2 "), HC_SNIFF_OTHER},
    {HC_BYTES("\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80"), HC_SNIFF_HTTP2},
    {HC_BYTES("\0\0\x13\4\0\0\0\0\0"), HC_SNIFF_OTHER},
    {HC_BYTES("\0\0\x12\4\0\0\0\0\1"), HC_SNIFF_OTHER},
    {HC_BYTES("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), HC_SNIFF_SSH},
    {HC_BYTES("220 mail.example.com ESMTP Postfix\r\n"), HC_SNIFF_SMTP},
    {HC_BYTES("220-mail.example.com ready\r\n"), HC_SNIFF_SMTP},
    {HC_BYTES("220 ftp.example.com ESMTP\r\n"), HC_SNIFF_SMTP},
    {HC_BYTES("554 smtp refused\r\n"), HC_SNIFF_SMTP},
    {HC_BYTES("220 (vsFTPd 3.0.3)\r\n"), HC_SNIFF_FTP},
    {HC_BYTES("220---------- Welcome to Pure-FTPd ----------\r\n"), HC_SNIFF_FTP},
    {HC_BYTES("220-FileZilla Server 1.7\r\n220 x\r\n"), HC_SNIFF_FTP},
    {HC_BYTES("220 ProFTPD Server (ftp.example.com)\r\n"), HC_SNIFF_FTP},
    {HC_BYTES("220 hello\r\nESMTP"), HC_SNIFF_OTHER},
    {HC_BYTES("220"), HC_SNIFF_OTHER},
    {HC_BYTES("2200 SMTP\r\n"), HC_SNIFF_OTHER},
    {HC_BYTES("* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n"), HC_SNIFF_IMAP},
    {HC_BYTES("* bye too many\r\n"), HC_SNIFF_IMAP},
    {HC_BYTES("* PREAUTH IMAP4rev1\r\n"), HC_SNIFF_IMAP},
    {HC_BYTES("+OK Dovecot ready.\r\n"), HC_SNIFF_POP3},
    {HC_BYTES("-ERR [SYS/TEMP] try later\r\n"), HC_SNIFF_POP3},
    {HC_BYTES("N"), HC_SNIFF_POSTGRES},
    {HC_BYTES("S"), HC_SNIFF_POSTGRES},
    {HC_BYTES("E\0\0\0\x7fSFATAL\0VFATAL\0"), HC_SNIFF_POSTGRES},
    {HC_BYTES("EFATAL:  unsupported frontend protocol\n\0"), HC_SNIFF_POSTGRES},
    {HC_BYTES("NO"), HC_SNIFF_OTHER},
    {HC_BYTES("\x4a\0\0\0\x0a"
              "8.0.36\0"),
     HC_SNIFF_MYSQL},
    {HC_BYTES("\x45\0\0\0\xff\x6a\x04Host '10.0.0.1' is not allowed"), HC_SNIFF_MYSQL},
    {HC_BYTES("\x4a\0\0\1\x0a"
              "8.0"),
     HC_SNIFF_OTHER},
    {HC_BYTES("-DENIED Redis is running in protected mode"), HC_SNIFF_REDIS},
    {HC_BYTES("-ERR unknown command `\x16\x03`, with args\r\n"), HC_SNIFF_REDIS},
    {HC_BYTES("-NOAUTH Authentication required.\r\n"), HC_SNIFF_REDIS},
    {HC_BYTES("+PONG\r\n"), HC_SNIFF_REDIS},
    {HC_BYTES("+OK\r\n"), HC_SNIFF_REDIS},
    {HC_BYTES("\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x02"), HC_SNIFF_LDAP},
    {HC_BYTES("\x30\x84\x00\x00\x00\x24\x02\x01\x00\x78\x84"), HC_SNIFF_LDAP},
    {HC_BYTES("\x30\xff\x02\x01\x00\x78"), HC_SNIFF_OTHER},
    {HC_BYTES("\x30"), HC_SNIFF_OTHER},
    {HC_BYTES("hello"), HC_SNIFF_OTHER},
};

static void servers_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum hc_sniff got = hc_sniff(cases[i].first);

        if (got != cases[i].want)
            fail_msg("case %zu: taken for %s, not %s", i, hc_sniff_text(got), hc_sniff_text(cases[i].want));
    }
}

/* A sanitiser sees whoever looks at one byte too many. */
static void a_beginning_of_any_length_is_looked_at_safely(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t n = 1; n <= cases[i].first.n; n++) {
            uint8_t *copy = malloc(n);

            assert_non_null(copy);
            memcpy(copy, cases[i].first.p, n);
            assert_non_null(hc_sniff_text(hc_sniff(hc_bytes_of(copy, n))));
            free(copy);
        }
}

static void every_protocol_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(hc_sniff_text(HC_SNIFF_NOTHING), "nothing");
    assert_string_equal(hc_sniff_text(HC_SNIFF_HTTP), "HTTP");
    assert_string_equal(hc_sniff_text(HC_SNIFF_LDAP), "LDAP");
    assert_string_equal(hc_sniff_text(HC_SNIFF_OTHER), "an unknown protocol");
    for (int i = HC_SNIFF_TLS; i < HC_SNIFF_OTHER; i++)
        assert_string_not_equal(hc_sniff_text((enum hc_sniff)i), "an unknown protocol");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_recognised_by_their_first_bytes),
        cmocka_unit_test(a_beginning_of_any_length_is_looked_at_safely),
        cmocka_unit_test(every_protocol_has_a_name),
    };

    return cmocka_run_group_tests_name("proto/sniff", tests, NULL, NULL);
}
