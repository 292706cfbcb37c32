/*
 * verify_options.h - the options of `verify` that say by what a chain is judged, read from the command line: --ocsp,
 * --allow-stale, --name, --purpose, --profile, --policy, --explicit-policy, --inhibit-mapping, --inhibit-any,
 * --max-depth and --at.
 */
#ifndef HC_CMD_VERIFY_OPTIONS_H
#define HC_CMD_VERIFY_OPTIONS_H

#include "cmd/opts.h"
#include "pki/verify.h"

#define HC_VERIFY_OPTIONS_POLICIES 16
#define HC_VERIFY_OPTIONS_OCSP 16 /* a response for each certificate of a chain, twice over */
#define HC_VERIFY_OPTIONS_OID 64  /* contents octets; OIDs in use have below 20 */

/* Caller's storage; zeroed before it is read. Must not be moved afterwards: `policy` points into it. */
struct hc_verify_options {
    /* All but bundle and CRLs. revocation: HC_REVOCATION_CHAIN when a response is given, otherwise
     * HC_REVOCATION_NONE. */
    struct hc_verify_policy policy;
    bool leaf_alone; /* --max-depth 0: nothing but LEAF may be presented */

    /* Private. */
    struct hc_name *name;
    struct hc_ocsp *ocsp[HC_VERIFY_OPTIONS_OCSP];
    size_t n_ocsp;
    uint8_t oid[HC_VERIFY_OPTIONS_POLICIES][HC_VERIFY_OPTIONS_OID];
    struct hc_bytes accepted[HC_VERIFY_OPTIONS_POLICIES];
    size_t n_accepted;
};

/* Fails with HC_E_USAGE, HC_E_IDENTITY_NAME, HC_E_DATE, hc_ocsp_load's codes, HC_E_NOMEM. Blocks: the disk. After a
 * failure too, fini is the caller's. */
struct hc_rc hc_verify_options_read(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e);
void hc_verify_options_fini(struct hc_verify_options *o);

/* The contents octets of an OID in dotted form, "2.5.29.32.0", into out; their number, or 0 when it is none. */
size_t hc_verify_options_oid(struct hc_bytes text, uint8_t out[HC_VERIFY_OPTIONS_OID]);

#endif
