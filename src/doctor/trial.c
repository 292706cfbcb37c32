/* trial.c - the further connections: what each is called, and which question it answers. */
#include "doctor/probe.h"

static const struct {
    const char *slug, *question;
} rows[HC_TRIALS] = {
    [HC_TRIAL_WITHOUT_IDENTITY] = {"without-identity", "Does it go further without a client certificate?"},
    [HC_TRIAL_TLS12] = {"tls-1.2", "Does it speak TLS 1.2?"},
    [HC_TRIAL_TLS13] = {"tls-1.3", "Does it speak TLS 1.3?"},
    [HC_TRIAL_ANYTHING] = {"anything", "Is any suite, group or key good enough, however weak?"},
    [HC_TRIAL_OLD] = {"old-versions", "Does it speak TLS 1.0 or 1.1?"},
    [HC_TRIAL_ANYTHING12] = {"anything-tls-1.2", "Is anything good enough in TLS 1.2, however weak?"},
    [HC_TRIAL_NO_NAME] = {"without-name", "Does it answer when no server name is asked for?"},
    [HC_TRIAL_NO_ALPN] = {"without-alpn", "Does it answer when no application protocol is offered?"},
    [HC_TRIAL_LISTEN] = {"listen", "What does it say unasked, without TLS?"},
    [HC_TRIAL_HTTP] = {"http", "Does it answer HTTP without TLS?"},
    [HC_TRIAL_POSTGRES] = {"postgres", "Does it speak PostgreSQL?"},
    [HC_TRIAL_LDAP] = {"ldap", "Does it speak LDAP?"},
    [HC_TRIAL_PROXY] = {"proxy-header", "Does it answer after a PROXY header?"},
};

const char *hc_trial_slug(enum hc_trial_kind kind)
{
    return rows[kind].slug;
}

const char *hc_trial_question(enum hc_trial_kind kind)
{
    return rows[kind].question;
}
