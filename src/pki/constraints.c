/* constraints.c - every name of a certificate against every subtree of a CA above it. */
#include "pki/constraints.h"

#include "asn1/der.h"
#include "base/escape.h"
#include "pki/oid.h"
#include "pki/within.h"

#define LONG_NAME 16 /* bytes: a comparison of longer ones counts for several */

/* One name that is to be judged: a GeneralName. */
struct subject {
    uint8_t tag;
    struct hc_bytes value;
};

/* One CA's constraints while certificates are judged by them. */
struct judge {
    const struct hc_cert *ca;
    size_t *effort; /* as in struct hc_report */
    uint8_t culprit_tag;
    struct hc_bytes culprit; /* the subtree that excluded a name */
};

/* The next GeneralSubtree [RFC 5280 4.2.1.10]. "Within this profile, the minimum and maximum fields are not used with
 * any name forms, thus, the minimum MUST be zero, and maximum MUST be absent": DER writes neither then. */
static bool next_subtree(struct hc_der *list, struct subject *base)
{
    if (hc_der_at_end(list))
        return false;
    struct hc_der subtree = hc_der_enter(list, HC_DER_SEQUENCE);
    base->value = hc_der_value(&subtree, &base->tag);
    hc_der_leave(list, &subtree);
    return !list->failed;
}

static bool list_ok(struct hc_bytes subtrees)
{
    struct hc_der list = hc_der_init(subtrees);
    struct subject base;
    while (next_subtree(&list, &base)) {
        if (!hc_within_base_ok(base.tag, base.value))
            return false;
    }
    return !list.failed;
}

/* Takes the effort of one comparison; false when there is none left. */
static bool spend(const struct judge *j, struct hc_bytes name, struct hc_bytes base)
{
    size_t cost = 1 + (name.n < base.n ? name.n : base.n) / LONG_NAME;
    if (*j->effort == 0)
        return false;
    *j->effort -= cost < *j->effort ? cost : *j->effort;
    return true;
}

/* The next subtree of the name's type; false at the end, and with *code set when what follows cannot be judged. */
static bool next_judged(struct judge *j, struct hc_der *list, const struct subject *name, struct subject *base,
                        enum hc_code *code)
{
    while (next_subtree(list, base)) {
        bool same = base->tag == name->tag;
        if (!spend(j, name->value, same ? base->value : (struct hc_bytes){0}) ||
            (same && !hc_within_judges(base->tag))) {
            *code = HC_E_NAME_CONSTRAINT_SYNTAX;
            return false;
        }
        if (same)
            return true;
    }
    return false;
}

/* The names of one type that a CA may assert: is the name in one of the permitted subtrees, if any is of its type? */
static enum hc_code judge_permitted(struct judge *j, const struct subject *name)
{
    struct hc_der list = hc_der_init(j->ca->nc_permitted);
    struct subject base;
    enum hc_code code = HC_OK_CODE;
    while (next_judged(j, &list, name, &base, &code)) {
        if (hc_within_judge(base.tag, name->value, base.value) == HC_WITHIN_ALL)
            return HC_OK_CODE;
        code = HC_E_NAME_NOT_PERMITTED;
    }
    return code;
}

static enum hc_code judge_excluded(struct judge *j, const struct subject *name)
{
    struct hc_der list = hc_der_init(j->ca->nc_excluded);
    struct subject base;
    enum hc_code code = HC_OK_CODE;
    while (next_judged(j, &list, name, &base, &code)) {
        if (hc_within_judge(base.tag, name->value, base.value) != HC_WITHIN_NONE) {
            j->culprit_tag = base.tag;
            j->culprit = base.value;
            return HC_E_NAME_EXCLUDED;
        }
    }
    return code;
}

static enum hc_code judge_name(struct judge *j, const struct subject *name)
{
    enum hc_code code = judge_excluded(j, name);
    return code != HC_OK_CODE ? code : judge_permitted(j, name);
}

static const char *type_text(uint8_t tag)
{
    switch (tag) {
    case HC_GN_DNS:
        return "dns";
    case HC_GN_EMAIL:
        return "email";
    case HC_GN_URI:
        return "uri";
    case HC_GN_IP:
        return "ip";
    case HC_GN_DIRECTORY:
        return "directory name";
    default:
        return "name of another type";
    }
}

/* Appends "dns:example.com", "ip:192.0.2.0/255.255.255.0"; escaped. */
static void subject_text(const struct subject *s, struct hc_buf *out)
{
    hc_buf_addf(out, "%s", type_text(s->tag));
    if (!hc_within_judges(s->tag))
        return;
    hc_buf_add_byte(out, ':');
    size_t half = s->value.n / 2;
    if (s->tag == HC_GN_DIRECTORY) {
        hc_dn_text(s->value, out);
    } else if (s->tag != HC_GN_IP) {
        hc_escape_text(out, s->value);
    } else if (s->value.n == 8 || s->value.n == 32) { /* a subtree: address and mask */
        hc_name_ip_text(hc_bytes_head(s->value, half), out);
        hc_buf_add_byte(out, '/');
        hc_name_ip_text(hc_bytes_skip(s->value, half), out);
    } else {
        hc_name_ip_text(s->value, out);
    }
}

#define SENTENCE_MAX 1024 /* several times what a report keeps of it */

static void sentence(const struct judge *j, const struct subject *name, enum hc_code code, struct hc_buf *out)
{
    subject_text(name, out);
    if (code == HC_E_NAME_EXCLUDED) {
        hc_buf_add_str(out, " is excluded by ");
        subject_text(&(struct subject){j->culprit_tag, j->culprit}, out);
        hc_buf_add_str(out, " of ");
    } else if (code == HC_E_NAME_NOT_PERMITTED) {
        hc_buf_add_str(out, " is in no subtree permitted by ");
    } else {
        hc_buf_add_str(out, " cannot be judged by the name constraints of ");
    }
    hc_dn_text(j->ca->subject, out);
}

/* What was too long to be written in full is known by its rule. */
static const char *shown(struct hc_buf *text, enum hc_code code)
{
    return text->failed == HC_OK_CODE ? hc_buf_cstr(text) : hc_row(code)->sentence;
}

static bool report_name(struct judge *j, const struct subject *name, struct hc_report *report, int depth)
{
    enum hc_code code = judge_name(j, name);
    if (code == HC_OK_CODE)
        return true;
    HC_BUF_AUTO(text, SENTENCE_MAX);
    sentence(j, name, code, &text);
    hc_report_fail(report, code, depth, "%s", shown(&text, code));
    return false;
}

/* Whoever presents more names than can be judged is refused, and that is said once for each certificate. */
static bool is_exhausted(const struct judge *j, struct hc_report *report, int depth)
{
    if (*j->effort > 0)
        return false;
    if (hc_report_ok(report) || report->finding[report->n - 1].depth != depth)
        hc_report_fail(report, HC_E_NAME_CONSTRAINT_SYNTAX, depth,
                       "it has too many names for the name constraints above it");
    return true;
}

static struct subject subject_of(const struct hc_name *name)
{
    struct hc_bytes value = name->type == HC_NAME_IP ? hc_bytes_of(name->ip, name->ip_n) : name->text;
    return (struct subject){hc_within_tag(name->type), value};
}

static bool check_identities(struct judge *j, const struct hc_cert *below, struct hc_report *report, int depth)
{
    bool ok = true;
    for (size_t i = 0; i < below->n_names; i++) {
        struct subject name = subject_of(&below->names[i]);
        if (is_exhausted(j, report, depth))
            return false;
        ok = report_name(j, &name, report, depth) && ok;
    }
    return ok;
}

static bool is_identity(uint8_t tag)
{
    return tag == HC_GN_DNS || tag == HC_GN_EMAIL || tag == HC_GN_URI || tag == HC_GN_IP;
}

/* Directory names and the types that cannot be judged, which hc_cert does not list. */
static bool check_other_names(struct judge *j, const struct hc_cert *below, struct hc_report *report, int depth)
{
    struct hc_bytes san;
    if (below->n_other_names == 0 || !hc_cert_extension(below, HC_OID_SUBJECT_ALT_NAME, &san, NULL))
        return true;
    struct hc_der d = hc_der_init(san);
    struct hc_der list = hc_der_enter(&d, HC_DER_SEQUENCE);
    bool ok = true;
    while (!hc_der_at_end(&list)) {
        struct subject name = {0};
        if (is_exhausted(j, report, depth))
            return false;
        name.value = hc_der_value(&list, &name.tag);
        if (!list.failed && !is_identity(name.tag))
            ok = report_name(j, &name, report, depth) && ok;
    }
    return ok;
}

/* "When the certificate includes a non-empty subject field", it is a directory name; and "when a certificate has an
 * emailAddress attribute" there, the rfc822Name constraints apply to it too - here also when the alternative names
 * hold an e-mail address. */
static bool check_subject(struct judge *j, const struct hc_cert *below, struct hc_report *report, int depth)
{
    if (below->subject_empty)
        return true;
    if (is_exhausted(j, report, depth))
        return false;
    struct subject whole = {HC_GN_DIRECTORY, below->subject};
    bool ok = report_name(j, &whole, report, depth);
    struct hc_dn_attribute attribute[HC_DN_ATTRIBUTES_MAX];
    size_t n = hc_dn_attributes(below->subject, attribute, HC_DN_ATTRIBUTES_MAX);
    for (size_t i = 0; i < n && i < HC_DN_ATTRIBUTES_MAX; i++) {
        if (!hc_bytes_eq(attribute[i].oid, HC_OID_AT_EMAIL))
            continue;
        struct subject email = {HC_GN_EMAIL, attribute[i].value};
        ok = report_name(j, &email, report, depth) && ok;
    }
    return ok;
}

static bool syntax_ok(const struct hc_cert *ca)
{
    /* "conforming CAs MUST NOT issue certificates where name constraints is an empty sequence" */
    return (ca->nc_permitted.n > 0 || ca->nc_excluded.n > 0) && list_ok(ca->nc_permitted) && list_ok(ca->nc_excluded);
}

bool hc_constraints_check(const struct hc_cert *ca, const struct hc_cert *below, struct hc_report *report, int depth)
{
    if (!ca->has_nc)
        return true;
    if (!syntax_ok(ca)) {
        HC_BUF_AUTO(who, SENTENCE_MAX);
        hc_dn_text(ca->subject, &who);
        hc_report_fail(report, HC_E_NAME_CONSTRAINT_SYNTAX, depth, "the name constraints of %s are malformed",
                       hc_buf_cstr(&who));
        return false;
    }
    struct judge j = {.ca = ca, .effort = &report->effort};
    bool ok = check_identities(&j, below, report, depth);
    ok = check_other_names(&j, below, report, depth) && ok;
    return check_subject(&j, below, report, depth) && ok;
}

struct hc_rc hc_constraints_permit_name(const struct hc_cert *ca, const struct hc_name *name, struct hc_err *e)
{
    if (!ca->has_nc)
        return HC_OK;
    if (!syntax_ok(ca))
        return HC_FAIL(e, HC_E_NAME_CONSTRAINT_SYNTAX, "the authority's name constraints are malformed");
    size_t effort = HC_REPORT_EFFORT;
    struct judge j = {.ca = ca, .effort = &effort};
    struct subject subject = subject_of(name);
    enum hc_code code = judge_name(&j, &subject);
    if (code == HC_OK_CODE)
        return HC_OK;
    HC_BUF_AUTO(text, SENTENCE_MAX);
    sentence(&j, &subject, code, &text);
    return HC_FAIL(e, code, "%s", shown(&text, code));
}
