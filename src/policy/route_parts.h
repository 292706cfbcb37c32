/* route_parts.h - the inside of a policy; private to src/policy/{route,decision,issuers}.c. */
#ifndef HC_POLICY_ROUTE_PARTS_H
#define HC_POLICY_ROUTE_PARTS_H

#include "policy/pattern.h"
#include "policy/route.h"

#define HC_ISSUER_PRINT 32 /* SHA-256 */

struct hc_rule {
    struct hc_pattern *pattern; /* owned */
    char *text;                 /* owned: "/orders allow dns:billing.example.com" */
};

struct hc_rules {
    struct hc_rule *at;
    size_t n;
};

/* What one element of issued-by asks for. */
struct hc_issuer {
    char *name; /* owned: of a bundle entry; NULL: a fingerprint */
    uint8_t print[HC_ISSUER_PRINT];
};

struct hc_issuers {
    struct hc_issuer *at;
    size_t n;   /* 0: nothing is asked for */
    char *text; /* owned: "/orders issued-by staff, sha256:..."; NULL when n is 0 */
};

/* From the elements as they are written. Leaves what hc_issuers_fini can release, also when it fails. Fails with
 * HC_E_CONFIG_VALUE, HC_E_TOO_BIG, HC_E_NOMEM. */
struct hc_rc hc_issuers_make(const char *title, struct hc_texts texts, struct hc_issuers *out, struct hc_err *e);
void hc_issuers_fini(struct hc_issuers *issuers);

/* Does the peer have above it what is asked for? One of the elements is enough. */
bool hc_issuers_match(const struct hc_issuers *issuers, const struct hc_peer_view *peer);

struct hc_route {
    struct hc_path_pattern *path; /* owned; NULL: everything */
    char *title;                  /* owned: the path as written, or "connection" */
    char **methods;               /* owned */
    size_t n_methods;             /* 0: every method */
    struct hc_rules allow;
    struct hc_rules deny;
    struct hc_issuers issued_by;
    bool allow_semicolon;
};

struct hc_policy {
    struct hc_route *routes;
    size_t n;
};

#endif
