/* probe_story_hello.c - what the messages say that agree on versions, suites, groups and protocols. */
#include "doctor/probe_story_parts.h"

#include "base/escape.h"

static void code_name(uint16_t code, const char *(*name)(uint16_t code), struct hc_buf *out)
{
    const char *known = name(code);
    if (known)
        hc_buf_add_str(out, known);
    else
        hc_buf_addf(out, "0x%04x", code);
}

void hc_story_codes(const struct hc_tls_codes *codes, const char *(*name)(uint16_t code), struct hc_buf *out)
{
    for (size_t i = 0; i < codes->n; i++) {
        hc_buf_add_str(out, i > 0 ? ", " : "");
        code_name(codes->code[i], name, out);
    }
    if (codes->more > 0)
        hc_buf_addf(out, " and %zu more", codes->more);
}

static void put_codes(struct hc_story_row *row, const char *label, const struct hc_tls_codes *codes,
                      const char *(*name)(uint16_t code))
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_story_codes(codes, name, &text);
    if (text.n > 0 || text.failed != HC_OK_CODE)
        hc_story_put(row, label, &text);
}

static void put_hex(struct hc_story_row *row, const char *label, struct hc_bytes bytes)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_escape_hex(&text, bytes, 0);
    hc_story_put(row, label, &text);
}

static void put_alpn(struct hc_story_row *row, struct hc_bytes list)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    struct hc_bytes name;
    while (hc_tls_alpn_next(&list, &name)) {
        hc_buf_add_str(&text, text.n > 0 ? ", " : "");
        hc_escape_text(&text, name);
    }
    if (text.n > 0 || text.failed != HC_OK_CODE)
        hc_story_put(row, "ALPN", &text);
}

static void unreadable(struct hc_story_row *row, const struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_buf_add_str(&text, "it cannot be read: ");
    hc_escape_text(&text, hc_bytes_str(e->text));
    hc_story_put(row, "", &text);
}

/* --- hellos ------------------------------------------------------------------------------------------------------- */

void hc_story_client_hello(struct hc_story_row *row, struct hc_bytes body)
{
    struct hc_err e;
    struct hc_tls_client_hello hello;
    HC_BUF_AUTO(name, HC_PROBE_WORDS_MAX);
    if (hc_failed(hc_tls_wire_client_hello(body, &hello, &e))) {
        unreadable(row, &e);
        return;
    }
    hc_escape_text(&name, hello.server_name);
    put_codes(row, "versions", &hello.versions, hc_tls_version_text);
    if (name.n > 0 || name.failed != HC_OK_CODE)
        hc_story_put(row, "name (SNI)", &name);
    else
        hc_story_say(row, "name (SNI)", "none: the server cannot tell which of its names is meant");
    put_alpn(row, hello.alpn);
    put_codes(row, "suites", &hello.suites, hc_tls_suite_text);
    put_codes(row, "groups", &hello.groups, hc_tls_group_text);
    put_codes(row, "key shares", &hello.key_shares, hc_tls_group_text);
    put_codes(row, "signatures", &hello.signatures, hc_tls_signature_text);
    if (hello.asks_staple)
        hc_story_say(row, "staple", "asks for proof that the certificate is not revoked (OCSP)");
    put_hex(row, "random", hello.random);
}

static void say_version(struct hc_story_row *row, uint16_t version)
{
    const char *name = hc_tls_version_text(version);
    const char *worth = version == HC_TLS_1_3   ? "good: the newest"
                        : version == HC_TLS_1_2 ? "good, with the right suite; TLS 1.3 is better"
                                                : "bad: TLS 1.0 and 1.1 are forbidden, RFC 8996";
    if (name)
        hc_story_sayf(row, "version", "%s (%s)", name, worth);
    else
        hc_story_sayf(row, "version", "0x%04x", version);
}

static const char *suite_worth(uint16_t suite)
{
    if (hc_tls_suite_kex(suite) == HC_TLS_KEX_RSA)
        return "bad: RSA key exchange, no forward secrecy";
    if (hc_tls_suite_weak(suite))
        return "bad: nobody should use it any more";
    return hc_tls_suite_kex(suite) == HC_TLS_KEX_OTHER ? NULL : "good: forward secrecy, authenticated encryption";
}

static void say_suite(struct hc_story_row *row, uint16_t suite)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    code_name(suite, hc_tls_suite_text, &text);
    if (suite_worth(suite))
        hc_buf_addf(&text, " (%s)", suite_worth(suite));
    hc_story_put(row, "suite", &text);
}

static void say_group(struct hc_story_row *row, uint16_t group)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    code_name(group, hc_tls_group_text, &text);
    hc_story_put(row, "group", &text);
}

/* Where the key exchange that TLS 1.3 abolished would have differed. */
static void say_rsa_difference(struct hc_story_row *row)
{
    hc_story_say(row, "with RSA",
                 "key exchange instead, the secret would travel encrypted to the certificate's key: whoever gets that "
                 "key later reads what was recorded today. Here both sides made a secret for this connection alone and "
                 "forget it: nobody can.");
}

static void say_rsa(struct hc_story_row *row)
{
    hc_story_say(row, "RSA",
                 "the secret of this connection travels encrypted to the certificate's key: whoever gets that "
                 "key later reads what was recorded today. Suites with ECDHE do not have that flaw.");
}

/* A server that could do better says so in its random [RFC 8446 4.1.3]; whether that is anybody's fault depends on what
 * it was offered. */
static void say_downgrade(struct hc_story_row *row, const struct hc_attempt *a)
{
    struct hc_bytes body;
    struct hc_err e;
    struct hc_tls_client_hello hello;
    bool offered = false;
    if (hc_attempt_message(a, HC_TLS_CLIENT_HELLO, true, &body) && hc_ok(hc_tls_wire_client_hello(body, &hello, &e)))
        for (size_t i = 0; i < hello.versions.n; i++)
            offered |= hello.versions.code[i] == HC_TLS_1_3;
    if (offered)
        hc_story_say(row, "downgrade",
                     "the server says that it speaks TLS 1.3 too, which was offered: somebody in between lowered the "
                     "version");
    else
        hc_story_say(row, "better", "the server says that it could do better, but TLS 1.3 was not offered to it");
}

void hc_story_server_hello(struct hc_story_row *row, const struct hc_attempt *a, struct hc_bytes body)
{
    struct hc_err e;
    struct hc_tls_server_hello hello;
    if (hc_failed(hc_tls_wire_server_hello(body, &hello, &e))) {
        unreadable(row, &e);
        return;
    }
    if (hello.retry)
        hc_story_say(row, "", "HelloRetryRequest: the server wants another group than the client guessed");
    say_version(row, hello.version);
    say_suite(row, hello.suite);
    if (hello.group != 0)
        say_group(row, hello.group);
    put_alpn(row, hello.alpn);
    if (hello.resumed_psk)
        hc_story_say(row, "session", "an earlier one goes on: nobody proves anything again");
    if (hello.downgrade)
        say_downgrade(row, a);
    if (hello.version == HC_TLS_1_2 && !hello.extended_master_secret)
        hc_story_say(row, "missing", "extended master secret (RFC 7627): sessions are open to mixing");
    if (hello.version == HC_TLS_1_2 && !hello.secure_renegotiation)
        hc_story_say(row, "missing", "secure renegotiation (RFC 5746)");
    if (hello.version == HC_TLS_1_3 && !hello.retry)
        say_rsa_difference(row);
}

void hc_story_encrypted_extensions(struct hc_story_row *row, struct hc_bytes body)
{
    struct hc_err e;
    struct hc_tls_encrypted_extensions ee;
    if (hc_failed(hc_tls_wire_encrypted_extensions(body, &ee, &e))) {
        unreadable(row, &e);
        return;
    }
    put_alpn(row, ee.alpn);
    if (ee.server_name)
        hc_story_say(row, "name", "the server used the name that was asked for");
    put_codes(row, "groups", &ee.groups, hc_tls_group_text);
    hc_story_say(row, "", "from here on nobody in between can read along");
}

/* --- key exchange of TLS 1.2 -------------------------------------------------------------------------------------- */

void hc_story_server_key_exchange(struct hc_story_row *row, const struct hc_attempt *a, struct hc_bytes body)
{
    struct hc_err e;
    struct hc_tls_key_exchange ske;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (hc_failed(hc_tls_wire_key_exchange(body, a->agreed.suite, &ske, &e))) {
        unreadable(row, &e);
        return;
    }
    if (ske.dh_bits > 0)
        hc_story_sayf(row, "group", "finite field, %u bits%s", ske.dh_bits,
                      ske.dh_bits < 2048 ? " (bad: too short)" : "");
    else
        say_group(row, ske.group);
    if (ske.signature != 0) {
        code_name(ske.signature, hc_tls_signature_text, &text);
        hc_story_put(row, "signature", &text);
    }
    hc_story_say(row, "", "the signature proves that the server has its certificate's key");
    say_rsa_difference(row);
}

void hc_story_client_key_exchange(struct hc_story_row *row, const struct hc_attempt *a)
{
    if (hc_tls_suite_kex(a->agreed.suite) == HC_TLS_KEX_RSA)
        say_rsa(row);
    else
        hc_story_say(row, "", "the client's half of the key exchange");
}

/* --- proof, tickets ----------------------------------------------------------------------------------------------- */

void hc_story_certificate_verify(struct hc_story_row *row, bool sent, struct hc_bytes body)
{
    struct hc_err e;
    uint16_t scheme;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (hc_failed(hc_tls_wire_certificate_verify(body, &scheme, &e))) {
        unreadable(row, &e);
        return;
    }
    code_name(scheme, hc_tls_signature_text, &text);
    hc_story_put(row, "signature", &text);
    hc_story_say(row, "",
                 sent ? "a signature over all that was said: proves that you have the key of your certificate"
                      : "a signature over all that was said: proves that the server has its certificate's key");
}

void hc_story_ticket(struct hc_story_row *row, uint16_t version, struct hc_bytes body)
{
    struct hc_err e;
    uint32_t lifetime;
    size_t length;
    if (hc_failed(hc_tls_wire_ticket(body, version, &lifetime, &length, &e))) {
        unreadable(row, &e);
        return;
    }
    hc_story_sayf(row, "", "a ticket of %zu bytes, good for %u s: with it the next handshake is shorter", length,
                  lifetime);
}
