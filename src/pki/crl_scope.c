/* crl_scope.c - issuing distribution points of CRLs against distribution points of certificates. */
#include "pki/crl_scope.h"

#include "asn1/derw.h"
#include "pki/cert.h"
#include "pki/dn.h"
#include "pki/oid.h"

#define GENERAL_NAME_DIRECTORY HC_DER_CONTEXT_CONSTRUCTED(4)
#define REASON_FLAGS_MAX 0xffff     /* two bytes hold all nine */
#define NAME_ROOM (2 * HC_CERT_MAX) /* the issuer's name and one more part of it */

/* ---- reading ---- */

/* [n] IMPLICIT ReasonFlags: nine are defined, and at least one is set. */
static uint32_t reason_flags(struct hc_der *d, uint8_t tag)
{
    uint32_t flags = hc_der_named_bits_as(d, tag);

    if (flags == 0 || flags > REASON_FLAGS_MAX)
        hc_der_fail(d);
    return d->failed ? 0 : flags & HC_CRL_ALL_REASONS;
}

/* [n] IMPLICIT BOOLEAN DEFAULT FALSE; an explicit FALSE means one thing only. */
static bool flag(struct hc_der *d, uint8_t tag)
{
    return hc_der_is(d, tag) && hc_der_bool_as(d, tag);
}

/* [0] { CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName } } OPTIONAL */
static struct hc_crl_point_name point_name(struct hc_der *d)
{
    struct hc_crl_point_name name = {0};
    struct hc_der choice;

    if (!hc_der_enter_optional(d, HC_DER_CONTEXT_CONSTRUCTED(0), &choice))
        return name;
    if (hc_der_is(&choice, HC_DER_CONTEXT_CONSTRUCTED(0)))
        name.full = hc_der_get(&choice, HC_DER_CONTEXT_CONSTRUCTED(0));
    else
        name.relative = hc_der_get(&choice, HC_DER_CONTEXT_CONSTRUCTED(1));
    if (name.full.n + name.relative.n == 0)
        hc_der_fail(&choice);
    hc_der_leave(d, &choice);
    return name;
}

bool hc_crl_scope_parse(struct hc_bytes value, struct hc_crl_scope *out)
{
    struct hc_der d = hc_der_init(value);
    struct hc_der idp = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_crl_scope s = HC_CRL_SCOPE_COMPLETE;

    if (hc_der_at_end(&idp)) /* [RFC 5280 5.2.5]: MUST NOT be an empty sequence */
        hc_der_fail(&idp);
    s.point = point_name(&idp);
    s.only_user = flag(&idp, HC_DER_CONTEXT(1));
    s.only_ca = flag(&idp, HC_DER_CONTEXT(2));
    if (hc_der_is(&idp, HC_DER_CONTEXT(3)))
        s.reasons = reason_flags(&idp, HC_DER_CONTEXT(3));
    s.indirect = flag(&idp, HC_DER_CONTEXT(4));
    s.only_attribute = flag(&idp, HC_DER_CONTEXT(5));
    hc_der_leave(&d, &idp);
    if (d.failed || !hc_der_at_end(&d) || s.only_user + s.only_ca + s.only_attribute > 1)
        return false;
    *out = s;
    return true;
}

/* ---- names ---- */

static bool same_name(uint8_t tag, struct hc_bytes a, struct hc_bytes b)
{
    return hc_bytes_eq(a, b) || (tag == GENERAL_NAME_DIRECTORY && hc_dn_eq(a, b));
}

/* Is one of the names in `a` among those in `b`? Both are contents of GeneralNames. */
static bool share_a_name(struct hc_bytes a, struct hc_bytes b)
{
    struct hc_der x = hc_der_init(a);

    for (size_t i = 0; i < HC_CRL_SCOPE_NAMES && !hc_der_at_end(&x); i++) {
        struct hc_der y = hc_der_init(b);
        uint8_t tag = 0;
        struct hc_bytes name = hc_der_value(&x, &tag);

        for (size_t k = 0; k < HC_CRL_SCOPE_NAMES && !x.failed && !hc_der_at_end(&y); k++) {
            uint8_t other = 0;
            struct hc_bytes with = hc_der_value(&y, &other);

            if (!y.failed && other == tag && same_name(tag, name, with))
                return true;
        }
    }
    return false;
}

/* One directoryName: `name`, a whole Name element, with `relative` (unless empty) after its last part. */
static struct hc_rc directory_name(struct hc_bytes name, struct hc_bytes relative, struct hc_buf *out, struct hc_err *e)
{
    struct hc_der d = hc_der_init(name);
    size_t tagged = hc_derw_begin(out, GENERAL_NAME_DIRECTORY);
    size_t sequence = hc_derw_begin(out, HC_DER_SEQUENCE);

    hc_derw_raw(out, hc_der_get(&d, HC_DER_SEQUENCE));
    if (relative.n > 0)
        hc_derw_element(out, HC_DER_SET, relative);
    hc_derw_end(out, sequence);
    hc_derw_end(out, tagged);
    return hc_buf_check(out, e);
}

/* The names of a point as GeneralNames; `own` holds them when they are put together from the issuer's. */
static struct hc_rc names_of(const struct hc_crl_point_name *point, struct hc_bytes issuer, struct hc_buf *own,
                             struct hc_bytes *out, struct hc_err *e)
{
    *out = point->full;
    if (point->relative.n == 0)
        return HC_OK;
    HC_TRY(e, directory_name(issuer, point->relative, own, e));
    *out = hc_buf_view(own);
    return HC_OK;
}

/* ---- matching ---- */

/* DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL, reasons [1] ReasonFlags
 * OPTIONAL, cRLIssuer [2] GeneralNames OPTIONAL } */
struct point {
    struct hc_crl_point_name name;
    uint32_t reasons;
    struct hc_bytes crl_issuer;
};

static struct point next_point(struct hc_der *points)
{
    struct hc_der d = hc_der_enter(points, HC_DER_SEQUENCE);
    struct point p = {.name = point_name(&d), .reasons = HC_CRL_ALL_REASONS};

    if (hc_der_is(&d, HC_DER_CONTEXT(1)))
        p.reasons = reason_flags(&d, HC_DER_CONTEXT(1));
    if (hc_der_is(&d, HC_DER_CONTEXT_CONSTRUCTED(2))) {
        p.crl_issuer = hc_der_get(&d, HC_DER_CONTEXT_CONSTRUCTED(2));
        if (p.crl_issuer.n == 0)
            hc_der_fail(&d);
    }
    hc_der_leave(points, &d);
    return p;
}

/* What is compared: the names of the CRL's point (empty: it has none) and of the certificate's issuer. */
struct comparison {
    struct hc_bytes crl_names;
    struct hc_bytes issuer_names; /* one directoryName */
    struct hc_bytes issuer;       /* the same as a Name */
};

static struct hc_rc same_point(const struct comparison *c, const struct point *p, bool *yes, struct hc_err *e)
{
    HC_BUF_AUTO(own, NAME_ROOM);
    struct hc_bytes names;

    *yes = true;
    if (c->crl_names.n == 0)
        return HC_OK;
    HC_TRY(e, names_of(&p->name, c->issuer, &own, &names, e));
    *yes = share_a_name(c->crl_names, names.n > 0 ? names : p->crl_issuer);
    return HC_OK;
}

/* The next point of the certificate that its own issuer is responsible for; false at the end. (b)(1): the CRLs of
 * another CRL issuer are indirect, which are not believed. */
static bool own_point(struct hc_der *points, const struct comparison *c, struct point *out, size_t *n)
{
    while (*n < HC_CRL_SCOPE_POINTS && !hc_der_at_end(points)) {
        *out = next_point(points);
        ++*n;
        if (!points->failed && (out->crl_issuer.n == 0 || share_a_name(c->issuer_names, out->crl_issuer)))
            return true;
    }
    return false;
}

static bool points_of(const struct hc_cert *cert, struct hc_der *out)
{
    struct hc_bytes value;
    struct hc_der d;

    if (!hc_cert_extension(cert, HC_OID_CRL_DISTRIBUTION_POINTS, &value, NULL))
        return false;
    d = hc_der_init(value);
    *out = hc_der_enter(&d, HC_DER_SEQUENCE);
    return true;
}

static struct hc_rc match_points(const struct comparison *c, const struct hc_cert *cert, uint32_t *reasons,
                                 struct hc_err *e)
{
    struct hc_der points;
    struct point p;
    size_t n = 0;

    if (!points_of(cert, &points))
        return HC_OK;
    while (own_point(&points, c, &p, &n)) {
        bool yes = false;

        HC_TRY(e, same_point(c, &p, &yes, e));
        if (yes)
            *reasons |= p.reasons;
    }
    return HC_OK;
}

/* (b)(2)(ii) to (iv) */
static bool kind_fits(const struct hc_crl_scope *scope, const struct hc_cert *cert)
{
    return !scope->indirect && !scope->only_attribute && !(scope->only_user && cert->is_ca) &&
           !(scope->only_ca && !cert->is_ca);
}

struct hc_rc hc_crl_scope_match(const struct hc_crl_scope *scope, const struct hc_cert *cert, uint32_t *reasons,
                                struct hc_err *e)
{
    HC_BUF_AUTO(own, NAME_ROOM);
    HC_BUF_AUTO(issuer, NAME_ROOM);
    struct comparison c = {.issuer = cert->issuer};
    uint32_t named = 0;

    if (!kind_fits(scope, cert)) {
        *reasons = 0;
        return HC_OK;
    }
    if (scope->point.full.n + scope->point.relative.n > 0) {
        HC_TRY(e, names_of(&scope->point, cert->issuer, &own, &c.crl_names, e));
        HC_TRY(e, directory_name(cert->issuer, (struct hc_bytes){NULL, 0}, &issuer, e));
        c.issuer_names = hc_buf_view(&issuer);
        HC_TRY(e, match_points(&c, cert, &named, e));
    }
    /* The assumed point comes last and adds every reason, so it alone decides where it matches. */
    if (c.crl_names.n == 0 || share_a_name(c.crl_names, c.issuer_names))
        named = HC_CRL_ALL_REASONS;
    *reasons = named & scope->reasons;
    return HC_OK;
}

struct hc_rc hc_crl_scope_elsewhere(const struct hc_cert *cert, bool *yes, struct hc_err *e)
{
    HC_BUF_AUTO(issuer, NAME_ROOM);
    struct comparison c = {.issuer = cert->issuer};
    struct hc_der points;
    struct point p;
    size_t n = 0;

    *yes = false;
    if (!points_of(cert, &points))
        return HC_OK;
    HC_TRY(e, directory_name(cert->issuer, (struct hc_bytes){NULL, 0}, &issuer, e));
    c.issuer_names = hc_buf_view(&issuer);
    *yes = !own_point(&points, &c, &p, &n) && !points.failed && n > 0;
    return HC_OK;
}
