/*
 * verdict_parts.h - a verdict while it is found: for verdict*.c only.
 *
 * Each part looks at what was seen and, when it knows the cause, says so in the draft and returns true; verdict.c asks
 * them in their order. What a further connection would tell is asked for by hc_verdict_draft_trial: the same
 * code that uses its answer says that it is wanted.
 */
#ifndef HC_DOCTOR_VERDICT_PARTS_H
#define HC_DOCTOR_VERDICT_PARTS_H

#include "doctor/probe.h"

struct hc_verdict_draft {
    const struct hc_probe *p;
    const struct hc_attempt *a; /* the probe's main connection */
    struct hc_verdict *out;
    struct hc_buf text, fix, decide;
    bool wanting; /* a further connection would tell more: `want` */
    enum hc_trial_kind want;
};

/* --- verdict_draft.c: writing it. Everything of a peer's goes through _quote, _dn or _cert. --- */
void hc_verdict_draft_init(struct hc_verdict_draft *d, const struct hc_probe *p, struct hc_verdict *out);
/* Fills d->out from it and releases it. */
void hc_verdict_draft_finish(struct hc_verdict_draft *d);
/* The cause; what was written before is dropped. Returns true, so that a part can end with it. */
bool hc_verdict_draft_say(struct hc_verdict_draft *d, enum hc_cause cause);
/* One that remains possible, the likelier first; the cause itself and repetitions are passed over. */
void hc_verdict_draft_other(struct hc_verdict_draft *d, enum hc_cause cause);
void hc_verdict_draft_text(struct hc_verdict_draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hc_verdict_draft_fix(struct hc_verdict_draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hc_verdict_draft_decide(struct hc_verdict_draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The row's fix with its command made that of this case: "handclasp renew" and a word, unless a shell would read that as
 * something else. */
void hc_verdict_draft_command(struct hc_verdict_draft *d, const char *command, const char *word);
/* Appended to the text: bytes of a peer's, escaped and cut; a Name; who a certificate is; when. */
void hc_verdict_draft_quote(struct hc_verdict_draft *d, struct hc_bytes bytes);
void hc_verdict_draft_dn(struct hc_verdict_draft *d, struct hc_bytes dn);
void hc_verdict_draft_cert(struct hc_verdict_draft *d, const struct hc_cert *cert);
void hc_verdict_draft_when(struct hc_verdict_draft *d, int64_t t);
/* "the alert unknown_ca (48)" */
void hc_verdict_draft_alert(struct hc_verdict_draft *d, uint8_t alert);
/* That further connection, NULL when it was not made: then it is wanted. */
const struct hc_attempt *hc_verdict_draft_trial(struct hc_verdict_draft *d, enum hc_trial_kind kind);

/* --- verdict_facts.c: what can be told from the evidence --- */
bool hc_verdict_facts_asked(const struct hc_attempt *a); /* the server asked for a certificate */
/* How the connection ended, as far as causes go: an end that our library reports as its own is the server's. */
enum hc_attempt_end hc_verdict_facts_end(const struct hc_attempt *a);
/* It came to an end that is no success. */
bool hc_verdict_facts_broken(const struct hc_attempt *a);
/* A trial got a ServerHello; it got its certificate accepted or was not asked. */
bool hc_verdict_facts_answered(const struct hc_attempt *a);
bool hc_verdict_facts_welcomed(const struct hc_attempt *a);
/* Among certificates: the one of that subject; NULL: none. */
const struct hc_cert *hc_verdict_facts_subject(struct hc_cert *const *chain, size_t n, struct hc_bytes subject);
/* The end of the chain that leads upwards from chain[0] as far as it was given. `n` at least 1. */
const struct hc_cert *hc_verdict_facts_top(struct hc_cert *const *chain, size_t n);
/* The anchor of that subject in the bundle of the probe; NULL: none. */
const struct hc_cert *hc_verdict_facts_anchor(const struct hc_probe *p, struct hc_bytes subject);
/* Both have an organisation, and it is the same; `*told` gets whether both have one. */
bool hc_verdict_facts_kin(struct hc_bytes a, struct hc_bytes b, bool *told);
/* A hint, where nothing better tells a root from an intermediate: the word in its name. */
enum hc_verdict_calling { HC_CALLS_ITSELF_ROOT, HC_CALLS_ITSELF_ISSUING };
bool hc_verdict_facts_calls_itself(struct hc_bytes dn, enum hc_verdict_calling calling);
bool hc_verdict_facts_contains(struct hc_bytes text, const char *word); /* without regard to case */

/* --- verdict_network.c --- */
bool hc_verdict_network_way(struct hc_verdict_draft *d);      /* DNS, TCP */
bool hc_verdict_network_prelude(struct hc_verdict_draft *d);  /* STARTTLS */
bool hc_verdict_network_words(struct hc_verdict_draft *d);    /* no TLS, or nothing at all */
bool hc_verdict_network_broken(struct hc_verdict_draft *d);   /* cut off in the handshake, nobody's certificate */
bool hc_verdict_network_injected(struct hc_verdict_draft *d); /* all went well, and yet */

/* --- verdict_common.c: versions, suites, groups, names, before the server shows anything --- */
bool hc_verdict_common_ground(struct hc_verdict_draft *d);

/* --- verdict_server.c, verdict_chain.c --- */
bool hc_verdict_server_ours(struct hc_verdict_draft *d);  /* this side gave up */
bool hc_verdict_server_chain(struct hc_verdict_draft *d); /* what our verifier says of its chain */
bool hc_verdict_server_trust(struct hc_verdict_draft *d); /* there was nothing to judge it by */
bool hc_verdict_chain_issuer(struct hc_verdict_draft *d); /* no path from it to an authority of the bundle */

/* --- verdict_client.c: the server's refusals --- */
bool hc_verdict_client_key(struct hc_verdict_draft *d);     /* key and certificate of ours do not belong together */
bool hc_verdict_client_refused(struct hc_verdict_draft *d); /* after it had asked, or had shown its certificate */
/* Our certificate was refused with that alert, 0: without one. Says which fault of ours, or of the server's, it is;
 * false when nothing speaks for any. */
bool hc_verdict_client_blame(struct hc_verdict_draft *d, uint8_t alert);
/* The fix is an identity of the user's that would do, if there is one. */
void hc_verdict_client_offer(struct hc_verdict_draft *d);
/* Nothing was presented where it was asked for. */
bool hc_verdict_client_needed(struct hc_verdict_draft *d);

/* --- verdict_own.c: what is wrong with our identity --- */
/* What any server refuses: it is out of date. */
bool hc_verdict_own_dates(struct hc_verdict_draft *d);
/* What a server may refuse with that alert, 0: without one. */
bool hc_verdict_own_fault(struct hc_verdict_draft *d, uint8_t alert);
/* Our verifier accepted it, revocation included: a current CRL of its issuer is here. */
bool hc_verdict_own_cleared(const struct hc_probe *p);

/* --- verdict_issuer.c: who issued our certificate, and does the server know them? --- */
/* Our chain lacks an intermediate, or comes from no authority that the server names: likely enough to say so. */
bool hc_verdict_issuer_excluded(struct hc_verdict_draft *d);
/* The server said unknown_ca. */
bool hc_verdict_issuer_unknown(struct hc_verdict_draft *d);

/* --- verdict_app.c --- */
bool hc_verdict_app_refused(struct hc_verdict_draft *d);  /* the application's own words */
bool hc_verdict_app_accepted(struct hc_verdict_draft *d); /* nothing is wrong; always true */

#endif
