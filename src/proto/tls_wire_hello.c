/* tls_wire_hello.c - ClientHello, ServerHello and HelloRetryRequest, EncryptedExtensions. */
#include "proto/tls_read.h"

#define RANDOM_BYTES 32
#define SESSION_ID_MAX 32 /* RFC 8446 4.1.2: legacy_session_id<0..32> */

static const struct hc_tls_vector session_id = {"session_id", 1, 0, 1};

static struct hc_bytes read_session_id(struct hc_tls_read *r, struct hc_bytes *body)
{
    struct hc_bytes start = *body, id = hc_tls_read_vector(r, body, &session_id);

    if (id.n > SESSION_ID_MAX)
        hc_tls_read_wrong(r, start, "session_id", "is longer than 32 bytes");
    return id;
}

/* The first host name of the list; other kinds of names were never defined [RFC 6066 3]. */
static struct hc_bytes read_server_name(struct hc_tls_read *r, struct hc_bytes *value)
{
    static const struct hc_tls_vector list = {"the list of server names", 2, 1, 1};
    static const struct hc_tls_vector name = {"a server name", 2, 1, 1};
    struct hc_bytes rest = hc_tls_read_vector(r, value, &list), found = {0};

    while (rest.n > 0) {
        uint32_t kind = hc_tls_read_number(r, &rest, 1, "the kind of a server name");
        struct hc_bytes one = hc_tls_read_vector(r, &rest, &name);

        if (kind == 0 && found.n == 0)
            found = one;
    }
    return found;
}

static void read_key_shares(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_codes *out)
{
    static const struct hc_tls_vector list = {"the list of key shares", 2, 0, 1};
    static const struct hc_tls_vector key = {"the key of a key share", 2, 1, 1};
    struct hc_bytes rest = hc_tls_read_vector(r, value, &list);

    while (rest.n > 0) {
        hc_tls_codes_add(out, (uint16_t)hc_tls_read_number(r, &rest, 2, "the group of a key share"));
        hc_tls_read_vector(r, &rest, &key);
    }
}

static bool client_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    static const struct hc_tls_vector versions = {"supported_versions", 1, 2, 2};
    struct hc_tls_client_hello *hello = out;

    switch (type) {
    case HC_TLS_EXT_SERVER_NAME:
        hello->server_name = read_server_name(r, value);
        return true;
    case HC_TLS_EXT_SUPPORTED_GROUPS:
        hc_tls_read_groups(r, value, &hello->groups);
        return true;
    case HC_TLS_EXT_SIGNATURE_ALGORITHMS:
        hc_tls_read_signatures(r, value, &hello->signatures);
        return true;
    case HC_TLS_EXT_ALPN:
        hello->alpn = hc_tls_read_alpn_list(r, value);
        return true;
    case HC_TLS_EXT_SUPPORTED_VERSIONS:
        hc_tls_read_codes(r, value, &versions, &hello->versions);
        return true;
    case HC_TLS_EXT_KEY_SHARE:
        read_key_shares(r, value, &hello->key_shares);
        return true;
    case HC_TLS_EXT_EARLY_DATA: /* RFC 8446 4.2.10: empty in a ClientHello */
        hello->early_data = true;
        return true;
    case HC_TLS_EXT_STATUS_REQUEST:
        hello->asks_staple = true;
        return false;
    case HC_TLS_EXT_PRE_SHARED_KEY:
        hello->resumes = true;
        return false;
    case HC_TLS_EXT_SESSION_TICKET: /* RFC 5077 3.2: empty when the client only says that it takes tickets */
        hello->resumes = hello->resumes || value->n > 0;
        return false;
    default:
        return false;
    }
}

static bool offers(const struct hc_tls_codes *codes, uint16_t code)
{
    for (size_t i = 0; i < codes->n; i++)
        if (codes->code[i] == code)
            return true;
    return false;
}

struct hc_rc hc_tls_wire_client_hello(struct hc_bytes body, struct hc_tls_client_hello *out, struct hc_err *e)
{
    static const struct hc_tls_vector suites = {"cipher_suites", 2, 2, 2};
    static const struct hc_tls_vector compression = {"compression_methods", 1, 1, 1};
    struct hc_tls_read r = hc_tls_read_begin("ClientHello", body, e);
    struct hc_tls_client_hello hello = {0};

    hello.legacy_version = (uint16_t)hc_tls_read_number(&r, &body, 2, "version");
    hello.random = hc_tls_read_bytes(&r, &body, RANDOM_BYTES, "random");
    hello.session_id = read_session_id(&r, &body);
    hc_tls_read_codes(&r, &body, &suites, &hello.suites);
    hc_tls_read_vector(&r, &body, &compression);
    if (body.n > 0) /* RFC 5246 7.4.1.2: extensions may be left out altogether */
        hc_tls_read_extensions(&r, &body, client_extension, &hello, &hello.extensions);
    HC_TRY(e, hc_tls_read_done(&r, body));
    if (hello.versions.n == 0)
        hc_tls_codes_add(&hello.versions, hello.legacy_version);
    /* with TLS 1.3 the session id is only there to look like TLS 1.2 [RFC 8446 D.4] */
    if (hello.session_id.n > 0 && !offers(&hello.versions, HC_TLS_1_3))
        hello.resumes = true;
    *out = hello;
    return HC_OK;
}

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest", in the place of the random. */
static bool is_retry(struct hc_bytes random)
{
    static const uint8_t mark[RANDOM_BYTES] = {
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    };

    return hc_bytes_eq(random, hc_bytes_of(mark, sizeof mark));
}

/* RFC 8446 4.1.3: the random of a server that could do better ends in "DOWNGRD" and 01 (it agrees to TLS 1.2) or 00 (to
 * less); clients "MUST check that the last 8 bytes are not equal to either of these values". */
static bool is_downgrade(const struct hc_tls_server_hello *hello)
{
    struct hc_bytes end = hc_bytes_skip(hello->random, RANDOM_BYTES - 8);

    return hello->version < HC_TLS_1_3 && hc_bytes_starts(end, HC_BYTES("DOWNGRD")) && end.p[7] <= 1;
}

static void server_key_share(struct hc_tls_read *r, struct hc_bytes *value, struct hc_tls_server_hello *hello)
{
    static const struct hc_tls_vector key = {"the key of the key share", 2, 1, 1};

    hello->group = (uint16_t)hc_tls_read_number(r, value, 2, "the group of the key share");
    if (!hello->retry) /* RFC 8446 4.2.8: a HelloRetryRequest names the group only */
        hc_tls_read_vector(r, value, &key);
}

static bool server_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    static const struct hc_tls_vector renegotiated = {"renegotiation_info", 1, 0, 1};
    struct hc_tls_server_hello *hello = out;

    switch (type) {
    case HC_TLS_EXT_SUPPORTED_VERSIONS:
        hello->version = (uint16_t)hc_tls_read_number(r, value, 2, "the chosen version");
        return true;
    case HC_TLS_EXT_KEY_SHARE:
        server_key_share(r, value, hello);
        return true;
    case HC_TLS_EXT_PRE_SHARED_KEY:
        hc_tls_read_number(r, value, 2, "the chosen pre-shared key");
        hello->resumed_psk = true;
        return true;
    case HC_TLS_EXT_ALPN:
        hello->alpn = hc_tls_read_alpn_one(r, value);
        return true;
    case HC_TLS_EXT_RENEGOTIATION_INFO:
        hc_tls_read_vector(r, value, &renegotiated);
        hello->secure_renegotiation = true;
        return true;
    case HC_TLS_EXT_EXTENDED_MASTER_SECRET: /* RFC 7627 5.1: empty, as are the acknowledgements below */
        hello->extended_master_secret = true;
        return true;
    case HC_TLS_EXT_STATUS_REQUEST:
        hello->staples = true;
        return true;
    case HC_TLS_EXT_SESSION_TICKET:
        hello->ticket = true;
        return true;
    default:
        return type == HC_TLS_EXT_SERVER_NAME;
    }
}

struct hc_rc hc_tls_wire_server_hello(struct hc_bytes body, struct hc_tls_server_hello *out, struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("ServerHello", body, e);
    struct hc_tls_server_hello hello = {0};
    struct hc_tls_codes types = {0};

    hello.version = (uint16_t)hc_tls_read_number(&r, &body, 2, "version");
    hello.random = hc_tls_read_bytes(&r, &body, RANDOM_BYTES, "random");
    hello.retry = is_retry(hello.random);
    r.message = hello.retry ? "HelloRetryRequest" : r.message;
    hello.session_id = read_session_id(&r, &body);
    hello.suite = (uint16_t)hc_tls_read_number(&r, &body, 2, "cipher_suite");
    hc_tls_read_number(&r, &body, 1, "compression_method");
    if (body.n > 0) /* RFC 5246 7.4.1.3: extensions may be left out altogether */
        hc_tls_read_extensions(&r, &body, server_extension, &hello, &types);
    HC_TRY(e, hc_tls_read_done(&r, body));
    hello.downgrade = is_downgrade(&hello);
    *out = hello;
    return HC_OK;
}

static bool encrypted_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    struct hc_tls_encrypted_extensions *extensions = out;

    switch (type) {
    case HC_TLS_EXT_SERVER_NAME: /* RFC 6066 3: empty, an acknowledgement */
        extensions->server_name = true;
        return true;
    case HC_TLS_EXT_ALPN:
        extensions->alpn = hc_tls_read_alpn_one(r, value);
        return true;
    case HC_TLS_EXT_SUPPORTED_GROUPS:
        hc_tls_read_groups(r, value, &extensions->groups);
        return true;
    default:
        return false;
    }
}

struct hc_rc hc_tls_wire_encrypted_extensions(struct hc_bytes body, struct hc_tls_encrypted_extensions *out,
                                              struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("EncryptedExtensions", body, e);
    struct hc_tls_encrypted_extensions extensions = {0};
    struct hc_tls_codes types = {0};

    hc_tls_read_extensions(&r, &body, encrypted_extension, &extensions, &types);
    HC_TRY(e, hc_tls_read_done(&r, body));
    *out = extensions;
    return HC_OK;
}
