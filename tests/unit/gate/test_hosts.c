/* test_hosts.c - one canonical form of server names: every spelling reaches the same gate, or none (T7). */
#include "hc_test.h"

#include <stdio.h>

#include "gate/hosts.h"

/* The canonical form, or NULL for what is refused. */
static const char *canonical(const char *text, enum hc_host_form form, struct hc_host *out)
{
    struct hc_err e = {0};
    struct hc_rc rc;

    *out = (struct hc_host){.n = 7, .at = "as was"};
    rc = hc_host_canonical(hc_bytes_str(text), form, out, &e);
    if (hc_ok(rc)) {
        assert_int_equal(out->n, strlen(out->at));
        return out->at;
    }
    if (rc.code != HC_E_HTTP_HOST)
        fail_msg("%s: %d, %s", text, rc.code, e.text);
    assert_string_equal(out->at, "as was");
    return NULL;
}

/* NULL: refused in that form. */
struct spelling {
    const char *text, *sni, *field, *word;
};

static void expect_spelling(const char *text, enum hc_host_form form, const char *want)
{
    struct hc_host host;
    const char *got = canonical(text, form, &host);

    if (!got != !want || (got && strcmp(got, want) != 0))
        fail_msg("'%s' as form %d: wanted %s, got %s", text, form, want ? want : "(refused)", got ? got : "(refused)");
}

static void every_spelling_has_one_form_or_is_refused(void **state)
{
    static const char shop[] = "shop.example.com";
    static const struct spelling cases[] = {
        {"", "", "", ""},
        {"shop.example.com", shop, shop, shop},
        {"SHOP.Example.COM", shop, shop, shop},
        {"shop.example.com.", shop, shop, shop},
        {"Shop.Example.Com.", shop, shop, shop},
        {"shop.example.com..", NULL, NULL, NULL},
        {"shop..example.com", NULL, NULL, NULL},
        {".shop.example.com", NULL, NULL, NULL},
        {".", NULL, NULL, NULL},
        {"shop.example.com:443", NULL, shop, NULL},
        {"shop.example.com.:8443", NULL, shop, NULL},
        {"shop.example.com:", NULL, NULL, NULL},
        {"shop.example.com:0", NULL, NULL, NULL},
        {"shop.example.com:65535", NULL, shop, NULL},
        {"shop.example.com:65536", NULL, NULL, NULL},
        {"shop.example.com:0443", NULL, NULL, NULL},
        {"shop.example.com:+443", NULL, NULL, NULL},
        {"shop.example.com:443:443", NULL, NULL, NULL},
        {"shop.example.com: 443", NULL, NULL, NULL},
        {":443", NULL, NULL, NULL},
        {"localhost", "localhost", "localhost", "localhost"},
        {"my_host.example", "my_host.example", "my_host.example", "my_host.example"},
        /* international names are compared as A-labels; U-labels have many spellings and are refused */
        {"XN--BCHER-KVA.example", "xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"b\xc3\xbc"
         "cher.example",
         NULL, NULL, NULL},
        {"shop\xe3\x80\x82"
         "example.com",
         NULL, NULL, NULL}, /* an ideographic full stop */
        {"%73hop.example.com", NULL, NULL, NULL},
        /* wildcards are for configurations */
        {"*.Example.com", NULL, NULL, "*.example.com"},
        {"*", NULL, NULL, NULL},
        {"*.", NULL, NULL, NULL},
        {"*.*.example.com", NULL, NULL, NULL},
        {"s*p.example.com", NULL, NULL, NULL},
        {"shop.*.com", NULL, NULL, NULL},
        /* addresses: in a Host field only */
        {"192.0.2.7", NULL, "192.0.2.7", NULL},
        {"192.0.2.7:443", NULL, "192.0.2.7", NULL},
        {"192.0.2.7.", NULL, NULL, NULL},
        {"192.0.2", NULL, NULL, NULL},
        {"0300.0.2.7", NULL, NULL, NULL},
        {"3221225991", NULL, NULL, NULL},
        {"[2001:DB8:0:0::1]", NULL, "2001:db8::1", NULL},
        {"[2001:db8::1]:443", NULL, "2001:db8::1", NULL},
        {"[2001:db8::1]443", NULL, NULL, NULL},
        {"[2001:db8::1", NULL, NULL, NULL},
        {"2001:db8::1", NULL, NULL, NULL},
        {"::1", NULL, NULL, NULL},
        {"[]", NULL, NULL, NULL},
        {"[192.0.2.7]", NULL, NULL, NULL},
        {"[shop.example.com]", NULL, NULL, NULL},
        {"[fe80::1%eth0]", NULL, NULL, NULL},
        {"[[::1]]", NULL, NULL, NULL},
        /* what is more than a host */
        {"http://shop.example.com/", NULL, NULL, NULL},
        {"//shop.example.com", NULL, NULL, NULL},
        {"shop.example.com/", NULL, NULL, NULL},
        {"shop.example.com?x", NULL, NULL, NULL},
        {"user@shop.example.com", NULL, NULL, NULL},
        {"user:x@shop.example.com:443", NULL, NULL, NULL},
        {"shop.example.com,evil.example", NULL, NULL, NULL},
        {"shop.example.com evil.example", NULL, NULL, NULL},
        {" shop.example.com", NULL, NULL, NULL},
        {"shop.example.com\t", NULL, NULL, NULL},
        {"shop.example.com\r\n", NULL, NULL, NULL},
        {"shop\x01.example.com", NULL, NULL, NULL},
        {"shop\x7f.example.com", NULL, NULL, NULL},
        {"-shop.example.com", NULL, NULL, NULL},
        {"shop\\example.com", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        expect_spelling(cases[i].text, HC_HOST_SNI, cases[i].sni);
        expect_spelling(cases[i].text, HC_HOST_FIELD, cases[i].field);
        expect_spelling(cases[i].text, HC_HOST_WORD, cases[i].word);
    }
}

static void a_byte_of_zero_ends_no_name(void **state)
{
    struct hc_host host;
    struct hc_err e;

    (void)state;
    for (enum hc_host_form form = HC_HOST_SNI; form <= HC_HOST_WORD; form++) {
        expect_fail(&e, hc_host_canonical(HC_BYTES("shop.example.com\0.evil.example"), form, &host, &e),
                    HC_E_HTTP_HOST);
        expect_fail(&e, hc_host_canonical(HC_BYTES("\0"), form, &host, &e), HC_E_HTTP_HOST);
    }
}

static void every_single_byte_is_a_letter_a_digit_or_refused(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', 0};
        struct hc_host host;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '_' || c == '.';

        assert_int_equal(canonical(text, HC_HOST_SNI, &host) != NULL, plain);
        assert_int_equal(canonical(text, HC_HOST_FIELD, &host) != NULL, plain);
        assert_int_equal(canonical(text, HC_HOST_WORD, &host) != NULL, plain);
    }
}

static void the_longest_name_is_taken_and_no_longer_one(void **state)
{
    char text[HC_HOST_MAX * 2];
    struct hc_host host;
    size_t n = 0;

    (void)state;
    while (n < 252)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", "abc.");
    text[n++] = 'a'; /* 253 */
    text[n] = 0;
    assert_non_null(canonical(text, HC_HOST_SNI, &host));
    assert_int_equal(host.n, 253);
    text[n++] = 'b';
    text[n] = 0;
    assert_null(canonical(text, HC_HOST_SNI, &host));
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_null(canonical(text, HC_HOST_FIELD, &host));
}

static void only_an_address_is_called_one(void **state)
{
    struct hc_host host;

    (void)state;
    assert_non_null(canonical("[::1]:8443", HC_HOST_FIELD, &host));
    assert_true(host.is_address);
    assert_non_null(canonical("1.example:8443", HC_HOST_FIELD, &host));
    assert_false(host.is_address);
}

/* A canonical name is its own canonical form, in every form that takes it. */
static void the_canonical_form_is_stable(void **state)
{
    static const char *const texts[] = {"Shop.Example.COM.:443", "XN--BCHER-KVA.example.", "192.0.2.7:1", "a_b"};
    struct hc_host once, twice;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(texts); i++) {
        assert_non_null(canonical(texts[i], HC_HOST_FIELD, &once));
        assert_string_equal(canonical(once.at, HC_HOST_FIELD, &twice), once.at);
        if (!once.is_address)
            assert_string_equal(canonical(once.at, HC_HOST_SNI, &twice), once.at);
    }
}

static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(*seed >> 33);
}

/* The name as somebody may spell it: any case, a final dot, a port. */
static void spell(const char *name, uint64_t *seed, char out[HC_HOST_MAX + 16])
{
    size_t n = 0;

    for (; name[n]; n++) {
        bool upper = name[n] >= 'a' && name[n] <= 'z' && next_random(seed) % 2;

        out[n] = (char)(upper ? name[n] - 32 : name[n]);
    }
    if (next_random(seed) % 2)
        out[n++] = '.';
    out[n] = 0;
    if (next_random(seed) % 2)
        snprintf(out + n, 8, ":%u", 1 + next_random(seed) % 65535);
}

static void no_spelling_of_a_name_reaches_another_one(void **state)
{
    static const char *const names[] = {"shop.example.com", "a", "xn--bcher-kva.example", "a-b_c.0.example", "x.y.z.w"};
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        const char *name = names[i % HC_COUNT(names)];
        char text[HC_HOST_MAX + 16];
        struct hc_host host;

        spell(name, &seed, text);
        assert_string_equal(canonical(text, HC_HOST_FIELD, &host), name);
        text[strcspn(text, ":")] = 0;
        assert_string_equal(canonical(text, HC_HOST_SNI, &host), name);
        assert_string_equal(canonical(text, HC_HOST_WORD, &host), name);
    }
}

static struct hc_hosts *hosts_of(const char *const text[], size_t n)
{
    struct hc_host host[8];
    struct hc_hosts *hosts = NULL;
    struct hc_err e = {0};

    for (size_t i = 0; i < n; i++)
        assert_non_null(canonical(text[i], HC_HOST_WORD, &host[i]));
    expect_ok(&e, hc_hosts_new(host, n, &hosts, &e));
    return hosts;
}

static void an_exact_name_fits_better_than_a_wildcard(void **state)
{
    static const char *const names[] = {"*.example.com", "shop.example.com", "SHOP.example.com.", "*.a.b.example"};
    static const struct {
        const char *name;
        enum hc_hosts_fit fit;
    } cases[] = {
        {"shop.example.com", HC_HOSTS_EXACT},
        {"other.example.com", HC_HOSTS_WILDCARD},
        {"example.com", HC_HOSTS_NOT},
        {"a.b.example.com", HC_HOSTS_NOT},
        {"x.a.b.example", HC_HOSTS_WILDCARD},
        {"a.b.example", HC_HOSTS_NOT},
        {"", HC_HOSTS_NOT},
        {"*.example.com", HC_HOSTS_NOT},
        {".example.com", HC_HOSTS_NOT},
        {"com", HC_HOSTS_NOT},
        {"shop.example.com.", HC_HOSTS_NOT},
        {"shop.example.comm", HC_HOSTS_NOT},
        {"evilexample.com", HC_HOSTS_NOT},
        {"2001:db8::1", HC_HOSTS_NOT},
    };
    HC_AUTO(hc_hosts) hosts = hosts_of(names, HC_COUNT(names));

    (void)state;
    assert_int_equal(hc_hosts_count(hosts), 3);
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        if (hc_hosts_fit(hosts, hc_bytes_str(cases[i].name)) != cases[i].fit)
            fail_msg("%s", cases[i].name);
}

static void a_wildcard_never_fits_an_address(void **state)
{
    /* such a name cannot be written, but a list may be made of anything */
    const struct hc_host odd = {.n = 7, .at = "*.0.2.7"};
    HC_AUTO(hc_hosts) hosts = NULL;
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_hosts_new(&odd, 1, &hosts, &e));
    assert_int_equal(hc_hosts_fit(hosts, HC_BYTES("192.0.2.7")), HC_HOSTS_NOT);
}

static void a_gate_may_have_no_names(void **state)
{
    HC_AUTO(hc_hosts) none = hosts_of(NULL, 0);

    (void)state;
    assert_int_equal(hc_hosts_count(none), 0);
    assert_int_equal(hc_hosts_fit(none, HC_BYTES("a.example")), HC_HOSTS_NOT);
    assert_null(hc_hosts_clash(none, none));
}

static void two_gates_clash_over_the_same_name_only(void **state)
{
    static const char *const a[] = {"shop.example.com", "*.example.com"};
    static const char *const b[] = {"other.example.com", "*.shop.example.com"};
    static const char *const c[] = {"x.example", "*.EXAMPLE.com"};
    HC_AUTO(hc_hosts) first = hosts_of(a, 2);
    HC_AUTO(hc_hosts) second = hosts_of(b, 2);
    HC_AUTO(hc_hosts) third = hosts_of(c, 2);

    (void)state;
    assert_null(hc_hosts_clash(first, second));
    assert_string_equal(hc_hosts_clash(first, third), "*.example.com");
    assert_string_equal(hc_hosts_clash(third, first), "*.example.com");
}

static void a_gate_has_a_bounded_number_of_names(void **state)
{
    struct hc_host *many = calloc(HC_HOSTS_MAX + 1, sizeof *many);
    HC_AUTO(hc_hosts) hosts = NULL;
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i <= HC_HOSTS_MAX; i++)
        many[i].n = (size_t)snprintf(many[i].at, sizeof many[i].at, "h%zu.example", i);
    expect_fail(&e, hc_hosts_new(many, HC_HOSTS_MAX + 1, &hosts, &e), HC_E_TOO_BIG);
    expect_ok(&e, hc_hosts_new(many, HC_HOSTS_MAX, &hosts, &e));
    for (size_t i = 0; i < HC_HOSTS_MAX; i++)
        assert_int_equal(hc_hosts_fit(hosts, hc_bytes_str(many[i].at)), HC_HOSTS_EXACT);
    free(many);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    const struct hc_host host = {.n = 1, .at = "a"};
    HC_AUTO(hc_hosts) hosts = NULL;
    struct hc_host out;

    (void)ctx;
    HC_TRY(e, hc_host_canonical(HC_BYTES("Shop.example:1"), HC_HOST_FIELD, &out, e));
    return hc_hosts_new(&host, 1, &hosts, e);
}

static void names_survive_the_failure_of_every_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(make, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_has_one_form_or_is_refused),
        cmocka_unit_test(a_byte_of_zero_ends_no_name),
        cmocka_unit_test(every_single_byte_is_a_letter_a_digit_or_refused),
        cmocka_unit_test(the_longest_name_is_taken_and_no_longer_one),
        cmocka_unit_test(only_an_address_is_called_one),
        cmocka_unit_test(the_canonical_form_is_stable),
        cmocka_unit_test(no_spelling_of_a_name_reaches_another_one),
        cmocka_unit_test(an_exact_name_fits_better_than_a_wildcard),
        cmocka_unit_test(a_wildcard_never_fits_an_address),
        cmocka_unit_test(a_gate_may_have_no_names),
        cmocka_unit_test(two_gates_clash_over_the_same_name_only),
        cmocka_unit_test(a_gate_has_a_bounded_number_of_names),
        cmocka_unit_test(names_survive_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("gate/hosts", tests, NULL, NULL);
}
