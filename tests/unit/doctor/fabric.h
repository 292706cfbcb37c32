/*
 * fabric.h - probes that were never made: what a page has to show, put together by hand, with names as hostile as they
 * come. The messages of TLS come from this file instead of a connection (--wrap).
 */
#ifndef HC_TEST_DOCTOR_FABRIC_H
#define HC_TEST_DOCTOR_FABRIC_H

#include "hc_test.h"

#include "asn1/derw.h"
#include "base/clock.h"
#include "doctor/probe.h"
#include "doctor/probe_out.h"
#include "pki/oid.h"
#include "pki/rough.h"

#define FABRIC_MESSAGES 24
#define FABRIC_NOW (ROUGH_NOT_BEFORE + HC_HOUR)
#define FABRIC_COMMON_NAME HC_BYTES("\x55\x04\x03")

/* "<script>", a quotation mark, an ampersand, a backslash, right-to-left override, and an umlaut that is fine. */
#define FABRIC_HOSTILE "<script>alert(\"1\")</script>&'\\\xe2\x80\xae\xc3\xa4"

struct fabric {
    struct hc_probe_spec spec;
    struct hc_probe *p;
    struct hc_tls_seen seen[FABRIC_MESSAGES];
    struct hc_buf bytes[FABRIC_MESSAGES];
    size_t n_seen;
    struct hc_cert *own[1];
};

void fabric_init(struct fabric *f);
void fabric_fini(struct fabric *f);

/* A message of either side: type and body. */
void fabric_message(struct fabric *f, bool sent, uint8_t type, struct hc_bytes body);
void fabric_alert(struct fabric *f, bool sent, uint8_t alert);

/* A certificate with that common name and those extensions. */
struct hc_cert *fabric_cert(struct hc_bytes common_name, struct hc_bytes extensions);
/* Extensions: subjectAltName with `n` names "n7.example.com"; a DNS name of the caller's. */
void fabric_san(struct hc_buf *exts, unsigned n, const char *first);
void fabric_eku(struct hc_buf *exts, struct hc_bytes oid);

/* Everything went well: TLS 1.3, mutual, HTTP 200; with all messages. */
void fabric_good(struct fabric *f);
/* The same with hostile bytes wherever a peer can put them. */
void fabric_hostile(struct fabric *f);
/* The server's certificate is one of `n` names. */
void fabric_many_names(struct fabric *f, unsigned n);
/* A CertificateRequest that names these authorities (Name elements). */
void fabric_request(struct fabric *f, const struct hc_bytes *authority, size_t n);

#endif
