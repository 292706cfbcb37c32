/* test_probe_text.c - what a terminal is given: it fits, it is plain where it must be, and no peer's byte controls it. */
#include "fabric.h"

static void print(struct fabric *f, struct hc_probe_look look, struct hc_buf *out)
{
    struct hc_err e;
    hc_probe_tell_steps(f->p);
    hc_probe_text(f->p, &look, out);
    expect_ok(&e, hc_buf_check(out, &e));
}

static void expect_fits(struct hc_buf *out)
{
    size_t columns = 0;
    for (size_t i = 0; i < out->n; i++) {
        columns = out->p[i] == '\n' ? 0 : columns + ((out->p[i] & 0xc0) != 0x80);
        assert_true(columns <= 80);
    }
}

static void seven_steps_and_the_verdict_are_printed(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    print(&f, (struct hc_probe_look){.ascii = true}, &out);
    const char *text = hc_buf_cstr(&out);
    assert_memory_equal(text, "shop.example.com:8443\n", 22);
    assert_non_null(strstr(text, "ok 1  The client connects to the server"));
    assert_non_null(strstr(text, "ok 7  Both exchange data"));
    assert_non_null(strstr(text, hc_cause_row(HC_CAUSE_ACCEPTED)->sentence));
    assert_null(strstr(text, "ClientHello"));
    assert_null(strchr(text, '\033'));
    expect_fits(&out);
    fabric_fini(&f);
}

static void the_verdict_tells_whose_side_the_fix_and_what_else_it_may_be(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    f.p->verdict = (struct hc_verdict){
        .cause = HC_CAUSE_YOUR_UNKNOWN_AUTHORITY,
        .side = HC_SIDE_SERVER,
        .other = {HC_CAUSE_YOUR_CHAIN_INCOMPLETE},
        .n_others = 1,
        .text = "the server sent unknown_ca",
        .fix = "Give it your root.",
        .decide = "its log names the issuer that it missed",
    };
    print(&f, (struct hc_probe_look){.ascii = true}, &out);
    const char *text = hc_buf_cstr(&out);
    assert_non_null(strstr(text, "  what         the server sent unknown_ca\n"));
    assert_non_null(strstr(text, "  whose side   the server's"));
    assert_non_null(strstr(text, "  fix          Give it your root.\n"));
    assert_non_null(strstr(text, "  or else      You presented your certificate without its intermediate.\n"));
    assert_non_null(strstr(text, "  to decide    its log names the issuer"));
    assert_non_null(strstr(text, "your-authority-unknown (handclasp explain HC-1"));
    fabric_fini(&f);
}

static void the_connection_is_two_columns_of_arrows(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    const char *text = hc_buf_cstr(&out);
    const char *client = strstr(text, "--- ClientHello: what I can speak ---"),
               *server = strstr(text, "- ServerHello: what I chose of it ---\n");
    const char *certificate = strstr(text, "= Certificate: this is who I am ===\n");
    assert_true(client && server && certificate && client < server && server < certificate);
    assert_non_null(strstr(text, "-->\n"));
    assert_non_null(strstr(text, "<---"));
    assert_non_null(strstr(text, "good: forward secrecy"));
    assert_non_null(strstr(text, "with RSA"));
    assert_non_null(strstr(text, "dns:billing.example.com"));
    assert_non_null(strstr(text, "asked"));
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    expect_fits(&out);
    fabric_fini(&f);
}

static void arrows_are_drawn_where_the_terminal_shows_them(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    print(&f, (struct hc_probe_look){.steps = true}, &out);
    const char *text = hc_buf_cstr(&out);
    assert_non_null(strstr(text, "\u2500\u2500\u2500 ClientHello: "));
    assert_non_null(strstr(text, "\u2550\u25b6\n"));
    assert_non_null(strstr(text, "\u25c0\u2550"));
    expect_fits(&out);
    fabric_fini(&f);
}

static void colour_comes_only_when_it_is_asked_for(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    print(&f, (struct hc_probe_look){.steps = true, .color = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "\033[32m"));
    assert_non_null(strstr(hc_buf_cstr(&out), "\033[1mClientHello\033[0m"));
    fabric_fini(&f);
}

/* Colours say nothing that is not said without them. */
static void without_its_colours_a_page_is_the_plain_one(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    HC_BUF_AUTO(plain, 1 << 20);
    HC_BUF_AUTO(bare, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    fabric_alert(&f, false, 44);
    print(&f, (struct hc_probe_look){.steps = true, .color = true}, &out);
    print(&f, (struct hc_probe_look){.steps = true}, &plain);
    assert_non_null(strstr(hc_buf_cstr(&out), "\033[31mAlert: certificate_revoked\033[0m"));
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] == 033)
            while (out.p[i] != 'm')
                i++;
        else
            hc_buf_add_byte(&bare, out.p[i]);
    }
    assert_string_equal(hc_buf_cstr(&bare), hc_buf_cstr(&plain));
    fabric_fini(&f);
}

static void no_byte_of_a_peer_reaches_the_terminal_unescaped(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_hostile(&f);
    print(&f, (struct hc_probe_look){.steps = true}, &out);
    const char *text = hc_buf_cstr(&out);
    for (size_t i = 0; i < out.n; i++)
        assert_true(out.p[i] == '\n' || out.p[i] >= 0x20);
    assert_null(strstr(text, "\x7f"));
    assert_null(strstr(text, "\xe2\x80\xae")); /* right-to-left override */
    assert_null(strstr(text, "\xff"));
    assert_null(strstr(text, "\\\\x1b")); /* and nothing is escaped twice */
    assert_non_null(strstr(text, "<i>\\x1b]0;x\\x07\\x0d\\n"));
    assert_non_null(strstr(text, "onerror=alert(1)>\\x1b[31m\\xff"));
    expect_fits(&out);
    fabric_fini(&f);
}

static void a_certificate_of_a_thousand_names_stays_short(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    fabric_many_names(&f, 1000);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "and 992 more"));
    assert_true(out.n < 16384);
    fabric_fini(&f);
}

static void a_message_that_cannot_be_read_is_told_as_such(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    fabric_message(&f, false, HC_TLS_SERVER_HELLO, HC_BYTES("\x03"));
    fabric_message(&f, false, 99, HC_BYTES("?"));
    fabric_alert(&f, false, 48);
    fabric_alert(&f, false, 199);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "it cannot be read: "));
    assert_non_null(strstr(hc_buf_cstr(&out), "a message unknown here"));
    assert_non_null(strstr(hc_buf_cstr(&out), "Alert: unknown_ca"));
    assert_non_null(strstr(hc_buf_cstr(&out), "Alert: unknown "));
    fabric_fini(&f);
}

static void the_servers_finished_of_tls_1_2_is_told_as_encrypted(void **state)
{
    (void)state;
    struct fabric f;
    struct hc_story story;
    struct hc_err e;
    fabric_init(&f);
    f.p->main.stage = HC_STAGE_FINISHED;
    f.p->main.agreed.version = 0x0303;
    fabric_message(&f, false, HC_TLS_SERVER_HELLO_DONE, HC_BYTES(""));
    fabric_message(&f, false, HC_TLS_FINISHED, HC_BYTES("")); /* libssl reports no ChangeCipherSpec before it */
    fabric_message(&f, true, HC_TLS_FINISHED, HC_BYTES(""));
    expect_ok(&e, hc_story_make(f.p, &f.p->main, &story, &e));
    const struct hc_story_row *row = story.row + 1; /* after the name's */
    while (row < story.row + story.n && strcmp(row->title, "ServerHelloDone") != 0)
        row++;
    assert_true(row + 4 < story.row + story.n);
    assert_false(row[0].encrypted);
    assert_string_equal(row[1].title, "ChangeCipherSpec");
    assert_int_equal(row[1].from, HC_STORY_SERVER);
    assert_false(row[1].encrypted);
    assert_string_equal(row[2].title, "Finished");
    assert_true(row[2].encrypted);
    assert_string_equal(row[3].title, "ChangeCipherSpec");
    assert_int_equal(row[3].from, HC_STORY_CLIENT);
    assert_true(row[4].encrypted);
    hc_story_fini(&story);
    fabric_fini(&f);
}

static void a_pause_before_the_request_is_explained(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    fabric_good(&f);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_null(strstr(hc_buf_cstr(&out), "pause"));
    f.p->main.us_asked = f.p->main.us_finished + 250000;
    f.p->main.us_first_byte = f.p->main.us_asked + 1000;
    hc_buf_fini(&out);
    out = HC_BUF(1 << 20);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "sent after a pause of 250.0 ms"));
    fabric_fini(&f);
}

#define BETTER "0123456789abcdef01234567DOWNGRD\x01" /* [RFC 8446 4.1.3] */

static void who_could_do_better_is_a_suspicion_only_when_better_was_offered(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 1 << 20);
    fabric_init(&f);
    f.p->main.stage = HC_STAGE_ANSWERED;
    f.p->main.agreed.version = 0x0303;
    fabric_message(&f, false, HC_TLS_SERVER_HELLO, HC_BYTES("\x03\x03" BETTER "\x00\xc0\x2b\x00"));
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "was not offered to it"));
    assert_null(strstr(hc_buf_cstr(&out), "downgrade"));
    fabric_fini(&f);
    fabric_init(&f);
    fabric_good(&f); /* its ClientHello offers TLS 1.3 */
    fabric_message(&f, false, HC_TLS_SERVER_HELLO, HC_BYTES("\x03\x03" BETTER "\x00\xc0\x2b\x00"));
    hc_buf_fini(&out);
    out = HC_BUF(1 << 20);
    print(&f, (struct hc_probe_look){.steps = true, .ascii = true}, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "downgrade"));
    fabric_fini(&f);
}

static struct hc_rc make_story(void *ctx, struct hc_err *e)
{
    struct fabric *f = ctx;
    struct hc_story story;
    HC_TRY(e, hc_story_make(f->p, &f->p->main, &story, e));
    hc_story_fini(&story);
    return HC_OK;
}

static void a_story_survives_the_failure_of_every_allocation(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    assert_true(fault_sweep(make_story, &f) > 10);
    fabric_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_steps_and_the_verdict_are_printed),
        cmocka_unit_test(the_verdict_tells_whose_side_the_fix_and_what_else_it_may_be),
        cmocka_unit_test(the_connection_is_two_columns_of_arrows),
        cmocka_unit_test(arrows_are_drawn_where_the_terminal_shows_them),
        cmocka_unit_test(colour_comes_only_when_it_is_asked_for),
        cmocka_unit_test(without_its_colours_a_page_is_the_plain_one),
        cmocka_unit_test(no_byte_of_a_peer_reaches_the_terminal_unescaped),
        cmocka_unit_test(a_certificate_of_a_thousand_names_stays_short),
        cmocka_unit_test(a_message_that_cannot_be_read_is_told_as_such),
        cmocka_unit_test(the_servers_finished_of_tls_1_2_is_told_as_encrypted),
        cmocka_unit_test(a_pause_before_the_request_is_explained),
        cmocka_unit_test(who_could_do_better_is_a_suspicion_only_when_better_was_offered),
        cmocka_unit_test(a_story_survives_the_failure_of_every_allocation),
    };
    return cmocka_run_group_tests_name("doctor/probe_text", tests, NULL, NULL);
}
