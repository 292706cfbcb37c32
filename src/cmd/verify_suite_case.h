/*
 * verify_suite_case.h - one test case, whichever suite it comes from: what is judged, by what, and the verdict.
 *
 * A reader (verify_suite_kind.h) fills a case by the hc_verify_suite_case_* functions, which never fail for what a
 * certificate holds: one that cannot be read is remembered, and the verdict says so.
 */
#ifndef HC_CMD_VERIFY_SUITE_CASE_H
#define HC_CMD_VERIFY_SUITE_CASE_H

#include "base/buf.h"
#include "pki/verify.h"

#define HC_VERIFY_SUITE_ID 256             /* the longest of the three suites has some 80 bytes */
#define HC_VERIFY_SUITE_CRLS 64            /* PKITS has cases with 5 */
#define HC_VERIFY_SUITE_NAMES 16           /* limbo has cases with 1 */
#define HC_VERIFY_SUITE_POLICIES 8         /* PKITS has cases with 2 */
#define HC_VERIFY_SUITE_OID 64             /* contents octets of a policy's OID */
#define HC_VERIFY_SUITE_CRL_MAX (1u << 20) /* one CRL; those of the suites have some hundred bytes */

struct hc_verify_suite_case {
    char id[HC_VERIFY_SUITE_ID];
    const char *skip;               /* why it is not judged; NULL: it is. Static or of the document. */
    struct hc_verify_policy policy; /* the case fills in bundle, CRLs, names and accepted policies when it judges */
    bool limits_depth;              /* at most max_cas CAs that are not self-issued stand between leaf and anchor */
    size_t max_cas;
    uint32_t key_usage; /* HC_KU_* that the leaf must allow, if it has the extension */

    /* Private. */
    struct hc_cert_list anchors, presented;
    struct hc_name *name[HC_VERIFY_SUITE_NAMES]; /* each must be carried */
    size_t n_names;
    bool has_leaf;
    struct hc_err refused;  /* the leaf or a name could not be read, which is the verdict; HC_OK_CODE: they could */
    struct hc_err left_out; /* the first anchor, further certificate or CRL that could not be read; HC_OK_CODE: none */
    struct hc_buf crl[HC_VERIFY_SUITE_CRLS];
    size_t n_crls;
    uint8_t oid[HC_VERIFY_SUITE_POLICIES][HC_VERIFY_SUITE_OID];
    struct hc_bytes accepted[HC_VERIFY_SUITE_POLICIES];
    size_t n_accepted;
};

/* An empty case, judged by RFC 5280's rules, now, without revocation. */
void hc_verify_suite_case_init(struct hc_verify_suite_case *k);
void hc_verify_suite_case_fini(struct hc_verify_suite_case *k);

/* Scope clean-up: HC_VERIFY_SUITE_CASE(k); */
#define HC_VERIFY_SUITE_CASE(name)                                                                                     \
    __attribute__((cleanup(hc_verify_suite_case_fini))) struct hc_verify_suite_case name;                              \
    hc_verify_suite_case_init(&name)

/* printf into k->id. Fails with HC_E_SUITE when it is empty or too long. */
struct hc_rc hc_verify_suite_case_id(struct hc_verify_suite_case *k, struct hc_err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Each adds one certificate, of PEM text or DER. The first one presented is the leaf. Without the leaf the verdict is
 * no; any other that cannot be read is left out. Fail with HC_E_NOMEM. */
struct hc_rc hc_verify_suite_case_anchor(struct hc_verify_suite_case *k, struct hc_bytes cert, struct hc_err *e);
struct hc_rc hc_verify_suite_case_present(struct hc_verify_suite_case *k, struct hc_bytes cert, struct hc_err *e);

/* The same from base64 without any line breaks: PEM text into `out`, which is cleared first. */
void hc_verify_suite_case_armour(struct hc_buf *out, const char *base64);

/* A name that the leaf must carry. Fails with HC_E_SUITE (too many), HC_E_NOMEM. */
struct hc_rc hc_verify_suite_case_name(struct hc_verify_suite_case *k, enum hc_name_type type, struct hc_bytes value,
                                       struct hc_err *e);

/* One CRL, PEM or DER; with any, the whole chain is checked for revocation. Fails with HC_E_SUITE (too many, too
 * big), HC_E_NOMEM. */
struct hc_rc hc_verify_suite_case_crl(struct hc_verify_suite_case *k, struct hc_bytes crl, struct hc_err *e);

/* An acceptable policy: the contents octets of its OID. Fails with HC_E_SUITE (too many, too long). */
struct hc_rc hc_verify_suite_case_policy(struct hc_verify_suite_case *k, struct hc_bytes oid, struct hc_err *e);

enum hc_verify_suite_verdict {
    HC_VERIFY_SUITE_SUCCESS,
    HC_VERIFY_SUITE_FAILURE,
    HC_VERIFY_SUITE_SKIPPED,
};

/*
 * Judges the case. `context` is cleared, and holds why it was refused or skipped: the id of the first failed rule and
 * its sentence.
 * Fails with HC_E_NOMEM only: everything else is a verdict.
 */
struct hc_rc hc_verify_suite_case_judge(const struct hc_crypto *c, struct hc_verify_suite_case *k,
                                        enum hc_verify_suite_verdict *verdict, struct hc_buf *context,
                                        struct hc_err *e);

#endif
