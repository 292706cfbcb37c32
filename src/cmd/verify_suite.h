/*
 * verify_suite.h - judges the test cases of a public conformance suite, all in one process.
 *
 *   limbo      x509-limbo: {"version", "testcases": [...]}
 *   bettertls  BetterTLS: {"trustRoot", "suites": {NAME: {"testCases": [...]}}}; decompressed by whoever calls
 *   pkits      the NIST PKITS definitions: [{"name", "certs", "crls", ...}], whose certificates and CRLs lie as
 *              NAME.crt and NAME.crl in the directories certs and crls of the data
 *
 * A case whose certificates are malformed is judged like any other: they are refused. Only a file that is not such a
 * suite is an error. docs/CONFORMANCE.md says what is judged by what.
 */
#ifndef HC_CMD_VERIFY_SUITE_H
#define HC_CMD_VERIFY_SUITE_H

#include "base/buf.h"
#include "base/err.h"

struct hc_verify_suite_order {
    const char *kind; /* "limbo", "bettertls", "pkits" */
    const char *file;
    const char *data; /* pkits only; otherwise NULL */
};

/*
 * Reads the suite, judges its cases in their order and appends one JSON document to `out`:
 * {"version":1,"harness":"handclasp","results":[{"id","actual_result","context"}]}.
 * Shows its progress on stderr. Fails with HC_E_USAGE (no such kind; `data` where it does not belong, or none where it
 * does), HC_E_SUITE, hc_file_read's codes, HC_E_NOMEM, HC_E_LIBRARY. Blocks: the disk. Cost: linear in the cases.
 */
struct hc_rc hc_verify_suite_run(const struct hc_verify_suite_order *order, struct hc_buf *out, struct hc_err *e);

#endif
