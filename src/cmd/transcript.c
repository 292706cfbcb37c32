/* transcript.c - the lines that people compare. */
#include "cmd/transcript.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "cmd/out.h"
#include "crypto/digest.h"
#include "pki/crl.h"
#include "pki/csr.h"
#include "pki/subtree.h"

static const char HEAD[] = "Compare these lines with those of the other side (fingerprints: SHA-256):\n";

struct hc_rc hc_transcript_check_file(const char *path, const char *begins, struct hc_err *e)
{
    HC_BUF_AUTO(there, HC_ISSUER_REPLY_MAX);
    struct hc_err ignored = {0};
    struct hc_rc rc = hc_file_read(path, &there, &ignored);
    if (rc.code == HC_E_FILE_MISSING || rc.code == HC_E_FILE_EMPTY ||
        (hc_ok(rc) && hc_bytes_starts(hc_buf_view(&there), hc_bytes_str(begins))))
        return HC_OK;
    return HC_FAIL(e, HC_E_FILE_EXISTS,
                   "%.200s is there already, is something else, and is not overwritten; give another FILE", path);
}

void hc_transcript_hash(struct hc_buf *out, const char *label, const uint8_t hash[32])
{
    HC_BUF_AUTO(hex, 65);
    hc_escape_hex(&hex, hc_bytes_of(hash, 32), 0);
    hc_text_field(out, label, hc_buf_view(&hex));
}

/* hc_dn_text has escaped it already. */
static void put_subject(struct hc_buf *out, struct hc_bytes dn)
{
    HC_BUF_AUTO(text, HC_CERT_MAX);
    hc_dn_text(dn, &text);
    hc_text_fieldf(out, "issuer", "%s", hc_buf_cstr(&text));
}

void hc_transcript_request(const struct hc_csr *csr, struct hc_buf *out)
{
    uint8_t key[HC_SHA256_SIZE];
    hc_sha256(csr->spki, key);
    hc_buf_add_str(out, HEAD);
    put_subject(out, csr->subject);
    hc_text_field(out, "key", hc_bytes_str(hc_key_kind_text(hc_key_kind_of(csr->spki))));
    hc_transcript_hash(out, "request", csr->sha256);
    hc_transcript_hash(out, "public key", key);
}

/* An address range that is every address. */
static bool is_everything(const struct hc_subtree *s)
{
    for (size_t i = s->n / 2; s->type == HC_NAME_IP && i < s->n; i++)
        if (s->base[i] != 0)
            return false;
    return s->type == HC_NAME_IP || s->n == 0;
}

static void put_subtrees(struct hc_buf *out, const char *label, struct hc_bytes list, bool excluded)
{
    struct hc_subtree base;
    size_t n = 0;
    while (hc_subtree_next(&list, &base)) {
        HC_BUF_AUTO(text, 2 * HC_SUBTREE_MAX);
        bool closed = hc_subtree_is_nobody(&base) || is_everything(&base);
        if (closed && !excluded)
            continue; /* said among the excluded */
        if (closed && hc_subtree_is_nobody(&base))
            hc_buf_addf(&text, "%s: every name", hc_name_type_text(base.type));
        else
            hc_subtree_print(&base, &text);
        hc_text_field(out, n++ == 0 ? label : "", hc_buf_view(&text));
    }
}

void hc_transcript_constraints(const struct hc_cert *cert, struct hc_buf *out)
{
    if (!cert->has_nc)
        hc_text_field(out, "permitted",
                      hc_bytes_str(hc_cert_self_issued(cert) ? "any name" : "any name that the root permits"));
    put_subtrees(out, "permitted", cert->nc_permitted, false);
    put_subtrees(out, "excluded", cert->nc_excluded, true);
}

/* As show and revoke print it. Up to 20 bytes [RFC 5280 5.2.3]; our own fit in 8. */
static void put_crl_number(struct hc_buf *out, struct hc_bytes number)
{
    HC_BUF_AUTO(hex, 64);
    uint64_t n = 0;
    for (size_t i = 0; i < number.n; i++)
        n = n << 8 | number.p[i];
    hc_serial_text(number, &hex);
    if (number.n <= sizeof n)
        hc_text_fieldf(out, "CRL number", "%llu", (unsigned long long)n);
    else
        hc_text_fieldf(out, "CRL number", "0x%s", hc_buf_cstr(&hex));
}

void hc_transcript_reply(const struct hc_issuer_reply *reply, struct hc_buf *out)
{
    char when[HC_TIME_TEXT];
    HC_BUF_AUTO(text, 64);
    hc_buf_add_str(out, HEAD);
    put_subject(out, reply->cert->subject);
    hc_serial_text(reply->cert->serial, &text);
    hc_text_field(out, "serial", hc_buf_view(&text));
    hc_text_field(out, "until", hc_bytes_str(hc_time_text(reply->cert->not_after, when)));
    hc_transcript_constraints(reply->cert, out);
    hc_transcript_hash(out, "certificate", reply->cert->sha256);
    hc_transcript_hash(out, "root", reply->root->sha256);
    put_crl_number(out, reply->crl->number);
}
