/* test_why.c - a record of a refusal as bytes, and back. */
#include "hc_test.h"

#include <stdio.h>

#include "base/auto.h"
#include "observe/why.h"
#include "observe/why_json.h"

/* A record in which every member says something. */
static void fill(struct hc_why *w)
{
    memset(w, 0, sizeof *w);
    strcpy(w->ref.text, "k7mq2fzt9xwd");
    w->time = 1795286550;
    w->stage = HC_WHY_REQUEST;
    w->code = HC_E_NO_RULE;
    strcpy(w->text, "no rule of \"/admin\" names the peer");
    strcpy(w->gate, "shop");
    strcpy(w->peer, "192.0.2.7:51234");
    strcpy(w->server_name, "shop.example.com");
    strcpy(w->tls, "TLSv1.3");
    strcpy(w->suite, "TLS_AES_256_GCM_SHA384");
    w->proven = true;
    w->resumed = true;
    strcpy(w->identity, "email:alice@example.com");
    strcpy(w->rule, "/admin");
    strcpy(w->method, "GET");
    strcpy(w->path, "/admin?x=\xc3\xa4");
    w->status = 403;
    w->took_us = 1234;
    w->has_random = true;
    memset(w->random_hash, 0xab, sizeof w->random_hash);
    w->n_certs = 2;
    for (size_t i = 0; i < 2; i++) {
        snprintf(w->cert[i].subject, HC_WHY_TEXT, "CN=%zu", i);
        snprintf(w->cert[i].issuer, HC_WHY_TEXT, "CN=%zu", i + 1);
        strcpy(w->cert[i].names, "email:alice@example.com");
        strcpy(w->cert[i].serial, "0a1b");
        w->cert[i].not_before = -1;
        w->cert[i].not_after = INT64_C(253402300799);
        memset(w->cert[i].sha256, (int)i, 32);
    }
    w->more_certs = 3;
    w->n_findings = 2;
    w->finding[0] = (struct hc_why_finding){.code = HC_E_CERT_EXPIRED, .depth = 0, .text = "ended"};
    w->finding[1] = (struct hc_why_finding){.code = HC_E_CRL_MISSING, .depth = -1, .text = ""};
    w->n_messages = 2;
    w->message[0] = (struct hc_why_message){.at_us = 12, .sent = false, .alert = false, .number = 1};
    w->message[1] = (struct hc_why_message){.at_us = 99999, .sent = true, .alert = true, .number = 48};
    w->more_messages = 1;
}

static void emit(const struct hc_why *w, struct hc_buf *out)
{
    struct hc_err e = {0};

    hc_why_emit(w, out);
    expect_ok(&e, hc_buf_check(out, &e));
}

static void a_record_comes_back_as_it_was_in_every_member(void **state)
{
    static struct hc_why w, back;
    HC_BUF_AUTO(bytes, HC_WHY_BYTES);
    HC_BUF_AUTO(again, HC_WHY_BYTES);
    struct hc_err e = {0};

    (void)state;
    fill(&w);
    emit(&w, &bytes);
    memset(&back, 0x55, sizeof back);
    expect_ok(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e));
    emit(&back, &again);
    assert_true(hc_bytes_eq(hc_buf_view(&bytes), hc_buf_view(&again)));
    assert_string_equal(back.ref.text, "k7mq2fzt9xwd");
    assert_int_equal(back.time, 1795286550);
    assert_int_equal(back.stage, HC_WHY_REQUEST);
    assert_int_equal(back.code, HC_E_NO_RULE);
    assert_string_equal(back.path, "/admin?x=\xc3\xa4");
    assert_true(back.proven && back.resumed && back.has_random);
    assert_int_equal(back.status, 403);
    assert_int_equal(back.n_certs, 2);
    assert_int_equal(back.more_certs, 3);
    assert_int_equal(back.cert[1].not_before, -1);
    assert_int_equal(back.cert[1].sha256[31], 1);
    assert_int_equal(back.finding[0].depth, 0);
    assert_int_equal(back.finding[1].depth, -1);
    assert_int_equal(back.finding[1].code, HC_E_CRL_MISSING);
    assert_true(back.message[1].sent && back.message[1].alert && back.message[1].number == 48);
    assert_int_equal(back.more_messages, 1);
}

static void an_empty_record_is_a_record_too(void **state)
{
    static struct hc_why w, back;
    HC_BUF_AUTO(bytes, HC_WHY_BYTES);
    struct hc_err e = {0};

    (void)state;
    memset(&w, 0, sizeof w);
    emit(&w, &bytes);
    assert_true(bytes.n < 80);
    expect_ok(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e));
    assert_false(back.has_random);
}

/* Every text as long as it may be, every series full. */
static void fill_to_the_brim(struct hc_why *w)
{
    static const char x[2 * HC_WHY_TEXT + 1] = {[0 ... 2 * HC_WHY_TEXT - 1] = 'x'};
    struct hc_bytes long_text = hc_bytes_of(x, 2 * HC_WHY_TEXT);

    fill(w);
#define FILL(member) hc_why_put((member), sizeof(member), long_text)
    FILL(w->text);
    FILL(w->gate);
    FILL(w->peer);
    FILL(w->server_name);
    FILL(w->tls);
    FILL(w->suite);
    FILL(w->identity);
    FILL(w->rule);
    FILL(w->method);
    FILL(w->path);
    w->n_certs = HC_WHY_CERTS;
    for (size_t i = 0; i < HC_WHY_CERTS; i++) {
        FILL(w->cert[i].subject);
        FILL(w->cert[i].issuer);
        FILL(w->cert[i].names);
        FILL(w->cert[i].serial);
    }
    w->n_findings = HC_WHY_FINDINGS;
    for (size_t i = 0; i < HC_WHY_FINDINGS; i++) {
        w->finding[i].code = HC_E_CERT_EXPIRED;
        FILL(w->finding[i].text);
    }
    w->n_messages = HC_WHY_MESSAGES;
    w->more_messages = 1000;
}

static void what_is_too_much_loses_its_end_and_says_how_much(void **state)
{
    static struct hc_why w, back;
    HC_BUF_AUTO(bytes, HC_WHY_BYTES);
    struct hc_err e = {0};

    (void)state;
    fill_to_the_brim(&w);
    emit(&w, &bytes);
    assert_true(bytes.n <= HC_WHY_BYTES);
    expect_ok(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e));
    assert_string_equal(back.text, w.text);
    assert_true(back.n_certs >= 4 && back.n_certs < HC_WHY_CERTS);
    assert_int_equal(back.n_certs + back.more_certs, HC_WHY_CERTS + 3);
    assert_true(back.n_findings >= 8 && back.n_findings < HC_WHY_FINDINGS);
    assert_int_equal(back.n_findings + back.more_findings, HC_WHY_FINDINGS);
    assert_int_equal(back.n_messages, HC_WHY_MESSAGES);
    assert_int_equal(back.more_messages, 255);
}

static void every_cut_and_every_changed_length_is_refused(void **state)
{
    static struct hc_why w, back;
    HC_BUF_AUTO(bytes, HC_WHY_BYTES + 8);
    struct hc_err e = {0};

    (void)state;
    fill(&w);
    emit(&w, &bytes);
    for (size_t n = 0; n < bytes.n; n++)
        expect_fail(&e, hc_why_parse(hc_bytes_head(hc_buf_view(&bytes), n), &back, &e), HC_E_WHY_RECORD);
    hc_buf_add_byte(&bytes, 0);
    expect_fail(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e), HC_E_WHY_RECORD);
    bytes.n--;
    bytes.p[0] = 2; /* another version's */
    expect_fail(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e), HC_E_WHY_RECORD);
    bytes.p[0] = 1;
    bytes.p[3] = 0; /* a NUL in the id */
    expect_fail(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e), HC_E_WHY_RECORD);
    bytes.p[3] = 'k';
    bytes.p[1] = 0xff; /* the id's length */
    expect_fail(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e), HC_E_WHY_RECORD);
}

static void more_than_a_record_is_refused_unread(void **state)
{
    static uint8_t much[HC_WHY_BYTES + 1] = {1};
    static struct hc_why back;
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_why_parse(hc_bytes_of(much, sizeof much), &back, &e), HC_E_WHY_RECORD);
}

static void a_text_is_cut_between_characters_and_holds_no_nul(void **state)
{
    char out[6];

    (void)state;
    hc_why_put(out, sizeof out, HC_BYTES("ab\0cd"));
    assert_string_equal(out, "ab cd");
    hc_why_put(out, sizeof out, HC_BYTES("abcd\xc3\xa4"));
    assert_string_equal(out, "abcd");
    hc_why_put(out, sizeof out, HC_BYTES("abc\xc3\xa4"));
    assert_string_equal(out, "abc\xc3\xa4");
    hc_why_put(out, sizeof out, HC_BYTES("\x80\x80\x80\x80\x80\x80\x80"));
    assert_string_equal(out, "");
    hc_why_put(out, sizeof out, (struct hc_bytes){NULL, 0});
    assert_string_equal(out, "");
}

static void a_record_is_one_line_of_json_whatever_it_holds(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(line, HC_WHY_JSON);
    struct hc_err e = {0};
    const char *text;

    (void)state;
    fill(&w);
    strcpy(w.server_name, "\"\n\x1b[31m\xff");
    hc_why_json(&w, &line);
    expect_ok(&e, hc_buf_check(&line, &e));
    assert_int_equal(hc_bytes_find(hc_buf_view(&line), '\n'), line.n);
    assert_int_equal(hc_bytes_find(hc_buf_view(&line), 0x1b), line.n);
    text = hc_buf_cstr(&line);
    assert_non_null(strstr(text, "\"id\":\"HC-2001\",\"text\""));
    assert_non_null(strstr(text, "{\"at_us\":99999,\"from\":\"gate\",\"type\":\"alert\",\"number\":48}"));
    assert_non_null(strstr(text, "{\"id\":\"HC-1403\"}"));
    assert_non_null(strstr(text, "\"chain_left_out\":3"));
    fill_to_the_brim(&w);
    memset(w.text, 0xff, sizeof w.text - 1);
    hc_buf_clear(&line);
    hc_why_json(&w, &line);
    expect_ok(&e, hc_buf_check(&line, &e));
}

static struct hc_rc emit_once(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(bytes, HC_WHY_BYTES);

    hc_why_emit(ctx, &bytes);
    return hc_buf_check(&bytes, e);
}

static void a_lack_of_memory_fails_the_buffer(void **state)
{
    static struct hc_why w;

    (void)state;
    fill(&w);
    assert_true(fault_sweep(emit_once, &w) > 0);
}

/* Whoever lists records shows the id as it is: one that could move a cursor is no id. */
static void an_id_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"\x1b[31mred\x1b[0m", "k7mq2fzt9xw", "K7MQ2FZT9XWD", "k7mq2fzt9xw\x9b"};
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        HC_BUF_AUTO(bytes, HC_WHY_BYTES);
        static struct hc_why w, back;

        fill(&w);
        memset(&w.ref, 0, sizeof w.ref);
        memcpy(w.ref.text, bad[i], strnlen(bad[i], sizeof w.ref.text - 1));
        emit(&w, &bytes);
        expect_fail(&e, hc_why_parse(hc_buf_view(&bytes), &back, &e), HC_E_WHY_RECORD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_that_is_none_is_refused),
        cmocka_unit_test(a_record_comes_back_as_it_was_in_every_member),
        cmocka_unit_test(an_empty_record_is_a_record_too),
        cmocka_unit_test(what_is_too_much_loses_its_end_and_says_how_much),
        cmocka_unit_test(every_cut_and_every_changed_length_is_refused),
        cmocka_unit_test(more_than_a_record_is_refused_unread),
        cmocka_unit_test(a_text_is_cut_between_characters_and_holds_no_nul),
        cmocka_unit_test(a_record_is_one_line_of_json_whatever_it_holds),
        cmocka_unit_test(a_lack_of_memory_fails_the_buffer),
    };
    return cmocka_run_group_tests_name("observe/why", tests, NULL, NULL);
}
