/* test_probe_json.c - what programs are given: JSON whatever the peer wrote, with the members that were promised. */
#include "fabric.h"

#include <jansson.h>

static json_t *print(struct fabric *f)
{
    struct hc_err e;
    json_error_t error;
    HC_BUF_AUTO(out, 4 << 20);
    hc_probe_tell_steps(f->p);
    hc_probe_json(f->p, &out);
    expect_ok(&e, hc_buf_check(&out, &e));
    json_t *root = json_loadb((const char *)out.p, out.n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    return root;
}

static const char *string(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void the_promised_members_are_there(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.has_random = true;
    json_t *root = print(&f);
    json_t *connection = json_object_get(root, "connection");
    assert_string_equal(string(root, "format"), "handclasp-probe-1");
    assert_string_equal(string(json_object_get(root, "target"), "host"), "shop.example.com");
    assert_string_equal(string(json_object_get(root, "target"), "address"), "127.0.0.1:8443");
    assert_string_equal(string(json_object_get(root, "verdict"), "cause"), "accepted");
    assert_string_equal(string(json_object_get(root, "verdict"), "side"), "nobody");
    assert_true(json_is_null(json_object_get(json_object_get(root, "verdict"), "id")));
    assert_int_equal(json_array_size(json_object_get(root, "steps")), 7);
    assert_true(json_is_null(json_object_get(root, "clock_skew")));
    assert_string_equal(string(json_object_get(root, "dns"), "result"), "found");
    assert_string_equal(string(connection, "stage"), "served");
    assert_string_equal(string(connection, "end"), "close-notify");
    assert_string_equal(string(connection, "version"), "TLS 1.3");
    assert_string_equal(string(connection, "suite"), "TLS_AES_128_GCM_SHA256");
    assert_int_equal(strlen(string(connection, "client_random_sha256")), 64);
    assert_int_equal(json_array_size(json_object_get(connection, "messages")), 10);
    assert_int_equal(json_array_size(json_object_get(connection, "server_certificates")), 1);
    assert_true(json_array_size(json_object_get(root, "story")) > 10);
    json_decref(root);
    fabric_fini(&f);
}

static void a_refusal_has_its_alert_and_its_id(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.end = HC_END_ALERT;
    f.p->main.alert = 44;
    f.p->main.alert_after_finished = true;
    f.p->skew_known = true;
    f.p->skew = -7200;
    f.p->verdict = (struct hc_verdict){.cause = HC_CAUSE_YOUR_REVOKED, .side = HC_SIDE_CLIENT, .text = "revoked"};
    json_t *root = print(&f);
    json_t *alert = json_object_get(json_object_get(root, "connection"), "alert");
    assert_string_equal(string(alert, "name"), "certificate_revoked");
    assert_true(json_is_true(json_object_get(alert, "after_handshake")));
    assert_non_null(string(json_object_get(root, "verdict"), "id"));
    assert_int_equal(json_integer_value(json_object_get(root, "clock_skew")), -7200);
    json_decref(root);
    fabric_fini(&f);
}

static void hostile_bytes_make_no_other_json(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_hostile(&f);
    json_t *root = print(&f);
    json_t *connection = json_object_get(root, "connection");
    const char *said = string(connection, "application");
    assert_non_null(strstr(said, "<img src=x onerror=alert(1)>\x1b[31m")); /* once escaped, once read: as it came */
    assert_non_null(strstr(string(json_array_get(json_object_get(connection, "server_certificates"), 0), "subject"),
                           "\\<script\\>")); /* as RFC 4514 writes it */
    json_decref(root);
    fabric_fini(&f);
}

static void names_beyond_the_bound_are_counted(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    fabric_many_names(&f, 1000);
    json_t *root = print(&f);
    json_t *cert = json_array_get(json_object_get(json_object_get(root, "connection"), "server_certificates"), 0);
    assert_int_equal(json_array_size(json_object_get(cert, "names")), 64);
    assert_int_equal(json_integer_value(json_object_get(cert, "names_count")), 1000);
    json_decref(root);
    fabric_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_promised_members_are_there),
        cmocka_unit_test(a_refusal_has_its_alert_and_its_id),
        cmocka_unit_test(hostile_bytes_make_no_other_json),
        cmocka_unit_test(names_beyond_the_bound_are_counted),
    };
    return cmocka_run_group_tests_name("doctor/probe_json", tests, NULL, NULL);
}
