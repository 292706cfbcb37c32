/* test_probe_html.c - the page: whole, without anything that could run or be fetched, and no peer's byte in it raw. */
#include "fabric.h"

static const char *print(struct fabric *f, struct hc_buf *out)
{
    struct hc_err e;
    hc_probe_tell_steps(f->p);
    hc_probe_html(f->p, out);
    expect_ok(&e, hc_buf_check(out, &e));
    return hc_buf_cstr(out);
}

static void the_page_is_whole_and_needs_nothing_else(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    const char *html = print(&f, &out);
    assert_memory_equal(html, "<!doctype html>", 15);
    assert_non_null(strstr(html, "default-src 'none'; style-src 'unsafe-inline'"));
    assert_non_null(strstr(html, "prefers-color-scheme:dark"));
    assert_non_null(strstr(html, "@media print"));
    assert_non_null(strstr(html, "::details-content")); /* paper shows what is folded */
    assert_non_null(strstr(html, "</html>"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "http://"));
    assert_null(strstr(html, "https://"));
    assert_null(strstr(html, "url("));
    assert_null(strstr(html, "@import"));
    fabric_fini(&f);
}

static void verdict_steps_and_messages_are_in_it(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    const char *html = print(&f, &out);
    assert_non_null(strstr(html, "class=\"card good\""));
    assert_non_null(strstr(html, "7. Both exchange data"));
    assert_non_null(strstr(html, "ClientHello"));
    assert_non_null(strstr(html, "dns:shop.example.com"));
    fabric_fini(&f);
}

static void every_certificate_has_a_card(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    f.p->server_judged = true;
    hc_report_init(&f.p->server, true);
    hc_report_fail(&f.p->server, HC_E_CERT_EXPIRED, 0, "it <expired>");
    hc_report_fail(&f.p->server, HC_E_UNKNOWN_ISSUER, 7, "above all of them");
    const char *html = print(&f, &out), *first = strstr(html, "<h3>The server presented</h3>");
    assert_non_null(first);
    assert_non_null(strstr(html, "<h3>The client presented</h3>"));
    assert_non_null(strstr(first, "<p class=\"who\">dns:shop.example.com</p>"));
    assert_non_null(strstr(first, "<dt>valid until</dt>"));
    const char *card = strstr(first, "it &lt;expired&gt;"), *above = strstr(first, "above all of them");
    assert_non_null(card);
    assert_non_null(above);
    assert_true(card < strstr(first, "</li>"));  /* in the card of the leaf */
    assert_true(above > strstr(first, "</ul>")); /* about none of those that were presented */
    hc_cert_list_truncate(&f.p->main.presented, 0);
    f.p->main.n_sent = 0;
    hc_buf_clear(&out);
    assert_null(strstr(print(&f, &out), "<h2>Certificates</h2>"));
    fabric_fini(&f);
}

static void the_verdict_says_without_colour_whose_it_is_and_what_else_it_may_be(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    const char *html = print(&f, &out);
    assert_non_null(strstr(html, "aria-label=\"In order\""));
    assert_non_null(strstr(html, "nothing to mend"));
    assert_null(strstr(html, "What else it may be"));
    f.p->verdict = (struct hc_verdict){.cause = HC_CAUSE_HANDSHAKE_FAILURE,
                                       .side = HC_SIDE_BOTH,
                                       .other = {HC_CAUSE_YOUR_REVOKED},
                                       .n_others = 1,
                                       .text = "It said <so>.",
                                       .fix = "Ask & see.",
                                       .decide = "The server's \"log\"."};
    hc_buf_clear(&out);
    html = print(&f, &out);
    assert_non_null(strstr(html, "class=\"card warn\""));
    assert_non_null(strstr(html, "aria-label=\"Does not fit together\""));
    assert_non_null(strstr(html, "the likeliest of 2 causes"));
    assert_non_null(strstr(html, "<p>It said &lt;so&gt;.</p>"));
    assert_non_null(strstr(html, "<h3>What to do</h3>\n<p>Ask &amp; see.</p>"));
    assert_non_null(strstr(html, "<li>Your certificate has been revoked.</li>"));
    assert_non_null(strstr(html, "<h3>What would decide</h3>\n<p>The server&#39;s &quot;log&quot;.</p>"));
    fabric_fini(&f);
}

static void every_cause_has_its_sign(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    for (enum hc_cause cause = 0; cause < HC_CAUSES; cause++) {
        f.p->verdict = (struct hc_verdict){.cause = cause, .side = hc_cause_row(cause)->side, .text = "so"};
        hc_buf_clear(&out);
        const char *icon = strstr(print(&f, &out), "<span class=\"icon\"");
        assert_non_null(icon);
        assert_null(strstr(icon, "(null)"));
        assert_true(memcmp(icon, "<span class=\"icon\" role=\"img\" aria-label=\"\"", 43) != 0);
    }
    fabric_fini(&f);
}

static void what_is_said_already_is_not_said_again(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_good(&f);
    f.p->verdict = (struct hc_verdict){.cause = HC_CAUSE_SERVER_MALFORMED,
                                       .side = HC_SIDE_SERVER,
                                       .text = "The server's certificate cannot be read: its dates are none"};
    assert_non_null(strstr(print(&f, &out), "<p>its dates are none</p>"));
    fabric_fini(&f);
}

/* Every tag is one of the page's own. */
static bool own_tag(const char *tag)
{
    static const char *const names[] = {
        "!doctype", "html",    "head",    "meta", "title", "style",   "body",  "main", "header", "h1", "h3",
        "ul",       "strong",  "code",    "h2",   "p",     "section", "span",  "dl",   "dt",     "dd", "ol",
        "li",       "details", "summary", "div",  "b",     "i",       "small", "time", "footer",
    };
    tag += *tag == '/';
    for (size_t i = 0; i < HC_COUNT(names); i++) {
        size_t n = strlen(names[i]);
        if (strncmp(tag, names[i], n) == 0 && (tag[n] == '>' || tag[n] == ' '))
            return true;
    }
    return false;
}

static void no_byte_of_a_peer_is_html(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(out, 4 << 20);
    fabric_init(&f);
    fabric_hostile(&f);
    f.spec.host = "<svg onload=x>";
    f.spec.name = "\"><img>";
    const char *html = print(&f, &out);
    for (const char *c = strchr(html, '<'); c; c = strchr(c + 1, '<'))
        if (!own_tag(c + 1))
            fail_msg("a tag that is not ours: %.40s", c);
    for (size_t i = 0; i < out.n; i++)
        assert_true(out.p[i] == '\n' || (out.p[i] >= 0x20 && out.p[i] != 0x7f));
    assert_null(strstr(html, "\xe2\x80\xae"));
    assert_null(strstr(html, "<b>\\")); /* the authority's own <b> */
    assert_non_null(strstr(html, "\\&lt;script\\&gt;alert"));
    assert_non_null(strstr(html, "&lt;i&gt;\\x1b]0;x\\x07"));
    assert_null(strstr(html, "\\\\x1b")); /* nothing is escaped twice by one escaper */
    assert_null(strstr(html, "&amp;lt;"));
    fabric_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_whole_and_needs_nothing_else),
        cmocka_unit_test(verdict_steps_and_messages_are_in_it),
        cmocka_unit_test(every_certificate_has_a_card),
        cmocka_unit_test(the_verdict_says_without_colour_whose_it_is_and_what_else_it_may_be),
        cmocka_unit_test(every_cause_has_its_sign),
        cmocka_unit_test(what_is_said_already_is_not_said_again),
        cmocka_unit_test(no_byte_of_a_peer_is_html),
    };
    return cmocka_run_group_tests_name("doctor/probe_html", tests, NULL, NULL);
}
