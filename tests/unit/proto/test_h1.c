/* test_h1.c - start lines, framing and connection rules of whole heads. */
#include "hc_test.h"

#include "base/auto.h"
#include "h1_outcome.h"

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" H
#define POST "POST / HTTP/1.1\r\n" H
#define OK HC_OK_CODE
#define BAD HC_E_HTTP_MALFORMED
#define FRAMING HC_E_HTTP_FRAMING
#define HOST HC_E_HTTP_HOST
#define GARBAGE HC_E_UPSTREAM_GARBAGE

static void request_lines_are_read_by_the_letter(void **state)
{
    static const struct case_of cases[] = {
        CASE("GET / HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET / HTTP/1.0\r\n\r\n", OK),
        CASE("\r\nGET / HTTP/1.1\r\n" H "\r\n", OK),
        CASE("\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("\r\n\r\n", BAD),
        CASE("M-SEARCH /x HTTP/1.1\r\n" H "\r\n", OK),
        CASE("get /x HTTP/1.1\r\n" H "\r\n", OK), /* another method, not GET */
        CASE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1\r\n" H "\r\n", OK),
        CASE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE(" / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("G(T / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("G\xc3\xa4T / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE(" GET / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET  / HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET /  HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/1.1 \r\n" H "\r\n", BAD),
        CASE("GET\t/ HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET /\tHTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/1.1\t\r\n" H "\r\n", BAD),
        CASE("GET /a b HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET /a\tb HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET\r\n" H "\r\n", BAD),
        CASE("GET /\r\n\r\n", BAD), /* HTTP/0.9 */
        CASE("GET /\r\n" H "\r\n", BAD),
        CASE("/ HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/2.0\r\n" H "\r\n", HC_E_HTTP_VERSION),
        CASE("PRI * HTTP/2.0\r\n\r\n", HC_E_HTTP_VERSION),
        CASE("GET / HTTP/1.2\r\n" H "\r\n", HC_E_HTTP_VERSION),
        CASE("GET / HTTP/0.9\r\n" H "\r\n", HC_E_HTTP_VERSION),
        CASE("GET / HTTP/3.1\r\n" H "\r\n", HC_E_HTTP_VERSION),
        CASE("GET / HTTP/1.10\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/11\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/1,1\r\n" H "\r\n", BAD),
        CASE("GET / http/1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP /1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/ 1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTPS/1.1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/1.\xb1\r\n" H "\r\n", BAD),
        CASE("GET / HTTP/1.1\r\n" H "X: "
             "\x16\x03\x01"
             "\r\n\r\n",
             BAD),
        CASE("\x16\x03\x01\x02", BAD), /* TLS where HTTP is expected */
        CASE("SSH-2.0-OpenSSH_9.2\r\n\r\n", BAD),
    };

    (void)state;
    expect_cases(cases, REQUEST);
}

static void targets_have_four_forms_and_no_other(void **state)
{
    static const struct case_of cases[] = {
        CASE("GET /a?b HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET //a HTTP/1.1\r\n" H "\r\n", OK), /* the path is judged elsewhere */
        CASE("GET http://a/x HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET HTTPS://A/x HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET http://a HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET http://a/ HTTP/1.0\r\n\r\n", OK),
        CASE("GET http://b/x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http://a:80/x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http://u@a/x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http://a@b/x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http:///x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http://a\\@b/x HTTP/1.1\r\n" H "\r\n", HOST),
        CASE("GET http://a?x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET http://a#x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET http:/a/x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET ftp://a/x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET file:///etc/passwd HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET a/x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET ?x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET \\x HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("OPTIONS * HTTP/1.1\r\n" H "\r\n", OK),
        CASE("GET * HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("OPTIONS ** HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("CONNECT a:443 HTTP/1.1\r\n" H "\r\n", OK),
        CASE("CONNECT a HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("CONNECT /a:443 HTTP/1.1\r\n" H "\r\n", BAD),
        CASE("GET a:443 HTTP/1.1\r\n" H "\r\n", BAD),
    };
    struct outcome o;

    (void)state;
    expect_cases(cases, REQUEST);
    o = read_head(HC_BYTES("GET http://a/p?q HTTP/1.1\r\n" H "\r\n"), REQUEST);
    assert_int_equal(o.head.form, HC_H1_TARGET_ABSOLUTE);
    expect_bytes(o.head.path, "/p?q");
    expect_bytes(o.head.host, "a");
    o = read_head(HC_BYTES("GET http://a HTTP/1.1\r\n" H "\r\n"), REQUEST);
    expect_bytes(o.head.path, "/");
    o = read_head(HC_BYTES("OPTIONS http://a HTTP/1.1\r\n" H "\r\n"), REQUEST);
    assert_int_equal(o.head.form, HC_H1_TARGET_ASTERISK);
    expect_bytes(o.head.path, "*");
    o = read_head(HC_BYTES("CONNECT a:443 HTTP/1.1\r\n" H "\r\n"), REQUEST);
    assert_int_equal(o.head.form, HC_H1_TARGET_AUTHORITY);
    assert_int_equal(o.head.path.n, 0);
    o = read_head(HC_BYTES("GET http://a/ HTTP/1.0\r\n\r\n"), REQUEST);
    expect_bytes(o.head.host, "a");
}

static void smuggled_framings_are_refused(void **state)
{
    static const struct case_of cases[] = {
        CASE(POST "Content-Length: 5\r\n\r\n", OK),
        CASE(POST "Content-Length: 0\r\n\r\n", OK),
        CASE(POST "Content-Length:5\r\n\r\n", OK),
        CASE(POST "content-length:\t 5 \t\r\n\r\n", OK),
        CASE(POST "Content-Length: 9223372036854775807\r\n\r\n", OK),
        CASE(POST "Content-Length: 9223372036854775808\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 18446744073709551621\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 00000000000000000005\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5, 5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5,\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: +5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: -5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 0x5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5 5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5.0\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5e0\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: \xef\xbc\x95\r\n\r\n", FRAMING),
        CASE(POST "Content-Length:\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: \r\n\r\n", FRAMING),
        CASE(POST "Content-Length: five\r\n\r\n", FRAMING),
        CASE(POST "Content-Length : 5\r\n\r\n", BAD),
        CASE(POST "Content-Length\t: 5\r\n\r\n", BAD),
        CASE(POST " Content-Length: 5\r\n\r\n", BAD),
        CASE(POST "Content-Length: \r\n 5\r\n\r\n", FRAMING), /* folded: empty where folding is not known */
        CASE(POST "X: y\r\n Content-Length: 5\r\n\r\n", BAD),
        CASE(POST "Content_Length: 5\r\n\r\n", FRAMING),
        CASE(POST "Content.Length: 5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length-: 5\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked\r\n\r\n", OK),
        CASE(POST "transfer-encoding:\tCHUNKED\t\r\n\r\n", OK),
        CASE(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", FRAMING),
        CASE(POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", HC_E_HTTP_TRANSFER_CODING),
        CASE(POST "Transfer-Encoding: gzip ,\tCHUNKED\r\n\r\n", HC_E_HTTP_TRANSFER_CODING),
        CASE(POST "Transfer-Encoding: chunked, chunked\r\n\r\n", HC_E_HTTP_TRANSFER_CODING),
        CASE(POST "Transfer-Encoding: ,chunked\r\n\r\n", HC_E_HTTP_TRANSFER_CODING),
        CASE(POST "Transfer-Encoding: chunked,\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked, gzip\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked, identity\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: gzip\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: identity\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: xchunked\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunkedx\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chunked;q=1\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: \"chunked\"\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: chun ked\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: \xc2\xa0"
                  "chunked\r\n\r\n",
             FRAMING),
        CASE(POST "Transfer-Encoding:\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding: \x0b"
                  "chunked\r\n\r\n",
             BAD),
        CASE(POST "Transfer-Encoding: chunked\x0c\r\n\r\n", BAD),
        CASE(POST "Transfer-Encoding : chunked\r\n\r\n", BAD),
        CASE(POST " Transfer-Encoding: chunked\r\n\r\n", BAD),
        CASE(POST "X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n", BAD),
        CASE(POST "X: y\nTransfer-Encoding: chunked\r\n\r\n", BAD),
        CASE(POST "X: y\rTransfer-Encoding: chunked\r\n\r\n", BAD),
        CASE(POST "Transfer_Encoding: chunked\r\n\r\n", FRAMING),
        CASE(POST "Transfer-Encoding\x00: chunked\r\n\r\n", BAD),
        CASE("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", FRAMING),
        CASE("POST / HTTP/1.0\r\n" H "Content-Length: 5\r\n\r\n", OK),
        CASE("POST / HTTP/1.0\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", FRAMING),
    };

    (void)state;
    expect_cases(cases, REQUEST);
}

static void a_request_body_is_what_its_framing_says(void **state)
{
    struct outcome o = read_head(HC_BYTES(GET "\r\n"), REQUEST);

    (void)state;
    assert_int_equal(o.head.body, HC_H1_BODY_NONE);
    assert_false(o.head.has_content_length);
    o = read_head(HC_BYTES(POST "Content-Length: 0\r\n\r\n"), REQUEST);
    assert_int_equal(o.head.body, HC_H1_BODY_LENGTH);
    assert_int_equal(o.head.content_length, 0);
    o = read_head(HC_BYTES(GET "Content-Length: 123456789012\r\n\r\n"), REQUEST);
    assert_int_equal(o.head.body, HC_H1_BODY_LENGTH);
    assert_true(o.head.has_content_length);
    assert_int_equal(o.head.content_length, 123456789012);
    o = read_head(HC_BYTES(POST "Transfer-Encoding: chunked\r\n\r\n"), REQUEST);
    assert_int_equal(o.head.body, HC_H1_BODY_CHUNKED);
}

static void one_host_is_demanded(void **state)
{
    static const struct case_of cases[] = {
        CASE("GET / HTTP/1.1\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nX: y\r\n\r\n", HOST),
        CASE("GET / HTTP/1.0\r\nX: y\r\n\r\n", OK),
        CASE("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", HOST),
        CASE("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nHost:\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HOST),
        CASE("GET / HTTP/1.1\r\nHost : a\r\n\r\n", BAD),
        CASE("GET http://a/ HTTP/1.1\r\n\r\n", HOST),
        CASE("GET http://a/ HTTP/1.0\r\nHost: b\r\n\r\n", HOST),
    };

    (void)state;
    expect_cases(cases, REQUEST);
}

static bool keep_alive(struct hc_bytes in, enum side side)
{
    struct outcome o = read_head(in, side);

    assert_true(o.done);
    return o.head.keep_alive;
}

static void a_connection_is_kept_only_when_both_versions_would(void **state)
{
    (void)state;
    assert_true(keep_alive(HC_BYTES(GET "\r\n"), REQUEST));
    assert_true(keep_alive(HC_BYTES(GET "Connection: keep-alive\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES(GET "Connection: Close\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES(GET "Connection: keep-alive, close\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES(GET "Connection: x\r\nConnection: ,close\r\n\r\n"), REQUEST));
    assert_true(keep_alive(HC_BYTES(GET "Connection: closed\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES("GET / HTTP/1.0\r\n\r\n"), REQUEST));
    assert_true(keep_alive(HC_BYTES("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"), REQUEST));
    assert_false(keep_alive(HC_BYTES("HTTP/1.1 200 OK\r\n\r\n"), RESPONSE));
    assert_true(keep_alive(HC_BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), RESPONSE));
    assert_false(keep_alive(HC_BYTES("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"), RESPONSE));
    assert_true(
        keep_alive(HC_BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n"), RESPONSE));
    assert_false(keep_alive(HC_BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"), RESPONSE));
    assert_true(keep_alive(HC_BYTES("HTTP/1.1 204 No Content\r\n\r\n"), RESPONSE));
    assert_true(keep_alive(HC_BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), RESPONSE));
    assert_false(keep_alive(HC_BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), RESPONSE));
    assert_false(keep_alive(HC_BYTES("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n"), RESPONSE));
}

static void expectations_and_upgrades_are_reported_in_1_1_only(void **state)
{
    static const struct case_of cases[] = {
        CASE(POST "Expect: 100-Continue\r\n\r\n", OK),
        CASE(POST "Expect: 100-continue, x\r\n\r\n", HC_E_HTTP_EXPECT),
        CASE(POST "Expect: x\r\n\r\n", HC_E_HTTP_EXPECT),
        CASE("POST / HTTP/1.0\r\nExpect: x\r\n\r\n", OK),
    };
    struct outcome o = read_head(HC_BYTES(POST "Expect: 100-continue\r\nUpgrade: websocket\r\n\r\n"), REQUEST);

    (void)state;
    expect_cases(cases, REQUEST);
    assert_true(o.head.expect_continue);
    assert_true(o.head.has_upgrade);
    o = read_head(HC_BYTES("POST / HTTP/1.0\r\nExpect: 100-continue\r\nUpgrade: websocket\r\n\r\n"), REQUEST);
    assert_false(o.head.expect_continue);
    assert_false(o.head.has_upgrade);
}

static void back_ends_may_be_old_but_not_ambiguous(void **state)
{
    static const struct case_of cases[] = {
        CASE("HTTP/1.1 200 OK\r\n\r\n", OK),
        CASE("HTTP/1.1 200 \r\n\r\n", OK),
        CASE("HTTP/1.1 200\r\n\r\n", OK),
        CASE("HTTP/1.0 200 OK\r\nServer: BaseHTTP/0.6 Python/3.11.2\r\n\r\n", OK),
        CASE("HTTP/1.1 404 Nicht gefunden \xc3\xa4\r\n\r\n", OK),
        CASE("HTTP/1.1 200 OK\r\nServer : x\r\n\r\n", OK),
        CASE("HTTP/1.1 200 OK\r\nHost: a\r\nHost: !\r\nExpect: x\r\n\r\n", OK),
        CASE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", OK),
        CASE("HTTP/1.1 099 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 600 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 20 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 2000 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 2x0 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1  200 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 \r\n\r\n", GARBAGE),
        CASE("HTTP/2 200 OK\r\n\r\n", GARBAGE),
        CASE("HTTP/1.2 200 OK\r\n\r\n", GARBAGE),
        CASE("ICY 200 OK\r\n\r\n", GARBAGE),
        CASE("<html>\r\n\r\n", GARBAGE),
        CASE("\r\nHTTP/1.1 200 OK\r\n\r\n", GARBAGE),
        CASE("\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\n\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nX: y\nZ: w\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\n: y\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nX: a\x01\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", GARBAGE),
        CASE("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", GARBAGE),
        CASE("HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\nContent-Length: 1\r\n\r\n", GARBAGE),
    };

    (void)state;
    expect_cases(cases, RESPONSE);
}

static void a_response_body_depends_on_status_and_method(void **state)
{
    static const struct {
        struct hc_bytes in;
        enum side side;
        enum hc_h1_body body;
    } cases[] = {
#define R(text, side, body) {{(const uint8_t *)("" text "\r\n"), sizeof(text "\r\n") - 1}, side, body}
        R("HTTP/1.1 200 OK\r\n", RESPONSE, HC_H1_BODY_UNTIL_CLOSE),
        R("HTTP/1.1 200 OK\r\n", RESPONSE_TO_HEAD, HC_H1_BODY_NONE),
        R("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", RESPONSE, HC_H1_BODY_LENGTH),
        R("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", RESPONSE_TO_HEAD, HC_H1_BODY_NONE),
        R("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", RESPONSE, HC_H1_BODY_CHUNKED),
        R("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", RESPONSE_TO_HEAD, HC_H1_BODY_NONE),
        R("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n", RESPONSE, HC_H1_BODY_NONE),
        R("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n", RESPONSE, HC_H1_BODY_NONE),
        R("HTTP/1.1 100 Continue\r\n", RESPONSE, HC_H1_BODY_NONE),
        R("HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n", RESPONSE, HC_H1_BODY_NONE),
        R("HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n", RESPONSE, HC_H1_BODY_LENGTH),
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct outcome o = read_head(cases[i].in, cases[i].side);

        assert_true(o.done);
        assert_int_equal(o.head.body, cases[i].body);
    }
}

static void a_status_line_gives_up_its_parts(void **state)
{
    struct outcome o = read_head(HC_BYTES("HTTP/1.1 418 I'm a teapot\r\nX : y \r\n\r\nbody"), RESPONSE);

    (void)state;
    assert_int_equal(o.head.status, 418);
    expect_bytes(o.head.reason, "I'm a teapot");
    expect_bytes(o.head.fields[0].name, "X");
    expect_bytes(o.head.fields[0].value, "y");
    assert_int_equal(o.head.head_bytes, sizeof "HTTP/1.1 418 I'm a teapot\r\nX : y \r\n\r\n" - 1);
    o = read_head(HC_BYTES("HTTP/1.0 200\r\n\r\n"), RESPONSE);
    assert_int_equal(o.head.reason.n, 0);
    assert_int_equal(o.head.minor, 0);
}

static void pipelined_bytes_are_left_alone(void **state)
{
    struct hc_bytes in = HC_BYTES("\r\n" GET "\r\nGET\n\n\x01");
    struct outcome o = read_head(in, REQUEST);

    (void)state;
    assert_true(o.done);
    assert_int_equal(o.head.head_bytes, sizeof "\r\n" GET "\r\n" - 1);
    expect_bytes(o.head.method, "GET");
}

/* Every well-formed head with one byte replaced, dropped or doubled is read the same way however it is cut, and is
 * never read beyond its end (sanitizers). */
static void mutants_have_one_outcome_however_they_are_cut(void **state)
{
    static const char seed[] = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nConnection: x, close\r\n\r\n";
    static const char odd[] = "\r\n \t:;,\0\x7f\x80/\\aZ09";
    uint8_t mutant[sizeof seed];

    (void)state;
    for (size_t at = 0; at < sizeof seed - 1; at++) {
        for (size_t k = 0; k < sizeof odd; k++) {
            memcpy(mutant, seed, sizeof seed);
            mutant[at] = (uint8_t)odd[k];
            (void)read_head(hc_bytes_of(mutant, sizeof seed - 1), REQUEST);
        }
        memmove(mutant, seed, at);
        memmove(mutant + at, seed + at + 1, sizeof seed - 1 - at);
        (void)read_head(hc_bytes_of(mutant, sizeof seed - 2), REQUEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines_are_read_by_the_letter),
        cmocka_unit_test(targets_have_four_forms_and_no_other),
        cmocka_unit_test(smuggled_framings_are_refused),
        cmocka_unit_test(a_request_body_is_what_its_framing_says),
        cmocka_unit_test(one_host_is_demanded),
        cmocka_unit_test(a_connection_is_kept_only_when_both_versions_would),
        cmocka_unit_test(expectations_and_upgrades_are_reported_in_1_1_only),
        cmocka_unit_test(back_ends_may_be_old_but_not_ambiguous),
        cmocka_unit_test(a_response_body_depends_on_status_and_method),
        cmocka_unit_test(a_status_line_gives_up_its_parts),
        cmocka_unit_test(pipelined_bytes_are_left_alone),
        cmocka_unit_test(mutants_have_one_outcome_however_they_are_cut),
    };

    return cmocka_run_group_tests_name("proto/h1", tests, NULL, NULL);
}
