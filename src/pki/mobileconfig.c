/*
 * mobileconfig.c - a configuration profile, written top down as the property list it is.
 *
 * A device knows a profile by its PayloadIdentifier: a second one of the same identifier takes the place of the first.
 * So the identifier is made of what an identity keeps over renewals (the root and the leaf's names), and the UUIDs of
 * what a file holds. The UUID of the identity comes from its certificate and not from the PKCS #12 file, whose salts
 * differ every time.
 */
#include "pki/mobileconfig.h"

#include "base/escape.h"
#include "crypto/digest.h"
#include "pki/oid.h"

#define ID_BYTES 8           /* of a SHA-256 in an identifier: nobody gains anything by a collision */
#define ID_MAX 96            /* of a whole identifier */
#define TEXT_MAX (64 * 1024) /* texts of a name come out of a certificate of at most that */
#define LINE_BYTES 48        /* 64 columns of base64 */

/* ---- property list ---- */

static void put_string(struct hc_buf *out, const char *key, struct hc_bytes value)
{
    hc_buf_addf(out, "<key>%s</key>\n<string>", key);
    hc_escape_html(out, value); /* the five characters of XML, and controls, which XML does not allow at all */
    hc_buf_add_str(out, "</string>\n");
}

static void put_data(struct hc_buf *out, const char *key, struct hc_bytes value)
{
    hc_buf_addf(out, "<key>%s</key>\n<data>\n", key);
    for (; value.n > 0; value = hc_bytes_skip(value, LINE_BYTES)) {
        hc_escape_base64(out, hc_bytes_head(value, LINE_BYTES));
        hc_buf_add_byte(out, '\n');
    }
    hc_buf_add_str(out, "</data>\n");
}

/* ---- identifiers ---- */

/* In the shape of RFC 9562 5.8 (version 8: the rest is the application's). */
static void put_uuid(struct hc_buf *out, const char *purpose, const uint8_t sha256[HC_SHA256_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    uint8_t digest[HC_SHA256_SIZE];
    HC_BUF_AUTO(seed, 128);
    struct hc_bytes rest;

    hc_buf_add_str(&seed, purpose);
    hc_buf_add_byte(&seed, 0);
    hc_buf_add(&seed, hc_bytes_of(sha256, HC_SHA256_SIZE));
    hc_buf_fail(out, seed.failed);
    hc_sha256(hc_buf_view(&seed), digest);
    digest[6] = (uint8_t)(0x80 | (digest[6] & 0x0f));
    digest[8] = (uint8_t)(0x80 | (digest[8] & 0x3f));
    hc_buf_add_str(out, "<key>PayloadUUID</key>\n<string>");
    rest = hc_bytes_of(digest, sizeof digest);
    for (size_t i = 0; i < HC_COUNT(groups); rest = hc_bytes_skip(rest, groups[i++])) {
        hc_buf_add_str(out, i > 0 ? "-" : "");
        hc_escape_hex(out, hc_bytes_head(rest, groups[i]), 0);
    }
    hc_buf_add_str(out, "</string>\n");
}

/* "local.handclasp.ROOT.NAMES", or "local.handclasp.ROOT.trust" for a profile without an identity. */
static struct hc_rc make_identifier(const struct hc_mobileconfig_parts *parts, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(names, 4 * TEXT_MAX);
    uint8_t digest[HC_SHA256_SIZE];

    hc_buf_add_str(out, "local.handclasp.");
    hc_escape_hex(out, hc_bytes_of(parts->root->sha256, ID_BYTES), 0);
    for (size_t i = 0; parts->leaf && i < parts->leaf->n_names; i++) {
        hc_name_text(&parts->leaf->names[i], &names);
        hc_buf_add_byte(&names, '\n');
    }
    HC_TRY(e, hc_buf_check(&names, e));
    hc_buf_add_byte(out, '.');
    hc_sha256(hc_buf_view(&names), digest);
    if (parts->leaf)
        hc_escape_hex(out, hc_bytes_of(digest, ID_BYTES), 0);
    else
        hc_buf_add_str(out, "trust");
    return hc_buf_check(out, e);
}

/* ---- texts ---- */

/* The first organisation of the subject, or its common name. */
static void put_organisation(const struct hc_cert *cert, struct hc_buf *out)
{
    struct hc_dn_attribute at[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(cert->subject, at, HC_COUNT(at));

    for (size_t i = 0; i < n; i++) {
        if (hc_bytes_eq(at[i].oid, HC_OID_AT_ORGANIZATION)) {
            hc_dn_utf8(at[i].tag, at[i].value, out);
            return;
        }
    }
    hc_cert_common_name(cert, out);
}

/* ---- payloads ---- */

/* One payload; `text` is what lists show. */
struct payload {
    const char *type, *suffix, *file;
    struct hc_bytes text, content;
    const uint8_t *sha256; /* of the certificate that it is about */
};

static void put_payload(struct hc_buf *out, struct hc_bytes identifier, const struct payload *p)
{
    hc_buf_add_str(out, "<dict>\n");
    put_string(out, "PayloadType", hc_bytes_str(p->type));
    hc_buf_add_str(out, "<key>PayloadVersion</key>\n<integer>1</integer>\n<key>PayloadIdentifier</key>\n<string>");
    hc_escape_html(out, identifier);
    hc_buf_addf(out, ".%s</string>\n", p->suffix);
    put_uuid(out, p->suffix, p->sha256);
    put_string(out, "PayloadDisplayName", p->text);
    put_string(out, "PayloadCertificateFileName", hc_bytes_str(p->file));
    put_data(out, "PayloadContent", p->content);
    hc_buf_add_str(out, "</dict>\n");
}

static struct hc_rc put_ca(struct hc_buf *out, struct hc_bytes identifier, const struct hc_cert *cert, bool root,
                           struct hc_err *e)
{
    HC_BUF_AUTO(name, TEXT_MAX);

    hc_cert_common_name(cert, &name);
    if (name.n == 0)
        hc_buf_add_str(&name, root ? "Root CA" : "Issuing CA");
    HC_TRY(e, hc_buf_check(&name, e));
    put_payload(out, identifier,
                &(struct payload){.type = root ? "com.apple.security.root" : "com.apple.security.pkcs1",
                                  .suffix = root ? "root" : "issuer",
                                  .file = root ? "root.cer" : "issuer.cer",
                                  .text = hc_buf_view(&name),
                                  .content = cert->der,
                                  .sha256 = cert->sha256});
    return HC_OK;
}

static bool has_identity(const struct hc_mobileconfig_parts *parts)
{
    return parts->p12.n > 0 && parts->leaf;
}

static struct hc_rc put_payloads(const struct hc_mobileconfig_parts *parts, struct hc_bytes identifier,
                                 struct hc_buf *out, struct hc_err *e)
{
    hc_buf_add_str(out, "<key>PayloadContent</key>\n<array>\n");
    HC_TRY(e, put_ca(out, identifier, parts->root, true, e));
    if (parts->issuer && !hc_cert_eq(parts->issuer, parts->root))
        HC_TRY(e, put_ca(out, identifier, parts->issuer, false, e));
    if (has_identity(parts)) /* no Password: the device then asks for it */
        put_payload(out, identifier,
                    &(struct payload){.type = "com.apple.security.pkcs12",
                                      .suffix = "identity",
                                      .file = "identity.p12",
                                      .text = hc_bytes_str(parts->name),
                                      .content = parts->p12,
                                      .sha256 = parts->leaf->sha256});
    hc_buf_add_str(out, "</array>\n");
    return HC_OK;
}

static struct hc_rc put_head(const struct hc_mobileconfig_parts *parts, struct hc_bytes identifier, struct hc_buf *out,
                             struct hc_err *e)
{
    HC_BUF_AUTO(organisation, TEXT_MAX);
    HC_BUF_AUTO(title, 2 * TEXT_MAX);

    put_organisation(parts->root, &organisation);
    HC_TRY(e, hc_buf_check(&organisation, e));
    hc_buf_add(&title, hc_buf_view(&organisation));
    hc_buf_add_str(&title, has_identity(parts) ? ": " : ": certificates");
    hc_buf_add_str(&title, has_identity(parts) ? parts->name : "");
    HC_TRY(e, hc_buf_check(&title, e));

    put_string(out, "PayloadType", HC_BYTES("Configuration"));
    hc_buf_add_str(out, "<key>PayloadVersion</key>\n<integer>1</integer>\n");
    put_string(out, "PayloadIdentifier", identifier);
    put_uuid(out, "profile", has_identity(parts) ? parts->leaf->sha256 : parts->root->sha256);
    put_string(out, "PayloadDisplayName", hc_buf_view(&title));
    put_string(out, "PayloadDescription",
               has_identity(parts) ? HC_BYTES("A certificate that says who you are, and the authority behind it")
                                   : HC_BYTES("The certificates of an authority"));
    put_string(out, "PayloadOrganization", hc_buf_view(&organisation));
    put_string(out, "PayloadScope", HC_BYTES("User")); /* macOS: the login keychain, not the system's */
    hc_buf_add_str(out, "<key>PayloadRemovalDisallowed</key>\n<false/>\n");
    return HC_OK;
}

struct hc_rc hc_mobileconfig_emit(const struct hc_mobileconfig_parts *parts, struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(identifier, ID_MAX);

    HC_TRY(e, make_identifier(parts, &identifier, e));
    hc_buf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
                        "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
                        "<plist version=\"1.0\">\n<dict>\n");
    HC_TRY(e, put_head(parts, hc_buf_view(&identifier), out, e));
    HC_TRY(e, put_payloads(parts, hc_buf_view(&identifier), out, e));
    hc_buf_add_str(out, "</dict>\n</plist>\n");
    return hc_buf_check(out, e);
}
