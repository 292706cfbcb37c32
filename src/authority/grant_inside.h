/* grant_inside.h - what a grant says. Private to this module. */
#ifndef HC_AUTHORITY_GRANT_INSIDE_H
#define HC_AUTHORITY_GRANT_INSIDE_H

#include "authority/grant.h"
#include "pki/profile.h"

#define HC_GRANT_WHO_MAX 128

struct hc_issue_grant {
    const char *door; /* "cli" */
    char who[HC_GRANT_WHO_MAX];
    unsigned profiles; /* 1u << enum hc_profile; what is not named is refused */
};

/* Fails with HC_E_USAGE unless the grant covers the profile. */
struct hc_rc hc_grant_check(const struct hc_issue_grant *grant, enum hc_profile profile, struct hc_err *e);

#endif
