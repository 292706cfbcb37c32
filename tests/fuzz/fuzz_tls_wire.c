/*
 * fuzz_tls_wire.c - bodies of TLS handshake messages. The first byte is the type, its top bit (types are below 128) the
 * version, TLS 1.3 when set; a ServerKeyExchange has its suite in the next two bytes.
 *
 * Besides memory errors it finds: a view that does not lie within the message; a message that is good and still so with
 * a byte more; a number of entries that the message has no room for.
 */
#include <stdlib.h>

#include "proto/tls_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inside(struct hc_bytes body, struct hc_bytes view)
{
    if (view.n > 0)
        must(view.p >= body.p && view.n <= body.n && (size_t)(view.p - body.p) <= body.n - view.n);
}

/* Each entry takes so many bytes at least. */
static void fits(struct hc_bytes body, const struct hc_tls_codes *codes, size_t bytes)
{
    must(codes->n <= HC_TLS_LIST_MAX && (codes->more == 0 || codes->n == HC_TLS_LIST_MAX));
    must((codes->n + codes->more) * bytes <=
         body.n + 2); /* a version that is legacy_version stands in the message once */
    for (size_t i = 0; i < codes->n; i++) {
        hc_tls_suite_weak(codes->code[i]);
        hc_tls_group_text(codes->code[i]);
    }
}

static void alpn(struct hc_bytes list)
{
    struct hc_bytes name;

    while (list.n > 0) {
        must(hc_tls_alpn_next(&list, &name)); /* the reader went through it already */
        must(name.n > 0);
    }
}

static bool client_hello(struct hc_bytes body, uint16_t version)
{
    static struct hc_tls_client_hello c;
    struct hc_err e;

    (void)version;
    if (hc_failed(hc_tls_wire_client_hello(body, &c, &e)))
        return false;
    must(c.random.n == 32 && c.session_id.n <= 32 && c.suites.n > 0 && c.versions.n > 0);
    inside(body, c.random);
    inside(body, c.session_id);
    inside(body, c.server_name);
    inside(body, c.alpn);
    alpn(c.alpn);
    fits(body, &c.versions, 2);
    fits(body, &c.suites, 2);
    fits(body, &c.groups, 2);
    fits(body, &c.signatures, 2);
    fits(body, &c.key_shares, 5);
    fits(body, &c.extensions, 4);
    return true;
}

static bool server_hello(struct hc_bytes body, uint16_t version)
{
    struct hc_tls_server_hello s;
    struct hc_err e;

    (void)version;
    if (hc_failed(hc_tls_wire_server_hello(body, &s, &e)))
        return false;
    must(s.random.n == 32 && s.session_id.n <= 32);
    must(!(s.downgrade && (s.retry || s.version >= 0x0304)));
    inside(body, s.random);
    inside(body, s.session_id);
    inside(body, s.alpn);
    return true;
}

static bool encrypted_extensions(struct hc_bytes body, uint16_t version)
{
    struct hc_tls_encrypted_extensions x;
    struct hc_err e;

    (void)version;
    if (hc_failed(hc_tls_wire_encrypted_extensions(body, &x, &e)))
        return false;
    inside(body, x.alpn);
    fits(body, &x.groups, 2);
    return true;
}

static bool certificate(struct hc_bytes body, uint16_t version)
{
    static struct hc_tls_certificate c;
    struct hc_err e;

    if (hc_failed(hc_tls_wire_certificate(body, version, &c, &e)))
        return false;
    must(c.n <= HC_TLS_CERTS_MAX && (c.n + c.more) * 4 <= body.n);
    for (size_t i = 0; i < c.n; i++) {
        must(c.cert[i].n > 0);
        inside(body, c.cert[i]);
    }
    inside(body, c.staple);
    return true;
}

static bool certificate_request(struct hc_bytes body, uint16_t version)
{
    static struct hc_tls_certificate_request q;
    struct hc_err e;

    if (hc_failed(hc_tls_wire_certificate_request(body, version, &q, &e)))
        return false;
    must(q.n_authorities <= HC_TLS_AUTHORITIES_MAX && (q.n_authorities + q.more) * 3 <= body.n);
    for (size_t i = 0; i < q.n_authorities; i++)
        inside(body, q.authority[i]);
    fits(body, &q.signatures, 2);
    fits(body, &q.types, 1);
    return true;
}

static bool certificate_status(struct hc_bytes body, uint16_t version)
{
    struct hc_bytes staple;
    struct hc_err e;

    (void)version;
    if (hc_failed(hc_tls_wire_certificate_status(body, &staple, &e)))
        return false;
    must(staple.n > 0);
    inside(body, staple);
    return true;
}

/* Its suite is no part of the message; of suites that say nothing any bytes are good. */
static bool key_exchange(struct hc_bytes in, uint16_t version)
{
    struct hc_bytes body = hc_bytes_skip(in, 2);
    struct hc_tls_key_exchange k;
    struct hc_err e;
    uint16_t suite;

    (void)version;
    if (in.n < 2)
        return false;
    suite = (uint16_t)(in.p[0] << 8 | in.p[1]);
    if (hc_failed(hc_tls_wire_key_exchange(body, suite, &k, &e)) || hc_tls_suite_kex(suite) == HC_TLS_KEX_OTHER)
        return false;
    must(k.dh_bits <= body.n * 8 && (k.group == 0 || k.dh_bits == 0));
    return true;
}

static bool certificate_verify(struct hc_bytes body, uint16_t version)
{
    struct hc_err e;
    uint16_t scheme;

    (void)version;
    return hc_ok(hc_tls_wire_certificate_verify(body, &scheme, &e));
}

static bool ticket(struct hc_bytes body, uint16_t version)
{
    struct hc_err e;
    uint32_t lifetime;
    size_t length;

    if (hc_failed(hc_tls_wire_ticket(body, version, &lifetime, &length, &e)))
        return false;
    must(length <= body.n);
    return true;
}

static bool read_one(uint8_t type, struct hc_bytes body, uint16_t version)
{
    static bool (*const readers[HC_TLS_KEY_UPDATE + 1])(struct hc_bytes body, uint16_t version) = {
        [HC_TLS_CLIENT_HELLO] = client_hello,
        [HC_TLS_SERVER_HELLO] = server_hello,
        [HC_TLS_NEW_SESSION_TICKET] = ticket,
        [HC_TLS_ENCRYPTED_EXTENSIONS] = encrypted_extensions,
        [HC_TLS_CERTIFICATE] = certificate,
        [HC_TLS_SERVER_KEY_EXCHANGE] = key_exchange,
        [HC_TLS_CERTIFICATE_REQUEST] = certificate_request,
        [HC_TLS_CERTIFICATE_VERIFY] = certificate_verify,
        [HC_TLS_CERTIFICATE_STATUS] = certificate_status,
    };

    hc_tls_extension_text(version);
    return type <= HC_TLS_KEY_UPDATE && readers[type] && readers[type](body, version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_bytes in = hc_bytes_of(data, size);
    uint16_t version;
    uint8_t type, *more;

    if (size < 1)
        return 0;
    type = in.p[0] & 0x7f;
    version = in.p[0] & 0x80 ? 0x0304 : 0x0303;
    in = hc_bytes_skip(in, 1);
    if (!read_one(type, in, version))
        return 0;
    more = calloc(in.n + 1, 1);
    if (!more)
        return 0;
    if (in.n > 0)
        memcpy(more, in.p, in.n);
    /* a hello without extensions may become one whose list of extensions is cut; never a good one */
    must(!read_one(type, hc_bytes_of(more, in.n + 1), version));
    free(more);
    return 0;
}
