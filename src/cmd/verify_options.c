/* verify_options.c - by what `verify` judges. */
#include "cmd/verify_options.h"

#include "base/clock.h"
#include "config/scalar.h"
#include "pki/path.h"

void hc_verify_options_fini(struct hc_verify_options *o)
{
    hc_name_free(o->name);
    for (size_t i = 0; i < o->n_ocsp; i++)
        hc_ocsp_free(o->ocsp[i]);
}

/* ---- object identifiers ---- */

/* Takes one arc and the dot behind it. Its leading digit is 0 only alone. */
static bool next_arc(struct hc_bytes *text, uint64_t *out)
{
    struct hc_bytes arc = hc_bytes_head(*text, hc_bytes_find(*text, '.'));
    uint64_t value = 0;
    if (arc.n == 0 || arc.n > 18 || (arc.p[0] == '0' && arc.n > 1)) /* 18 digits fit 64 bits */
        return false;
    for (size_t i = 0; i < arc.n; i++) {
        if (!hc_ascii_is_digit(arc.p[i]))
            return false;
        value = value * 10 + (uint64_t)(arc.p[i] - '0');
    }
    if (text->n == arc.n + 1)
        return false; /* a dot at the end */
    *text = hc_bytes_skip(*text, arc.n + 1);
    *out = value;
    return true;
}

/* Base 128, most significant first, the top bit set in all but the last [X.690 8.19.2]. */
static bool put_arc(uint64_t arc, uint8_t out[HC_VERIFY_OPTIONS_OID], size_t *n)
{
    unsigned septets = 1;
    while (septets < 10 && arc >> (7 * septets) != 0)
        septets++;
    if (*n + septets > HC_VERIFY_OPTIONS_OID)
        return false;
    while (septets-- > 0)
        out[(*n)++] = (uint8_t)((arc >> (7 * septets) & 0x7f) | (septets > 0 ? 0x80 : 0));
    return true;
}

size_t hc_verify_options_oid(struct hc_bytes text, uint8_t out[HC_VERIFY_OPTIONS_OID])
{
    uint64_t first, arc;
    size_t n = 0;
    if (!next_arc(&text, &first) || first > 2 || !next_arc(&text, &arc) || (first < 2 && arc > 39))
        return 0;
    if (!put_arc(first * 40 + arc, out, &n)) /* [X.690 8.19.4] */
        return 0;
    while (text.n > 0)
        if (!next_arc(&text, &arc) || !put_arc(arc, out, &n))
            return 0;
    return n;
}

/* ---- options ---- */

static struct hc_rc read_name(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    const char *name = hc_opts_value(opts, "name");
    if (name)
        HC_TRY(e, hc_name_parse(hc_bytes_str(name), HC_NAME_PLAIN, &o->name, e));
    o->policy.name = o->name;
    return HC_OK;
}

static struct hc_rc read_purpose(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    const char *purpose = hc_opts_value(opts, "purpose");
    o->policy.purpose = HC_VERIFY_EITHER;
    if (purpose && strcmp(purpose, "server") == 0)
        o->policy.purpose = HC_VERIFY_SERVER;
    else if (purpose && strcmp(purpose, "client") == 0)
        o->policy.purpose = HC_VERIFY_CLIENT;
    else if (purpose)
        return HC_FAIL(e, HC_E_USAGE, "--purpose %s is neither server nor client", purpose);
    return HC_OK;
}

static struct hc_rc read_profile(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    static const char *const names[] = {
        [HC_VERIFY_GATE] = "gate",
        [HC_VERIFY_RFC5280] = "rfc5280",
        [HC_VERIFY_WEBPKI] = "webpki",
        [HC_VERIFY_SPIFFE] = "spiffe",
    };
    const char *said = hc_opts_value(opts, "profile");
    o->policy.profile = HC_VERIFY_GATE;
    for (size_t i = 0; said && i < HC_COUNT(names); i++) {
        if (strcmp(said, names[i]) == 0) {
            o->policy.profile = (enum hc_verify_profile)i;
            return HC_OK;
        }
    }
    if (said)
        return HC_FAIL(e, HC_E_USAGE, "--profile %s is none of gate, rfc5280, webpki and spiffe", said);
    return HC_OK;
}

static struct hc_rc read_times(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    const char *at = hc_opts_value(opts, "at"), *stale = hc_opts_value(opts, "allow-stale");
    o->policy.now = hc_time_now();
    if (at)
        HC_TRY(e, hc_time_parse(hc_bytes_str(at), &o->policy.now, e));
    if (stale && !hc_scalar_duration(hc_bytes_str(stale), &o->policy.allow_stale))
        return HC_FAIL(e, HC_E_USAGE, "--allow-stale %s is no duration such as 90s, 30m, 12h or 7d", stale);
    return HC_OK;
}

static struct hc_rc read_depth(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "max-depth");
    int64_t depth = 0;
    o->leaf_alone = said && strcmp(said, "0") == 0;
    if (said && !o->leaf_alone)
        HC_TRY(e, hc_opts_number(opts, "max-depth", HC_PATH_DEPTH, HC_E_USAGE, &depth, e));
    o->policy.max_depth = (size_t)depth;
    return HC_OK;
}

static struct hc_rc add_policy(struct hc_verify_options *o, const char *text, struct hc_err *e)
{
    if (o->n_accepted == HC_VERIFY_OPTIONS_POLICIES)
        return HC_FAIL(e, HC_E_USAGE, "--policy is given more than %d times", HC_VERIFY_OPTIONS_POLICIES);
    uint8_t *oid = o->oid[o->n_accepted];
    size_t n = hc_verify_options_oid(hc_bytes_str(text), oid);
    if (n == 0)
        return HC_FAIL(e, HC_E_USAGE, "--policy %s is no OID such as 1.3.6.1.4.1.99999.1", text);
    o->accepted[o->n_accepted++] = hc_bytes_of(oid, n);
    return HC_OK;
}

static struct hc_rc add_response(struct hc_verify_options *o, const char *path, struct hc_err *e)
{
    if (o->n_ocsp == HC_VERIFY_OPTIONS_OCSP)
        return HC_FAIL(e, HC_E_USAGE, "--ocsp is given more than %d times", HC_VERIFY_OPTIONS_OCSP);
    HC_TRY(e, hc_ocsp_load(path, &o->ocsp[o->n_ocsp], e));
    o->n_ocsp++;
    return HC_OK;
}

static struct hc_rc read_lists(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        if (strcmp(set.option->name, "policy") == 0)
            HC_TRY(e, add_policy(o, set.value, e));
        if (strcmp(set.option->name, "ocsp") == 0)
            HC_TRY(e, add_response(o, set.value, e));
    }
    o->policy.ocsp = (const struct hc_ocsp *const *)o->ocsp;
    o->policy.n_ocsp = o->n_ocsp;
    o->policy.revocation = o->n_ocsp > 0 ? HC_REVOCATION_CHAIN : HC_REVOCATION_NONE;
    o->policy.policies = (struct hc_verify_policies){
        .accepted = o->accepted,
        .n = o->n_accepted,
        .explicit_policy = hc_opts_flag(opts, "explicit-policy"),
        .inhibit_mapping = hc_opts_flag(opts, "inhibit-mapping"),
        .inhibit_any = hc_opts_flag(opts, "inhibit-any"),
    };
    return HC_OK;
}

struct hc_rc hc_verify_options_read(const struct hc_opts *opts, struct hc_verify_options *o, struct hc_err *e)
{
    HC_TRY(e, read_name(opts, o, e));
    HC_TRY(e, read_purpose(opts, o, e));
    HC_TRY(e, read_profile(opts, o, e));
    HC_TRY(e, read_times(opts, o, e));
    HC_TRY(e, read_depth(opts, o, e));
    return read_lists(opts, o, e);
}
