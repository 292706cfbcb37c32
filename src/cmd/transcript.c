/* transcript.c - the lines that people compare. */
#include "cmd/transcript.h"

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/out.h"
#include "crypto/digest.h"
#include "pki/crl.h"
#include "pki/csr.h"
#include "pki/subtree.h"

static const char HEAD[] = "Compare these lines with those of the other side (fingerprints: SHA-256):\n";

void hc_transcript_hash(struct hc_buf *out, const char *label, const uint8_t hash[32])
{
    HC_BUF_AUTO(hex, 65);
    hc_escape_hex(&hex, hc_bytes_of(hash, 32), 0);
    hc_out_field(out, label, hc_buf_view(&hex));
}

/* hc_dn_text has escaped it already. */
static void put_subject(struct hc_buf *out, struct hc_bytes dn)
{
    HC_BUF_AUTO(text, HC_CERT_MAX);
    hc_dn_text(dn, &text);
    hc_out_fieldf(out, "issuer", "%s", hc_buf_cstr(&text));
}

void hc_transcript_request(const struct hc_csr *csr, struct hc_buf *out)
{
    uint8_t key[HC_SHA256_SIZE];
    hc_sha256(csr->spki, key);
    hc_buf_add_str(out, HEAD);
    put_subject(out, csr->subject);
    hc_out_field(out, "key", hc_bytes_str(hc_key_kind_text(hc_key_kind_of(csr->spki))));
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
    while (hc_subtree_next(&list, &base)) {
        HC_BUF_AUTO(text, 2 * HC_SUBTREE_MAX);
        bool closed = hc_subtree_is_nobody(&base) || is_everything(&base);
        if (closed && !excluded)
            continue; /* said among the excluded */
        if (closed && hc_subtree_is_nobody(&base))
            hc_buf_addf(&text, "%s: every name", hc_name_type_text(base.type));
        else
            hc_subtree_print(&base, &text);
        hc_out_field(out, label, hc_buf_view(&text));
    }
}

void hc_transcript_constraints(const struct hc_cert *cert, struct hc_buf *out)
{
    if (!cert->has_nc)
        hc_out_field(out, "permitted",
                     hc_bytes_str(hc_cert_self_issued(cert) ? "any name" : "any name that the root permits"));
    put_subtrees(out, "permitted", cert->nc_permitted, false);
    put_subtrees(out, "excluded", cert->nc_excluded, true);
}

void hc_transcript_reply(const struct hc_issuer_reply *reply, struct hc_buf *out)
{
    char when[HC_TIME_TEXT];
    HC_BUF_AUTO(text, 64);
    hc_buf_add_str(out, HEAD);
    put_subject(out, reply->cert->subject);
    hc_serial_text(reply->cert->serial, &text);
    hc_out_field(out, "serial", hc_buf_view(&text));
    hc_out_field(out, "until", hc_bytes_str(hc_time_text(reply->cert->not_after, when)));
    hc_transcript_constraints(reply->cert, out);
    hc_transcript_hash(out, "certificate", reply->cert->sha256);
    hc_transcript_hash(out, "root", reply->root->sha256);
    hc_buf_clear(&text);
    hc_serial_text(reply->crl->number, &text); /* hexadecimal, as openssl crl prints it */
    hc_out_fieldf(out, "CRL number", "0x%s", hc_buf_cstr(&text));
}
