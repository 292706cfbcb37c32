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

/* Every tag is one of the page's own. */
static bool own_tag(const char *tag)
{
    static const char *const names[] = {
        "!doctype", "html",    "head",    "meta",    "title", "style", "body",  "main", "header",
        "h1",       "h2",      "p",       "section", "span",  "dl",    "dt",    "dd",   "ol",
        "li",       "details", "summary", "div",     "b",     "i",     "small", "time", "footer",
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
        cmocka_unit_test(no_byte_of_a_peer_is_html),
    };
    return cmocka_run_group_tests_name("doctor/probe_html", tests, NULL, NULL);
}
