/*
 * route.h - the rules of one gate: an ordered list of routes, each with who is allowed and who is denied.
 *
 * A policy is built once, by one thread, from new and add_route; from then on it is immutable and may be shared between
 * threads without a lock. Default deny: a policy without routes, a route without `allow`, admits nobody.
 */
#ifndef HC_POLICY_ROUTE_H
#define HC_POLICY_ROUTE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define HC_ROUTES_MAX 4096         /* routes in a policy */
#define HC_ROUTE_PATTERNS_MAX 4096 /* patterns in one list */
#define HC_ROUTE_METHODS_MAX 64
#define HC_ROUTE_ISSUERS_MAX 256 /* issued-by of one route */

struct hc_policy;

/* A list of C strings, borrowed. */
struct hc_texts {
    const char *const *at;
    size_t n;
};

struct hc_route_spec {
    const char *path;        /* a path pattern; NULL: everything, and the only kind that a TCP connection meets */
    struct hc_texts methods; /* exact names; none: every method. GET does not imply HEAD. */
    struct hc_texts allow;   /* patterns of pattern.h; none: nobody */
    struct hc_texts deny;    /* wins over allow */
    /* Who must stand above the peer, besides what `allow` says of its name: names of bundle entries, or
     * "sha256:HEX", the fingerprint of a CA certificate of the chain, its anchor included (T24, T25). None: anybody
     * whom the bundle trusts. A peer without a certificate never passes a route that has any. */
    struct hc_texts issued_by;
    bool allow_semicolon; /* paths with `;` may pass this route */
};

/* An empty policy. Fails with HC_E_NOMEM. */
struct hc_rc hc_policy_new(struct hc_policy **out, struct hc_err *e);
void hc_policy_free(struct hc_policy *policy);
HC_DEFINE_AUTO(hc_policy)

/* Appends a route; everything is copied. A failure leaves the policy as it was. Fails with HC_E_PATTERN (a pattern or
 * path), HC_E_CONFIG_VALUE (a method that is no token, an issuer that is no word or fingerprint), HC_E_TOO_BIG,
 * HC_E_NOMEM. */
struct hc_rc hc_policy_add_route(struct hc_policy *policy, const struct hc_route_spec *spec, struct hc_err *e);

/* Whether any route lets `;` pass: the argument for hc_path_normalise. The decision then refuses the others with
 * HC_E_HTTP_PATH. */
bool hc_policy_allows_semicolon(const struct hc_policy *policy);

/* How a gate treats clients; one is always said, never implied. */
enum hc_clients {
    HC_CLIENTS_REQUIRED, /* no handshake without a certificate */
    HC_CLIENTS_OPTIONAL, /* a certificate or none; a bad one is refused */
    HC_CLIENTS_NONE,     /* never asked for */
};

/*
 * An element of issued-by. A fingerprint is "sha256:" and 64 hexadecimal digits, of either case. The name of a bundle
 * entry has 1 to HC_ISSUED_BY_NAME_MAX lower-case letters, digits and hyphens, so that the two are never mistaken for
 * each other.
 */
#define HC_ISSUED_BY_NAME_MAX 32
bool hc_issuers_is_fingerprint(const char *text);
bool hc_issuers_is_name(const char *text);

/* Fails with HC_E_CONFIG_CONTRADICTION, naming the route, when a rule could never do what it says: `anyone` allowed
 * where a certificate is required, or where something must stand above it (issued-by); an identity, `authenticated`
 * (allowed or denied) or issued-by where no certificate is asked for. */
struct hc_rc hc_policy_check_clients(const struct hc_policy *policy, enum hc_clients clients, struct hc_err *e);

#endif
