/* why_sample.h - records for the tests of what `why` says. */
#ifndef HC_TEST_DOCTOR_WHY_SAMPLE_H
#define HC_TEST_DOCTOR_WHY_SAMPLE_H

#include "hc_test.h"

#include <stdio.h>

#include "doctor/why.h"

#define SAMPLE_TIME INT64_C(1795286550)

/* A handshake whose certificate had ended an hour before. */
static inline void sample_expired(struct hc_why *w)
{
    memset(w, 0, sizeof *w);
    strcpy(w->ref.text, "k7mq2fzt9xwd");
    w->time = SAMPLE_TIME;
    w->stage = HC_WHY_HANDSHAKE;
    w->code = HC_E_CERT_EXPIRED;
    strcpy(w->text, "CN=alice expired 60 minutes ago, and 1 more rule failed");
    strcpy(w->gate, "shop");
    strcpy(w->peer, "192.0.2.7:51234");
    strcpy(w->server_name, "shop.example.com");
    strcpy(w->tls, "TLSv1.3");
    strcpy(w->suite, "TLS_AES_256_GCM_SHA384");
    w->took_us = 12345;
    w->has_random = true;
    memset(w->random_hash, 0xab, sizeof w->random_hash);
    w->n_certs = 1;
    strcpy(w->cert[0].subject, "CN=alice");
    strcpy(w->cert[0].issuer, "CN=Example Corp Issuing CA 1");
    strcpy(w->cert[0].names, "email:alice@example.com, dns:alice.example.com");
    strcpy(w->cert[0].serial, "0a1b");
    w->cert[0].not_before = SAMPLE_TIME - 86400;
    w->cert[0].not_after = SAMPLE_TIME - 3600;
    w->n_findings = 2;
    w->finding[0] = (struct hc_why_finding){.code = HC_E_CERT_EXPIRED, .depth = 0, .text = "it ended an hour ago"};
    w->finding[1] = (struct hc_why_finding){.code = HC_E_CRL_STALE, .depth = -1, .text = "no fresh CRL"};
    w->n_messages = 3;
    w->message[0] = (struct hc_why_message){.at_us = 100, .number = 1};
    w->message[1] = (struct hc_why_message){.at_us = 900, .sent = true, .number = 2};
    w->message[2] = (struct hc_why_message){.at_us = 12000, .sent = true, .alert = true, .number = 45};
}

/* A request that no rule admits. */
static inline void sample_forbidden(struct hc_why *w)
{
    sample_expired(w);
    w->stage = HC_WHY_REQUEST;
    w->code = HC_E_NO_RULE;
    strcpy(w->text, "");
    strcpy(w->rule, "/admin");
    strcpy(w->identity, "email:alice@example.com");
    strcpy(w->method, "GET");
    strcpy(w->path, "/admin?x=1");
    w->status = 403;
    w->proven = true;
    w->n_findings = 0;
    w->cert[0].not_after = SAMPLE_TIME + 86400;
}

/* No line of it is wider than a terminal, and nothing in it can move a cursor. */
static inline void expect_for_a_terminal(struct hc_buf *out)
{
    struct hc_bytes rest = hc_buf_view(out);
    struct hc_err e = {0};

    expect_ok(&e, hc_buf_check(out, &e));
    assert_int_equal(hc_bytes_find(rest, 0x1b), rest.n);
    while (rest.n > 0) {
        size_t end = hc_bytes_find(rest, '\n'), columns = 0;

        for (size_t i = 0; i < end; i++)
            columns += (rest.p[i] & 0xc0) != 0x80;
        if (columns > 80)
            fail_msg("%zu columns: %.*s", columns, (int)end, (const char *)rest.p);
        rest = hc_bytes_skip(rest, end + 1);
    }
}

static inline void expect_says(struct hc_buf *out, const char *words)
{
    if (!strstr(hc_buf_cstr(out), words))
        fail_msg("'%s' is not in:\n%s", words, hc_buf_cstr(out));
}

#endif
