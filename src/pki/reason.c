/* reason.c - the words for a revocation's reason. */
#include "pki/reason.h"

#include "base/auto.h"

static const struct {
    const char *word;
    enum hc_crl_reason reason;
    bool ours; /* may be given for a leaf's revocation */
} WORDS[] = {
    {"unspecified", HC_CRL_UNSPECIFIED, true},
    {"keyCompromise", HC_CRL_KEY_COMPROMISE, true},
    {"cACompromise", HC_CRL_CA_COMPROMISE, false},
    {"affiliationChanged", HC_CRL_AFFILIATION_CHANGED, true},
    {"superseded", HC_CRL_SUPERSEDED, true},
    {"cessationOfOperation", HC_CRL_CESSATION_OF_OPERATION, true},
    {"certificateHold", HC_CRL_CERTIFICATE_HOLD, false},
    {"privilegeWithdrawn", HC_CRL_PRIVILEGE_WITHDRAWN, true},
    {"aACompromise", HC_CRL_AA_COMPROMISE, false},
};

/* Equal but for case and hyphens in what the user typed. */
static bool same_word(struct hc_bytes typed, const char *word)
{
    for (size_t i = 0; i < typed.n; i++) {
        if (typed.p[i] == '-')
            continue;
        if (*word == '\0' || hc_ascii_lower(typed.p[i]) != hc_ascii_lower((uint8_t)*word))
            return false;
        word++;
    }
    return *word == '\0';
}

struct hc_rc hc_reason_parse(struct hc_bytes word, enum hc_crl_reason *out, struct hc_err *e)
{
    for (size_t i = 0; i < HC_COUNT(WORDS); i++) {
        if (!same_word(word, WORDS[i].word))
            continue;
        if (!WORDS[i].ours)
            return HC_FAIL(e, HC_E_REASON, "%s is not for a leaf's final revocation", WORDS[i].word);
        *out = WORDS[i].reason;
        return HC_OK;
    }
    return HC_FAIL(e, HC_E_REASON, "'%.*s' is not a reason", (int)(word.n < 64 ? word.n : 64), (const char *)word.p);
}
