/*
 * rule.h - what a rule of the lint is, and what rules are made of. For pki/lint.c, pki/lint/ and their tests.
 *
 * A rule is one file, named by its id: the words of the clause in its head, judge(), and one row. To add one: write the
 * file, name it in rules.def and in meson.build, and add a certificate that breaks it to
 * tests/unit/pki/lint_breaking.h.
 *
 * A rule looks at fields and bytes, allocates nothing that it keeps, and never fails: what it cannot read is a finding.
 */
#ifndef HC_PKI_LINT_RULE_H
#define HC_PKI_LINT_RULE_H

#include "asn1/der.h"
#include "pki/dn.h"
#include "pki/lint.h"
#include "pki/oid.h"
#include "pki/profile.h"

/* One certificate before its judge. */
struct hc_lint_judging {
    const struct hc_cert *cert;
    const struct hc_profile_row *profile; /* what it is made by; NULL for anyone's certificate */
    const struct hc_cert *issuer;         /* NULL when there is none, or it is not known */
    const struct hc_lint_rules *rules;    /* never NULL */
    const struct hc_lint_rule *rule;      /* the one at work */
    struct hc_lint_report *report;
};

struct hc_lint_rule {
    struct hc_lint_rule_row row;
    bool (*applies)(const struct hc_lint_judging *j); /* NULL: to every certificate */
    void (*judge)(struct hc_lint_judging *j);
};

#define HC_LINT_RULE(name) extern const struct hc_lint_rule hc_lint_rule_##name;
#include "pki/lint/rules.def"
#undef HC_LINT_RULE

/* Every rule that applies. `profile` may be NULL, and `rules` too; *out is emptied first. */
void hc_lint_judge(const struct hc_profile_row *profile, const struct hc_lint_rules *rules, const struct hc_cert *cert,
                   struct hc_lint_report *out);

/* The rule at work is broken; one sentence about this certificate, without a full stop. May quote peers' bytes. */
void hc_lint_found(struct hc_lint_judging *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same with another code than HC_E_LINT. */
void hc_lint_found_as(struct hc_lint_judging *j, enum hc_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- whom a rule concerns: for .applies ---- */

bool hc_lint_when_ca(const struct hc_lint_judging *j);
bool hc_lint_when_leaf(const struct hc_lint_judging *j);
bool hc_lint_when_profile(const struct hc_lint_judging *j);
bool hc_lint_when_issuer(const struct hc_lint_judging *j);
/* It carries a SPIFFE ID; and is a leaf, or a CA. */
bool hc_lint_when_spiffe(const struct hc_lint_judging *j);
bool hc_lint_when_spiffe_leaf(const struct hc_lint_judging *j);
bool hc_lint_when_spiffe_ca(const struct hc_lint_judging *j);

/* ---- algorithms ---- */

struct hc_lint_algorithm {
    struct hc_bytes oid;
    struct hc_bytes parameters; /* the whole element; empty when absent */
};

/* Of an AlgorithmIdentifier element of a parsed certificate. */
struct hc_lint_algorithm hc_lint_algorithm(struct hc_bytes element);

/* The subject's key is of this kind. */
bool hc_lint_key_is(const struct hc_cert *cert, struct hc_bytes oid);

/* The subject's key lies on a curve that its parameters name [RFC 5480]: id-ecPublicKey, id-ecDH, id-ecMQV. */
bool hc_lint_key_is_ec(const struct hc_cert *cert);
/* Ed25519 or Ed448 [RFC 8410]. */
bool hc_lint_key_is_eddsa(const struct hc_cert *cert);
/* X25519 or X448 [RFC 8410]. */
bool hc_lint_key_is_montgomery(const struct hc_cert *cert);

/* The numbers of an RSA key, as INTEGER contents; false when the key is not well-formed. */
bool hc_lint_rsa_key(const struct hc_cert *cert, struct hc_bytes *modulus, struct hc_bytes *exponent);

/* ---- names ---- */

/* Each attribute of the subject ("the subject") and of the issuer ("the issuer"). */
void hc_lint_each_attribute(struct hc_lint_judging *j, void (*judge)(struct hc_lint_judging *j, const char *whose,
                                                                     const struct hc_dn_attribute *a));

/* Its type is a DirectoryString [RFC 5280 A.1]. */
bool hc_lint_is_directory_string(const struct hc_dn_attribute *a);

/* The name of an attribute's type for a sentence: "CN", or "an attribute". Static storage. */
const char *hc_lint_attribute_name(const struct hc_dn_attribute *a);

/* Characters of the value, as its string type counts them. */
size_t hc_lint_characters(const struct hc_dn_attribute *a);

/* The first SPIFFE ID of the certificate, which has one; and whether it has a path. */
struct hc_bytes hc_lint_spiffe_id(const struct hc_cert *cert);
bool hc_lint_spiffe_has_path(const struct hc_cert *cert);

/* ---- extensions ---- */

/* A cursor on the value of the extension; false when it is absent. */
bool hc_lint_value(const struct hc_lint_judging *j, struct hc_bytes oid, struct hc_der *value);

/* Finds it broken when the extension is there and its criticality is not `critical`; `name` is the extension's. */
void hc_lint_want_critical(struct hc_lint_judging *j, struct hc_bytes oid, const char *name, bool critical);

/* The next element of a SEQUENCE OF; each returns false at its end, and when `all` has failed. */

/* PolicyInformation [RFC 5280 4.2.1.4]; `qualifiers` are the contents of policyQualifiers, empty when absent. */
bool hc_lint_next_policy(struct hc_der *all, struct hc_bytes *oid, struct hc_bytes *qualifiers);

/* PolicyQualifierInfo; `value` is the whole qualifier. */
bool hc_lint_next_qualifier(struct hc_der *all, struct hc_bytes *oid, struct hc_bytes *value);

/* DistributionPoint [RFC 5280 4.2.1.13]. */
struct hc_lint_point {
    bool has_name;             /* distributionPoint is there */
    struct hc_bytes full_name; /* contents of its GeneralNames; empty for a name relative to the CRL's issuer */
    bool relative;
    bool has_reasons;
    bool has_issuer;
};
bool hc_lint_next_point(struct hc_der *all, struct hc_lint_point *out);

/* AccessDescription [RFC 5280 4.2.2.1]; `tag` and `location` are the GeneralName's. */
struct hc_lint_access {
    struct hc_bytes method;
    uint8_t tag;
    struct hc_bytes location;
};
bool hc_lint_next_access(struct hc_der *all, struct hc_lint_access *out);

/* GeneralSubtree [RFC 5280 4.2.1.10]. */
struct hc_lint_subtree {
    uint8_t tag; /* of the base, a GeneralName */
    struct hc_bytes base;
    bool has_minimum, has_maximum;
};

/* Each subtree of the name constraints, permitted or excluded; false when one is malformed. */
bool hc_lint_each_subtree(struct hc_lint_judging *j,
                          void (*judge)(struct hc_lint_judging *j, const struct hc_lint_subtree *subtree));

/* Each URI in cRLDistributionPoints and authorityInfoAccess, as far as those are well-formed. */
void hc_lint_each_pointer(struct hc_lint_judging *j,
                          void (*judge)(struct hc_lint_judging *j, const char *where, struct hc_bytes uri));

/* The URI has this scheme ("http"), in any case. */
bool hc_lint_has_scheme(struct hc_bytes uri, const char *scheme);

/* [RFC 3986 3.1]: it begins with a scheme and a colon. */
bool hc_lint_is_absolute(struct hc_bytes uri);

/* printf arguments for at most so much of a peer's bytes as a finding has room for: found(j, "%.*s",
 * HC_LINT_SHOWN(b)) */
#define HC_LINT_SHOWN(b) HC_BYTES_FMT(hc_bytes_head((b), 80))

/* GeneralName tags [RFC 5280 4.2.1.6]. */
#define HC_LINT_GN_DNS HC_DER_CONTEXT(2)
#define HC_LINT_GN_X400 HC_DER_CONTEXT_CONSTRUCTED(3)
#define HC_LINT_GN_EDI HC_DER_CONTEXT_CONSTRUCTED(5)
#define HC_LINT_GN_URI HC_DER_CONTEXT(6)
#define HC_LINT_GN_IP HC_DER_CONTEXT(7)
#define HC_LINT_GN_REGISTERED HC_DER_CONTEXT(8)

#endif
