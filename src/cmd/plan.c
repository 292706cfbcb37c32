/* plan.c - what an issuer is to be, from the command line. */
#include "cmd/plan.h"

#include <stdlib.h>

#include "authority/init.h"
#include "base/clock.h"
#include "pki/profile.h"

void hc_plan_subtrees_fini(struct hc_plan_subtrees *s)
{
    free(s->at);
}

void hc_plan_fini(struct hc_plan *p)
{
    hc_plan_subtrees_fini(&p->permitted);
    hc_plan_subtrees_fini(&p->excluded);
}

struct hc_rc hc_plan_subtrees_read(const struct hc_opts *opts, const char *option, struct hc_plan_subtrees *out,
                                   struct hc_err *e)
{
    out->at = calloc(hc_opts_count(opts) + 1, sizeof *out->at);
    if (!out->at)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the name constraints");
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        if (strcmp(set.option->name, option) == 0)
            HC_TRY(e, hc_subtree_parse(hc_bytes_str(set.value), &out->at[out->n++], e));
    }
    return HC_OK;
}

static struct hc_rc read_profiles(const struct hc_opts *opts, unsigned *out, struct hc_err *e)
{
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        enum hc_profile profile;
        if (strcmp(set.option->name, "profile") != 0)
            continue;
        HC_TRY(e, hc_profile_parse(hc_bytes_str(set.value), &profile, e));
        *out |= 1u << profile;
    }
    return HC_OK;
}

struct hc_rc hc_plan_read(const struct hc_opts *opts, struct hc_plan *out, struct hc_err *e)
{
    const char *key = hc_opts_value(opts, "key");
    int64_t days = 0, leaf_days = 0;
    out->plan = (struct hc_issuer_plan){.key = HC_INIT_ISSUER_KEY, .public_url = hc_opts_value(opts, "public-url")};
    HC_TRY(e, hc_opts_number(opts, "days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &days, e));
    HC_TRY(e, hc_opts_number(opts, "leaf-days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &leaf_days, e));
    HC_TRY(e, read_profiles(opts, &out->plan.profiles, e));
    HC_TRY(e, hc_plan_subtrees_read(opts, "permit", &out->permitted, e));
    HC_TRY(e, hc_plan_subtrees_read(opts, "exclude", &out->excluded, e));
    if (key)
        HC_TRY(e, hc_key_kind_parse(hc_bytes_str(key), &out->plan.key, e));
    if (out->plan.public_url && *out->plan.public_url)
        HC_TRY(e, hc_issuer_check_url(out->plan.public_url, e));
    out->plan.seconds = days * HC_DAY;
    out->plan.leaf_seconds = leaf_days * HC_DAY;
    out->plan.permitted = (struct hc_tbs_subtrees){out->permitted.at, out->permitted.n};
    out->plan.excluded = (struct hc_tbs_subtrees){out->excluded.at, out->excluded.n};
    return HC_OK;
}

struct hc_rc hc_plan_none(const struct hc_opts *opts, const char *instead, struct hc_err *e)
{
    static const char *const words[] = {"days", "permit", "exclude", "profile", "leaf-days", "public-url", "key"};
    for (size_t i = 0; i < HC_COUNT(words); i++)
        if (hc_opts_value(opts, words[i]))
            return HC_FAIL(e, HC_E_USAGE, "--%s is for %s", words[i], instead);
    return HC_OK;
}
