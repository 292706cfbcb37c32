/* verify_suite_case.c - one test case and its verdict. */
#include "cmd/verify_suite_case.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "pki/path.h"
#include "pki/pem.h"

void hc_verify_suite_case_init(struct hc_verify_suite_case *k)
{
    *k = (struct hc_verify_suite_case){
        .policy = {.purpose = HC_VERIFY_EITHER,
                   .profile = HC_VERIFY_RFC5280,
                   .revocation = HC_REVOCATION_NONE,
                   .now = hc_time_now()},
    };
}

void hc_verify_suite_case_fini(struct hc_verify_suite_case *k)
{
    hc_cert_list_fini(&k->anchors);
    hc_cert_list_fini(&k->presented);
    for (size_t i = 0; i < k->n_names; i++)
        hc_name_free(k->name[i]);
    for (size_t i = 0; i < k->n_crls; i++)
        hc_buf_fini(&k->crl[i]);
}

/* ---- what is judged ---- */

struct hc_rc hc_verify_suite_case_id(struct hc_verify_suite_case *k, struct hc_err *e, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(k->id, sizeof k->id, fmt, args);
    va_end(args);
    if (n <= 0 || (size_t)n >= sizeof k->id)
        return HC_FAIL(e, HC_E_SUITE, "an id is %s", n <= 0 ? "empty" : "too long");
    return HC_OK;
}

/* Appends one certificate to `list`. One that cannot be read is kept in `why`, unless another is there. */
static struct hc_rc take(struct hc_cert_list *list, struct hc_bytes cert, struct hc_err *why, struct hc_err *e)
{
    struct hc_err bad = {.code = HC_OK_CODE};
    struct hc_rc rc = hc_pem_parse_certs(cert, 1, list, &bad);
    if (rc.code == HC_E_NOMEM) {
        *e = bad;
        return rc;
    }
    if (hc_failed(rc) && why->code == HC_OK_CODE)
        *why = bad;
    return HC_OK;
}

struct hc_rc hc_verify_suite_case_anchor(struct hc_verify_suite_case *k, struct hc_bytes cert, struct hc_err *e)
{
    return take(&k->anchors, cert, &k->left_out, e);
}

struct hc_rc hc_verify_suite_case_present(struct hc_verify_suite_case *k, struct hc_bytes cert, struct hc_err *e)
{
    bool leaf = !k->has_leaf;
    k->has_leaf = true;
    return take(&k->presented, cert, leaf ? &k->refused : &k->left_out, e);
}

void hc_verify_suite_case_armour(struct hc_buf *out, const char *base64)
{
    hc_buf_clear(out);
    hc_buf_addf(out, "-----BEGIN %s-----\n", HC_PEM_CERTIFICATE);
    hc_buf_add_str(out, base64);
    hc_buf_addf(out, "\n-----END %s-----\n", HC_PEM_CERTIFICATE);
}

struct hc_rc hc_verify_suite_case_name(struct hc_verify_suite_case *k, enum hc_name_type type, struct hc_bytes value,
                                       struct hc_err *e)
{
    struct hc_err bad = {.code = HC_OK_CODE};
    if (k->n_names == HC_VERIFY_SUITE_NAMES)
        return HC_FAIL(e, HC_E_SUITE, "more than %d names are expected", HC_VERIFY_SUITE_NAMES);
    struct hc_rc rc = hc_name_make(type, value, HC_NAME_PLAIN, &k->name[k->n_names], &bad);
    if (rc.code == HC_E_NOMEM) {
        *e = bad;
        return rc;
    }
    if (hc_ok(rc))
        k->n_names++;
    else if (k->refused.code == HC_OK_CODE)
        k->refused = bad; /* no certificate can carry it */
    return HC_OK;
}

struct hc_rc hc_verify_suite_case_crl(struct hc_verify_suite_case *k, struct hc_bytes crl, struct hc_err *e)
{
    if (k->n_crls == HC_VERIFY_SUITE_CRLS || crl.n > HC_VERIFY_SUITE_CRL_MAX)
        return HC_FAIL(e, HC_E_SUITE, "more than %d CRLs, or one of more than %u bytes", HC_VERIFY_SUITE_CRLS,
                       HC_VERIFY_SUITE_CRL_MAX);
    struct hc_buf *copy = &k->crl[k->n_crls++];
    hc_buf_init(copy, HC_VERIFY_SUITE_CRL_MAX);
    hc_buf_add(copy, crl);
    return hc_buf_check(copy, e);
}

struct hc_rc hc_verify_suite_case_policy(struct hc_verify_suite_case *k, struct hc_bytes oid, struct hc_err *e)
{
    if (k->n_accepted == HC_VERIFY_SUITE_POLICIES || oid.n == 0 || oid.n > HC_VERIFY_SUITE_OID)
        return HC_FAIL(e, HC_E_SUITE, "more than %d policies, or one with a long OID", HC_VERIFY_SUITE_POLICIES);
    uint8_t *copy = k->oid[k->n_accepted];
    memcpy(copy, oid.p, oid.n);
    k->accepted[k->n_accepted++] = hc_bytes_of(copy, oid.n);
    return HC_OK;
}

/* ---- by what ---- */

static struct hc_rc add_anchor(const struct hc_cert *anchor, struct hc_buf *pem, struct hc_err *e)
{
    hc_pem_emit(pem, HC_PEM_CERTIFICATE, anchor->der);
    return hc_buf_check(pem, e);
}

/* A store with some anchors that we never believe is that store without them. */
static struct hc_rc usable_anchors(const struct hc_crypto *c, struct hc_verify_suite_case *k, struct hc_buf *pem,
                                   struct hc_err *e)
{
    hc_buf_clear(pem);
    for (size_t i = 0; i < k->anchors.n; i++) {
        HC_AUTO(hc_bundle) alone = NULL;
        HC_BUF_AUTO(text, HC_BUNDLE_MAX_BYTES);
        struct hc_err bad;
        HC_TRY(e, add_anchor(k->anchors.cert[i], &text, e));
        struct hc_rc rc = hc_bundle_parse(c, hc_buf_view(&text), k->policy.now, &alone, &bad);
        if (hc_ok(rc))
            HC_TRY(e, add_anchor(k->anchors.cert[i], pem, e));
        else if (k->left_out.code == HC_OK_CODE)
            k->left_out = bad;
    }
    return HC_OK;
}

static struct hc_rc read_bundle(const struct hc_crypto *c, struct hc_verify_suite_case *k, struct hc_bundle **out,
                                struct hc_err *e)
{
    HC_BUF_AUTO(pem, HC_BUNDLE_MAX_BYTES);
    for (size_t i = 0; i < k->anchors.n; i++)
        HC_TRY(e, add_anchor(k->anchors.cert[i], &pem, e));
    struct hc_rc rc = hc_bundle_parse(c, hc_buf_view(&pem), k->policy.now, out, e);
    if (hc_ok(rc) || rc.code == HC_E_NOMEM || k->anchors.n < 2)
        return rc;
    HC_TRY(e, usable_anchors(c, k, &pem, e));
    return hc_bundle_parse(c, hc_buf_view(&pem), k->policy.now, out, e);
}

static void left_out(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct hc_verify_suite_case *k = ctx;
    bool taken = code == HC_E_CRL_UNKNOWN_ISSUER || code == HC_E_CRL_STALE || code == HC_E_CRL_NOT_YET_VALID;
    if (!taken && k->left_out.code == HC_OK_CODE)
        hc_ignore(HC_FAIL(&k->left_out, code, "%s: %s", source, text ? text : ""));
}

static struct hc_rc read_crls(const struct hc_crypto *c, struct hc_verify_suite_case *k, const struct hc_bundle *bundle,
                              struct hc_revocation **out, struct hc_err *e)
{
    struct hc_revocation_source source[HC_VERIFY_SUITE_CRLS];
    for (size_t i = 0; i < k->n_crls; i++)
        source[i] = (struct hc_revocation_source){.name = "a CRL", .data = hc_buf_view(&k->crl[i])};
    return hc_revocation_build(c,
                               &(struct hc_revocation_input){.source = source,
                                                             .n_sources = k->n_crls,
                                                             .bundle = bundle,
                                                             .now = k->policy.now,
                                                             .alarm = left_out,
                                                             .alarm_ctx = k},
                               out, e);
}

/* CAs between the leaf and the anchor that are not self-issued. */
static size_t count_cas(const struct hc_checked_chain *chain)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < hc_checked_chain_count(chain); i++)
        n += !hc_cert_self_issued(hc_checked_chain_cert(chain, i));
    return n;
}

/*
 * What hc_verify bounds are all CAs, while a suite does not count self-issued ones, as pathLenConstraint does not
 * [RFC 5280 4.2.1.9]: it is given room for those that are there, and what it found is counted again. Returns how many
 * certificates are to be presented.
 */
static size_t limit_depth(const struct hc_verify_suite_case *k, struct hc_verify_policy *policy)
{
    size_t most = k->max_cas;
    for (size_t i = 1; i < k->presented.n; i++)
        most += hc_cert_self_issued(k->presented.cert[i]);
    policy->max_depth = most;
    return k->limits_depth && most == 0 ? 1 : k->presented.n; /* to hc_verify, 0 says that there is no limit */
}

static struct hc_rc judge_chain(const struct hc_verify_suite_case *k, const struct hc_checked_chain *chain,
                                struct hc_err *e)
{
    const struct hc_cert *leaf = hc_checked_chain_leaf(chain);
    if (k->limits_depth && count_cas(chain) > k->max_cas)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "%zu CAs stand between the leaf and the anchor, and %zu may",
                       count_cas(chain), k->max_cas);
    if (leaf->has_ku && (leaf->ku & k->key_usage) != k->key_usage)
        return HC_FAIL(e, HC_E_WRONG_KEY_USAGE, "the leaf does not have every key usage that is asked for");
    return HC_OK;
}

/* Once for each name that must be there. */
static struct hc_rc judge(const struct hc_crypto *c, struct hc_verify_suite_case *k, struct hc_err *e)
{
    HC_AUTO(hc_bundle) bundle = NULL;
    HC_AUTO(hc_revocation) crls = NULL;
    struct hc_verify_policy policy = k->policy;
    HC_TRY(e, read_bundle(c, k, &bundle, e));
    if (k->n_crls > 0) {
        HC_TRY(e, read_crls(c, k, bundle, &crls, e));
        policy.revocation = HC_REVOCATION_CHAIN;
        policy.crls = crls;
    }
    policy.bundle = bundle;
    policy.policies.accepted = k->accepted;
    policy.policies.n = k->n_accepted;
    struct hc_presented presented = {.cert = (const struct hc_cert *const *)k->presented.cert, .n = k->presented.n};
    if (k->limits_depth)
        presented.n = limit_depth(k, &policy);
    size_t i = 0;
    do {
        HC_AUTO(hc_checked_chain) chain = NULL;
        struct hc_report report;
        hc_report_init(&report, false);
        policy.name = k->n_names > 0 ? k->name[i] : NULL;
        HC_TRY(e, hc_verify(c, &policy, presented, &chain, &report, e));
        HC_TRY(e, judge_chain(k, chain, e));
    } while (++i < k->n_names);
    return HC_OK;
}

static void put_reason(struct hc_buf *out, const struct hc_err *why)
{
    char id[HC_ID_TEXT];
    hc_buf_addf(out, "%s %s", hc_id_text(why->code, id), why->text);
}

struct hc_rc hc_verify_suite_case_judge(const struct hc_crypto *c, struct hc_verify_suite_case *k,
                                        enum hc_verify_suite_verdict *verdict, struct hc_buf *context, struct hc_err *e)
{
    struct hc_err why = {.code = HC_OK_CODE};
    assert(k->has_leaf);
    hc_buf_clear(context);
    if (k->skip) {
        hc_buf_add_str(context, k->skip);
        *verdict = HC_VERIFY_SUITE_SKIPPED;
        return hc_buf_check(context, e);
    }
    struct hc_rc rc = {k->refused.code};
    if (hc_failed(rc))
        why = k->refused;
    else
        rc = judge(c, k, &why);
    if (rc.code == HC_E_NOMEM) {
        *e = why;
        return rc;
    }
    *verdict = hc_ok(rc) ? HC_VERIFY_SUITE_SUCCESS : HC_VERIFY_SUITE_FAILURE;
    if (hc_ok(rc))
        return HC_OK;
    put_reason(context, &why);
    if (k->left_out.code != HC_OK_CODE) {
        hc_buf_add_str(context, "; left out: ");
        put_reason(context, &k->left_out);
    }
    return hc_buf_check(context, e);
}
