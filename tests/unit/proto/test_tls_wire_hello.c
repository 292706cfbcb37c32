/* test_tls_wire_hello.c - what clients and servers say first, and that nothing that lies about a length is read. */
#include "hc_test.h"

#include "tls_build.h"

#define RANDOM "0123456789abcdef0123456789ABCDEF"
/* SHA-256 of "HelloRetryRequest" */
#define RETRY                                                                                                          \
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"                                                 \
    "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

static struct hc_rc read_client(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_client_hello(body, out, e);
}

static struct hc_rc read_server(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_server_hello(body, out, e);
}

static struct hc_rc read_encrypted(struct hc_bytes body, void *out, struct hc_err *e)
{
    return hc_tls_wire_encrypted_extensions(body, out, e);
}

static const struct reader client = {read_client, sizeof(struct hc_tls_client_hello), 0};
static const struct reader server = {read_server, sizeof(struct hc_tls_server_hello), 0};
static const struct reader encrypted = {read_encrypted, sizeof(struct hc_tls_encrypted_extensions), 0};

/* Up to where extensions begin. */
static void build_client(struct message *m, struct hc_bytes session_id)
{
    put(m, 2, 0x0303);
    hc_buf_add(&m->b, HC_BYTES(RANDOM));
    put_vector(m, 1, session_id);
    put_vector(m, 2, HC_BYTES("\x0a\x0a\x13\x01\xc0\x2f"));
    put_vector(m, 1, HC_BYTES("\0"));
}

static void add_client_13(struct message *m)
{
    size_t extensions = begin(m, 2);

    put_extension(m, 0, "000d00000a676174652e6c6f63616c");
    put_extension(m, 5, "0100000000");
    put_extension(m, 10, "000411ec001d");
    put_extension(m, 13, "000408040403");
    put_extension(m, 16, "000c02683208687474702f312e31");
    put_extension(m, 35, "");
    put_extension(m, 43, "0403040303");
    put_extension(m, 51, "000a11ec000101001d000142");
    put_extension(m, 0x1a1a, "00");
    end(m, extensions);
}

static struct hc_tls_client_hello client_of(const struct message *m)
{
    struct hc_tls_client_hello hello;
    struct hc_err e;

    expect_ok(&e, hc_tls_wire_client_hello(hc_buf_view(&m->b), &hello, &e));
    return hello;
}

static void a_client_hello_of_tls_1_3_is_read(void **state)
{
    struct reader reader = client;
    struct hc_tls_client_hello c;
    MESSAGE(m);

    (void)state;
    build_client(&m, HC_BYTES("session"));
    reader.also_good = m.b.n;
    add_client_13(&m);
    c = client_of(&m);
    assert_int_equal(c.legacy_version, 0x0303);
    expect_bytes(c.random, RANDOM);
    expect_bytes(c.session_id, "session");
    expect_bytes(c.server_name, "gate.local");
    expect_bytes(c.alpn, "\2h2\x08http/1.1");
    assert_int_equal(c.suites.n, 3);
    assert_int_equal(c.suites.code[1], 0x1301);
    assert_int_equal(c.versions.n, 2);
    assert_int_equal(c.versions.code[0], 0x0304);
    assert_int_equal(c.groups.code[0], 0x11ec);
    assert_int_equal(c.signatures.code[1], 0x0403);
    assert_int_equal(c.key_shares.n, 2);
    assert_int_equal(c.key_shares.code[1], 29);
    assert_int_equal(c.extensions.n, 9);
    assert_int_equal(c.extensions.code[8], 0x1a1a);
    assert_true(c.asks_staple);
    assert_false(c.early_data);
    assert_false(c.resumes);
    expect_strict(&reader, &m);
}

static void a_client_hello_without_extensions_speaks_its_own_version(void **state)
{
    struct hc_tls_client_hello c;
    MESSAGE(m);

    (void)state;
    build_client(&m, HC_BYTES(""));
    c = client_of(&m);
    assert_int_equal(c.versions.n, 1);
    assert_int_equal(c.versions.code[0], 0x0303);
    assert_int_equal(c.extensions.n, 0);
    assert_false(c.resumes);
    expect_strict(&client, &m);
}

/* One extension, or none. */
static struct hc_tls_client_hello client_with(struct hc_bytes session_id, uint16_t type, const char *hex)
{
    size_t extensions;
    MESSAGE(m);

    build_client(&m, session_id);
    extensions = begin(&m, 2);
    if (hex)
        put_extension(&m, type, hex);
    end(&m, extensions);
    return client_of(&m);
}

static void a_client_that_resumes_is_recognised(void **state)
{
    (void)state;
    assert_true(client_with(HC_BYTES("id"), 0, NULL).resumes);
    assert_true(client_with(HC_BYTES(""), 35, "7469636b6574").resumes);
    assert_true(client_with(HC_BYTES(""), 41, "0000").resumes);
    assert_false(client_with(HC_BYTES(""), 35, "").resumes);
    assert_false(client_with(HC_BYTES("id"), 43, "020304").resumes);
    assert_true(client_with(HC_BYTES(""), 42, "").early_data);
}

static void lists_that_are_too_long_are_counted(void **state)
{
    struct hc_tls_client_hello c;
    size_t list, extensions;
    struct hc_err e;
    MESSAGE(m);

    (void)state;
    put(&m, 2, 0x0303);
    hc_buf_add(&m.b, HC_BYTES(RANDOM));
    put_vector(&m, 1, HC_BYTES(""));
    list = begin(&m, 2);
    put_many(&m, 65534, 1);
    end(&m, list);
    put_vector(&m, 1, HC_BYTES("\0"));
    extensions = begin(&m, 2);
    for (uint32_t i = 0; i < 10000; i++)
        put(&m, 4, (i + 100) << 16);
    end(&m, extensions);
    expect_ok(&e, hc_tls_wire_client_hello(hc_buf_view(&m.b), &c, &e));
    assert_int_equal(c.suites.n, HC_TLS_LIST_MAX);
    assert_int_equal(c.suites.more, 32767 - HC_TLS_LIST_MAX);
    assert_int_equal(c.extensions.n, HC_TLS_LIST_MAX);
    assert_int_equal(c.extensions.more, 10000 - HC_TLS_LIST_MAX);
}

/* What a message with this one extension is refused for. */
static void expect_refused_extension(bool of_client, uint16_t type, const char *hex, const char *words)
{
    size_t extensions;
    MESSAGE(m);

    if (of_client) {
        build_client(&m, HC_BYTES(""));
    } else {
        put(&m, 2, 0x0303);
        hc_buf_add(&m.b, HC_BYTES(RANDOM));
        put_vector(&m, 1, HC_BYTES(""));
        put(&m, 3, 0x130100);
    }
    extensions = begin(&m, 2);
    put_extension(&m, type, hex);
    end(&m, extensions);
    expect_reason(of_client ? &client : &server, hc_buf_view(&m.b), words);
}

static void the_insides_of_extensions_are_strict(void **state)
{
    static const struct {
        bool of_client;
        uint16_t type;
        const char *hex, *words;
    } cases[] = {
        {true, 0, "", "the list of server names should have 2 bytes"},
        {true, 0, "0000", "the list of server names has 0 bytes"},
        {true, 0, "0003000001", "a server name says that it has 1 bytes"},
        {true, 0, "0003000000", "a server name has 0 bytes"},
        {true, 0, "00040000016100", "server_name is followed by bytes that belong to nothing"},
        {true, 10, "0000", "supported_groups has 0 bytes"},
        {true, 10, "0003001d00", "supported_groups has an odd number of bytes"},
        {true, 13, "0004040300", "signature_algorithms says that it has 4 bytes and 3 are left"},
        {true, 16, "0000", "application protocols has 0 bytes"},
        {true, 16, "00020261", "the name of an application protocol says that it has 2 bytes"},
        {true, 16, "000100", "the list of application protocols has 1 bytes"},
        {true, 16, "00020000", "the name of an application protocol has 0 bytes"},
        {true, 43, "03030403", "supported_versions has an odd number of bytes"},
        {true, 51, "0004001d0000", "the key of a key share has 0 bytes"},
        {true, 51, "0001ff", "the group of a key share should have 2 bytes"},
        {true, 42, "00", "early_data is followed by bytes that belong to nothing"},
        {false, 0, "00", "server_name is followed by bytes that belong to nothing"},
        {false, 5, "00", "status_request is followed by bytes"},
        {false, 16, "0006026832026833", "does not name exactly one"},
        {false, 23, "00", "extended_master_secret is followed by bytes"},
        {false, 35, "00", "session_ticket is followed by bytes"},
        {false, 41, "00", "the chosen pre-shared key should have 2 bytes"},
        {false, 43, "03", "the chosen version should have 2 bytes"},
        {false, 51, "001d", "the key of the key share should have 2 bytes"},
        {false, 51, "001d0000", "the key of the key share has 0 bytes"},
        {false, 0xff01, "01", "renegotiation_info says that it has 1 bytes and 0 are left"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refused_extension(cases[i].of_client, cases[i].type, cases[i].hex, cases[i].words);
}

static void a_session_id_has_at_most_32_bytes(void **state)
{
    MESSAGE(fits);
    MESSAGE(over);

    (void)state;
    build_client(&fits, HC_BYTES(RANDOM));
    expect_good(&client, hc_buf_view(&fits.b));
    build_client(&over, HC_BYTES(RANDOM "x"));
    expect_reason(&client, hc_buf_view(&over.b), "session_id is longer than 32 bytes, at byte 34");
}

/* Up to where extensions begin. */
static void build_server(struct message *m, uint16_t version, struct hc_bytes random, uint16_t suite)
{
    put(m, 2, version);
    hc_buf_add(&m->b, random);
    put_vector(m, 1, HC_BYTES("session"));
    put(m, 2, suite);
    put(m, 1, 0);
}

static struct hc_tls_server_hello server_of(const struct message *m)
{
    struct hc_tls_server_hello hello;
    struct hc_err e;

    expect_ok(&e, hc_tls_wire_server_hello(hc_buf_view(&m->b), &hello, &e));
    return hello;
}

static void a_server_hello_of_tls_1_3_is_read(void **state)
{
    struct reader reader = server;
    struct hc_tls_server_hello s;
    size_t extensions, share;
    MESSAGE(m);

    (void)state;
    build_server(&m, 0x0303, HC_BYTES(RANDOM), 0x1302);
    reader.also_good = m.b.n;
    extensions = begin(&m, 2);
    put_extension(&m, 43, "0304");
    put_extension(&m, 41, "0000");
    put(&m, 2, 51);
    share = begin(&m, 2);
    put(&m, 2, 0x11ec);
    put_vector(&m, 2, HC_BYTES("key"));
    end(&m, share);
    end(&m, extensions);
    s = server_of(&m);
    assert_false(s.retry);
    assert_false(s.downgrade);
    assert_int_equal(s.version, 0x0304);
    assert_int_equal(s.suite, 0x1302);
    assert_int_equal(s.group, 0x11ec);
    assert_true(s.resumed_psk);
    expect_bytes(s.random, RANDOM);
    expect_bytes(s.session_id, "session");
    expect_strict(&reader, &m);
}

static void a_hello_retry_request_is_recognised_and_names_a_group_only(void **state)
{
    struct reader reader = server;
    struct hc_tls_server_hello s;
    size_t extensions;
    MESSAGE(m);

    (void)state;
    build_server(&m, 0x0303, HC_BYTES(RETRY), 0x1301);
    reader.also_good = m.b.n;
    extensions = begin(&m, 2);
    put_extension(&m, 43, "0304");
    put_extension(&m, 51, "0017");
    put_extension(&m, 44, "0002abcd"); /* a cookie, which is not read */
    end(&m, extensions);
    s = server_of(&m);
    assert_true(s.retry);
    assert_int_equal(s.version, 0x0304);
    assert_int_equal(s.group, 23);
    expect_strict(&reader, &m);
    expect_reason(&server, hc_bytes_head(hc_buf_view(&m.b), 50), "HelloRetryRequest: ");
}

static void a_server_hello_of_tls_1_2_is_read(void **state)
{
    struct reader reader = server;
    struct hc_tls_server_hello s;
    size_t extensions;
    MESSAGE(m);

    (void)state;
    build_server(&m, 0x0303, HC_BYTES(RANDOM), 0xc02f);
    reader.also_good = m.b.n;
    extensions = begin(&m, 2);
    put_extension(&m, 0, "");
    put_extension(&m, 5, "");
    put_extension(&m, 11, "020001");
    put_extension(&m, 16, "0003026832");
    put_extension(&m, 23, "");
    put_extension(&m, 35, "");
    put_extension(&m, 0xff01, "00");
    end(&m, extensions);
    s = server_of(&m);
    assert_int_equal(s.version, 0x0303);
    assert_int_equal(s.group, 0);
    assert_true(s.extended_master_secret && s.secure_renegotiation && s.staples && s.ticket);
    assert_false(s.resumed_psk);
    expect_bytes(s.alpn, "h2");
    expect_strict(&reader, &m);
}

static void a_server_hello_without_extensions_is_read(void **state)
{
    struct hc_tls_server_hello s;
    MESSAGE(m);

    (void)state;
    build_server(&m, 0x0301, HC_BYTES(RANDOM), 0x000a);
    s = server_of(&m);
    assert_int_equal(s.version, 0x0301);
    assert_false(s.extended_master_secret || s.secure_renegotiation || s.staples || s.ticket);
    expect_strict(&server, &m);
}

static void the_mark_of_a_downgrade_is_seen(void **state)
{
    static const struct {
        uint16_t version;
        const char *end;
        bool want;
    } cases[] = {
        {0x0303, "DOWNGRD\x01", true},  {0x0303, "DOWNGRD\x00", true},  {0x0302, "DOWNGRD\x00", true},
        {0x0303, "DOWNGRD\x02", false}, {0x0303, "DOWNGRE\x01", false}, {0x0304, "DOWNGRD\x01", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        MESSAGE(m);

        build_server(&m, cases[i].version, HC_BYTES(RANDOM), 0xc02f);
        memcpy(m.b.p + 2 + 24, cases[i].end, 8);
        assert_int_equal(server_of(&m).downgrade, cases[i].want);
    }
}

static void a_server_of_tls_1_3_carries_no_downgrade_mark_of_its_own(void **state)
{
    size_t extensions;
    MESSAGE(m);

    (void)state;
    build_server(&m, 0x0303, HC_BYTES("0123456789abcdef01234567DOWNGRD\1"), 0x1301);
    extensions = begin(&m, 2);
    put_extension(&m, 43, "0304");
    end(&m, extensions);
    assert_false(server_of(&m).downgrade);
}

static void encrypted_extensions_are_read(void **state)
{
    struct hc_tls_encrypted_extensions x;
    struct hc_err e;
    size_t extensions;
    MESSAGE(m);

    (void)state;
    extensions = begin(&m, 2);
    put_extension(&m, 0, "");
    put_extension(&m, 10, "0004001d0017");
    put_extension(&m, 16, "000908687474702f312e31");
    end(&m, extensions);
    expect_ok(&e, hc_tls_wire_encrypted_extensions(hc_buf_view(&m.b), &x, &e));
    assert_true(x.server_name);
    expect_bytes(x.alpn, "http/1.1");
    assert_int_equal(x.groups.n, 2);
    expect_strict(&encrypted, &m);
    expect_good(&encrypted, HC_BYTES("\0\0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_hello_of_tls_1_3_is_read),
        cmocka_unit_test(a_client_hello_without_extensions_speaks_its_own_version),
        cmocka_unit_test(a_client_that_resumes_is_recognised),
        cmocka_unit_test(lists_that_are_too_long_are_counted),
        cmocka_unit_test(the_insides_of_extensions_are_strict),
        cmocka_unit_test(a_session_id_has_at_most_32_bytes),
        cmocka_unit_test(a_server_hello_of_tls_1_3_is_read),
        cmocka_unit_test(a_hello_retry_request_is_recognised_and_names_a_group_only),
        cmocka_unit_test(a_server_hello_of_tls_1_2_is_read),
        cmocka_unit_test(a_server_hello_without_extensions_is_read),
        cmocka_unit_test(the_mark_of_a_downgrade_is_seen),
        cmocka_unit_test(a_server_of_tls_1_3_carries_no_downgrade_mark_of_its_own),
        cmocka_unit_test(encrypted_extensions_are_read),
    };

    return cmocka_run_group_tests_name("proto/tls_wire_hello", tests, NULL, NULL);
}
