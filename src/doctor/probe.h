/*
 * probe.h - a probe: where the name leads, one connection that is watched, what our verifier says to both chains, the
 * further connections that decide between causes, and the verdict.
 */
#ifndef HC_DOCTOR_PROBE_H
#define HC_DOCTOR_PROBE_H

#include "base/auto.h"
#include "crypto/key.h"
#include "doctor/attempt.h"
#include "doctor/dns.h"
#include "doctor/verdict.h"
#include "pki/bundle.h"
#include "pki/report.h"
#include "pki/revocation.h"

/* Further connections, each of which answers one question. None of them presents the user's certificate: it goes where
 * the user sent it, once, and is never signed with in a protocol that was not asked for. */
enum hc_trial_kind {
    HC_TRIAL_WITHOUT_IDENTITY, /* does it go further without a client certificate? */
    HC_TRIAL_TLS12,            /* does it speak TLS 1.2? */
    HC_TRIAL_TLS13,
    HC_TRIAL_ANYTHING,   /* the newest versions with every suite, group and key, however weak */
    HC_TRIAL_OLD,        /* TLS 1.0 and 1.1 only */
    HC_TRIAL_ANYTHING12, /* the same in TLS 1.2 alone, where RSA key exchange is */
    HC_TRIAL_NO_NAME,    /* without SNI */
    HC_TRIAL_NO_ALPN,
    HC_TRIAL_LISTEN,   /* plain: what does the server say unasked? */
    HC_TRIAL_HTTP,     /* plain: does it answer HTTP? */
    HC_TRIAL_POSTGRES, /* STARTTLS of that protocol */
    HC_TRIAL_LDAP,
    HC_TRIAL_PROXY, /* with a PROXY header before */
    HC_TRIALS,
};
#define HC_PROBE_TRIALS 6 /* at most, so that a probe ends and a server's log stays readable */

/* "without-identity", ...; and the question in words. Static storage. */
const char *hc_trial_slug(enum hc_trial_kind kind);
const char *hc_trial_question(enum hc_trial_kind kind);

struct hc_trial {
    enum hc_trial_kind kind;
    struct hc_attempt attempt;
};

/* One of the identities that the user has, held against the server's CertificateRequest. */
#define HC_PROBE_FITS 64
struct hc_fit {
    char label[256]; /* the file or the NAME of the home */
    char name[256];  /* its first identity, escaped */
    bool fits;
    bool used;      /* it is the one that was presented */
    char text[256]; /* why, or why not; escaped */
};

/* What is asked for. All borrowed until hc_probe_free. */
struct hc_probe_spec {
    struct hc_crypto *crypto;
    const char *host; /* name or address */
    unsigned port;
    const char *name;                 /* SNI, and the name that the server must prove; NULL: host */
    const struct hc_bundle *bundle;   /* NULL: none was given */
    const struct hc_revocation *crls; /* NULL: revocation is judged by a staple alone */
    struct hc_cert *const *chain;     /* the identity's, leaf first; NULL: none */
    size_t n_chain;
    const struct hc_key *key;
    const char *identity; /* how the user named it, for texts */
    uint16_t min, max;    /* versions; 0: TLS 1.2 and 1.3 */
    const char *alpn;     /* NULL: "http/1.1" when HTTP is asked, none otherwise; "none": none */
    enum hc_starttls_kind starttls;
    enum hc_attempt_ask ask;
    const char *path;
    unsigned connect_ms, patience_ms, wait_ms;
    bool no_trials;
    struct hc_dns_question dns; /* host and port are set by the probe */
    /* A further identity of the user's for hc_fit: label, chain. May be NULL. */
    struct hc_rc (*identities)(void *ctx, struct hc_probe *probe, struct hc_err *e);
    void *ctx;
};

enum hc_step_outcome { HC_STEP_DONE, HC_STEP_FAILED, HC_STEP_SKIPPED, HC_STEP_UNKNOWN, HC_STEP_NOT_REACHED };
#define HC_PROBE_STEPS 7
struct hc_step {
    const char *title; /* "The server proves who it is"; static */
    enum hc_step_outcome outcome;
    char text[384]; /* what happened; escaped */
};

struct hc_probe {
    const struct hc_probe_spec *spec;
    int64_t now; /* when it began, seconds */
    struct hc_dns dns;
    struct hc_attempt main;
    struct hc_trial trial[HC_PROBE_TRIALS];
    size_t n_trials;

    bool server_judged; /* a chain came, and there was a bundle to judge it by */
    struct hc_report server;
    bool own_judged; /* an identity was given, and a bundle that holds its authority */
    struct hc_report own;
    struct hc_fit fit[HC_PROBE_FITS];
    size_t n_fits;

    bool skew_known;
    int64_t skew; /* seconds that the server's clock is ahead of ours */

    struct hc_step step[HC_PROBE_STEPS];
    struct hc_verdict verdict;
};

/*
 * Makes the probe: resolves, connects to the first address that answers, judges, tries what the verdict asks for, and
 * gives the verdict and the steps. Fails with what this side lacks: HC_E_NOMEM, HC_E_KEY_MISMATCH, HC_E_LIBRARY, ...;
 * whatever the server or the network does is a verdict. Blocks: some seconds; against a server that is as slow as it
 * may be, 12 seconds for the first connection and 25 for all trials; doctor/dns.h says how long names take. `spec` must outlive the probe.
 */
struct hc_rc hc_probe_make(const struct hc_probe_spec *spec, struct hc_probe **out, struct hc_err *e);
void hc_probe_free(struct hc_probe *p);
HC_DEFINE_AUTO(hc_probe)

/* For spec->identities: holds a chain against the CertificateRequest and adds what was found; beyond HC_PROBE_FITS it
 * does nothing. */
void hc_probe_fit(struct hc_probe *p, const char *label, struct hc_cert *const *chain, size_t n);

/* What the probe's first connection says of itself: the name in SNI, NULL when it is an address; the application protocols
 * as attempt.h takes them, NULL for none. Borrowed from the spec, or static storage. */
const char *hc_probe_server_name(const struct hc_probe *p);
const char *hc_probe_alpn(const struct hc_probe_spec *spec);

/* Fills p->skew and p->skew_known from the HTTP Date of the first connection, or of the first trial that has one. */
void hc_probe_learn_skew(struct hc_probe *p);

/* --- judge.c: our verifier's words about both chains --- */
/* Fills p->server and p->own from what was presented. Fails with HC_E_NOMEM, HC_E_LIBRARY. */
struct hc_rc hc_probe_judge(struct hc_probe *p, struct hc_err *e);

/* --- steps.c --- */
/*
 * Fills p->step from the rest: 1 the client connects, 2 the server presents its certificate, 3 the client verifies it,
 * 4 the client presents its certificate, 5 the server verifies it, 6 the server grants access, 7 both exchange data over
 * the encrypted connection.
 */
void hc_probe_tell_steps(struct hc_probe *p);

#endif
