/* test_escape.c - nothing a stranger writes can move the cursor, turn the text round, or end a string (T43). */
#include "hc_test.h"

#include <stdio.h>

#include "base/auto.h"
#include "base/escape.h"

typedef void escaper(struct hc_buf *out, struct hc_bytes in);

static void expect_escaped(escaper *escape, struct hc_bytes in, const char *want)
{
    HC_BUF_AUTO(out, 4096);
    struct hc_err e = {0};

    escape(&out, in);
    expect_ok(&e, hc_buf_check(&out, &e));
    assert_string_equal(hc_buf_cstr(&out), want);
}

/* No byte that a terminal obeys: every byte printable ASCII, or part of a sequence that is checked on its own below. */
static void assert_no_controls(struct hc_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        assert_true(b.p[i] >= 0x20 && b.p[i] != 0x7f);
        if (b.p[i] == 0xc2 && i + 1 < b.n)
            assert_true(b.p[i + 1] >= 0xa0);
    }
}

/* A plain reader of UTF-8, written apart from the escaper's: is the whole of `b` well-formed? */
static bool is_utf8(struct hc_bytes b)
{
    size_t i = 0;

    while (i < b.n) {
        uint8_t c = b.p[i];
        size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

        if (n == 0 || i + n > b.n)
            return false;
        for (size_t k = 1; k < n; k++)
            if (b.p[i + k] < 0x80 || b.p[i + k] > 0xbf)
                return false;
        if ((c == 0xe0 && b.p[i + 1] < 0xa0) || (c == 0xed && b.p[i + 1] > 0x9f) || (c == 0xf0 && b.p[i + 1] < 0x90) ||
            (c == 0xf4 && b.p[i + 1] > 0x8f))
            return false;
        i += n;
    }
    return true;
}

static void for_every_short_input(escaper *escape, void (*check)(struct hc_bytes in, struct hc_bytes out))
{
    HC_BUF_AUTO(out, 64);
    uint8_t in[2];

    for (unsigned v = 0; v < 256 + 65536; v++) {
        size_t n = v < 256 ? 1 : 2;

        in[0] = (uint8_t)(v < 256 ? v : (v - 256) >> 8);
        in[1] = (uint8_t)(v - 256);
        hc_buf_clear(&out);
        escape(&out, hc_bytes_of(in, n));
        assert_int_equal(out.failed, HC_OK_CODE);
        check(hc_bytes_of(in, n), hc_buf_view(&out));
    }
}

static void check_clean(struct hc_bytes in, struct hc_bytes out)
{
    (void)in;
    assert_no_controls(out);
    assert_true(is_utf8(out));
}

static void no_short_input_leaves_a_control_in_any_form(void **state)
{
    (void)state;
    for_every_short_input(hc_escape_text, check_clean);
    for_every_short_input(hc_escape_json, check_clean);
    for_every_short_input(hc_escape_csv, check_clean);
    for_every_short_input(hc_escape_html, check_clean);
}

static size_t put_utf8(uint32_t cp, uint8_t out[4])
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xc0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 63));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (uint8_t)(0xe0 | cp >> 12);
        out[1] = (uint8_t)(0x80 | (cp >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (cp & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | cp >> 18);
    out[1] = (uint8_t)(0x80 | (cp >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (cp >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (cp & 63));
    return 4;
}

static void bidirectional_and_invisible_characters_are_named(void **state)
{
    static const uint32_t hidden[] = {0x80,   0x85,   0x9b,    0x9f,    0xad,    0x61c,  0x200b, 0x200c,
                                      0x200d, 0x200e, 0x200f,  0x2028,  0x2029,  0x202a, 0x202e, 0x2060,
                                      0x2066, 0x2069, 0x206f,  0xfe0f,  0xfeff,  0x3164, 0xfff9, 0xffff,
                                      0x115f, 0x180e, 0xe0001, 0xe0061, 0xe01ef, 0x1d173};

    (void)state;
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        uint8_t in[4];
        struct hc_bytes view = hc_bytes_of(in, put_utf8(hidden[i], in));
        char want[32];

        snprintf(want, sizeof want, "\\u{%04x}", (unsigned)hidden[i]);
        expect_escaped(hc_escape_text, view, want);
        expect_escaped(hc_escape_html, view, want);
        expect_escaped(hc_escape_csv, view, want);
    }
}

static void text_names_controls_and_broken_bytes(void **state)
{
    (void)state;
    expect_escaped(hc_escape_text, HC_BYTES("plain text, 'with' \"marks\""), "plain text, 'with' \"marks\"");
    expect_escaped(hc_escape_text, HC_BYTES("a\nb\tc\rd\0e\x1b[31m\x7f"), "a\\nb\\tc\\x0dd\\x00e\\x1b[31m\\x7f");
    expect_escaped(hc_escape_text, HC_BYTES("back\\slash"), "back\\\\slash");
    expect_escaped(hc_escape_text, HC_BYTES("zo\xc3\xab \xe2\x82\xac \xf0\x9f\x94\x91"),
                   "zo\xc3\xab \xe2\x82\xac \xf0\x9f\x94\x91");
    expect_escaped(hc_escape_text, HC_BYTES("\xc0\xaf"), "\\xc0\\xaf");                   /* overlong */
    expect_escaped(hc_escape_text, HC_BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");          /* overlong */
    expect_escaped(hc_escape_text, HC_BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* a surrogate */
    expect_escaped(hc_escape_text, HC_BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
    expect_escaped(hc_escape_text, HC_BYTES("\xe2\x82"), "\\xe2\\x82");                   /* cut off */
    expect_escaped(hc_escape_text, HC_BYTES("\xe2(\xa1"), "\\xe2(\\xa1");
    expect_escaped(hc_escape_text, (struct hc_bytes){NULL, 0}, "");
}

static void an_escaped_text_never_reads_like_another(void **state)
{
    (void)state;
    expect_escaped(hc_escape_text, HC_BYTES("\\n"), "\\\\n");
    expect_escaped(hc_escape_text, HC_BYTES("\\x41"), "\\\\x41");
}

/* Decodes the inside of a JSON string by the grammar of RFC 8259 7; returns the code points read, or -1. */
static int json_length(struct hc_bytes b)
{
    int n = 0;

    for (size_t i = 0; i < b.n; n++) {
        if (b.p[i] < 0x20 || b.p[i] == '"')
            return -1;
        if (b.p[i] != '\\') {
            i++;
            while (i < b.n && (b.p[i] & 0xc0) == 0x80)
                i++;
            continue;
        }
        if (i + 1 >= b.n || !strchr("\"\\/bfnrtu", b.p[i + 1]))
            return -1;
        if (b.p[i + 1] != 'u') {
            i += 2;
            continue;
        }
        for (size_t k = 2; k < 6; k++)
            if (i + k >= b.n || hc_ascii_hex(b.p[i + k]) < 0)
                return -1;
        i += 6;
    }
    return n;
}

static void check_json(struct hc_bytes in, struct hc_bytes out)
{
    int n = json_length(out);

    assert_true(n >= 1);
    assert_true(n <= (int)in.n);
}

static void every_short_input_is_a_valid_json_string(void **state)
{
    (void)state;
    for_every_short_input(hc_escape_json, check_json);
}

static void json_escapes_what_the_grammar_and_the_reader_need(void **state)
{
    (void)state;
    expect_escaped(hc_escape_json, HC_BYTES("say \"hi\"\\"), "say \\\"hi\\\"\\\\");
    expect_escaped(hc_escape_json, HC_BYTES("\n\t\r\0\x1f\x7f"), "\\n\\t\\u000d\\u0000\\u001f\\u007f");
    expect_escaped(hc_escape_json, HC_BYTES("\xe2\x80\xae"), "\\u202e");
    expect_escaped(hc_escape_json, HC_BYTES("\xf3\xa0\x80\x81"), "\\udb40\\udc01"); /* U+E0001 */
    expect_escaped(hc_escape_json,
                   HC_BYTES("a\xff"
                            "b"),
                   "a\\ufffdb");
    expect_escaped(hc_escape_json, HC_BYTES("zo\xc3\xab"), "zo\xc3\xab");
}

static void csv_quotes_and_disarms_formulas(void **state)
{
    (void)state;
    expect_escaped(hc_escape_csv, HC_BYTES("plain field"), "plain field");
    expect_escaped(hc_escape_csv, HC_BYTES("a,b"), "\"a,b\"");
    expect_escaped(hc_escape_csv, HC_BYTES("a\"b"), "\"a\"\"b\"");
    expect_escaped(hc_escape_csv, HC_BYTES("a\nb"), "\"a\\nb\"");
    expect_escaped(hc_escape_csv, HC_BYTES("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
    expect_escaped(hc_escape_csv, HC_BYTES("a;=1+1"), "a\\x3b=1+1"); /* where the semicolon separates */
    expect_escaped(hc_escape_csv, HC_BYTES("+1"), "'+1");
    expect_escaped(hc_escape_csv, HC_BYTES("-1,2"), "\"'-1,2\"");
    expect_escaped(hc_escape_csv, HC_BYTES("@SUM(A1)"), "'@SUM(A1)");
    expect_escaped(hc_escape_csv, HC_BYTES("\t=1"), "'\\t=1");
    expect_escaped(hc_escape_csv, HC_BYTES("\r=1"), "\"'\\x0d=1\"");
    expect_escaped(hc_escape_csv, HC_BYTES("\0=1"), "\\x00=1");
    expect_escaped(hc_escape_csv, HC_BYTES(""), "");
}

static void html_cannot_be_broken_out_of(void **state)
{
    (void)state;
    expect_escaped(hc_escape_html, HC_BYTES("<script>alert('x' & \"y\")</script>"),
                   "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
    expect_escaped(hc_escape_html, HC_BYTES("&amp;\x1b"), "&amp;amp;\\x1b");
}

static void check_html(struct hc_bytes in, struct hc_bytes out)
{
    (void)in;
    for (size_t i = 0; i < out.n; i++)
        assert_null(memchr("<>\"'", out.p[i], 4));
}

static void no_short_input_leaves_markup_in_html(void **state)
{
    (void)state;
    for_every_short_input(hc_escape_html, check_html);
}

static void hexadecimal_with_and_without_separator(void **state)
{
    HC_BUF_AUTO(out, 100);

    (void)state;
    hc_escape_hex(&out, HC_BYTES("\x00\x9f\xff"), ':');
    hc_buf_add_byte(&out, ' ');
    hc_escape_hex(&out, HC_BYTES("\x00\x9f\xff"), 0);
    hc_escape_hex(&out, HC_BYTES(""), ':');
    assert_string_equal(hc_buf_cstr(&out), "00:9f:ff 009fff");
}

static void base64_matches_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    expect_escaped(hc_escape_base64, HC_BYTES(""), "");
    expect_escaped(hc_escape_base64, HC_BYTES("f"), "Zg==");
    expect_escaped(hc_escape_base64, HC_BYTES("fo"), "Zm8=");
    expect_escaped(hc_escape_base64, HC_BYTES("foo"), "Zm9v");
    expect_escaped(hc_escape_base64, HC_BYTES("foob"), "Zm9vYg==");
    expect_escaped(hc_escape_base64, HC_BYTES("fooba"), "Zm9vYmE=");
    expect_escaped(hc_escape_base64, HC_BYTES("foobar"), "Zm9vYmFy");
    expect_escaped(hc_escape_base64, HC_BYTES("\xff\xef\xbf\x00"), "/++/AA==");
}

static void directory_names_have_no_separator_and_no_leading_dot(void **state)
{
    (void)state;
    expect_escaped(hc_escape_dirname, HC_BYTES("alice@home.example"), "alice@home.example");
    expect_escaped(hc_escape_dirname, HC_BYTES("spiffe://example.com/web"), "spiffe%3A%2F%2Fexample.com%2Fweb");
    expect_escaped(hc_escape_dirname, HC_BYTES(".."), "%2E.");
    expect_escaped(hc_escape_dirname, HC_BYTES("../../etc"), "%2E.%2F..%2Fetc");
    expect_escaped(hc_escape_dirname, HC_BYTES("*.example.com"), "%2A.example.com");
    expect_escaped(hc_escape_dirname, HC_BYTES("a%2Fb\0\xff"), "a%252Fb%00%FF");
    expect_escaped(hc_escape_dirname, HC_BYTES("2001:db8::1"), "2001%3Adb8%3A%3A1");
}

static void a_full_buffer_is_reported_not_overrun(void **state)
{
    HC_BUF_AUTO(out, 5);
    struct hc_err e = {0};

    (void)state;
    hc_escape_text(&out, HC_BYTES("abc\x1b"));
    expect_fail(&e, hc_buf_check(&out, &e), HC_E_TOO_BIG);
}

static struct hc_rc escape_all(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(out, 10000);

    (void)ctx;
    for (int i = 0; i < 10; i++) {
        hc_escape_text(&out, HC_BYTES("some\x1btext and \xe2\x80\xae more"));
        hc_escape_json(&out, HC_BYTES("some\x1btext and \xe2\x80\xae more"));
        hc_escape_csv(&out, HC_BYTES("=some,\"text\""));
        hc_escape_html(&out, HC_BYTES("<b>"));
        hc_escape_dirname(&out, HC_BYTES("spiffe://x/y"));
    }
    HC_TRY(e, hc_buf_check(&out, e));
    return HC_OK;
}

static void every_failed_allocation_is_noticed(void **state)
{
    (void)state;
    assert_true(fault_sweep(escape_all, NULL) > 2);
}

static void a_word_that_a_shell_reads_otherwise_is_none_for_a_command(void **state)
{
    static const char *const good[] = {"a", "alice+x@example.com", "shop-1.example.com", "uri:spiffe://a/b_c", "::1"};
    static const char *const bad[] = {"",     "-rf", "a b",      "$(id)", "a;b", "a'b",
                                      "a\"b", "*",   "\xc3\xa4", "a\n",   "a|b", "~a"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(good); i++)
        assert_true(hc_escape_is_shell_word(hc_bytes_str(good[i])));
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        assert_false(hc_escape_is_shell_word(hc_bytes_str(bad[i])));
    assert_false(hc_escape_is_shell_word(HC_BYTES("a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_short_input_leaves_a_control_in_any_form),
        cmocka_unit_test(bidirectional_and_invisible_characters_are_named),
        cmocka_unit_test(text_names_controls_and_broken_bytes),
        cmocka_unit_test(an_escaped_text_never_reads_like_another),
        cmocka_unit_test(every_short_input_is_a_valid_json_string),
        cmocka_unit_test(json_escapes_what_the_grammar_and_the_reader_need),
        cmocka_unit_test(csv_quotes_and_disarms_formulas),
        cmocka_unit_test(html_cannot_be_broken_out_of),
        cmocka_unit_test(no_short_input_leaves_markup_in_html),
        cmocka_unit_test(hexadecimal_with_and_without_separator),
        cmocka_unit_test(base64_matches_the_vectors_of_rfc_4648),
        cmocka_unit_test(directory_names_have_no_separator_and_no_leading_dot),
        cmocka_unit_test(a_full_buffer_is_reported_not_overrun),
        cmocka_unit_test(every_failed_allocation_is_noticed),
        cmocka_unit_test(a_word_that_a_shell_reads_otherwise_is_none_for_a_command),
    };

    return cmocka_run_group_tests_name("base/escape", tests, NULL, NULL);
}
