/*
 * policies.c - the policies that may come next, certificate by certificate from the anchor down.
 *
 * `open` stands for the nodes of one depth of the valid_policy_tree, each with one member of its expected_policy_set;
 * nodes of the same expectation are one. A node without children never counts again, so nothing above the current
 * depth is kept. What is kept of its ancestors is `accepted`: a node whose parent has anyPolicy is in the
 * valid_policy_node_set [RFC 5280 6.1.5 (g)(iii)1], and is accepted when the user asks for its policy; everything
 * below it inherits that.
 */
#include "pki/policies.h"

#include "asn1/der.h"
#include "pki/oid.h"

struct open {
    struct hc_bytes policy; /* what the next certificate may assert */
    bool accepted;
    bool mapped; /* the mappings of this certificate speak of it */
};

struct level {
    bool any; /* there is a node of anyPolicy */
    size_t n;
    struct open open[HC_POLICIES_OPEN];
};

struct run {
    const struct hc_verify_policies *wanted;
    struct hc_report *report;
    int depth; /* of the certificate that is judged, as reports count */
    int64_t explicit_policy, mapping, inhibit_any;
    struct level level[2]; /* of the certificate before, and of this one */
    struct level *now;
};

/* One certificate's own policies. */
struct asserted {
    bool present, any;
    size_t n;
    struct hc_bytes policy[HC_POLICIES_MAX];
};

struct mapping {
    struct hc_bytes from, to; /* issuerDomainPolicy, subjectDomainPolicy */
};

static bool fail(struct run *r, enum hc_code code, const char *why)
{
    hc_report_fail(r->report, code, r->depth, "%s", why);
    return false;
}

static bool is_any(struct hc_bytes policy)
{
    return hc_bytes_eq(policy, HC_OID_ANY_POLICY);
}

/* Does the user ask for this policy? */
static bool wanted(const struct run *r, struct hc_bytes policy)
{
    for (size_t i = 0; i < r->wanted->n; i++) {
        if (is_any(r->wanted->accepted[i]) || hc_bytes_eq(r->wanted->accepted[i], policy))
            return true;
    }
    return r->wanted->n == 0;
}

/* ---- the extensions ---- */

static bool has(const struct hc_bytes list[], size_t n, struct hc_bytes policy)
{
    for (size_t i = 0; i < n; i++) {
        if (hc_bytes_eq(list[i], policy))
            return true;
    }
    return false;
}

/* PolicyInformation ::= SEQUENCE { policyIdentifier OBJECT IDENTIFIER, policyQualifiers SEQUENCE OPTIONAL } */
static struct hc_bytes read_policy(struct hc_der *list)
{
    struct hc_der one = hc_der_enter(list, HC_DER_SEQUENCE);
    struct hc_bytes policy = hc_der_oid(&one);
    hc_der_skip_optional(&one, HC_DER_SEQUENCE);
    hc_der_leave(list, &one);
    return policy;
}

/* certificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation. "A certificate policy OID MUST NOT appear more
 * than once in a certificate policies extension." */
static bool read_policies(struct run *r, const struct hc_cert *cert, struct asserted *out)
{
    struct hc_bytes value;
    *out = (struct asserted){0};
    if (!hc_cert_extension(cert, HC_OID_CERTIFICATE_POLICIES, &value, NULL))
        return true;
    struct hc_der d = hc_der_init(value);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    out->present = true;
    do {
        struct hc_bytes policy = read_policy(&list);
        if (list.failed || (is_any(policy) ? out->any : has(out->policy, out->n, policy)))
            return fail(r, HC_E_CERT_EXTENSION, "its certificate policies are malformed");
        if (out->n == HC_POLICIES_MAX)
            return fail(r, HC_E_POLICY, "it asserts more certificate policies than are accepted");
        if (is_any(policy))
            out->any = true;
        else
            out->policy[out->n++] = policy;
    } while (!hc_der_at_end(&list));
    return !list.failed;
}

/* PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy } */
static bool read_mappings(struct run *r, const struct hc_cert *cert, struct mapping out[HC_POLICIES_MAX], size_t *n)
{
    struct hc_bytes value;
    *n = 0;
    if (!hc_cert_extension(cert, HC_OID_POLICY_MAPPINGS, &value, NULL))
        return true;
    struct hc_der d = hc_der_init(value);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    do {
        struct hc_der pair = hc_der_enter(&list, HC_DER_SEQUENCE);
        struct mapping m = {.from = hc_der_oid(&pair)};
        m.to = hc_der_oid(&pair);
        hc_der_leave(&list, &pair);
        if (list.failed)
            return fail(r, HC_E_CERT_EXTENSION, "its policy mappings are malformed");
        /* RFC 5280 6.1.4 (a): "verify that the special value anyPolicy does not appear as an issuerDomainPolicy or a
         * subjectDomainPolicy" */
        if (is_any(m.from) || is_any(m.to))
            return fail(r, HC_E_POLICY, "its policy mappings map anyPolicy");
        if (*n == HC_POLICIES_MAX)
            return fail(r, HC_E_POLICY, "it maps more certificate policies than are accepted");
        out[(*n)++] = m;
    } while (!hc_der_at_end(&list));
    return true;
}

static void at_most(int64_t *counter, int64_t value)
{
    if (value < *counter)
        *counter = value;
}

/* SkipCerts: beyond any chain's length one is as good as another. */
static int64_t skip_certs(struct hc_der *d, uint8_t tag)
{
    struct hc_bytes value = hc_der_integer_as(d, tag);
    if (value.n > 0 && value.p[0] >= 0x80)
        hc_der_fail(d); /* negative */
    return value.n == 1 ? value.p[0] : INT32_MAX;
}

/* PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] SkipCerts OPTIONAL, inhibitPolicyMapping [1] SkipCerts
 * OPTIONAL }; INT64_MAX for what is absent. */
static bool read_constraints(struct run *r, const struct hc_cert *cert, int64_t *explicit_policy, int64_t *mapping)
{
    struct hc_bytes value;
    *explicit_policy = *mapping = INT64_MAX;
    if (!hc_cert_extension(cert, HC_OID_POLICY_CONSTRAINTS, &value, NULL))
        return true;
    struct hc_der d = hc_der_init(value);
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    if (hc_der_is(&seq, HC_DER_CONTEXT(0)))
        *explicit_policy = skip_certs(&seq, HC_DER_CONTEXT(0));
    if (hc_der_is(&seq, HC_DER_CONTEXT(1)))
        *mapping = skip_certs(&seq, HC_DER_CONTEXT(1));
    hc_der_leave(&d, &seq);
    /* RFC 5280 4.2.1.11: "Conforming CAs MUST NOT issue certificates where policy constraints is an empty sequence." */
    if (d.failed || !hc_der_at_end(&d) || (*explicit_policy == INT64_MAX && *mapping == INT64_MAX))
        return fail(r, HC_E_CERT_EXTENSION, "its policy constraints are malformed");
    return true;
}

/* RFC 5280 6.1.4 (i) and (j) */
static bool apply_constraints(struct run *r, const struct hc_cert *cert)
{
    int64_t explicit_policy, mapping;
    struct hc_bytes value;
    if (!read_constraints(r, cert, &explicit_policy, &mapping))
        return false;
    at_most(&r->explicit_policy, explicit_policy);
    at_most(&r->mapping, mapping);
    if (hc_cert_extension(cert, HC_OID_INHIBIT_ANY_POLICY, &value, NULL)) {
        struct hc_der d = hc_der_init(value);
        at_most(&r->inhibit_any, skip_certs(&d, HC_DER_INTEGER));
        if (d.failed)
            return fail(r, HC_E_CERT_EXTENSION, "its inhibitAnyPolicy is malformed");
    }
    return true;
}

/* ---- the policies that are open ---- */

static struct open *find(struct level *level, struct hc_bytes policy)
{
    for (size_t i = 0; i < level->n; i++) {
        if (hc_bytes_eq(level->open[i].policy, policy))
            return &level->open[i];
    }
    return NULL;
}

static bool add(struct run *r, struct level *level, struct hc_bytes policy, bool accepted)
{
    struct open *have = find(level, policy);
    if (have != NULL) {
        have->accepted = have->accepted || accepted;
        return true;
    }
    if (level->n == HC_POLICIES_OPEN)
        return fail(r, HC_E_POLICY, "more certificate policies are open here than are followed");
    level->open[level->n++] = (struct open){.policy = policy, .accepted = accepted};
    return true;
}

static struct level *other(struct run *r)
{
    return r->now == &r->level[0] ? &r->level[1] : &r->level[0];
}

/* RFC 5280 6.1.3 (d): the children of the nodes above. */
static bool descend(struct run *r, const struct asserted *own, bool any_counts)
{
    struct level *above = r->now, *below = other(r);
    below->n = 0;
    below->any = above->any && own->any && any_counts;
    for (size_t i = 0; i < own->n; i++) {
        const struct open *parent = find(above, own->policy[i]);
        if (parent == NULL && !above->any)
            continue;
        if (!add(r, below, own->policy[i], parent ? parent->accepted : wanted(r, own->policy[i])))
            return false;
    }
    for (size_t i = 0; own->any && any_counts && i < above->n; i++) {
        if (!add(r, below, above->open[i].policy, above->open[i].accepted))
            return false;
    }
    r->now = below;
    return true;
}

/* RFC 5280 6.1.4 (b): with mapping allowed, what is mapped is expected under its new names and no longer under its
 * own; a policy that is here only as anyPolicy is mapped too. With mapping inhibited it is deleted. */
static bool map(struct run *r, const struct mapping mapping[], size_t n)
{
    struct level *here = r->now, *next = other(r);
    next->n = 0;
    next->any = here->any;
    for (size_t i = 0; i < n; i++) {
        struct open *from = find(here, mapping[i].from);
        bool there = from != NULL || here->any;
        if (from != NULL)
            from->mapped = true;
        if (there && r->mapping > 0 && !add(r, next, mapping[i].to, from ? from->accepted : wanted(r, mapping[i].from)))
            return false;
    }
    for (size_t i = 0; i < here->n; i++) {
        if (!here->open[i].mapped && !add(r, next, here->open[i].policy, here->open[i].accepted))
            return false;
    }
    r->now = next;
    return true;
}

/* ---- the chain ---- */

static bool is_null(const struct level *level)
{
    return level->n == 0 && !level->any;
}

static void count_down(int64_t *counter)
{
    if (*counter > 0)
        --*counter;
}

/* RFC 5280 6.1.3 (d) to (f) */
static bool process(struct run *r, const struct hc_cert *cert, bool self_issued)
{
    struct asserted own;
    if (!read_policies(r, cert, &own) || !descend(r, &own, r->inhibit_any > 0 || (r->depth > 0 && self_issued)))
        return false;
    if (r->explicit_policy == 0 && is_null(r->now))
        return fail(r, HC_E_POLICY, "no certificate policy holds from the anchor down to it, and one is demanded");
    return true;
}

/* RFC 5280 6.1.4: (a), (b), (h) to (j) */
static bool prepare(struct run *r, const struct hc_cert *cert, bool self_issued)
{
    struct mapping mapping[HC_POLICIES_MAX];
    size_t n;
    if (!read_mappings(r, cert, mapping, &n) || (n > 0 && !map(r, mapping, n)))
        return false;
    if (!self_issued) {
        count_down(&r->explicit_policy);
        count_down(&r->mapping);
        count_down(&r->inhibit_any);
    }
    return apply_constraints(r, cert);
}

/* RFC 5280 6.1.5: (a), (b), (g). A node of anyPolicy at the end stands for every policy that is asked for. */
static bool wrap_up(struct run *r, const struct hc_cert *leaf)
{
    int64_t explicit_policy, mapping;
    count_down(&r->explicit_policy);
    if (!read_constraints(r, leaf, &explicit_policy, &mapping))
        return false;
    if (explicit_policy == 0)
        r->explicit_policy = 0;
    bool accepted = r->now->any;
    for (size_t i = 0; i < r->now->n; i++)
        accepted = accepted || r->now->open[i].accepted;
    if (r->explicit_policy == 0 && !accepted)
        return fail(r, HC_E_POLICY, "the chain is valid for none of the certificate policies that are asked for");
    return true;
}

/* Can the answer depend on policies at all? Without a demand explicit_policy stays above zero to the end. */
static bool matters(const struct hc_cert *const cert[], size_t n, const struct hc_verify_policies *asked)
{
    bool matter = asked->explicit_policy;
    for (size_t d = 0; d < n; d++)
        matter = matter || cert[d]->has_policy_constraints || cert[d]->has_policy_mappings;
    return matter;
}

bool hc_policies_check(const struct hc_cert *const cert[], size_t n, const struct hc_verify_policies *wanted_by_user,
                       struct hc_report *report)
{
    if (n < 2 || !matters(cert, n, wanted_by_user))
        return true;
    /* The counters begin above the length of the path: the anchor is no part of it. */
    struct run r = {.wanted = wanted_by_user, .report = report, .depth = (int)n - 1};
    r.explicit_policy = wanted_by_user->explicit_policy ? 0 : (int64_t)n;
    r.mapping = wanted_by_user->inhibit_mapping ? 0 : (int64_t)n;
    r.inhibit_any = wanted_by_user->inhibit_any ? 0 : (int64_t)n;
    r.now = &r.level[0];
    r.now->any = true;
    if (!apply_constraints(&r, cert[n - 1]))
        return false;
    for (size_t d = n - 1; d-- > 0;) {
        bool self_issued = hc_cert_self_issued(cert[d]);
        r.depth = (int)d;
        if (!process(&r, cert[d], self_issued) || (d > 0 && !prepare(&r, cert[d], self_issued)))
            return false;
    }
    return wrap_up(&r, cert[0]);
}
