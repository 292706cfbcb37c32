/*
 * test_lint_rules.c - for every rule of the lint a certificate that breaks it, and nothing else but what is said beside
 * it.
 *
 * Certificates are written in a small notation for DER: 30{...} is an element with elements in it, 06:551d0f one with
 * these bytes, 0c'text' one with this text, 0c*65:61 one with so many equal bytes.
 */
#include "hc_test.h"

#include <stdlib.h>

#include "asn1/derw.h"
#include "crypto/digest.h"
#include "pki/lint/rule.h"

#define ROOM 8192

/* ---- the notation ---- */

static uint8_t hex_byte(const char **at)
{
    int high = hc_ascii_hex((uint8_t)(*at)[0]), low = high < 0 ? -1 : hc_ascii_hex((uint8_t)(*at)[1]);
    if (low < 0)
        fail_msg("no hexadecimal byte at '%s'", *at);
    *at += 2;
    return (uint8_t)(high << 4 | low);
}

static void contents(struct hc_buf *out, const char **at)
{
    if (*(*at)++ == '\'') {
        while (**at != '\'')
            hc_buf_add_byte(out, (uint8_t) * (*at)++);
        ++*at;
        return;
    }
    while (**at != '\0' && **at != ' ' && **at != '}')
        hc_buf_add_byte(out, hex_byte(at));
}

/* COUNT:BYTE after the star. */
static void repeated(struct hc_buf *out, const char **at)
{
    char *end;
    unsigned long n = strtoul(*at + 1, &end, 10);
    *at = end + 1;
    uint8_t byte = hex_byte(at);
    for (unsigned long i = 0; i < n; i++)
        hc_buf_add_byte(out, byte);
}

static void elements(struct hc_buf *out, const char **at)
{
    for (;;) {
        while (**at == ' ')
            ++*at;
        if (**at == '\0' || **at == '}')
            return;
        size_t begun = hc_derw_begin(out, hex_byte(at));
        if (**at == '{') {
            ++*at;
            elements(out, at);
            if (*(*at)++ != '}')
                fail_msg("a brace is missing");
        } else if (**at == '*') {
            repeated(out, at);
        } else {
            contents(out, at);
        }
        hc_derw_end(out, begun);
    }
}

static void assemble(struct hc_buf *out, const char *text)
{
    elements(out, &text);
    assert_int_equal(*text, '\0');
}

/* ---- certificates ---- */

enum how { AS_USUAL, ABSENT, PLAIN, CRITICAL, WRITTEN_FALSE };

struct extension {
    const char *oid; /* hexadecimal */
    enum how how;
    const char *value;
};

/* What differs from the good one; NULL and AS_USUAL do not. */
struct spec {
    const char *serial, *signature, *issuer, *validity, *subject, *key_algorithm, *unique;
    const char *point;   /* the key's bits, in the notation */
    const char *raw_key; /* the same as plain hexadecimal */
    struct extension with[4];
};

enum kind { LEAF, CA, ROOT };

#define BC "551d13"
#define KU "551d0f"
#define EKU "551d25"
#define SKI "551d0e"
#define AKI "551d23"
#define SAN "551d11"
#define NC "551d1e"
#define CRLDP "551d1f"
#define AIA "2b06010505070101"
#define SIA "2b0601050507010b"
#define IAN "551d12"
#define POLICIES "551d20"
#define MAPPINGS "551d21"
#define POLICY_CONSTRAINTS "551d24"
#define INHIBIT "551d36"
#define FRESHEST "551d2e"
#define DIRECTORY "551d09"

#define CN(text) "30{31{30{06:550403 0c'" text "'}}}"
#define P256 "30{06:2a8648ce3d0201 06:2a8648ce3d030107}"
#define ECDSA "30{06:2a8648ce3d040302}"
#define RSA "30{06:2a864886f70d010101 05:}"
#define BOTH_PURPOSES "30{06:2b06010505070301 06:2b06010505070302}"

/* The key's bits: 04 and 64 equal bytes, or what the spec says. */
static void key_bits(struct hc_buf *out, const struct spec *s, enum kind kind)
{
    const char *at = s->raw_key;
    if (s->point) {
        assemble(out, s->point);
        return;
    }
    while (at && *at)
        hc_buf_add_byte(out, hex_byte(&at));
    if (s->raw_key)
        return;
    hc_buf_add_byte(out, 4);
    for (int i = 0; i < 64; i++)
        hc_buf_add_byte(out, (uint8_t)(0x11 * (1 + kind)));
}

static void key_id(struct hc_buf *out, uint8_t tag, const struct spec *s, enum kind kind)
{
    uint8_t id[HC_SHA1_SIZE];
    HC_BUF_AUTO(bits, ROOM);
    key_bits(&bits, s, kind);
    hc_sha1(hc_buf_view(&bits), id);
    hc_derw_element(out, tag, hc_bytes_of(id, sizeof id));
}

static const struct extension * override(const struct spec *s, const char *oid)
{
    for (size_t i = 0; i < HC_COUNT(s->with); i++)
        if (s->with[i].oid && strcmp(s->with[i].oid, oid) == 0)
            return &s->with[i];
    return NULL;
}

static void write_extension(struct hc_buf *out, const char *oid, enum how how, struct hc_bytes value)
{
    if (how == ABSENT)
        return;
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    HC_BUF_AUTO(text, 64);
    hc_buf_addf(&text, "06:%s", oid);
    assemble(out, hc_buf_cstr(&text));
    if (how == CRITICAL || how == WRITTEN_FALSE)
        hc_derw_bool(out, how == CRITICAL);
    hc_derw_octets(out, value);
    hc_derw_end(out, seq);
}

/* The usual extension, unless the spec has another of its kind. */
static void usual(struct hc_buf *out, const struct spec *s, const char *oid, enum how how, const char *value)
{
    const struct extension *other = override(s, oid);
    HC_BUF_AUTO(der, ROOM);
    assemble(&der, other && other->value ? other->value : value);
    write_extension(out, oid, other && other->how ? other->how : how, hc_buf_view(&der));
}

static void write_key_ids(struct hc_buf *out, const struct spec *s, const struct spec *issuer, enum kind kind)
{
    const struct extension *ski = override(s, SKI), *aki = override(s, AKI);
    HC_BUF_AUTO(own, ROOM);
    HC_BUF_AUTO(above, ROOM);
    if (ski && ski->value)
        assemble(&own, ski->value);
    else
        key_id(&own, HC_DER_OCTETS, s, kind);
    write_extension(out, SKI, ski && ski->how ? ski->how : PLAIN, hc_buf_view(&own));
    size_t seq = hc_derw_begin(&above, HC_DER_SEQUENCE);
    if (aki && aki->value)
        assemble(&above, aki->value);
    else
        key_id(&above, HC_DER_CONTEXT(0), issuer, ROOT);
    hc_derw_end(&above, seq);
    write_extension(out, AKI, aki && aki->how ? aki->how : PLAIN, hc_buf_view(&above));
}

static bool is_usual(const char *oid, enum kind kind)
{
    const char *all[] = {BC, KU, SKI, AKI, EKU, SAN};
    for (size_t i = 0; i < (kind == LEAF ? 6 : 4); i++)
        if (strcmp(all[i], oid) == 0)
            return true;
    return false;
}

static void write_extensions(struct hc_buf *out, const struct spec *s, const struct spec *issuer, enum kind kind)
{
    size_t tagged = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(3));
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    usual(out, s, BC, CRITICAL, kind == LEAF ? "30{}" : kind == CA ? "30{01:ff 02:00}" : "30{01:ff}");
    usual(out, s, KU, CRITICAL, kind == LEAF ? "03:0780" : "03:0106");
    write_key_ids(out, s, kind == ROOT ? s : issuer, kind);
    if (kind == LEAF) {
        usual(out, s, EKU, PLAIN, BOTH_PURPOSES);
        usual(out, s, SAN, PLAIN, "30{82'www.example.com'}");
    }
    for (size_t i = 0; i < HC_COUNT(s->with); i++)
        if (s->with[i].oid && !is_usual(s->with[i].oid, kind)) {
            HC_BUF_AUTO(value, ROOM);
            assemble(&value, s->with[i].value);
            write_extension(out, s->with[i].oid, s->with[i].how, hc_buf_view(&value));
        }
    hc_derw_end(out, seq);
    hc_derw_end(out, tagged);
}

static void write_key(struct hc_buf *out, const struct spec *s, enum kind kind)
{
    HC_BUF_AUTO(bits, ROOM);
    key_bits(&bits, s, kind);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    assemble(out, s->key_algorithm ? s->key_algorithm : P256);
    hc_derw_bitstring(out, hc_buf_view(&bits));
    hc_derw_end(out, seq);
}

static struct hc_cert *make(const struct spec *s, const struct spec *issuer, enum kind kind)
{
    const char *subjects[] = {CN("leaf"), CN("sub"), CN("root")};
    const char *signature = s->signature ? s->signature : ECDSA;
    const char *above = issuer && issuer->subject ? issuer->subject : CN("root");
    struct hc_cert *cert = NULL;
    struct hc_err e;
    HC_BUF_AUTO(der, ROOM);
    size_t whole = hc_derw_begin(&der, HC_DER_SEQUENCE);
    size_t tbs = hc_derw_begin(&der, HC_DER_SEQUENCE);
    assemble(&der, "a0{02:02}");
    assemble(&der, s->serial ? s->serial : "02:4f01020304050607");
    assemble(&der, signature);
    assemble(&der, s->issuer ? s->issuer : above);
    assemble(&der, s->validity ? s->validity : "30{17'261101000000Z' 17'271101000000Z'}");
    assemble(&der, s->subject ? s->subject : subjects[kind]);
    write_key(&der, s, kind);
    assemble(&der, s->unique ? s->unique : "");
    write_extensions(&der, s, issuer, kind);
    hc_derw_end(&der, tbs);
    assemble(&der, signature);
    assemble(&der, "03:00");
    hc_derw_end(&der, whole);
    expect_ok(&e, hc_buf_check(&der, &e));
    expect_ok(&e, hc_cert_parse(hc_buf_view(&der), &cert, &e));
    return cert;
}

/* ---- broken rules ---- */

#define OURS(p) (1 + HC_PROFILE_##p)

struct breaking {
    const char *id;
    const char *finds; /* all that is found, in order, when other rules cannot but break with it; NULL: it alone */
    enum kind kind;
    int profile; /* OURS(SERVER); 0: anyone's */
    bool below;  /* judged with its issuer; what is ours and no root always is */
    bool alone;  /* without one, whatever its profile */
    struct spec cert, issuer;
};

#define ONE(o, h, v)                                                                                                   \
    .with = {                                                                                                          \
        {o, h, v},                                                                                                     \
    }
#define TWO(o, h, v, o2, h2, v2)                                                                                       \
    .with = {                                                                                                          \
        {o, h, v},                                                                                                     \
        {o2, h2, v2},                                                                                                  \
    }
#define URL "86'http://crl.example.com/a.crl'"
#define POINT(names) "30{30{a0{a0{" names "}}}}"
#define ISSUED_AT(location) "30{30{06:2b06010505073002 " location "}}"
#define BYTES_32 "0101010101010101010101010101010101010101010101010101010101010101"
#define SPIFFE_NAME "30{86'spiffe://example.com/web'}"
#define PERMITTED(subtree) "30{a0{30{" subtree "}}}"

static const struct breaking BREAKING[] = {
#include "lint_breaking.h"
};

static void collect(const struct hc_lint_report *r, struct hc_buf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        if (i > 0 && r->finding[i].rule == r->finding[i - 1].rule)
            continue;
        hc_buf_addf(out, "%s%s", out->n ? " " : "", r->finding[i].rule->id);
    }
}

static void judge(const struct breaking *b, struct hc_lint_report *report)
{
    HC_AUTO(hc_cert) issuer = make(&b->issuer, NULL, ROOT);
    HC_AUTO(hc_cert) cert = make(&b->cert, b->kind == ROOT ? NULL : &b->issuer, b->kind);
    const struct hc_cert *above[] = {issuer};
    bool below = b->below || (b->profile && b->profile != OURS(ROOT_CA) && !b->alone);
    struct hc_lint_rules rules = {.issuers = above, .n_issuers = below ? 1 : 0};
    const struct hc_profile_row *row = b->profile ? hc_profile_row((enum hc_profile)(b->profile - 1)) : NULL;
    if (row)
        hc_lint_judge(row, &rules, cert, report);
    else
        hc_lint_cert(&rules, cert, report);
}

static void the_good_ones_break_no_rule(void **state)
{
    (void)state;
    static const struct breaking good[] = {
        {.id = "leaf", .kind = LEAF, .below = true},
        {.id = "ca", .kind = CA, .below = true},
        {.id = "root", .kind = ROOT},
        {.id = "our peer", .kind = LEAF, .profile = OURS(PEER)},
        {.id = "our ca", .kind = CA, .profile = OURS(ISSUING_CA)},
        {.id = "our root", .kind = ROOT, .profile = OURS(ROOT_CA)},
        {.id = "spiffe", .kind = LEAF, .profile = OURS(PEER), .cert = {ONE(SAN, PLAIN, SPIFFE_NAME)}},
        {.id = "pointers",
         .kind = LEAF,
         .profile = OURS(PEER),
         .cert = {TWO(CRLDP, PLAIN, POINT(URL), AIA, PLAIN, ISSUED_AT(URL))}},
    };
    for (size_t i = 0; i < HC_COUNT(good); i++) {
        struct hc_lint_report report;
        HC_BUF_AUTO(found, ROOM);
        judge(&good[i], &report);
        collect(&report, &found);
        if (report.n != 0)
            fail_msg("%s breaks: %s (%s)", good[i].id, hc_buf_cstr(&found), report.finding[0].text);
    }
}

static void each_broken_rule_is_found_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(BREAKING); i++) {
        const struct breaking *b = &BREAKING[i];
        struct hc_lint_report report;
        HC_BUF_AUTO(found, ROOM);
        const char *want = b->finds ? b->finds : b->id;
        judge(b, &report);
        collect(&report, &found);
        if (strcmp(want, hc_buf_cstr(&found)) != 0)
            fail_msg("row %zu, %s: wanted '%s', found '%s'", i, b->id, want, hc_buf_cstr(&found));
        assert_non_null(strstr(want, b->id));
        assert_int_equal(report.n, report.n_errors + report.n_warnings + report.n_notes);
        for (size_t k = 0; k < report.n; k++)
            assert_true(report.finding[k].text[0] != '\0');
    }
}

static bool is_broken_by_a_test(const char *id)
{
    for (size_t i = 0; i < HC_COUNT(BREAKING); i++)
        if (strcmp(BREAKING[i].id, id) == 0)
            return true;
    return false;
}

static void check_row(const struct hc_lint_rule_row *row)
{
    assert_in_range(row->level, HC_LINT_NOTE, HC_LINT_ERROR);
    assert_true(strncmp(row->clause, row->source, strlen(row->source)) == 0);
    assert_in_range(strlen(row->id), 4, 48);
    for (const char *c = row->id; *c; c++)
        assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-');
    assert_int_equal(row->sentence[strlen(row->sentence) - 1], '.');
}

static void every_rule_is_well_formed_in_its_place_and_broken_by_a_test(void **state)
{
    (void)state;
    size_t n = 0;
    for (; hc_lint_rule(n); n++) {
        const struct hc_lint_rule_row *row = hc_lint_rule(n);
        check_row(row);
        if (n > 0 && strcmp(hc_lint_rule(n - 1)->id, row->id) >= 0)
            fail_msg("%s is not in its place", row->id);
        if (!is_broken_by_a_test(row->id))
            fail_msg("no test breaks %s", row->id);
    }
    assert_true(n > 60);
    assert_null(hc_lint_rule(n + 1));
}

static void findings_beyond_the_room_are_counted(void **state)
{
    (void)state;
    HC_BUF_AUTO(names, ROOM);
    struct hc_lint_report report;
    hc_buf_add_str(&names, "30{");
    for (int i = 0; i < HC_LINT_FINDINGS_MAX + 6; i++)
        hc_buf_addf(&names, "82'a_%d.example.com'", i);
    hc_buf_add_str(&names, "}");
    struct breaking b = {.kind = LEAF, .cert = {ONE(SAN, PLAIN, hc_buf_cstr(&names))}};
    judge(&b, &report);
    assert_int_equal(report.n, HC_LINT_FINDINGS_MAX);
    assert_int_equal(report.lost, 6);
    assert_int_equal(report.n_warnings, HC_LINT_FINDINGS_MAX + 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_ones_break_no_rule),
        cmocka_unit_test(each_broken_rule_is_found_and_no_other),
        cmocka_unit_test(every_rule_is_well_formed_in_its_place_and_broken_by_a_test),
        cmocka_unit_test(findings_beyond_the_room_are_counted),
    };
    return cmocka_run_group_tests_name("pki/lint/rule", tests, NULL, NULL);
}
