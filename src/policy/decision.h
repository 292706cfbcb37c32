/*
 * decision.h - peer + request -> decision; a positive decision -> grant; and only a grant opens an upstream.
 *
 * The routes are tried in order; the first whose path matches decides alone. Within it: `;` not let through ->
 * HC_E_HTTP_PATH; a deny that matches -> HC_E_DENIED; a method not listed -> HC_E_METHOD_NOT_ALLOWED; an allow that
 * matches, for a peer that has above it what issued-by asks for -> allowed; else HC_E_NO_IDENTITY_FOR_RULE when no
 * certificate was presented and the route asks for one, otherwise HC_E_NO_RULE. What stands above a peer never weakens
 * a deny.
 */
#ifndef HC_POLICY_DECISION_H
#define HC_POLICY_DECISION_H

#include "policy/pattern.h"
#include "policy/route.h"

/* What is asked for. */
struct hc_request_view {
    struct hc_bytes method;
    struct hc_bytes path; /* in the normal form of path.h, without the query */
    struct hc_bytes host; /* not judged yet */
};

#define HC_NO_ROUTE_INDEX SIZE_MAX

/* Plain data; every pointer is borrowed from the policy or from the peer's names and lives as long as both. */
struct hc_decision {
    enum hc_code why; /* HC_OK_CODE: allowed */
    size_t route;     /* index of the route that decided, HC_NO_ROUTE_INDEX when none did */
    const char *rule; /* "/orders allow email:*@example.com"; "/orders issued-by staff" when an allow matched and this
                       * did not; a route without the rule that was missing: its path ("connection" for a route
                       * without a path); NULL when no route matched */
    const struct hc_name *identity; /* the name that the rule matched; NULL for `anyone` and where no rule matched */
    const struct hc_policy *judge;  /* private: who decided; a decision that nobody made grants nothing */
};

/*
 * Decides. `request` is NULL for a TCP connection. Never fails and never allocates: a refusal is an answer.
 * Threads: any number at once. Cost: O(routes up to the match + its patterns), each by the length of what is compared.
 */
void hc_policy_decide(const struct hc_policy *policy, const struct hc_peer_view *peer,
                      const struct hc_request_view *request, struct hc_decision *out);

/*
 * Could this peer be allowed anything at all: is there a route, with whatever path and method, that would admit it? For
 * a connection that is open when the rules change: one that nothing is open to any more is ended. Never fails. Cost:
 * O(patterns).
 */
bool hc_policy_admits(const struct hc_policy *policy, const struct hc_peer_view *peer);

/*
 * The proof that a decision allowed it. hc_grant_from alone makes one, and whatever opens an upstream takes one, so a
 * path around the rules does not compile. A grant borrows from the policy and the peer's names, like the decision.
 */
struct hc_grant;

/* Fails with the decision's own code when it is a refusal, with HC_E_INTERNAL for a decision that hc_policy_decide did
 * not make, with HC_E_NOMEM. */
struct hc_rc hc_grant_from(const struct hc_decision *decision, struct hc_grant **out, struct hc_err *e);
void hc_grant_free(struct hc_grant *grant);
HC_DEFINE_AUTO(hc_grant)

/* As in the decision; valid as long as the grant, the policy and the peer. */
size_t hc_grant_route(const struct hc_grant *grant);
const char *hc_grant_rule(const struct hc_grant *grant);
const struct hc_name *hc_grant_identity(const struct hc_grant *grant); /* NULL for `anyone` */

#endif
