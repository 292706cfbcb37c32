/*
 * verdicting.h - evidence of probes that were never made: one row says what was seen, and what the verdict must be.
 *
 * Certificates are real ones. Whatever a row leaves out is as in a probe that got as far as its stage says.
 */
#ifndef HC_TEST_DOCTOR_VERDICTING_H
#define HC_TEST_DOCTOR_VERDICTING_H

#include "hc_test.h"

#include <errno.h>
#include <stdio.h>

#include "../pki/testpki.h"
#include "base/clock.h"
#include "doctor/probe.h"

#define NOW TESTPKI_NOW
/* A trial and a cause where 0 means none. */
#define TRIAL(kind) (HC_TRIAL_##kind + 1)
#define OTHER(cause) (HC_CAUSE_##cause + 1)
#define ALERTED(n) .end = HC_END_ALERT, .alert = (n)

/* Chains, as a server or the user presents them. */
enum chain {
    NO_CHAIN,
    GOOD,        /* leaf, issuer */
    LEAF_ONLY,   /* without its issuer */
    WITH_ROOT,   /* leaf, issuer, root */
    FOREIGN,     /* of another authority: leaf, its issuer */
    FOREIGN_TOP, /* leaf of another root, alone */
    NAMELESS,    /* leaf of a CA whose name does not say what it is, alone */
    EXPIRED,
    FUTURE,
    ISSUER_EXPIRED, /* leaf, an issuer that has expired */
    SELF_SIGNED,
    CA,      /* the issuer as a leaf */
    SERVERS, /* serverAuth only */
    NO_EKU,
    NO_NAMES,
    NO_SIGNING, /* without digitalSignature */
    FRESH,      /* made a minute ago */
    SHORT,      /* ends within the hour */
    NAMESAKE,   /* of a root with the same name and another key: leaf alone */
    CHAINS
};

/* What a server's CertificateRequest names. */
enum list { EMPTY, LISTS_ROOT, LISTS_OTHER, LISTS_LEAF };

struct trial_row {
    int kind; /* one more than enum hc_trial_kind; 0: none */
    enum hc_attempt_stage stage;
    enum hc_attempt_end end;
    uint8_t alert;
    enum hc_sniff sniff;
    enum hc_starttls_state starttls;
    uint16_t version, suite, group;
    unsigned dh_bits;
    int64_t ahead; /* its Date, against our clock */
    bool date;
    uint64_t us_end;
};

struct row {
    const char *name;
    /* the verdict */
    enum hc_cause cause;
    enum hc_side side;
    int other; /* the first other cause; one more; 0: none */
    int trial; /* that is asked for; one more; 0: none */
    /* the evidence */
    enum hc_dns_result dns;
    enum hc_attempt_stage stage;
    enum hc_attempt_end end;
    int sys;
    uint8_t alert;
    enum hc_code error;
    const char *error_text;
    enum hc_code unreadable; /* the server's certificate */
    enum chain shown, own;
    bool unasked; /* the server did not ask for a certificate */
    bool unsent;  /* it asked, and nothing was sent though there is an identity */
    enum list list;
    uint16_t version, min, max;
    const char *host, *alpn;
    enum hc_starttls_kind with_starttls;
    enum hc_starttls_state starttls;
    size_t injected;
    enum hc_sniff sniff;
    const char *first, *said;
    size_t n_said; /* of `said`, when it holds a NUL */
    enum hc_attempt_ask ask;
    unsigned status;
    const char *ref;
    bool bundle;            /* the root is trusted */
    enum hc_code server[2]; /* rules that our verifier found broken */
    int depth;              /* of the first */
    enum hc_code judged;    /* of the own chain; HC_OK_CODE: see own_ok */
    bool own_ok;            /* our verifier found nothing wrong with the own chain */
    bool skew_known, wrong_key, no_trials;
    int64_t skew;
    struct trial_row trials[HC_PROBE_TRIALS];
};

extern struct verdicting {
    struct hc_crypto *crypto;
    struct testpki root, issuer, other_root, other_issuer, old_issuer, namesake, nameless;
    struct testpki leaf[CHAINS];
    struct hc_bundle *bundle;
} world;

int verdicting_set_up(void **state);
int verdicting_tear_down(void **state);

/* A probe of that row, and its own parts. */
struct evidence {
    struct hc_probe_spec spec;
    struct hc_probe *p;
    struct hc_cert *own[3];
    struct hc_tls_certificate_request request;
};
void verdicting_fill(const struct row *row, struct evidence *out);
void verdicting_fini(struct evidence *ev);

/* Tables, each ended by a row without a name. */
extern const struct row verdicting_network[], verdicting_common[], verdicting_server[], verdicting_client[],
    verdicting_app[];

#endif
