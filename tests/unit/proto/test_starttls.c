/* test_starttls.c - dialogues before TLS, whole and in bytes, with servers that agree, refuse, lie and never stop. */
#include "hc_test.h"

#include "proto/starttls.h"

#define EHLO "EHLO [127.0.0.1]\r\n"
#define LDAP_REQUEST                                                                                                   \
    "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"                                                                             \
    "1.3.6.1.4.1.1466.20037"

/* A dialogue: what the server said so far was fed, what the client answered is in `out`. */
struct talk {
    struct hc_starttls s;
    struct hc_buf out;
};

static void begin(struct talk *t, enum hc_starttls_kind kind)
{
    t->out = HC_BUF(65536);
    hc_starttls_init(&t->s, kind, &t->out);
}

static void end(struct talk *t)
{
    hc_starttls_fini(&t->s);
    hc_buf_fini(&t->out);
}

/* The server says it in pieces of so many bytes, each a block of its own. */
static enum hc_starttls_state say(struct talk *t, struct hc_bytes words, size_t piece)
{
    while (words.n > 0) {
        struct hc_bytes part = hc_bytes_head(words, piece);
        uint8_t *copy = malloc(part.n);

        assert_non_null(copy);
        memcpy(copy, part.p, part.n);
        hc_starttls_feed(&t->s, hc_bytes_of(copy, part.n), &t->out);
        free(copy);
        words = hc_bytes_skip(words, part.n);
    }
    return t->s.state;
}

/* Whole, and byte by byte: the same end and the same words of the client. */
static void expect_talk(enum hc_starttls_kind kind, struct hc_bytes server, enum hc_starttls_state want,
                        struct hc_bytes client)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 7};

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct talk t;

        begin(&t, kind);
        assert_int_equal(say(&t, server, pieces[i]), want);
        assert_int_equal(t.out.n, client.n);
        assert_memory_equal(t.out.p ? (const void *)t.out.p : "", client.p, client.n);
        end(&t);
    }
}

#define SMTP_HELLO                                                                                                     \
    "220-mail.example.com ESMTP\r\n220 ready\r\n"                                                                      \
    "250-mail.example.com\r\n250-SIZE 1000000\r\n250-StartTLS\r\n250 8BITMIME\r\n"

static void smtp_with_a_long_greeting_agrees(void **state)
{
    (void)state;
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES(SMTP_HELLO "220 go ahead\r\n"), HC_STARTTLS_AGREED,
                HC_BYTES(EHLO "STARTTLS\r\n"));
    /* bare line feeds, and codes without words, are met */
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("220\n250 STARTTLS\n220\n"), HC_STARTTLS_AGREED,
                HC_BYTES(EHLO "STARTTLS\r\n"));
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES(SMTP_HELLO), HC_STARTTLS_GOES_ON, HC_BYTES(EHLO "STARTTLS\r\n"));
}

static void smtp_without_the_extension_has_no_tls(void **state)
{
    (void)state;
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("220 mail\r\n250-mail\r\n250 SIZE STARTTLS\r\n"), HC_STARTTLS_NOT_OFFERED,
                HC_BYTES(EHLO));
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("220-STARTTLS\r\n220 mail\r\n250 XSTARTTLS\r\n"), HC_STARTTLS_NOT_OFFERED,
                HC_BYTES(EHLO));
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("220 mail\r\n502 what?\r\n"), HC_STARTTLS_NOT_OFFERED, HC_BYTES(EHLO));
}

static void smtp_that_refuses_is_told_from_smtp_without_tls(void **state)
{
    (void)state;
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES(SMTP_HELLO "454 TLS not available\r\n"), HC_STARTTLS_DENIED,
                HC_BYTES(EHLO "STARTTLS\r\n"));
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("554 no service\r\n"), HC_STARTTLS_DENIED, HC_BYTES(""));
    expect_talk(HC_STARTTLS_SMTP, HC_BYTES("220 mail\r\n421 too busy\r\n"), HC_STARTTLS_DENIED, HC_BYTES(EHLO));
}

static void what_is_not_smtp_is_recognised(void **state)
{
    static const char *const others[] = {
        "220 (vsFTPd 3.0.3)\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "* OK IMAP4rev1\r\n",
        "\r\n",
        "22\r\n",
        "220x\r\n",
        "333 x\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
        "220 mail\r\n334 x\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct talk t;

        begin(&t, HC_STARTTLS_SMTP);
        assert_int_equal(say(&t, hc_bytes_str(others[i]), SIZE_MAX), HC_STARTTLS_OTHER);
        end(&t);
    }
}

#define IMAP_HELLO                                                                                                     \
    "* OK [CAPABILITY IMAP4rev1] ready\r\n* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n"
#define IMAP_CLIENT "a1 CAPABILITY\r\na2 STARTTLS\r\n"

static void imap_agrees_or_refuses(void **state)
{
    (void)state;
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES(IMAP_HELLO "a2 OK begin\r\n"), HC_STARTTLS_AGREED, HC_BYTES(IMAP_CLIENT));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES(IMAP_HELLO "* 3 EXISTS\r\na2 NO not now\r\n"), HC_STARTTLS_DENIED,
                HC_BYTES(IMAP_CLIENT));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES(IMAP_HELLO "a2 BAD what\r\n"), HC_STARTTLS_DENIED, HC_BYTES(IMAP_CLIENT));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES(IMAP_HELLO "* BYE\r\n"), HC_STARTTLS_DENIED, HC_BYTES(IMAP_CLIENT));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES("* BYE full\r\n"), HC_STARTTLS_DENIED, HC_BYTES(""));
}

static void imap_without_the_capability_has_no_tls(void **state)
{
    (void)state;
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES("* OK\r\n* CAPABILITY IMAP4rev1 XSTARTTLS\r\na1 OK\r\n"),
                HC_STARTTLS_NOT_OFFERED, HC_BYTES("a1 CAPABILITY\r\n"));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES("* OK\r\na1 BAD\r\n"), HC_STARTTLS_NOT_OFFERED,
                HC_BYTES("a1 CAPABILITY\r\n"));
    expect_talk(HC_STARTTLS_IMAP, HC_BYTES("* PREAUTH welcome\r\n"), HC_STARTTLS_NOT_OFFERED, HC_BYTES(""));
}

static void what_is_not_imap_is_recognised(void **state)
{
    static const char *const others[] = {
        "+OK POP3 ready\r\n",   "220 mail ESMTP\r\n",  "\r\n", "* OK\r\na2 OK\r\n", "* OK\r\na1\r\n",
        "* OK\r\na1 MAYBE\r\n", "* OK\r\n+ go on\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct talk t;

        begin(&t, HC_STARTTLS_IMAP);
        assert_int_equal(say(&t, hc_bytes_str(others[i]), SIZE_MAX), HC_STARTTLS_OTHER);
        end(&t);
    }
}

static void bytes_after_the_agreement_are_dropped_and_counted(void **state)
{
    static const struct {
        enum hc_starttls_kind kind;
        struct hc_bytes server;
        size_t injected;
    } cases[] = {
        {HC_STARTTLS_SMTP, HC_BYTES(SMTP_HELLO "220 go\r\n250 injected\r\n"), 14},
        {HC_STARTTLS_SMTP, HC_BYTES(SMTP_HELLO "220 go\r\n"), 0},
        {HC_STARTTLS_IMAP, HC_BYTES(IMAP_HELLO "a2 OK\r\n* OK injected\r\n"), 15},
        {HC_STARTTLS_POSTGRES, HC_BYTES("Sinjected"), 8},
        {HC_STARTTLS_LDAP, HC_BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00injected"), 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct talk t;

        begin(&t, cases[i].kind);
        assert_int_equal(say(&t, cases[i].server, SIZE_MAX), HC_STARTTLS_AGREED);
        assert_int_equal(t.s.injected, cases[i].injected);
        assert_null(strstr(hc_buf_cstr(&t.s.said), "injected"));
        /* and nothing is read afterwards */
        assert_int_equal(say(&t, HC_BYTES("500 no\r\n"), SIZE_MAX), HC_STARTTLS_AGREED);
        assert_int_equal(t.s.injected, cases[i].injected);
        end(&t);
    }
}

static void the_dialogue_is_told_line_by_line(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, HC_STARTTLS_SMTP);
    say(&t, HC_BYTES("220 mail\r ready\r\n250 STARTTLS\r\n454 no\x1b[2J\r\n"), SIZE_MAX);
    assert_string_equal(hc_buf_cstr(&t.s.said), "S: 220 mail  ready\nC: EHLO [127.0.0.1]\nS: 250 STARTTLS\n"
                                                "C: STARTTLS\nS: 454 no\x1b[2J\n");
    end(&t);
}

static void postgres_answers_with_a_letter(void **state)
{
    static const struct hc_bytes request = HC_BYTES("\0\0\0\x08\x04\xd2\x16\x2f");

    (void)state;
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("S"), HC_STARTTLS_AGREED, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("N"), HC_STARTTLS_NOT_OFFERED, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("H"), HC_STARTTLS_OTHER, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("ERROR: what?\n"), HC_STARTTLS_OTHER, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("E\0\0\0\3"), HC_STARTTLS_OTHER, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("E\0\0\x40\0"), HC_STARTTLS_OTHER, request);
    expect_talk(HC_STARTTLS_POSTGRES, HC_BYTES("E\0\0\0\x20SFATAL\0"), HC_STARTTLS_GOES_ON, request);
}

static void an_error_of_postgres_is_told(void **state)
{
    static const struct {
        struct hc_bytes error;
        const char *said;
    } cases[] = {
        {HC_BYTES("E\0\0\0\x25SFATAL\0C53300\0Mtoo many\nfriends\0\0"), "S: ErrorResponse: too many friends\n"},
        {HC_BYTES("E\0\0\0\x04"), "S: ErrorResponse: (no sentence)\n"},
        {HC_BYTES("E\0\0\0\x08SBAD"), "S: ErrorResponse: (no sentence)\n"},
        {HC_BYTES("E\0\0\0\x08MBAD"), "S: ErrorResponse: BAD\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 40; piece += 38) {
            struct talk t;

            begin(&t, HC_STARTTLS_POSTGRES);
            assert_int_equal(say(&t, cases[i].error, piece), HC_STARTTLS_DENIED);
            assert_string_equal(hc_buf_cstr(&t.s.said) + strlen("C: SSLRequest\n"), cases[i].said);
            end(&t);
        }
}

static void servers_that_begin_with_postgres_letters_are_not_postgres(void **state)
{
    static const char *const others[] = {"SSH-2.0-OpenSSH_9.2\r\n", "NOTICE AUTH :*** Looking up\r\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct talk t;

        begin(&t, HC_STARTTLS_POSTGRES);
        assert_int_equal(say(&t, hc_bytes_str(others[i]), SIZE_MAX), HC_STARTTLS_OTHER);
        assert_non_null(strstr(hc_buf_cstr(&t.s.said), i ? "S: NOTICE" : "S: SSH-2.0"));
        assert_int_equal(t.s.injected, 0);
        end(&t);
    }
}

/* An LDAPMessage with this response. */
#define LDAP_CODE(code) "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01" code "\x04\x00\x04\x00"

static void ldap_agrees_or_refuses(void **state)
{
    static const struct hc_bytes request = HC_BYTES(LDAP_REQUEST);

    (void)state;
    expect_talk(HC_STARTTLS_LDAP, HC_BYTES(LDAP_CODE("\x00")), HC_STARTTLS_AGREED, request);
    expect_talk(HC_STARTTLS_LDAP, HC_BYTES(LDAP_CODE("\x02")), HC_STARTTLS_NOT_OFFERED, request);
    expect_talk(HC_STARTTLS_LDAP, HC_BYTES(LDAP_CODE("\x34")), HC_STARTTLS_DENIED, request);
    expect_talk(HC_STARTTLS_LDAP, HC_BYTES(LDAP_CODE("\x63")), HC_STARTTLS_DENIED, request);
    /* Active Directory writes every length in four bytes, and the name and controls behind */
    expect_talk(
        HC_STARTTLS_LDAP,
        HC_BYTES("\x30\x84\x00\x00\x00\x2c\x02\x01\x01\x78\x84\x00\x00\x00\x23\x0a\x01\x00\x04\x84\x00\x00\x00\x00"
                 "\x04\x00\x8a\x16"
                 "1.3.6.1.4.1.1466.20037"),
        HC_STARTTLS_AGREED, request);
}

static void a_notice_of_disconnection_is_a_refusal(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, HC_STARTTLS_LDAP);
    assert_int_equal(say(&t,
                         HC_BYTES("\x30\x28\x02\x01\x00\x78\x23\x0a\x01\x34\x04\x00\x04\x04"
                                  "busy\x8a\x16"
                                  "1.3.6.1.4.1.1466.20036"),
                         SIZE_MAX),
                     HC_STARTTLS_DENIED);
    assert_string_equal(hc_buf_cstr(&t.s.said),
                        "C: ExtendedRequest StartTLS\nS: Notice of Disconnection: 52 unavailable, busy\n");
    end(&t);
}

static void what_is_not_ldap_is_recognised(void **state)
{
    static const struct hc_bytes others[] = {
        HC_BYTES("HTTP/1.1 400\r\n"),
        HC_BYTES("\x30\x80\x00\x00"),                                         /* no definite length */
        HC_BYTES("\x30\x85\x00\x00\x00\x00\x01"),                             /* a length of five bytes */
        HC_BYTES("\x30\x84\xff\xff\xff\xff"),                                 /* four thousand million */
        HC_BYTES("\x30\x84\x00\x00\x3f\xfb"),                                 /* one more than is listened to */
        HC_BYTES("\x30\x00"),                                                 /* nothing inside */
        HC_BYTES("\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"), /* another message's answer */
        HC_BYTES("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), /* a BindResponse */
        HC_BYTES("\x30\x0c\x02\x01\x01\x78\x08\x0a\x01\x00\x04\x00\x04\x00"), /* longer than its message */
        HC_BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x02\x00\x00\x04\x00\x04"), /* a code of two bytes */
        HC_BYTES("\x30\x0a\x02\x01\x01\x78\x05\x0a\x01\x00\x04\x00"),         /* no sentence */
        HC_BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x81"), /* a sentence without length */
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct talk t;
        enum hc_starttls_state end_state;

        begin(&t, HC_STARTTLS_LDAP);
        end_state = say(&t, others[i], SIZE_MAX);
        if (end_state == HC_STARTTLS_GOES_ON) /* only by talking on is it too much */
            for (size_t n = 0; n < 20 && end_state == HC_STARTTLS_GOES_ON; n++)
                end_state = say(&t,
                                HC_BYTES(SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO
                                             SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO SMTP_HELLO),
                                SIZE_MAX);
        if (end_state != HC_STARTTLS_OTHER)
            fail_msg("case %zu ended in state %d", i, (int)end_state);
        end(&t);
    }
}

static void a_line_that_never_ends_is_given_up(void **state)
{
    struct talk t;

    (void)state;
    for (size_t piece = 1; piece < 2000; piece += 900) {
        HC_BUF_AUTO(line, 4096);

        for (size_t i = 0; i < HC_STARTTLS_LINE; i++)
            hc_buf_add_byte(&line, i < 4 ? (uint8_t) "220 "[i] : 'x');
        begin(&t, HC_STARTTLS_SMTP);
        assert_int_equal(say(&t, hc_bytes_head(hc_buf_view(&line), HC_STARTTLS_LINE - 1), piece), HC_STARTTLS_GOES_ON);
        assert_int_equal(say(&t, HC_BYTES("\n"), 1), HC_STARTTLS_GOES_ON); /* it ends just in time */
        assert_true(t.out.n > 0);
        assert_int_equal(say(&t, hc_buf_view(&line), piece), HC_STARTTLS_OTHER);
        end(&t);
    }
}

static void a_server_that_talks_for_ever_is_given_up(void **state)
{
    static const struct {
        enum hc_starttls_kind kind;
        const char *begins, *goes_on;
    } cases[] = {
        {HC_STARTTLS_SMTP, "", "220-and\r\n"},
        {HC_STARTTLS_SMTP, "220 mail\r\n", "250-STARTTLS\r\n"},
        {HC_STARTTLS_IMAP, "* OK\r\n", "* \r\n"},
        {HC_STARTTLS_IMAP, "* OK\r\n* CAPABILITY STARTTLS\r\na1 OK\r\n", "* 1 EXISTS\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct talk t;
        size_t fed = 0;

        begin(&t, cases[i].kind);
        say(&t, hc_bytes_str(cases[i].begins), SIZE_MAX);
        while (say(&t, hc_bytes_str(cases[i].goes_on), SIZE_MAX) == HC_STARTTLS_GOES_ON)
            assert_true((fed += strlen(cases[i].goes_on)) <= HC_STARTTLS_BYTES);
        assert_int_equal(t.s.state, HC_STARTTLS_OTHER);
        assert_true(fed > HC_STARTTLS_BYTES - 100);
        assert_int_equal(t.s.said.failed, HC_OK_CODE);
        end(&t);
    }
}

static void protocols_are_known_by_their_names(void **state)
{
    enum hc_starttls_kind kind = HC_STARTTLS_NONE;
    struct hc_err e;

    (void)state;
    for (int i = HC_STARTTLS_SMTP; i <= HC_STARTTLS_LDAP; i++) {
        expect_ok(&e, hc_starttls_parse(hc_bytes_str(hc_starttls_text((enum hc_starttls_kind)i)), &kind, &e));
        assert_int_equal(kind, i);
    }
    expect_fail(&e, hc_starttls_parse(HC_BYTES("pop3"), &kind, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "\"pop3\""));
    assert_non_null(strstr(e.text, "smtp, imap, postgres and ldap"));
    assert_int_equal(kind, HC_STARTTLS_LDAP);
    assert_string_equal(hc_starttls_text(HC_STARTTLS_NONE), "none");
}

static void without_a_protocol_tls_begins_at_once(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, HC_STARTTLS_NONE);
    assert_int_equal(t.s.state, HC_STARTTLS_AGREED);
    assert_int_equal(say(&t, HC_BYTES("x"), 1), HC_STARTTLS_AGREED);
    assert_int_equal(t.out.n, 0);
    end(&t);
}

/* One dialogue with failing allocations: it ends as OTHER, and said tells why. */
static struct hc_rc talk_once(void *ctx, struct hc_err *e)
{
    static const struct hc_bytes servers[] = {
        [HC_STARTTLS_SMTP] = HC_BYTES(SMTP_HELLO "220 go\r\n"),
        [HC_STARTTLS_IMAP] = HC_BYTES(IMAP_HELLO "a2 OK\r\n"),
        [HC_STARTTLS_POSTGRES] = HC_BYTES("E\0\0\0\x08MBAD"),
        [HC_STARTTLS_LDAP] = HC_BYTES(LDAP_CODE("\x00")),
    };
    enum hc_starttls_kind kind = *(enum hc_starttls_kind *)ctx;
    struct hc_starttls s;
    HC_BUF_AUTO(out, 4096);
    struct hc_rc rc;

    hc_starttls_init(&s, kind, &out);
    hc_starttls_feed(&s, servers[kind], &out);
    rc = hc_buf_check(&s.said, e);
    if (hc_failed(rc))
        assert_int_equal(s.state, HC_STARTTLS_OTHER);
    else
        assert_int_equal(s.state, kind == HC_STARTTLS_POSTGRES ? HC_STARTTLS_DENIED : HC_STARTTLS_AGREED);
    hc_starttls_fini(&s);
    return rc;
}

static void without_memory_a_dialogue_ends(void **state)
{
    (void)state;
    for (enum hc_starttls_kind kind = HC_STARTTLS_SMTP; kind <= HC_STARTTLS_LDAP; kind++)
        assert_true(fault_sweep(talk_once, &kind) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smtp_with_a_long_greeting_agrees),
        cmocka_unit_test(smtp_without_the_extension_has_no_tls),
        cmocka_unit_test(smtp_that_refuses_is_told_from_smtp_without_tls),
        cmocka_unit_test(what_is_not_smtp_is_recognised),
        cmocka_unit_test(imap_agrees_or_refuses),
        cmocka_unit_test(imap_without_the_capability_has_no_tls),
        cmocka_unit_test(what_is_not_imap_is_recognised),
        cmocka_unit_test(bytes_after_the_agreement_are_dropped_and_counted),
        cmocka_unit_test(the_dialogue_is_told_line_by_line),
        cmocka_unit_test(postgres_answers_with_a_letter),
        cmocka_unit_test(an_error_of_postgres_is_told),
        cmocka_unit_test(servers_that_begin_with_postgres_letters_are_not_postgres),
        cmocka_unit_test(ldap_agrees_or_refuses),
        cmocka_unit_test(a_notice_of_disconnection_is_a_refusal),
        cmocka_unit_test(what_is_not_ldap_is_recognised),
        cmocka_unit_test(a_line_that_never_ends_is_given_up),
        cmocka_unit_test(a_server_that_talks_for_ever_is_given_up),
        cmocka_unit_test(protocols_are_known_by_their_names),
        cmocka_unit_test(without_a_protocol_tls_begins_at_once),
        cmocka_unit_test(without_memory_a_dialogue_ends),
    };

    return cmocka_run_group_tests_name("proto/starttls", tests, NULL, NULL);
}
