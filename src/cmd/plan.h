/* plan.h - what init, issuer and sign-issuer read from a command line in the same way: what an issuer is to be. */
#ifndef HC_CMD_PLAN_H
#define HC_CMD_PLAN_H

#include "authority/issuer.h"
#include "cmd/opts.h"

#define HC_OPTIONS_SUBTREES                                                                                            \
    {"permit", "TYPE:VALUE", "names it may issue for, and no others", true},                                           \
    {                                                                                                                  \
        "exclude", "TYPE:VALUE", "names it may never issue for", true                                                  \
    }

/* Every --permit or every --exclude. */
struct hc_plan_subtrees {
    struct hc_subtree *at; /* owned */
    size_t n;
};
void hc_plan_subtrees_fini(struct hc_plan_subtrees *s);
#define HC_PLAN_SUBTREES(name) __attribute__((cleanup(hc_plan_subtrees_fini))) struct hc_plan_subtrees name = {NULL, 0}

/* All values of that option. Fails with HC_E_USAGE, HC_E_NOMEM. */
struct hc_rc hc_plan_subtrees_read(const struct hc_opts *opts, const char *option, struct hc_plan_subtrees *out,
                                   struct hc_err *e);

/* A plan and what it borrows. */
struct hc_plan {
    struct hc_issuer_plan plan;
    struct hc_plan_subtrees permitted, excluded;
};
void hc_plan_fini(struct hc_plan *p);
#define HC_PLAN(name) __attribute__((cleanup(hc_plan_fini))) struct hc_plan name = {.permitted = {NULL, 0}}

/*
 * --days, --permit, --exclude, --profile, --leaf-days, --public-url, --key, each where the command has it. The name
 * is the caller's. Fails with HC_E_USAGE, HC_E_LIFETIME, HC_E_PUBLIC_URL.
 */
struct hc_rc hc_plan_read(const struct hc_opts *opts, struct hc_plan *out, struct hc_err *e);

/*
 * Fails with HC_E_USAGE when one of these options was given, for something that does not take them: `instead` says
 * what does.
 */
struct hc_rc hc_plan_none(const struct hc_opts *opts, const char *instead, struct hc_err *e);

#endif
