/* tls_wire.c - the handshake messages after the hellos: certificates and what is asked about them, keys, tickets. */
#include "proto/tls_read.h"

#define STATUS_OCSP 1 /* RFC 6066 8: CertificateStatusType */

static bool is_13(uint16_t version)
{
    return version >= HC_TLS_1_3;
}

/* CertificateStatus [RFC 6066 8], which is a message in TLS 1.2 and an extension of a certificate in 1.3. */
static struct hc_bytes read_status(struct hc_tls_read *r, struct hc_bytes *from)
{
    static const struct hc_tls_vector response = {"the OCSP response", 3, 1, 1};
    struct hc_bytes start = *from;

    if (hc_tls_read_number(r, from, 1, "the kind of status") != STATUS_OCSP)
        hc_tls_read_wrong(r, start, "the kind of status", "is not OCSP");
    return hc_tls_read_vector(r, from, &response);
}

static bool entry_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    struct hc_bytes *staple = out;

    if (type != HC_TLS_EXT_STATUS_REQUEST)
        return false;
    *staple = read_status(r, value);
    return true;
}

static void skip_context(struct hc_tls_read *r, struct hc_bytes *body)
{
    static const struct hc_tls_vector context = {"certificate_request_context", 1, 0, 1};

    hc_tls_read_vector(r, body, &context);
}

struct hc_rc hc_tls_wire_certificate(struct hc_bytes body, uint16_t version, struct hc_tls_certificate *out,
                                     struct hc_err *e)
{
    static const struct hc_tls_vector list = {"the list of certificates", 3, 0, 1};
    static const struct hc_tls_vector certificate = {"a certificate", 3, 1, 1};
    struct hc_tls_read r = hc_tls_read_begin("Certificate", body, e);
    struct hc_tls_certificate found = {0};
    struct hc_bytes rest;

    if (is_13(version))
        skip_context(&r, &body);
    rest = hc_tls_read_vector(&r, &body, &list);
    while (rest.n > 0) {
        struct hc_bytes cert = hc_tls_read_vector(&r, &rest, &certificate), staple = {0};
        struct hc_tls_codes types = {0};

        if (is_13(version))
            hc_tls_read_extensions(&r, &rest, entry_extension, &staple, &types);
        if (found.n == 0)
            found.staple = staple;
        if (found.n < HC_TLS_CERTS_MAX)
            found.cert[found.n++] = cert;
        else
            found.more++;
    }
    HC_TRY(e, hc_tls_read_done(&r, body));
    *out = found;
    return HC_OK;
}

static void read_authorities(struct hc_tls_read *r, struct hc_bytes *from, size_t least,
                             struct hc_tls_certificate_request *out)
{
    static const struct hc_tls_vector name = {"the name of an authority", 2, 1, 1};
    struct hc_tls_vector list = {"the list of authorities", 2, least, 1};
    struct hc_bytes rest = hc_tls_read_vector(r, from, &list);

    while (rest.n > 0) {
        struct hc_bytes one = hc_tls_read_vector(r, &rest, &name);

        if (out->n_authorities < HC_TLS_AUTHORITIES_MAX)
            out->authority[out->n_authorities++] = one;
        else
            out->more++;
    }
}

static bool request_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    struct hc_tls_certificate_request *request = out;

    switch (type) {
    case HC_TLS_EXT_SIGNATURE_ALGORITHMS:
        hc_tls_read_signatures(r, value, &request->signatures);
        return true;
    case HC_TLS_EXT_CERTIFICATE_AUTHORITIES:
        read_authorities(r, value, 3, request); /* RFC 8446 4.2.4: authorities<3..2^16-1> */
        return true;
    default:
        return false;
    }
}

static void request_13(struct hc_tls_read *r, struct hc_bytes *body, struct hc_tls_certificate_request *out)
{
    struct hc_tls_codes types = {0};

    skip_context(r, body);
    hc_tls_read_extensions(r, body, request_extension, out, &types);
    if (out->signatures.n == 0) /* RFC 8446 4.3.2: signature_algorithms "MUST be specified" */
        hc_tls_read_wrong(r, *body, "signature_algorithms", "is missing");
}

static void request_12(struct hc_tls_read *r, struct hc_bytes *body, struct hc_tls_certificate_request *out)
{
    static const struct hc_tls_vector types = {"certificate_types", 1, 1, 1};

    hc_tls_read_codes(r, body, &types, &out->types);
    hc_tls_read_signatures(r, body, &out->signatures);
    read_authorities(r, body, 0, out); /* RFC 5246 7.4.4: may be empty */
}

struct hc_rc hc_tls_wire_certificate_request(struct hc_bytes body, uint16_t version,
                                             struct hc_tls_certificate_request *out, struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("CertificateRequest", body, e);
    struct hc_tls_certificate_request request = {0};

    if (is_13(version))
        request_13(&r, &body, &request);
    else
        request_12(&r, &body, &request);
    HC_TRY(e, hc_tls_read_done(&r, body));
    *out = request;
    return HC_OK;
}

struct hc_rc hc_tls_wire_certificate_status(struct hc_bytes body, struct hc_bytes *out, struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("CertificateStatus", body, e);
    struct hc_bytes response = read_status(&r, &body);

    HC_TRY(e, hc_tls_read_done(&r, body));
    *out = response;
    return HC_OK;
}

/* ServerECDHParams [RFC 8422 5.4]. */
static void read_ecdhe(struct hc_tls_read *r, struct hc_bytes *body, struct hc_tls_key_exchange *out)
{
    static const struct hc_tls_vector point = {"the public key", 1, 1, 1};
    struct hc_bytes start = *body;

    /* RFC 8422 5.4: explicit curves "MUST NOT" be used any more; 3 is named_curve */
    if (hc_tls_read_number(r, body, 1, "curve_type") != 3)
        hc_tls_read_wrong(r, start, "curve_type", "is not named_curve");
    out->group = (uint16_t)hc_tls_read_number(r, body, 2, "the named curve");
    hc_tls_read_vector(r, body, &point);
}

/* ServerDHParams [RFC 5246 7.4.3]. */
static void read_dhe(struct hc_tls_read *r, struct hc_bytes *body, struct hc_tls_key_exchange *out)
{
    static const struct hc_tls_vector prime = {"the prime", 2, 1, 1};
    static const struct hc_tls_vector generator = {"the generator", 2, 1, 1};
    static const struct hc_tls_vector key = {"the public key", 2, 1, 1};
    struct hc_bytes start = *body;

    out->dh_bits = (unsigned)hc_bytes_bits(hc_tls_read_vector(r, body, &prime));
    if (out->dh_bits == 0)
        hc_tls_read_wrong(r, start, "the prime", "is zero");
    hc_tls_read_vector(r, body, &generator);
    hc_tls_read_vector(r, body, &key);
}

/* DigitallySigned [RFC 5246 4.7]: the algorithm, and the signature, which is not looked at. */
static uint16_t read_signed(struct hc_tls_read *r, struct hc_bytes *body)
{
    static const struct hc_tls_vector signature = {"the signature", 2, 0, 1};
    uint16_t scheme = (uint16_t)hc_tls_read_number(r, body, 2, "the signature algorithm");

    hc_tls_read_vector(r, body, &signature);
    return scheme;
}

struct hc_rc hc_tls_wire_key_exchange(struct hc_bytes body, uint16_t suite, struct hc_tls_key_exchange *out,
                                      struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("ServerKeyExchange", body, e);
    struct hc_tls_key_exchange exchange = {0};

    switch (hc_tls_suite_kex(suite)) {
    case HC_TLS_KEX_ECDHE:
        read_ecdhe(&r, &body, &exchange);
        break;
    case HC_TLS_KEX_DHE:
        read_dhe(&r, &body, &exchange);
        break;
    case HC_TLS_KEX_OTHER:
        *out = exchange;
        return HC_OK;
    case HC_TLS_KEX_RSA: /* RFC 5246 7.4.3: "not legal to send the ServerKeyExchange message" */
    case HC_TLS_KEX_13:
    default:
        return HC_FAIL(e, HC_E_TLS_MESSAGE, "ServerKeyExchange: must not come with %s", hc_tls_suite_text(suite));
    }
    exchange.signature = read_signed(&r, &body);
    HC_TRY(e, hc_tls_read_done(&r, body));
    *out = exchange;
    return HC_OK;
}

struct hc_rc hc_tls_wire_certificate_verify(struct hc_bytes body, uint16_t *scheme, struct hc_err *e)
{
    struct hc_tls_read r = hc_tls_read_begin("CertificateVerify", body, e);
    uint16_t found = read_signed(&r, &body);

    HC_TRY(e, hc_tls_read_done(&r, body));
    *scheme = found;
    return HC_OK;
}

static bool ticket_extension(struct hc_tls_read *r, uint16_t type, struct hc_bytes *value, void *out)
{
    (void)out;
    if (type != HC_TLS_EXT_EARLY_DATA)
        return false;
    hc_tls_read_number(r, value, 4, "max_early_data_size"); /* RFC 8446 4.2.10 */
    return true;
}

struct hc_rc hc_tls_wire_ticket(struct hc_bytes body, uint16_t version, uint32_t *lifetime, size_t *length,
                                struct hc_err *e)
{
    static const struct hc_tls_vector nonce = {"ticket_nonce", 1, 0, 1};
    struct hc_tls_read r = hc_tls_read_begin("NewSessionTicket", body, e);
    /* RFC 5077 3.3: an empty ticket takes the promise back; in TLS 1.3 it has at least a byte */
    struct hc_tls_vector ticket = {"the ticket", 2, is_13(version) ? 1 : 0, 1};
    struct hc_tls_codes types = {0};
    uint32_t seconds = hc_tls_read_number(&r, &body, 4, "the lifetime");
    size_t n;

    if (is_13(version)) {
        hc_tls_read_number(&r, &body, 4, "ticket_age_add");
        hc_tls_read_vector(&r, &body, &nonce);
    }
    n = hc_tls_read_vector(&r, &body, &ticket).n;
    if (is_13(version))
        hc_tls_read_extensions(&r, &body, ticket_extension, NULL, &types);
    HC_TRY(e, hc_tls_read_done(&r, body));
    *lifetime = seconds;
    *length = n;
    return HC_OK;
}

bool hc_tls_alpn_next(struct hc_bytes *list, struct hc_bytes *name)
{
    struct hc_bytes rest = hc_bytes_skip(*list, 1);

    if (list->n == 0 || list->p[0] == 0 || list->p[0] > rest.n)
        return false;
    *name = hc_bytes_head(rest, list->p[0]);
    *list = hc_bytes_skip(rest, list->p[0]);
    return true;
}
