/*
 * tbs.c - write a TBSCertificate [RFC 5280 4.1.2] from a profile and a request.
 *
 * The order of the extensions is that of the functions in write_extensions; no extension is written anywhere else.
 */
#include "pki/tbs.h"

#include <stdlib.h>

#include "asn1/derw.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "pki/oid.h"

/* A hundred URIs of full length and as many constraints; below what the reader accepts. */
#define TBS_MAX ((size_t)HC_CERT_MAX - 2048)

/* How much of a refused URL a sentence repeats. */
#define URL_SHOWN 80

struct hc_tbs {
    enum hc_profile profile;
    struct hc_buf der;
    struct hc_buf sig_alg;
};

/* ---- subject ---- */

/* Length of the UTF-8 character at p[0], 0 when it is none [RFC 3629 4]; *cp gets the code point. */
static size_t utf8_char(struct hc_bytes b, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t c = b.p[0];
    size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
    if (n == 0 || n > b.n)
        return 0;
    *cp = n == 1 ? c : c & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((b.p[i] & 0xc0) != 0x80)
            return 0;
        *cp = *cp << 6 | (b.p[i] & 0x3f);
    }
    return *cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff) ? 0 : n;
}

/* Counts the characters; fails on what is not UTF-8 and on control characters (T20). */
static struct hc_rc check_text(const char *what, struct hc_bytes text, size_t *chars, struct hc_err *e)
{
    *chars = 0;
    while (text.n > 0) {
        uint32_t cp = 0;
        size_t n = utf8_char(text, &cp);
        if (n == 0)
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "the %s is not UTF-8", what);
        if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
            return HC_FAIL(e, HC_E_CERT_CONTROL_BYTE, "the %s holds a control character", what);
        text = hc_bytes_skip(text, n);
        ++*chars;
    }
    return HC_OK;
}

/* PrintableString [X.680 41.4]. */
static bool is_printable(struct hc_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!hc_ascii_is_alpha(text.p[i]) && !hc_ascii_is_digit(text.p[i]) && !strchr(" '()+,-./:=?", text.p[i]))
            return false;
    return true;
}

/* RFC 5280 4.1.2.4: "CAs MUST use either the PrintableString or UTF8String encoding". */
static void write_attribute(struct hc_buf *out, struct hc_bytes oid, struct hc_bytes text)
{
    size_t set = hc_derw_begin(out, HC_DER_SET);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, oid);
    if (is_printable(text))
        hc_derw_printable(out, text);
    else
        hc_derw_utf8(out, text);
    hc_derw_end(out, seq);
    hc_derw_end(out, set);
}

/* Texts beyond the upper bound are left out: what identifies is the subjectAltName. */
static struct hc_rc write_subject(const struct hc_tbs_request *r, struct hc_buf *out, bool *empty, struct hc_err *e)
{
    struct hc_bytes o = hc_bytes_str(r->organisation), cn = hc_bytes_str(r->common_name);
    size_t o_chars, cn_chars;
    HC_TRY(e, check_text("organisation", o, &o_chars, e));
    HC_TRY(e, check_text("common name", cn, &cn_chars, e));
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    *empty = true;
    if (o_chars > 0 && o_chars <= HC_TBS_NAME_CHARS) {
        write_attribute(out, HC_OID_AT_ORGANIZATION, o);
        *empty = false;
    }
    if (cn_chars > 0 && cn_chars <= HC_TBS_NAME_CHARS) {
        write_attribute(out, HC_OID_AT_COMMON_NAME, cn);
        *empty = false;
    }
    hc_derw_end(out, seq);
    return HC_OK;
}

/* ---- extensions ---- */

struct extension {
    size_t seq, octets;
};

static struct extension begin_extension(struct hc_buf *out, struct hc_bytes oid, bool critical)
{
    struct extension x;
    x.seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, oid);
    if (critical)
        hc_derw_bool(out, true); /* DEFAULT FALSE is not encoded [X.690 11.5] */
    x.octets = hc_derw_begin(out, HC_DER_OCTETS);
    return x;
}

static void end_extension(struct hc_buf *out, struct extension x)
{
    hc_derw_end(out, x.octets);
    hc_derw_end(out, x.seq);
}

/* RFC 5280 4.2.1.9: critical in a CA. A leaf says that it is none, critically too, so that no reader can be in
 * doubt. */
static void write_basic_constraints(struct hc_buf *out, const struct hc_profile_row *row)
{
    struct extension x = begin_extension(out, HC_OID_BASIC_CONSTRAINTS, true);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    if (row->ca)
        hc_derw_bool(out, true);
    if (row->ca && row->pathlen >= 0)
        hc_derw_small(out, (uint64_t)row->pathlen);
    hc_derw_end(out, seq);
    end_extension(out, x);
}

static void write_usage(struct hc_buf *out, const struct hc_profile_row *row)
{
    struct extension x = begin_extension(out, HC_OID_KEY_USAGE, true);
    hc_derw_named_bits(out, row->usage);
    end_extension(out, x);
    if (row->purposes == 0)
        return;
    x = begin_extension(out, HC_OID_EXT_KEY_USAGE, false);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    if (row->purposes & HC_EKU_SERVER)
        hc_derw_oid(out, HC_OID_EKU_SERVER_AUTH);
    if (row->purposes & HC_EKU_CLIENT)
        hc_derw_oid(out, HC_OID_EKU_CLIENT_AUTH);
    hc_derw_end(out, seq);
    end_extension(out, x);
}

/* RFC 5280 4.2.1.2 (1): the SHA-1 of the key's bits. */
static struct hc_rc key_id(struct hc_bytes spki, uint8_t out[HC_SHA1_SIZE], struct hc_err *e)
{
    struct hc_der d = hc_der_init(spki);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    hc_der_tlv(&seq, HC_DER_SEQUENCE);
    struct hc_bytes bits = hc_der_bitstring_bytes(&seq);
    hc_der_leave(&d, &seq);
    HC_TRY(e, hc_der_done(&d, "the public key", e));
    hc_sha1(bits, out);
    return HC_OK;
}

static struct hc_rc write_key_ids(struct hc_buf *out, const struct hc_tbs_request *r, struct hc_err *e)
{
    uint8_t own[HC_SHA1_SIZE];
    HC_TRY(e, key_id(r->spki, own, e));
    struct hc_bytes ski = hc_bytes_of(own, sizeof own);
    struct extension x = begin_extension(out, HC_OID_SUBJECT_KEY_ID, false);
    hc_derw_octets(out, ski);
    end_extension(out, x);

    x = begin_extension(out, HC_OID_AUTHORITY_KEY_ID, false);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_element(out, HC_DER_CONTEXT(0), r->issuer ? r->issuer->ski : ski);
    hc_derw_end(out, seq);
    end_extension(out, x);
    return HC_OK;
}

/* The GeneralName tag of a type [RFC 5280 4.2.1.6]. */
static uint8_t general_name_tag(enum hc_name_type type)
{
    switch (type) {
    case HC_NAME_EMAIL:
        return HC_DER_CONTEXT(1);
    case HC_NAME_DNS:
        return HC_DER_CONTEXT(2);
    case HC_NAME_URI:
        return HC_DER_CONTEXT(6);
    case HC_NAME_IP:
        break;
    }
    return HC_DER_CONTEXT(7);
}

static void write_alt_names(struct hc_buf *out, const struct hc_tbs_request *r, bool critical)
{
    if (r->n_names == 0)
        return;
    struct extension x = begin_extension(out, HC_OID_SUBJECT_ALT_NAME, critical);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    for (size_t i = 0; i < r->n_names; i++) {
        const struct hc_name *name = &r->names[i];
        struct hc_bytes value = name->type == HC_NAME_IP ? hc_bytes_of(name->ip, name->ip_n) : name->text;
        hc_derw_element(out, general_name_tag(name->type), value);
    }
    hc_derw_end(out, seq);
    end_extension(out, x);
}

static void write_subtree(struct hc_buf *out, enum hc_name_type type, struct hc_bytes base)
{
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_element(out, general_name_tag(type), base);
    hc_derw_end(out, seq);
}

static void write_subtrees(struct hc_buf *out, struct hc_tbs_subtrees list)
{
    for (size_t i = 0; i < list.n; i++)
        write_subtree(out, list.at[i].type, hc_bytes_of(list.at[i].base, list.at[i].n));
}

/* The types that no permitted subtree names: all of them to be closed, or none when nothing is permitted at all. */
static unsigned types_to_close(struct hc_tbs_subtrees permitted)
{
    unsigned named = 0;
    for (size_t i = 0; i < permitted.n; i++)
        named |= HC_NAME_BIT(permitted.at[i].type);
    unsigned all =
        HC_NAME_BIT(HC_NAME_DNS) | HC_NAME_BIT(HC_NAME_EMAIL) | HC_NAME_BIT(HC_NAME_URI) | HC_NAME_BIT(HC_NAME_IP);
    return permitted.n ? all & ~named : 0;
}

/* A closed type of text permits and excludes the name that nobody has; every address is excluded by the two networks
 * that hold them all. */
static void close_types(struct hc_buf *out, unsigned types, bool permit)
{
    static const enum hc_name_type text[] = {HC_NAME_DNS, HC_NAME_EMAIL, HC_NAME_URI};
    static const uint8_t zero[32];
    for (size_t i = 0; i < HC_COUNT(text); i++)
        if (types & HC_NAME_BIT(text[i]))
            write_subtree(out, text[i], HC_SUBTREE_NOBODY);
    if (!permit && types & HC_NAME_BIT(HC_NAME_IP)) {
        write_subtree(out, HC_NAME_IP, hc_bytes_of(zero, 8));
        write_subtree(out, HC_NAME_IP, hc_bytes_of(zero, 32));
    }
}

/* RFC 5280 4.2.1.10: "Conforming CAs MUST mark this extension as critical". */
static void write_name_constraints(struct hc_buf *out, const struct hc_tbs_request *r)
{
    if (r->permitted.n == 0 && r->excluded.n == 0)
        return;
    unsigned closed = types_to_close(r->permitted);
    struct extension x = begin_extension(out, HC_OID_NAME_CONSTRAINTS, true);
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    if (r->permitted.n > 0) {
        size_t list = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
        write_subtrees(out, r->permitted);
        close_types(out, closed, true);
        hc_derw_end(out, list);
    }
    if (r->excluded.n > 0 || closed != 0) {
        size_t list = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(1));
        write_subtrees(out, r->excluded);
        close_types(out, closed, false);
        hc_derw_end(out, list);
    }
    hc_derw_end(out, seq);
    end_extension(out, x);
}

/* cRLDistributionPoints ::= SEQUENCE OF DistributionPoint { distributionPoint [0] { fullName [0] GeneralNames } } [RFC
 * 5280 4.2.1.13]: "The extension SHOULD be non-critical". */
static void write_crl_point(struct hc_buf *out, const char *url)
{
    struct extension x = begin_extension(out, HC_OID_CRL_DISTRIBUTION_POINTS, false);
    size_t points = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t point = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t name = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    size_t full = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    hc_derw_element(out, general_name_tag(HC_NAME_URI), hc_bytes_str(url));
    hc_derw_end(out, full);
    hc_derw_end(out, name);
    hc_derw_end(out, point);
    hc_derw_end(out, points);
    end_extension(out, x);
}

/* AuthorityInfoAccessSyntax ::= SEQUENCE OF AccessDescription { accessMethod, accessLocation } [RFC 5280 4.2.2.1]:
 * "Conforming CAs MUST mark this extension as non-critical". */
static void write_ca_issuers(struct hc_buf *out, const char *url)
{
    struct extension x = begin_extension(out, HC_OID_AUTHORITY_INFO_ACCESS, false);
    size_t all = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t one = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_oid(out, HC_OID_AD_CA_ISSUERS);
    hc_derw_element(out, general_name_tag(HC_NAME_URI), hc_bytes_str(url));
    hc_derw_end(out, one);
    hc_derw_end(out, all);
    end_extension(out, x);
}

/* A root stands above every CRL and has no issuer to be fetched. */
static void write_pointers(struct hc_buf *out, const struct hc_tbs_request *r)
{
    if (!r->issuer)
        return;
    if (r->crl_url && *r->crl_url)
        write_crl_point(out, r->crl_url);
    if (r->ca_url && *r->ca_url)
        write_ca_issuers(out, r->ca_url);
}

static struct hc_rc write_extensions(struct hc_buf *out, const struct hc_tbs_request *r, bool subject_empty,
                                     struct hc_err *e)
{
    const struct hc_profile_row *row = hc_profile_row(r->profile);
    size_t tagged = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(3));
    size_t seq = hc_derw_begin(out, HC_DER_SEQUENCE);
    write_basic_constraints(out, row);
    write_usage(out, row);
    HC_TRY(e, write_key_ids(out, r, e));
    write_alt_names(out, r, subject_empty);
    write_name_constraints(out, r);
    write_pointers(out, r);
    hc_derw_end(out, seq);
    hc_derw_end(out, tagged);
    return HC_OK;
}

/* ---- the whole ---- */

/* Only plain http: a client that checks the server of an https URL would need the very answer that it asks for there
 * [RFC 5280 8]. */
static struct hc_rc check_url(const char *url, struct hc_err *e)
{
    HC_BUF_AUTO(canonical, HC_URI_MAX);
    struct hc_bytes text = hc_bytes_str(url), host;
    struct hc_err why;
    if (text.n == 0)
        return HC_OK;
    if (hc_failed(hc_name_canonical(HC_NAME_URI, text, HC_NAME_PLAIN, &canonical, &why)))
        return HC_FAIL(e, HC_E_PUBLIC_URL, "%s", why.text);
    if (!hc_bytes_starts(text, HC_BYTES("http://")) || !hc_uri_host(text, &host))
        return HC_FAIL(e, HC_E_PUBLIC_URL, "'%.*s' does not begin with http:// and a host", URL_SHOWN, url);
    return HC_OK;
}

static struct hc_rc check_request(const struct hc_tbs_request *r, struct hc_err *e)
{
    if (r->n_names > HC_TBS_NAMES_MAX)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "%zu names, and a certificate carries at most %d", r->n_names,
                       HC_TBS_NAMES_MAX);
    if (r->permitted.n > HC_TBS_SUBTREES_MAX || r->excluded.n > HC_TBS_SUBTREES_MAX)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "more than %d name constraints of one kind", HC_TBS_SUBTREES_MAX);
    HC_TRY(e, hc_profile_check_names(r->profile, r->names, r->n_names, e));
    struct hc_bytes serial = r->serial;
    while (serial.n > 0 && serial.p[0] == 0)
        serial = hc_bytes_skip(serial, 1);
    if (serial.n == 0 || serial.n + (serial.p[0] >> 7) > HC_SERIAL_MAX)
        return HC_FAIL(e, HC_E_CERT_SERIAL, "the serial number must be positive and fit %d octets", HC_SERIAL_MAX);
    if (r->not_before < 0 || r->not_before > HC_TIME_MAX || r->not_after < 0 || r->not_after > HC_TIME_MAX)
        return HC_FAIL(e, HC_E_TIME_FORMAT, "the dates must lie between 1970 and 9999");
    HC_TRY(e, check_url(r->crl_url, e));
    HC_TRY(e, check_url(r->ca_url, e));
    struct hc_der d = hc_der_init(r->sig_alg);
    hc_der_tlv(&d, HC_DER_SEQUENCE);
    return hc_der_done(&d, "the signature algorithm", e);
}

static struct hc_rc write_tbs(const struct hc_tbs_request *r, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(subject, 4096);
    bool empty;
    HC_TRY(e, write_subject(r, &subject, &empty, e));
    HC_TRY(e, hc_buf_check(&subject, e));

    size_t tbs = hc_derw_begin(out, HC_DER_SEQUENCE);
    size_t version = hc_derw_begin(out, HC_DER_CONTEXT_CONSTRUCTED(0));
    hc_derw_small(out, 2); /* v3 */
    hc_derw_end(out, version);
    hc_derw_integer(out, r->serial);
    hc_derw_raw(out, r->sig_alg);
    hc_derw_raw(out, r->issuer ? r->issuer->subject : hc_buf_view(&subject));
    size_t validity = hc_derw_begin(out, HC_DER_SEQUENCE);
    hc_derw_time(out, r->not_before);
    hc_derw_time(out, r->not_after);
    hc_derw_end(out, validity);
    hc_derw_raw(out, hc_buf_view(&subject));
    hc_derw_raw(out, r->spki);
    HC_TRY(e, write_extensions(out, r, empty, e));
    hc_derw_end(out, tbs);
    return hc_buf_check(out, e);
}

struct hc_rc hc_tbs_from_profile(const struct hc_tbs_request *request, struct hc_tbs **out, struct hc_err *e)
{
    HC_TRY(e, check_request(request, e));
    HC_AUTO(hc_tbs) tbs = calloc(1, sizeof *tbs);
    if (!tbs)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a certificate");
    tbs->profile = request->profile;
    hc_buf_init(&tbs->der, TBS_MAX);
    hc_buf_init(&tbs->sig_alg, request->sig_alg.n);
    hc_buf_add(&tbs->sig_alg, request->sig_alg);
    HC_TRY(e, hc_buf_check(&tbs->sig_alg, e));
    struct hc_rc rc = write_tbs(request, &tbs->der, e);
    if (rc.code == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_CERT_TOO_BIG, "the names do not fit a certificate of %zu bytes", TBS_MAX);
    HC_TRY(e, rc);
    *out = HC_GIVE(tbs);
    return HC_OK;
}

void hc_tbs_free(struct hc_tbs *tbs)
{
    if (!tbs)
        return;
    hc_buf_fini(&tbs->der);
    hc_buf_fini(&tbs->sig_alg);
    free(tbs);
}

struct hc_bytes hc_tbs_der(const struct hc_tbs *tbs)
{
    return hc_buf_view(&tbs->der);
}

enum hc_profile hc_tbs_profile(const struct hc_tbs *tbs)
{
    return tbs->profile;
}

struct hc_bytes hc_tbs_sig_alg(const struct hc_tbs *tbs)
{
    return hc_buf_view(&tbs->sig_alg);
}
