/* extensions.c - reading the extensions that hc_cert_parse leaves closed, element by element. */
#include "pki/lint/rule.h"

bool hc_lint_value(const struct hc_lint_judging *j, struct hc_bytes oid, struct hc_der *value)
{
    struct hc_bytes bytes;
    if (!hc_cert_extension(j->cert, oid, &bytes, NULL))
        return false;
    *value = hc_der_init(bytes);
    return true;
}

void hc_lint_want_critical(struct hc_lint_judging *j, struct hc_bytes oid, const char *name, bool critical)
{
    struct hc_bytes value;
    bool is;
    if (hc_cert_extension(j->cert, oid, &value, &is) && is != critical)
        hc_lint_found(j, "%s is %scritical", name, is ? "" : "not ");
}

bool hc_lint_next_policy(struct hc_der *all, struct hc_bytes *oid, struct hc_bytes *qualifiers)
{
    *qualifiers = (struct hc_bytes){NULL, 0};
    if (hc_der_at_end(all))
        return false;
    struct hc_der one = hc_der_enter(all, HC_DER_SEQUENCE);
    *oid = hc_der_oid(&one);
    if (hc_der_is(&one, HC_DER_SEQUENCE)) {
        *qualifiers = hc_der_get(&one, HC_DER_SEQUENCE);
        if (qualifiers->n == 0)
            hc_der_fail(&one); /* SIZE (1..MAX) */
    }
    hc_der_leave(all, &one);
    return !all->failed;
}

bool hc_lint_next_qualifier(struct hc_der *all, struct hc_bytes *oid, struct hc_bytes *value)
{
    if (hc_der_at_end(all))
        return false;
    struct hc_der one = hc_der_enter(all, HC_DER_SEQUENCE);
    *oid = hc_der_oid(&one);
    *value = hc_der_any(&one, NULL);
    hc_der_leave(all, &one);
    return !all->failed;
}

/* DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName
 * } */
static void read_point_name(struct hc_der *point, struct hc_lint_point *out)
{
    struct hc_der name;
    out->has_name = hc_der_enter_optional(point, HC_DER_CONTEXT_CONSTRUCTED(0), &name);
    if (!out->has_name)
        return;
    if (hc_der_is(&name, HC_DER_CONTEXT_CONSTRUCTED(1))) {
        out->relative = true;
        hc_der_get(&name, HC_DER_CONTEXT_CONSTRUCTED(1));
    } else {
        out->full_name = hc_der_get(&name, HC_DER_CONTEXT_CONSTRUCTED(0));
        if (out->full_name.n == 0)
            hc_der_fail(&name);
    }
    hc_der_leave(point, &name);
}

bool hc_lint_next_point(struct hc_der *all, struct hc_lint_point *out)
{
    *out = (struct hc_lint_point){.has_name = false};
    if (hc_der_at_end(all))
        return false;
    struct hc_der point = hc_der_enter(all, HC_DER_SEQUENCE);
    read_point_name(&point, out);
    out->has_reasons = hc_der_skip_optional(&point, HC_DER_CONTEXT(1));
    out->has_issuer = hc_der_skip_optional(&point, HC_DER_CONTEXT_CONSTRUCTED(2));
    hc_der_leave(all, &point);
    return !all->failed;
}

bool hc_lint_next_access(struct hc_der *all, struct hc_lint_access *out)
{
    if (hc_der_at_end(all))
        return false;
    struct hc_der one = hc_der_enter(all, HC_DER_SEQUENCE);
    out->method = hc_der_oid(&one);
    out->location = hc_der_value(&one, &out->tag);
    hc_der_leave(all, &one);
    return !all->failed;
}

static bool next_subtree(struct hc_der *all, struct hc_lint_subtree *out)
{
    if (hc_der_at_end(all))
        return false;
    struct hc_der one = hc_der_enter(all, HC_DER_SEQUENCE);
    out->base = hc_der_value(&one, &out->tag);
    out->has_minimum = hc_der_skip_optional(&one, HC_DER_CONTEXT(0));
    out->has_maximum = hc_der_skip_optional(&one, HC_DER_CONTEXT(1));
    hc_der_leave(all, &one);
    return !all->failed;
}

bool hc_lint_each_subtree(struct hc_lint_judging *j,
                          void (*judge)(struct hc_lint_judging *j, const struct hc_lint_subtree *subtree))
{
    struct hc_der permitted = hc_der_init(j->cert->nc_permitted), excluded = hc_der_init(j->cert->nc_excluded);
    struct hc_lint_subtree subtree;
    while (next_subtree(&permitted, &subtree) || next_subtree(&excluded, &subtree))
        judge(j, &subtree);
    return !permitted.failed && !excluded.failed;
}

static void each_uri(struct hc_lint_judging *j, struct hc_bytes general_names,
                     void (*judge)(struct hc_lint_judging *j, const char *where, struct hc_bytes uri))
{
    struct hc_der names = hc_der_init(general_names);
    while (!hc_der_at_end(&names)) {
        uint8_t tag;
        struct hc_bytes value = hc_der_value(&names, &tag);
        if (tag == HC_LINT_GN_URI)
            judge(j, "cRLDistributionPoints", value);
    }
}

void hc_lint_each_pointer(struct hc_lint_judging *j,
                          void (*judge)(struct hc_lint_judging *j, const char *where, struct hc_bytes uri))
{
    struct hc_der d, all;
    struct hc_lint_point point;
    struct hc_lint_access access;
    if (hc_lint_value(j, HC_OID_CRL_DISTRIBUTION_POINTS, &d))
        for (all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_point(&all, &point);)
            each_uri(j, point.full_name, judge);
    if (hc_lint_value(j, HC_OID_AUTHORITY_INFO_ACCESS, &d))
        for (all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_access(&all, &access);)
            if (access.tag == HC_LINT_GN_URI)
                judge(j, "authorityInfoAccess", access.location);
}

static size_t scheme_length(struct hc_bytes uri)
{
    size_t n = hc_bytes_find(uri, ':');
    if (n == 0 || n == uri.n || !hc_ascii_is_alpha(uri.p[0]))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (!hc_ascii_is_alpha(uri.p[i]) && !hc_ascii_is_digit(uri.p[i]) && !memchr("+-.", uri.p[i], 3))
            return 0;
    return n;
}

bool hc_lint_has_scheme(struct hc_bytes uri, const char *scheme)
{
    return hc_bytes_eq_nocase(hc_bytes_head(uri, scheme_length(uri)), hc_bytes_str(scheme));
}

bool hc_lint_is_absolute(struct hc_bytes uri)
{
    return scheme_length(uri) > 0;
}
