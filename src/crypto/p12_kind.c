/*
 * p12_kind.c - which PKCS #12 file each platform imports: the one table, and the two ways of writing.
 *
 * What the rows rest on. Apple's Security framework refuses the SHA-256 integrity check on iOS and on macOS up to at
 * least 15 ("MAC verification failed", "wrong password"); Android reads PBES2 with AES from 14 on, and older ones call
 * the passphrase wrong; Windows reads AES-256 with SHA-256 from Windows 10 1709 and Server 2019 on; NSS reads it as
 * well as it writes it; Java from 8u301, 11.0.12 and 17 on. Where some of the versions in use refuse the new way, the
 * platform gets the old one.
 *
 * Ed25519: no platform but OpenSSL's kin and late Java both imports such a key and uses it in TLS.
 */
#include <openssl/obj_mac.h>

#include "crypto/internal.h"

/*
 * The file holds three derivations, for the key, the certificates and the integrity check, and importers run them
 * all, some more than once and on a phone. 100000 rounds each; and a passphrase made by hc_random_text needs none
 * of them.
 */
static const struct hc_p12_suite modern = {.encryption = NID_aes_256_cbc, .rounds = 100000, .salt = 16, .sha256 = true};

/* Every number is what OpenSSL 1.1 wrote by default for ten years: what these importers have all been tried with. */
static const struct hc_p12_suite legacy = {
    .encryption = NID_pbe_WithSHA1And3_Key_TripleDES_CBC, .rounds = 2048, .salt = 8, .sha256 = false};

static const struct hc_p12_row rows[] = {
    [HC_P12_MODERN] = {.kind = HC_P12_MODERN,
                       .word = "modern",
                       .means = "AES-256 and SHA-256: OpenSSL, GnuTLS, curl, and programs of today",
                       .ed25519 = true},
    [HC_P12_ANDROID] = {.kind = HC_P12_ANDROID,
                        .word = "android",
                        .means = "3DES and SHA-1: every Android; 13 and older read nothing newer",
                        .legacy = true},
    [HC_P12_IOS] = {.kind = HC_P12_IOS,
                    .word = "ios",
                    .means = "3DES and SHA-1, and a configuration profile: iPhone and iPad",
                    .legacy = true,
                    .profile = true},
    [HC_P12_MACOS] = {.kind = HC_P12_MACOS,
                      .word = "macos",
                      .means = "3DES and SHA-1, and a configuration profile: Keychain",
                      .legacy = true,
                      .profile = true},
    [HC_P12_WINDOWS] = {.kind = HC_P12_WINDOWS,
                        .word = "windows",
                        .means = "AES-256 and SHA-256: Windows 10 1709, Windows Server 2019 and later"},
    [HC_P12_FIREFOX] = {.kind = HC_P12_FIREFOX,
                        .word = "firefox",
                        .means = "AES-256 and SHA-256: Firefox, Thunderbird and other programs with NSS"},
    [HC_P12_JAVA] = {.kind = HC_P12_JAVA,
                     .word = "java",
                     .means = "AES-256 and SHA-256: Java 8u301, 11.0.12, 17 and later"},
};

const struct hc_p12_row *hc_p12_row_at(size_t i)
{
    return i < HC_COUNT(rows) ? &rows[i] : NULL;
}

const struct hc_p12_row *hc_p12_row(enum hc_p12_for kind)
{
    return &rows[kind];
}

const struct hc_p12_suite *hc_p12_kind_suite(enum hc_p12_for kind)
{
    return rows[kind].legacy ? &legacy : &modern;
}

struct hc_rc hc_p12_parse_for(struct hc_bytes word, enum hc_p12_for *out, struct hc_err *e)
{
    HC_BUF_AUTO(words, 256);

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        if (hc_bytes_eq_str(word, rows[i].word)) {
            *out = rows[i].kind;
            return HC_OK;
        }
        hc_buf_addf(&words, "%s%s", i == 0 ? "" : i + 1 == HC_COUNT(rows) ? " or " : ", ", rows[i].word);
    }
    HC_TRY(e, hc_buf_check(&words, e));
    word = hc_bytes_head(word, 40); /* of what was typed; whoever prints it escapes it */
    return HC_FAIL(e, HC_E_USAGE, "'%.*s' is not a platform: write %s", HC_BYTES_FMT(word), hc_buf_cstr(&words));
}
