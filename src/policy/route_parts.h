/* route_parts.h - the inside of a policy; private to src/policy/{route,decision}.c. */
#ifndef HC_POLICY_ROUTE_PARTS_H
#define HC_POLICY_ROUTE_PARTS_H

#include "policy/pattern.h"
#include "policy/route.h"

struct hc_rule {
    struct hc_pattern *pattern; /* owned */
    char *text;                 /* owned: "/orders allow dns:billing.example.com" */
};

struct hc_rules {
    struct hc_rule *at;
    size_t n;
};

struct hc_route {
    struct hc_path_pattern *path; /* owned; NULL: everything */
    char *title;                  /* owned: the path as written, or "connection" */
    char **methods;               /* owned */
    size_t n_methods;             /* 0: every method */
    struct hc_rules allow;
    struct hc_rules deny;
    bool allow_semicolon;
};

struct hc_policy {
    struct hc_route *routes;
    size_t n;
};

#endif
