/* inspect_kind.c - recognises what bytes are: DER by its outline, everything else by how it begins. */
#include "asn1/der.h"
#include "base/auto.h"
#include "doctor/inspect_inside.h"
#include "pki/oid.h"

/* 1.2.840.113549.1.7.N: the contents types of PKCS #7 */
#define OID_PKCS7 HC_BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07")

static bool is_time(uint8_t tag)
{
    return tag == HC_DER_UTCTIME || tag == HC_DER_GENERALIZEDTIME;
}

/* What is signed: which of certificate, request and CRL? By the fourth element, or the third of an old CRL. */
static enum hc_inspect_shape shape_of_signed(struct hc_der body)
{
    uint8_t tag[5] = {0};
    size_t n = 0;
    if (hc_der_is(&body, HC_DER_CONTEXT_CONSTRUCTED(0)))
        return HC_INSPECT_SHAPE_CERTIFICATE;
    while (n < HC_COUNT(tag) && !hc_der_at_end(&body))
        hc_der_any(&body, &tag[n++]);
    if (tag[0] == HC_DER_SEQUENCE)
        return is_time(tag[2]) ? HC_INSPECT_SHAPE_CRL : HC_INSPECT_SHAPE_UNKNOWN;
    if (tag[0] != HC_DER_INTEGER)
        return HC_INSPECT_SHAPE_UNKNOWN;
    if (is_time(tag[3]))
        return HC_INSPECT_SHAPE_CRL;
    return tag[3] == HC_DER_SEQUENCE ? HC_INSPECT_SHAPE_CERTIFICATE : HC_INSPECT_SHAPE_REQUEST;
}

/* SEQUENCE { SEQUENCE ... */
static enum hc_inspect_shape shape_of_two(struct hc_der seq)
{
    struct hc_der first = hc_der_enter(&seq, HC_DER_SEQUENCE);
    uint8_t second = 0, third = 0;
    if (hc_der_at_end(&seq))
        return seq.failed || first.failed ? HC_INSPECT_SHAPE_UNKNOWN : HC_INSPECT_SHAPE_OCSP_REQUEST;
    hc_der_any(&seq, &second);
    if (second == HC_DER_OCTETS)
        return HC_INSPECT_SHAPE_PKCS8_SEALED;
    if (second == HC_DER_BITSTRING)
        return HC_INSPECT_SHAPE_SPKI;
    hc_der_any(&seq, &third);
    return second == HC_DER_SEQUENCE && third == HC_DER_BITSTRING ? shape_of_signed(first) : HC_INSPECT_SHAPE_UNKNOWN;
}

/* SEQUENCE { INTEGER, INTEGER ...: `n` of them. RSA's public exponent is odd, and two of DH's three numbers are long. */
static enum hc_inspect_shape shape_of_numbers(struct hc_der seq)
{
    struct hc_bytes last = {NULL, 0};
    size_t n = 0;
    for (uint8_t tag = HC_DER_INTEGER; !hc_der_at_end(&seq) && tag == HC_DER_INTEGER && n < 10; n++)
        last = hc_der_value(&seq, &tag);
    if (n >= 9)
        return HC_INSPECT_SHAPE_PKCS1;
    if (n == 6)
        return HC_INSPECT_SHAPE_DSA;
    if (n == 2 && last.n > 0 && last.n <= 9 && (last.p[last.n - 1] & 1) && !(last.n == 1 && last.p[0] == 5))
        return HC_INSPECT_SHAPE_PKCS1_PUBLIC;
    return n == 2 || n == 3 ? HC_INSPECT_SHAPE_PARAMETERS : HC_INSPECT_SHAPE_UNKNOWN;
}

/* SEQUENCE { INTEGER ... */
static enum hc_inspect_shape shape_of_versioned(struct hc_der seq)
{
    struct hc_der whole = seq, inner;
    hc_der_any(&seq, NULL);
    if (hc_der_is(&seq, HC_DER_OCTETS))
        return HC_INSPECT_SHAPE_SEC1;
    if (hc_der_is(&seq, HC_DER_INTEGER))
        return shape_of_numbers(whole);
    if (!hc_der_enter_optional(&seq, HC_DER_SEQUENCE, &inner) || !hc_der_is(&inner, HC_DER_OID))
        return HC_INSPECT_SHAPE_UNKNOWN;
    if (hc_bytes_starts(hc_der_oid(&inner), OID_PKCS7))
        return HC_INSPECT_SHAPE_P12;
    return hc_der_is(&seq, HC_DER_OCTETS) ? HC_INSPECT_SHAPE_PKCS8 : HC_INSPECT_SHAPE_UNKNOWN;
}

/* BER whose end is marked: the first bytes tell. */
static enum hc_inspect_shape shape_of_indefinite(struct hc_bytes ber)
{
    struct hc_bytes contents = hc_bytes_skip(ber, 2);
    if (hc_bytes_starts(contents, HC_BYTES("\x02\x01\x03\x30")))
        return HC_INSPECT_SHAPE_P12;
    if (hc_bytes_starts(contents, HC_BYTES("\x06\x09")) && hc_bytes_starts(hc_bytes_skip(contents, 2), OID_PKCS7))
        return HC_INSPECT_SHAPE_P7;
    return HC_INSPECT_SHAPE_UNKNOWN;
}

enum hc_inspect_shape hc_inspect_kind_of(struct hc_bytes der)
{
    struct hc_der d = hc_der_init(der), seq;
    if (hc_bytes_starts(der, HC_BYTES("\x30\x80")))
        return shape_of_indefinite(der);
    if (hc_der_is(&d, HC_DER_OID))
        return HC_INSPECT_SHAPE_PARAMETERS;
    if (!hc_der_enter_optional(&d, HC_DER_SEQUENCE, &seq))
        return HC_INSPECT_SHAPE_UNKNOWN;
    switch (hc_der_peek(&seq)) {
    case HC_DER_INTEGER:
        return shape_of_versioned(seq);
    case HC_DER_ENUMERATED:
        return HC_INSPECT_SHAPE_OCSP;
    case HC_DER_SEQUENCE:
        return shape_of_two(seq);
    case HC_DER_OID:
        return hc_bytes_starts(hc_der_oid(&seq), OID_PKCS7) ? HC_INSPECT_SHAPE_P7 : HC_INSPECT_SHAPE_UNKNOWN;
    default:
        return HC_INSPECT_SHAPE_UNKNOWN;
    }
}

const char *hc_inspect_kind_text(enum hc_inspect_shape shape)
{
    static const char *const TEXT[] = {
        [HC_INSPECT_SHAPE_UNKNOWN] = "something unknown",
        [HC_INSPECT_SHAPE_CERTIFICATE] = "a certificate",
        [HC_INSPECT_SHAPE_REQUEST] = "a request for a certificate",
        [HC_INSPECT_SHAPE_CRL] = "a CRL",
        [HC_INSPECT_SHAPE_OCSP] = "an OCSP response",
        [HC_INSPECT_SHAPE_OCSP_REQUEST] = "an OCSP request",
        [HC_INSPECT_SHAPE_PKCS8] = "a private key",
        [HC_INSPECT_SHAPE_PKCS8_SEALED] = "an encrypted private key",
        [HC_INSPECT_SHAPE_SEC1] = "a private key",
        [HC_INSPECT_SHAPE_PKCS1] = "a private key",
        [HC_INSPECT_SHAPE_PKCS1_PUBLIC] = "a public key",
        [HC_INSPECT_SHAPE_DSA] = "a private DSA key",
        [HC_INSPECT_SHAPE_SPKI] = "a public key",
        [HC_INSPECT_SHAPE_PARAMETERS] = "parameters",
        [HC_INSPECT_SHAPE_P12] = "a PKCS #12 file",
        [HC_INSPECT_SHAPE_P7] = "a PKCS #7 file",
    };
    return TEXT[shape];
}

/* ---- what is of no kind known here ---- */

struct foreign {
    struct hc_bytes begins;
    const char *text;
};

#define OPENSSH_KEY                                                                                                    \
    "this is an OpenSSH private key; keep it secret. OpenSSH keys are for logins, not for certificates: make a new "   \
    "key, or "                                                                                                         \
    "convert a copy: ssh-keygen -p -m PKCS8 -f COPY"
#define PGP "this is for PGP (GnuPG), which has certificates of its own kind; look at it with: gpg --show-keys FILE"
#define SSH_PUBLIC                                                                                                     \
    "this is an OpenSSH public key; it has no certificate. Convert it with: ssh-keygen -e -m PKCS8 -f FILE"

/* clang-format off */
static const struct foreign FILES[] = {
    {HC_BYTES("ssh-"), SSH_PUBLIC},
    {HC_BYTES("ecdsa-sha2-"), SSH_PUBLIC},
    {HC_BYTES("sk-ssh-"), SSH_PUBLIC},
    {HC_BYTES("sk-ecdsa-"), SSH_PUBLIC},
    {HC_BYTES("PuTTY-User-Key-File-"), "this is a PuTTY private key; keep it secret. puttygen exports it as an OpenSSH key"},
    {HC_BYTES("---- BEGIN SSH2"), "this is an SSH2 public key; convert it with: ssh-keygen -i -f FILE"},
    {HC_BYTES("AGE-SECRET-KEY-"), "this is a secret key of age; keep it secret"},
    {HC_BYTES("age-encryption.org/"), "this is a file encrypted with age"},
    {HC_BYTES("\x1f\x8b"), "this is compressed with gzip; unpack it first: gzip -d FILE"},
    {HC_BYTES("PK\x03\x04"), "this is a ZIP archive; unpack it first"},
    {HC_BYTES("BZh"), "this is compressed with bzip2; unpack it first"},
    {HC_BYTES("\xfd" "7zXZ"), "this is compressed with xz; unpack it first"},
    {HC_BYTES("\x28\xb5\x2f\xfd"), "this is compressed with zstd; unpack it first"},
    {HC_BYTES("\xfe\xed\xfe\xed"), "this is a Java keystore of the old kind (JKS); convert it: keytool -importkeystore -srckeystore FILE "
                                   "-destkeystore NEW.p12 -deststoretype PKCS12"},
    {HC_BYTES("\xce\xce\xce\xce"), "this is a Java keystore of the old kind (JCEKS); convert it: keytool -importkeystore "
                                   "-srcstoretype JCEKS -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12"},
    {HC_BYTES("\xff\xfe"), "this is text in UTF-16, as Windows PowerShell writes it with '>'; save it as UTF-8 or ASCII"},
    {HC_BYTES("\xfe\xff"), "this is text in UTF-16; save it as UTF-8 or ASCII"},
    {HC_BYTES("\x7f" "ELF"), "this is a program"},
    {HC_BYTES("%PDF"), "this is a PDF document"},
    {HC_BYTES("<!"), "this is an HTML or XML page: perhaps a login or error page that was saved instead of the file"},
    {HC_BYTES("<html"), "this is an HTML page: perhaps a login or error page that was saved instead of the file"},
    {HC_BYTES("<HTML"), "this is an HTML page: perhaps a login or error page that was saved instead of the file"},
    {HC_BYTES("<?xml"), "this is XML; a configuration profile (.mobileconfig) holds its certificates inside, in base64"},
    {HC_BYTES("eyJ"), "this is a JSON web token, or the beginning of one; whoever has it may be let in with it, so keep it secret"},
    {HC_BYTES("MII"), "this is base64 without its first and last line; put -----BEGIN CERTIFICATE----- before it and -----END "
                      "CERTIFICATE----- after it (or whatever it is), or decode it: base64 -d FILE"},
    {HC_BYTES("Certificate:"), "this is what openssl prints about a certificate, and not the certificate"},
    {HC_BYTES("Certificate Request:"), "this is what openssl prints about a request, and not the request"},
    {HC_BYTES("\x99\x01"), PGP},
};
/* clang-format on */

static const struct foreign LABELS[] = {
    {HC_BYTES("OPENSSH PRIVATE KEY"), OPENSSH_KEY},
    {HC_BYTES("PGP "), PGP},
    {HC_BYTES("DSA PRIVATE KEY"), "this is a private DSA key, which no TLS of today uses; make a new key"},
    {HC_BYTES("AGE "), "this is a file encrypted with age"},
    {HC_BYTES("ATTRIBUTE CERTIFICATE"), "this is an attribute certificate, which TLS has no use for"},
    {HC_BYTES("SSH2 "), "this is an SSH2 key, which has no certificate"},
    {HC_BYTES("SSL SESSION PARAMETERS"), "this is a saved TLS session; keep it secret"},
    {HC_BYTES("ECHCONFIG"), "this is a server's key for encrypted ClientHellos"},
};

static const char *find(const struct foreign *table, size_t n, struct hc_bytes text)
{
    for (size_t i = 0; i < n; i++)
        if (hc_bytes_starts(text, table[i].begins))
            return table[i].text;
    return NULL;
}

/* Most of its first bytes are what text is made of. */
static bool is_text(struct hc_bytes in)
{
    struct hc_bytes head = hc_bytes_head(in, 512);
    for (size_t i = 0; i < head.n; i++)
        if (head.p[i] < 9 || (head.p[i] > 13 && head.p[i] < 32) || head.p[i] == 127)
            return false;
    return true;
}

const char *hc_inspect_kind_foreign(struct hc_bytes in)
{
    while (in.n > 0 && (in.p[0] == ' ' || in.p[0] == '\n' || in.p[0] == '\r' || in.p[0] == '\t'))
        in = hc_bytes_skip(in, 1);
    if (in.n == 0)
        return "the file is empty";
    const char *known = find(FILES, HC_COUNT(FILES), in);
    if (known)
        return known;
    return is_text(in) ? "this is text with nothing in it that is known here: no line begins with -----BEGIN"
                       : "these bytes are of no kind that is known here";
}

const char *hc_inspect_kind_foreign_label(struct hc_bytes label)
{
    return find(LABELS, HC_COUNT(LABELS), label);
}
