/*
 * people.h - a small PKI and the checked chains of people in it, for tests of what the gate remembers of peers.
 */
#ifndef HC_TEST_GATE_PEOPLE_H
#define HC_TEST_GATE_PEOPLE_H

#include "../pki/testpki.h"

#include "pki/bundle.h"
#include "pki/verify.h"

#define PEOPLE_FAR INT64_C(4000000000) /* a date that no clock of a test reaches */

struct people {
    struct hc_crypto *crypto;
    struct testpki root, issuer, other; /* `other` is a root of its own, and no anchor of the bundle */
    struct hc_bundle *bundle, *other_bundle;
};

/* For cmocka: *state is a struct people. */
int people_setup(void **state);
int people_teardown(void **state);

/* A client's certificate, which ends then (0: far ahead). */
void people_leaf(struct people *p, const char *email, int64_t not_after, struct testpki *out);

/* The checked chain of such a leaf, or of a new one when `leaf` is NULL. One owner. */
struct hc_checked_chain *people_check(struct people *p, const struct testpki *leaf);
struct hc_checked_chain *people_chain(struct people *p, const char *email, int64_t not_after);

#endif
