/* fabric.c - probes that were never made. */
#include "fabric.h"

#include <stdio.h>

#include "doctor/verdict.h"

/* One test at a time runs in a process. */
static struct fabric *current;

bool __wrap_hc_tls_probe_seen(const struct hc_tls_probe *p, size_t i, struct hc_tls_seen *out);
size_t __wrap_hc_tls_probe_unseen(const struct hc_tls_probe *p);

bool __wrap_hc_tls_probe_seen(const struct hc_tls_probe *p, size_t i, struct hc_tls_seen *out)
{
    (void)p;
    if (i >= current->n_seen)
        return false;
    *out = current->seen[i];
    return true;
}

size_t __wrap_hc_tls_probe_unseen(const struct hc_tls_probe *p)
{
    (void)p;
    return 0;
}

void fabric_init(struct fabric *f)
{
    *f = (struct fabric){.spec = {.host = "shop.example.com", .port = 8443, .ask = HC_ASK_HTTP}};
    f->p = calloc(1, sizeof *f->p);
    assert_non_null(f->p);
    f->p->spec = &f->spec;
    f->p->now = FABRIC_NOW;
    f->p->main.first = HC_BUF(4096);
    f->p->main.said = HC_BUF(4096);
    f->p->main.dialogue = HC_BUF(4096);
    hc_report_init(&f->p->server, true);
    hc_report_init(&f->p->own, true);
    current = f;
}

void fabric_fini(struct fabric *f)
{
    for (size_t i = 0; i < f->n_seen; i++)
        hc_buf_fini(&f->bytes[i]);
    hc_cert_list_fini(&f->p->main.presented);
    free(f->p->main.request);
    hc_buf_fini(&f->p->main.first);
    hc_buf_fini(&f->p->main.said);
    hc_buf_fini(&f->p->main.dialogue);
    hc_cert_free(f->own[0]);
    free(f->p);
}

static struct hc_tls_seen *add_seen(struct fabric *f, bool sent)
{
    assert_true(f->n_seen < FABRIC_MESSAGES);
    f->p->main.tls = (struct hc_tls_probe *)(void *)f; /* never looked into: its functions are wrapped */
    struct hc_tls_seen *seen = &f->seen[f->n_seen];
    *seen = (struct hc_tls_seen){.sent = sent, .at_us = 1000 + 100 * f->n_seen, .kind = HC_TLS_SEEN_HANDSHAKE};
    f->bytes[f->n_seen] = HC_BUF(65536);
    return seen;
}

void fabric_message(struct fabric *f, bool sent, uint8_t type, struct hc_bytes body)
{
    struct hc_tls_seen *seen = add_seen(f, sent);
    struct hc_buf *bytes = &f->bytes[f->n_seen++];
    hc_buf_add_byte(bytes, type);
    hc_buf_add_byte(bytes, 0);
    hc_buf_add_byte(bytes, (uint8_t)(body.n >> 8));
    hc_buf_add_byte(bytes, (uint8_t)body.n);
    hc_buf_add(bytes, body);
    seen->bytes = hc_buf_view(bytes);
    seen->length = (uint32_t)bytes->n;
}

void fabric_alert(struct fabric *f, bool sent, uint8_t alert)
{
    struct hc_tls_seen *seen = add_seen(f, sent);
    struct hc_buf *bytes = &f->bytes[f->n_seen++];
    seen->kind = HC_TLS_SEEN_ALERT;
    hc_buf_add_byte(bytes, alert == 0 ? 1 : 2);
    hc_buf_add_byte(bytes, alert);
    seen->bytes = hc_buf_view(bytes);
    seen->length = 2;
}

/* --- certificates ------------------------------------------------------------------------------------------------- */

struct hc_cert *fabric_cert(struct hc_bytes common_name, struct hc_bytes extensions)
{
    struct hc_err e;
    struct hc_cert *cert = NULL;
    HC_BUF_AUTO(name, ROUGH_MAX);
    HC_BUF_AUTO(der, ROUGH_MAX);
    rough_name(&name, FABRIC_COMMON_NAME, HC_DER_UTF8, common_name);
    rough_cert(&der, &(struct rough){.subject = hc_buf_view(&name), .issuer = hc_buf_view(&name), .exts = extensions});
    expect_ok(&e, hc_cert_parse(hc_buf_view(&der), &cert, &e));
    return cert;
}

void fabric_san(struct hc_buf *exts, unsigned n, const char *first)
{
    HC_BUF_AUTO(san, ROUGH_MAX);
    size_t at = hc_derw_begin(&san, HC_DER_SEQUENCE);
    if (first)
        hc_derw_element(&san, HC_DER_CONTEXT(2), hc_bytes_str(first));
    for (unsigned i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "n%u.example.com", i);
        hc_derw_element(&san, HC_DER_CONTEXT(2), hc_bytes_str(name));
    }
    hc_derw_end(&san, at);
    rough_ext(exts, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
}

void fabric_eku(struct hc_buf *exts, struct hc_bytes oid)
{
    HC_BUF_AUTO(eku, 256);
    size_t at = hc_derw_begin(&eku, HC_DER_SEQUENCE);
    hc_derw_oid(&eku, oid);
    hc_derw_end(&eku, at);
    rough_ext(exts, HC_OID_EXT_KEY_USAGE, false, hc_buf_view(&eku));
}

static void present(struct fabric *f, struct hc_bytes common_name)
{
    struct hc_err e;
    HC_BUF_AUTO(exts, ROUGH_MAX);
    fabric_san(&exts, 0, "shop.example.com");
    expect_ok(&e, hc_cert_list_take(&f->p->main.presented, fabric_cert(common_name, hc_buf_view(&exts)), &e));
    f->p->main.n_presented = f->p->main.presented.n;
}

static void give_identity(struct fabric *f)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);
    fabric_san(&exts, 0, "billing.example.com");
    f->own[0] = fabric_cert(HC_BYTES("Billing"), hc_buf_view(&exts));
    f->spec.chain = f->own;
    f->spec.n_chain = 1;
    f->spec.identity = "billing.pem";
}

void fabric_request(struct fabric *f, const struct hc_bytes *authority, size_t n)
{
    struct hc_tls_certificate_request *request = calloc(1, sizeof *request);
    assert_non_null(request);
    for (size_t i = 0; i < n; i++)
        request->authority[request->n_authorities++] = authority[i];
    request->signatures = (struct hc_tls_codes){.code = {0x0403, 0x0807, 0x0804}, .n = 3};
    free(f->p->main.request);
    f->p->main.request = request;
    f->p->main.has_request = true;
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

#define RANDOM "0123456789abcdef0123456789abcdef"
/* supported_versions and a key share of x25519 */
#define SERVER_HELLO                                                                                                   \
    "\x03\x03" RANDOM "\x00\x13\x01\x00\x00\x2e\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x24\x00\x1d\x00\x20" RANDOM

static void put16(struct hc_buf *b, size_t n)
{
    hc_buf_add_byte(b, (uint8_t)(n >> 8));
    hc_buf_add_byte(b, (uint8_t)n);
}

/* A ClientHello with a server name and one ALPN name. */
static void client_hello(struct hc_buf *b, struct hc_bytes name, struct hc_bytes alpn)
{
    hc_buf_add(b, HC_BYTES("\x03\x03" RANDOM "\x00\x00\x04\x13\x01\xc0\x2f\x01\x00"));
    put16(b, 9 + name.n + 7 + alpn.n + 7 + 8);
    put16(b, 0); /* server_name */
    put16(b, name.n + 5);
    put16(b, name.n + 3);
    hc_buf_add_byte(b, 0);
    put16(b, name.n);
    hc_buf_add(b, name);
    put16(b, 16); /* ALPN */
    put16(b, alpn.n + 3);
    put16(b, alpn.n + 1);
    hc_buf_add_byte(b, (uint8_t)alpn.n);
    hc_buf_add(b, alpn);
    hc_buf_add(b, HC_BYTES("\x00\x2b\x00\x03\x02\x03\x04"));     /* supported_versions */
    hc_buf_add(b, HC_BYTES("\x00\x0a\x00\x04\x00\x02\x00\x1d")); /* supported_groups */
}

static void all_messages(struct fabric *f, struct hc_bytes name, struct hc_bytes alpn)
{
    HC_BUF_AUTO(hello, 4096);
    client_hello(&hello, name, alpn);
    fabric_message(f, true, HC_TLS_CLIENT_HELLO, hc_buf_view(&hello));
    fabric_message(f, false, HC_TLS_SERVER_HELLO, HC_BYTES(SERVER_HELLO));
    fabric_message(f, false, HC_TLS_ENCRYPTED_EXTENSIONS, HC_BYTES("\x00\x00"));
    fabric_message(f, false, HC_TLS_CERTIFICATE_REQUEST, HC_BYTES("\x00\x00\x00"));
    fabric_message(f, false, HC_TLS_CERTIFICATE, HC_BYTES("\x00\x00\x00\x00"));
    fabric_message(f, false, HC_TLS_CERTIFICATE_VERIFY, HC_BYTES("\x04\x03\x00\x02\x01\x02"));
    fabric_message(f, false, HC_TLS_FINISHED, HC_BYTES(""));
    fabric_message(f, true, HC_TLS_CERTIFICATE, HC_BYTES("\x00\x00\x00\x00"));
    fabric_message(f, true, HC_TLS_CERTIFICATE_VERIFY, HC_BYTES("\x04\x03\x00\x02xy"));
    fabric_message(f, true, HC_TLS_FINISHED, HC_BYTES(""));
}

static void good_connection(struct fabric *f)
{
    struct hc_err e;
    struct hc_attempt *a = &f->p->main;
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:8443"), &a->addr, &e));
    f->p->dns = (struct hc_dns){.result = HC_DNS_FOUND, .server = "127.0.0.53:53", .ms = 3, .n = 1};
    f->p->dns.address[0] = (struct hc_dns_address){.addr = a->addr, .ttl = 300};
    a->stage = HC_STAGE_SERVED;
    a->end = HC_END_CLOSE_NOTIFY;
    a->us_connected = 900;
    a->us_finished = 5000;
    a->us_asked = 5000;
    a->us_first_byte = 6000;
    a->us_end = 7000;
    a->agreed = (struct hc_tls_agreed){.version = 0x0304, .suite = 0x1301, .group = 0x001d, .asked = true};
    a->n_sent = 1;
    a->ask = HC_ASK_HTTP;
    a->status = 200;
    hc_buf_add_str(&a->said, "HTTP/1.1 200 OK\r\nServer: test\r\n\r\n");
    a->n_said = a->said.n;
    f->p->server_judged = true;
    hc_report_pass(&f->p->server, 0, "names shop.example.com");
    f->p->verdict = (struct hc_verdict){.cause = HC_CAUSE_ACCEPTED, .side = HC_SIDE_NOBODY};
}

void fabric_good(struct fabric *f)
{
    good_connection(f);
    present(f, HC_BYTES("Shop"));
    give_identity(f);
    fabric_request(f, NULL, 0);
    all_messages(f, HC_BYTES("shop.example.com"), HC_BYTES("http/1.1"));
}

void fabric_hostile(struct fabric *f)
{
    static const uint8_t dn[] = "\x30\x16\x31\x14\x30\x12\x06\x03\x55\x04\x03\x0c\x0b<b>\x1b[2J\x00\xff\x7f"; /* 24 */
    const struct hc_bytes authority = hc_bytes_of(dn, 24);
    good_connection(f);
    present(f, HC_BYTES(FABRIC_HOSTILE));
    give_identity(f);
    fabric_request(f, &authority, 1);
    all_messages(f, HC_BYTES("<i>\x1b]0;x\x07\r\n"), HC_BYTES("<u>\x9b\xff"));
    hc_buf_clear(&f->p->main.said);
    hc_buf_add(&f->p->main.said,
               HC_BYTES("<img src=x onerror=alert(1)>\x1b[31m\xff\n\"quoted\" & \\ \xe2\x80\xae end"));
    f->p->main.n_said = f->p->main.said.n;
    f->p->main.status = 0;
    hc_buf_add_str(&f->p->main.dialogue, "S: 220 <script>\x1b[0m\nC: EHLO probe\n");
    hc_probe_fit(f->p, "<label>\x1b", f->own, 1);
    hc_probe_tell_steps(f->p);
}

void fabric_many_names(struct fabric *f, unsigned n)
{
    struct hc_err e;
    HC_BUF_AUTO(exts, ROUGH_MAX);
    fabric_san(&exts, n, NULL);
    hc_cert_list_truncate(&f->p->main.presented, 0);
    expect_ok(&e, hc_cert_list_take(&f->p->main.presented, fabric_cert(HC_BYTES("many"), hc_buf_view(&exts)), &e));
}
