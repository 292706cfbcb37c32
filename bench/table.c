/*
 * table.c - what a set of revoked serials costs and how fast it answers, through the program's own library.
 *
 *     table CRL CA_CERT LEAF N     reads the CRL, asks about LEAF under N random serials; prints
 *                                  "BYTES SECONDS_TO_READ NANOSECONDS_EACH"
 *
 * LEAF is a certificate of CA_CERT. The first question verifies the CRL's signature and is not counted. Each question is for
 * another place in the table, so that no cache has what the next one needs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/revocation.h"

static struct hc_rc measure(const struct hc_crypto *c, char *argv[], struct hc_err *e)
{
    HC_CERT_LIST(ca);
    HC_CERT_LIST(leaf);
    HC_AUTO(hc_revocation) set = NULL;
    struct hc_revocation_input input = {.now = hc_time_now()};
    struct hc_revocation_query query = {.now = input.now};
    const char *paths[] = {argv[1]};
    long n = atol(argv[4]);
    uint64_t began = hc_mono_us(), read_us;

    HC_TRY(e, hc_pem_load_certs(argv[2], 1, &ca, e));
    HC_TRY(e, hc_pem_load_certs(argv[3], 1, &leaf, e));
    input.issuer = (const struct hc_cert *const *)ca.cert;
    input.n_issuers = 1;
    HC_TRY(e, hc_revocation_load(c, paths, 1, &input, &set, e));
    read_us = hc_mono_us() - began;
    struct hc_cert other = *leaf.cert[0]; /* borrows everything from it */
    uint8_t serial[16] = {0x40};
    uint64_t random = 1;
    query.cert = leaf.cert[0];
    query.issuer = ca.cert[0];
    HC_TRY(e, hc_revocation_check(c, set, &query, e));
    other.serial = hc_bytes_of(serial, sizeof serial);
    query.cert = &other;
    began = hc_mono_us();
    for (long i = 0; i < n; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u; /* Knuth's; spread is all that is asked of it */
        memcpy(serial, &random, sizeof random);
        serial[0] = (uint8_t)(0x40 | (random & 0x3f));
        HC_TRY(e, hc_revocation_check(c, set, &query, e));
    }
    printf("%zu %.3f %.0f\n", hc_revocation_memory(set), (double)read_us / 1e6,
           (double)(hc_mono_us() - began) * 1000 / (double)n);
    return HC_OK;
}

int main(int argc, char *argv[])
{
    HC_AUTO(hc_crypto) c = NULL;
    struct hc_err e = {0};

    if (argc == 5 && hc_ok(hc_crypto_new(&c, &e)) && hc_ok(measure(c, argv, &e)))
        return 0;
    fprintf(stderr, "table: %s\n", argc == 5 ? e.text : "see the head of bench/table.c");
    return 1;
}
