/*
 * asserts.h - what an anchor may assert here (T24): the operator's own name constraints upon an organisation, whatever
 * its certificates say.
 */
#ifndef HC_PKI_ASSERTS_H
#define HC_PKI_ASSERTS_H

#include "pki/cert.h"
#include "pki/report.h"
#include "pki/subtree.h"

/* What binds one anchor: hc_bundle_asserts. Borrowed for the call. */
struct hc_asserts {
    const struct hc_subtree *subtree;
    size_t n;          /* 0: every name */
    const char *entry; /* the entry's name, for messages; NULL: it has none */
};

/*
 * Judges every name of the leaf: each must lie wholly inside a subtree of its own type, wildcards with everything
 * they stand for. A name of a type that no subtree is of is refused, as is any that is neither dns, email, uri nor ip.
 * Adds HC_E_ANCHOR_NAME for each that fails. Returns true when none does.
 */
bool hc_asserts_check(const struct hc_asserts *asserts, const struct hc_cert *leaf, struct hc_report *report);

#endif
